package io.jhot.supervisor;

import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Where the processes of a generation listen, as seen from outside, but for what jhot holds itself.
 *
 * @param addresses such as {@code tcp://[::]:8080}
 * @param lasting those of them that its successor has to have too
 */
public record Sight(SortedSet<String> addresses, SortedSet<String> lasting) {

  static final Sight NOTHING = new Sight(new TreeSet<>(), new TreeSet<>());

  /** Copies. */
  public Sight {
    addresses = Collections.unmodifiableSortedSet(new TreeSet<>(addresses));
    lasting = Collections.unmodifiableSortedSet(new TreeSet<>(lasting));
  }
}
