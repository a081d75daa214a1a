package io.jhot.runtime.child;

import io.jhot.config.ListenAddress;
import io.jhot.ffm.Errno;
import io.jhot.ffm.ErrnoException;
import io.jhot.ffm.Fd;
import io.jhot.ffm.SocketDescription;
import io.jhot.ffm.Sockets;
import io.jhot.runtime.control.NameLock;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.nio.file.attribute.UserPrincipalNotFoundException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * The listeners that jhot holds: those that it opened itself and those that a generation exported.
 * Generations get duplicates. Closed here only. A number is never reused.
 *
 * <p>A start script that waits for its JVM inherits duplicates too, and keeps them open. So a
 * listener that an app opened and that no generation uses any more is shut down (man 2 shutdown):
 * clients are refused and the port is free. A listener that jhot opened or was given, or that a
 * generation may still accept from, is never shut down.
 */
public final class HeldListeners implements AutoCloseable {
  /**
   * What the kernel cuts to net.core.somaxconn; an app's own listen(2) sets its own value later.
   */
  private static final int BACKLOG = 4096;

  /**
   * One socket.
   *
   * @param number its number
   * @param name its name
   * @param address for example {@code tcp://[::]:8080}
   * @param own whether jhot opened it
   * @param port its TCP port; 0 if it is no TCP listener
   * @param isStream whether it takes connections: TCP, or a unix stream
   * @param fd the socket; owned
   * @param file where it is bound in the file system, or null
   * @param fileKey which file that is, or null
   * @param inode the number of the socket in this system
   */
  public record Entry(
      int number,
      String name,
      String address,
      boolean own,
      int port,
      boolean isStream,
      Fd fd,
      @Nullable Path file,
      @Nullable Object fileKey,
      long inode) {

    /**
     * Opens a private TCP listener of the same family: on a random address of the loopback network,
     * at a port that the kernel chooses, so that nobody finds it by chance.
     *
     * @return it; owned by the caller
     * @throws IOException EMFILE, or where there is no such family
     */
    Fd openStaging() throws IOException {
      boolean inet = SocketDescription.of(fd).family() == SocketDescription.Family.INET;
      ThreadLocalRandom random = ThreadLocalRandom.current();
      byte[] host = {127, (byte) (1 + random.nextInt(254)), (byte) random.nextInt(256), 0};
      host[3] = (byte) (1 + random.nextInt(254));
      InetSocketAddress address = new InetSocketAddress(InetAddress.getByAddress(host), 0);
      return Sockets.listen(inet ? address : mapped(address), STAGING_BACKLOG);
    }

    /** Where this machine reaches the listener itself. */
    public InetSocketAddress reachable() throws IOException {
      return HeldListeners.reachable(fd);
    }
  }

  /** Probes and warm-ups connect to it, a few at a time. */
  private static final int STAGING_BACKLOG = 128;

  /** Where a TCP listener is reached from this machine: for every address, the loopback one. */
  public static InetSocketAddress reachable(Fd fd) throws IOException {
    SocketDescription description = SocketDescription.of(fd);
    InetAddress host = InetAddress.getByName(description.address());
    if (host.isAnyLocalAddress()) {
      boolean ipv6Only =
          description.family() == SocketDescription.Family.INET6 && description.v6only();
      host = InetAddress.getByName(ipv6Only ? "::1" : "127.0.0.1");
    }
    return new InetSocketAddress(host, description.port());
  }

  private final TreeMap<Integer, Entry> entries = new TreeMap<>();
  private int last;

  /**
   * Opens a socket of {@code --listen}.
   *
   * @param address where
   * @param asJava whether an IPv4 address gets an IPv6 socket that is bound to it, as Java makes
   *     them: a JVM cannot use an IPv4 one in the place of its own
   * @return its number
   * @throws IOException when it cannot be opened; the message says what to do
   */
  public int open(ListenAddress address, boolean asJava) throws IOException {
    return switch (address.transport()) {
      case UNIX -> openUnix(address);
      case UDP -> add(address.name(), true, openUdp(address, asJava), null);
      case TCP -> add(address.name(), true, openTcp(address, asJava), null);
    };
  }

  /**
   * Takes a socket that a service manager passed to jhot. A path that it is bound to is not jhot's
   * to remove.
   *
   * @param fd the socket; owned by this registry from here on, also when it is refused
   * @param name its name, as LISTEN_FDNAMES says
   * @return its number
   * @throws IOException when it is nothing that an app could serve; the message says what to do
   */
  public int pass(Fd fd, String name) throws IOException {
    try {
      SocketDescription description = SocketDescription.of(fd);
      if (description.type() != Sockets.Type.DATAGRAM && !description.listening()) {
        throw new IOException(
            "the socket "
                + name
                + " that was passed to jhot is a connection, not a listener: set Accept=no in its"
                + " .socket unit");
      }
    } catch (IOException e) {
      fd.close();
      throw e;
    }
    return add(name, true, fd, null);
  }

  /**
   * Takes a socket that a generation exported.
   *
   * @param fd the socket; owned by this registry from here on, also when it is refused
   * @return its number
   * @throws IOException when it is nothing that a service listens on
   */
  int adopt(Fd fd) throws IOException {
    try {
      SocketDescription description = SocketDescription.of(fd);
      switch (description.type()) {
        case STREAM -> {
          if (description.listening() && description.port() != 0) {
            return add("tcp-" + description.port(), false, fd, description, null);
          }
          if (description.listening() && description.address().startsWith("/")) {
            String text = description.address();
            Path path = path(text);
            boolean there = path != null && Files.exists(path, LinkOption.NOFOLLOW_LINKS);
            String name = "unix-" + text.substring(text.lastIndexOf('/') + 1);
            return add(name, false, fd, description, there ? path : null);
          }
        }
        case DATAGRAM -> {
          if (description.port() != 0) {
            return add("udp-" + description.port(), false, fd, description, null);
          }
        }
        default -> {} // refused below
      }
      throw new IOException("what it sent is no listener: " + description.text());
    } catch (IOException e) {
      fd.close();
      throw e;
    } catch (AssertionError e) {
      fd.close();
      throw new IOException("what it sent is no socket", e);
    }
  }

  /** The entry of a number, or null if it is closed. */
  public @Nullable Entry get(int number) {
    return entries.get(number);
  }

  /** All that are open, by number. */
  public Iterable<Entry> all() {
    return entries.values();
  }

  /** The inodes of all that are open. */
  public Set<Long> inodes() {
    Set<Long> inodes = new HashSet<>();
    for (Entry entry : entries.values()) {
      inodes.add(entry.inode());
    }
    return inodes;
  }

  /** The numbers of those that jhot opened itself. */
  public SortedSet<Integer> own() {
    SortedSet<Integer> numbers = new TreeSet<>();
    for (Entry entry : entries.values()) {
      if (entry.own()) {
        numbers.add(entry.number());
      }
    }
    return numbers;
  }

  /**
   * Closes jhot's copy of a listener that nobody uses any more; a number that is not open is
   * ignored.
   *
   * @throws ErrnoException if it cannot be shut down; jhot's copy is closed all the same
   */
  public void release(int number) throws ErrnoException {
    Entry entry = entries.get(number);
    try {
      if (entry != null && !entry.own() && entry.isStream()) {
        Sockets.stopListening(entry.fd());
      }
    } finally {
      close(number);
    }
  }

  /** Closes jhot's copy, and leaves all others as they are. */
  private void close(int number) {
    Entry entry = entries.remove(number);
    if (entry != null) {
      entry.fd().close();
      unlink(entry);
    }
  }

  @Override
  public void close() {
    for (Integer number : new ArrayList<>(entries.keySet())) {
      close(number);
    }
  }

  private int add(String name, boolean own, Fd fd, @Nullable Path file) throws IOException {
    return add(name, own, fd, SocketDescription.of(fd), file);
  }

  private int add(
      String name, boolean own, Fd fd, SocketDescription description, @Nullable Path file)
      throws IOException {
    boolean isStream = description.type() == Sockets.Type.STREAM;
    int port = isStream ? description.port() : 0;
    Object key = file == null ? null : fileKey(file);
    entries.put(
        ++last,
        new Entry(
            last,
            name,
            description.text(),
            own,
            port,
            isStream,
            fd,
            file,
            key,
            description.inode()));
    return last;
  }

  private static Fd openTcp(ListenAddress address, boolean asJava) throws IOException {
    InetSocketAddress resolved = resolve(address);
    return Sockets.listen(asJava && hasIpv6() ? mapped(resolved) : resolved, BACKLOG);
  }

  private static String wildcard() {
    return hasIpv6() ? "::" : "0.0.0.0";
  }

  /**
   * Whether this network namespace has an IPv6 address. Without one, as in a container on Docker's
   * default network, a JVM opens IPv4 sockets, although the kernel would still make IPv6 ones.
   */
  private static boolean hasIpv6() {
    try (var lines = Files.newInputStream(Path.of("/proc/net/if_inet6"))) {
      return lines.read() >= 0;
    } catch (IOException e) {
      return false; // a kernel without IPv6 has no such file
    }
  }

  private static Fd openUdp(ListenAddress address, boolean asJava) throws IOException {
    InetSocketAddress resolved = resolve(address);
    return Sockets.bindDatagram(asJava ? mapped(resolved) : resolved);
  }

  /** The IPv4 address in the form that IPv6 sockets have for it (RFC 4291, 2.5.5.2). */
  private static InetSocketAddress mapped(InetSocketAddress address) throws UnknownHostException {
    if (!(address.getAddress() instanceof Inet4Address)) {
      return address;
    }
    byte[] bytes = new byte[16];
    bytes[10] = (byte) 0xff;
    bytes[11] = (byte) 0xff;
    System.arraycopy(address.getAddress().getAddress(), 0, bytes, 12, 4);
    return new InetSocketAddress(Inet6Address.getByAddress(null, bytes, 0), address.getPort());
  }

  private static InetSocketAddress resolve(ListenAddress address) throws IOException {
    String host = address.host().isEmpty() ? wildcard() : address.host();
    try {
      return new InetSocketAddress(InetAddress.getByName(host), address.port());
    } catch (UnknownHostException e) {
      throw new IOException(
          "--listen " + address.text() + ": the host name " + host + " is not known", e);
    }
  }

  /** Null if the locale cannot encode it: then the app has to remove the file. */
  private static @Nullable Path path(String text) {
    try {
      return Path.of(text);
    } catch (InvalidPathException e) {
      return null;
    }
  }

  private int openUnix(ListenAddress address) throws IOException {
    Path path = path(address.path());
    if (path == null) {
      throw new IOException(
          "--listen "
              + address.text()
              + ": this locale has no characters for the path: set LC_ALL=C.UTF-8");
    }
    if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      if (isServed(address.path())) {
        throw new IOException(
            "--listen " + address.text() + ": another process listens there; stop it first");
      }
      Files.delete(path);
    }
    Fd fd = Sockets.bindUnix(address.path(), Sockets.Type.STREAM, address.access().mode());
    try {
      give(address); // nobody can connect before this is done
      Sockets.listen(fd, BACKLOG);
      return add(address.name(), true, fd, path);
    } catch (IOException e) {
      fd.close();
      Files.deleteIfExists(path);
      throw e;
    }
  }

  /** Gives a path the owner and the group that the operator wants. */
  private static void give(ListenAddress address) throws IOException {
    String owner = address.access().owner();
    String group = address.access().group();
    PosixFileAttributeView file =
        Files.getFileAttributeView(
            Path.of(address.path()), PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
    UserPrincipalLookupService names = FileSystems.getDefault().getUserPrincipalLookupService();
    String wanted = "";
    try {
      if (!owner.isEmpty()) {
        wanted = "user " + owner;
        file.setOwner(names.lookupPrincipalByName(owner));
      }
      if (!group.isEmpty()) {
        wanted = "group " + group;
        file.setGroup(names.lookupPrincipalByGroupName(group));
      }
    } catch (UserPrincipalNotFoundException e) {
      throw new IOException("--listen " + address.text() + ": there is no " + wanted, e);
    } catch (FileSystemException e) {
      throw new IOException(
          "--listen "
              + address.text()
              + ": cannot give it to "
              + wanted
              + ": "
              + e.getReason()
              + "; only root gives files away, and others to groups that they are in",
          e);
    }
  }

  /** Whether somebody accepts there. Anything that is no socket is left alone. */
  private static boolean isServed(String path) throws IOException {
    try (Fd probe = Sockets.connectUnix(path, Sockets.Type.STREAM)) {
      return probe.isOpen();
    } catch (ErrnoException e) {
      if (e.errno() == Errno.ECONNREFUSED
          && !Files.isRegularFile(Path.of(path), LinkOption.NOFOLLOW_LINKS)
          && !Files.isDirectory(Path.of(path), LinkOption.NOFOLLOW_LINKS)) {
        return false;
      }
      throw new IOException(
          "--listen unix://" + path + ": something else is there: " + e.getMessage(), e);
    }
  }

  private static Object fileKey(Path file) throws IOException {
    return Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
        .fileKey();
  }

  /** Removes the path of a unix socket unless somebody else has put another one there. */
  private static void unlink(Entry entry) {
    if (entry.file() == null) {
      return;
    }
    try {
      if (fileKey(entry.file()).equals(entry.fileKey())) {
        Files.delete(entry.file());
      }
    } catch (IOException e) {
      return; // gone already, or the folder is no longer writable: nothing listens there
    }
  }

  /** Keeps the paths of unix sockets that jhot opened from looking old to a cleaner of /tmp. */
  public void touchFiles() {
    for (Entry entry : entries.values()) {
      if (entry.own() && entry.file() != null) {
        try {
          NameLock.touch(entry.file());
        } catch (IOException e) {
          continue; // removed by its owner
        }
      }
    }
  }

  /** The entries of these numbers that are still open, in order. */
  public List<Entry> select(SortedSet<Integer> numbers) {
    List<Entry> selected = new ArrayList<>(numbers.size());
    for (Integer number : numbers) {
      Entry entry = entries.get(number);
      if (entry != null) {
        selected.add(entry);
      }
    }
    return selected;
  }
}
