package io.jhot.protocol;

import io.jhot.protocol.Message.Answer;
import io.jhot.protocol.Message.Answered;
import io.jhot.protocol.Message.Ask;
import io.jhot.protocol.Message.Asked;
import io.jhot.protocol.Message.Cargo;
import io.jhot.protocol.Message.Closed;
import io.jhot.protocol.Message.Connection;
import io.jhot.protocol.Message.Drain;
import io.jhot.protocol.Message.Drained;
import io.jhot.protocol.Message.Fetching;
import io.jhot.protocol.Message.GoLive;
import io.jhot.protocol.Message.Hello;
import io.jhot.protocol.Message.HookEnded;
import io.jhot.protocol.Message.Inherited;
import io.jhot.protocol.Message.Lent;
import io.jhot.protocol.Message.Live;
import io.jhot.protocol.Message.Look;
import io.jhot.protocol.Message.Looked;
import io.jhot.protocol.Message.NotShared;
import io.jhot.protocol.Message.Opened;
import io.jhot.protocol.Message.OpenedAt;
import io.jhot.protocol.Message.OutputRestored;
import io.jhot.protocol.Message.Park;
import io.jhot.protocol.Message.Parked;
import io.jhot.protocol.Message.Ready;
import io.jhot.protocol.Message.ReadyDeclared;
import io.jhot.protocol.Message.Released;
import io.jhot.protocol.Message.RestoreOutput;
import io.jhot.protocol.Message.Staging;
import io.jhot.protocol.Message.Status;
import io.jhot.protocol.Message.Subject;
import io.jhot.protocol.Message.Taken;
import io.jhot.protocol.Message.Trouble;
import io.jhot.protocol.Message.Unknown;
import io.jhot.protocol.Message.Welcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Messages to bytes and back. Pure and total: every byte sequence is a message or a {@link
 * ProtocolException}.
 *
 * <p>A frame is u16 magic, u8 version, u8 type, body; numbers are big-endian. A new message type or
 * a field appended to a body raises the version. So a frame of our own version must be known and
 * end exactly, while in one of a newer version an unknown type is {@link Unknown} and bytes past
 * the fields that we know are ignored.
 */
public final class Wire {
  /** "JH", the first two bytes of every frame. */
  public static final int MAGIC = 0x4A48;

  /** The version that {@link #encode} writes, and the newest that is understood completely. */
  public static final int VERSION = 4;

  /** No frame is longer, so a receive buffer of this size never truncates one. */
  public static final int MAX_BYTES = 64 * 1024;

  /** The most bytes that {@link Ask} and its kin carry beside their fields. */
  public static final int MAX_CARGO = 48 * 1024;

  private static final int HELLO = 1;
  private static final int OPENED = 2;
  private static final int TAKEN = 3;
  private static final int CLOSED = 4;
  private static final int LIVE = 5;
  private static final int PARKED = 6;
  private static final int READY = 7;
  private static final int STATUS = 8;
  private static final int TROUBLE = 9;
  private static final int OUTPUT_RESTORED = 10;
  private static final int NOT_SHARED = 11;
  private static final int READY_DECLARED = 12;
  private static final int HOOK_ENDED = 13;
  private static final int DRAINED = 14;
  private static final int ASK = 15;
  private static final int ANSWER = 16;
  private static final int OPENED_AT = 17;
  private static final int LOOKED = 18;
  private static final int WELCOME = 65;
  private static final int GO_LIVE = 66;
  private static final int PARK = 67;
  private static final int RELEASED = 68;
  private static final int RESTORE_OUTPUT = 69;
  private static final int DRAIN = 70;
  private static final int ASKED = 71;
  private static final int ANSWERED = 72;
  private static final int STAGING = 73;
  private static final int FETCHING = 74;
  private static final int LOOK = 75;
  private static final int LENT = 76;

  private Wire() {}

  /**
   * The frame of a message.
   *
   * @throws IllegalArgumentException for {@link Unknown}, for a string longer than {@link
   *     WireWriter#MAX_STRING_BYTES}, and for a frame longer than {@link #MAX_BYTES}
   */
  public static byte[] encode(Message message) {
    WireWriter out = new WireWriter();
    // instanceof, not a pattern switch: this is Java 17 bytecode
    if (message instanceof Hello m) {
      head(out, HELLO).i32(m.protocol()).i64(m.pid()).string(m.java());
      out.bool(m.canExport()).string(m.agent());
    } else if (message instanceof Opened m) {
      head(out, OPENED).i32(m.ref());
    } else if (message instanceof OpenedAt m) {
      head(out, OPENED_AT).i32(m.ref()).i32(m.fd());
    } else if (message instanceof Taken m) {
      head(out, TAKEN).i32(m.ref());
    } else if (message instanceof Closed m) {
      head(out, CLOSED).i32(m.ref());
    } else if (message instanceof Live) {
      head(out, LIVE);
    } else if (message instanceof Parked m) {
      head(out, PARKED).i32(m.listeners());
    } else if (message instanceof Ready) {
      head(out, READY);
    } else if (message instanceof Status m) {
      head(out, STATUS).string(m.text());
    } else if (message instanceof Trouble m) {
      head(out, TROUBLE).string(m.text());
    } else if (message instanceof OutputRestored) {
      head(out, OUTPUT_RESTORED);
    } else if (message instanceof NotShared) {
      head(out, NOT_SHARED);
    } else if (message instanceof Welcome m) {
      head(out, WELCOME).i32(m.generation()).i32(m.parkingFd()).i32(m.stagingFd());
      out.i32(m.stdoutFd()).i32(m.stderrFd()).bool(m.live()).bool(m.keepOnLoss());
      out.list(m.listeners(), (w, one) -> w.i32(one.ref()).i32(one.fd()).string(one.text()));
    } else if (message instanceof GoLive) {
      head(out, GO_LIVE);
    } else if (message instanceof Park m) {
      head(out, PARK).bool(m.last());
    } else if (message instanceof Released m) {
      head(out, RELEASED).i32(m.ref()).bool(m.kept());
    } else if (message instanceof RestoreOutput) {
      head(out, RESTORE_OUTPUT);
    } else if (message instanceof ReadyDeclared) {
      head(out, READY_DECLARED);
    } else if (message instanceof HookEnded m) {
      head(out, HOOK_ENDED).string(m.name()).i32(m.phase()).i64(m.millis()).string(m.failure());
    } else if (message instanceof Drained m) {
      head(out, DRAINED).i32(m.inFlight());
    } else if (message instanceof Ask m) {
      head(out, ASK)
          .i32(m.request())
          .u8(m.subject().ordinal())
          .string(m.name())
          .bytes(m.cargo().bytes());
    } else if (message instanceof Answer m) {
      head(out, ANSWER).i32(m.request()).bool(m.done()).string(m.reason()).bytes(m.cargo().bytes());
    } else if (message instanceof Drain m) {
      head(out, DRAIN).string(m.reason()).i64(m.millis()).i32(m.successor());
    } else if (message instanceof Asked m) {
      head(out, ASKED).i32(m.request()).i32(m.from()).u8(m.subject().ordinal());
      out.string(m.name()).bytes(m.cargo().bytes());
    } else if (message instanceof Answered m) {
      head(out, ANSWERED).i32(m.request()).i32(m.from()).bool(m.done());
      out.string(m.reason()).bytes(m.cargo().bytes());
    } else if (message instanceof Staging m) {
      head(out, STAGING);
      out.list(m.sockets(), (w, one) -> w.i32(one.ref()).i32(one.fd()).string(one.text()));
    } else if (message instanceof Lent m) {
      head(out, LENT);
      out.list(m.sockets(), (w, one) -> w.i32(one.ref()).i32(one.fd()).string(one.text()));
    } else if (message instanceof Fetching) {
      head(out, FETCHING);
    } else if (message instanceof Look m) {
      head(out, LOOK).i32(m.request());
    } else if (message instanceof Looked m) {
      head(out, LOOKED).i32(m.request()).bool(m.more()).bool(m.whole());
      out.u16(m.connections().size());
      for (Connection one : m.connections()) {
        out.bytes(one.peer().bytes()).u16(one.peerPort()).u16(one.localPort());
        out.u8(one.work().ordinal());
      }
    } else {
      throw new IllegalArgumentException("not a message that can be sent: " + message);
    }
    return out.toByteArray();
  }

  private static WireWriter head(WireWriter out, int type) {
    return out.u16(MAGIC).u8(VERSION).u8(type);
  }

  /**
   * The message in one datagram.
   *
   * @param bytes holds the datagram from index 0; not changed, not kept
   * @param length the datagram's length
   * @throws ProtocolException if it is none
   * @throws IndexOutOfBoundsException if {@code length} is not within {@code bytes}
   */
  public static Message decode(byte[] bytes, int length) throws ProtocolException {
    Objects.checkFromIndexSize(0, length, bytes.length);
    if (length > MAX_BYTES) {
      throw new ProtocolException("a frame of " + length + " bytes, more than " + MAX_BYTES);
    }
    WireReader in = new WireReader(bytes, 0, length);
    int magic = in.u16();
    if (magic != MAGIC) {
      throw new ProtocolException("not a frame of jhot: it starts with 0x" + hex(magic));
    }
    int version = in.u8();
    if (version < 1) {
      throw new ProtocolException("a frame of version " + version);
    }
    int type = in.u8();
    Message message = body(type, in);
    if (version > VERSION) {
      return message;
    }
    if (message instanceof Unknown) {
      throw new ProtocolException("version " + version + " has no message type " + type);
    }
    in.end();
    return message;
  }

  /**
   * A statement that returns, not an expression: where an expression's arms meet the verifier loads
   * all their types, and this runs in the app's start. For the same reason there is no lambda
   * below.
   */
  private static Message body(int type, WireReader in) throws ProtocolException {
    switch (type) {
      case HELLO:
        return new Hello(in.i32(), in.i64(), in.string(), in.bool(), in.string());
      case OPENED:
        return new Opened(in.i32());
      case OPENED_AT:
        return new OpenedAt(in.i32(), in.i32());
      case TAKEN:
        return new Taken(in.i32());
      case CLOSED:
        return new Closed(in.i32());
      case LIVE:
        return new Live();
      case PARKED:
        return new Parked(in.i32());
      case READY:
        return new Ready();
      case STATUS:
        return new Status(in.string());
      case TROUBLE:
        return new Trouble(in.string());
      case OUTPUT_RESTORED:
        return new OutputRestored();
      case NOT_SHARED:
        return new NotShared();
      case WELCOME:
        return welcome(in);
      case GO_LIVE:
        return new GoLive();
      case PARK:
        return new Park(in.bool());
      case RELEASED:
        return new Released(in.i32(), in.bool());
      case RESTORE_OUTPUT:
        return new RestoreOutput();
      case READY_DECLARED:
        return new ReadyDeclared();
      case HOOK_ENDED:
        return new HookEnded(in.string(), in.i32(), in.i64(), in.string());
      case DRAINED:
        return new Drained(in.i32());
      case ASK:
        return new Ask(in.i32(), subject(in), in.string(), cargo(in));
      case ANSWER:
        return new Answer(in.i32(), in.bool(), in.string(), cargo(in));
      case DRAIN:
        return new Drain(in.string(), in.i64(), in.i32());
      case ASKED:
        return new Asked(in.i32(), in.i32(), subject(in), in.string(), cargo(in));
      case ANSWERED:
        return new Answered(in.i32(), in.i32(), in.bool(), in.string(), cargo(in));
      case STAGING:
        return new Staging(inherited(in));
      case LENT:
        return new Lent(inherited(in));
      case FETCHING:
        return new Fetching();
      case LOOK:
        return new Look(in.i32());
      case LOOKED:
        return new Looked(in.i32(), in.bool(), in.bool(), connections(in));
      default:
        return new Unknown(type);
    }
  }

  private static Cargo cargo(WireReader in) throws ProtocolException {
    return new Cargo(in.bytes(MAX_CARGO));
  }

  private static List<Connection> connections(WireReader in) throws ProtocolException {
    List<Connection> connections = new ArrayList<>();
    for (int left = in.u16(); left > 0; left--) {
      Cargo peer = new Cargo(in.bytes(16));
      connections.add(new Connection(peer, in.u16(), in.u16(), Work.at(in.u8())));
    }
    return connections;
  }

  private static Subject subject(WireReader in) throws ProtocolException {
    switch (in.u8()) {
      case 0:
        return Subject.STATE;
      case 1:
        return Subject.CONNECTION;
      default:
        throw new ProtocolException("a generation wants of another what is not known here");
    }
  }

  private static Welcome welcome(WireReader in) throws ProtocolException {
    int generation = in.i32();
    int parking = in.i32();
    int staging = in.i32();
    int stdout = in.i32();
    int stderr = in.i32();
    boolean live = in.bool();
    boolean keepOnLoss = in.bool();
    List<Inherited> listeners = inherited(in);
    return new Welcome(generation, parking, staging, stdout, stderr, live, keepOnLoss, listeners);
  }

  private static List<Inherited> inherited(WireReader in) throws ProtocolException {
    List<Inherited> sockets = new ArrayList<>();
    for (int left = in.u16(); left > 0; left--) {
      sockets.add(new Inherited(in.i32(), in.i32(), in.string()));
    }
    return sockets;
  }

  private static String hex(int u16) {
    return Integer.toHexString(0x10000 | u16).substring(1);
  }
}
