package io.jhot.config;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/**
 * Why a file could not be used, in words. The JDK's exceptions often say it by their class only,
 * and their message may be the path alone.
 */
public final class FileFailure {
  private FileFailure() {}

  /**
   * The words.
   *
   * @param e any I/O error
   * @return such as {@code /run/app.pid: permission denied}; never the name of a Java class
   */
  public static String words(IOException e) {
    if (!(e instanceof FileSystemException failure)) {
      return e.getMessage() == null ? "an I/O error" : e.getMessage();
    }
    String reason =
        switch (failure) {
          case AccessDeniedException denied -> "permission denied";
          case NoSuchFileException missing -> "no such file or directory";
          case FileAlreadyExistsException there -> "it exists already";
          case NotDirectoryException file -> "not a directory";
          default ->
              failure.getReason() == null ? "the file system refuses" : lower(failure.getReason());
        };
    return failure.getFile() == null ? reason : failure.getFile() + ": " + reason;
  }

  private static String lower(String text) {
    return Character.toLowerCase(text.charAt(0)) + text.substring(1);
  }
}
