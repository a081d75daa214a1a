package com.example.servers;

import com.example.surface.Surface;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContextBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslProvider;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;

/**
 * The surface on gRPC's shaded Netty, one method that takes a target, and one that talks in
 * messages: {@code GrpcApp HOST PORT [jsse|openssl KEYSTORE]}.
 */
public final class GrpcApp {
  private GrpcApp() {}

  public static void main(String[] args) throws Exception {
    InetSocketAddress address = Surface.address(args[0], args[1]);
    NettyServerBuilder builder = NettyServerBuilder.forAddress(address);
    if (args.length > 2) {
      SslProvider provider = args[2].equals("jsse") ? SslProvider.JDK : SslProvider.OPENSSL;
      builder.sslContext(
          GrpcSslContexts.configure(SslContextBuilder.forServer(Surface.keys(args[3])), provider)
              .build());
    }
    Server server =
        builder
            .addService(
                ServerServiceDefinition.builder(Asking.SERVICE)
                    .addMethod(Asking.METHOD, ServerCalls.asyncUnaryCall(GrpcApp::answer))
                    .addMethod(Asking.TALK, ServerCalls.asyncBidiStreamingCall(GrpcApp::talk))
                    .build())
            .build()
            .start();
    Surface.listensOn(server.getListenSockets());
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  server.shutdown();
                  try {
                    server.awaitTermination(5, TimeUnit.SECONDS);
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                  }
                }));
    server.awaitTermination();
  }

  /** Each message is a target, or comes back; the call ends with its client's. */
  private static StreamObserver<String> talk(StreamObserver<String> answers) {
    ServerCallStreamObserver<String> calls = (ServerCallStreamObserver<String>) answers;
    return new StreamObserver<>() {
      private boolean talks;

      @Override
      public void onNext(String target) {
        if (Surface.hasPieces(target)) {
          talks = true;
          Surface.sendInBackground(
              target,
              piece -> {
                while (!calls.isReady()) {
                  Surface.sleep(10);
                }
                answers.onNext(piece);
              },
              answers::onCompleted);
        } else {
          answers.onNext(target);
        }
      }

      @Override
      public void onError(Throwable cause) {
        System.out.println("a client has gone: " + cause);
      }

      @Override
      public void onCompleted() {
        if (!talks) {
          answers.onCompleted();
        }
      }
    };
  }

  private static void answer(String target, StreamObserver<String> answers) {
    answers.onNext(Surface.answerInTime(target, "").body());
    answers.onCompleted();
  }
}
