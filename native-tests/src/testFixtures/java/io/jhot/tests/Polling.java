package io.jhot.tests;

import java.io.IOException;

/** One GET after the other, each on a connection of its own, as a monitoring system sends them. */
final class Polling extends SerialClient {
  private static final long PAUSE_NANOS = 20_000_000;

  private final int port;
  private final String target;

  private Polling(int port, String target) {
    super("polling");
    this.port = port;
    this.target = target;
  }

  static SerialClient begin(int port, String target) {
    return new Polling(port, target).begin();
  }

  @Override
  void run() {
    while (!isOver()) {
      asks();
      try {
        Http.get(port, target);
      } catch (IOException e) {
        failed(e);
      }
      pause(PAUSE_NANOS);
    }
  }
}
