package io.jhot.runtime;

import io.jhot.ffm.Own;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The folder in which running instances have their control sockets, {@code NAME.sock} each. It is
 * ours alone: mode 0700, our own, no symbolic link; whatever is otherwise is refused, because
 * {@code /tmp} lets anybody make a folder of that name first.
 */
public final class RuntimeDirectory {
  private static final Set<PosixFilePermission> PRIVATE =
      PosixFilePermissions.fromString("rwx------");

  private final Path path;

  private RuntimeDirectory(Path path) {
    this.path = path;
  }

  /**
   * Where the folder is: {@code $JHOT_RUNTIME_DIR}, else {@code $XDG_RUNTIME_DIR/jhot}, else {@code
   * /run/jhot} for root, else {@code /tmp/jhot-<uid>}. Nothing is made yet.
   *
   * @param environment the variables
   * @return the folder
   */
  public static RuntimeDirectory locate(Map<String, String> environment) {
    String explicit = environment.get("JHOT_RUNTIME_DIR");
    if (explicit != null && !explicit.isEmpty()) {
      return new RuntimeDirectory(Path.of(explicit));
    }
    String session = environment.get("XDG_RUNTIME_DIR");
    if (session != null && !session.isEmpty()) {
      return new RuntimeDirectory(Path.of(session, "jhot"));
    }
    int uid = Own.uid();
    return new RuntimeDirectory(Path.of(uid == 0 ? "/run/jhot" : "/tmp/jhot-" + uid));
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
   * Checks that the folder is ours alone.
   *
   * @throws IOException when it is not, or does not exist
   */
  public void check() throws IOException {
    Map<String, Object> facts =
        Files.readAttributes(path, "unix:uid,mode", LinkOption.NOFOLLOW_LINKS);
    int mode = (Integer) facts.get("mode");
    boolean directory = (mode & 0170000) == 0040000;
    if (!directory) {
      throw new IOException(path + " is no directory: remove it, or set JHOT_RUNTIME_DIR");
    }
    if ((Integer) facts.get("uid") != Own.uid()) {
      throw new IOException(
          path + " belongs to user " + facts.get("uid") + ", not to us: set JHOT_RUNTIME_DIR");
    }
    if ((mode & 077) != 0) {
      throw new IOException(path + " is open to other users: chmod 700 " + path);
    }
  }

  /**
   * The names of the instances whose sockets are there, running or left behind.
   *
   * @return in no order
   * @throws IOException when the folder cannot be read
   */
  public List<String> names() throws IOException {
    List<String> names = new ArrayList<>();
    if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      return names;
    }
    check();
    try (DirectoryStream<Path> sockets = Files.newDirectoryStream(path, "*.sock")) {
      for (Path socket : sockets) {
        String file = socket.getFileName().toString();
        names.add(file.substring(0, file.length() - ".sock".length()));
      }
    }
    return names;
  }
}
