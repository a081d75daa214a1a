package io.jhot.host;

/**
 * One line of {@code jhot doctor}.
 *
 * @param level how bad it is
 * @param subject what was looked at, a word or two
 * @param text what was found
 * @param advice what to do about it; empty if nothing
 */
public record Finding(Level level, String subject, String text, String advice) {
  /** The severity of a finding. */
  public enum Level {
    /** As it should be. */
    OK,
    /** Works, but less well than it could. */
    WARNING,
    /** Something that jhot does will not work. */
    FAILURE
  }

  static Finding ok(String subject, String text) {
    return new Finding(Level.OK, subject, text, "");
  }

  static Finding warning(String subject, String text, String advice) {
    return new Finding(Level.WARNING, subject, text, advice);
  }

  static Finding failure(String subject, String text, String advice) {
    return new Finding(Level.FAILURE, subject, text, advice);
  }
}
