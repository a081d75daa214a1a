package io.jhot.netty;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jhot.agent.ApiDoor;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2GoAwayFrame;
import io.netty.util.ReferenceCountUtil;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Real connections of a real Netty. */
class DrainTest {
  private static final String GET = "GET / HTTP/1.1\r\nHost: here\r\n\r\n";

  private final EventLoopGroup threads =
      new MultiThreadIoEventLoopGroup(2, NioIoHandler.newFactory());

  @AfterEach
  void end() throws InterruptedException {
    ApiDoor.draining(false);
    threads.shutdownGracefully(0, 60, TimeUnit.SECONDS).sync();
  }

  private Channel serve(ChannelInitializer<Channel> initializer) throws InterruptedException {
    return new ServerBootstrap()
        .group(threads)
        .channel(NioServerSocketChannel.class)
        .childHandler(initializer)
        .bind(InetAddress.getLoopbackAddress(), 0)
        .sync()
        .channel();
  }

  private static int port(Channel server) {
    return ((InetSocketAddress) server.localAddress()).getPort();
  }

  /** Keeps requests until the test lets it answer one. */
  private static final class Answering extends SimpleChannelInboundHandler<Object> {
    final LinkedBlockingQueue<Runnable> answers = new LinkedBlockingQueue<>();

    @Override
    protected void channelRead0(ChannelHandlerContext context, Object message) {
      if (message instanceof HttpRequest) {
        answers.add(
            () -> {
              FullHttpResponse response =
                  new DefaultFullHttpResponse(
                      HttpVersion.HTTP_1_1, HttpResponseStatus.OK, Unpooled.EMPTY_BUFFER);
              response.headers().set(HttpHeaderNames.CONTENT_LENGTH, 0);
              context.writeAndFlush(response);
            });
      }
    }

    void answer() throws InterruptedException {
      answers.poll(60, TimeUnit.SECONDS).run();
    }
  }

  @Test
  void http1ConnectionEndsWithTheLastResponseThatItOwes() throws Exception {
    Answering app = new Answering();
    Channel server =
        serve(
            new ChannelInitializer<>() {
              @Override
              protected void initChannel(Channel channel) {
                channel.pipeline().addLast(new HttpServerCodec(), new DrainHandler(), app);
              }
            });
    try (Socket client = new Socket(InetAddress.getLoopbackAddress(), port(server))) {
      client.setSoTimeout(60_000);
      client.getOutputStream().write((GET + GET).getBytes(StandardCharsets.US_ASCII));
      while (app.answers.size() < 2) {
        Thread.onSpinWait();
      }
      assertEquals(2, ApiDoor.inFlight());
      ApiDoor.draining(true);

      app.answer();
      assertFalse(head(client).contains("close"), "one more is owed");
      app.answer();
      assertTrue(head(client).contains("connection: close"));

      assertEquals(-1, client.getInputStream().read());
      assertEquals(0, ApiDoor.inFlight());
    }
  }

  @Test
  void requestsOfAClientThatLeavesAreNotInFlightForEver() throws Exception {
    Answering app = new Answering();
    Channel server =
        serve(
            new ChannelInitializer<>() {
              @Override
              protected void initChannel(Channel channel) {
                channel.pipeline().addLast(new HttpServerCodec(), new DrainHandler(), app);
              }
            });
    try (Socket client = new Socket(InetAddress.getLoopbackAddress(), port(server))) {
      client.getOutputStream().write(GET.getBytes(StandardCharsets.US_ASCII));
      while (app.answers.isEmpty()) {
        Thread.onSpinWait();
      }
      assertEquals(1, ApiDoor.inFlight());
    }
    long deadline = System.nanoTime() + 60_000_000_000L;
    while (ApiDoor.inFlight() != 0) {
      assertTrue(System.nanoTime() < deadline, "it is still counted");
      Thread.onSpinWait();
    }
  }

  private static String head(Socket client) throws Exception {
    InputStream in = client.getInputStream();
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int next = in.read();
      assertTrue(next >= 0, () -> "it ended after " + head);
      head.append((char) next);
    }
    return head.toString().toLowerCase();
  }

  @Test
  void http2ClientIsToldByGoAwayAndTheConnectionEnds() throws Exception {
    CompletableFuture<Void> accepted = new CompletableFuture<>();
    CompletableFuture<Void> goAway = new CompletableFuture<>();
    try (Http2Drain drain = new Http2Drain("http2")) {
      Channel server =
          serve(
              new ChannelInitializer<>() {
                @Override
                protected void initChannel(Channel channel) {
                  channel.pipeline().addLast(Http2FrameCodecBuilder.forServer().build(), drain);
                  accepted.complete(null);
                }
              });
      Channel client =
          new Bootstrap()
              .group(threads)
              .channel(NioSocketChannel.class)
              .handler(
                  new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                      channel
                          .pipeline()
                          .addLast(
                              Http2FrameCodecBuilder.forClient().build(),
                              new ChannelInboundHandlerAdapter() {
                                @Override
                                public void channelRead(ChannelHandlerContext c, Object frame) {
                                  if (frame instanceof Http2GoAwayFrame) {
                                    goAway.complete(null);
                                  }
                                  ReferenceCountUtil.release(frame);
                                }
                              });
                    }
                  })
              .connect(server.localAddress())
              .sync()
              .channel();
      accepted.get(60, TimeUnit.SECONDS);

      ApiDoor.drain();

      goAway.get(60, TimeUnit.SECONDS);
      assertTrue(client.closeFuture().await(60, TimeUnit.SECONDS));
      assertTrue(ApiDoor.SAID.contains("hook-ended http2"), ApiDoor.SAID::toString);
    }
  }
}
