package io.jhot.agent;

import java.io.File;
import java.io.IOException;
import java.lang.instrument.Instrumentation;
import java.net.URI;
import java.util.jar.JarFile;

/**
 * The entry point of the agent, compiled for Java 8. Behind a wrapper script jhot cannot know which
 * Java runs; one that could not load this class would refuse to start the app.
 */
public final class Premain {
  private static final int FIRST = 17;
  private static final int FIRST_WITHOUT_SECURITY_MANAGER = 24;

  private Premain() {}

  /**
   * Called by the JVM before the app's main method; never throws, for the JVM would end then.
   *
   * @param arguments unused
   * @param instrumentation the JVM's
   */
  public static void premain(String arguments, Instrumentation instrumentation) {
    try {
      begin(instrumentation);
    } catch (IOException | RuntimeException | Error e) {
      System.err.println("jhot: the agent cannot start: " + e + "; the app goes on without it");
    }
  }

  private static void begin(Instrumentation instrumentation) throws IOException {
    String version = version();
    if (isBefore(FIRST, version)) {
      if (System.getenv("JHOT_CONTROL_FD") != null) {
        System.err.println(
            "jhot: the agent needs Java "
                + FIRST
                + " and this is "
                + version
                + ": the app goes on without it; its sockets come from --listen only");
      }
      return;
    }
    String jar = null;
    if (isBefore(FIRST_WITHOUT_SECURITY_MANAGER, version) && System.getSecurityManager() != null) {
      jar = trust(instrumentation);
    }
    Agent.premain(jar, instrumentation); // first loaded here
  }

  private static String version() {
    try {
      return System.getProperty("java.specification.version", "1.8");
    } catch (SecurityException e) {
      try {
        Class.forName("java.util.HexFormat"); // which Java 17 was the first to have
        return "17";
      } catch (ClassNotFoundException older) {
        return "16";
      }
    }
  }

  /**
   * Under a security manager the agent's jar may do next to nothing. What the boot loader loads may
   * do what the JDK may, and it is asked before the loader of this class.
   *
   * @return the path of the jar
   */
  private static String trust(Instrumentation instrumentation) throws IOException {
    String url = Premain.class.getResource("Premain.class").getPath(); // file:/…/jar!/io/…
    String path = new File(URI.create(url.substring(0, url.lastIndexOf("!/")))).getPath();
    try (JarFile jar = new JarFile(path)) {
      instrumentation.appendToBootstrapClassLoaderSearch(jar);
    }
    return path;
  }

  /** Whether {@code java.specification.version}, such as 1.8 or 21, is before that release. */
  static boolean isBefore(int release, String version) {
    if (version.startsWith("1.")) {
      return true;
    }
    try {
      return Integer.parseInt(version) < release;
    } catch (NumberFormatException e) {
      return false; // a form that only a later Java can have
    }
  }
}
