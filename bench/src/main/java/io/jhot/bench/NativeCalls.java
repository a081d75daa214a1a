package io.jhot.bench;

import io.jhot.ffm.ControlMessage;
import io.jhot.ffm.ExitStatus;
import io.jhot.ffm.Fd;
import io.jhot.ffm.Sockets;
import io.jhot.ffm.Spawn;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;

/**
 * Times io.jhot.ffm's own calls and prints samples, one a line: metric, label, value, by tabs.
 *
 * <pre>
 * spawn LABEL MODE COUNT PROGRAM     Spawn.start, microseconds until the program runs
 * scm LABEL COUNT DESCRIPTORS        ControlMessage there and back, microseconds per descriptor
 * </pre>
 *
 * The first fifth of each is run before and not printed.
 */
public final class NativeCalls {
  private static final long LONGEST_NANOS = 30_000_000_000L;

  private NativeCalls() {}

  public static void main(String[] args) throws IOException {
    if (args.length == 5 && args[0].equals("spawn")) {
      spawn(args[1], Spawn.Mode.parse(args[2]), Integer.parseInt(args[3]), args[4]);
    } else if (args.length == 4 && args[0].equals("scm")) {
      scm(args[1], Integer.parseInt(args[2]), Integer.parseInt(args[3]));
    } else {
      System.err.println("bench: spawn LABEL MODE COUNT PROGRAM | scm LABEL COUNT DESCRIPTORS");
      System.exit(2);
    }
  }

  private static void spawn(String label, Spawn.Mode mode, int count, String program)
      throws IOException {
    Spawn.Request request =
        new Spawn.Request(
            program,
            List.of(program),
            environment(),
            null,
            new TreeMap<>(),
            List.of(),
            false,
            null,
            List.of());
    for (int i = -count / 5; i < count; i++) {
      long begin = System.nanoTime();
      Spawn.Child child = Spawn.start(request, mode);
      long end = System.nanoTime();
      await(child, program);
      if (i >= 0) {
        print("spawn", label, (end - begin) / 1e3);
      }
    }
  }

  private static List<String> environment() {
    List<String> environment = new ArrayList<>();
    System.getenv().forEach((name, value) -> environment.add(name + "=" + value));
    return environment;
  }

  private static void await(Spawn.Child child, String program) throws IOException {
    try (var pidFd = child.pidFd()) {
      long deadline = System.nanoTime() + LONGEST_NANOS;
      ExitStatus status = pidFd.reap();
      while (status == null) {
        if (System.nanoTime() > deadline) {
          throw new IOException(program + " did not end in time");
        }
        LockSupport.parkNanos(50_000);
        status = pidFd.reap();
      }
      if (status.code() != 0) {
        throw new IOException(program + " ended with " + status.text());
      }
    }
  }

  private static void scm(String label, int count, int descriptors) throws IOException {
    Sockets.Pair pair = Sockets.pair(Sockets.Type.SEQPACKET);
    List<Fd> lent = new ArrayList<>();
    try (Fd from = pair.first();
        Fd to = pair.second();
        // what jhot hands on: a TCP listener (AF_UNIX descriptors cost the kernel more)
        Fd listener =
            Sockets.listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1)) {
      for (int i = 0; i < descriptors; i++) {
        lent.add(listener.duplicate());
      }
      byte[] bytes = {'x'};
      for (int i = -count / 5; i < count; i++) {
        long begin = System.nanoTime();
        if (!ControlMessage.send(from, bytes, lent)) {
          throw new IOException("send: the socket is full although it was just emptied");
        }
        ControlMessage.Received received = ControlMessage.receive(to, bytes.length);
        received.descriptors().forEach(Fd::close);
        long end = System.nanoTime();
        if (received.descriptors().size() != descriptors) {
          throw new IOException("received " + received.descriptors().size() + " descriptors");
        }
        if (i >= 0) {
          print("scm-" + descriptors, label, (end - begin) / 1e3 / descriptors);
        }
      }
    } finally {
      lent.forEach(Fd::close);
    }
  }

  private static void print(String metric, String label, double value) {
    System.out.printf(Locale.ROOT, "%s\t%s\t%.4f%n", metric, label, value);
  }
}
