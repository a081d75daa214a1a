package io.jhot.agent.drain;

import io.jhot.agent.app.AppClasses;
import io.jhot.agent.channel.Channel;
import io.jhot.agent.patch.HookClasses;
import java.io.FileDescriptor;
import java.io.IOException;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;
import sun.nio.ch.JhotDrain;
import sun.nio.ch.JhotHook;
import sun.nio.ch.JhotSockets;

/**
 * Asks the HTTP clients of a draining generation to leave: answers say that their connection ends,
 * in clear by the bytes that the server writes, else by the server's own means. Made at the first
 * drain; it works while {@link JhotHook#draining} is set.
 *
 * <p>{@link #prepare}, {@link #begin} and {@link #tellResting} are called in that order, by the
 * thread that hears jhot; the rest by the app's threads. Nothing is thrown into the app: an answer
 * that cannot be changed passes as it is, and jhot is told.
 */
public final class HttpDrain implements JhotDrain.TransferHandler, JhotDrain.ServerHandler {
  /** A request that was read before the drain has been answered after this time, or is slow. */
  private static final long EARLIER_REQUEST_NANOS = 100_000_000L;

  private final Channel channel;
  private final AppClasses classes;
  private final IntPredicate hasListenedOn;
  private final Pipelines pipelines = new Pipelines(this::isPastEarlierRequests);
  private final Answers answers =
      new Answers(this::isAccepted, JhotSockets::hasInput, pipelines, this::failed);
  private final ServerAnswers servers = new ServerAnswers(pipelines, this::failed);
  private boolean isHooked;
  private volatile long began;

  /**
   * @param hasListenedOn whether the app has listened on a TCP port
   */
  public HttpDrain(Channel channel, AppClasses classes, IntPredicate hasListenedOn) {
    this.channel = channel;
    this.classes = classes;
    this.hasListenedOn = hasListenedOn;
  }

  /** Patches the JDK so that reads and writes of the app pass through here from now on. */
  public void prepare() {
    classes.patchReadsAndWrites();
  }

  /** The listeners are about to be parked: answers say that their connection ends. */
  public void begin() {
    if (!JhotDrain.canRewriteAnswers()) {
      channel.trouble(
          "answers cannot say \"Connection: close\" in this Java: clients are not asked to leave");
      return;
    }
    began = System.nanoTime();
    if (!isHooked) {
      isHooked = true;
      JhotDrain.transferHandler = HookClasses.unconfined(JhotDrain.TransferHandler.class, this);
      JhotDrain.serverHandler = HookClasses.unconfined(JhotDrain.ServerHandler.class, this);
    }
    JhotHook.draining = true;
  }

  /** The listeners are parked: clients that rest are told, as far as their server can. */
  public void tellResting() {
    classes.patch(AppClasses.Known.ANSWERS); // before they are told: they may ask again
    if (isHooked) {
      servers.tellResting();
    }
  }

  private boolean isPastEarlierRequests() {
    return System.nanoTime() - began > EARLIER_REQUEST_NANOS;
  }

  @Override
  public long write(FileDescriptor socket, JhotDrain.Outgoing bytes) throws IOException {
    return answers.write(socket, bytes);
  }

  @Override
  public void received(FileDescriptor socket, byte[] bytes, int length, long all) {
    try {
      pipelines.received(socket, bytes, length, all);
    } catch (RuntimeException | LinkageError e) {
      failed(e);
    }
  }

  @Override
  public void serving(JhotDrain.Server server, Object connection, @Nullable Object message) {
    try {
      servers.serving(server, connection, message);
    } catch (ReflectiveOperationException | RuntimeException | LinkageError e) {
      failed(e);
    }
  }

  @Override
  public boolean isLast(Object subject) {
    try {
      return ServerAnswers.isLast(subject);
    } catch (ReflectiveOperationException | RuntimeException | LinkageError e) {
      failed(e);
      return false;
    }
  }

  @Override
  public boolean isFollowed(Object frame) {
    return servers.isFollowed(frame);
  }

  /** Whether it is a connection that a client made to one of the app's listeners. */
  private boolean isAccepted(FileDescriptor socket) {
    try {
      return hasListenedOn.test(JhotSockets.boundAddress(JhotSockets.number(socket)).getPort());
    } catch (IOException e) {
      return false; // closed meanwhile: writing to it will say so
    }
  }

  private void failed(Throwable cause) {
    channel.trouble("a client cannot be told that its connection ends: " + cause);
  }
}
