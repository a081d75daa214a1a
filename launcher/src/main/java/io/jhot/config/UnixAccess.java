package io.jhot.config;

/**
 * Who may connect to a unix socket of {@code --listen}: the permissions of its path.
 *
 * @param mode its permissions; to connect takes the permission to write
 * @param owner the name or the uid of its owner; empty for jhot's own user
 * @param group the name or the gid of its group; empty for the default of the directory and of
 *     jhot's user
 */
public record UnixAccess(int mode, String owner, String group) {
  /** The default of systemd (man 5 systemd.socket, SocketMode). */
  public static final UnixAccess DEFAULT = new UnixAccess(0666, "", "");

  /**
   * Reads {@code mode=0660&owner=app&group=www}, each of them at most once.
   *
   * @param text the whole option's value, for the message of a refusal
   * @param query the part after the question mark
   * @throws ConfigException when it has another form
   */
  static UnixAccess parse(String text, String query) throws ConfigException {
    String mode = "";
    String owner = "";
    String group = "";
    for (String part : query.split("&", -1)) {
      int equals = part.indexOf('=');
      String key = equals < 0 ? part : part.substring(0, equals);
      String value = equals < 0 ? "" : part.substring(equals + 1);
      boolean again =
          switch (key) {
            case "mode" -> !mode.isEmpty();
            case "owner" -> !owner.isEmpty();
            case "group" -> !group.isEmpty();
            default -> true;
          };
      if (again || value.isEmpty()) {
        throw new ConfigException(
            "--listen '"
                + text
                + "': after the path write ?mode=0660&owner=NAME&group=NAME, or some of the three");
      }
      switch (key) {
        case "mode" -> mode = value;
        case "owner" -> owner = value;
        default -> group = value;
      }
    }
    return new UnixAccess(mode.isEmpty() ? DEFAULT.mode() : octal(text, mode), owner, group);
  }

  private static int octal(String text, String mode) throws ConfigException {
    int bits = 0;
    boolean good = mode.length() >= 3 && mode.length() <= 4;
    for (int i = 0; good && i < mode.length(); i++) {
      good = mode.charAt(i) >= '0' && mode.charAt(i) <= '7';
      bits = bits << 3 | mode.charAt(i) - '0';
    }
    if (!good || bits > 0777) {
      throw new ConfigException(
          "--listen '" + text + "': the mode has three or four octal digits, as in mode=0660");
    }
    return bits;
  }
}
