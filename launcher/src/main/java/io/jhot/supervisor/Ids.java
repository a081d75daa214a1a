package io.jhot.supervisor;

import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;

/** Immutable sorted sets of listener ids. */
final class Ids {

  static final SortedSet<Integer> NONE = Collections.unmodifiableSortedSet(new TreeSet<>());

  private Ids() {}

  static SortedSet<Integer> of(SortedSet<Integer> ids) {
    return ids.isEmpty() ? NONE : Collections.unmodifiableSortedSet(new TreeSet<>(ids));
  }

  static SortedSet<Integer> with(SortedSet<Integer> ids, int id) {
    if (ids.contains(id)) {
      return ids;
    }
    TreeSet<Integer> more = new TreeSet<>(ids);
    more.add(id);
    return Collections.unmodifiableSortedSet(more);
  }

  static SortedSet<Integer> without(SortedSet<Integer> ids, int id) {
    if (!ids.contains(id)) {
      return ids;
    }
    TreeSet<Integer> fewer = new TreeSet<>(ids);
    fewer.remove(id);
    return of(fewer);
  }

  static SortedSet<Integer> union(SortedSet<Integer> one, SortedSet<Integer> other) {
    if (one.isEmpty()) {
      return other;
    }
    if (other.isEmpty()) {
      return one;
    }
    TreeSet<Integer> all = new TreeSet<>(one);
    all.addAll(other);
    return Collections.unmodifiableSortedSet(all);
  }

  static SortedSet<Integer> minus(SortedSet<Integer> ids, SortedSet<Integer> gone) {
    if (ids.isEmpty() || gone.isEmpty()) {
      return ids;
    }
    TreeSet<Integer> rest = new TreeSet<>(ids);
    rest.removeAll(gone);
    return of(rest);
  }
}
