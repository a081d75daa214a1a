package io.jhot.agent.listen;

import io.jhot.agent.app.AppClasses;
import io.jhot.agent.channel.Channel;
import io.jhot.agent.channel.Handshake;
import io.jhot.agent.patch.HookClasses;
import io.jhot.protocol.Message;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.NetworkChannel;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import sun.nio.ch.JhotHook;

/**
 * The app's listeners and which socket lies under each, for those who speak with jhot and with the
 * app.
 *
 * <p>A listener is <em>live</em>: the shared socket, from which it accepts; <em>staged</em>: a
 * socket that nobody can connect to, until jhot says that this generation goes live; or
 * <em>parked</em>: another such socket, while other generations accept. A listener that only this
 * process holds, because jhot could not be given it, is always live until the very end.
 *
 * <p>The parts: {@link ListenerTable} and {@link SharedSockets} are what is known, under one lock;
 * {@link Binds}, {@link Closes}, {@link OwnCalls} and {@link SharedListeners} are called by the
 * patched JDK on the app's threads; {@link Exporter} gives jhot what the app has opened; {@link
 * Switchover} exchanges what lies under the descriptors.
 */
public final class Adoption {
  private final ListenerTable table = new ListenerTable();
  private final SharedSockets sockets;
  private final Exporter exporter;
  private final OwnCalls ownCalls;
  private final Binds binds;
  private final Closes closes;
  private final Channel channel;
  private final AppClasses classes;
  private final Handshake handshake;
  private @Nullable Switchover switchover; // null until jhot first asks for one

  /**
   * @param bindings the jar of io.jhot.ffm; null if sockets cannot be sent to jhot
   */
  public Adoption(
      Channel channel, AppClasses classes, Handshake handshake, @Nullable Path bindings) {
    this.channel = channel;
    this.classes = classes;
    this.handshake = handshake;
    sockets = new SharedSockets(table, channel);
    exporter = new Exporter(table, channel, bindings);
    ownCalls = new OwnCalls(table, channel);
    binds = new Binds(table, sockets, exporter, channel, classes, handshake);
    closes = new Closes(table, sockets, ownCalls, channel);
  }

  /** Lets the patched JDK call the agent from now on. */
  public void hook() {
    JhotHook.listenerHandler =
        HookClasses.unconfined(JhotHook.ListenerHandler.class, new SharedListeners(table, sockets));
    JhotHook.connectHandler = HookClasses.unconfined(JhotHook.ConnectHandler.class, ownCalls);
    JhotHook.closeHandler = HookClasses.unconfined(JhotHook.CloseHandler.class, closes);
    // the last: a listener that is known has been bound
    JhotHook.bindHandler = HookClasses.unconfined(JhotHook.BindHandler.class, binds);
  }

  // ---- what jhot says; on the thread that hears it ----

  /** Takes the private sockets for staged listeners; before {@link #begin}. */
  public void stageOn(List<Message.Inherited> staging) {
    sockets.stageOn(staging);
  }

  /** Takes sockets that do not fit into the welcome; before {@link #begin}. */
  public void lend(List<Message.Inherited> lent) {
    sockets.lend(lent);
  }

  /** Sockets that cannot be sent to jhot it fetches; before {@link #begin}. */
  public void letFetch() {
    exporter.letFetch();
  }

  /**
   * Takes what jhot lends, before anything binds.
   *
   * @param pid of this process
   */
  public void begin(Message.Welcome welcome, long pid) {
    sockets.begin(welcome, pid);
  }

  /** jhot has answered that sockets cannot be sent. */
  public void greetedAgain() {
    exporter.greetedAgain();
  }

  /** Puts all listeners live; returns whether they are. */
  public boolean goLive() {
    return switchover().goLive();
  }

  /**
   * Parks the listeners, and asks clients to leave.
   *
   * @param last no other generation accepts any more
   * @return how many are parked
   */
  public int park(boolean last) {
    return switchover().park(last);
  }

  private Switchover switchover() {
    if (switchover == null) {
      switchover = new Switchover(table, sockets, ownCalls, exporter, channel, classes);
    }
    return switchover;
  }

  /** jhot's answer to Closed, or its notice that a retained duplicate is no longer needed. */
  public void released(int ref, boolean kept) {
    closes.released(ref, kept);
  }

  /** jhot is gone: nothing more is exported, and no close waits. */
  public void abandon() {
    closes.abandon();
  }

  // ---- what the app asks for by the API; on its threads ----

  /** Waits until jhot has been sent what listens by now; within some seconds. */
  public void awaitExports() {
    exporter.awaitExports();
  }

  /** Whether the app has listened on that TCP port. */
  public boolean hasListenedOn(int port) {
    return table.hasListenedOn(port);
  }

  /**
   * A channel on a socket that jhot holds: live, staged or parked, as this generation is.
   *
   * @param fd its number in LISTEN_FDS; -1: it is looked for by where it is bound
   * @param at where that is; null for one that {@code fd} names
   * @return null: jhot holds none
   * @throws IOException if the app has it already, or cannot use it
   */
  public @Nullable NetworkChannel open(int fd, @Nullable SocketAddress at) throws IOException {
    return held().open(fd, at);
  }

  /**
   * Gives jhot a socket that the app has bound.
   *
   * @return what the app is to use from now on
   */
  public NetworkChannel share(NetworkChannel bound) throws IOException {
    return held().share(bound);
  }

  /** Made for each call, since most apps never make one; it has no state. */
  private HeldSockets held() {
    return new HeldSockets(table, sockets, binds, exporter, channel, handshake);
  }
}
