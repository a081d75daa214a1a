package io.jhot.agent.patch;

import io.jhot.agent.patch.ClassPatch.Prologue;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.instrument.ClassDefinition;
import java.lang.instrument.Instrumentation;
import java.lang.instrument.UnmodifiableClassException;
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
import sun.nio.ch.JhotThreads;

/**
 * The way into {@code sun.nio.ch}: defines the hook there and puts the prologues into the JDK's
 * socket classes. Each step either succeeds wholly or changes nothing.
 *
 * <p>The hook is defined inside java.base instead of appended to the boot class path, because a
 * boot class path entry makes CDS and AOT caches unusable. Classes are redefined instead of
 * retransformed, so that another agent's later retransformation starts from the patched bytes, and
 * so that no transformer has to stay and see every class that the app loads.
 */
public final class Internals {
  private static final String PACKAGE = "sun.nio.ch";
  private static final String DISPATCHER = PACKAGE + ".SocketDispatcher";
  private static final String HOOK = "sun/nio/ch/JhotHook";

  /** Each after those that it extends. */
  private static final String[] HOOK_CLASSES = {
    "JhotHook$Place",
    "JhotHook$Server",
    "JhotHook$Outgoing",
    "JhotHook$Calls",
    "JhotHook$Gather",
    "JhotHook",
    "JhotThreads$Later",
    "JhotThreads",
    "JhotAccepts"
  };

  /** Of those the ones that link to what nothing can do without. */
  private static final String[] LINKED = {"JhotHook$Place", "JhotHook$Gather", "JhotHook"};

  /** Where every internal is known to be, by {@code make test-jdks}; in others it is looked for. */
  static final Set<Integer> TESTED = Set.of(17, 21, 25, 26, 27);

  /** Whether a selector tells of a connection only once it has been taken. */
  public static volatile boolean takesBeforeTelling;

  private static final String FD = "Ljava/io/FileDescriptor;";
  private static final String OPTION = FD + "Ljava/net/ProtocolFamily;Ljava/net/SocketOption;";

  static final List<Prologue> NET =
      List.of(
          takeOver(
              "bind",
              "(Ljava/net/ProtocolFamily;" + FD + "Ljava/net/InetAddress;I)V",
              "bind",
              null),
          takeOver(
              "localAddress",
              "(" + FD + ")Ljava/net/InetSocketAddress;",
              "isDisplaced",
              "localAddress"),
          takeOver(
              "connect",
              "(Ljava/net/ProtocolFamily;" + FD + "Ljava/net/InetAddress;I)I",
              "isOwnCall",
              "connectInside"),
          takeOver("setSocketOption", "(" + OPTION + "Ljava/lang/Object;)V", "setOption", null),
          takeOver(
              "getSocketOption", "(" + OPTION + ")Ljava/lang/Object;", "isDisplaced", "option"));

  static final List<Prologue> RUNTIME =
      List.of(
          Prologue.tell("load0", "(Ljava/lang/Class;Ljava/lang/String;)V", false, "loading"),
          Prologue.tell(
              "loadLibrary0", "(Ljava/lang/Class;Ljava/lang/String;)V", false, "loading"));

  static final List<Prologue> NIO_SOCKET =
      List.of(Prologue.tell("bind", "(Ljava/net/InetAddress;I)V", true, "binding"));

  static final List<Prologue> SERVER_SOCKET_CHANNEL =
      List.of(
          Prologue.tell(
              "netBind", "(Ljava/net/SocketAddress;I)Ljava/net/SocketAddress;", true, "binding"),
          Prologue.takeOver("lockedConfigureBlocking", "(Z)V", true, "keepsNonBlocking", null),
          Prologue.takeOver(
              "tryLockedConfigureBlocking", "(Z)Z", true, "keepsNonBlocking", "adjusted"));

  /** Lets a selector tell of a connection only once it has been taken: {@code JhotAccepts}. */
  static final List<Prologue> ACCEPTING =
      List.of(
          Prologue.takeOver(
              "translateReadyOps",
              "(IILsun/nio/ch/SelectionKeyImpl;)Z",
              true,
              "isNothing",
              "nothing"),
          Prologue.takeOver(
              "implAccept",
              "(" + FD + FD + "[Ljava/net/SocketAddress;)I",
              true,
              "isTaken",
              "taken"));

  static final List<Prologue> SELECTING =
      List.of(
          Prologue.takeOver(
              "doSelect", "(Ljava/util/function/Consumer;J)I", true, "hasTaken", "select"));

  static final List<Prologue> TRANSFER =
      List.of(
          takeOver("read", "(" + FD + "JI)I", "isDraining", "read"),
          takeOver("readv", "(" + FD + "JI)J", "isDraining", "readv"),
          takeOver("write", "(" + FD + "JI)I", "isDraining", "write"),
          takeOver("writev", "(" + FD + "JI)J", "isDraining", "writev"));

  static final List<Prologue> TLS_SOCKET =
      List.of(Prologue.tell("doneConnect", "()V", List.of(Prologue.OBJECT), "secured"));

  private static final Prologue CLOSE = Prologue.tell("close", "(" + FD + ")V", false, "closing");

  /** Where a socket's descriptor ends, by JDK: the newest first. */
  static final List<Prologue> CLOSE_27 =
      List.of(
          CLOSE,
          Prologue.tell(
              "implPreClose",
              "(" + FD + "Ljava/lang/Thread;Ljava/lang/Thread;)V",
              false,
              "closing"));

  static final List<Prologue> CLOSE_21 =
      List.of(CLOSE, Prologue.tell("implPreClose", "(" + FD + "JJ)V", false, "closing"));

  static final List<Prologue> CLOSE_17 =
      List.of(CLOSE, Prologue.tell("preClose", "(" + FD + ")V", false, "closing"));

  /** Set once, before any other thread of the agent's; null if this class's domain tells. */
  private static Path jar;

  private Internals() {}

  /**
   * Opens {@code sun.nio.ch} to the agent and defines the hook in it.
   *
   * @param trusted the agent's jar, where the boot loader has its classes; else null
   * @throws ReflectiveOperationException if this JDK has no such package or refuses
   */
  public static void open(Path trusted, Instrumentation instrumentation)
      throws IOException, ReflectiveOperationException {
    jar = trusted;
    Module base = Object.class.getModule();
    Map<String, Set<Module>> toUs = Map.of(PACKAGE, Set.of(Internals.class.getModule()));
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
    Map<String, Set<Module>> toUs = Map.of("java.net", Set.of(Internals.class.getModule()));
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
  private static void checkLinks(String... classes) throws IOException, NoSuchMethodException {
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

  /** The agent's jar. */
  static Path ownJar() throws IOException {
    if (jar != null) {
      return jar;
    }
    try {
      return Path.of(Internals.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IOException(e);
    }
  }

  /** The bindings' jar, beside the agent's own; null if it is not there. */
  public static Path bindings() throws IOException {
    Path jar = ownJar().resolveSibling("jhot-ffm.jar");
    return Files.isReadable(jar) ? jar : null;
  }

  /**
   * What the JDK's socket classes are to be, so that sockets are handed over and taken over. Until
   * the hook's {@code calls} are set the prologues only look at that field.
   *
   * @throws ReflectiveOperationException if a class or method is missing in this JDK
   * @throws IllegalArgumentException if a class file cannot be patched
   */
  public static List<ClassDefinition> adopting() throws IOException, ReflectiveOperationException {
    checkLinks(LINKED);
    if (!JhotThreads.canWakeAcceptors()) {
      throw new NoSuchFieldException("the threads that wait for connections");
    }
    List<ClassDefinition> patched = new ArrayList<>();
    add(patched, PACKAGE + ".Net", NET);
    add(patched, PACKAGE + ".NioSocketImpl", NIO_SOCKET);
    addAccepting(patched);
    if (exists("UnixDispatcher")) { // 21 and later
      add(patched, PACKAGE + ".UnixDispatcher", CLOSE_27, CLOSE_21, CLOSE_17);
    } else {
      add(patched, DISPATCHER, CLOSE_17);
    }
    return patched;
  }

  /**
   * What the JDK's class that loads libraries is to be, so that the agent sees native transports.
   *
   * @throws ReflectiveOperationException as {@link #adopting}
   * @throws IllegalArgumentException likewise
   */
  public static List<ClassDefinition> loading() throws IOException, ReflectiveOperationException {
    List<ClassDefinition> patched = new ArrayList<>();
    add(patched, "java.lang.Runtime", RUNTIME);
    return patched;
  }

  /**
   * Without what lets a selector tell of what was taken only, sockets are handed over all the same.
   */
  private static void addAccepting(List<ClassDefinition> patched)
      throws IOException, ReflectiveOperationException {
    List<Prologue> all = new ArrayList<>(SERVER_SOCKET_CHANNEL);
    all.addAll(ACCEPTING);
    try {
      List<ClassDefinition> both = new ArrayList<>();
      add(both, PACKAGE + ".ServerSocketChannelImpl", all);
      add(both, PACKAGE + ".EPollSelectorImpl", SELECTING);
      checkLinks("JhotAccepts");
      patched.addAll(both);
      takesBeforeTelling = true;
    } catch (ReflectiveOperationException | FileNotFoundException e) {
      add(patched, PACKAGE + ".ServerSocketChannelImpl", SERVER_SOCKET_CHANNEL);
    }
  }

  /**
   * Puts the prologues of reading and writing in, which only a drain needs.
   *
   * @throws ReflectiveOperationException as {@link #adopting}
   * @throws IllegalArgumentException likewise
   */
  public static void patchTransfers(Instrumentation instrumentation)
      throws IOException, ReflectiveOperationException, UnmodifiableClassException {
    List<Prologue> prologues = TRANSFER;
    if (!exists("UnixDispatcher")) {
      prologues = new ArrayList<>(TRANSFER);
      prologues.addAll(CLOSE_17);
    }
    List<ClassDefinition> patched = new ArrayList<>();
    add(patched, DISPATCHER, prologues);
    instrumentation.redefineClasses(patched.toArray(new ClassDefinition[0]));
  }

  /**
   * Lets the hook know the sockets of the JDK's TLS, each when it is accepted. Nothing else leads
   * to those that threads wait on or answer.
   *
   * @throws ReflectiveOperationException as {@link #patch}
   * @throws IllegalArgumentException likewise
   */
  public static void patchTlsSockets(Instrumentation instrumentation)
      throws IOException, ReflectiveOperationException, UnmodifiableClassException {
    List<ClassDefinition> patched = new ArrayList<>();
    add(patched, "sun.security.ssl.SSLSocketImpl", TLS_SOCKET);
    instrumentation.redefineClasses(patched.toArray(new ClassDefinition[0]));
  }

  private static boolean exists(String name) {
    return Class.forName(Object.class.getModule(), PACKAGE + "." + name) != null;
  }

  private static Prologue takeOver(String method, String descriptor, String test, String answer) {
    return Prologue.takeOver(method, descriptor, false, test, answer);
  }

  /** Adds the class with the first of the sets of prologues that fits. */
  @SafeVarargs
  private static void add(List<ClassDefinition> to, String name, List<Prologue>... alternatives)
      throws IOException, ReflectiveOperationException {
    Class<?> target = Class.forName(name, false, null);
    byte[] original;
    String file = name.substring(name.lastIndexOf('.') + 1) + ".class";
    try (InputStream in = target.getResourceAsStream(file)) {
      if (in == null) {
        throw new FileNotFoundException("the bytes of " + name);
      }
      original = in.readAllBytes();
    }
    for (List<Prologue> prologues : alternatives) {
      byte[] bytes = ClassPatch.apply(original, HOOK, prologues);
      if (bytes != null) {
        to.add(new ClassDefinition(target, bytes));
        return;
      }
    }
    throw new NoSuchMethodException(name + " is not as the agent knows it");
  }
}
