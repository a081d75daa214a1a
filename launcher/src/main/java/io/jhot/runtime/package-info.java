/**
 * Performs what {@link io.jhot.supervisor} decides, on a real Linux.
 *
 * <p>Invariant: one thread, the one that runs {@link io.jhot.runtime.EventLoop#run}, owns the fleet
 * and every descriptor here. It sleeps in one place ({@link io.jhot.runtime.Os#await}), turns what
 * woke it into events, and performs the effects that the pure transitions answer with. Whatever
 * touches the kernel stands behind {@link io.jhot.runtime.Os}, so that tests run the same loop on
 * virtual time. The other threads relay the output of a starting generation ({@link
 * io.jhot.runtime.OutputRelay}) and share nothing but a ring of lines; or they wait for what may
 * not answer, a probe, a warm-up ({@link io.jhot.runtime.Trial}) or a thread dump, and leave the
 * outcome in the loop's {@link io.jhot.runtime.Mailbox}.
 *
 * <p>{@link io.jhot.runtime.LinuxOs} sleeps, and hands what woke it to those who know: {@link
 * io.jhot.runtime.Starter} starts a child, {@link io.jhot.runtime.Agents} talks with what runs in
 * it, {@link io.jhot.runtime.Errands} probes it, warms it up and gets its threads, {@link
 * io.jhot.runtime.Connections} counts its clients, {@link io.jhot.runtime.JobControl} lends it the
 * terminal; {@link io.jhot.runtime.ControlServer} answers the command line.
 *
 * <p>The way of one signal: the C entry blocks it, {@code signalfd} reports it to {@link
 * io.jhot.runtime.LinuxOs}, {@link io.jhot.runtime.EventLoop} makes an event of it, {@link
 * io.jhot.supervisor.Transitions} answers with effects, and the loop performs those.
 */
package io.jhot.runtime;
