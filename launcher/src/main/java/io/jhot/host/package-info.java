/**
 * What the host or the container allows: memory, limits, system calls, and the JDK of the app.
 *
 * <p>Invariant: nothing here changes the host. What cannot be read counts as missing, and is
 * reported so. {@code jhot exec} loads nothing of it before its app runs, but the time for a drain
 * at a stop.
 */
@NullMarked
package io.jhot.host;

import org.jspecify.annotations.NullMarked;
