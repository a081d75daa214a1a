package io.jhot.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;

class LogQueueTest {
  private static final long PATIENCE = 60_000;

  /** Of which so many fill the queue. */
  private static final byte[] LINE = ("x".repeat(1023) + "\n").getBytes(StandardCharsets.US_ASCII);

  private static final int FULL = LogQueue.MAX_BYTES / LINE.length;

  /** A stream whose reader reads so many lines as it is let. */
  private static final class Reader extends OutputStream {
    final Semaphore mayRead = new Semaphore(0);
    final Semaphore arrived = new Semaphore(0);
    final List<String> read = new ArrayList<>();
    volatile boolean gone;

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int from, int count) throws IOException {
      arrived.release();
      mayRead.acquireUninterruptibly();
      if (gone) {
        throw new IOException("Broken pipe");
      }
      read.add(new String(bytes, from, count, StandardCharsets.UTF_8));
    }
  }

  private final Reader reader = new Reader();
  private final LogQueue queue = new LogQueue(reader, n -> (n + " lost\n").getBytes());

  private void add(int lines) {
    for (int i = 0; i < lines; i++) {
      queue.add(LINE);
    }
  }

  private long lines() {
    return reader.read.stream().filter(one -> !one.endsWith(" lost\n")).count();
  }

  private String readAll() {
    reader.mayRead.release(1_000_000);
    assertTrue(queue.finish(PATIENCE));
    return reader.read.isEmpty() ? "" : reader.read.getLast();
  }

  @Test
  void withoutALineThereIsNothingToWaitFor() {
    assertTrue(queue.finish(PATIENCE));
    assertEquals(List.of(), reader.read);
  }

  @Test
  void linesComeInOrderEachInOneWrite() {
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      expected.add("line " + i + "\n");
      queue.add(expected.getLast().getBytes(StandardCharsets.US_ASCII));
    }
    readAll();
    assertEquals(expected, reader.read);
  }

  @Test
  void asManyAsFitWaitForTheirReader() {
    add(FULL);
    readAll();
    assertEquals(FULL, lines());
    assertEquals(FULL, reader.read.size(), "nothing is said to be lost");
  }

  @Test
  void oneMoreIsLostAndSaid() {
    add(FULL + 1);
    assertEquals("1 lost\n", readAll());
    assertEquals(FULL, lines());
  }

  @Test
  void aThousandTimesAsManyCostNoMoreMemoryAndAreCounted() {
    add(1000 * FULL);
    assertEquals(999L * FULL + " lost\n", readAll());
    assertEquals(FULL, lines());
  }

  @Test
  void aSingleLineThatIsLargerThanTheQueueIsWritten() {
    byte[] large = "y".repeat(2 * LogQueue.MAX_BYTES).getBytes(StandardCharsets.US_ASCII);
    queue.add(large);
    readAll();
    assertEquals(large.length, reader.read.getFirst().length());
  }

  @Test
  void whatIsLostIsSaidInItsPlace() {
    add(FULL + 3);
    reader.mayRead.release(FULL / 2 + 1);
    reader.arrived.acquireUninterruptibly(FULL / 2 + 2); // half of them are done with
    queue.add("next\n".getBytes(StandardCharsets.US_ASCII));
    assertEquals("next\n", readAll());
    assertEquals("3 lost\n", reader.read.get(reader.read.size() - 2));
  }

  @Test
  void whatCouldNotBeWrittenIsSaidOnceItCan() {
    reader.gone = true;
    add(2);
    reader.mayRead.release(2);
    assertFalse(queue.finish(PATIENCE));
    reader.gone = false;
    queue.add("back\n".getBytes(StandardCharsets.US_ASCII));
    assertEquals("back\n", readAll());
    assertEquals(List.of("2 lost\n", "back\n"), reader.read);
  }

  @Test
  void theEndDoesNotWaitForAReaderThatStandsStill() {
    add(3);
    assertFalse(queue.finish(50));
    assertEquals(List.of(), reader.read);
    readAll();
  }

  @Test
  void aLongTextWaitsForRoomAndLosesNothing() throws Exception {
    Thread dump =
        new Thread(
            () -> {
              for (int i = 0; i < 3 * FULL; i++) {
                queue.addWhenThereIsRoom(LINE, PATIENCE);
              }
            });
    dump.start();
    reader.mayRead.release(1_000_000);
    dump.join();
    readAll();
    assertEquals(3L * FULL, lines());
    assertEquals(3 * FULL, reader.read.size(), "nothing is said to be lost");
  }

  @Test
  void aLongTextIsGivenUpWhereNobodyReads() {
    add(FULL);
    queue.addWhenThereIsRoom(LINE, 50);
    assertEquals("1 lost\n", readAll());
  }
}
