package io.jhot.netty;

import io.jhot.api.DrainHook;
import io.jhot.api.Jhot;
import io.jhot.api.Registration;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.GlobalEventExecutor;

/**
 * For HTTP/2 servers: when this generation drains, each connection is told so by GOAWAY, and ends
 * with the last of its streams. One for a server, added to each connection's own pipeline behind
 * its Http2FrameCodec (or any other Http2ConnectionHandler, whose graceful close this is).
 */
@ChannelHandler.Sharable
public final class Http2Drain extends ChannelInboundHandlerAdapter implements AutoCloseable {
  private final ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
  private final Registration registration;

  /**
   * Registers one hook for all connections; it does not wait for them, for jhot does.
   *
   * @param name what the log calls it
   */
  public Http2Drain(String name) {
    registration =
        Jhot.onDrain(
            name,
            DrainHook.STOP_INTAKE,
            context -> {
              connections.close();
              return null;
            });
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    connections.add(context.channel()); // leaves by itself when it is closed
  }

  /** Takes the hook back, when the server ends by itself. */
  @Override
  public void close() {
    registration.close();
  }
}
