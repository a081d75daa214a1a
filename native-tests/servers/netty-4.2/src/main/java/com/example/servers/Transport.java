package com.example.servers;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringServerSocketChannel;
import java.util.function.Supplier;

/** The transports of Netty 4.2: one group, and a handler for each way of input and output. */
record Transport(Class<? extends ServerChannel> channel, Supplier<IoHandlerFactory> handlers) {
  static Transport of(String name) {
    return switch (name) {
      case "nio" -> new Transport(NioServerSocketChannel.class, NioIoHandler::newFactory);
      case "epoll" -> new Transport(EpollServerSocketChannel.class, EpollIoHandler::newFactory);
      case "io_uring" ->
          new Transport(IoUringServerSocketChannel.class, IoUringIoHandler::newFactory);
      default -> throw new IllegalArgumentException("no such transport: " + name);
    };
  }

  EventLoopGroup group(int threads) {
    return new MultiThreadIoEventLoopGroup(threads, handlers.get());
  }
}
