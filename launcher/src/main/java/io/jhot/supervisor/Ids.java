package io.jhot.supervisor;

import java.util.AbstractSet;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.SortedSet;
import org.jspecify.annotations.Nullable;

/**
 * An immutable sorted set of listener ids. A bit for each id, since every event of every listener
 * asks for unions and differences of all of them: those cost a word for 64 listeners.
 */
@SuppressWarnings("JdkObsolete") // a NavigableSet has ten methods more, which nobody here needs
final class Ids extends AbstractSet<Integer> implements SortedSet<Integer> {

  static final SortedSet<Integer> NONE = new Ids(0, new long[0]);

  /** The index of the first word; all before it are zero. */
  private final int from;

  /** Neither the first nor the last is zero. Not to be changed. */
  private final long[] words;

  private Ids(int from, long[] words) {
    this.from = from;
    this.words = words;
  }

  static SortedSet<Integer> of(SortedSet<Integer> ids) {
    return ids.isEmpty() ? NONE : bits(ids);
  }

  static SortedSet<Integer> with(SortedSet<Integer> ids, int id) {
    if (ids.contains(id)) {
      return ids;
    }
    Ids old = bits(ids);
    int word = id >> 6;
    int first = old.words.length == 0 ? word : Math.min(old.from, word);
    int end = Math.max(old.end(), word + 1);
    long[] more = old.copy(first, end);
    more[word - first] |= 1L << id;
    return new Ids(first, more);
  }

  static SortedSet<Integer> without(SortedSet<Integer> ids, int id) {
    if (!ids.contains(id)) {
      return ids;
    }
    Ids old = bits(ids);
    long[] fewer = old.words.clone();
    fewer[(id >> 6) - old.from] &= ~(1L << id);
    return trimmed(old.from, fewer);
  }

  static SortedSet<Integer> union(SortedSet<Integer> one, SortedSet<Integer> other) {
    if (one.isEmpty()) {
      return other;
    }
    if (other.isEmpty()) {
      return one;
    }
    Ids a = bits(one);
    Ids b = bits(other);
    int first = Math.min(a.from, b.from);
    long[] all = a.copy(first, Math.max(a.end(), b.end()));
    for (int i = 0; i < b.words.length; i++) {
      all[b.from - first + i] |= b.words[i];
    }
    return new Ids(first, all);
  }

  static SortedSet<Integer> minus(SortedSet<Integer> ids, SortedSet<Integer> gone) {
    if (ids.isEmpty() || gone.isEmpty()) {
      return ids;
    }
    Ids a = bits(ids);
    Ids b = bits(gone);
    long[] rest = a.words.clone();
    for (int i = Math.max(a.from, b.from); i < Math.min(a.end(), b.end()); i++) {
      rest[i - a.from] &= ~b.words[i - b.from];
    }
    return trimmed(a.from, rest);
  }

  private static Ids bits(SortedSet<Integer> ids) {
    if (ids instanceof Ids known) {
      return known;
    }
    if (ids.isEmpty()) {
      return (Ids) NONE;
    }
    int first = ids.first() >> 6;
    long[] words = new long[(ids.last() >> 6) + 1 - first];
    for (int id : ids) {
      words[(id >> 6) - first] |= 1L << id;
    }
    return new Ids(first, words);
  }

  private static SortedSet<Integer> trimmed(int from, long[] words) {
    int first = 0;
    int end = words.length;
    while (first < end && words[first] == 0) {
      first++;
    }
    while (end > first && words[end - 1] == 0) {
      end--;
    }
    return first == end
        ? NONE
        : new Ids(
            from + first,
            end - first == words.length ? words : Arrays.copyOfRange(words, first, end));
  }

  private int end() {
    return from + words.length;
  }

  private long[] copy(int first, int end) {
    long[] copy = new long[end - first];
    System.arraycopy(words, 0, copy, words.length == 0 ? 0 : from - first, words.length);
    return copy;
  }

  private boolean has(int id) {
    int word = (id >> 6) - from;
    return word >= 0 && word < words.length && (words[word] & 1L << id) != 0;
  }

  @Override
  public boolean contains(Object id) {
    return id instanceof Integer number && has(number);
  }

  @Override
  public boolean containsAll(Collection<?> ids) {
    return ids instanceof Ids others ? minus(others, this).isEmpty() : super.containsAll(ids);
  }

  @Override
  public int size() {
    int size = 0;
    for (long word : words) {
      size += Long.bitCount(word);
    }
    return size;
  }

  @Override
  public boolean isEmpty() {
    return words.length == 0;
  }

  /** The least id from that one on; -1: there is none. */
  private int next(int id) {
    for (int word = Math.max(id >> 6, from); word < end(); word++) {
      long bits = words[word - from];
      if (word == id >> 6) {
        bits &= -1L << id;
      }
      if (bits != 0) {
        return (word << 6) + Long.numberOfTrailingZeros(bits);
      }
    }
    return -1;
  }

  @Override
  public Iterator<Integer> iterator() {
    return new Iterator<>() {
      private int next = Ids.this.next(0);

      @Override
      public boolean hasNext() {
        return next >= 0;
      }

      @Override
      public Integer next() {
        if (next < 0) {
          throw new NoSuchElementException();
        }
        int id = next;
        next = Ids.this.next(id + 1);
        return id;
      }
    };
  }

  @Override
  public @Nullable Comparator<? super Integer> comparator() {
    return null; // the natural order
  }

  @Override
  public SortedSet<Integer> subSet(Integer first, Integer end) {
    SortedSet<Integer> some = NONE;
    for (int id = next(Math.max(0, first)); id >= 0 && id < end; id = next(id + 1)) {
      some = with(some, id);
    }
    return some;
  }

  @Override
  public SortedSet<Integer> headSet(Integer end) {
    return subSet(0, end);
  }

  @Override
  public SortedSet<Integer> tailSet(Integer first) {
    return isEmpty() ? NONE : subSet(first, last() + 1);
  }

  @Override
  public Integer first() {
    if (isEmpty()) {
      throw new NoSuchElementException();
    }
    return next(0);
  }

  @Override
  public Integer last() {
    if (isEmpty()) {
      throw new NoSuchElementException();
    }
    return (end() << 6) - 1 - Long.numberOfLeadingZeros(words[words.length - 1]);
  }
}
