package io.jhot.supervisor;

/**
 * What the app of a generation says of its readiness.
 *
 * @param ready it said that it is ready
 * @param declared it said that it will say so: nothing else makes it ready
 */
public record Word(boolean ready, boolean declared) {

  static final Word NONE = new Word(false, false);

  Word saidReady() {
    return new Word(true, declared);
  }

  Word declares() {
    return new Word(ready, true);
  }
}
