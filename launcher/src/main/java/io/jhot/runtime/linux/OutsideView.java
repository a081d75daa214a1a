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
import org.jspecify.annotations.Nullable;

/**
 * Finds the TCP listeners of a generation without its agent: the kernel lists those of its network
 * namespace, and the inodes in its processes' descriptors say which are its own. Where those are
 * unreadable (root without CAP_SYS_PTRACE, and an app of another user), listeners are matched by
 * user, without those that were there before the service or belong to another generation. Asks the
 * kernel each time.
 */
final class OutsideView {
  /** More processes of one generation are not looked at. */
  private static final int MAX_PROCESSES = 1_000;

  private final Journal journal;

  /** The inodes that listened before the first generation; empty if that was not needed. */
  private Set<Long> earlier = Set.of();

  private boolean noted;

  /** A lasting failure is reported once. */
  private boolean failed;

  OutsideView(Journal journal) {
    this.journal = journal;
  }

  /**
   * Notes what listens already, if listeners may have to be matched by user. Called before the
   * first generation is started, since a small program listens quickly; later calls do nothing.
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
   * The listeners of a generation, without those that jhot holds a copy of and without the private
   * ones for probes.
   *
   * @param all the generations that there are
   * @param held the inodes of the sockets that jhot holds
   * @return null if they cannot be listed
   */
  @Nullable List<InetDiag.Listener> of(Child child, Collection<Child> all, Set<Long> held) {
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

  /** Null if they cannot be listed, which is logged once. */
  private @Nullable List<InetDiag.Listener> listening(int pid) {
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

  /** A process and all its descendants, without those that were reparented. */
  private static List<Integer> tree(int root) {
    List<Integer> all = new ArrayList<>(List.of(root));
    for (int i = 0; i < all.size() && i < MAX_PROCESSES; i++) {
      for (int child : ProcessFacts.children(all.get(i))) {
        if (!all.contains(child)) { // a pid that was reused meanwhile
          all.add(child);
        }
      }
    }
    return all;
  }

  /**
   * Those that a successor must have too: not a port of one generation alone, nor one that the
   * kernel may have chosen (in the ephemeral range, and not named in the command).
   *
   * @param command the generation's arguments and variables
   */
  static List<InetDiag.Listener> lasting(
      Child child, List<String> command, List<InetDiag.Listener> seen) {
    List<InetDiag.Listener> lasting = new ArrayList<>();
    if (seen.isEmpty()) {
      return lasting;
    }
    int[] range = chosenByTheKernel();
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
      // in one read: the kernel answers nothing to a second one
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
   * Those that a second generation cannot open while this one has them, because they are without
   * SO_REUSEPORT. Empty for a generation in a network namespace of its own: the next one may have
   * another namespace.
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
          break; // not permitted, or closed just now
        }
      }
    }
    try {
      return Sockets.canJoin(listener);
    } catch (ErrnoException e) {
      return e.errno() == Errno.EADDRNOTAVAIL; // the address is gone, and so is the conflict
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
