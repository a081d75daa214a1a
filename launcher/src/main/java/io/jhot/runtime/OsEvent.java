package io.jhot.runtime;

import io.jhot.ffm.ExitStatus;
import io.jhot.ffm.Signal;
import io.jhot.protocol.Message;

/** What {@link Os#await} saw. It names generations and listeners by number, never by descriptor. */
public sealed interface Happening {
  /**
   * A signal reached jhot.
   *
   * @param signal which one
   */
  record SignalReceived(Signal signal) implements Happening {}

  /**
   * The terminal that jhot was started at is gone.
   *
   * @param ignored whether jhot was started to live on then, as by nohup
   */
  record HungUp(boolean ignored) implements Happening {}

  /**
   * A generation's process ended and was reaped.
   *
   * @param generation its number
   * @param status how it ended
   */
  record ChildExited(int generation, ExitStatus status) implements Happening {}

  /**
   * A generation's JVM refused the agent and ended; its program was started again without.
   *
   * @param generation its number
   * @param pid of the new process
   */
  record StartedAgain(int generation, int pid) implements Happening {}

  /**
   * The agent of a generation said something.
   *
   * @param generation its number
   * @param message what it said
   * @param listener the listener that it speaks of, or, for what generations say to each other, the
   *     parcel that rode along; -1: none
   */
  record AgentSaid(int generation, Message message, int listener) implements Happening {}

  /**
   * The control channel of a generation ended or carried what cannot be read.
   *
   * @param generation its number
   * @param why for the log; empty for a plain end of stream
   */
  record AgentLost(int generation, String why) implements Happening {}

  /**
   * A generation wrote to its {@code NOTIFY_SOCKET} (sd_notify(3)).
   *
   * @param generation its number
   * @param state lines of {@code NAME=VALUE}
   */
  record Notified(int generation, String state) implements Happening {}

  /**
   * Somebody asked for something on the CLI's socket.
   *
   * @param client whom to answer
   * @param request what was asked
   */
  record Asked(long client, Request request) implements Happening {}

  /**
   * An attempt of the probe has ended.
   *
   * @param generation which was probed
   * @param attempt the attempt's number
   * @param ok whether it was a success
   * @param seen what it saw, as a clause whose subject is the probe
   */
  record Probed(int generation, int attempt, boolean ok, String seen) implements Happening {}

  /**
   * A warm-up has ended.
   *
   * @param generation which was warmed up
   * @param ok whether every request was answered
   * @param seen what came of it, as a clause whose subject is the warm-up
   */
  record WarmedUp(int generation, boolean ok, String seen) implements Happening {}

  /**
   * The threads of a generation were dumped, or could not be.
   *
   * @param generation its number
   * @param outcome where they are, or why there are none: a clause about the generation
   */
  record ThreadsDumped(int generation, String outcome) implements Happening {}

  /**
   * A client of the CLI's socket went away or was sent away.
   *
   * @param client which one
   */
  record ClientLeft(long client) implements Happening {}
}
