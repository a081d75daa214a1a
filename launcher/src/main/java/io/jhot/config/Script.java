package io.jhot.config;

import io.jhot.ffm.OsPath;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;

/** Programs that an interpreter reads: files that begin with {@code #!} (man 2 execve). */
public final class Script {
  private Script() {}

  /**
   * Whether a program is one.
   *
   * @param program the path of an executable file
   * @return false also where it cannot be read: then no interpreter could read it either
   */
  public static boolean is(String program) {
    try (OsPath path = OsPath.open(program);
        InputStream in = new FileInputStream(path.path().toString())) {
      return in.read() == '#' && in.read() == '!';
    } catch (IOException e) {
      return false;
    }
  }
}
