package io.jhot.agent.channel;

import java.io.IOException;
import java.nio.file.FileSystemException;

/** Why something failed, for an operator who does not know Java's classes. */
public final class Failure {
  private Failure() {}

  /**
   * The words.
   *
   * @param failure of the agent's own work, not of the app's code
   * @return one clause without the name of an exception's class
   */
  public static String words(Throwable failure) {
    String message = failure.getMessage();
    if (failure instanceof FileSystemException) {
      return "a file cannot be used: " + message;
    }
    if (failure instanceof IOException && message != null) {
      return message; // the kernel's own words
    }
    if (failure instanceof NoSuchMethodException || failure instanceof NoSuchMethodError) {
      return "there is no method " + message;
    }
    if (failure instanceof NoSuchFieldException || failure instanceof NoSuchFieldError) {
      return "there is no field " + message;
    }
    if (failure instanceof ClassNotFoundException || failure instanceof NoClassDefFoundError) {
      return "there is no class " + message;
    }
    if (failure instanceof OutOfMemoryError) {
      return "there is no memory left (" + message + ")";
    }
    return message == null ? "it failed without saying why" : message;
  }
}
