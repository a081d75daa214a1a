package io.jhot.ffm;

import io.jhot.ffm.gen.Abi;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A path of any bytes ({@link OsText}) for the JDK's functions, which know only the characters that
 * the locale has: in the POSIX locale that is ASCII. A path with other characters is opened here
 * and reached through that descriptor, so it is valid as long as this object is open.
 *
 * <p>What is opened must exist. So a new file may be in a directory of any name, but its own name
 * must consist of the locale's characters.
 */
public final class OsPath implements AutoCloseable {
  /** Of Linux, on all machines but Alpha, PA-RISC and SPARC; in no header that jextract reads. */
  private static final int O_PATH = 0x200000;

  private final Path path;

  /** Null if the path needs none. */
  private final @Nullable Fd through;

  private OsPath(Path path, @Nullable Fd through) {
    this.path = path;
    this.through = through;
  }

  /**
   * Makes a path usable.
   *
   * @param text the path; a relative one starts at this process's working directory
   * @throws ErrnoException ENOENT, EACCES, ...: what has to be opened cannot be
   */
  public static OsPath open(String text) throws IOException {
    try {
      return new OsPath(Path.of(text), null);
    } catch (InvalidPathException e) {
      if (text.indexOf('\0') >= 0) {
        throw new IOException("a path with a NUL in it", e);
      }
    }
    int end = text.length();
    for (int slash = text.lastIndexOf('/'); slash > 0; slash = text.lastIndexOf('/', slash - 1)) {
      try {
        var _ = Path.of(text.substring(slash + 1)); // only to see whether the locale has it
      } catch (InvalidPathException e) {
        break;
      }
      end = slash;
    }
    Fd through = open(text, text.substring(0, end));
    String rest = end == text.length() ? "" : text.substring(end);
    return new OsPath(Path.of("/proc/self/fd/" + through.number() + rest), through);
  }

  private static Fd open(String text, String prefix) throws ErrnoException {
    byte[] name = OsText.bytes(prefix);
    try (Frame frame = Frame.of(Frame.room(name.length + 1))) {
      int result = Libc.open(frame, frame.address(frame.reserveText(name)), O_PATH | Abi.O_CLOEXEC);
      if (result < 0) {
        throw ErrnoException.of("find " + text, "open", result);
      }
      return Fd.owned(result);
    }
  }

  /** The path, valid until this is closed. */
  public Path path() {
    return path;
  }

  @Override
  public void close() {
    if (through != null) {
      through.close();
    }
  }
}
