package io.jhot.ffm;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The native memory of one operation: the structs for its calls, and the errno of the last call.
 *
 * <p>Confined to the thread that opened it, zeroed, and gone when closed. A buffer is the view of
 * it because the first access by a {@code VarHandle} costs 2 ms under {@code -Xint}, and every one
 * more than this.
 */
final class Frame implements AutoCloseable {
  private static final int ALIGNMENT = 16;

  private final Arena arena;
  private final MemorySegment segment;
  private final ByteBuffer memory;
  private final long address;
  private int used = ALIGNMENT; // before it: the errno

  @SuppressWarnings("MustBeClosedChecker") // the arena ends with this frame
  private Frame(int bytes) {
    arena = Arena.ofConfined();
    segment = arena.allocate((long) ALIGNMENT + bytes, ALIGNMENT);
    memory = segment.asByteBuffer().order(ByteOrder.nativeOrder());
    address = segment.address();
  }

  /** A frame with room for {@code bytes}; each {@link #reserve} rounds up to 16. */
  static Frame of(int bytes) {
    return new Frame(bytes);
  }

  /** A frame for calls that take no memory. */
  static Frame empty() {
    return new Frame(0);
  }

  /** The room that {@code bytes} take, rounded up. */
  static int room(int bytes) {
    return (bytes + ALIGNMENT - 1) & -ALIGNMENT;
  }

  /**
   * Reserves {@code bytes}; returns their offset, for {@link #memory} and {@link #address(int)}.
   */
  int reserve(int bytes) {
    int start = used;
    if (bytes > memory.capacity() - start) {
      throw new AssertionError("a frame of " + memory.capacity() + " bytes is too small");
    }
    used = start + room(bytes);
    return start;
  }

  /** Reserves and writes the bytes of {@code text} and a zero; returns their offset. */
  int reserveText(byte[] text) {
    int start = reserve(text.length + 1);
    memory.put(start, text);
    return start;
  }

  ByteBuffer memory() {
    return memory;
  }

  /** The native address of {@code offset}. */
  long address(int offset) {
    return address + offset;
  }

  byte[] bytes(int offset, int length) {
    byte[] bytes = new byte[length];
    memory.get(offset, bytes);
    return bytes;
  }

  MemorySegment segment() {
    return segment;
  }

  /** The errno of the last call that failed in this frame. */
  int errno() {
    return memory.getInt(0);
  }

  /** Clears the errno, for a caller that must know whether a call set it. */
  void clearErrno() {
    memory.putInt(0, 0);
  }

  /** Frees the memory. A caller whose child may still run in it leaves the frame open instead. */
  @Override
  public void close() {
    arena.close();
  }
}
