package io.jhot.protocol;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiConsumer;

/**
 * Appends numbers, strings and lists to a frame that grows up to {@link Wire#MAX_BYTES}. Numbers
 * are big-endian. For one thread. Every method but {@link #toByteArray} returns this writer, and
 * throws IllegalArgumentException when the value does not fit its field or the frame is full.
 */
public final class WireWriter {
  /** The longest string, in bytes of UTF-8. */
  public static final int MAX_STRING_BYTES = 8 * 1024;

  private byte[] bytes = new byte[128];
  private int size;

  /** An empty frame. */
  public WireWriter() {}

  /** One byte, 0 to 255. */
  public WireWriter u8(int value) {
    unsigned(value, 0xFF);
    room(1);
    bytes[size++] = (byte) value;
    return this;
  }

  /** Two bytes, 0 to 65,535. */
  public WireWriter u16(int value) {
    unsigned(value, 0xFFFF);
    room(2);
    bytes[size++] = (byte) (value >> 8);
    bytes[size++] = (byte) value;
    return this;
  }

  /** Four bytes, signed. */
  public WireWriter i32(int value) {
    room(4);
    for (int shift = 24; shift >= 0; shift -= 8) {
      bytes[size++] = (byte) (value >> shift);
    }
    return this;
  }

  /** Eight bytes, signed. */
  public WireWriter i64(long value) {
    return i32((int) (value >> 32)).i32((int) value);
  }

  /** One byte, 0 or 1. */
  public WireWriter bool(boolean value) {
    return u8(value ? 1 : 0);
  }

  /** A u16 length and that many bytes of UTF-8, at most {@link #MAX_STRING_BYTES}. */
  public WireWriter string(String value) {
    byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
    if (utf8.length > MAX_STRING_BYTES) {
      throw new IllegalArgumentException(
          "a string of " + utf8.length + " bytes, more than " + MAX_STRING_BYTES);
    }
    u16(utf8.length);
    room(utf8.length);
    System.arraycopy(utf8, 0, bytes, size, utf8.length);
    size += utf8.length;
    return this;
  }

  /** A u16 length and that many bytes. */
  public WireWriter bytes(byte[] value) {
    u16(value.length);
    room(value.length);
    System.arraycopy(value, 0, bytes, size, value.length);
    size += value.length;
    return this;
  }

  /** A u16 count and the elements, each written by {@code element}. */
  public <T> WireWriter list(List<T> values, BiConsumer<WireWriter, T> element) {
    u16(values.size());
    for (T value : values) {
      element.accept(this, value);
    }
    return this;
  }

  /** How many bytes were written. */
  public int size() {
    return size;
  }

  /** A copy of what was written. */
  public byte[] toByteArray() {
    return Arrays.copyOf(bytes, size);
  }

  private static void unsigned(int value, int most) {
    if (value < 0 || value > most) {
      throw new IllegalArgumentException(value + " is not within 0 and " + most);
    }
  }

  private void room(int more) {
    int needed = size + more;
    if (needed > Wire.MAX_BYTES) {
      throw new IllegalArgumentException("a frame of more than " + Wire.MAX_BYTES + " bytes");
    }
    if (needed > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(needed, bytes.length * 2));
    }
  }
}
