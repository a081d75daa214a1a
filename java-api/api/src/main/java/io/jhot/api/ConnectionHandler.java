package io.jhot.api;

import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/** Takes over connections; see {@link Jhot#onInherited}. */
@FunctionalInterface
public interface ConnectionHandler {
  /**
   * Called on a thread of jhot's for each connection. This generation owns it from now on: if this
   * throws, the connection is closed, and the client sees that.
   *
   * @param connection open, connected and in blocking mode
   * @param unread what the predecessor had read and not handled; the next byte after these is the
   *     first that {@code connection} returns
   * @throws Exception if the connection cannot be used; jhot logs the text
   */
  void inherited(SocketChannel connection, ByteBuffer unread) throws Exception;
}
