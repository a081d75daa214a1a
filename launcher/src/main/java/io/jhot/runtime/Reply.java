package io.jhot.runtime;

import io.jhot.protocol.ProtocolException;
import io.jhot.protocol.WireReader;
import io.jhot.protocol.WireWriter;
import java.util.List;

/** What a running jhot answers to a {@link Request}, one datagram each. */
public sealed interface Reply {
  /**
   * The answer to {@link Request.ShowStatus}.
   *
   * @param status the fleet
   */
  record Status(FleetStatus status) implements Reply {}

  /**
   * It will be done; the answer does not wait.
   *
   * @param text one line
   */
  record Accepted(String text) implements Reply {}

  /**
   * What was asked for has ended.
   *
   * @param ok whether it succeeded
   * @param text one line with the reason
   * @param lines the last lines that a failed generation wrote, oldest first
   */
  record Finished(boolean ok, String text, List<String> lines) implements Reply {}

  /**
   * It will not be done.
   *
   * @param text one line with the reason
   */
  record Refused(String text) implements Reply {}

  /** The reply as one datagram. */
  default byte[] encode() {
    WireWriter out = new WireWriter().i32(Request.MAGIC);
    switch (this) {
      case Status(FleetStatus status) -> status.write(out.u8(1));
      case Accepted(String text) -> out.u8(2).string(text);
      case Finished(boolean ok, String text, List<String> lines) ->
          out.u8(3).bool(ok).string(text).list(lines, WireWriter::string);
      case Refused(String text) -> out.u8(4).string(text);
    }
    return out.toByteArray();
  }

  /**
   * Reads a datagram.
   *
   * @param bytes the datagram
   * @return the reply
   * @throws ProtocolException when it is none
   */
  static Reply decode(byte[] bytes) throws ProtocolException {
    WireReader in = new WireReader(bytes, 0, bytes.length);
    if (in.i32() != Request.MAGIC) {
      throw new ProtocolException("not an answer of this version of jhot");
    }
    int kind = in.u8();
    Reply reply =
        switch (kind) {
          case 1 -> new Status(FleetStatus.read(in));
          case 2 -> new Accepted(in.string());
          case 3 -> new Finished(in.bool(), in.string(), in.list(WireReader::string));
          case 4 -> new Refused(in.string());
          default -> throw new ProtocolException("unknown answer " + kind);
        };
    in.end();
    return reply;
  }
}
