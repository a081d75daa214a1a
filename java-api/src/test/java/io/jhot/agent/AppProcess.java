package io.jhot.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.jhot.ffm.ControlMessage;
import io.jhot.ffm.ExitStatus;
import io.jhot.ffm.Fd;
import io.jhot.ffm.PeerClosedException;
import io.jhot.ffm.Poller;
import io.jhot.ffm.Signal;
import io.jhot.ffm.Sockets;
import io.jhot.ffm.Spawn;
import io.jhot.protocol.Message;
import io.jhot.protocol.Wire;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * One generation of an app in a real JVM with the agent, and jhot's end of its control channel. The
 * test plays jhot.
 */
final class AppProcess implements AutoCloseable {
  private static final long PATIENCE_MILLIS = 30_000;

  /** A message and the descriptors that came with it. */
  record Heard(Message message, List<Fd> descriptors) {}

  /** What to start, with defaults; each method returns the same object. */
  static final class Plan {
    private final Jdk jdk;
    private final AgentJars jars;
    private final Path folder;
    private final List<String> options = new ArrayList<>();
    private final List<Message.Inherited> listeners = new ArrayList<>();
    private final List<Fd> inherited = new ArrayList<>();
    private final Map<String, String> environment = new TreeMap<>();
    private int generation = 1;
    private boolean live = true;
    private boolean keepOnLoss;
    private boolean pipesOutput;
    private String script = "exec \"$@\"";

    Plan(Jdk jdk, AgentJars jars, Path folder) {
      this.jdk = jdk;
      this.jars = jars;
      this.folder = folder;
    }

    /** A later generation: what it takes is staged. */
    Plan staged() {
      generation = 2;
      live = false;
      return this;
    }

    /** Lends a socket. */
    Plan lend(int ref, Fd socket, String text) {
      inherited.add(socket);
      listeners.add(new Message.Inherited(ref, -1, text));
      return this;
    }

    Plan option(String option) {
      options.add(option);
      return this;
    }

    Plan environment(String name, String value) {
      environment.put(name, value);
      return this;
    }

    Plan keepOnLoss() {
      keepOnLoss = true;
      return this;
    }

    /** Lends the original standard output, as jhot does while it reads along. */
    Plan pipesOutput() {
      pipesOutput = true;
      return this;
    }

    /** What a shell does instead of just executing {@code "$@"}, the app's command line. */
    Plan script(String text) {
      script = text;
      return this;
    }

    AppProcess start(String... mainClassAndArguments) throws IOException {
      return new AppProcess(this, mainClassAndArguments);
    }
  }

  private final Fd control;
  private final Fd parking = Sockets.listenUnreachable();
  private final Fd staging = Sockets.listenUnreachable();
  private final Spawn.Child child;
  private final Message.Welcome welcome;
  private final Path out;
  private final Path err;
  private ExitStatus status;

  private AppProcess(Plan plan, String[] app) throws IOException {
    Sockets.Pair pair = Sockets.pair(Sockets.Type.SEQPACKET);
    control = pair.first();
    control.setNonBlocking(true);
    out = Files.createTempFile(plan.folder, "out", ".txt");
    err = Files.createTempFile(plan.folder, "err", ".txt");
    SortedMap<Integer, Fd> descriptors = new TreeMap<>();
    descriptors.put(3, pair.second());
    descriptors.put(4, parking);
    descriptors.put(5, staging);
    List<Message.Inherited> listeners = new ArrayList<>();
    for (int i = 0; i < plan.inherited.size(); i++) {
      Message.Inherited one = plan.listeners.get(i);
      listeners.add(new Message.Inherited(one.ref(), 10 + i, one.text()));
      descriptors.put(10 + i, plan.inherited.get(i));
    }
    String redirect = ">" + out + " 2>" + err;
    if (plan.pipesOutput) {
      redirect = "6>" + out + " 7>" + err + " >" + out + ".piped 2>" + err + ".piped";
    }
    welcome =
        new Message.Welcome(
            plan.generation,
            4,
            5,
            plan.pipesOutput ? 6 : -1,
            plan.pipesOutput ? 7 : -1,
            plan.live,
            plan.keepOnLoss,
            listeners);
    List<String> java = new ArrayList<>(plan.jdk.java());
    java.addAll(List.of("-Xmx64m", "-Xshare:auto", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
    if (plan.jars != null) {
      java.add("-javaagent:" + plan.jars.agent());
    }
    java.addAll(plan.options);
    String path = System.getProperty("app.classes") + ":" + System.getProperty("api.classes");
    java.addAll(List.of("-cp", path));
    java.addAll(List.of(app));
    List<String> argv =
        new ArrayList<>(List.of("sh", "-c", "{ " + plan.script + "\n} " + redirect, "sh"));
    argv.addAll(java);
    List<String> environment = new ArrayList<>(List.of("PATH=/usr/bin:/bin", "JHOT_CONTROL_FD=3"));
    plan.environment.forEach((name, value) -> environment.add(name + "=" + value));
    try {
      child =
          Spawn.start(
              new Spawn.Request(
                  "/bin/sh",
                  argv,
                  environment,
                  null,
                  descriptors,
                  List.of(),
                  false,
                  Signal.KILL,
                  List.of()),
              Spawn.Mode.CLONE_VM);
    } catch (IOException e) {
      control.close();
      parking.close();
      staging.close();
      throw e;
    } finally {
      pair.second().close();
    }
  }

  int pid() {
    return child.pid();
  }

  /** Answers the next Hello, which must come next. */
  Message.Hello greet() throws IOException {
    Message.Hello hello = assertInstanceOf(Message.Hello.class, hear().message());
    welcome();
    return hello;
  }

  /** Answers a Hello that was heard. */
  void welcome() throws IOException {
    send(welcome);
  }

  void send(Message message) throws IOException {
    sendBytes(Wire.encode(message));
  }

  /** Sends a message with a descriptor, which stays the caller's. */
  void send(Message message, Fd riding) throws IOException {
    assertTrue(
        ControlMessage.send(control, Wire.encode(message), List.of(riding)),
        "the agent does not read");
  }

  void sendBytes(byte[] bytes) throws IOException {
    assertTrue(ControlMessage.send(control, bytes, List.of()), "the agent does not read");
  }

  /** The next message; its descriptors are the caller's. */
  Heard hear() throws IOException {
    try (Poller poller = Poller.open()) {
      poller.add(control, 0, Poller.READABLE);
      poller.add(child.pidFd().fd(), 1, Poller.READABLE);
      long deadline = System.nanoTime() + PATIENCE_MILLIS * 1_000_000;
      while (true) {
        ControlMessage.Received received;
        try {
          received = ControlMessage.receive(control, Wire.MOST_BYTES);
        } catch (PeerClosedException e) {
          throw new AssertionError("the app ended: " + diagnosis(), e);
        }
        if (received != null) {
          return new Heard(
              Wire.decode(received.bytes(), received.bytes().length), received.descriptors());
        }
        long left = (deadline - System.nanoTime()) / 1_000_000;
        if (left <= 0) {
          fail("the agent says nothing: " + diagnosis());
        }
        poller.await(left, (token, events) -> {});
      }
    }
  }

  /** The next message, which must be this one, without descriptors. */
  void hear(Message expected) throws IOException {
    Heard heard = hear();
    heard.descriptors().forEach(Fd::close);
    assertEquals(expected, heard.message(), this::diagnosis);
  }

  /** The next message, which must be of that type, without descriptors. */
  <M extends Message> M hear(Class<M> type) throws IOException {
    Heard heard = hear();
    heard.descriptors().forEach(Fd::close);
    return assertInstanceOf(type, heard.message(), this::diagnosis);
  }

  /** The next message, which must be Opened; the socket is the caller's. */
  Heard hearOpened() throws IOException {
    Heard heard = hear();
    assertInstanceOf(Message.Opened.class, heard.message(), this::diagnosis);
    assertEquals(1, heard.descriptors().size());
    return heard;
  }

  /** One round trip over the control channel that changes nothing. */
  void roundTrip() throws IOException {
    send(new Message.RestoreOutput());
    hear(new Message.OutputRestored());
  }

  /** Lets the generation go live. */
  void goLive() throws IOException {
    send(new Message.GoLive());
    hear(new Message.Live());
  }

  void park(boolean last, int listeners) throws IOException {
    send(new Message.Park(last));
    hear(new Message.Parked(listeners));
  }

  /** jhot dies. */
  void loseJhot() {
    control.close();
  }

  void signal(Signal signal) throws IOException {
    child.pidFd().signal(signal);
  }

  /** How it ended. */
  ExitStatus await() throws IOException {
    try (Poller poller = Poller.open()) {
      poller.add(child.pidFd().fd(), 0, Poller.READABLE);
      long deadline = System.nanoTime() + PATIENCE_MILLIS * 1_000_000;
      while (status == null) {
        status = child.pidFd().reap();
        long left = (deadline - System.nanoTime()) / 1_000_000;
        if (status == null && left <= 0) {
          fail("the app does not end: " + diagnosis());
        }
        if (status == null) {
          poller.await(left, (token, events) -> {});
        }
      }
      return status;
    }
  }

  String out() throws IOException {
    return Files.readString(out);
  }

  String err() throws IOException {
    return Files.readString(err);
  }

  /** Standard error, as a failed assertion's message. */
  String complaint() {
    try {
      return "standard error: " + err();
    } catch (IOException e) {
      return e.toString();
    }
  }

  /** What it wrote before its output was put back. */
  String piped() throws IOException {
    return Files.readString(Path.of(out + ".piped"));
  }

  /** Waits until it has written that to standard output. */
  void awaitOutput(String text) throws IOException {
    Eventually.holds(() -> out().contains(text), () -> "no \"" + text + "\": " + diagnosis());
  }

  /** Nanoseconds of processor time of all its threads but the one that hears jhot. */
  long processorNanos() throws IOException {
    long sum = 0;
    for (String task : Path.of("/proc", "" + pid(), "task").toFile().list()) {
      Path folder = Path.of("/proc", "" + pid(), "task", task);
      try {
        if (!Files.readString(folder.resolve("comm")).startsWith("jhot-control")) {
          String text = Files.readString(folder.resolve("schedstat"));
          sum += Long.parseLong(text.substring(0, text.indexOf(' ')));
        }
      } catch (IOException e) {
        continue; // a thread that has ended since
      }
    }
    return sum;
  }

  /** The numbers of its descriptors that are sockets with that inode. */
  List<Integer> descriptorsOf(long inode) throws IOException {
    List<Integer> found = new ArrayList<>();
    Path folder = Path.of("/proc", "" + pid(), "fd");
    try (Stream<Path> all = Files.list(folder)) {
      for (Path one : all.toList()) {
        try {
          if (Files.readSymbolicLink(one).toString().equals("socket:[" + inode + "]")) {
            found.add(Integer.parseInt(one.getFileName().toString()));
          }
        } catch (IOException e) {
          continue; // closed since
        }
      }
    }
    return found;
  }

  private String diagnosis() {
    try {
      return "standard output: "
          + out()
          + "; standard error: "
          + err()
          + "; state: "
          + Arrays.stream(Files.readString(Path.of("/proc/" + pid() + "/status")).split("\n"))
              .filter(line -> line.startsWith("State"))
              .toList();
    } catch (IOException e) {
      return "and its output cannot be read: " + e;
    }
  }

  @Override
  public void close() throws IOException {
    if (status == null) {
      signal(Signal.KILL);
      await();
    }
    child.pidFd().close();
    control.close();
    parking.close();
    staging.close();
  }

  /** The bytes of a text, for {@link #sendBytes}. */
  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
