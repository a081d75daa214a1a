package io.jhot.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Random;
import java.util.SortedSet;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class IdsTest {
  private final long seed = System.nanoTime();
  private final Random random = new Random(seed);

  private static SortedSet<Integer> tree(SortedSet<Integer> ids) {
    return new TreeSet<>(ids);
  }

  private void same(SortedSet<Integer> expected, SortedSet<Integer> ids) {
    String what = "seed " + seed;
    assertEquals(new ArrayList<>(expected), new ArrayList<>(ids), what);
    assertEquals(expected, ids, what);
    assertEquals(ids, expected, what);
    assertEquals(expected.hashCode(), ids.hashCode(), what);
    assertEquals(expected.size(), ids.size(), what);
    assertEquals(expected.isEmpty(), ids.isEmpty(), what);
    if (!expected.isEmpty()) {
      assertEquals(expected.first(), ids.first(), what);
      assertEquals(expected.last(), ids.last(), what);
      int middle = (expected.first() + expected.last()) / 2;
      assertEquals(expected.headSet(middle), ids.headSet(middle), what);
      assertEquals(expected.tailSet(middle), ids.tailSet(middle), what);
      assertEquals(expected.subSet(middle, middle + 9), ids.subSet(middle, middle + 9), what);
    }
  }

  private int id(int most) {
    return 1 + random.nextInt(most);
  }

  @Test
  void theyAreTheSameAsTreesOfNumbers() {
    for (int round = 0; round < 300; round++) {
      int most = 1 + random.nextInt(300);
      SortedSet<Integer> a = Ids.NONE;
      SortedSet<Integer> b = Ids.NONE;
      for (int i = 0; i < 60; i++) {
        int id = id(most);
        SortedSet<Integer> more = tree(a);
        more.add(id);
        a = Ids.with(a, id);
        same(more, a);
        SortedSet<Integer> other = tree(b);
        int gone = id(most);
        other.remove(gone);
        b = Ids.without(Ids.with(b, id(most)), gone);
        assertFalse(b.contains(gone));
      }
      SortedSet<Integer> union = tree(a);
      union.addAll(b);
      same(union, Ids.union(a, b));
      SortedSet<Integer> rest = tree(a);
      rest.removeAll(b);
      same(rest, Ids.minus(a, b));
      assertEquals(tree(a).containsAll(b), a.containsAll(b));
      assertTrue(union.containsAll(a));
      assertTrue(Ids.of(union).containsAll(b));
      same(union, Ids.of(union));
    }
  }

  @Test
  void theyAreTakenFromAnySortedSet() {
    SortedSet<Integer> given = new TreeSet<>(List.of(1, 64, 1_000));
    same(given, Ids.of(given));
    same(new TreeSet<>(List.of(1, 2, 64, 1_000)), Ids.with(given, 2));
    same(new TreeSet<>(List.of(1, 1_000)), Ids.minus(given, new TreeSet<>(List.of(64, 65))));
    same(new TreeSet<>(), Ids.of(new TreeSet<>()));
  }

  @Test
  void ofNoneThereIsNoFirst() {
    assertThrows(NoSuchElementException.class, Ids.NONE::first);
    assertThrows(NoSuchElementException.class, Ids.NONE::last);
    assertThrows(NoSuchElementException.class, () -> Ids.NONE.iterator().next());
  }
}
