package io.jhot.tests;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * One stream at a time of HTTP/2 (RFC 9113) with prior knowledge, or gRPC on it. Its requests use
 * neither Huffman's code nor the dynamic table (RFC 7541); of answers it knows only their status.
 */
final class TalkInHttp2 extends Talk {
  private static final int DATA = 0;
  private static final int HEADERS = 1;
  private static final int RST_STREAM = 3;
  private static final int SETTINGS = 4;
  private static final int PING = 6;
  private static final int GO_AWAY = 7;
  private static final int WINDOW_UPDATE = 8;
  private static final int CONTINUATION = 9;

  private static final int END_STREAM = 1;
  private static final int END_HEADERS = 4;
  private static final int PRIORITY = 0x20;
  private static final int PRIORITY_LENGTH = 5;
  private static final int ACK = 1;

  private static final int STATUS_200 = 0x88;
  private static final int FRAME_HEAD = 9;
  private static final int FIRST_WINDOW = 65_535;
  private static final int WHOLE_WINDOW = 1 << 29;
  private static final int HALF = CONTENT.length() / 2;

  private final boolean tls;
  private final boolean grpc;
  private final Path gate;
  private int stream = -1;
  private boolean told;
  private boolean ended;
  private int status;
  private final ByteArrayOutputStream content = new ByteArrayOutputStream();

  TalkInHttp2(Wire wire, boolean tls, boolean grpc, Path gate) throws IOException {
    super(wire);
    this.tls = tls;
    this.grpc = grpc;
    this.gate = gate;
    wire.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    wire.write(frame(SETTINGS, 0, 0, new byte[0]));
  }

  @Override
  void begin(Pause pause) throws IOException {
    if (pause == Pause.PAUSE_AND_REQUEST || pause == Pause.SLOW_KEPT_ANSWER) {
      askForThePid();
    }
    switch (pause) {
      case SLOW_UPLOAD -> {
        wire.write(request("/echo", true, false));
        byte[] message = message(CONTENT);
        wire.write(frame(DATA, 0, stream, message, 0, HALF));
      }
      case CONTINUE -> {
        wire.write(request("/echo", true, true));
        readUntil(() -> status != 0);
        if (status == STATUS_200) {
          throw new IOException("there was no interim answer");
        }
      }
      case HEAD_IN_TWO -> {
        byte[] request = ask(target(pause));
        wire.write(request, 0, FRAME_HEAD + 20);
      }
      case PAUSE_AND_REQUEST -> {
        // nothing more
      }
      case STALLED_DOWNLOAD -> { // at the end of the window: on the wire all is said and taken
        wire.write(ask(target(pause)));
        readUntil(() -> content.size() == FIRST_WINDOW);
      }
      case PAUSED_STREAM -> {
        wire.write(ask(target(pause)));
        readUntil(() -> text().contains("begun"));
      }
      default -> wire.write(ask(target(pause)));
    }
  }

  @Override
  void end(Pause pause, String pid) throws IOException {
    switch (pause) {
      case SLOW_UPLOAD, CONTINUE -> {
        byte[] message = message(CONTENT);
        int sent = pause == Pause.CONTINUE ? 0 : HALF;
        if (sent == 0) {
          wire.write(frame(DATA, 0, stream, message, 0, HALF));
        }
        wire.write(frame(DATA, END_STREAM, stream, message, HALF, message.length - HALF));
        readUntil(() -> ended);
        check("the echo", CONTENT, text());
      }
      case PAUSE_AND_REQUEST -> {
        try {
          while (!told && wire.hasMore()) {
            readFrame();
          }
        } catch (EOFException e) {
          return; // it has been ended
        }
        if (!told && !wire.hasEnded()) {
          check("the pid", pid, askForThePid());
        }
      }
      default -> {
        if (pause == Pause.HEAD_IN_TWO) {
          stream -= 2;
          byte[] request = ask(target(pause));
          int sent = FRAME_HEAD + 20;
          wire.write(request, sent, request.length - sent);
        }
        if (pause == Pause.STALLED_DOWNLOAD) {
          byte[] all = ByteBuffer.allocate(4).putInt(WHOLE_WINDOW).array();
          wire.write(frame(WINDOW_UPDATE, 0, 0, all));
          wire.write(frame(WINDOW_UPDATE, 0, stream, all));
        }
        readUntil(() -> ended);
        if (status != STATUS_200) {
          throw new IOException("the status begins with 0x" + Integer.toHexString(status));
        }
        check("the answer", expected(pause, pid), withoutBulk(pause, text()));
      }
    }
  }

  private String target(Pause pause) {
    return "/pieces?" + gate + "&" + String.join("&", words(pause));
  }

  private String askForThePid() throws IOException {
    wire.write(ask(grpc ? "/pieces?" + gate + "&PID" : "/pid"));
    readUntil(() -> ended);
    return text().strip();
  }

  /** A whole request; gRPC's goes on to its end only here. */
  private byte[] ask(String target) throws IOException {
    if (!grpc) {
      return request(target, false, false);
    }
    byte[] head = request(target, true, false);
    byte[] body = message(target);
    byte[] frame = frame(DATA, END_STREAM, stream, body, 0, body.length);
    ByteBuffer both = ByteBuffer.allocate(head.length + frame.length);
    return both.put(head).put(frame).array();
  }

  private byte[] message(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    return grpc
        ? ByteBuffer.allocate(bytes.length + 5)
            .put((byte) 0)
            .putInt(bytes.length)
            .put(bytes)
            .array()
        : bytes;
  }

  private byte[] request(String target, boolean hasContent, boolean expects) throws IOException {
    stream += 2;
    status = 0;
    ended = false;
    content.reset();
    ByteArrayOutputStream head = new ByteArrayOutputStream();
    head.write(hasContent ? 0x83 : 0x82);
    head.write(tls ? 0x87 : 0x86);
    head.write(0x04);
    string(head, grpc ? "/Surface/Talk" : target);
    head.write(0x01);
    string(head, "localhost");
    if (grpc) {
      field(head, "content-type", "application/grpc");
      field(head, "te", "trailers");
    } else if (hasContent) {
      field(head, "content-type", "text/plain");
      field(head, "content-length", Integer.toString(CONTENT.length()));
    }
    if (expects) {
      field(head, "expect", "100-continue");
    }
    return frame(HEADERS, END_HEADERS | (hasContent ? 0 : END_STREAM), stream, head.toByteArray());
  }

  private static void field(ByteArrayOutputStream head, String name, String value) {
    head.write(0);
    string(head, name);
    string(head, value);
  }

  private static void string(ByteArrayOutputStream head, String text) {
    int length = text.length();
    if (length < 127) {
      head.write(length);
    } else { // less than 127 + 128
      head.write(127);
      int rest = length - 127;
      for (; rest > 127; rest >>= 7) {
        head.write(128 | rest & 127);
      }
      head.write(rest);
    }
    head.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
  }

  private static byte[] frame(int type, int flags, int stream, byte[] payload) throws IOException {
    return frame(type, flags, stream, payload, 0, payload.length);
  }

  private static byte[] frame(int type, int flags, int stream, byte[] payload, int from, int length)
      throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.writeInt(length << 8 | type);
    out.writeByte(flags);
    out.writeInt(stream);
    out.write(payload, from, length);
    return bytes.toByteArray();
  }

  private interface Condition {
    boolean isMet() throws IOException;
  }

  private void readUntil(Condition condition) throws IOException {
    while (!condition.isMet()) {
      readFrame();
    }
  }

  private void readFrame() throws IOException {
    int lengthAndType = wire.in.readInt();
    int flags = wire.in.readUnsignedByte();
    int of = wire.in.readInt();
    byte[] payload = new byte[lengthAndType >>> 8];
    wire.in.readFully(payload);
    switch (lengthAndType & 0xff) {
      case SETTINGS -> {
        if ((flags & ACK) == 0) {
          wire.write(frame(SETTINGS, ACK, 0, new byte[0]));
        }
      }
      case PING -> {
        if ((flags & ACK) == 0) {
          wire.write(frame(PING, ACK, 0, payload));
        }
      }
      case GO_AWAY -> told = true;
      case RST_STREAM -> {
        int error = ByteBuffer.wrap(payload).getInt();
        if (!ended && of == stream) {
          throw new IOException("stream " + of + " was reset, error " + error);
        }
      }
      case HEADERS -> {
        if (of == stream) {
          if (status != STATUS_200) {
            status = statusOf(payload, (flags & PRIORITY) == 0 ? 0 : PRIORITY_LENGTH);
          }
          ended |= (flags & END_STREAM) != 0;
        }
      }
      case DATA -> {
        if (of == stream) {
          content.write(payload);
          ended |= (flags & END_STREAM) != 0;
        }
      }
      case WINDOW_UPDATE, CONTINUATION -> {
        // what is sent here fits into the first window; fields of an answer are not looked at
      }
      default -> {
        // RFC 9113, 5.5: what is not known is ignored
      }
    }
  }

  /** The first byte behind an update of the table's size. */
  private static int statusOf(byte[] fields, int from) {
    int at = from;
    while (at < fields.length && (fields[at] & 0xe0) == 0x20) {
      boolean more = (fields[at++] & 0x1f) == 0x1f;
      while (more) {
        more = (fields[at++] & 0x80) != 0;
      }
    }
    return at < fields.length ? fields[at] & 0xff : 0;
  }

  /** What has come, of gRPC without the heads of its messages. */
  private String text() {
    byte[] bytes = content.toByteArray();
    if (!grpc) {
      return new String(bytes, StandardCharsets.US_ASCII);
    }
    StringBuilder text = new StringBuilder();
    ByteBuffer left = ByteBuffer.wrap(bytes);
    while (left.remaining() >= 5) {
      left.get();
      byte[] message = new byte[left.getInt()];
      if (left.remaining() < message.length) {
        break;
      }
      left.get(message);
      text.append(new String(message, StandardCharsets.US_ASCII));
    }
    return text.toString();
  }
}
