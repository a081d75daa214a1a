/**
 * Linux for Java: descriptors, sockets that carry descriptors, signals, child processes.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>Native code is called here and nowhere else, through {@code Libc}, with the constants and
 *       offsets that jextract has read from the headers.
 *   <li>Every descriptor is close-on-exec from its first moment, and has one {@link io.jhot.ffm.Fd}
 *       that closes it. A number leaves this package only as what an {@code Fd} is asked for.
 *   <li>An errno is interpreted once, here: {@code EINTR} is retried, {@code EAGAIN} is a result,
 *       {@code ESRCH} and {@code ECHILD} mean that the process is gone already, {@code EPIPE} and
 *       {@code ECONNRESET} are a {@link io.jhot.ffm.PeerClosedException}, {@code EBADF}, {@code
 *       EFAULT} and {@code ENOTSOCK} a bug of jhot and an {@link java.lang.AssertionError}; the
 *       rest is an {@link io.jhot.ffm.ErrnoException}, which says what jhot was doing.
 *   <li>No Java code runs in a signal handler, nor in a child before it is its program.
 *   <li>Memory is confined to one operation and its thread, and freed with it.
 * </ul>
 */
@NullMarked
package io.jhot.ffm;

import org.jspecify.annotations.NullMarked;
