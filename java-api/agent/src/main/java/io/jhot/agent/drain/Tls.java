package io.jhot.agent.drain;

import org.jspecify.annotations.Nullable;
import sun.nio.ch.JhotFields;

/**
 * Which application data has gone through an engine of the JDK's TLS, by the numbers of its
 * records. What the kernel sees are records, and one of them misleads: with TLS 1.3 the server's
 * session ticket leaves when the client's first request may be there already, so that it looks
 * answered. Later records are application data, but for rare ones.
 */
final class Tls {
  /** What the two sides have sent each other. */
  enum Talk {
    /** Only keys: a client in its handshake must not be sent away. */
    HANDSHAKE,
    /** Nothing since the handshake. */
    NONE,
    /** The client has spoken, and this side has not. */
    ASKED,
    /** This side has spoken; the kernel knows who spoke last. */
    ANSWERED,
    /** It is no engine of the JDK's. */
    UNKNOWN
  }

  private Tls() {}

  /** Whether an engine is in its handshake; it may be null, or not the JDK's. */
  static boolean shakesHands(@Nullable Object engine) {
    return engine != null && of(engine) == Talk.HANDSHAKE;
  }

  /**
   * What has gone through an engine.
   *
   * @param engine an SSLEngine or SSLSocket
   */
  static Talk of(Object engine) {
    Object context = JhotFields.field(engine, "conContext");
    if (context == null) {
      return Talk.UNKNOWN;
    }
    if (JhotFields.number(context, "isNegotiated", 0) == 0) {
      return Talk.HANDSHAKE;
    }
    long in = records(context, "inputRecord", "readCipher");
    long out = records(context, "outputRecord", "writeCipher");
    Object version = JhotFields.field(context, "protocolVersion");
    Object session = JhotFields.field(context, "conSession");
    if (in < 0 || out < 0 || version == null || session == null) {
      return Talk.UNKNOWN;
    }
    long spokenIn = 0;
    long spokenOut;
    if (version.toString().equals("TLS13")) {
      spokenOut = JhotFields.number(session, "ticketNonceCounter", 1) - 1; // before 25 a BigInteger
      if (JhotFields.field(session, "ticketNonceCounter") instanceof Number count) {
        spokenOut = count.longValue() - 1;
      }
    } else {
      spokenIn = 1; // the message Finished
      spokenOut = 1;
    }
    if (out > spokenOut) {
      return Talk.ANSWERED;
    }
    return in > spokenIn ? Talk.ASKED : Talk.NONE;
  }

  /** How many records have gone one way under the keys of now; -1: not known. */
  private static long records(Object context, String record, String cipher) {
    Object found = JhotFields.field(context, record);
    found = found == null ? null : JhotFields.field(found, cipher);
    found = found == null ? null : JhotFields.field(found, "authenticator");
    if (found == null || !(JhotFields.field(found, "block") instanceof byte[] block)) {
      return -1;
    }
    long number = 0;
    for (int i = 0; i < 8 && i < block.length; i++) {
      number = number << 8 | block[i] & 0xFF;
    }
    return number;
  }
}
