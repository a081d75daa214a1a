package io.jhot.agent;

import sun.nio.ch.JhotHook.Server;

/**
 * Lets servers say by their own means that a connection ends, where the socket cannot be written
 * into: under TLS, and where a native transport writes past the JDK. Called while this generation
 * drains, by the thread that answers.
 */
final class ServerAnswers {
  private static final int FIRST_FINAL_STATUS = 200;

  private ServerAnswers() {}

  /**
   * Makes the answer that is about to be written the last one on its connection.
   *
   * @throws ReflectiveOperationException if the server is not as the agent knows it
   */
  static void close(Server server, Object answer) throws ReflectiveOperationException {
    switch (server) {
      case NETTY -> closeNetty(answer);
    }
  }

  /** {@code response.headers().set("connection", "close")}, unless HTTP goes on after it. */
  private static void closeNetty(Object response) throws ReflectiveOperationException {
    int status = (int) AppObjects.call(AppObjects.call(response, "status"), "code");
    if (status < FIRST_FINAL_STATUS) { // an interim answer; 101 ends HTTP on this connection
      return;
    }
    Object headers = AppObjects.call(response, "headers");
    Class<?>[] types = {String.class, Object.class};
    AppObjects.call(headers, "set", types, "connection", "close");
  }
}
