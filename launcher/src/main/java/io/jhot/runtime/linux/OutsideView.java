package io.jhot.runtime.linux;

import io.jhot.ffm.Errno;
import io.jhot.ffm.ErrnoException;
import io.jhot.ffm.Fd;
import io.jhot.ffm.InetDiag;
import io.jhot.ffm.Own;
import io.jhot.ffm.PidFd;
import io.jhot.ffm.Sockets;
import io.jhot.runtime.Journal;
import io.jhot.runtime.child.Child;
import io.jhot.runtime.child.ProcessFacts;
import io.jhot.supervisor.Effect.Level;
import java.io.FileInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * The TCP listeners of a generation as they are seen without its help: those that the kernel shows
 * in its network namespace, matched by the inodes of its processes. Where those may not be looked
 * into (root without CAP_SYS_PTRACE, and an app of another user), by the user, less what listened
 * before the service was started, and what is another generation's. Nothing is kept but that; each
 * look asks anew.
 */
final class OutsideView {
  /** Beyond it a generation is a host of its own, and the rest is not looked at. */
  private static final int MAX_PROCESSES = 1_000;

  private final Journal journal;

  /** What listened before the first generation did; empty where it was not looked for. */
  private Set<Long> earlier = Set.of();

  private boolean noted;

  /** A failure that lasts is reported once. */
  private boolean failed;

  OutsideView(Journal journal) {
    this.journal = journal;
  }

  /**
   * Notes who listens already, where a look may have to go by the user alone. Before the first
   * generation is started, for a small program listens in no time; nothing after that.
   */
  void noteOthers() {
    if (noted || Own.uid() != 0 || ProcessFacts.mayLookIntoOthers()) {
      noted = true;
      return;
    }
    noted = true;
    List<InetDiag.Listener> there = listening(Own.pid());
    earlier = there == null ? Set.of() : inodesOf(there);
  }

  /**
   * The listeners of a generation that jhot holds no copy of, and that are no private ones for a
   * probe.
   *
   * @param all the generations that there are
   * @param held the inodes of the sockets that jhot holds
   * @return null where nothing can be seen
   */
  List<InetDiag.Listener> of(Child child, Collection<Child> all, Set<Long> held) {
    List<Integer> tree = tree(child.pid);
    Set<Long> inodes = new HashSet<>();
    Set<Integer> users = new HashSet<>();
    for (int pid : tree) {
      Set<Long> its = ProcessFacts.socketInodes(pid);
      if (its != null) {
        inodes.addAll(its);
      } else {
        int uid = ProcessFacts.effectiveUser(pid);
        if (uid >= 0) { // else it has ended meanwhile
          users.add(uid);
        }
      }
    }
    List<InetDiag.Listener> found = new ArrayList<>();
    List<InetDiag.Listener> there = listening(child.appPid());
    if (there == null) {
      return null;
    }
    child.listenersByUser.retainAll(inodesOf(there));
    for (InetDiag.Listener listener : there) {
      boolean its = inodes.contains(listener.inode());
      if (!its && users.contains(listener.uid()) && isNobodyElses(listener, child, all)) {
        child.listenersByUser.add(listener.inode());
        its = true;
      }
      if (its && !held.contains(listener.inode()) && !isPrivate(child, listener)) {
        found.add(listener);
      }
    }
    return found;
  }

  private static Set<Long> inodesOf(List<InetDiag.Listener> listeners) {
    Set<Long> inodes = new HashSet<>();
    for (InetDiag.Listener listener : listeners) {
      inodes.add(listener.inode());
    }
    return inodes;
  }

  private boolean isNobodyElses(InetDiag.Listener listener, Child child, Collection<Child> all) {
    if (earlier.contains(listener.inode())) {
      return false;
    }
    for (Child other : all) {
      if (other != child && other.listenersByUser.contains(listener.inode())) {
        return false;
      }
    }
    return true;
  }

  private static boolean isPrivate(Child child, InetDiag.Listener listener) {
    for (var address : child.staged.values()) {
      if (address.getPort() == listener.port()
          && address.getAddress().getHostAddress().equals(listener.host())) {
        return true;
      }
    }
    return false;
  }

  /** Null where it cannot be known, which is said once. */
  private List<InetDiag.Listener> listening(int pid) {
    try {
      return InetDiag.listening(pid);
    } catch (IOException e) {
      if (!failed) {
        journal.log(
            Level.WARN,
            "cannot look which sockets listen, so a service without jhot's agent is known by its"
                + " process alone: "
                + e.getMessage());
      }
      failed = true;
      return null;
    }
  }

  /** A process and all that came of it and has not been left to somebody else since. */
  private static List<Integer> tree(int root) {
    List<Integer> all = new ArrayList<>(List.of(root));
    for (int i = 0; i < all.size() && i < MAX_PROCESSES; i++) {
      for (int child : ProcessFacts.children(all.get(i))) {
        if (!all.contains(child)) { // a number that was given again while we looked
          all.add(child);
        }
      }
    }
    return all;
  }

  /**
   * Those that a successor has to have too, so not a port of one generation alone, nor one that the
   * kernel may have chosen: in its range for that, and named nowhere in the command.
   *
   * @param command the generation's arguments and variables
   */
  static List<InetDiag.Listener> lasting(
      Child child, List<String> command, List<InetDiag.Listener> seen) {
    List<InetDiag.Listener> lasting = new ArrayList<>();
    int[] range = seen.isEmpty() ? null : chosenByTheKernel();
    for (InetDiag.Listener listener : seen) {
      boolean chosen = listener.port() >= range[0] && listener.port() <= range[1];
      if (!child.ownPorts.contains(listener.port())
          && !(chosen && !isNamed(listener.port(), command))) {
        lasting.add(listener);
      }
    }
    return lasting;
  }

  /** From and to, as in {@code net.ipv4.ip_local_port_range} (man 7 ip). */
  private static int[] chosenByTheKernel() {
    byte[] text = new byte[64];
    try (FileInputStream in = new FileInputStream("/proc/sys/net/ipv4/ip_local_port_range")) {
      // in one read: the kernel has nothing more to say to a second one
      int count = Math.max(0, in.read(text));
      String[] range = new String(text, 0, count, StandardCharsets.US_ASCII).strip().split("\\s+");
      return new int[] {Integer.parseInt(range[0]), Integer.parseInt(range[1])};
    } catch (IOException e) {
      return new int[] {32768, 60999}; // the kernel's own default, where there is no such file
    }
  }

  private static boolean isNamed(int port, List<String> command) {
    String digits = Integer.toString(port);
    for (String text : command) {
      for (int at = text.indexOf(digits); at >= 0; at = text.indexOf(digits, at + 1)) {
        int end = at + digits.length();
        boolean begins = at == 0 || !Character.isDigit(text.charAt(at - 1));
        if (begins && (end == text.length() || !Character.isDigit(text.charAt(end)))) {
          return true;
        }
      }
    }
    return false;
  }

  /**
   * Those that a second generation cannot have while this one has them: without SO_REUSEPORT, which
   * a program sets itself that is made to share its port. Of a network namespace of its own nothing
   * is said: the next generation may have another one.
   */
  List<InetDiag.Listener> exclusive(Child child, List<InetDiag.Listener> listeners) {
    List<InetDiag.Listener> exclusive = new ArrayList<>();
    List<InetDiag.Listener> ours = listeners.isEmpty() ? List.of() : listening(Own.pid());
    Set<Long> inodes = ours == null ? Set.of() : inodesOf(ours);
    List<Integer> tree = listeners.isEmpty() ? List.of() : tree(child.pid);
    for (InetDiag.Listener listener : listeners) {
      if (inodes.contains(listener.inode()) && !isShared(tree, listener)) {
        exclusive.add(listener);
      }
    }
    return exclusive;
  }

  private static boolean isShared(List<Integer> tree, InetDiag.Listener listener) {
    for (int pid : tree) {
      int number = ProcessFacts.descriptorOf(pid, listener.inode());
      if (number >= 0) {
        try (PidFd process = PidFd.open(pid);
            Fd socket = process.fetch(number)) {
          return Sockets.hasReusePort(socket);
        } catch (ErrnoException e) {
          break; // we may not fetch it, or it was closed just now
        }
      }
    }
    try {
      return Sockets.canJoin(listener);
    } catch (ErrnoException e) {
      return e.errno() == Errno.EADDRNOTAVAIL; // an address that is gone is in nobody's way
    }
  }

  /** The addresses, each once, however many sockets listen there. */
  static SortedSet<String> addresses(List<InetDiag.Listener> listeners) {
    SortedSet<String> addresses = new TreeSet<>();
    for (InetDiag.Listener listener : listeners) {
      addresses.add(listener.text());
    }
    return addresses;
  }
}
