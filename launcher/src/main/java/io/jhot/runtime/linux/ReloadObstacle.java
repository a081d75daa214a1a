package io.jhot.runtime.linux;

import io.jhot.ffm.InetDiag;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Says why a reload cannot work, before anything is started or stopped: the serving generation
 * holds a port that the next one needs, and that cannot be handed over. Pure.
 */
final class ReloadObstacle {
  private ReloadObstacle() {}

  /**
   * Why the next generation would find a port taken.
   *
   * @param old the number of the generation that serves
   * @param next the number of the next one
   * @param kept listeners of the old one that jhot holds no copy of, and of which there cannot be
   *     two
   * @param adopted addresses of which jhot holds a copy that only an agent can take
   * @param agent whether the next generation can have the agent
   * @return a full clause that says what would make it work; empty if no reason is known
   */
  static String of(
      int old, int next, List<InetDiag.Listener> kept, SortedSet<String> adopted, boolean agent) {
    if (!agent && !adopted.isEmpty()) {
      return "generation "
          + old
          + " holds "
          + String.join(", ", adopted)
          + ", which only jhot's agent could give to generation "
          + next
          + ", and its program cannot have the agent: run it by a java that can, or let the old one"
          + " end first (--overlap never)";
    }
    if (kept.isEmpty()) {
      return "";
    }
    List<String> options = new ArrayList<>();
    TreeSet<Integer> ports = new TreeSet<>();
    for (InetDiag.Listener listener : kept) {
      boolean every = listener.host().equals("::") || listener.host().equals("0.0.0.0");
      String host = every ? "" : listener.host();
      String written = host.indexOf(':') < 0 ? host : "[" + host + "]";
      String option = "--listen tcp://" + written + ":" + listener.port();
      if (!options.contains(option)) {
        options.add(option);
      }
      ports.add(listener.port());
    }
    StringBuilder own = new StringBuilder();
    for (int port : ports) {
      own.append(own.isEmpty() ? "" : ",").append(port);
    }
    return "generation "
        + old
        + " listens on "
        + String.join(", ", OutsideView.addresses(kept))
        + ", jhot has no copy of that socket, and a second generation would find the port taken:"
        + " let jhot open it ("
        + String.join(" ", options)
        + ") for a program that takes it from there (LISTEN_FDS, or jhot's agent), let the old one"
        + " end first (--overlap never), or say that each generation has a port of its own"
        + " (--own-port "
        + own
        + ")";
  }
}
