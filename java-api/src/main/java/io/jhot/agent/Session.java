package io.jhot.agent;

import io.jhot.protocol.Message;
import io.jhot.protocol.Wire;
import java.io.IOException;
import java.lang.instrument.Instrumentation;
import java.nio.file.Files;
import java.nio.file.Path;
import sun.nio.ch.JhotHook;

/** Brings the agent up: from a usable channel to the first bind that it may see. */
final class Session {
  /** How long the app's start may be held up by a jhot that does not answer. */
  private static final long MOST_WAIT_MILLIS = 5_000;

  /** The first Java in which sockets can be sent without native code of our own. */
  static final int FIRST_JAVA_WITH_FFM = 22;

  /** Set when the channel is up; null where there is no jhot. */
  private static volatile Control control;

  private Session() {}

  /** What hears jhot; null where there is no jhot. */
  static Control control() {
    return control;
  }

  /**
   * Says hello to jhot and waits, bounded, to be told what there is to take over. Does nothing if
   * {@code fd} is no control channel.
   *
   * @throws IOException if {@code /proc} or the agent's own jar cannot be read
   */
  static void start(int fd, Instrumentation instrumentation) throws IOException {
    if (!JhotHook.isSequencedUnixSocket(fd)) {
      return; // a child of the app inherited the environment, but not the descriptor
    }
    Channel channel = new Channel(fd);
    boolean canAdopt = patch(instrumentation, channel);
    Path bindings = SocketSender.bindings();
    boolean canExport =
        canAdopt && Runtime.version().feature() >= FIRST_JAVA_WITH_FFM && bindings != null;
    AppClasses classes = new AppClasses(instrumentation, channel);
    Adoption adoption = new Adoption(channel, classes, canExport ? bindings : null);
    long pid = Long.parseLong(Files.readSymbolicLink(Path.of("/proc/self")).toString());
    Control control = new Control(channel, adoption, canAdopt, pid);
    String version = Session.class.getPackage().getImplementationVersion();
    channel.send(
        new Message.Hello(
            Wire.VERSION,
            pid,
            System.getProperty("java.version"),
            canExport,
            version == null ? "unpacked" : version));
    control.start();
    Session.control = control;
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(null, null, "jhot-ending", 0, false) {
              @Override
              public void run() {
                control.jvmEnds();
              }
            });
    if (!control.awaitWelcome(MOST_WAIT_MILLIS)) {
      channel.trouble(
          "the agent got no answer within "
              + MOST_WAIT_MILLIS
              + " ms and lets the app start: sockets that it binds by now are not adopted");
    }
  }

  private static boolean patch(Instrumentation instrumentation, Channel channel) {
    try {
      Internals.patch(instrumentation);
      return true;
    } catch (Exception | LinkageError e) {
      channel.trouble(
          "the agent does not know this Java ("
              + System.getProperty("java.version")
              + "), so sockets are neither adopted nor taken over; --listen still works: "
              + e);
      return false;
    }
  }
}
