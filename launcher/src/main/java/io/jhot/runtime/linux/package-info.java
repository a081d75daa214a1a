/**
 * The real {@link io.jhot.runtime.Os}: signals, hang-ups, the terminal, the pid file, and what can
 * be seen of a generation without its help.
 *
 * <p>Invariant: {@link io.jhot.runtime.linux.LinuxOs} is where the loop sleeps, and nothing else in
 * jhot's process waits on the loop's thread. Above all other packages of the runtime: none of them
 * knows it.
 */
@NullMarked
package io.jhot.runtime.linux;

import org.jspecify.annotations.NullMarked;
