package io.jhot.agent.drain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.FileDescriptor;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.IntSupplier;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sun.nio.ch.JhotDrain;

class AnswersTest {
  private static final int UNAVAILABLE = -2;
  private static final int INTERRUPTED = -3;

  private boolean hasInput;
  private boolean settled = true;
  private final Pipelines pipelines = new Pipelines(() -> settled);
  private final Answers answers =
      new Answers(socket -> true, socket -> hasInput, pipelines, Assertions::fail);
  private final FileDescriptor connection = new FileDescriptor();

  /** What the peer has got so far. */
  private final ByteArrayOutputStream wire = new ByteArrayOutputStream();

  /** How many bytes the next write(2) takes; negative: its status. Everything by default. */
  private IntSupplier kernel = () -> Integer.MAX_VALUE;

  /** One write of the app, over an array. */
  private class Bytes implements JhotDrain.Outgoing {
    private final byte[] bytes;

    Bytes(byte[] bytes) {
      this.bytes = bytes;
    }

    @Override
    public long size() {
      return bytes.length;
    }

    @Override
    public int peek(byte[] into) {
      int count = Math.min(into.length, bytes.length);
      System.arraycopy(bytes, 0, into, 0, count);
      return count;
    }

    @Override
    public int write(byte[] from, int at, int count) throws IOException {
      int taken = Math.min(kernel.getAsInt(), count);
      if (taken > 0) {
        wire.write(from, at, taken);
      }
      return taken;
    }

    @Override
    public long writeFrom(long from) throws IOException {
      return write(bytes, (int) from, bytes.length - (int) from);
    }
  }

  private long write(String text) throws IOException {
    return answers.write(connection, new Bytes(bytes(text)));
  }

  /** As an app does it: again with what was not taken, until all is. */
  private void writeAll(byte[] bytes) throws IOException {
    int at = 0;
    int idle = 0;
    while (at < bytes.length) {
      long done = answers.write(connection, new Bytes(Arrays.copyOfRange(bytes, at, bytes.length)));
      assertTrue(done >= INTERRUPTED && done <= bytes.length - at, "counts its bytes: " + done);
      if (done > 0) {
        at += (int) done;
        idle = 0;
      } else {
        idle++;
        assertTrue(idle < 1000, "no progress");
      }
    }
  }

  private void writeAll(String... texts) throws IOException {
    for (String text : texts) {
      writeAll(bytes(text));
    }
  }

  private String wire() {
    return wire.toString(StandardCharsets.ISO_8859_1);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  @Test
  void aPlainAnswerGetsConnectionClose() throws Exception {
    String answer = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\npong";
    assertEquals(answer.length(), write(answer), "the app sees the count of its own bytes");
    assertEquals("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 4\r\n\r\npong", wire());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 204 No Content\r\n\r\n",
        "HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\n\r\n",
        "HTTP/1.1 500 \r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        "HTTP/1.1 404 Not Found\r\nX-Connection: keep-alive\r\n\r\n",
        "HTTP/1.1 426 Upgrade Required\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"
      })
  void everyFinalAnswerGetsConnectionCloseAfterItsStatusLine(String answer) throws Exception {
    writeAll(answer);
    int line = answer.indexOf("\r\n") + 2;
    assertEquals(
        answer.substring(0, line) + "Connection: close\r\n" + answer.substring(line), wire());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n",
        "HTTP/1.1 200 OK\r\nconnection:CLOSE\r\n\r\n",
        "HTTP/1.1 200 OK\r\nConnection: foo, close\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
        "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi",
        "HTTP/1.0 200 OK\r\nConnection: close\r\n\r\n",
        "HTTP/1.1 200 OK", // how it goes on cannot be known
        "HTTP/1.1 2",
        "HTTP/2 200\r\n\r\n",
        "HTTP/1.1 200 OK\n\nbare line feeds",
        "HTTP/1.1 099 Odd\r\n\r\n",
        "HTTP/1.1  200 OK\r\n\r\n",
        "HTTP/1.1 20x OK\r\n\r\n",
        "http/1.1 200 OK\r\n\r\n",
        "HTTP/1.1 2000 OK\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        "",
        "x"
      })
  void whatNeedsNoChangeOrIsNoAnswerPassesAsItIs(String text) throws Exception {
    assertEquals(text.length(), write(text));
    assertEquals(text, wire());
  }

  @Test
  void keepAliveBecomesCloseWhereItStands() throws Exception {
    writeAll("HTTP/1.1 200 OK\r\nA: b\r\nConnection: keep-alive\r\nKeep-Alive: timeout=5\r\n\r\nx");
    assertEquals(
        "HTTP/1.1 200 OK\r\nA: b\r\nConnection: close\r\nKeep-Alive: timeout=5\r\n\r\nx", wire());
  }

  @Test
  void otherConnectionOptionsStay() throws Exception {
    writeAll("HTTP/1.1 200 OK\r\nCONNECTION:\tfoo ,Keep-Alive, bar \r\n\r\n");
    assertEquals("HTTP/1.1 200 OK\r\nCONNECTION:\tfoo ,close, bar \r\n\r\n", wire());
  }

  @Test
  void anOldAnswerThatPersistsIsToldToClose() throws Exception {
    writeAll("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nhi");
    assertEquals("HTTP/1.0 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi", wire());
  }

  @Test
  void anInterimAnswerIsPassedOver() throws Exception {
    writeAll("HTTP/1.1 100 Continue\r\n\r\n");
    assertEquals("HTTP/1.1 100 Continue\r\n\r\n", wire());
    writeAll("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\n\r\n");
    assertEquals(
        "HTTP/1.1 100 Continue\r\n\r\n"
            + "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
            + "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n",
        wire());
  }

  @Test
  void aBodyThatLooksLikeAnAnswerIsNotTouched() throws Exception {
    String body = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    writeAll("HTTP/1.1 200 OK\r\nContent-Type: message/http\r\n\r\n", body, body);
    assertEquals(
        "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: message/http\r\n\r\n" + body + body,
        wire());
  }

  @Test
  void aBodyWithinTheSameWriteIsNotTouched() throws Exception {
    String body = "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\n\r\n";
    writeAll("HTTP/1.1 200 OK\r\nContent-Length: 43\r\n\r\n" + body);
    assertEquals(
        "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 43\r\n\r\n" + body, wire());
  }

  @Test
  void chunksAfterTheHeadPassAsTheyAre() throws Exception {
    String chunk = "17\r\nHTTP/1.1 200 OK\r\n\r\nabcd\r\n";
    writeAll("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", chunk, "0\r\n\r\n");
    assertEquals(
        "HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
            + chunk
            + "0\r\n\r\n",
        wire());
  }

  @Test
  void theRestOfABodyFromBeforeTheDrainPassesAndTheNextAnswerIsChanged() throws Exception {
    writeAll("...the rest of a body", "and more", "HTTP/1.1 200 OK\r\n\r\n");
    assertEquals(
        "...the rest of a bodyand moreHTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", wire());
  }

  @Test
  void aHeadWrittenLineByLineIsChangedAfterItsStatusLine() throws Exception {
    writeAll("HTTP/1.1 200 OK\r\n", "Content-Length: 2\r\n", "\r\n", "hi");
    assertEquals("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi", wire());
  }

  @Test
  void aHeadCutWithinAHeaderIsChangedOnce() throws Exception {
    writeAll("HTTP/1.1 200 OK\r\nContent-Len", "gth: 2\r\n\r\nhi");
    assertEquals("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi", wire());
  }

  @Test
  void aConnectionThatTheAppMadeItselfIsNotTouched() throws Exception {
    Answers client = new Answers(socket -> false, socket -> false, pipelines, Assertions::fail);
    String upload = "HTTP/1.1 200 OK\r\n\r\n";
    client.write(connection, new Bytes(bytes(upload)));
    assertEquals(upload, wire());
  }

  @Test
  void anAnswerThatCannotBeLookedAtPassesAsItIs() throws Exception {
    IllegalStateException cause = new IllegalStateException("a bug");
    List<Throwable> told = new ArrayList<>();
    Answers broken =
        new Answers(
            socket -> {
              throw cause;
            },
            socket -> false,
            pipelines,
            told::add);
    String answer = "HTTP/1.1 200 OK\r\n\r\n";
    assertEquals(answer.length(), broken.write(connection, new Bytes(bytes(answer))));
    assertEquals(answer, wire());
    assertEquals(List.of(cause), told);
  }

  private void read(String text) {
    pipelines.received(connection, bytes(text), text.length(), text.length());
  }

  private static final String GET = "GET /a HTTP/1.1\r\nHost: a\r\n\r\n";
  private static final String ANSWER = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
  private static final String LAST =
      "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok";

  @ParameterizedTest
  @ValueSource(
      strings = {
        GET + GET,
        "POST /a HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc" + GET,
        GET + "GET /b HT",
      })
  void onlyTheLastOfPipelinedRequestsIsToldClose(String requests) throws Exception {
    read(requests);
    writeAll(ANSWER);
    assertEquals(ANSWER, wire(), "the other one waits");
    writeAll(ANSWER);
    assertEquals(ANSWER + LAST, wire());
  }

  @Test
  void requestsThatComeInPiecesAreCountedOnce() throws Exception {
    read("POST /a HTTP/1.1\r\nContent-Le");
    read("ngth: 20\r\n\r\n0123456789");
    read("GET /a HTTP" + GET); // the last nine bytes of the content, and one that looks like a head
    writeAll(ANSWER);
    writeAll(ANSWER);
    assertEquals(1, wire().split("close", -1).length - 1, wire());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        ANSWER,
        "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n",
        "HTTP/1.1 204 No Content\r\n\r\n",
        "HTTP/1.1 103 Early Hints\r\n\r\n" + ANSWER,
      })
  void ofAnswersInOneWriteTheLastIsToldClose(String first) throws Exception {
    read(GET + GET);
    writeAll(first + ANSWER);
    assertEquals(first + LAST, wire());
  }

  @Test
  void whereOneMoreIsToComeAnswersInOneWritePassTogether() throws Exception {
    read(GET + GET + GET);
    writeAll(ANSWER + ANSWER);
    assertEquals(ANSWER + ANSWER, wire());
    writeAll(ANSWER);
    assertEquals(ANSWER + ANSWER + LAST, wire());
  }

  @Test
  void whatTheKernelStillHoldsIsAnotherRequest() throws Exception {
    read(GET);
    hasInput = true;
    writeAll(ANSWER);
    assertEquals(ANSWER, wire());
    hasInput = false;
    read(GET);
    writeAll(ANSWER);
    assertEquals(ANSWER + LAST, wire());
  }

  @Test
  void whatWasReadBeforeTheDrainPassesUntilItHasSettled() throws Exception {
    settled = false;
    writeAll(ANSWER);
    assertEquals(ANSWER, wire(), "there may be another request that was read with it");
    settled = true;
    writeAll(ANSWER);
    assertEquals(ANSWER + LAST, wire());
  }

  @Test
  void aMiscountDoesNotKeepAConnectionForEver() throws Exception {
    hasInput = true;
    for (int i = 0; i < 100 && !wire().contains("close"); i++) {
      read(GET);
      writeAll(ANSWER);
    }
    assertTrue(wire().endsWith(LAST), wire());
  }

  @Test
  void connectionsAreToldApart() throws Exception {
    String answer = "HTTP/1.1 200 OK\r\n\r\n";
    writeAll(answer);
    answers.write(new FileDescriptor(), new Bytes(bytes(answer)));
    String changed = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n";
    assertEquals(changed + changed, wire());
  }

  @Test
  void aHeadBeyondWhatIsLookedAtIsStillWrittenWhole() throws Exception {
    String long1 = "X: " + "y".repeat(40_000) + "\r\n";
    writeAll("HTTP/1.1 200 OK\r\n" + long1 + "\r\n" + "z".repeat(100_000));
    assertEquals(
        "HTTP/1.1 200 OK\r\nConnection: close\r\n" + long1 + "\r\n" + "z".repeat(100_000), wire());
  }

  @Test
  void aStatusIsPassedOnAndTheSameWriteAgainIsChanged() throws Exception {
    String answer = "HTTP/1.1 200 OK\r\n\r\n";
    for (int status : new int[] {UNAVAILABLE, INTERRUPTED, UNAVAILABLE}) {
      kernel = () -> status;
      assertEquals(status, write(answer));
    }
    assertEquals("", wire());
    kernel = () -> Integer.MAX_VALUE;
    assertEquals(answer.length(), write(answer));
    assertEquals("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", wire());
  }

  @Test
  void anErrorReachesTheAppUnlessBytesWereWrittenBefore() throws Exception {
    Bytes broken =
        new Bytes(bytes("HTTP/1.1 200 OK\r\n\r\n")) {
          @Override
          public int write(byte[] from, int at, int count) throws IOException {
            throw new IOException("Broken pipe");
          }
        };
    assertThrows(IOException.class, () -> answers.write(connection, broken));
  }

  @Test
  void whileTheChangeIsOnlyPartlyWrittenTheAppIsNotToldThatAllIs() throws Exception {
    String answer = "HTTP/1.1 200 OK\r\n\r\n";
    int statusLine = "HTTP/1.1 200 OK\r\n".length();
    kernel = () -> statusLine + 5;
    assertEquals(statusLine, write(answer), "up to the change");
    kernel = () -> 3;
    assertEquals(UNAVAILABLE, write("\r\n"), "nothing of the app's yet");
    kernel = () -> UNAVAILABLE;
    assertEquals(UNAVAILABLE, write("\r\n"));
    kernel = () -> Integer.MAX_VALUE;
    assertEquals(2, write("\r\n"));
    assertEquals("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", wire());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\npong",
        "HTTP/1.1 200 OK\r\nA: b\r\nConnection: x, keep-alive\r\nContent-Length: 4\r\n\r\npong",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\npong",
        "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 4\r\n\r\npong",
        "no answer at all, just bytes"
      })
  void howeverTheKernelCutsItTheSameBytesArrive(String answer) throws Exception {
    writeAll(answer);
    String whole = wire();
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int round = 0; round < 2000; round++) {
      Answers fresh = new Answers(socket -> true, socket -> false, pipelines, Assertions::fail);
      wire.reset();
      int most = 1 + random.nextInt(40);
      kernel =
          () -> {
            int kind = random.nextInt(6);
            return kind == 0 ? UNAVAILABLE : kind == 1 ? INTERRUPTED : 1 + random.nextInt(most);
          };
      byte[] bytes = bytes(answer);
      int at = 0;
      for (int tries = 0; at < bytes.length; tries++) {
        assertTrue(tries < 100_000, "no progress, seed " + seed);
        byte[] rest = Arrays.copyOfRange(bytes, at, bytes.length);
        at += (int) Math.max(0, fresh.write(connection, new Bytes(rest)));
      }
      assertEquals(whole, wire(), "seed " + seed + ", round " + round);
    }
  }
}
