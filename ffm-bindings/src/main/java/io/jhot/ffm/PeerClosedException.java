package io.jhot.ffm;

import java.io.IOException;

/** The other end of a socket is gone: end of stream, {@code EPIPE} or {@code ECONNRESET}. */
public final class PeerClosedException extends IOException {
  private static final long serialVersionUID = 1L;

  /**
   * The peer is gone.
   *
   * @param message what jhot was doing when it noticed
   */
  public PeerClosedException(String message) {
    super(message);
  }
}
