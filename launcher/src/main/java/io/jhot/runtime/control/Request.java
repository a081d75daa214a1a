package io.jhot.runtime.control;

import io.jhot.protocol.ProtocolException;
import io.jhot.protocol.WireReader;
import io.jhot.protocol.WireWriter;

/**
 * What a command such as {@code jhot reload} asks of a running jhot, one datagram each.
 *
 * <p>The two are not always of one release: jhot is replaced on disk while an instance runs on. A
 * datagram begins with {@code JHC} and a version. Version 1 is frozen: its fields end with the
 * datagram, and neither side may add one. From version 2 on fields may be appended to a datagram
 * and to each element of a list, and none is ever changed or taken away; a reader ignores what it
 * does not know, and takes a default for what it misses. A server answers in the version that it
 * was asked in, or in its own if that is older. See docs/decisions/0060-another-release.md.
 */
public sealed interface Request {
  /** Show the fleet. */
  record ShowStatus() implements Request {}

  /**
   * Show what did not fit into the answer before.
   *
   * @param after what that answer's {@link Reply.Status#next} was
   */
  record ShowMore(long after) implements Request {}

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

  /** The first bytes of every datagram, {@code JHC}; the version follows in the last one. */
  int MAGIC = 0x4A484300;

  /** The version whose frames cannot be extended; every jhot that there was can read it. */
  int FROZEN = 1;

  /** The version that is spoken where both sides can. */
  int VERSION = 2;

  /** The request as one datagram of {@link #VERSION}. */
  default byte[] encode() {
    return encode(VERSION);
  }

  /**
   * The request as one datagram.
   *
   * @param version {@link #FROZEN} or {@link #VERSION}
   */
  default byte[] encode(int version) {
    WireWriter out = new WireWriter().i32(MAGIC | version);
    switch (this) {
      case ShowStatus() -> out.u8(1);
      case Reload(boolean waits) -> out.u8(2).bool(waits);
      case Stop(boolean now) -> out.u8(3).bool(now);
      case ShowMore(long after) -> out.u8(4).i64(after);
    }
    return out.toByteArray();
  }

  /**
   * The version of a datagram.
   *
   * @param bytes the datagram, of a request or of a reply
   * @throws ProtocolException when it is of neither
   */
  static int version(byte[] bytes) throws ProtocolException {
    int magic = new WireReader(bytes, 0, bytes.length).i32();
    if ((magic & ~0xFF) != MAGIC || magic == MAGIC) {
      throw new ProtocolException("not a datagram of jhot");
    }
    return magic & 0xFF;
  }

  /**
   * Reads a datagram that may come from anybody.
   *
   * @param bytes the datagram, of any version
   * @return the request
   * @throws ProtocolException when it is none, or asks for what this release does not know
   */
  static Request decode(byte[] bytes) throws ProtocolException {
    int version = version(bytes);
    WireReader in = new WireReader(bytes, Integer.BYTES, bytes.length - Integer.BYTES);
    int kind = in.u8();
    Request request =
        switch (kind) {
          case 1 -> new ShowStatus();
          case 2 -> new Reload(in.bool());
          case 3 -> new Stop(in.bool());
          case 4 -> new ShowMore(in.i64());
          default ->
              throw new ProtocolException(
                  version > VERSION
                      ? "this jhot is older than the command and does not know its request "
                          + kind
                          + ": start the service again with the new one"
                      : "unknown request " + kind);
        };
    if (version == FROZEN) {
      in.end();
    }
    return request;
  }
}
