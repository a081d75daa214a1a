package io.jhot.cli;

import io.jhot.ffm.OsPath;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The app's working directory: {@code --cwd}, or jhot's own. */
final class WorkingDirectory {
  private WorkingDirectory() {}

  /**
   * The directory as a path that every new generation can be started in.
   *
   * @param given {@code --cwd}, or empty; a relative one is made absolute, because the child
   *     changes to it before it looks for its program
   * @param shell {@code $PWD}, or null
   * @return an absolute path, or empty for wherever jhot itself is
   */
  static String of(String given, @Nullable String shell) {
    if (given.startsWith("/")) {
      return given;
    }
    String own = own(shell);
    if (given.isEmpty()) {
      return own;
    }
    return (own.isEmpty() ? System.getProperty("user.dir") : own) + "/" + given;
  }

  /**
   * jhot's own directory by the path that the shell went. A link in that path may lead to another
   * release at the next reload; the kernel's path has no links left.
   *
   * @return empty where that path leads elsewhere, or where this user cannot go it
   */
  private static String own(@Nullable String shell) {
    if (shell == null || !shell.startsWith("/")) {
      return "";
    }
    try (OsPath path = OsPath.open(shell)) {
      boolean leadsHere =
          Files.isSameFile(path.path(), Path.of("/proc/self/cwd"))
              && Files.isExecutable(path.path());
      return leadsHere ? shell : "";
    } catch (IOException e) {
      return "";
    }
  }
}
