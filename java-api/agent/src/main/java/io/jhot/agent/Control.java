package io.jhot.agent;

import io.jhot.agent.api.Api;
import io.jhot.agent.app.AppClasses;
import io.jhot.agent.app.Output;
import io.jhot.agent.channel.Channel;
import io.jhot.agent.channel.Failure;
import io.jhot.agent.channel.Handshake;
import io.jhot.agent.drain.AppConnections;
import io.jhot.agent.listen.Adoption;
import io.jhot.protocol.Message;
import io.jhot.protocol.ProtocolException;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import sun.nio.ch.JhotSockets;
import sun.nio.ch.JhotThreads;

/**
 * The thread that hears jhot, from the first message to the end of the channel. Nothing that jhot
 * sends or fails to send makes it throw into the app; but when jhot is gone the app ends with it,
 * unless {@code --orphan keep} was given.
 */
final class Control extends Thread {
  /** How often the channel is looked at while the JVM ends. */
  private static final int ENDING_PAUSE_MILLIS = 10;

  /** Like an app that was killed: 128 + SIGKILL. */
  private static final int KILLED = 137;

  private final Channel channel;
  private final Adoption adoption;
  private final AppClasses classes;
  private final Handshake handshake;
  private final boolean canAdopt;
  private final boolean canExport;
  private long pid;
  private boolean complained;
  private @Nullable AppConnections connections; // null until a drain
  private volatile Message.@Nullable Welcome welcome;
  private volatile @Nullable Api api; // null until the app, or a drain, needs it
  private volatile @Nullable Object nativeThread;
  private volatile boolean ending;
  private volatile boolean asleep;

  Control(
      Channel channel,
      Handshake handshake,
      Adoption adoption,
      AppClasses classes,
      boolean canAdopt,
      boolean canExport) {
    super(null, null, "jhot-control", 0, false);
    setDaemon(true);
    this.channel = channel;
    this.adoption = adoption;
    this.classes = classes;
    this.handshake = handshake;
    this.canAdopt = canAdopt;
    this.canExport = canExport;
    handshake.heardBy(this);
  }

  /**
   * The JVM begins to end. HotSpot waits 300 ms at its very end for daemon threads in native code,
   * where this one always is. So from now on it sleeps in Java and polls the channel, because the
   * app's own shutdown may still need jhot.
   *
   * <p>A JVM that ends at once, as {@code java -version} in a wrapper script, must not leave jhot's
   * answer behind: the next one would read it.
   */
  void jvmEnds() {
    handshake.await();
    ending = true;
    for (int tries = 0; tries < 100 && !asleep && nativeThread != null; tries++) {
      JhotThreads.wake(nativeThread);
      nap(1);
    }
  }

  private static void nap(int millis) {
    try {
      sleep(millis);
    } catch (InterruptedException e) {
      return; // only who interrupts all threads does that; the caller looks again
    }
  }

  /** What the app's copies of io.jhot.api talk to. */
  synchronized Api api() {
    if (api == null) {
      api = new Api(channel, handshake, adoption, classes);
    }
    return api;
  }

  /** Of the thread that hears jhot; made in the first drain. */
  private AppConnections connections() {
    if (connections == null) {
      connections = new AppConnections(channel, adoption::hasListenedOn);
    }
    return connections;
  }

  /** Whether there is something to read; false: look again. */
  private boolean awaitMessage(int epoll) throws IOException {
    if (!ending) {
      return JhotSockets.awaitReadable(epoll, -1);
    }
    if (JhotSockets.awaitReadable(epoll, 0)) {
      return true;
    }
    asleep = true;
    nap(ENDING_PAUSE_MILLIS);
    return false;
  }

  @Override
  public void run() {
    int epoll;
    try {
      nativeThread = JhotThreads.current();
      epoll = JhotSockets.watchReadable(channel.fd());
      pid = channel.greet(canExport);
    } catch (IOException | LinkageError e) {
      complain("the agent cannot listen to jhot: " + Failure.words(e));
      handshake.end();
      return;
    }
    while (true) {
      try {
        if (!awaitMessage(epoll)) {
          continue;
        }
        Message message = channel.receive();
        if (message == null) {
          break;
        }
        hear(message);
      } catch (ProtocolException e) {
        complain("jhot sent an invalid message, which is ignored: " + e.getMessage());
      } catch (IOException e) {
        Agent.complain("the channel to jhot is broken: " + e.getMessage());
        break;
      } catch (RuntimeException | LinkageError | OutOfMemoryError e) {
        complain(
            "the agent could not do what jhot asked: "
                + Failure.words(e)); // a later message can be heard
      }
    }
    lose();
  }

  /** Once: a peer that sends garbage may send much of it. */
  private void complain(String text) {
    if (!complained) {
      complained = true;
      channel.trouble(text);
    }
  }

  private void lose() {
    channel.lose();
    Message.Welcome told = welcome;
    if (told == null || !told.keepOnLoss()) {
      Agent.complain("jhot is gone, and the app ends with it (--orphan keep lets it live on)");
      Runtime.getRuntime().halt(KILLED);
    }
    handshake.end();
    adoption.abandon();
    Api used = api;
    if (used != null) {
      used.abandon();
    }
    Agent.complain("jhot is gone; the app lives on without it");
  }

  private void hear(Message message) {
    if (message instanceof Message.Welcome m) {
      if (welcome != null) { // jhot's answer to a second hello repeats what has been taken
        adoption.greetedAgain();
        return;
      }
      welcome = m;
      if (canAdopt) {
        adoption.begin(m, pid);
      }
      handshake.end(m.generation());
    } else if (message instanceof Message.Staging m) {
      if (welcome == null) {
        adoption.stageOn(m.sockets());
      }
    } else if (message instanceof Message.Lent m) {
      if (welcome == null) {
        adoption.lend(m.sockets());
      }
    } else if (message instanceof Message.Fetching) {
      adoption.letFetch();
    } else if (message instanceof Message.GoLive) {
      Api told = api;
      if (told != null) {
        told.serve();
      }
      if (adoption.goLive()) {
        channel.send(new Message.Live());
      }
    } else if (message instanceof Message.Park m) {
      Api told = api;
      if (told != null) {
        told.draining(true);
      }
      channel.send(new Message.Parked(adoption.park(m.last())));
    } else if (message instanceof Message.Look m) {
      connections().look(m.request());
    } else if (message instanceof Message.Released m) {
      adoption.released(m.ref(), m.kept());
    } else if (message instanceof Message.Drain m) {
      api().drain(m);
    } else if (message instanceof Message.Asked m) {
      api().asked(m, channel.descriptors());
    } else if (message instanceof Message.Answered m) {
      api().answered(m, channel.descriptors());
    } else if (message instanceof Message.RestoreOutput) {
      restoreOutput();
    } else if (message instanceof Message.Unknown m) {
      channel.trouble("a newer jhot sent a message of type " + m.type() + ", which is ignored");
    } else {
      complain("jhot sent " + message + ", which is for jhot; ignored");
    }
  }

  private void restoreOutput() {
    Message.Welcome told = welcome;
    if (told != null) {
      Output.restore(told.stdoutFd(), told.stderrFd(), channel);
      welcome =
          new Message.Welcome(
              told.generation(),
              told.parkingFd(),
              told.stagingFd(),
              -1,
              -1,
              told.live(),
              told.keepOnLoss(),
              told.listeners());
    }
    channel.send(new Message.OutputRestored());
  }
}
