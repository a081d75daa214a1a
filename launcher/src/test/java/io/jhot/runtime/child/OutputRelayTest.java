package io.jhot.runtime.child;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jhot.ffm.Pipe;
import java.io.ByteArrayOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class OutputRelayTest {
  /** What write(2) does not split in a pipe, man 7 pipe. */
  private static final int PIPE_BUF = 4096;

  private static final long DEADLINE_SECONDS = 60;

  /** Every write(2) that the relay would make. */
  private static final class Writes extends OutputStream {
    final BlockingQueue<String> all = new LinkedBlockingQueue<>();

    @Override
    public void write(int b) {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int from, int count) {
      all.add(new String(bytes, from, count, StandardCharsets.ISO_8859_1));
    }
  }

  private final Writes writes = new Writes();

  /** Relays what the writer writes into a pipe, to its end. */
  private OutputRelay relay(Pipe pipe) throws IOException {
    return new OutputRelay(pipe.read(), writes, "relay under test");
  }

  private static OutputStream writer(Pipe pipe) throws IOException {
    FileOutputStream out = new FileOutputStream("/proc/self/fd/" + pipe.write().number());
    pipe.write().close();
    return out;
  }

  /** The app may write to the same stream itself from any moment on: no line is cut in two. */
  @Test
  void linesArePassedOnInWholeSoThatNobodyWritesIntoTheMiddleOfOne() throws Exception {
    Pipe pipe = Pipe.open();
    ByteArrayOutputStream lines = new ByteArrayOutputStream();
    for (int i = 0; i < 2000; i++) {
      lines.write(("line " + i + "\n").getBytes(StandardCharsets.US_ASCII));
    }
    OutputRelay relay;
    try (OutputStream out = writer(pipe)) {
      out.write(lines.toByteArray());
      relay = relay(pipe);
    }
    relay.finish(TimeUnit.SECONDS.toMillis(DEADLINE_SECONDS));

    List<String> all = new ArrayList<>(writes.all);
    assertEquals(lines.toString(StandardCharsets.US_ASCII), String.join("", all));
    for (String write : all) {
      assertTrue(write.endsWith("\n"), write);
      assertTrue(write.length() <= PIPE_BUF, () -> write.length() + " bytes at once");
    }
  }

  @Test
  void aLineLongerThanTheBufferIsPassedOnInPieces() throws Exception {
    Pipe pipe = Pipe.open();
    String line = "x".repeat(3 * PIPE_BUF) + "\nend\n";
    OutputRelay relay;
    try (OutputStream out = writer(pipe)) {
      out.write(line.getBytes(StandardCharsets.US_ASCII));
      relay = relay(pipe);
    }
    relay.finish(TimeUnit.SECONDS.toMillis(DEADLINE_SECONDS));

    assertEquals(line, String.join("", writes.all));
    assertEquals("end", relay.lastLines().getLast());
  }

  @Test
  void aLineThatHasNotEndedIsPassedOnAllTheSame() throws Exception {
    Pipe pipe = Pipe.open();
    OutputRelay relay = relay(pipe);
    try (OutputStream out = writer(pipe)) {
      out.write("warming up...".getBytes(StandardCharsets.US_ASCII));

      assertEquals("warming up...", writes.all.poll(DEADLINE_SECONDS, TimeUnit.SECONDS));

      out.write(" done".getBytes(StandardCharsets.US_ASCII));
    }
    relay.finish(TimeUnit.SECONDS.toMillis(DEADLINE_SECONDS));
    assertEquals(" done", writes.all.poll());
    assertEquals(List.of("warming up... done"), relay.lastLines());
  }

  @Test
  void outputThatNobodyTakesIsReadOnSoThatTheAppIsNotHurt() throws Exception {
    Pipe pipe = Pipe.open();
    OutputStream gone =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw new IOException("Input/output error");
          }
        };
    OutputRelay relay = new OutputRelay(pipe.read(), gone, "relay under test");
    try (OutputStream out = writer(pipe)) {
      for (int i = 0; i < 100_000; i++) { // more than fits into a pipe that nobody reads
        out.write("line\n".getBytes(StandardCharsets.US_ASCII));
      }
      out.write("the last line\n".getBytes(StandardCharsets.US_ASCII));
    }
    relay.finish(TimeUnit.SECONDS.toMillis(DEADLINE_SECONDS));
    assertEquals("the last line", relay.lastLines().getLast());
  }
}
