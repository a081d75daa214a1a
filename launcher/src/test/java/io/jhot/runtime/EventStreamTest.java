package io.jhot.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jhot.config.ExecOptions.LogStyle;
import io.jhot.supervisor.Effect.Level;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class EventStreamTest {
  private static final int MANY = 10 * EventStream.MAX_RECORDS;

  private long time = 1_000;
  private final EventStream stream = new EventStream("shop", () -> time++);

  private StreamRecord publish(int generation) {
    return stream.publish(
        new StreamEvent.AppStatus(generation, "warm"), Level.DEBUG, "serving", 5, "it is warm");
  }

  private static List<Long> numbers(List<StreamRecord> records) {
    List<Long> numbers = new ArrayList<>();
    for (StreamRecord record : records) {
      numbers.add(record.number());
    }
    return numbers;
  }

  @Test
  void aRecordSaysWhatWhenWhereAndForHowLong() {
    StreamRecord record = publish(3);

    assertEquals(
        new StreamRecord(
            StreamRecord.VERSION,
            1,
            1_000,
            "shop",
            3,
            "serving",
            5,
            Level.DEBUG,
            "it is warm",
            new StreamEvent.AppStatus(3, "warm")),
        record);
    assertEquals(1_001, publish(3).time());
  }

  @Test
  void numbersHaveNoGapsAndReadersAreToldInTheirOrder() {
    List<StreamRecord> first = new ArrayList<>();
    List<String> order = new ArrayList<>();
    stream.subscribe(
        record -> {
          first.add(record);
          order.add("first");
        });
    stream.subscribe(record -> order.add("second"));
    for (int i = 0; i < MANY; i++) {
      publish(1);
    }

    for (int i = 0; i < MANY; i++) {
      assertEquals(i + 1, first.get(i).number());
    }
    assertEquals(MANY, stream.last());
    assertEquals(List.of("first", "second"), order.subList(0, 2));
    assertEquals(2 * MANY, order.size());
  }

  @Test
  void theRingIsBoundedAndTheNumbersTellWhoMissedSome() {
    for (int i = 0; i < MANY; i++) {
      publish(1);
    }

    List<Long> kept = numbers(stream.after(0));

    assertEquals(EventStream.MAX_RECORDS, kept.size());
    assertEquals(MANY - EventStream.MAX_RECORDS + 1, kept.getFirst());
    assertEquals(MANY, kept.getLast());
  }

  @Test
  void whoComesBackGetsWhatIsNewer() {
    assertEquals(List.of(), stream.after(0));
    publish(1);
    publish(1);
    assertEquals(List.of(1L, 2L), numbers(stream.after(0)));
    publish(1);
    assertEquals(List.of(3L), numbers(stream.after(2)));
    assertEquals(List.of(), stream.after(3));
    assertEquals(List.of(), stream.after(99));
  }

  /** It reads one record, and is not back before the loop has published all the others. */
  @Test
  void aSlowReaderHoldsNothingUpAndSeesWhatItMissed() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch published = new CountDownLatch(1);
    List<List<StreamRecord>> rounds = new ArrayList<>();
    publish(1);
    Thread slow =
        Thread.ofVirtual()
            .start(
                () -> {
                  rounds.add(stream.after(0));
                  begun.countDown();
                  try {
                    published.await();
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                  }
                  rounds.add(stream.after(1));
                });
    begun.await();

    for (int i = 0; i < MANY; i++) {
      publish(1);
    }
    published.countDown();
    slow.join();

    assertEquals(List.of(1L), numbers(rounds.getFirst()));
    long next = rounds.getLast().getFirst().number();
    assertEquals(MANY + 1 - EventStream.MAX_RECORDS + 1, next);
    assertEquals(MANY + 1, rounds.getLast().getLast().number());
  }

  @Test
  void aLogThatNobodyReadsHoldsNothingUp() throws Exception {
    CountDownLatch writing = new CountDownLatch(1);
    CountDownLatch released = new CountDownLatch(1);
    OutputStream stuck =
        new OutputStream() {
          @Override
          public void write(int b) {
            throw new AssertionError("a line is written in one piece");
          }

          @Override
          public void write(byte[] bytes, int from, int count) {
            writing.countDown();
            try {
              released.await();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
          }
        };
    Journal journal = new Journal(stuck, LogStyle.TEXT, Level.DEBUG, () -> false);
    stream.subscribe(new EventLog(journal));
    publish(1);
    writing.await();

    for (int i = 0; i < MANY; i++) {
      publish(1);
    }

    assertEquals(MANY + 1, stream.last());
    released.countDown();
    journal.finish();
  }

  @Test
  void everyTextIsBoundedWhereItIsMade() {
    String endless = "x".repeat(100_000);
    StreamRecord record =
        new EventStream(endless, () -> 0)
            .publish(new StreamEvent.HangUpIgnored(), Level.INFO, endless, -1, endless);

    assertTrue(record.instance().length() <= StreamRecord.MAX_INSTANCE, record::instance);
    assertTrue(record.step().length() <= StreamRecord.MAX_STEP, record::step);
    assertTrue(record.reason().length() <= StreamRecord.MAX_REASON, record::reason);
    assertTrue(record.reason().endsWith("more characters)"), record::reason);
  }
}
