package io.jhot.runtime;

import io.jhot.supervisor.Effect.Level;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * All that happens to the fleet, in order: one numbered {@link StreamRecord} after the other.
 *
 * <p>There are two ways to read it. A {@link Reader} belongs to jhot itself and is told of each
 * record by the loop's thread; it never waits for anybody, as the log's queue does not. Everybody
 * else fetches what came {@link #after} a number, at a time of its own: what it missed because it
 * was slow is gone from the ring, and the numbers say so. So no reader can hold the loop up.
 *
 * <p>{@link #publish} and {@link #subscribe} are for the loop's thread; {@link #after} and {@link
 * #last} for any.
 */
public final class EventStream {
  /** How many records are kept. With the bound of each, two megabytes at most. */
  static final int MAX_RECORDS = 256;

  /** Is told of each record, in order. */
  public interface Reader {
    /**
     * A record was published. Called by the loop's thread: must not wait, nor publish.
     *
     * @param record the record
     */
    void read(StreamRecord record);
  }

  private final String instance;
  private final LongSupplier clock;
  private final List<Reader> readers = new ArrayList<>();

  // guarded by this
  private final ArrayDeque<StreamRecord> ring = new ArrayDeque<>();
  private long last;

  /**
   * @param instance the instance's name
   * @param clock milliseconds since 1970, for people and for other machines
   */
  public EventStream(String instance, LongSupplier clock) {
    this.instance = instance;
    this.clock = clock;
  }

  /** The instance's name, which each record has. */
  public String instance() {
    return instance;
  }

  /**
   * Tells a reader of each record from now on; readers are told in the order in which they came.
   *
   * @param reader one of jhot's own
   */
  public void subscribe(Reader reader) {
    readers.add(reader);
  }

  /**
   * Gives an event its number and its time, keeps it and tells the readers.
   *
   * @param event what has happened
   * @param level how much an operator cares
   * @param step how far the generation had come, as {@code jhot status} says it; empty: it concerns
   *     none
   * @param millis how long it took; -1: it took no time that is known
   * @param reason one line for people
   * @return the record
   */
  StreamRecord publish(StreamEvent event, Level level, String step, long millis, String reason) {
    StreamRecord record;
    synchronized (this) {
      record =
          new StreamRecord(
              StreamRecord.VERSION,
              ++last,
              clock.getAsLong(),
              instance,
              event.generation(),
              step,
              millis,
              level,
              reason,
              event);
      ring.add(record);
      if (ring.size() > MAX_RECORDS) {
        ring.remove();
      }
    }
    for (Reader reader : readers) {
      reader.read(record);
    }
    return record;
  }

  /**
   * The records that came after one.
   *
   * @param number of the record that was read last; 0: none was
   * @return those that are still kept, oldest first; the first one's number is more than {@code
   *     number + 1} where some are not
   */
  public synchronized List<StreamRecord> after(long number) {
    List<StreamRecord> newer = new ArrayList<>();
    for (StreamRecord record : ring) {
      if (record.number() > number) {
        newer.add(record);
      }
    }
    return newer;
  }

  /** The number of the newest record; 0: there is none. */
  public synchronized long last() {
    return last;
  }
}
