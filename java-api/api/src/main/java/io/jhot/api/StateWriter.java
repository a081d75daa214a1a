package io.jhot.api;

import java.io.IOException;
import java.io.OutputStream;

/**
 * Writes the state that a successor asks for; see {@link Jhot#handOver(String, int, StateWriter)}.
 */
@FunctionalInterface
public interface StateWriter {
  /**
   * Called on a thread of jhot's, once for each successor that asks, while this generation serves
   * or drains.
   *
   * @param out into memory that is shared with the successor and not part of this JVM's heap;
   *     buffered; not to be kept
   * @throws IOException when there is nothing to hand over; the successor gets none
   */
  void write(OutputStream out) throws IOException;
}
