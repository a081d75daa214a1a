/**
 * Performs what {@link io.jhot.supervisor} decides.
 *
 * <p>Invariant: one thread, the one that runs {@link io.jhot.runtime.EventLoop#run}, owns the fleet
 * and every descriptor. It sleeps in one place ({@link io.jhot.runtime.Os#await}), turns what woke
 * it into events, and performs the effects that the pure transitions answer with. All that touches
 * the kernel stands behind {@link io.jhot.runtime.Os}, so that tests run the same loop on virtual
 * time. No reader of the log or of the control socket can hold that thread up.
 *
 * <p>The way of one signal: the C entry blocks it, {@code signalfd} reports it to {@code LinuxOs}
 * (in {@code .linux}), {@link io.jhot.runtime.EventLoop} makes an event of it, {@link
 * io.jhot.supervisor.Transitions} answers with effects, and the loop performs those.
 *
 * <p>Packages, each of which knows only those before it:
 *
 * <ol>
 *   <li>{@code .poll}: sleeps until a descriptor is ready and calls its handler.
 *   <li>{@code .control}: the control socket, both ends.
 *   <li>this one: the loop, and {@link io.jhot.runtime.Os}, what it needs of the world.
 *   <li>{@code .child}: the processes of generations and their agents.
 *   <li>{@code .trial}: probes, warm-ups, thread dumps.
 *   <li>{@code .linux}: the real {@code Os}, made of those.
 * </ol>
 */
@NullMarked
package io.jhot.runtime;

import org.jspecify.annotations.NullMarked;
