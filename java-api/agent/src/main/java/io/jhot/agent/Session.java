package io.jhot.agent;

import io.jhot.agent.app.AppClasses;
import io.jhot.agent.channel.Channel;
import io.jhot.agent.channel.Failure;
import io.jhot.agent.channel.Handshake;
import io.jhot.agent.channel.SocketSender;
import io.jhot.agent.listen.Adoption;
import io.jhot.agent.patch.HookClasses;
import io.jhot.agent.patch.Internals;
import java.io.IOException;
import java.lang.instrument.ClassDefinition;
import java.lang.instrument.Instrumentation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import sun.nio.ch.JhotHook;
import sun.nio.ch.JhotSockets;

/** Starts the agent: from a usable channel to the first bind that it may see. */
final class Session {
  /** Set when the channel is up; null where there is no jhot. */
  private static volatile @Nullable Control control;

  private Session() {}

  /** What hears jhot; null where there is no jhot. */
  static @Nullable Control control() {
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
  static void start(int fd, @Nullable String socket, Instrumentation instrumentation)
      throws IOException {
    if (!isChannel(fd, socket)) {
      return;
    }
    Channel channel = new Channel(fd);
    boolean canAdopt = patch(instrumentation, channel);
    Path bindings = HookClasses.bindings();
    boolean canExport =
        canAdopt && Runtime.version().feature() >= SocketSender.FIRST_JAVA && bindings != null;
    AppClasses classes = new AppClasses(instrumentation, channel);
    Handshake handshake = new Handshake(channel);
    Adoption adoption = new Adoption(channel, classes, handshake, canExport ? bindings : null);
    Control control = new Control(channel, handshake, adoption, classes, canAdopt, canExport);
    if (canAdopt) {
      adoption.hook();
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
  private static boolean isChannel(int fd, @Nullable String socket) {
    if (socket == null) {
      return JhotSockets.isSequencedUnixSocket(fd); // an older jhot; takes 10 ms
    }
    try {
      return Files.readSymbolicLink(Path.of("/proc/self/fd/" + fd)).toString().equals(socket);
    } catch (IOException e) {
      // nothing is open under that number, or there is no /proc to ask
      return !Files.isDirectory(Path.of("/proc/self/fd")) && JhotSockets.isSequencedUnixSocket(fd);
    }
  }

  /**
   * Puts the prologues into the JDK's classes. What cannot be patched takes away what it is for,
   * and nothing else.
   *
   * @return whether the app's sockets can be handed over and taken over
   */
  private static boolean patch(Instrumentation instrumentation, Channel channel) {
    List<ClassDefinition> adopting = List.of();
    List<ClassDefinition> loading = List.of();
    try {
      adopting = Internals.adopting();
      if (HookClasses.isConfined() && Internals.takesBeforeTelling) {
        JhotHook.linkAccepts();
      }
      if (!Internals.takesBeforeTelling) {
        channel.trouble(
            "the agent does not know the selectors of this Java ("
                + System.getProperty("java.version")
                + "): while generations share a listener, accept may return null after a selector"
                + " said that there is a connection; all else works");
      }
    } catch (Exception | LinkageError e) {
      cannotAdopt(channel, e);
    }
    try {
      loading = adopting.isEmpty() ? loading : Internals.loading(); // of no use without
    } catch (Exception | LinkageError e) {
      cannotSeeLoading(channel, e);
    }
    List<ClassDefinition> all = new ArrayList<>(adopting);
    all.addAll(loading);
    if (all.isEmpty() || redefine(instrumentation, all) == null) { // at once: it stops the JVM
      return !adopting.isEmpty();
    }
    Throwable refused = redefine(instrumentation, adopting);
    if (refused != null) {
      cannotAdopt(channel, refused);
      return false;
    }
    refused = loading.isEmpty() ? null : redefine(instrumentation, loading);
    if (refused != null) {
      cannotSeeLoading(channel, refused);
    }
    return true;
  }

  /**
   * @return why the JVM refuses, perhaps because of what another agent makes of the same classes;
   *     null if it does not
   */
  private static @Nullable Throwable redefine(
      Instrumentation instrumentation, List<ClassDefinition> all) {
    try {
      instrumentation.redefineClasses(all.toArray(new ClassDefinition[0]));
      return null;
    } catch (Exception | LinkageError | InternalError e) {
      return e;
    }
  }

  private static void cannotAdopt(Channel channel, Throwable why) {
    channel.trouble(
        "sockets that the app opens can neither be handed to jhot nor be taken over in this Java ("
            + System.getProperty("java.version")
            + "); sockets of --listen, drain hooks and the API still work: "
            + Failure.words(why));
  }

  private static void cannotSeeLoading(Channel channel, Throwable why) {
    channel.trouble(
        "sockets of Netty's native transports cannot be taken over in this Java ("
            + System.getProperty("java.version")
            + "); all that the JDK opens still can: "
            + Failure.words(why));
  }
}
