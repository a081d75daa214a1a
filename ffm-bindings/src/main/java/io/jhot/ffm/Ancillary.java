package io.jhot.ffm;

import io.jhot.ffm.gen.Abi;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * A message with ancillary data: descriptors and credentials (man 3 cmsg, man 7 unix). One object
 * lays out a {@code msghdr} in a frame, for one {@code sendmsg} or {@code recvmsg}.
 *
 * <p>Every descriptor that the kernel installs has an owner before anything can be thrown.
 */
final class Ancillary {
  /** The kernel's limit for one message (SCM_MAX_FD). */
  static final int MAX_DESCRIPTORS = 253;

  private static final int WORD = 8; // control messages begin at multiples of it

  /** Room for the most descriptors, and for the credentials that a peer's option may add. */
  static final int CONTROL_ROOM = space(4 * MAX_DESCRIPTORS) + space(Abi.UCRED_SIZE);

  private final Frame frame;
  private final int header;
  private final int name;
  private final int data;
  private final int control;

  private int received;
  private int flags;
  private List<Fd> descriptors = List.of();
  private int senderPid;
  private int senderUid = -1;

  private Ancillary(Frame frame, int dataRoom, int controlRoom, boolean named) {
    this.frame = frame;
    header = frame.reserve(Abi.MSGHDR_SIZE);
    int vector = frame.reserve(Abi.IOVEC_SIZE);
    name = named ? frame.reserve(SocketAddresses.ROOM) : 0;
    data = frame.reserve(dataRoom);
    control = frame.reserve(controlRoom);
    ByteBuffer memory = frame.memory();
    memory.putLong(vector + Abi.IOVEC_IOV_BASE, frame.address(data));
    memory.putLong(vector + Abi.IOVEC_IOV_LEN, dataRoom);
    memory.putLong(header + Abi.MSGHDR_MSG_IOV, frame.address(vector));
    memory.putLong(header + Abi.MSGHDR_MSG_IOVLEN, 1);
    if (controlRoom > 0) {
      memory.putLong(header + Abi.MSGHDR_MSG_CONTROL, frame.address(control));
      memory.putLong(header + Abi.MSGHDR_MSG_CONTROLLEN, controlRoom);
    }
  }

  /** The frame room of a message. */
  static int room(int dataRoom, int controlRoom) {
    return Frame.room(Abi.MSGHDR_SIZE)
        + Frame.room(Abi.IOVEC_SIZE)
        + Frame.room(SocketAddresses.ROOM)
        + Frame.room(dataRoom)
        + Frame.room(controlRoom);
  }

  /** The control room that {@code count} descriptors need when they are sent. */
  static int controlRoom(int count) {
    return count == 0 ? 0 : space(4 * count);
  }

  /** A message to send, to where the socket is connected to. */
  static Ancillary outgoing(Frame frame, byte[] bytes, int[] numbers) {
    Ancillary message = new Ancillary(frame, bytes.length, controlRoom(numbers.length), false);
    message.fill(bytes, numbers);
    return message;
  }

  /** A message to send to a unix address; the caller has checked that {@code path} is one. */
  static Ancillary outgoing(Frame frame, byte[] bytes, String path) {
    Ancillary message = new Ancillary(frame, bytes.length, 0, true);
    message.fill(bytes, new int[0]);
    int length = SocketAddresses.put(frame, message.name, path);
    frame
        .memory()
        .putLong(message.header + Abi.MSGHDR_MSG_NAME, frame.address(message.name))
        .putInt(message.header + Abi.MSGHDR_MSG_NAMELEN, length);
    return message;
  }

  /** A message that asks for the length of the one that waits. */
  static Ancillary probe(Frame frame) {
    return new Ancillary(frame, 1, 0, false);
  }

  /** Room to receive a message in. */
  static Ancillary incoming(Frame frame, int mostBytes) {
    return new Ancillary(frame, mostBytes, CONTROL_ROOM, false);
  }

  private void fill(byte[] bytes, int[] numbers) {
    ByteBuffer memory = frame.memory();
    memory.put(data, bytes);
    if (numbers.length > 0) {
      memory.putLong(control + Abi.CMSGHDR_CMSG_LEN, Abi.CMSGHDR_SIZE + 4L * numbers.length);
      memory.putInt(control + Abi.CMSGHDR_CMSG_LEVEL, Abi.SOL_SOCKET);
      memory.putInt(control + Abi.CMSGHDR_CMSG_TYPE, Abi.SCM_RIGHTS);
      for (int i = 0; i < numbers.length; i++) {
        memory.putInt(control + Abi.CMSGHDR_SIZE + 4 * i, numbers[i]);
      }
    }
  }

  /** The address of the {@code msghdr}. */
  long address() {
    return frame.address(header);
  }

  /** Sends without raising PIPE; returns the byte count or {@code -errno}. */
  int send(int socket, int flags) {
    return Libc.sendmsg(frame, socket, address(), flags | Abi.MSG_NOSIGNAL);
  }

  /** Receives with descriptors close-on-exec; returns the byte count or {@code -errno}. */
  int receive(int socket, int flags) {
    received = Libc.recvmsg(frame, socket, address(), flags | Abi.MSG_CMSG_CLOEXEC);
    descriptors = List.of();
    if (received >= 0) {
      this.flags = frame.memory().getInt(header + Abi.MSGHDR_MSG_FLAGS);
      readControl();
    }
    return received;
  }

  /** The length of the message that waits, which stays in the queue; or {@code -errno}. */
  int peek(int socket) {
    return Libc.recvmsg(frame, socket, address(), Abi.MSG_PEEK | Abi.MSG_TRUNC);
  }

  private void readControl() {
    ByteBuffer memory = frame.memory();
    int end = control + (int) memory.getLong(header + Abi.MSGHDR_MSG_CONTROLLEN);
    for (int at = control; end - at >= Abi.CMSGHDR_SIZE; ) {
      int length = (int) memory.getLong(at + Abi.CMSGHDR_CMSG_LEN);
      int type = memory.getInt(at + Abi.CMSGHDR_CMSG_TYPE);
      if (memory.getInt(at + Abi.CMSGHDR_CMSG_LEVEL) == Abi.SOL_SOCKET) {
        if (type == Abi.SCM_RIGHTS) {
          if (descriptors.isEmpty()) {
            descriptors = new ArrayList<>();
          }
          for (int fd = at + Abi.CMSGHDR_SIZE; fd + 4 <= Math.min(at + length, end); fd += 4) {
            descriptors.add(Fd.owned(memory.getInt(fd)));
          }
        } else if (type == Abi.SCM_CREDENTIALS) {
          senderPid = memory.getInt(at + Abi.CMSGHDR_SIZE + Abi.UCRED_PID);
          senderUid = memory.getInt(at + Abi.CMSGHDR_SIZE + Abi.UCRED_UID);
        }
      }
      at += align(Math.max(length, Abi.CMSGHDR_SIZE));
    }
  }

  /** Whether the bytes or the descriptors did not fit. */
  boolean isTruncated() {
    return (flags & (Abi.MSG_TRUNC | Abi.MSG_CTRUNC)) != 0;
  }

  /** Whether the bytes did not fit. */
  boolean isCut() {
    return (flags & Abi.MSG_TRUNC) != 0;
  }

  byte[] bytes() {
    return frame.bytes(data, received);
  }

  /** The descriptors that it carried, owned by the caller from now on. */
  List<Fd> descriptors() {
    return descriptors;
  }

  /**
   * The sender as the kernel saw it, where SO_PASSCRED is set; 0 for one outside our pid namespace.
   */
  int senderPid() {
    return senderPid;
  }

  int senderUid() {
    return senderUid;
  }

  void closeDescriptors() {
    for (Fd fd : descriptors) {
      fd.close();
    }
  }

  private static int align(int length) {
    return (length + WORD - 1) & -WORD;
  }

  private static int space(int length) {
    return align(Abi.CMSGHDR_SIZE) + align(length);
  }
}
