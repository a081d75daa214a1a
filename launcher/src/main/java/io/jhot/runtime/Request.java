package io.jhot.runtime;

import io.jhot.protocol.ProtocolException;
import io.jhot.protocol.WireReader;
import io.jhot.protocol.WireWriter;

/** What a command such as {@code jhot reload} asks of a running jhot, one datagram each. */
public sealed interface Request {
  /** Show the fleet. */
  record ShowStatus() implements Request {}

  /**
   * Start the next generation.
   *
   * @param waits whether the answer waits until the reload has succeeded or failed
   */
  record Reload(boolean waits) implements Request {}

  /**
   * Drain and end.
   *
   * @param now end at once, without draining
   */
  record Stop(boolean now) implements Request {}

  /** The first bytes of every datagram: {@code JHC} and the version. */
  int MAGIC = 0x4A484301;

  /** The request as one datagram. */
  default byte[] encode() {
    WireWriter out = new WireWriter().i32(MAGIC);
    switch (this) {
      case ShowStatus() -> out.u8(1);
      case Reload(boolean waits) -> out.u8(2).bool(waits);
      case Stop(boolean now) -> out.u8(3).bool(now);
    }
    return out.toByteArray();
  }

  /**
   * Reads a datagram that may come from anybody.
   *
   * @param bytes the datagram
   * @return the request
   * @throws ProtocolException when it is none
   */
  static Request decode(byte[] bytes) throws ProtocolException {
    WireReader in = new WireReader(bytes, 0, bytes.length);
    int magic = in.i32();
    if (magic != MAGIC) {
      throw new ProtocolException(
          magic >>> 8 == MAGIC >>> 8
              ? "this jhot speaks version " + (MAGIC & 0xFF) + ", not " + (magic & 0xFF)
              : "not a request of jhot");
    }
    int kind = in.u8();
    Request request =
        switch (kind) {
          case 1 -> new ShowStatus();
          case 2 -> new Reload(in.bool());
          case 3 -> new Stop(in.bool());
          default -> throw new ProtocolException("unknown request " + kind);
        };
    in.end();
    return request;
  }
}
