package io.jhot.runtime;

import io.jhot.ffm.ExitStatus;
import io.jhot.ffm.Signal;
import io.jhot.protocol.Message;
import io.jhot.runtime.control.Request;

/** What {@link Os#await} has seen. Generations and listeners go by number, never by descriptor. */
public sealed interface OsEvent {
  /**
   * A signal reached jhot.
   *
   * @param signal which one
   */
  record SignalReceived(Signal signal) implements OsEvent {}

  /**
   * The terminal that jhot was started on is gone.
   *
   * @param ignored whether jhot was started to ignore that, as by nohup
   */
  record HungUp(boolean ignored) implements OsEvent {}

  /**
   * A generation's process ended and was reaped.
   *
   * @param generation its number
   * @param status how it ended
   */
  record ChildExited(int generation, ExitStatus status) implements OsEvent {}

  /**
   * A generation's JVM refused the agent and ended; its program was started again without.
   *
   * @param generation its number
   * @param pid of the new process
   */
  record StartedAgain(int generation, int pid) implements OsEvent {}

  /**
   * The agent of a generation said something.
   *
   * @param generation its number
   * @param message what it said
   * @param listener the listener that it speaks of, or, for what generations say to each other, the
   *     descriptor that came with it (a parcel); -1: none
   */
  record AgentSaid(int generation, Message message, int listener) implements OsEvent {}

  /**
   * Something went wrong between jhot and the agent of a generation; the channel goes on.
   *
   * @param generation its number
   * @param text a clause
   */
  record AgentTroubled(int generation, String text) implements OsEvent {}

  /**
   * The control channel of a generation has ended, or failed.
   *
   * @param generation its number
   * @param why for the log; empty for a plain end of stream
   */
  record AgentLost(int generation, String why) implements OsEvent {}

  /**
   * A generation wrote to its {@code NOTIFY_SOCKET} (sd_notify(3)).
   *
   * @param generation its number
   * @param state lines of {@code NAME=VALUE}
   */
  record Notified(int generation, String state) implements OsEvent {}

  /**
   * A client of the control socket has sent a request.
   *
   * @param client whom to answer
   * @param request what was asked
   */
  record Asked(long client, Request request) implements OsEvent {}

  /**
   * An attempt of the probe has ended.
   *
   * @param generation which was probed
   * @param attempt the attempt's number
   * @param ok whether it was a success
   * @param seen what it saw, as a clause whose subject is the probe
   */
  record Probed(int generation, int attempt, boolean ok, String seen) implements OsEvent {}

  /**
   * A warm-up has ended.
   *
   * @param generation which was warmed up
   * @param ok whether every request was answered
   * @param seen what came of it, as a clause whose subject is the warm-up
   */
  record WarmedUp(int generation, boolean ok, String seen) implements OsEvent {}

  /**
   * The threads of a generation were dumped, or could not be.
   *
   * @param generation its number
   * @param outcome where they are, or why there are none: a clause about the generation
   */
  record ThreadsDumped(int generation, String outcome) implements OsEvent {}

  /**
   * A client of the control socket has left or was sent away.
   *
   * @param client which one
   */
  record ClientLeft(long client) implements OsEvent {}
}
