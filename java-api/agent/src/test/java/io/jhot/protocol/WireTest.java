package io.jhot.protocol;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.jhot.protocol.Message.Closed;
import io.jhot.protocol.Message.GoLive;
import io.jhot.protocol.Message.Hello;
import io.jhot.protocol.Message.Inherited;
import io.jhot.protocol.Message.Live;
import io.jhot.protocol.Message.Opened;
import io.jhot.protocol.Message.OutputRestored;
import io.jhot.protocol.Message.Park;
import io.jhot.protocol.Message.Parked;
import io.jhot.protocol.Message.Ready;
import io.jhot.protocol.Message.Released;
import io.jhot.protocol.Message.RestoreOutput;
import io.jhot.protocol.Message.Status;
import io.jhot.protocol.Message.Taken;
import io.jhot.protocol.Message.Trouble;
import io.jhot.protocol.Message.Unknown;
import io.jhot.protocol.Message.Welcome;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class WireTest {
  static List<Message> oneOfEach() {
    return List.of(
        new Hello(1, 4_000_000_000L, "25.0.3", true, "0.1.0"),
        new Opened(7),
        new Message.OpenedAt(7, 5),
        new Message.Fetching(),
        new Message.Look(8),
        new Message.Looked(
            8,
            true,
            false,
            List.of(
                new Message.Connection(cargo(192, 0, 2, 7), 65_535, 443, Work.UNANSWERED),
                new Message.Connection(cargo(new int[16]), 4711, 80, Work.AT_REST))),
        new Taken(-1),
        new Closed(Integer.MAX_VALUE),
        new Live(),
        new Parked(3),
        new Ready(),
        new Status("warming up \u2600 \uD83D\uDD25"),
        new Trouble(""),
        new OutputRestored(),
        new Message.NotShared(),
        new Message.Lent(List.of(new Inherited(3, 12, "unix:///run/app"))),
        new Message.Staging(List.of(new Inherited(1, 11, "/127.9.8.7:4711"))),
        new Welcome(
            2,
            5,
            6,
            -1,
            8,
            false,
            true,
            List.of(
                new Inherited(1, 9, "tcp://0.0.0.0:80"), new Inherited(2, 10, "tcp://[::]:81"))),
        new GoLive(),
        new Park(true),
        new Released(Integer.MIN_VALUE, true),
        new RestoreOutput(),
        new Message.ReadyDeclared(),
        new Message.HookEnded("flush", -1000, 12L, "java.io.IOException: disk full"),
        new Message.Drained(2),
        new Message.Ask(3, Message.Subject.STATE, "sessions", Message.Cargo.NONE),
        new Message.Answer(3, false, "no such state", cargo(0, 255)),
        new Message.Drain("RELOAD", 25_000, 4),
        new Message.Asked(5, 1, Message.Subject.CONNECTION, "chat", cargo('h', 'i')),
        new Message.Answered(6, 2, true, "", cargo(7)));
  }

  @Test
  void workThatOnlyANewerPeerKnowsIsHidden() throws ProtocolException {
    List<Message.Connection> one =
        List.of(new Message.Connection(cargo(1, 2, 3, 4), 1, 2, Work.AT_REST));
    byte[] frame = Wire.encode(new Message.Looked(1, false, true, one));
    frame[frame.length - 1] = (byte) Work.values().length;

    Message.Looked read = (Message.Looked) Wire.decode(frame, frame.length);

    assertEquals(Work.HIDDEN, read.connections().get(0).work());
  }

  private static Message.Cargo cargo(int... bytes) {
    byte[] cargo = new byte[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      cargo[i] = (byte) bytes[i];
    }
    return new Message.Cargo(cargo);
  }

  @Test
  void everyMessageButUnknownIsAmongTheExamples() {
    Set<Class<?>> examples = new HashSet<>();
    oneOfEach().forEach(m -> examples.add(m.getClass()));
    examples.add(Unknown.class);
    assertEquals(Set.of(Message.class.getPermittedSubclasses()), examples);
  }

  @ParameterizedTest
  @MethodSource("oneOfEach")
  void aMessageSurvivesItsRoundTrip(Message message) throws Exception {
    byte[] frame = Wire.encode(message);
    assertEquals(message, Wire.decode(frame, frame.length));
  }

  @ParameterizedTest
  @MethodSource("oneOfEach")
  void bytesPastTheLengthAreNotRead(Message message) throws Exception {
    byte[] frame = Wire.encode(message);
    byte[] buffer = Arrays.copyOf(frame, frame.length + 50);
    Arrays.fill(buffer, frame.length, buffer.length, (byte) 0xA5);
    assertEquals(message, Wire.decode(buffer, frame.length));
  }

  @ParameterizedTest
  @MethodSource("oneOfEach")
  void aFrameCutAtAnyByteIsRefused(Message message) {
    byte[] frame = Wire.encode(message);
    for (int length = 0; length < frame.length; length++) {
      int cut = length;
      assertThrows(ProtocolException.class, () -> Wire.decode(frame, cut), "cut at " + cut);
    }
  }

  @ParameterizedTest
  @MethodSource("oneOfEach")
  void aFrameWithAByteTooManyIsRefused(Message message) {
    byte[] frame = Wire.encode(message);
    assertThrows(
        ProtocolException.class,
        () -> Wire.decode(Arrays.copyOf(frame, frame.length + 1), frame.length + 1));
  }

  @ParameterizedTest
  @MethodSource("oneOfEach")
  void fieldsAppendedByAFutureVersionAreIgnored(Message message) throws Exception {
    byte[] frame = Wire.encode(message);
    byte[] future = Arrays.copyOf(frame, frame.length + 9);
    future[2] = Wire.VERSION + 1;
    assertEquals(message, Wire.decode(future, future.length));
  }

  @Test
  void aTypeOfAFutureVersionIsUnknownAndOfOurVersionIsGarbage() throws Exception {
    byte[] frame = {0x4A, 0x48, Wire.VERSION + 1, (byte) 200, 1, 2, 3};
    assertEquals(new Unknown(200), Wire.decode(frame, frame.length));
    frame[2] = Wire.VERSION;
    assertThrows(ProtocolException.class, () -> Wire.decode(frame, frame.length));
    frame[2] = 0;
    assertThrows(ProtocolException.class, () -> Wire.decode(frame, frame.length));
  }

  @Test
  void aFrameStartsWithMagicVersionAndType() {
    assertArrayEquals(
        new byte[] {0x4A, 0x48, Wire.VERSION, 67, 1},
        Wire.encode(new Park(true)),
        "the layout is for ever");
    assertArrayEquals(
        new byte[] {0x4A, 0x48, Wire.VERSION, 8, 0, 2, 'o', 'k'}, Wire.encode(new Status("ok")));
  }

  @Test
  void unknownCannotBeSent() {
    assertThrows(IllegalArgumentException.class, () -> Wire.encode(new Unknown(3)));
  }

  @Test
  void garbageIsRefused() {
    for (byte[] garbage :
        List.of(
            new byte[0],
            new byte[1],
            new byte[4],
            "GET / HTTP/1.1\r\n\r\n".getBytes(),
            new byte[] {0x4A, 0x48, 1, 67, 2} /* a boolean of 2 */,
            new byte[] {0x4A, 0x48, Wire.VERSION, 8, 0, 2, (byte) 0xC3, 0x28} /* not UTF-8 */)) {
      assertThrows(
          ProtocolException.class,
          () -> Wire.decode(garbage, garbage.length),
          () -> Arrays.toString(garbage));
    }
  }

  @Test
  void stringsAreBoundedOnBothSides() throws Exception {
    String longest = "x".repeat(WireWriter.MAX_STRING_BYTES);
    byte[] frame = Wire.encode(state(longest));
    assertEquals(state(longest), Wire.decode(frame, frame.length));
    assertThrows(IllegalArgumentException.class, () -> Wire.encode(state(longest + "x")));
    int tooLong = WireWriter.MAX_STRING_BYTES + 1;
    WireWriter peer = new WireWriter().u16(Wire.MAGIC).u8(1).u8(9).u16(tooLong);
    for (int i = 0; i < tooLong; i++) {
      peer.u8('x');
    }
    byte[] forged = peer.toByteArray();
    ProtocolException refusal =
        assertThrows(ProtocolException.class, () -> Wire.decode(forged, forged.length));
    assertTrue(refusal.getMessage().contains("8193"), refusal::getMessage);
  }

  private static Message state(String name) {
    return new Message.Ask(1, Message.Subject.STATE, name, Message.Cargo.NONE);
  }

  /** The names of state are what it is found by: they are refused, and not cut. */
  @Test
  void everyTextFitsHoweverLongItIs() throws Exception {
    for (int length :
        new int[] {0, 1, Message.MAX_TEXT, Message.MAX_TEXT + 1, 1000 * Message.MAX_TEXT}) {
      String text = "\u20ac".repeat(length);
      for (Message message :
          List.of(
              new Hello(1, 1, text, true, text),
              new Status(text),
              new Trouble(text),
              new Message.HookEnded(text, 0, 0, text),
              new Message.Answer(1, false, text, new Message.Cargo(new byte[Wire.MAX_CARGO])),
              new Message.Answered(1, 1, false, text, new Message.Cargo(new byte[Wire.MAX_CARGO])),
              new Message.Lent(Collections.nCopies(Inherited.MAX, new Inherited(1, 2, text))),
              new Message.Staging(Collections.nCopies(Inherited.MAX, new Inherited(1, 2, text))),
              new Welcome(
                  1,
                  2,
                  3,
                  4,
                  5,
                  true,
                  true,
                  Collections.nCopies(Inherited.MAX, new Inherited(1, 2, text))))) {
        byte[] frame = Wire.encode(message);
        assertEquals(message, Wire.decode(frame, frame.length));
      }
    }
  }

  @Test
  void framesAreBoundedOnBothSides() {
    List<Inherited> many = new ArrayList<>();
    for (int i = 0; i < 2 * Inherited.MAX; i++) {
      many.add(new Inherited(i, i, "x".repeat(8000)));
    }
    assertThrows(
        IllegalArgumentException.class,
        () -> Wire.encode(new Welcome(1, 3, 4, -1, -1, true, false, many)));
    byte[] tooLong = new byte[Wire.MAX_BYTES + 1];
    assertThrows(ProtocolException.class, () -> Wire.decode(tooLong, tooLong.length));
  }

  @Test
  void aListThatPromisesMoreThanItHoldsIsRefused() {
    byte[] frame = Wire.encode(new Welcome(1, 3, 4, -1, -1, true, false, List.of()));
    frame[frame.length - 1] = (byte) 0xFF;
    frame[frame.length - 2] = (byte) 0xFF;
    assertThrows(ProtocolException.class, () -> Wire.decode(frame, frame.length));
  }

  @Test
  void aLengthOutsideTheArrayIsTheCallersBug() {
    assertThrows(IndexOutOfBoundsException.class, () -> Wire.decode(new byte[3], 4));
    assertThrows(IndexOutOfBoundsException.class, () -> Wire.decode(new byte[3], -1));
  }

  @Test
  void randomBytesAreAMessageOrAProtocolException() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    List<Message> examples = oneOfEach();
    int messages = 0;
    for (int i = 0; i < 200_000; i++) {
      byte[] bytes;
      if (i % 2 == 0) { // a good frame with a few bytes changed
        bytes = Wire.encode(examples.get(random.nextInt(examples.size())));
        for (int n = random.nextInt(4); n > 0; n--) {
          bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
        }
      } else { // a good head and noise
        bytes = new byte[random.nextInt(80)];
        random.nextBytes(bytes);
        byte[] head = {0x4A, 0x48, 1, (byte) random.nextInt(75)};
        System.arraycopy(head, 0, bytes, 0, Math.min(random.nextInt(5), bytes.length));
      }
      try {
        assertNotNull(Wire.decode(bytes, bytes.length));
        messages++;
      } catch (ProtocolException expected) {
        assertNotNull(expected.getMessage());
      } catch (RuntimeException | Error e) {
        fail("seed " + seed + ", round " + i + ": " + Arrays.toString(bytes), e);
      }
    }
    assertTrue(messages > 1000, "seed " + seed + ": too few got through to mean anything");
  }

  @Test
  void numbersKeepTheirExtremes() throws Exception {
    WireWriter out =
        new WireWriter().u8(255).u16(65535).i32(Integer.MIN_VALUE).i64(Long.MIN_VALUE).i64(-1);
    assertEquals(23, out.size());
    WireReader in = new WireReader(out.toByteArray(), 0, out.size());
    assertEquals(255, in.u8());
    assertEquals(65535, in.u16());
    assertEquals(Integer.MIN_VALUE, in.i32());
    assertEquals(Long.MIN_VALUE, in.i64());
    assertEquals(-1, in.i64());
    in.end();
    assertThrows(IllegalArgumentException.class, () -> new WireWriter().u8(256));
    assertThrows(IllegalArgumentException.class, () -> new WireWriter().u16(-1));
  }
}
