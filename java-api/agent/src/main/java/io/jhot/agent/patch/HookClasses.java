package io.jhot.agent.patch;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.instrument.Instrumentation;
import java.lang.invoke.MethodHandles;
import java.net.InetAddress;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;

/**
 * The agent's jar, and the classes in it that are defined into java.base. Each step succeeds wholly
 * or changes nothing.
 *
 * <p>They are defined inside java.base instead of appended to the boot class path, because a boot
 * class path entry makes CDS and AOT caches unusable.
 */
public final class HookClasses {
  /** Defined at start; each after those that it extends. */
  private static final String[] HOOK_CLASSES = {
    "JhotHook$BindHandler",
    "JhotHook$CloseHandler",
    "JhotHook$ConnectHandler",
    "JhotHook$ListenerHandler",
    "JhotHook",
    "JhotSockets",
    "JhotFields$Place",
    "JhotFields",
    "JhotTls",
    "JhotThreads$Later",
    "JhotThreads",
    "JhotAccepts"
  };

  /** Of those the ones that link to what nothing can do without. */
  static final List<String> LINKED =
      List.of("JhotHook", "JhotSockets", "JhotFields$Place", "JhotFields", "JhotTls");

  /** Where every internal is known to be, by {@code make test-jdks}; in others it is looked for. */
  static final Set<Integer> TESTED = Set.of(17, 21, 25, 26, 27);

  /** Set once, before any other thread of the agent's; null if this class's domain tells. */
  private static @Nullable Path jar;

  private HookClasses() {}

  /**
   * Opens {@code sun.nio.ch} to the agent and defines the hook in it.
   *
   * @param trusted the agent's jar, where the boot loader has its classes; else null
   * @throws ReflectiveOperationException if this JDK has no such package or refuses
   */
  public static void open(@Nullable Path trusted, Instrumentation instrumentation)
      throws IOException, ReflectiveOperationException {
    jar = trusted;
    Module base = Object.class.getModule();
    Map<String, Set<Module>> toUs = Map.of("sun.nio.ch", Set.of(HookClasses.class.getModule()));
    instrumentation.redefineModule(base, Set.of(), toUs, toUs, Set.of(), Map.of());
    MethodHandles.Lookup lookup =
        MethodHandles.privateLookupIn(
            Class.forName("sun.nio.ch.Net", false, null), MethodHandles.lookup());
    for (byte[] one : hookClasses(HOOK_CLASSES)) {
      lookup.defineClass(one);
    }
  }

  /**
   * Defines the class that patched classes of the app call.
   *
   * @throws ReflectiveOperationException if this JDK refuses
   */
  public static void openDoor(Instrumentation instrumentation)
      throws IOException, ReflectiveOperationException {
    Map<String, Set<Module>> toUs = Map.of("java.net", Set.of(HookClasses.class.getModule()));
    instrumentation.redefineModule(
        Object.class.getModule(), Set.of(), Map.of(), toUs, Set.of(), Map.of());
    MethodHandles.privateLookupIn(InetAddress.class, MethodHandles.lookup())
        .defineClass(hookClasses("JhotDoor").get(0));
  }

  /**
   * Defines the class that makes channels of connections' descriptors.
   *
   * @throws ReflectiveOperationException if this JDK refuses, or lacks what the class links to
   */
  public static void defineChannels() throws IOException, ReflectiveOperationException {
    define("JhotChannels");
  }

  /**
   * Defines the classes that make channels of listening sockets.
   *
   * @throws ReflectiveOperationException if this JDK refuses, or lacks what the classes link to
   */
  public static void defineListeners() throws IOException, ReflectiveOperationException {
    define("JhotMembership", "JhotDatagrams", "JhotListeners");
  }

  /**
   * Defines the class by which a module may link native code; Java 22 and later.
   *
   * @throws ReflectiveOperationException if this JDK refuses
   */
  public static void defineNativeAccess() throws IOException, ReflectiveOperationException {
    define("JhotNativeAccess");
  }

  /**
   * Defines the classes that reads, writes and servers call while a generation drains.
   *
   * @throws ReflectiveOperationException if this JDK refuses, or lacks what the classes link to
   */
  public static void defineDrain() throws IOException, ReflectiveOperationException {
    define(
        "JhotDrain$TransferHandler",
        "JhotDrain$ServerHandler",
        "JhotDrain$Server",
        "JhotDrain$Outgoing",
        "JhotDrain$Gather",
        "JhotDrain");
  }

  private static void define(String... names) throws IOException, ReflectiveOperationException {
    List<byte[]> classes = hookClasses(names);
    for (byte[] one : classes) {
      String missing = Links.missing(one, "sun/nio/ch/");
      if (missing != null) {
        throw new NoSuchMethodException(missing);
      }
    }
    MethodHandles.Lookup lookup =
        MethodHandles.privateLookupIn(
            Class.forName("sun.nio.ch.Net", false, null), MethodHandles.lookup());
    for (byte[] one : classes) {
      lookup.defineClass(one);
    }
  }

  private static List<byte[]> hookClasses(String... names) throws IOException {
    List<byte[]> classes = new ArrayList<>();
    try (ZipFile jar = new ZipFile(ownJar().toFile())) { // cheaper than getResource
      for (String name : names) {
        ZipEntry entry = jar.getEntry("META-INF/jhot/" + name + ".class");
        if (entry == null) {
          throw new FileNotFoundException(name + " in " + jar.getName());
        }
        try (InputStream in = jar.getInputStream(entry)) {
          classes.add(in.readAllBytes());
        }
      }
    }
    return classes;
  }

  /** Whether the hook finds in this JDK what it uses of it. */
  static void checkLinks(String... classes) throws IOException, NoSuchMethodException {
    if (TESTED.contains(Runtime.version().feature())) {
      return;
    }
    for (byte[] one : hookClasses(classes)) {
      String missing = Links.missing(one, "sun/nio/ch/");
      if (missing != null) {
        throw new NoSuchMethodException(missing);
      }
    }
  }

  /** Whether there is a security manager, which asks whether the app's code may do a thing. */
  public static boolean isConfined() {
    return jar != null;
  }

  /** The same calls with the agent's own permissions, whatever code of the app is on the stack. */
  public static <T> T unconfined(Class<T> type, T calls) {
    return isConfined() ? Confinement.free(type, calls) : calls;
  }

  /** The agent's jar. */
  static Path ownJar() throws IOException {
    if (jar != null) {
      return jar;
    }
    try {
      return Path.of(HookClasses.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IOException(e);
    }
  }

  /** The bindings' jar, beside the agent's own; null if it is not there. */
  public static @Nullable Path bindings() throws IOException {
    Path jar = ownJar().resolveSibling("jhot-ffm.jar");
    return Files.isReadable(jar) ? jar : null;
  }
}
