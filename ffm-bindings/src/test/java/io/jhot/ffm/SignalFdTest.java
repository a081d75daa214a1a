package io.jhot.ffm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** In a JVM of its own, which a C program has started with the signals blocked, as jhot's is. */
@ExtendWith(LeavesNothingBehind.class)
class SignalFdTest {
  /** At each line of its input prints the signals that have arrived since. */
  static final class Receiver {
    public static void main(String[] arguments) throws Exception {
      SignalSet all =
          SignalSet.of(
              Signal.HUP,
              Signal.INT,
              Signal.QUIT,
              Signal.USR1,
              Signal.USR2,
              Signal.TERM,
              Signal.CHLD);
      try (SignalFd signals = SignalFd.open(all);
          Poller poller = Poller.open()) {
        poller.add(signals.fd(), 1, Poller.READABLE);
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in));
        System.out.println(
            "ready " + signals.read() + " " + poller.await(0, (token, events) -> {}));
        while (input.readLine() != null) {
          StringBuilder line = new StringBuilder();
          boolean readable = poller.await(0, (token, events) -> {}) == 1;
          for (SignalFd.Received r = signals.read(); r != null; r = signals.read()) {
            line.append(r.signal() + " " + r.senderPid() + " " + r.code() + ";");
          }
          System.out.println((readable ? "readable;" : "quiet;") + line);
        }
      }
    }
  }

  @Test
  void everySignalThatTheJvmWouldTakeArrivesAsData() throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Fixture.compiled("blocking").toString());
    command.addAll(Fixture.java(Receiver.class));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    try (BufferedReader output =
            new BufferedReader(
                new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        OutputStream input = process.getOutputStream()) {
      assertEquals("ready null 0", output.readLine());
      int pid = (int) process.pid();
      int sender = Own.pid();
      try (PidFd receiver = PidFd.open(pid)) {
        for (Signal signal :
            List.of(
                Signal.HUP,
                Signal.INT,
                Signal.QUIT,
                Signal.USR1,
                Signal.USR2,
                Signal.TERM,
                Signal.CHLD)) {
          assertTrue(receiver.signal(signal));
          assertEquals(
              "readable;" + signal + " " + sender + " 0;", ask(input, output), signal.name());
        }
        assertEquals("quiet;", ask(input, output));

        for (int i = 0; i < 50; i++) {
          receiver.signal(Signal.HUP);
          receiver.signal(Signal.USR1);
        }
        assertEquals(
            "readable;HUP " + sender + " 0;USR1 " + sender + " 0;",
            ask(input, output),
            "a signal that is pending already is not queued");
      }
    }
    assertEquals(0, process.waitFor());
  }

  private static String ask(OutputStream input, BufferedReader output) throws IOException {
    input.write('\n');
    input.flush();
    return output.readLine();
  }

  @Test
  void aSignalForThisThreadIsReadByThisThread() throws Exception {
    Throwable[] failure = {null};
    Thread thread =
        new Thread(
            () -> {
              try {
                SignalMask.block(SignalSet.of(Signal.USR2));
                try (SignalFd signals = SignalFd.open(SignalSet.of(Signal.USR2));
                    Frame frame = Frame.empty()) {
                  assertNull(signals.read());
                  Libc.raise(frame, Signal.USR2.number());
                  SignalFd.Received received = signals.read();
                  assertEquals(Signal.USR2, received.signal());
                  assertEquals(Own.pid(), received.senderPid());
                  assertNull(signals.read());
                }
              } catch (Throwable thrown) {
                failure[0] = thrown;
              }
            });
    thread.start();
    thread.join();
    assertNull(failure[0]);
  }
}
