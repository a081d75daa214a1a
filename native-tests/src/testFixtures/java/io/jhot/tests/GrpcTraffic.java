package io.jhot.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** gRPC's own client in a process of its own, with its retries off. */
final class GrpcTraffic implements Scenario.Traffic {
  private static final Pattern RESULT =
      Pattern.compile("requests=([0-9]+) failed=([0-9]+) generations=([0-9]+)");

  private final Running client;

  private GrpcTraffic(Running client) {
    this.client = client;
  }

  static GrpcTraffic begin(Sandbox box, String host, int port) {
    String target = Server.module("grpc").resolve("target").toString();
    Running client =
        box.start(
            Sandbox.java(),
            "-cp",
            target + "/app.jar:" + target + "/lib/*",
            "com.example.servers.GrpcLoad",
            host,
            Integer.toString(port),
            "40");
    client.out().await("calling");
    return new GrpcTraffic(client);
  }

  @Override
  public int endWithoutFailure(int generations) {
    client.type("end\n");
    Finished end = client.finish().good();
    Matcher result = RESULT.matcher(end.out());
    assertEquals(true, result.find(), end::toString);
    assertEquals("0", result.group(2), end::toString);
    assertEquals(Integer.toString(generations), result.group(3), end::toString);
    return Integer.parseInt(result.group(1));
  }
}
