package io.jhot.config;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** The users of this system, as {@code /etc/passwd} has them (man 5 passwd). */
public final class Accounts {
  private static final Path PASSWD = Path.of("/etc/passwd");
  private static final int UID_FIELD = 2;

  private Accounts() {}

  /**
   * The uid of a user.
   *
   * @param user a name, or the uid itself in digits
   * @return the uid; unsigned
   * @throws ConfigException when no user has that name, or the file cannot be read
   */
  public static int uid(String user) throws ConfigException {
    return uid(PASSWD, user);
  }

  static int uid(Path passwd, String user) throws ConfigException {
    if (user.isEmpty()) {
      throw new ConfigException("--user: write the name of a user, or the uid");
    }
    try {
      return Integer.parseUnsignedInt(user);
    } catch (NumberFormatException e) {
      return named(passwd, user);
    }
  }

  private static int named(Path passwd, String user) throws ConfigException {
    try {
      // single bytes: another encoding in some other line must not fail this
      for (String line : Files.readAllLines(passwd, StandardCharsets.ISO_8859_1)) {
        String[] fields = line.split(":", -1);
        if (fields.length > UID_FIELD && fields[0].equals(user)) {
          return Integer.parseUnsignedInt(fields[UID_FIELD]);
        }
      }
    } catch (IOException | NumberFormatException e) {
      throw new ConfigException(
          "--user " + user + ": cannot read " + passwd + " (" + e + "): give the uid");
    }
    throw new ConfigException(
        "--user "
            + user
            + ": no such user in "
            + passwd
            + "; for a user of a directory service give the uid (id -u "
            + user
            + ")");
  }
}
