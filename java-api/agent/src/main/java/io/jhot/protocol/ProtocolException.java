package io.jhot.protocol;

import java.io.IOException;

/** Bytes that are no message: cut off, garbled, or written by something that is not jhot. */
public final class ProtocolException extends IOException {
  private static final long serialVersionUID = 1L;

  /**
   * @param message what was being read and what stood there instead, on one line
   */
  public ProtocolException(String message) {
    super(message);
  }
}
