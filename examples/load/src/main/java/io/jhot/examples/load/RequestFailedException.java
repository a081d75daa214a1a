package io.jhot.examples.load;

import java.io.IOException;

/** One request failed; what is known is a cause to count and a text for people. */
final class RequestFailedException extends IOException {
  private static final long serialVersionUID = 1L;

  private final FailureCause cause;

  RequestFailedException(FailureCause cause, String text) {
    super(text);
    this.cause = cause;
  }

  RequestFailedException(FailureCause cause, String text, Exception from) {
    super(text, from);
    this.cause = cause;
  }

  FailureCause failureCause() {
    return cause;
  }
}
