package com.example.servers;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.EpollEventLoopGroup;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.incubator.channel.uring.IOUringEventLoopGroup;
import io.netty.incubator.channel.uring.IOUringServerSocketChannel;
import java.util.function.IntFunction;

/** The transports of Netty 4.1, each with a group of its own. */
record Transport(
    Class<? extends ServerChannel> channel, IntFunction<? extends EventLoopGroup> groups) {
  static Transport of(String name) {
    return switch (name) {
      case "nio" -> new Transport(NioServerSocketChannel.class, NioEventLoopGroup::new);
      case "epoll" -> new Transport(EpollServerSocketChannel.class, EpollEventLoopGroup::new);
      case "io_uring" ->
          new Transport(IOUringServerSocketChannel.class, IOUringEventLoopGroup::new);
      default -> throw new IllegalArgumentException("no such transport: " + name);
    };
  }

  EventLoopGroup group(int threads) {
    return groups.apply(threads);
  }
}
