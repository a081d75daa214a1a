package io.jhot.agent.drain;

import java.nio.channels.SelectionKey;
import org.jspecify.annotations.Nullable;

/**
 * Reads, from a server's own objects, what is under way on its connections. It is asked repeatedly
 * while a generation drains, and never before: nothing is recorded while requests are served.
 *
 * <p>To know another server, write one of these and put it into {@link AppConnections#READERS}. It
 * keeps nothing between two looks, and is called by one thread of the agent, while the server's own
 * threads go on: what it reads may be a moment old. jhot ends a connection only when it is at rest
 * here and its bytes have been quiet for a while.
 */
interface ServerReader {
  /**
   * Looks at an object by which a server may be known. Such objects are what a thread runs, with
   * what that wraps, and what is attached to a key of a selector.
   *
   * @param root that object
   * @param key the key that it is attached to; null for what a thread runs
   * @param found takes what is under way on each connection that can be reached from it
   * @return whether the object is one of this server's; other readers are asked if it is not
   * @throws ReflectiveOperationException if the server is not as the reader knows it; its
   *     connections are judged by their bytes then, and the log says so
   */
  boolean read(Object root, @Nullable SelectionKey key, Found found)
      throws ReflectiveOperationException;
}
