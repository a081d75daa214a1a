package io.jhot.agent;

import io.jhot.agent.channel.Failure;
import io.jhot.agent.patch.Confinement;
import io.jhot.agent.patch.HookClasses;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.lang.instrument.Instrumentation;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where the JVM starts the agent ({@code -javaagent:jhot-agent.jar}). Outside of jhot, and in a JVM
 * that merely inherited jhot's environment, it does nothing.
 */
public final class Agent {
  /** The number of the app's end of the control channel. */
  static final String CONTROL_FD = "JHOT_CONTROL_FD";

  /** What /proc says that it is: one socket, and no other. */
  static final String CONTROL_SOCKET = "JHOT_CONTROL_SOCKET";

  private static boolean loaded;

  private Agent() {}

  /**
   * Called before the app's main method. Behind a script the agent may be loaded by more than one
   * variable, and only the first time counts.
   *
   * @param jar null, or the agent's jar where the boot loader has loaded this from it, since there
   *     is a security manager
   */
  public static void premain(@Nullable String jar, Instrumentation instrumentation) {
    if (loaded) {
      return;
    }
    loaded = true;
    if (jar == null) {
      begin(null, instrumentation);
    } else {
      Confinement.run(() -> begin(Path.of(jar), instrumentation));
    }
  }

  private static void begin(@Nullable Path trusted, Instrumentation instrumentation) {
    String number = System.getenv(CONTROL_FD);
    if (number == null) {
      return;
    }
    int fd;
    try {
      fd = Integer.parseInt(number);
    } catch (NumberFormatException e) {
      return; // not jhot's
    }
    try {
      HookClasses.open(trusted, instrumentation);
      // from here on, and not before, may classes be loaded that know the hook
      Session.start(fd, System.getenv(CONTROL_SOCKET), instrumentation);
    } catch (Exception | LinkageError | InternalError e) {
      complain(
          "the agent cannot work in Java "
              + System.getProperty("java.version")
              + ", and the app goes on without it: sockets come from --listen only: "
              + Failure.words(e));
    }
  }

  /** One line on the process's own standard error, past whatever the app made of System.err. */
  static void complain(String line) {
    byte[] bytes = ("jhot: " + line + "\n").getBytes(StandardCharsets.UTF_8);
    try {
      // not closed: it would close the app's standard error
      new FileOutputStream(FileDescriptor.err).write(bytes);
    } catch (IOException e) {
      return; // standard error is closed: there is nowhere to report
    }
  }
}
