package io.jhot.agent.api;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jhot.agent.fixtures.AppProcess;
import io.jhot.agent.fixtures.Jdk;
import io.jhot.agent.fixtures.LeftBehind;
import io.jhot.agent.fixtures.WithApps;
import io.jhot.ffm.Fd;
import io.jhot.ffm.MemoryFile;
import io.jhot.protocol.Message;
import io.jhot.protocol.Message.Cargo;
import io.jhot.protocol.Message.Subject;
import io.jhot.protocol.WireReader;
import io.jhot.protocol.WireWriter;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** State and connections, with a jhot that the test plays, in fair and in bad weather. */
@ExtendWith(LeftBehind.class)
class TransfersTest extends WithApps {

  private static AppProcess.Plan successor(Jdk jdk) {
    return plan(jdk).environment("JHOT_PREDECESSOR", "1").staged();
  }

  private static Cargo description(int version, long size, int checksum) {
    return new Cargo(new WireWriter().i32(version).i64(size).i32(checksum).toByteArray());
  }

  private static int checksum(byte[] content) {
    CRC32C sum = new CRC32C();
    sum.update(content);
    return (int) sum.getValue();
  }

  private static Fd file(byte[] content, boolean sealed) throws IOException {
    Fd file = Fd.owned(MemoryFile.create("test"));
    try (RandomAccessFile out = new RandomAccessFile("/proc/self/fd/" + file.number(), "rw")) {
      out.write(content);
    }
    if (sealed) {
      MemoryFile.seal(file.number());
    }
    return file;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** Lets an app ask for state and answers so; returns what it made of it. */
  private static void inherits(
      Jdk jdk, byte[] content, boolean sealed, Cargo description, String outcome, String trouble)
      throws Exception {
    try (AppProcess app = successor(jdk).start("apps.Talkative", "inherit:it")) {
      app.greet();
      Message.Ask ask = app.hear(Message.Ask.class);
      assertEquals(Subject.STATE, ask.subject());
      assertEquals("it", ask.name());
      try (Fd file = file(content, sealed)) {
        app.send(new Message.Answered(ask.request(), 1, true, "", description), file);
      }
      if (!trouble.isEmpty()) {
        String text = app.hear(Message.Trouble.class).text();
        assertTrue(text.contains(trouble), text);
      }
      app.awaitOutput(outcome);
    }
  }

  @ParameterizedTest
  @MethodSource("exporting")
  void stateArrives(Jdk jdk) throws Exception {
    byte[] content = bytes("some state");
    inherits(jdk, content, true, description(1, 10, checksum(content)), "state of 10 bytes", "");
  }

  @Test
  void corruptStateIsNoneAndSaysWhy() throws Exception {
    Jdk jdk = Jdk.exporting().getLast();
    byte[] content = bytes("some state");
    int sum = checksum(content);
    inherits(jdk, content, true, description(1, 10, sum + 1), "none", "its checksum is another");
    inherits(jdk, content, true, description(1, 11, sum), "none", "it has 10 bytes and not 11");
    inherits(jdk, content, false, description(1, 10, sum), "none", "it can still be changed");
    inherits(jdk, content, true, new Cargo(new byte[3]), "none", "cut off");
  }

  @Test
  void stateThatNobodyHasIsNone() throws Exception {
    try (AppProcess app =
        successor(Jdk.exporting().getLast()).start("apps.Talkative", "inherit:it")) {
      app.greet();
      Message.Ask ask = app.hear(Message.Ask.class);
      app.send(new Message.Answered(ask.request(), 0, false, "nobody", Cargo.NONE));
      app.awaitOutput("none");
    }
  }

  @ParameterizedTest
  @MethodSource("notExporting")
  void anOlderJavaSaysWhatItNeedsAndInheritsNothing(Jdk jdk) throws Exception {
    try (AppProcess app = successor(jdk).start("apps.Talkative", "inherit:it", "generation")) {
      app.greet();
      String text = app.hear(Message.Trouble.class).text();
      assertTrue(text.contains("Java 22"), text);
      app.awaitOutput("none");
      app.awaitOutput("Generation[number=2, start=RELOAD, predecessor=OptionalInt[1]]");
    }
  }

  @Test
  void offeredStateIsWrittenSealedAndDescribed() throws Exception {
    try (AppProcess app =
        successor(Jdk.exporting().getLast()).start("apps.Talkative", "offer:it", "ready")) {
      app.greet();
      app.hear(new Message.Ready());
      app.send(new Message.Asked(5, 3, Subject.STATE, "it", Cargo.NONE));
      AppProcess.Heard heard = app.hear();
      Message.Answer answer = (Message.Answer) heard.message();
      assertTrue(answer.done() && answer.request() == 5, answer::toString);
      WireReader cargo = new WireReader(answer.cargo().bytes(), 0, answer.cargo().bytes().length);
      assertEquals(7, cargo.i32());
      assertEquals(3, cargo.i64());
      assertEquals(checksum(bytes("abc")), cargo.i32());
      try (Fd file = heard.descriptors().getFirst();
          RandomAccessFile in = new RandomAccessFile("/proc/self/fd/" + file.number(), "r")) {
        assertTrue(MemoryFile.isSealed(file.number()));
        byte[] content = new byte[3];
        in.readFully(content);
        assertArrayEquals(bytes("abc"), content);
      }

      app.send(new Message.Asked(6, 3, Subject.STATE, "other", Cargo.NONE));
      assertFalse(app.hear(Message.Answer.class).done());
    }
  }

  /** Lets an app give a connection away, hears that, and answers so. */
  private static void gives(boolean done, String outcome, String echoed) throws Exception {
    int port = freePort();
    try (AppProcess app =
        successor(Jdk.exporting().getLast()).start("apps.Talkative", "give:it:" + port)) {
      app.greet();
      app.hearOpened().descriptors().getFirst().close();
      app.awaitOutput("listening");
      try (Socket client = new Socket()) {
        client.connect(new InetSocketAddress("127.0.0.1", port));
        client.setSoTimeout(30_000);
        AppProcess.Heard heard = app.hear();
        Message.Ask ask = (Message.Ask) heard.message();
        assertEquals(Subject.CONNECTION, ask.subject());
        assertArrayEquals(bytes("hi"), ask.cargo().bytes());
        Fd connection = heard.descriptors().getFirst();
        if (!done) {
          connection.close(); // the successor died with it
        }
        String reason = done ? "" : "generation 3 ended before it answered";
        app.send(new Message.Answered(ask.request(), 3, done, reason, Cargo.NONE));
        if (!done) {
          app.hear(Message.Trouble.class);
        }
        app.awaitOutput(outcome);
        client.getOutputStream().write(bytes("more\n"));
        if (done) {
          // still open for the client: nothing of the old generation's close has reached it
          client.setSoTimeout(200);
          assertEquals(echoed, readOrNothing(client));
          connection.close();
          client.setSoTimeout(30_000);
        } else {
          assertEquals(echoed, new String(client.getInputStream().readNBytes(5)));
        }
      }
    }
  }

  private static String readOrNothing(Socket client) throws IOException {
    try {
      return "read " + client.getInputStream().read();
    } catch (java.net.SocketTimeoutException e) {
      return "";
    }
  }

  @Test
  void connectionThatTheSuccessorTookIsClosedHereWithoutAWordToTheClient() throws Exception {
    gives(true, "given, open here: false", "");
  }

  @Test
  void connectionStaysWithTheOldGenerationWhenTheSuccessorDiesOverIt() throws Exception {
    gives(false, "kept", "more\n");
  }

  /** A connected pair of TCP sockets: the client's, and the server's as a descriptor. */
  private static Fd accepted(Socket client) throws IOException {
    Fd listener = io.jhot.ffm.Sockets.listen(new InetSocketAddress("127.0.0.1", 0), 5);
    try (listener) {
      client.connect(
          new InetSocketAddress("127.0.0.1", io.jhot.ffm.SocketDescription.of(listener).port()));
      return io.jhot.ffm.Sockets.accept(listener);
    }
  }

  @Test
  void connectionIsTakenOverWithWhatWasReadAndWhatWasNot() throws Exception {
    try (AppProcess app =
            successor(Jdk.exporting().getLast()).start("apps.Talkative", "take:it", "ready");
        Socket client = new Socket()) {
      app.greet();
      app.hear(new Message.Ready());
      try (Fd connection = accepted(client)) {
        client.setSoTimeout(30_000);
        client.getOutputStream().write(bytes(" in the socket"));
        app.send(
            new Message.Asked(4, 1, Subject.CONNECTION, "it", new Cargo(bytes("read"))),
            connection);
        app.hear(new Message.Answer(4, true, "", Cargo.NONE));
      }
      assertEquals("read in the socket", new String(client.getInputStream().readNBytes(18)));
    }
  }

  @Test
  void connectionWhoseHandlerFailsIsClosedAndTheLogSaysSo() throws Exception {
    try (AppProcess app =
            successor(Jdk.exporting().getLast()).start("apps.Talkative", "take:it", "ready");
        Socket client = new Socket()) {
      app.greet();
      app.hear(new Message.Ready());
      try (Fd connection = accepted(client)) {
        client.setSoTimeout(30_000);
        app.send(
            new Message.Asked(4, 1, Subject.CONNECTION, "it", new Cargo(bytes("!"))), connection);
        app.hear(new Message.Answer(4, true, "", Cargo.NONE));
        String text = app.hear(Message.Trouble.class).text();
        assertTrue(text.contains("it does not like this one"), text);
      }
      assertEquals(-1, client.getInputStream().read(), "the client is told");
    }
  }

  @Test
  void connectionThatNobodyHandlesIsRefusedForNow() throws Exception {
    try (AppProcess app =
            successor(Jdk.exporting().getLast()).start("apps.Talkative", "take:other", "ready");
        Socket client = new Socket()) {
      app.greet();
      app.hear(new Message.Ready());
      try (Fd connection = accepted(client)) {
        app.send(new Message.Asked(4, 1, Subject.CONNECTION, "it", Cargo.NONE), connection);
      }
      Message.Answer answer = app.hear(Message.Answer.class);
      assertFalse(answer.done());
      assertTrue(answer.reason().startsWith("not yet: "), answer::reason);
    }
  }
}
