package io.jhot.api;

import java.util.OptionalInt;

/**
 * Which run of the service this process is.
 *
 * @param number 1 for the first; each process that jhot starts after it has a higher one
 * @param start why it was started
 * @param predecessor the number of the generation that served last before it; empty for a first one
 */
public record Generation(int number, Start start, OptionalInt predecessor) {

  /** Why a generation was started. */
  public enum Start {
    /** It is the first of its service. */
    FIRST,
    /** Somebody asked for a reload. */
    RELOAD,
    /** The one before it failed, and {@code --restart} lets jhot try again. */
    RESTART
  }

  /** What a process without jhot is. */
  static final Generation ALONE = new Generation(1, Start.FIRST, OptionalInt.empty());
}
