package io.jhot.agent.channel;

import io.jhot.protocol.Message;
import io.jhot.protocol.Wire;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import sun.nio.ch.JhotSockets;

/**
 * The app's end of the control channel: an inherited, blocking {@code SOCK_SEQPACKET} socket. It is
 * read and written by plain read(2) and write(2), each of which is one message; no native access is
 * needed for that. Sending is safe from any thread; one thread receives.
 */
public final class Channel {
  /** A text on the wire is at most this long; what jhot logs is one line. */
  private static final int MAX_TEXT = 2000;

  private static final int MAX_COMPLAINTS = 100;

  private static final int[] NONE = {};

  private final int fd;
  // never closed: the channel lives as long as the process
  private final FileInputStream in;
  private final FileOutputStream out;
  private final byte[] buffer = new byte[Wire.MAX_BYTES];
  private final Set<String> complaints = new HashSet<>();
  private volatile boolean lost;
  private volatile @Nullable SocketSender receiver;

  // of the thread that receives
  private int[] descriptors = NONE;

  /**
   * The channel under that descriptor, which stays open.
   *
   * @param fd the number of the app's end
   */
  public Channel(int fd) {
    this.fd = fd;
    this.in = new FileInputStream(JhotSockets.descriptor(fd));
    this.out = new FileOutputStream(JhotSockets.descriptor(fd));
  }

  /** Its number, for those who send descriptors over it. */
  public int fd() {
    return fd;
  }

  /** Whether jhot is gone. */
  public boolean isLost() {
    return lost;
  }

  /** Says that jhot is gone. */
  public void lose() {
    lost = true;
  }

  /**
   * Says hello.
   *
   * @param canExport whether sockets can be sent to jhot
   * @return this process's pid
   * @throws IOException if it cannot be found out
   */
  public long greet(boolean canExport) throws IOException {
    long pid = ownPid();
    String version = Channel.class.getPackage().getImplementationVersion();
    send(
        new Message.Hello(
            Wire.VERSION,
            pid,
            System.getProperty("java.version"),
            canExport,
            version == null ? "unpacked" : version));
    return pid;
  }

  private static long ownPid() throws IOException {
    Path self = Path.of("/proc/self"); // ProcessHandle would load much more
    return Files.isSymbolicLink(self)
        ? Long.parseLong(Files.readSymbolicLink(self).toString())
        : ProcessHandle.current().pid();
  }

  /** Sends one message; if jhot is gone the receiving side will see that, and say so. */
  public void send(Message message) {
    if (lost) {
      return;
    }
    try {
      out.write(Wire.encode(message));
    } catch (IOException e) {
      lost = true;
    }
  }

  /**
   * Waits for the next message.
   *
   * @return null at the end: jhot is gone
   * @throws io.jhot.protocol.ProtocolException if it is none; the next one may be
   * @throws IOException if the channel is broken
   */
  public @Nullable Message receive() throws IOException {
    SocketSender by = receiver;
    if (by != null) {
      Object[] received = by.receive(fd);
      if (received == null) {
        return null;
      }
      descriptors = (int[]) received[1];
      byte[] bytes = (byte[]) received[0];
      return Wire.decode(bytes, bytes.length);
    }
    descriptors = NONE;
    int length = in.read(buffer);
    return length < 0 ? null : Wire.decode(buffer, length);
  }

  /** Receives descriptors too from the next message on: a plain read(2) drops them. */
  public void receiveBy(SocketSender bindings) {
    receiver = bindings;
  }

  /** The numbers of the descriptors that came with the last message; the caller owns them. */
  public int[] descriptors() {
    return descriptors;
  }

  /** Tells jhot, once, what the agent cannot do. */
  public void trouble(String text) {
    String line = text.replace('\n', ' ');
    if (line.length() > MAX_TEXT) {
      line = line.substring(0, MAX_TEXT);
    }
    synchronized (complaints) {
      if (complaints.size() >= MAX_COMPLAINTS || !complaints.add(line)) {
        return;
      }
    }
    send(new Message.Trouble(line));
  }
}
