package com.example.servers;

import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Calls, open loop, until its standard input ends: {@code GrpcLoad HOST PORT RATE}. Each call goes
 * out once; four channels are kept and every tenth call has a channel of its own. Prints one line,
 * {@code requests=N failed=N generations=N}, and what failed.
 */
public final class GrpcLoad {
  private final InetSocketAddress address;
  private final AtomicInteger sent = new AtomicInteger();
  private final AtomicInteger failed = new AtomicInteger();
  private final Map<String, Boolean> pids = new ConcurrentHashMap<>();

  private GrpcLoad(InetSocketAddress address) {
    this.address = address;
  }

  public static void main(String[] args) throws IOException, InterruptedException {
    new GrpcLoad(new InetSocketAddress(args[0], Integer.parseInt(args[1])))
        .run(Integer.parseInt(args[2]));
  }

  private void run(int rate) throws IOException, InterruptedException {
    ManagedChannel[] kept = {channel(), channel(), channel(), channel()};
    long start = System.nanoTime();
    System.out.println("calling");
    ExecutorService threads = Executors.newCachedThreadPool();
    for (int i = 0; System.in.available() == 0; i++) {
      int index = i;
      long due = start + index * 1_000_000_000L / rate;
      for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
        LockSupport.parkNanos(left);
      }
      threads.execute(() -> call(kept[index % kept.length], index));
    }
    threads.shutdown();
    threads.awaitTermination(1, TimeUnit.MINUTES);
    for (ManagedChannel channel : kept) {
      channel.shutdownNow();
    }
    System.out.printf(
        "requests=%d failed=%d generations=%d%n", sent.get(), failed.get(), pids.size());
  }

  /** Without the retries that gRPC does by itself, so that nothing is smoothed over. */
  private ManagedChannel channel() {
    return NettyChannelBuilder.forAddress(address).usePlaintext().disableRetry().build();
  }

  private void call(ManagedChannel kept, int index) {
    boolean own = index % 10 == 0;
    ManagedChannel channel = own ? channel() : kept;
    String target = index % 7 == 0 ? "/slow?ms=300" : index % 2 == 0 ? "/ping" : "/pid";
    sent.incrementAndGet();
    try {
      String answer =
          ClientCalls.blockingUnaryCall(channel, Asking.METHOD, CallOptions.DEFAULT, target);
      if (target.equals("/pid")) {
        pids.put(answer, true);
      }
    } catch (StatusRuntimeException e) {
      failed.incrementAndGet();
      System.out.println("failed: " + target + ": " + e.getStatus());
    } finally {
      if (own) {
        channel.shutdown();
      }
    }
  }
}
