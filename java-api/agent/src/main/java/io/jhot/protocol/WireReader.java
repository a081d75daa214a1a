package io.jhot.protocol;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * Reads what {@link WireWriter} wrote, field by field, out of bytes that nobody vouches for. For
 * one thread. Every reading method throws ProtocolException, and nothing else, when the bytes end
 * too early or do not hold such a value.
 */
public final class WireReader {
  /** Reads one element of a list. */
  @FunctionalInterface
  public interface Element<T> {
    /** The element that starts where the reader stands. */
    T read(WireReader in) throws ProtocolException;
  }

  private final byte[] bytes;
  private final int end;
  private int at;

  /**
   * A reader of {@code length} bytes from {@code offset}; the array is neither copied nor changed.
   *
   * @throws IndexOutOfBoundsException if they are not within the array
   */
  public WireReader(byte[] bytes, int offset, int length) {
    Objects.checkFromIndexSize(offset, length, bytes.length);
    this.bytes = bytes;
    this.at = offset;
    this.end = offset + length;
  }

  /** One byte, 0 to 255. */
  public int u8() throws ProtocolException {
    need(1);
    return bytes[at++] & 0xFF;
  }

  /** Two bytes, 0 to 65,535. */
  public int u16() throws ProtocolException {
    need(2);
    return (bytes[at++] & 0xFF) << 8 | bytes[at++] & 0xFF;
  }

  /** Four bytes, signed. */
  public int i32() throws ProtocolException {
    need(4);
    int value = 0;
    for (int i = 0; i < 4; i++) {
      value = value << 8 | bytes[at++] & 0xFF;
    }
    return value;
  }

  /** Eight bytes, signed. */
  public long i64() throws ProtocolException {
    need(8);
    return (long) i32() << 32 | i32() & 0xFFFF_FFFFL;
  }

  /** One byte, 0 or 1. */
  public boolean bool() throws ProtocolException {
    int value = u8();
    if (value > 1) {
      throw new ProtocolException("a boolean of value " + value);
    }
    return value == 1;
  }

  /** A string of at most {@link WireWriter#MAX_STRING_BYTES} bytes of well-formed UTF-8. */
  public String string() throws ProtocolException {
    int length = u16();
    if (length > WireWriter.MAX_STRING_BYTES) {
      throw new ProtocolException(
          "a string of " + length + " bytes, more than " + WireWriter.MAX_STRING_BYTES);
    }
    need(length);
    try {
      String value =
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, at, length)).toString();
      at += length;
      return value;
    } catch (CharacterCodingException e) {
      throw new ProtocolException("a string of " + length + " bytes that are not UTF-8");
    }
  }

  /**
   * Bytes as they are.
   *
   * @param most how many there may be
   */
  public byte[] bytes(int most) throws ProtocolException {
    int length = u16();
    if (length > most) {
      throw new ProtocolException(length + " bytes in one field, more than " + most);
    }
    need(length);
    byte[] value = Arrays.copyOfRange(bytes, at, at + length);
    at += length;
    return value;
  }

  /** A list, in order; unmodifiable. */
  public <T> List<T> list(Element<T> element) throws ProtocolException {
    int count = u16();
    // not sized by the count: it may promise more than the bytes hold
    List<T> values = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      values.add(element.read(this));
    }
    return List.copyOf(values);
  }

  /** How many bytes are left. */
  public int remaining() {
    return end - at;
  }

  /**
   * Says that nothing may follow.
   *
   * @throws ProtocolException if bytes are left
   */
  public void end() throws ProtocolException {
    if (at != end) {
      throw new ProtocolException(remaining() + " bytes too many");
    }
  }

  private void need(int count) throws ProtocolException {
    if (remaining() < count) {
      throw new ProtocolException(
          "cut off: " + count + " bytes are needed, " + remaining() + " are left");
    }
  }
}
