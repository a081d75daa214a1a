package io.jhot.runtime.child;

import io.jhot.config.ConfigException;
import java.util.List;

/** Where the command comes from. Asked before each generation, since it may be in a file. */
public interface CommandSource {
  /**
   * The command as it is now.
   *
   * @return the program and its arguments
   * @throws ConfigException when the file it stands in cannot be used
   */
  List<String> command() throws ConfigException;
}
