package io.jhot.ffm;

import io.jhot.ffm.gen.Abi;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Datagrams that carry descriptors, over SEQPACKET sockets (man 7 unix, SCM_RIGHTS). One datagram
 * is one message: it arrives whole, with all of its descriptors, or not at all.
 *
 * <p>Methods may be called from any thread; messages of different threads do not mix.
 */
public final class ControlMessage {
  /** How many descriptors the kernel lets one message carry (SCM_MAX_FD). */
  public static final int MAX_DESCRIPTORS = Ancillary.MAX_DESCRIPTORS;

  /** How long a blocking sender waits for a peer that does not read, in milliseconds. */
  private static final int PATIENCE_MILLIS = 5_000;

  private ControlMessage() {}

  /**
   * A message that arrived.
   *
   * @param bytes its bytes, at least one
   * @param descriptors those it carried, owned by the receiver and close-on-exec
   * @param complete false: it carried more descriptors than this process may have (EMFILE, {@code
   *     MSG_CTRUNC}); all of them were closed, and {@code descriptors} is empty
   */
  public record Received(byte[] bytes, List<Fd> descriptors, boolean complete) {}

  /**
   * Sends one message; never raises PIPE. The message carries duplicates: the caller still owns its
   * descriptors.
   *
   * @param socket a connected SEQPACKET socket; if it is blocking, this waits while its buffer is
   *     full
   * @param bytes at least one byte: an empty message would look like the end of the stream
   * @param descriptors at most {@link #MAX_DESCRIPTORS}
   * @return false when the socket is nonblocking and full
   * @throws PeerClosedException EPIPE, ECONNRESET
   * @throws ErrnoException EMSGSIZE, ETOOMANYREFS, ENOBUFS
   * @throws IllegalArgumentException for no bytes, or too many descriptors
   */
  public static boolean send(Fd socket, byte[] bytes, List<Fd> descriptors) throws IOException {
    int[] numbers = new int[descriptors.size()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = descriptors.get(i).number();
    }
    return send(socket.number(), bytes, numbers, 0);
  }

  private static boolean send(int socket, byte[] bytes, int[] numbers, int flags)
      throws IOException {
    if (bytes.length == 0) {
      throw new IllegalArgumentException("an empty message looks like the end of the stream");
    }
    if (numbers.length > MAX_DESCRIPTORS) {
      throw new IllegalArgumentException(
          numbers.length + " descriptors in one message; the kernel takes " + MAX_DESCRIPTORS);
    }
    int controlRoom = Ancillary.controlRoom(numbers.length);
    try (Frame frame = Frame.of(Ancillary.room(bytes.length, controlRoom))) {
      int result = Ancillary.outgoing(frame, bytes, numbers).send(socket, flags);
      if (result == -Errno.EAGAIN) {
        return false;
      }
      if (result == -Errno.EPIPE || result == -Errno.ECONNRESET) {
        throw new PeerClosedException("send a control message: the peer has closed its end");
      }
      if (result < 0) {
        throw ErrnoException.of("send a control message", "sendmsg", result);
      }
      return true;
    }
  }

  /**
   * Receives one message.
   *
   * @param socket a connected SEQPACKET socket; if it is blocking, this waits for a message
   * @param mostBytes the longest message that is expected
   * @return the message; null if the socket is nonblocking and none waits
   * @throws PeerClosedException at the end of the stream, or after a reset
   * @throws ErrnoException EMSGSIZE when the message did not fit: its descriptors are closed and
   *     the message is lost; the next one can be received
   */
  public static @Nullable Received receive(Fd socket, int mostBytes) throws IOException {
    int waiting = length(socket);
    if (waiting == -Errno.EAGAIN) {
      return null;
    }
    // a reset is told once, before what the peer had sent: that may still be as long as any
    int room = waiting < 0 ? mostBytes : Math.max(1, Math.min(waiting, mostBytes));
    try (Frame frame = Frame.of(Ancillary.room(room, Ancillary.CONTROL_ROOM))) {
      Ancillary message = Ancillary.incoming(frame, room);
      int result = message.receive(socket.number(), 0);
      if (result == -Errno.EAGAIN) {
        return null;
      }
      if (result == 0 || result == -Errno.ECONNRESET) {
        message.closeDescriptors();
        throw new PeerClosedException("receive a control message: the peer has closed its end");
      }
      if (result < 0) {
        throw ErrnoException.of("receive a control message", "recvmsg", result);
      }
      if (!message.isTruncated()) {
        return new Received(message.bytes(), message.descriptors(), true);
      }
      message.closeDescriptors();
      if (message.isCut()) {
        throw ErrnoException.of(
            "receive a control message of at most " + mostBytes + " bytes",
            "recvmsg",
            -Errno.EMSGSIZE);
      }
      return new Received(message.bytes(), List.of(), false);
    }
  }

  /**
   * How long the next message is, or {@code -errno}. Asked first, because zeroing room for the
   * longest message in Java would take most of the time under {@code -Xint}.
   */
  private static int length(Fd socket) {
    try (Frame frame = Frame.of(Ancillary.room(1, 0))) {
      return Ancillary.probe(frame).peek(socket.number());
    }
  }

  /**
   * Sends one message with descriptors given by number; for the agent, which does not use {@link
   * Fd}. Waits at most five seconds for a peer that does not read, whatever the socket's
   * O_NONBLOCK.
   *
   * @param socket the number of a connected SEQPACKET socket
   * @param bytes at least one byte
   * @param descriptors the numbers of at most {@link #MAX_DESCRIPTORS} descriptors; they stay open
   * @throws PeerClosedException EPIPE, ECONNRESET
   * @throws ErrnoException ETIMEDOUT when the peer did not read; EMSGSIZE, ETOOMANYREFS, ENOBUFS
   */
  public static void sendLent(int socket, byte[] bytes, int[] descriptors) throws IOException {
    long deadline = System.nanoTime() + PATIENCE_MILLIS * 1_000_000L;
    while (!send(socket, bytes, descriptors, Abi.MSG_DONTWAIT)) {
      if (!Waiting.until(socket, Abi.POLLOUT, deadline)) {
        throw ErrnoException.of("send a control message", "sendmsg", -Errno.ETIMEDOUT);
      }
    }
  }

  /**
   * Receives one message; for the agent, which does not use {@link Fd}.
   *
   * @param socket the number of a connected SEQPACKET socket, on which a message waits
   * @param mostBytes the longest message that is expected
   * @return the bytes ({@code byte[]}) and the numbers of the descriptors ({@code int[]}), which
   *     the caller owns, none where this process may have no more; null at the end of the stream
   * @throws ErrnoException EMSGSIZE when the message did not fit; EAGAIN when none waits
   */
  public static Object @Nullable [] receiveLent(int socket, int mostBytes) throws IOException {
    Received received;
    try {
      received = receive(Fd.lent(socket), mostBytes);
    } catch (PeerClosedException e) {
      return null;
    }
    if (received == null) {
      throw ErrnoException.of("receive a control message", "recvmsg", -Errno.EAGAIN);
    }
    int[] numbers = new int[received.descriptors().size()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = received.descriptors().get(i).transfer().number();
    }
    return new Object[] {received.bytes(), numbers};
  }

  /**
   * Whether a descriptor is a listening socket (man 7 socket, SO_ACCEPTCONN).
   *
   * @param fd any number
   * @return false also if it is not a socket, or no longer open
   * @throws ErrnoException never on Linux
   */
  public static boolean isListening(int fd) throws ErrnoException {
    try (Frame frame = Frame.of(2 * Frame.room(4))) {
      int result = IntSocketOptions.get(frame, fd, Abi.SOL_SOCKET, Abi.SO_ACCEPTCONN);
      if (result == -Errno.EBADF || result == -Errno.ENOTSOCK) {
        return false;
      }
      if (result < 0) {
        throw ErrnoException.of("ask whether " + fd + " listens", "getsockopt", result);
      }
      return result == 1;
    }
  }
}
