package io.jhot.runtime.control;

import io.jhot.protocol.Excerpt;
import io.jhot.protocol.ProtocolException;
import io.jhot.protocol.WireReader;
import io.jhot.protocol.WireWriter;
import java.util.List;

/**
 * What a running jhot answers to a {@link Request}, one datagram each, by the same rules for
 * versions.
 */
public sealed interface Reply {
  /** The longest text, in bytes of UTF-8. */
  int MAX_TEXT = 4_000;

  /**
   * The answer to {@link Request.ShowStatus} and {@link Request.ShowMore}.
   *
   * @param status the fleet, or the part of its lists that this answer has room for
   * @param next what {@link Request.ShowMore} goes on with; 0: that was all
   */
  record Status(FleetStatus status, long next) implements Reply {
    /** All of it. */
    public Status(FleetStatus status) {
      this(status, 0);
    }
  }

  /**
   * The request is accepted; this answer does not wait for its outcome.
   *
   * @param text one line
   */
  record Accepted(String text) implements Reply {
    /** Bounds the text. */
    public Accepted {
      text = Excerpt.of(text, MAX_TEXT);
    }
  }

  /**
   * The outcome of what was asked for.
   *
   * @param ok whether it succeeded
   * @param text one line with the reason
   * @param lines the last lines that a failed generation wrote, oldest first
   */
  record Finished(boolean ok, String text, List<String> lines) implements Reply {
    static final int MAX_LINES = 80;
    static final int MAX_LINE = 600;

    /** Bounds the text and the lines. */
    public Finished {
      text = Excerpt.of(text, MAX_TEXT);
      lines = Excerpt.lines(lines, MAX_LINES, MAX_LINE);
    }
  }

  /**
   * The request is refused.
   *
   * @param text one line with the reason
   */
  record Refused(String text) implements Reply {
    /** Bounds the text. */
    public Refused {
      text = Excerpt.of(text, MAX_TEXT);
    }
  }

  /** The reply as one datagram of {@link Request#VERSION}. */
  default byte[] encode() {
    return encode(Request.VERSION);
  }

  /**
   * The reply as one datagram.
   *
   * @param asked the version that the client has asked in; a newer one is answered in ours
   */
  default byte[] encode(int asked) {
    int version = Math.min(asked, Request.VERSION);
    WireWriter out = new WireWriter().i32(Request.MAGIC | version);
    switch (this) {
      case Status(FleetStatus status, long next) -> {
        boolean frozen = version == Request.FROZEN;
        FleetFrames.write(
            out.u8(1), frozen && next != 0 ? StatusPages.only(status) : status, version);
        if (!frozen) {
          out.i64(next);
        }
      }
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
   * @param bytes the datagram, of any version
   * @return the reply
   * @throws ProtocolException when it is none
   */
  static Reply decode(byte[] bytes) throws ProtocolException {
    int version = Request.version(bytes);
    WireReader in = new WireReader(bytes, Integer.BYTES, bytes.length - Integer.BYTES);
    int kind = in.u8();
    Reply reply =
        switch (kind) {
          case 1 -> new Status(FleetFrames.read(in, version), in.remaining() == 0 ? 0 : in.i64());
          case 2 -> new Accepted(in.string());
          case 3 -> new Finished(in.bool(), in.string(), in.list(WireReader::string));
          case 4 -> new Refused(in.string());
          default ->
              throw new ProtocolException(
                  "an answer of kind "
                      + kind
                      + ", which this command does not know: use the jhot that the service was"
                      + " started with");
        };
    if (version == Request.FROZEN) {
      in.end();
    }
    return reply;
  }
}
