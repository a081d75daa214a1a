package io.jhot.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jhot.agent.fixtures.AgentJars;
import io.jhot.agent.fixtures.AppProcess;
import io.jhot.agent.fixtures.Client;
import io.jhot.agent.fixtures.Eventually;
import io.jhot.agent.fixtures.Jdk;
import io.jhot.agent.fixtures.LeftBehind;
import io.jhot.agent.fixtures.OtherAgent;
import io.jhot.agent.fixtures.WithApps;
import io.jhot.ffm.Fd;
import io.jhot.ffm.Signal;
import io.jhot.ffm.Sockets;
import io.jhot.protocol.Message;
import io.jhot.protocol.Wire;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The agent and its channel, in fair and in bad weather. */
@ExtendWith(LeftBehind.class)
class ControlTest extends WithApps {
  private static final int KILLED = 137;

  /** jhot's copy goes with jhot. */
  private static void closeCopy(Fd socket) {
    socket.close();
  }

  @ParameterizedTest
  @MethodSource("all")
  void helloSaysWhoItIs(Jdk jdk) throws Exception {
    try (AppProcess app = plan(jdk).start("apps.Trivial")) {
      Message.Hello hello = app.greet();
      assertEquals(Wire.VERSION, hello.protocol());
      assertEquals(app.pid(), hello.pid());
      assertTrue(hello.java().startsWith("" + jdk.version()), hello::java);
      assertEquals(jdk.version() >= 22, hello.canExport());
      assertEquals("test", hello.agent());
      assertEquals(0, app.await().code());
      assertEquals("ok\n", app.out());
      assertEquals("", app.err(), "no warning of the JVM's either");
    }
  }

  @ParameterizedTest
  @MethodSource("exporting")
  void linkingNativeCodeWarnsOfNothing(Jdk jdk) throws Exception {
    try (AppProcess app =
        plan(jdk)
            .option("-Xcheck:jni")
            .option("-XX:+IgnoreUnrecognizedVMOptions")
            .option("--illegal-native-access=deny")
            .start("apps.Server", "http", "::", "" + freePort())) {
      app.greet();
      app.hearOpened().descriptors().getFirst().close();
      app.awaitOutput("listening");
      app.roundTrip();
      assertEquals("", app.err());
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void theAppEndsWhenJhotIsGone(Jdk jdk) throws Exception {
    int port = freePort();
    try (Fd socket = Sockets.listen(new InetSocketAddress("::", port), 50);
        AppProcess app =
            plan(jdk).lend(1, socket, "tcp://test").start("apps.Server", "http", "::", "" + port)) {
      app.greet();
      app.hear(new Message.Taken(1));
      app.loseJhot();
      assertEquals(KILLED, app.await().code());
      assertEquals(1, app.err().lines().count(), app::complaint);
      assertTrue(app.err().startsWith("jhot: "), app::complaint);
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void theAppEndsWhenJhotIsGoneBeforeItAnswers(Jdk jdk) throws Exception {
    try (AppProcess app = plan(jdk).start("apps.Server", "http", "::", "" + freePort())) {
      app.hear(Message.Hello.class);
      app.loseJhot();
      assertEquals(KILLED, app.await().code());
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void theAppLivesOnWithoutJhotIfItWasToldTo(Jdk jdk) throws Exception {
    int port = freePort();
    try (Fd socket = Sockets.listen(new InetSocketAddress("::", port), 50);
        AppProcess app =
            plan(jdk)
                .keepOnLoss()
                .lend(1, socket, "tcp://test")
                .start("apps.Server", "selector-after", "::", "" + port)) {
      app.greet();
      app.hear(new Message.Taken(1));
      app.loseJhot();
      Eventually.holds(() -> app.err().contains("lives on"), app::complaint);
      assertEquals("" + app.pid(), Client.get(at(port), "/pid"));
      closeCopy(socket);
      assertEquals("reopened", Client.get(at(port), "/reopen"), "closing waits for nobody");
      assertEquals("" + app.pid(), Client.get(at(port), "/pid"));
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void garbageOnTheChannelIsReportedOnceAndTheAppGoesOn(Jdk jdk) throws Exception {
    int port = freePort();
    try (Fd socket = Sockets.listen(new InetSocketAddress("::", port), 50);
        AppProcess app =
            plan(jdk)
                .staged()
                .lend(1, socket, "tcp://test")
                .start("apps.Server", "http", "::", "" + port)) {
      app.greet();
      app.hear(new Message.Taken(1));
      app.sendBytes(AppProcess.bytes("GET / HTTP/1.1\r\n\r\n"));
      app.sendBytes(new byte[] {0x4A, 0x48, 1});
      app.sendBytes(new byte[] {0x4A, 0x48, 1, 1, 0});
      app.send(new Message.Trouble("not for you"));
      String line = app.hear(Message.Trouble.class).text();
      assertTrue(line.contains("invalid message"), line);
      app.goLive();
      assertEquals("" + app.pid(), Client.get(at(port), "/pid"));
      assertEquals("", app.err());
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void aMessageOfANewerJhotIsIgnored(Jdk jdk) throws Exception {
    try (AppProcess app = plan(jdk).start("apps.Server", "http", "::", "0")) {
      app.greet();
      app.sendBytes(new byte[] {0x4A, 0x48, 2, (byte) 250, 1, 2, 3});
      assertTrue(app.hear(Message.Trouble.class).text().contains("250"));
      app.roundTrip();
    }
  }

  @Test
  void aJhotThatDoesNotAnswerDoesNotHoldTheAppUpForEver() throws Exception {
    try (AppProcess app = plan(all().getFirst()).start("apps.Trivial")) {
      app.hear(Message.Hello.class);
      assertEquals(0, app.await().code());
      assertEquals("ok\n", app.out());
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void oneJvmAfterTheOtherUsesTheChannel(Jdk jdk) throws Exception {
    int port = freePort();
    String java = "";
    for (int i = 1; i <= jdk.java().size(); i++) {
      java += "\"$" + i + "\" ";
    }
    try (Fd socket = Sockets.listen(new InetSocketAddress("::", port), 50);
        AppProcess app =
            new AppProcess.Plan(jdk, null, folder)
                .lend(1, socket, "tcp://test")
                .environment("JDK_JAVA_OPTIONS", "-javaagent:\"" + jars.agent() + "\"")
                .script(java + "-version; \"$@\"; exit 7")
                .start("apps.Server", "http", "::", "" + port)) {
      Message.Hello first = app.greet();
      Message.Hello second = app.greet();
      assertNotEquals(first.pid(), second.pid());
      app.hear(new Message.Taken(1));
      app.awaitOutput("listening");
      assertEquals("" + second.pid(), Client.get(at(port), "/pid"));
      app.loseJhot();
      assertEquals(7, app.await().code(), "the script goes on when its JVM is gone");
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void whatIsNoChannelIsLeftAlone(Jdk jdk) throws Exception {
    for (String number : List.of("99", "0", "4", "", "x", "-1")) {
      try (AppProcess app =
          plan(jdk).environment("JHOT_CONTROL_FD", number).start("apps.Trivial")) {
        assertEquals(0, app.await().code(), number);
        assertEquals("ok\n", app.out(), number);
        assertEquals("", app.err(), number);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void aChannelThatIsAnotherOneIsLeftAlone(Jdk jdk) throws Exception {
    try (AppProcess app =
        plan(jdk).environment("JHOT_CONTROL_SOCKET", "socket:[1]").start("apps.Trivial")) {
      assertEquals(0, app.await().code());
      assertEquals("ok\n", app.out());
      assertEquals("", app.err());
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void whoBindsBeforeJhotHasAnsweredWaitsForIt(Jdk jdk) throws Exception {
    int port = freePort();
    try (Fd socket = Sockets.listen(new InetSocketAddress("::", port), 50);
        AppProcess app =
            plan(jdk).lend(1, socket, "tcp://test").start("apps.Server", "http", "::", "" + port)) {
      app.hear(Message.Hello.class);
      Eventually.holds(
          () -> {
            app.signal(Signal.QUIT); // a thread dump
            return app.out().contains("Handshake.await");
          },
          app::complaint);
      app.welcome();
      app.hear(new Message.Taken(1));
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void theOriginalOutputIsPutBack(Jdk jdk) throws Exception {
    int port = freePort();
    try (Fd socket = Sockets.listen(new InetSocketAddress("::", port), 50);
        AppProcess app =
            plan(jdk)
                .pipesOutput()
                .staged()
                .lend(1, socket, "tcp://test")
                .start("apps.Talking", "" + port)) {
      app.greet();
      app.hear(new Message.Taken(1));
      Eventually.holds(() -> app.piped().equals("before\n"), () -> "nothing was written");
      app.roundTrip();
      app.goLive();
      new Client(at(port)).close();
      app.awaitOutput("after");
      assertEquals("before\n", app.piped());
      app.roundTrip(); // a second time does no harm
    }
  }

  @ParameterizedTest
  @MethodSource("notExporting")
  void aJavaThatCannotExportNamesTheListenToUse(Jdk jdk) throws Exception {
    int port = freePort();
    try (AppProcess app = plan(jdk).start("apps.Server", "http", "::", "" + port)) {
      assertFalse(app.greet().canExport());
      String line = app.hear(Message.Trouble.class).text();
      assertTrue(line.contains("--listen tcp://[::]:" + port), line);
      app.hear(new Message.NotShared());
      assertTrue(line.contains("Java " + jdk.version()), line);
      assertEquals("" + app.pid(), Client.get(at(port), "/pid"));
      app.park(false, 0);
      assertEquals("" + app.pid(), Client.get(at(port), "/pid"), "nobody else could accept");
      app.park(true, 1);
    }
  }

  @ParameterizedTest
  @MethodSource("exporting")
  void anAgentWithoutItsBindingsNamesTheListenToUse(Jdk jdk) throws Exception {
    int port = freePort();
    Path alone = Files.createDirectories(folder.resolve("alone"));
    AgentJars agent = AgentJars.agent(alone, name -> true);
    try (AppProcess app =
        new AppProcess.Plan(jdk, agent, folder).start("apps.Server", "http", "::", "" + port)) {
      assertFalse(app.greet().canExport());
      String line = app.hear(Message.Trouble.class).text();
      assertTrue(line.contains("--listen tcp://[::]:" + port), line);
      app.hear(new Message.NotShared());
      assertEquals("" + app.pid(), Client.get(at(port), "/pid"));
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void anAgentThatCannotWorkSaysSoOnceAndTheAppRuns(Jdk jdk) throws Exception {
    Path broken = Files.createDirectories(folder.resolve("broken"));
    AgentJars agent = AgentJars.agent(broken, name -> !name.endsWith("JhotFields$Place.class"));
    try (AppProcess app = new AppProcess.Plan(jdk, agent, folder).start("apps.Trivial")) {
      assertEquals(0, app.await().code());
      assertEquals("ok\n", app.out());
      assertEquals(1, app.err().lines().count(), app::complaint);
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void anotherAgentThatTransformsTheSameClassesLaterDoesNotUndoTheAgent(Jdk jdk) throws Exception {
    int port = freePort();
    try (Fd socket = Sockets.listen(new InetSocketAddress("::", port), 50);
        AppProcess app =
            plan(jdk)
                .option("-javaagent:" + OtherAgent.jar(folder))
                .lend(1, socket, "tcp://test")
                .start("apps.Server", "platform", "::", "" + port)) {
      app.greet();
      app.hear(new Message.Taken(1));
      app.awaitOutput("listening");
      assertTrue(app.out().contains("retransformed"), app.out());
      app.park(false, 1);
    }
  }
}
