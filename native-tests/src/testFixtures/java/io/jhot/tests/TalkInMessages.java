package io.jhot.tests;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Messages both ways: the text frames of a WebSocket (RFC 6455), or lines of a plain protocol. */
final class TalkInMessages extends Talk {
  private static final int FINAL = 0x80;
  private static final int OPCODE = 0x0f;
  private static final int TEXT = 1;
  private static final int CLOSE = 8;
  private static final int PING = 9;
  private static final int PONG = 10;
  private static final int MASKED = 0x80;
  private static final int TWO_BYTES = 126;
  private static final int EIGHT_BYTES = 127;
  private static final String HELLO = "hello";
  private static final String HANDSHAKE =
      "GET /socket HTTP/1.1\r\nHost: it\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
          + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

  private final boolean webSocket;
  private final Path gate;

  TalkInMessages(Wire wire, boolean webSocket, Path gate) {
    super(wire);
    this.webSocket = webSocket;
    this.gate = gate;
  }

  private String request(Pause pause) {
    return "/pieces?" + gate + "&" + String.join("&", words(pause));
  }

  @Override
  void begin(Pause pause) throws IOException {
    if (pause == Pause.HEAD_IN_TWO) {
      byte[] first = webSocket ? HANDSHAKE.getBytes(StandardCharsets.US_ASCII) : encoded(HELLO);
      wire.write(first, 0, first.length / 2);
      return;
    }
    if (webSocket) {
      wire.write(HANDSHAKE);
      readHandshake();
    }
    switch (pause) {
      case SLOW_UPLOAD -> {
        byte[] message = encoded(CONTENT);
        wire.write(message, 0, message.length / 2);
      }
      case PAUSE_AND_REQUEST -> exchange(HELLO);
      case SLOW_KEPT_ANSWER -> {
        exchange(HELLO);
        wire.write(encoded(request(pause)));
      }
      case STALLED_DOWNLOAD, PAUSED_STREAM -> {
        wire.write(encoded(request(pause)));
        check("the first message", "begun", read());
      }
      default -> wire.write(encoded(request(pause)));
    }
  }

  @Override
  void end(Pause pause, String pid) throws IOException {
    switch (pause) {
      case HEAD_IN_TWO -> {
        byte[] first = webSocket ? HANDSHAKE.getBytes(StandardCharsets.US_ASCII) : encoded(HELLO);
        wire.write(first, first.length / 2, first.length - first.length / 2);
        if (webSocket) {
          readHandshake();
          exchange(HELLO);
        } else {
          check("the echo", HELLO, read());
        }
      }
      case SLOW_UPLOAD -> {
        byte[] message = encoded(CONTENT);
        wire.write(message, message.length / 2, message.length - message.length / 2);
        check("the echo", CONTENT, read());
      }
      case PAUSE_AND_REQUEST -> {
        if (!hasLeft()) {
          exchange(HELLO);
        }
      }
      default -> {
        int bulk = 0;
        String message = read();
        while (message.startsWith("x")) {
          bulk += message.length() + 1;
          message = read();
        }
        check("the bulk", pause == Pause.STALLED_DOWNLOAD ? "" + BULK_LENGTH : "0", "" + bulk);
        check("the answer", pid, message);
      }
    }
  }

  /** Whether the server has said that it ends, or has ended, what rests. */
  private boolean hasLeft() throws IOException {
    if (wire.hasEnded()) {
      return true;
    }
    if (!webSocket || !wire.hasMore()) {
      return false;
    }
    try {
      throw new IOException("nobody has asked for \"" + read() + "\"");
    } catch (EOFException e) {
      return true;
    }
  }

  private void exchange(String text) throws IOException {
    wire.write(encoded(text));
    check("the echo", text, read());
  }

  private void readHandshake() throws IOException {
    String status = wire.line();
    if (!status.startsWith("HTTP/1.1 101")) {
      throw new IOException("the handshake was answered by \"" + status + "\"");
    }
    while (!wire.line().isEmpty()) {
      // its fields
    }
  }

  private byte[] encoded(String text) {
    if (!webSocket) {
      return (text + "\n").getBytes(StandardCharsets.US_ASCII);
    }
    return frame(TEXT, text.getBytes(StandardCharsets.US_ASCII));
  }

  /** Masked by zeros, which change nothing. */
  private static byte[] frame(int opcode, byte[] payload) {
    ByteBuffer frame = ByteBuffer.allocate(payload.length + 8);
    frame.put((byte) (FINAL | opcode));
    if (payload.length < TWO_BYTES) {
      frame.put((byte) (MASKED | payload.length));
    } else {
      frame.put((byte) (MASKED | TWO_BYTES)).putShort((short) payload.length);
    }
    frame.putInt(0).put(payload);
    byte[] bytes = new byte[frame.position()];
    frame.flip().get(bytes);
    return bytes;
  }

  /** The next message without the end of its line. */
  private String read() throws IOException {
    if (!webSocket) {
      return wire.line();
    }
    StringBuilder message = new StringBuilder();
    while (true) {
      int first = wire.in.readUnsignedByte();
      int length = wire.in.readUnsignedByte();
      if (length == TWO_BYTES) {
        length = wire.in.readUnsignedShort();
      } else if (length == EIGHT_BYTES) {
        length = Math.toIntExact(wire.in.readLong());
      }
      String payload = wire.text(length);
      switch (first & OPCODE) {
        case CLOSE -> throw new EOFException("the WebSocket was closed");
        case PING -> wire.write(frame(PONG, payload.getBytes(StandardCharsets.ISO_8859_1)));
        case PONG -> {
          continue;
        }
        default -> message.append(payload);
      }
      if ((first & FINAL) != 0 && (first & OPCODE) <= TEXT) {
        return message.toString().stripTrailing();
      }
    }
  }
}
