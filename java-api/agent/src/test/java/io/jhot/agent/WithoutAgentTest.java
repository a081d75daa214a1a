package io.jhot.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jhot.agent.fixtures.AgentJars;
import io.jhot.agent.fixtures.AppProcess;
import io.jhot.agent.fixtures.Client;
import io.jhot.agent.fixtures.Jdk;
import io.jhot.agent.fixtures.LeftBehind;
import io.jhot.agent.fixtures.OtherAgent;
import io.jhot.agent.fixtures.WithApps;
import io.jhot.protocol.Message;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A part of the agent that cannot be had takes away what depends on it, and nothing else. */
@ExtendWith(LeftBehind.class)
class WithoutAgentTest extends WithApps {
  private static Path spoiling;

  @BeforeAll
  static void makeOther() throws IOException {
    spoiling = OtherAgent.jar(folder, "Spoiling");
  }

  /** The other agent is there first, so that it has its say in what this one does. */
  private static AppProcess.Plan beside(Jdk jdk, String spoiled) {
    return plan(jdk).environment("JDK_JAVA_OPTIONS", "-javaagent:" + spoiling + "=" + spoiled);
  }

  private static void answers(AppProcess app, int port) throws IOException {
    app.awaitOutput("listening");
    assertEquals("" + app.pid(), Client.get(new InetSocketAddress("127.0.0.1", port), "/pid"));
  }

  @ParameterizedTest
  @MethodSource("all")
  void whereTheSocketClassesCannotBePatchedTheRestOfTheAgentWorks(Jdk jdk) throws Exception {
    int port = freePort();
    try (AppProcess app =
        beside(jdk, "sun/nio/ch/Net").start("apps.Server", "http", "::", "" + port)) {
      Message.Trouble trouble = app.hear(Message.Trouble.class);
      assertTrue(
          trouble.text().contains("sockets of --listen, drain hooks and the API still work"),
          trouble::text);
      assertFalse(app.greet().canExport());
      answers(app, port);
      app.roundTrip();
    }
  }

  @ParameterizedTest
  @MethodSource("exporting")
  void whereOnlyTheLoadingOfLibrariesCannotBeSeenSocketsAreHandedOver(Jdk jdk) throws Exception {
    int port = freePort();
    try (AppProcess app =
        beside(jdk, "java/lang/Runtime").start("apps.Server", "http", "::", "" + port)) {
      Message.Trouble trouble = app.hear(Message.Trouble.class);
      assertTrue(trouble.text().contains("all that the JDK opens still can"), trouble::text);
      assertTrue(app.greet().canExport());
      app.hearOpened().descriptors().getFirst().close();
      answers(app, port);
    }
  }

  private static AppProcess.Plan withoutBindings(Jdk jdk) throws IOException {
    Path lib = Files.createDirectories(folder.resolve("broken"));
    Files.writeString(lib.resolve("jhot-ffm.jar"), "no jar");
    return new AppProcess.Plan(jdk, AgentJars.agent(lib, name -> true), folder);
  }

  @ParameterizedTest
  @MethodSource("exporting")
  void socketsThatCannotBeSentAreFetched(Jdk jdk) throws Exception {
    int port = freePort();
    try (AppProcess app = withoutBindings(jdk).start("apps.Server", "http", "::", "" + port)) {
      assertTrue(app.greet().canExport(), "it finds out only when there is something to send");
      assertFalse(app.hear(Message.Hello.class).canExport());
      app.send(new Message.Fetching());
      app.welcome();
      Message.Trouble trouble = app.hear(Message.Trouble.class);
      assertTrue(trouble.text().contains("which fetches them instead"), trouble::text);
      app.hear(Message.OpenedAt.class);
      answers(app, port);
    }
  }

  @ParameterizedTest
  @MethodSource("exporting")
  void socketsThatCanNeitherBeSentNorFetchedAreSaid(Jdk jdk) throws Exception {
    int port = freePort();
    try (AppProcess app = withoutBindings(jdk).start("apps.Server", "http", "::", "" + port)) {
      app.greet();
      assertFalse(app.hear(Message.Hello.class).canExport());
      app.welcome();
      Message.Trouble trouble = app.hear(Message.Trouble.class);
      assertTrue(trouble.text().contains("sockets of --listen still change hands"), trouble::text);
      trouble = app.hear(Message.Trouble.class);
      assertTrue(trouble.text().contains("start jhot with --listen tcp://[::]:" + port));
      app.hear(new Message.NotShared());
      answers(app, port);
    }
  }
}
