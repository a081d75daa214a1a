package com.example.servers;

import com.example.surface.Surface;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.TimeUnit;

/** The surface on Netty: {@code NettyApp nio|epoll|io_uring HOST PORT}. */
public final class NettyApp {
  private NettyApp() {}

  public static void main(String[] args) throws Exception {
    Transport transport = Transport.of(args[0]);
    EventLoopGroup acceptor = transport.group(1);
    EventLoopGroup workers = transport.group(2);
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(acceptor, workers)
            .channel(transport.channel())
            .option(ChannelOption.SO_BACKLOG, 1024)
            .childHandler(new Pipeline());
    Channel[] listener = {bind(bootstrap, args)};
    Surface.restartBy(
        () -> {
          listener[0].close().sync();
          listener[0] = bind(bootstrap, args);
          return null;
        });
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  acceptor.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
                  workers.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
                }));
  }

  private static Channel bind(ServerBootstrap bootstrap, String[] args)
      throws InterruptedException {
    Channel channel = bootstrap.bind(Surface.address(args[1], args[2])).sync().channel();
    Surface.listensOn(channel.localAddress());
    return channel;
  }

  private static final class Pipeline extends ChannelInitializer<SocketChannel> {
    @Override
    protected void initChannel(SocketChannel channel) {
      channel
          .pipeline()
          .addLast(new HttpServerCodec(), new HttpObjectAggregator(1 << 20), new Answers());
    }
  }

  /** Answers in the order of the requests, which may be pipelined. */
  private static final class Answers extends SimpleChannelInboundHandler<FullHttpRequest> {
    private record Asked(String target, String content, boolean keepAlive) {}

    private final Queue<Asked> asked = new ArrayDeque<>();

    @Override
    protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
      asked.add(
          new Asked(
              request.uri(),
              request.content().toString(StandardCharsets.ISO_8859_1),
              HttpUtil.isKeepAlive(request)));
      if (asked.size() == 1) {
        next(context);
      }
    }

    private void next(ChannelHandlerContext context) {
      Asked head = asked.peek();
      if (head != null) {
        long delay = Surface.delay(head.target);
        if (delay == 0) {
          answer(context);
        } else {
          context.executor().schedule(() -> answer(context), delay, TimeUnit.MILLISECONDS);
        }
      }
    }

    private void answer(ChannelHandlerContext context) {
      Asked head = asked.remove();
      Surface.Answer answer = Surface.answer(head.target, head.content);
      FullHttpResponse response =
          new DefaultFullHttpResponse(
              HttpVersion.HTTP_1_1,
              HttpResponseStatus.valueOf(answer.status()),
              Unpooled.copiedBuffer(answer.body(), StandardCharsets.ISO_8859_1));
      response.headers().set(HttpHeaderNames.CONTENT_LENGTH, response.content().readableBytes());
      if (head.keepAlive) {
        context.writeAndFlush(response);
        next(context);
      } else {
        response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        context.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      System.err.println("a connection ended early: " + cause);
      context.close();
    }
  }
}
