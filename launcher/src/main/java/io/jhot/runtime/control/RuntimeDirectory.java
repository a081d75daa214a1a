package io.jhot.runtime.control;

import io.jhot.ffm.Own;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * The folder in which running instances of a user have their control sockets, {@code NAME.sock}
 * each. It is that user's alone: mode 0700, his own, no symbolic link; whatever is otherwise is
 * refused by the server and by the client, because {@code /tmp} lets anybody make a folder of that
 * name first.
 */
public final class RuntimeDirectory {
  /** The folder is there, and is not its user's alone. */
  public static final class Untrusted extends IOException {
    private static final long serialVersionUID = 1;

    Untrusted(String message) {
      super(message);
    }
  }

  private static final Set<PosixFilePermission> PRIVATE =
      PosixFilePermissions.fromString("rwx------");

  private final Path path;
  private final int owner;

  private RuntimeDirectory(Path path, int owner) {
    this.path = path;
    this.owner = owner;
  }

  /**
   * Where an instance that starts now has its socket: {@code $JHOT_RUNTIME_DIR}, else {@code
   * $XDG_RUNTIME_DIR/jhot}, else {@code /run/jhot} for root, else {@code /tmp/jhot-<uid>}. Nothing
   * is made yet.
   *
   * @param environment the variables
   * @return the folder
   */
  public static RuntimeDirectory locate(Map<String, String> environment) {
    return candidates(environment).getFirst();
  }

  /**
   * Where an instance of this user may have its socket: what {@link #locate} chooses depends on the
   * variables, which a shell of su, cron or a service has otherwise than the one of the login.
   *
   * @param environment the variables
   * @return the folders, {@link #locate}'s first; {@code $JHOT_RUNTIME_DIR} alone where it is set
   */
  public static List<RuntimeDirectory> candidates(Map<String, String> environment) {
    int uid = Own.uid();
    String session = environment.getOrDefault("XDG_RUNTIME_DIR", "");
    List<Path> paths = new ArrayList<>();
    if (!session.isEmpty()) {
      paths.add(path("XDG_RUNTIME_DIR", session).resolve("jhot"));
    }
    return of(environment, uid, paths);
  }

  /**
   * The same for another user, whose variables are not known.
   *
   * @param environment the caller's variables, of which only {@code JHOT_RUNTIME_DIR} counts
   * @param uid the user
   */
  public static List<RuntimeDirectory> candidatesOf(Map<String, String> environment, int uid) {
    return of(environment, uid, new ArrayList<>());
  }

  private static List<RuntimeDirectory> of(
      Map<String, String> environment, int uid, List<Path> paths) {
    String explicit = environment.getOrDefault("JHOT_RUNTIME_DIR", "");
    if (!explicit.isEmpty()) {
      return List.of(new RuntimeDirectory(path("JHOT_RUNTIME_DIR", explicit), uid));
    }
    String number = Integer.toUnsignedString(uid);
    paths.add(Path.of(uid == 0 ? "/run/jhot" : "/tmp/jhot-" + number));
    Path session = Path.of("/run/user/" + number + "/jhot"); // as pam_systemd(8) has it
    if (!paths.contains(session)) {
      paths.add(session);
    }
    List<RuntimeDirectory> candidates = new ArrayList<>(paths.size());
    for (Path path : paths) {
      candidates.add(new RuntimeDirectory(path, uid));
    }
    return candidates;
  }

  private static Path path(String variable, String text) {
    try {
      return Path.of(text);
    } catch (InvalidPathException e) {
      throw new UncheckedIOException(
          new IOException(
              variable
                  + " is "
                  + text
                  + ", which this locale has no characters for: set LC_ALL=C.UTF-8",
              e));
    }
  }

  /** The folder's path. */
  public Path path() {
    return path;
  }

  /**
   * Where the control socket of an instance is.
   *
   * @param name the instance's name
   */
  public Path socket(String name) {
    return path.resolve(name + ".sock");
  }

  /** Whose folder it must be. */
  public int owner() {
    return owner;
  }

  /** Whether there is anything at the path. */
  public boolean exists() {
    return Files.exists(path, LinkOption.NOFOLLOW_LINKS);
  }

  /**
   * Makes the folder, if there is none, and checks it.
   *
   * @throws IOException when it cannot be made or is not ours alone
   */
  public void prepare() throws IOException {
    try {
      Files.createDirectory(path, PosixFilePermissions.asFileAttribute(PRIVATE));
      return;
    } catch (FileAlreadyExistsException e) {
      check();
    }
  }

  /**
   * Checks that the folder is its user's alone.
   *
   * @throws IOException when it is not, or does not exist
   */
  public void check() throws IOException {
    Map<String, Object> facts =
        Files.readAttributes(path, "unix:uid,mode", LinkOption.NOFOLLOW_LINKS);
    int mode = (Integer) Objects.requireNonNull(facts.get("mode"));
    int uid = (Integer) Objects.requireNonNull(facts.get("uid"));
    boolean directory = (mode & 0170000) == 0040000;
    if (!directory) {
      throw new Untrusted(path + " is no directory: remove it, or set JHOT_RUNTIME_DIR");
    }
    if (uid != owner) {
      String expected = owner == Own.uid() ? "us" : "user " + Integer.toUnsignedString(owner);
      throw new Untrusted(
          path
              + " belongs to user "
              + Integer.toUnsignedString(uid)
              + ", not to "
              + expected
              + ": set JHOT_RUNTIME_DIR, or as root give --user to ask that user's instance");
    }
    if ((mode & 077) != 0) {
      throw new Untrusted(path + " is open to other users: chmod 700 " + path);
    }
  }

  /**
   * The names of the instances whose sockets are there, running or left behind.
   *
   * @return in no order; none without the folder
   * @throws IOException when the folder cannot be read
   */
  public List<String> names() throws IOException {
    List<String> names = new ArrayList<>();
    try (DirectoryStream<Path> sockets = Files.newDirectoryStream(path, "*.sock")) {
      for (Path socket : sockets) {
        String file = socket.getFileName().toString();
        names.add(file.substring(0, file.length() - ".sock".length()));
      }
    }
    return names;
  }
}
