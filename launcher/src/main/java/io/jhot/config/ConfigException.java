package io.jhot.config;

import java.util.Objects;

/** A value that the operator wrote cannot be used; the message is one line and says why. */
public final class ConfigException extends Exception {
  private static final long serialVersionUID = 1;

  /**
   * @param message one line: which option, which value, what it should look like
   */
  public ConfigException(String message) {
    super(message);
  }

  /** Never null. */
  @Override
  public String getMessage() {
    return Objects.requireNonNull(super.getMessage());
  }
}
