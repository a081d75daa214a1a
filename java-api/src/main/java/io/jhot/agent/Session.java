package io.jhot.agent;

import java.io.IOException;
import java.lang.instrument.Instrumentation;
import java.nio.file.Files;
import java.nio.file.Path;
import sun.nio.ch.JhotHook;

/** Brings the agent up: from a usable channel to the first bind that it may see. */
final class Session {
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
   * Has a thread say hello to jhot and hear what there is to take over, while the app goes on to
   * start. Does nothing if {@code fd} is no control channel.
   *
   * @param fd the number of what may be the app's end of it
   * @param socket what /proc says that the app's end is; null where jhot has not told
   * @throws IOException if {@code /proc} or the agent's own jar cannot be read
   */
  static void start(int fd, String socket, Instrumentation instrumentation) throws IOException {
    if (!isChannel(fd, socket)) {
      return;
    }
    Channel channel = new Channel(fd);
    boolean canAdopt = patch(instrumentation, channel);
    Path bindings = Internals.bindings();
    boolean canExport =
        canAdopt && Runtime.version().feature() >= FIRST_JAVA_WITH_FFM && bindings != null;
    AppClasses classes = new AppClasses(instrumentation, channel);
    Handshake handshake = new Handshake(channel);
    Adoption adoption = new Adoption(channel, classes, handshake, canExport ? bindings : null);
    Control control = new Control(channel, handshake, adoption, classes, canAdopt, canExport);
    if (canAdopt) {
      JhotHook.calls = adoption;
    }
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
  }

  /** A child of the app inherits the environment, but not the descriptor. */
  private static boolean isChannel(int fd, String socket) {
    if (socket == null) {
      return JhotHook.isSequencedUnixSocket(fd); // an older jhot; takes 10 ms
    }
    try {
      return Files.readSymbolicLink(Path.of("/proc/self/fd/" + fd)).toString().equals(socket);
    } catch (IOException e) {
      return false; // nothing is open under that number
    }
  }

  private static boolean patch(Instrumentation instrumentation, Channel channel) {
    try {
      Internals.patch(instrumentation);
      if (!Internals.takesBeforeTelling) {
        channel.trouble(
            "the agent does not know the selectors of this Java ("
                + System.getProperty("java.version")
                + "): while generations share a listener, accept may return null after a selector"
                + " said that there is a connection; all else works");
      }
      return true;
    } catch (Exception | LinkageError e) {
      channel.trouble(
          "the agent does not know this Java ("
              + System.getProperty("java.version")
              + "), so sockets are neither adopted nor taken over; --listen still works: "
              + Failure.words(e));
      return false;
    }
  }
}
