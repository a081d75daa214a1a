package io.jhot.config;

/**
 * Where jhot sends a request of its own: a listener of one generation, selected by its port.
 *
 * @param host the request's {@code Host} header, or empty for {@code localhost}; not the
 *     destination
 * @param port the listener's port; 0 for the first listener
 * @param path the request target, beginning with a slash; empty for a mere connection
 */
public record HttpTarget(String host, int port, String path) {
  private static final String SCHEME = "http://";

  /**
   * Reads {@code /path}, {@code http://host:port/path} where host and port are optional.
   *
   * @param option the option's name, for the message of a refusal
   * @param text what was written
   * @param form the right form, for that message
   * @return the target
   * @throws ConfigException when it has another form
   */
  static HttpTarget parse(String option, String text, String form) throws ConfigException {
    checkPrintable(option, text, form);
    if (text.startsWith("/")) {
      return new HttpTarget("", 0, text);
    }
    if (!text.startsWith(SCHEME)) {
      throw new ConfigException(option + " '" + text + "'" + form);
    }
    int slash = text.indexOf('/', SCHEME.length());
    String authority = text.substring(SCHEME.length(), slash < 0 ? text.length() : slash);
    String path = slash < 0 ? "/" : text.substring(slash);
    int colon = authority.lastIndexOf(':');
    if (colon >= 0 && authority.indexOf(']') < colon) {
      int port = OptionValues.parseCount(option, authority.substring(colon + 1), 1, 65535);
      return new HttpTarget(authority.substring(0, colon), port, path);
    }
    return new HttpTarget(authority, 0, path);
  }

  /** The text goes into the head of a request unchanged. */
  private static void checkPrintable(String option, String text, String form)
      throws ConfigException {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) <= ' ' || text.charAt(i) >= 0x7f) {
        throw new ConfigException(
            option + " '" + text + "': a URL has neither blanks nor letters outside ASCII" + form);
      }
    }
  }
}
