package io.jhot.agent.patch;

import io.jhot.agent.patch.ClassPatch.Prologue;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.instrument.ClassDefinition;
import java.lang.instrument.Instrumentation;
import java.lang.instrument.UnmodifiableClassException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import sun.nio.ch.JhotThreads;

/**
 * What is patched in the JDK: the prologues, by class and release, and how they get there. All that
 * is patched, called or looked up is listed in docs/internals.md. Each step succeeds wholly or
 * changes nothing.
 *
 * <p>Classes are redefined instead of retransformed, so that another agent's later retransformation
 * starts from the patched bytes, and so that no transformer has to stay and see every class that
 * the app loads.
 */
public final class Internals {
  private static final String PACKAGE = "sun.nio.ch";
  private static final String DISPATCHER = PACKAGE + ".SocketDispatcher";
  private static final String HOOK = "sun/nio/ch/JhotHook";
  private static final String DRAIN = "sun/nio/ch/JhotDrain";
  private static final String TLS = "sun/nio/ch/JhotTls";

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

  static final List<Prologue> READ_AND_WRITE =
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

  private Internals() {}

  /**
   * What the JDK's socket classes are to be, so that sockets are handed over and taken over. Until
   * the hook's {@code calls} are set the prologues only look at that field.
   *
   * @throws ReflectiveOperationException if a class or method is missing in this JDK
   * @throws IllegalArgumentException if a class file cannot be patched
   */
  public static List<ClassDefinition> adopting() throws IOException, ReflectiveOperationException {
    HookClasses.checkLinks(HookClasses.LINKED.toArray(new String[0]));
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

  /** If selectors cannot be patched, sockets are handed over all the same. */
  private static void addAccepting(List<ClassDefinition> patched)
      throws IOException, ReflectiveOperationException {
    List<Prologue> all = new ArrayList<>(SERVER_SOCKET_CHANNEL);
    all.addAll(ACCEPTING);
    try {
      List<ClassDefinition> both = new ArrayList<>();
      add(both, PACKAGE + ".ServerSocketChannelImpl", all);
      add(both, PACKAGE + ".EPollSelectorImpl", SELECTING);
      HookClasses.checkLinks("JhotAccepts");
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
  public static void patchReadsAndWrites(Instrumentation instrumentation)
      throws IOException, ReflectiveOperationException, UnmodifiableClassException {
    Class<?> target = Class.forName(DISPATCHER, false, null);
    byte[] bytes = bytesOf(target);
    if (!exists("UnixDispatcher")) {
      bytes = patch(target, bytes, HOOK, CLOSE_17); // which it has already, and is to keep
    }
    bytes = patch(target, bytes, DRAIN, READ_AND_WRITE);
    ClassDefinition[] patched = {new ClassDefinition(target, bytes)};
    instrumentation.redefineClasses(patched);
  }

  /**
   * Records the sockets of the JDK's TLS, each when it is accepted. Nothing else leads to those
   * that threads read and write.
   *
   * @throws ReflectiveOperationException as {@link #patch}
   * @throws IllegalArgumentException likewise
   */
  public static void patchTlsSockets(Instrumentation instrumentation)
      throws IOException, ReflectiveOperationException, UnmodifiableClassException {
    Class<?> target = Class.forName("sun.security.ssl.SSLSocketImpl", false, null);
    byte[] bytes = patch(target, bytesOf(target), TLS, TLS_SOCKET);
    instrumentation.redefineClasses(new ClassDefinition(target, bytes));
  }

  private static boolean exists(String name) {
    return Class.forName(Object.class.getModule(), PACKAGE + "." + name) != null;
  }

  private static Prologue takeOver(
      String method, String descriptor, String test, @Nullable String answer) {
    return Prologue.takeOver(method, descriptor, false, test, answer);
  }

  /** Adds the class with the first of the sets of prologues that fits. */
  @SafeVarargs
  private static void add(List<ClassDefinition> to, String name, List<Prologue>... alternatives)
      throws IOException, ReflectiveOperationException {
    Class<?> target = Class.forName(name, false, null);
    to.add(new ClassDefinition(target, patch(target, bytesOf(target), HOOK, alternatives)));
  }

  private static byte[] bytesOf(Class<?> target) throws IOException {
    String name = target.getName();
    String file = name.substring(name.lastIndexOf('.') + 1) + ".class";
    try (InputStream in = target.getResourceAsStream(file)) {
      if (in == null) {
        throw new FileNotFoundException("the bytes of " + name);
      }
      return in.readAllBytes();
    }
  }

  /** The class file with the first of the sets of prologues that fits. */
  @SafeVarargs
  private static byte[] patch(
      Class<?> target, byte[] classFile, String hook, List<Prologue>... alternatives)
      throws NoSuchMethodException {
    for (List<Prologue> prologues : alternatives) {
      byte[] bytes = ClassPatch.apply(classFile, hook, prologues);
      if (bytes != null) {
        return bytes;
      }
    }
    throw new NoSuchMethodException(target.getName() + " is not as the agent knows it");
  }
}
