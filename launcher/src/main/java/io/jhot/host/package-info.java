/**
 * What the machine or the container that jhot runs in allows: memory, limits, system calls, and the
 * JDK of the app.
 *
 * <p>Invariant: everything here looks and nothing here changes anything; what cannot be read counts
 * as not there, and is said so. Nothing of it is loaded by {@code jhot exec} before its app runs.
 */
package io.jhot.host;
