package com.example.servers;

import com.example.surface.Surface;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;

/**
 * The surface on gRPC's shaded Netty, one method that takes a target: {@code GrpcApp HOST PORT}.
 */
public final class GrpcApp {
  private GrpcApp() {}

  public static void main(String[] args) throws Exception {
    InetSocketAddress address = Surface.address(args[0], args[1]);
    Server server =
        NettyServerBuilder.forAddress(address)
            .addService(
                ServerServiceDefinition.builder(Asking.SERVICE)
                    .addMethod(Asking.METHOD, ServerCalls.asyncUnaryCall(GrpcApp::answer))
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

  private static void answer(String target, StreamObserver<String> answers) {
    answers.onNext(Surface.answerInTime(target, "").body());
    answers.onCompleted();
  }
}
