package com.example.servers;

import com.example.surface.Surface;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.LineBasedFrameDecoder;
import io.netty.handler.codec.string.StringDecoder;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/**
 * A protocol that nobody knows: each line comes back, or is a target that is answered in lines.
 * {@code LinesApp HOST PORT [jsse|openssl KEYSTORE]}; OpenSSL is Netty's, the others a thread for
 * each connection.
 */
public final class LinesApp {
  private static final int MAX_LINE = 1 << 20;
  private static final int BACKLOG = 1024;

  private LinesApp() {}

  public static void main(String[] args) throws Exception {
    if (args.length > 2 && args[2].equals("openssl")) {
      onNetty(args);
      return;
    }
    try (ServerSocket listener =
        args.length > 2
            ? Surface.jsse(args[3]).getServerSocketFactory().createServerSocket()
            : new ServerSocket()) {
      listener.bind(Surface.address(args[0], args[1]), BACKLOG);
      Surface.listensOn(listener.getLocalSocketAddress());
      while (true) {
        Socket socket = listener.accept();
        Thread thread = new Thread(() -> serve(socket));
        thread.setDaemon(true);
        thread.start();
      }
    }
  }

  private static void serve(Socket socket) {
    try (socket) {
      BufferedReader lines =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
      OutputStream out = socket.getOutputStream();
      Surface.Sink sink = piece -> out.write(piece.getBytes(StandardCharsets.US_ASCII));
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (Surface.hasPieces(line)) {
          Surface.send(line, sink);
        } else {
          sink.send(line + "\n");
        }
      }
    } catch (IOException e) {
      System.out.println("a connection ended early: " + e);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static void onNetty(String[] args) throws Exception {
    SslContext tls =
        SslContextBuilder.forServer(Surface.keys(args[3])).sslProvider(SslProvider.OPENSSL).build();
    EventLoopGroup group = new MultiThreadIoEventLoopGroup(2, NioIoHandler.newFactory());
    new ServerBootstrap()
        .group(group)
        .channel(NioServerSocketChannel.class)
        .childHandler(
            new ChannelInitializer<SocketChannel>() {
              @Override
              protected void initChannel(SocketChannel channel) {
                channel
                    .pipeline()
                    .addLast(
                        tls.newHandler(channel.alloc()),
                        new LineBasedFrameDecoder(MAX_LINE),
                        new StringDecoder(StandardCharsets.US_ASCII),
                        new Lines());
              }
            })
        .bind(Surface.address(args[0], args[1]))
        .sync();
    Surface.listensOn(args[1]);
  }

  private static final class Lines extends SimpleChannelInboundHandler<String> {
    @Override
    protected void channelRead0(ChannelHandlerContext context, String line) {
      if (Surface.hasPieces(line)) {
        Surface.sendInBackground(line, piece -> write(context, piece).sync(), () -> {});
      } else {
        write(context, line + "\n");
      }
    }

    private static io.netty.channel.ChannelFuture write(ChannelHandlerContext to, String text) {
      return to.writeAndFlush(Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII));
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      System.out.println("a connection ended early: " + cause);
      context.close();
    }
  }
}
