package io.jhot.agent.listen;

import java.io.BufferedReader;
import java.io.FileNotFoundException;
import java.io.FileReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import sun.nio.ch.JhotSockets;

/**
 * Puts another socket under one of the app's descriptors, unnoticed by the app's selectors.
 *
 * <p>epoll registers an open description, not a number. dup2(2) alone leaves the old description
 * registered for as long as anyone holds it: the new socket is never reported, and the old one,
 * which jhot keeps open, wakes the selector for ever. So registrations are removed before and added
 * again after, with the same events. They are found in {@code /proc/self/fdinfo} (proc(5): {@code
 * tfd events data ... ino}).
 */
public final class Registrations {
  private static final int EPOLL_CTL_ADD = 1;
  private static final int EPOLL_CTL_DEL = 2;
  private static final int EPOLLIN = 1;
  private static final int EPOLLONESHOT = 1 << 30;
  private static final int ENOENT = 2;
  private static final int EBADF = 9;
  private static final int EEXIST = 17;

  /** More rounds than a selector can lose to us by chance. */
  private static final int MAX_ROUNDS = 20;

  /** This process can open no more descriptors, so it cannot list those that it has. */
  static final class NoDescriptorLeft extends IOException {
    private static final long serialVersionUID = 1L;

    NoDescriptorLeft(Throwable cause) {
      super("no descriptor is left (ulimit -n)", cause);
    }
  }

  /**
   * What is to be put under one of the app's descriptors.
   *
   * @param fd the app's descriptor
   * @param socket what to put under it
   * @param old another descriptor of what lies under it now; -1: there is none
   */
  record Swap(int fd, int socket, int old) {}

  /** One descriptor's registration in one epoll instance. */
  private record Registration(int epoll, int events, long data, long inode) {}

  /** A swap that is under way. */
  private static final class Move {
    final int fd;
    final int socket;
    final long inode;
    final Map<Integer, Registration> moved = new LinkedHashMap<>();
    int old;
    boolean duplicated;

    Move(Swap swap) throws IOException {
      fd = swap.fd();
      socket = swap.socket();
      old = swap.old();
      inode = inode(fd);
      if (old < 0) {
        try {
          old = JhotSockets.duplicate(fd);
          duplicated = true;
        } catch (IOException e) {
          throw new NoDescriptorLeft(e);
        }
      }
    }

    /** Removes the registrations, exchanges the socket, and adds them again. */
    void run(List<Registration> found) throws IOException {
      checkData(fd, found);
      for (Registration one : found) {
        // one that its selector has removed since it was listed must not come back
        if (JhotSockets.epollControl(one.epoll(), EPOLL_CTL_DEL, fd, 0) == 0) {
          moved.put(one.epoll(), one);
        }
      }
      JhotSockets.duplicate(socket, fd);
      for (Registration one : moved.values()) {
        int errno = JhotSockets.epollControl(one.epoll(), EPOLL_CTL_ADD, fd, armed(one.events()));
        if (errno != 0 && errno != EEXIST && errno != EBADF) { // the selector is closed meanwhile
          throw new IOException(
              "cannot register descriptor " + fd + " with its selector again: errno " + errno);
        }
      }
    }

    /** What a selector has registered before the exchange and after it was listed. */
    List<Registration> stale(List<Registration> found) {
      List<Registration> stale = new ArrayList<>();
      for (Registration one : found) {
        if (one.inode() == inode) {
          stale.add(one);
        }
      }
      return stale;
    }

    void end() throws IOException {
      if (duplicated) {
        JhotSockets.close(old);
      }
    }
  }

  private Registrations() {}

  /**
   * Puts another socket under each of these descriptors, and moves the epoll registrations along:
   * listed once for all of them before, and once after.
   *
   * <p>A selector may register the old socket after we looked and before dup2(2) took effect. Such
   * a registration could not be removed any more, as the number now means another socket; so after
   * the dup2 we look for it by its inode, and if there is one go back and start again. What a
   * selector changes between its removal and its return is the one race left; it lasts
   * microseconds, and ends with the interest that was there before. Where the interest may be one
   * of several, as a UDP socket's, it also matters what it is changed to after it was listed: such
   * a descriptor is to be swapped alone.
   *
   * @return the descriptors of which the swap failed, and why: {@link NoDescriptorLeft} if the
   *     registrations cannot be looked up; else a registration is not the JDK's own, in which case
   *     nothing is changed, or cannot be put back
   */
  static Map<Integer, IOException> swap(List<Swap> swaps) {
    Map<Integer, IOException> failed = new LinkedHashMap<>();
    Map<Integer, Move> moves = new LinkedHashMap<>();
    for (Swap one : swaps) {
      try {
        if (inode(one.fd()) != inode(one.socket())) { // else it lies there already
          moves.put(one.fd(), new Move(one));
        }
      } catch (IOException e) {
        failed.put(one.fd(), e);
      }
    }
    try {
      swap(moves, failed);
    } catch (IOException e) {
      for (int fd : moves.keySet()) {
        failed.putIfAbsent(fd, e);
      }
    }
    for (Move one : moves.values()) {
      try {
        one.end();
      } catch (IOException e) {
        failed.putIfAbsent(one.fd, e);
      }
    }
    return failed;
  }

  private static void swap(Map<Integer, Move> moves, Map<Integer, IOException> failed)
      throws IOException {
    Map<Integer, Move> left = new LinkedHashMap<>(moves);
    Map<Integer, List<Registration>> found = left.isEmpty() ? Map.of() : of(left.keySet());
    for (int round = 0; !left.isEmpty(); round++) {
      for (Move one : List.copyOf(left.values())) {
        try {
          if (round > 0) {
            JhotSockets.duplicate(one.old, one.fd);
          }
          one.run(found.getOrDefault(one.fd, List.of()));
        } catch (IOException e) {
          failed.put(one.fd, e);
          left.remove(one.fd);
        }
      }
      // listed anew: an app opens its selector right after its bind, perhaps since we looked
      found = left.isEmpty() ? Map.of() : of(left.keySet());
      for (Move one : List.copyOf(left.values())) {
        List<Registration> stale = one.stale(found.getOrDefault(one.fd, List.of()));
        if (stale.isEmpty()) {
          left.remove(one.fd);
        } else if (round == MAX_ROUNDS) {
          failed.put(one.fd, new IOException("a selector keeps registering descriptor " + one.fd));
          left.remove(one.fd);
        } else {
          found.put(one.fd, stale);
        }
      }
    }
  }

  /** Puts {@code socket} under {@code fd} as well, and moves the epoll registrations along. */
  static void swap(int fd, int socket) throws IOException {
    IOException failure = swap(List.of(new Swap(fd, socket, -1))).get(fd);
    if (failure != null) {
      throw failure;
    }
  }

  /**
   * Puts {@code socket} under the descriptor of an object that is about to be bound. Where the JDK
   * knows that no selector has it, nothing is looked up.
   *
   * @param owner the JDK's object; null: not known
   */
  static void swapBound(int fd, int socket, @Nullable Object owner) throws IOException {
    if (owner == null || !JhotSockets.isUnregistered(owner)) {
      swap(fd, socket);
      return;
    }
    int old;
    try {
      old = JhotSockets.duplicate(fd);
    } catch (IOException e) {
      throw new NoDescriptorLeft(e);
    }
    try {
      JhotSockets.duplicate(socket, fd);
      if (!JhotSockets.isUnregistered(owner)) { // a selector has got it meanwhile
        JhotSockets.duplicate(old, fd);
        swap(fd, socket);
      }
    } finally {
      JhotSockets.close(old);
    }
  }

  /** Removes every registration of a descriptor that is about to be closed. */
  public static void remove(int fd) throws IOException {
    int end = tableSize();
    for (int epoll = 0; epoll < end; epoll++) {
      JhotSockets.epollControl(epoll, EPOLL_CTL_DEL, fd, 0); // of all others it is refused
    }
  }

  /**
   * The events to register again. A one-shot registration that has fired has none left, and its
   * thread (the poller of virtual threads, an asynchronous channel) may have asked for them again
   * after we looked: so it is always armed. If nobody waits, it fires once and is ignored.
   */
  private static int armed(int events) {
    return (events & EPOLLONESHOT) == 0 ? events : events | EPOLLIN;
  }

  private static void checkData(int fd, List<Registration> found) throws IOException {
    for (Registration one : found) {
      if ((int) one.data() != fd) { // the upper half is whatever lay on the C stack
        throw new IOException(
            "descriptor " + fd + " is registered with an epoll instance that is not the JDK's");
      }
    }
  }

  /**
   * The epoll instances of this process. Asked of each number whether it can let go of a descriptor
   * that none of them has: an epoll instance says that it has not got it, anything else that it is
   * no epoll instance. To read the links in /proc/self/fd takes some fifty times as long.
   */
  private static List<Integer> epolls(int any) throws IOException {
    int unknown;
    try {
      unknown = JhotSockets.duplicate(any);
    } catch (IOException e) {
      throw new NoDescriptorLeft(e);
    }
    try {
      List<Integer> found = new ArrayList<>();
      int end = tableSize();
      for (int fd = 0; fd < end; fd++) {
        if (JhotSockets.epollControl(fd, EPOLL_CTL_DEL, unknown, 0) == ENOENT) {
          found.add(fd);
        }
      }
      return found;
    } finally {
      JhotSockets.close(unknown);
    }
  }

  /** All descriptors of this process are below: {@code FDSize} in proc(5)'s status. */
  private static int tableSize() throws IOException {
    try (BufferedReader lines =
        new BufferedReader(new FileReader("/proc/self/status", StandardCharsets.ISO_8859_1))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.startsWith("FDSize:")) {
          return Integer.parseInt(line.substring("FDSize:".length()).trim());
        }
      }
    } catch (FileNotFoundException e) {
      throw new NoDescriptorLeft(e);
    }
    throw new IOException("/proc/self/status does not tell FDSize");
  }

  private static @Nullable String link(String fd) {
    try {
      return Files.readSymbolicLink(Path.of("/proc/self/fd", fd)).toString();
    } catch (IOException e) {
      return null; // closed since it was listed
    }
  }

  private static long inode(int fd) throws IOException {
    String link = link(Integer.toString(fd)); // socket:[12345]
    if (link == null || !link.startsWith("socket:[")) {
      throw new IOException("descriptor " + fd + " is no socket");
    }
    return Long.parseLong(link.substring("socket:[".length(), link.length() - 1));
  }

  /** The registrations of these descriptors in all epoll instances, by descriptor. */
  private static Map<Integer, List<Registration>> of(Set<Integer> fds) throws IOException {
    Map<Integer, List<Registration>> found = new HashMap<>();
    int any = fds.iterator().next();
    for (int epoll : epolls(any)) {
      for (Map.Entry<Integer, Registration> one : in(epoll, fds, any)) {
        found.computeIfAbsent(one.getKey(), fd -> new ArrayList<>()).add(one.getValue());
      }
    }
    return found;
  }

  /**
   * The registrations of these descriptors in one epoll instance. It may be closed while it is
   * looked at, and its number be that of another one at once: that one is looked at then.
   */
  private static List<Map.Entry<Integer, Registration>> in(int epoll, Set<Integer> fds, int any)
      throws IOException {
    IOException failure = null;
    for (int round = 0; round < MAX_ROUNDS; round++) {
      if (!"anon_inode:[eventpoll]".equals(link(Integer.toString(epoll)))) {
        return List.of(); // closed since it was listed
      }
      List<Map.Entry<Integer, Registration>> found = new ArrayList<>();
      try (BufferedReader lines =
          new BufferedReader(
              new FileReader("/proc/self/fdinfo/" + epoll, StandardCharsets.ISO_8859_1))) {
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
          int fd = line.startsWith("tfd:") ? (int) number(line, "tfd:", 10) : -1;
          if (fds.contains(fd)) {
            Registration one =
                new Registration(
                    epoll,
                    (int) number(line, "events:", 16),
                    number(line, "data:", 16),
                    number(line, "ino:", 16));
            found.add(Map.entry(fd, one));
          }
        }
        return found;
      } catch (FileNotFoundException e) {
        requireDescriptor(any, e);
        failure = e;
      } catch (IOException e) {
        failure = e; // ENOENT, once what the file told of is closed
      }
    }
    throw failure;
  }

  /** Whether a file cannot be opened for want of a descriptor shows where none is opened. */
  private static void requireDescriptor(int any, IOException failure) throws NoDescriptorLeft {
    try {
      JhotSockets.close(JhotSockets.duplicate(any));
    } catch (IOException e) {
      failure.addSuppressed(e);
      throw new NoDescriptorLeft(failure);
    }
  }

  /** The number behind a label; 0 if this kernel does not print it. */
  private static long number(String line, String label, int radix) {
    int at = line.indexOf(label);
    if (at < 0) {
      return 0;
    }
    at += label.length();
    while (line.charAt(at) == ' ') {
      at++;
    }
    int end = at;
    while (end < line.length() && line.charAt(end) != ' ') {
      end++;
    }
    return Long.parseUnsignedLong(line.substring(at, end), radix);
  }
}
