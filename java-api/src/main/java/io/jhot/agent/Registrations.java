package io.jhot.agent;

import java.io.BufferedReader;
import java.io.File;
import java.io.FileNotFoundException;
import java.io.FileReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import sun.nio.ch.JhotHook;

/**
 * Puts another socket under one of the app's descriptors without the app's selectors noticing.
 *
 * <p>epoll knows an open description, not a number. Whoever only calls dup2(2) leaves the old
 * description registered for as long as anyone holds it: the new socket is never reported, and the
 * old one, which jhot keeps open, wakes the selector for ever. So registrations are taken off
 * before and put on after, with the same events. They are found in {@code /proc/self/fdinfo}
 * (proc(5): {@code tfd events data ... ino}).
 */
final class Registrations {
  private static final int EPOLL_CTL_ADD = 1;
  private static final int EPOLL_CTL_DEL = 2;
  private static final int EPOLLIN = 1;
  private static final int EPOLLONESHOT = 1 << 30;
  private static final int EBADF = 9;
  private static final int EEXIST = 17;

  /** More rounds than a selector can lose to us by chance. */
  private static final int MOST_ROUNDS = 20;

  /** This process may have no more descriptors, and so cannot look at what it has. */
  static final class NoDescriptorLeft extends IOException {
    private static final long serialVersionUID = 1L;

    NoDescriptorLeft(Throwable cause) {
      super("no descriptor is left (ulimit -n)", cause);
    }
  }

  /** One descriptor's registration in one epoll instance. */
  private record Registration(int epoll, int events, long data, long inode) {}

  private Registrations() {}

  /**
   * Puts {@code socket} under {@code fd} as well, and moves the epoll registrations along.
   *
   * <p>A selector may register the old socket after we looked and before dup2(2) took effect. Such
   * a registration could not be removed any more, as the number now means another socket; so after
   * the dup2 we look for it by its inode, and if there is one go back and start again. What a
   * selector changes between its removal and its return is the one race left; it lasts
   * microseconds, and ends with the interest that was there before.
   *
   * @throws NoDescriptorLeft if the registrations cannot be looked up
   * @throws IOException if a registration is not the JDK's own, in which case nothing is changed,
   *     or cannot be put back
   */
  static void swap(int fd, int socket) throws IOException {
    long inode = inode(fd);
    int old;
    try {
      old = JhotHook.duplicate(fd);
    } catch (IOException e) {
      throw new NoDescriptorLeft(e);
    }
    try {
      Map<Integer, Registration> moved = new LinkedHashMap<>();
      for (int round = 0; ; round++) {
        List<Registration> found = of(fd, epolls());
        checkData(fd, found);
        for (Registration one : found) {
          JhotHook.epollControl(one.epoll(), EPOLL_CTL_DEL, fd, 0);
          moved.put(one.epoll(), one);
        }
        JhotHook.duplicate(socket, fd);
        // listed anew: an app opens its selector right after its bind, perhaps since we looked
        if (!holdsStale(fd, inode, epolls())) {
          break;
        }
        if (round == MOST_ROUNDS) {
          throw new IOException("a selector keeps registering descriptor " + fd);
        }
        JhotHook.duplicate(old, fd);
      }
      for (Registration one : moved.values()) {
        int errno = JhotHook.epollControl(one.epoll(), EPOLL_CTL_ADD, fd, armed(one.events()));
        if (errno != 0 && errno != EEXIST && errno != EBADF) { // the selector is closed meanwhile
          throw new IOException(
              "cannot register descriptor " + fd + " with its selector again: errno " + errno);
        }
      }
    } finally {
      JhotHook.close(old);
    }
  }

  /** Takes off every registration of a descriptor that is about to be closed. */
  static void remove(int fd) throws IOException {
    for (Registration one : of(fd, epolls())) {
      JhotHook.epollControl(one.epoll(), EPOLL_CTL_DEL, fd, 0);
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

  private static boolean holdsStale(int fd, long inode, List<Integer> epolls) throws IOException {
    for (Registration one : of(fd, epolls)) {
      if (one.inode() == inode) {
        return true;
      }
    }
    return false;
  }

  /** The epoll instances of this process. */
  private static List<Integer> epolls() throws IOException {
    List<Integer> found = new ArrayList<>();
    String[] names = new File("/proc/self/fd").list();
    if (names == null) {
      throw new NoDescriptorLeft(null);
    }
    for (String name : names) {
      if ("anon_inode:[eventpoll]".equals(link(name))) {
        found.add(Integer.parseInt(name));
      }
    }
    return found;
  }

  private static String link(String fd) {
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

  private static List<Registration> of(int fd, List<Integer> epolls) throws IOException {
    List<Registration> found = new ArrayList<>();
    for (int epoll : epolls) {
      File info = new File("/proc/self/fdinfo/" + epoll);
      if (!info.exists()) {
        continue; // closed since it was listed
      }
      try (BufferedReader lines = new BufferedReader(new FileReader(info))) {
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
          if (line.startsWith("tfd:") && number(line, "tfd:", 10) == fd) {
            found.add(
                new Registration(
                    epoll,
                    (int) number(line, "events:", 16),
                    number(line, "data:", 16),
                    number(line, "ino:", 16)));
          }
        }
      } catch (FileNotFoundException e) {
        if (info.exists()) {
          throw new NoDescriptorLeft(e);
        }
      }
    }
    return found;
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
