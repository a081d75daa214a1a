package io.jhot.ffm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** OsText, Errno, and what the exceptions say. */
class TextTest {
  @Test
  void anyBytesComeOutAsTheyWentIn() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int round = 0; round < 20_000; round++) {
      byte[] bytes = new byte[random.nextInt(12)];
      for (int i = 0; i < bytes.length; i++) {
        // Mostly what begins or goes on with a character, so that well-formed ones appear.
        bytes[i] =
            (byte)
                (random.nextBoolean()
                    ? 1 + random.nextInt(255)
                    : new int[] {'a', 0xc3, 0xe2, 0xed, 0xf0, 0xf4, 0x80, 0xa4, 0xbf, 0x90}
                        [random.nextInt(10)]);
      }
      String text = OsText.of(bytes, 0, bytes.length);
      assertArrayEquals(bytes, OsText.bytes(text), "seed " + seed + " round " + round);
    }
  }

  @Test
  void wellFormedTextIsReadAsUtf8() {
    for (String text :
        new String[] {"", "plain", "\u00fc\u20ac\ud83d\ude00", "\ud7ff\ue000\uffff\udbff\udfff"}) {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      assertEquals(text, OsText.of(bytes, 0, bytes.length));
      assertArrayEquals(bytes, OsText.bytes(text));
    }
  }

  @Test
  void aPartOfAnArrayIsRead() {
    assertEquals("bc", OsText.of(new byte[] {'a', 'b', 'c', 'd'}, 1, 3));
    assertEquals("\udcc3", OsText.of(new byte[] {(byte) 0xc3, (byte) 0xa4}, 0, 1));
  }

  @Test
  void aNulIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> OsText.bytes("a\0"));
    assertThrows(IllegalArgumentException.class, () -> OsText.bytes("\u00fc\0"));
  }

  @Test
  void halfACharacterIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> OsText.bytes("\ud83d"));
    assertThrows(IllegalArgumentException.class, () -> OsText.bytes("\udc7f"));
  }

  @Test
  void anUnknownErrnoHasItsNumberForAName() {
    assertEquals("errno 4711", Errno.name(4711));
    assertEquals("unknown error", Errno.text(4711));
    assertEquals("errno 0", Errno.name(0));
    assertEquals("errno 41", Errno.name(41));
    assertEquals("errno -1", Errno.name(-1));
  }

  @Test
  void anExceptionNamesWhatWeDidTheCallTheErrnoAndWhatToDo() {
    ErrnoException exception =
        new ErrnoException("listen on tcp://0.0.0.0:80", "bind", Errno.EACCES);
    assertEquals(
        "listen on tcp://0.0.0.0:80: bind: EACCES (Permission denied): ports below 1024 need"
            + " CAP_NET_BIND_SERVICE, a path a folder that we may write to",
        exception.getMessage());
    assertEquals("bind", exception.call());
    assertEquals(Errno.EACCES, exception.errno());
    assertEquals(
        "read x: read: EIO (Input/output error)",
        new ErrnoException("read x", "read", Errno.EIO).getMessage());
  }

  @Test
  void whatOnlyAMistakeOfOursCausesIsAnAssertionError() {
    for (int errno : new int[] {Errno.EBADF, Errno.EFAULT, Errno.ENOTSOCK}) {
      AssertionError error =
          assertThrows(AssertionError.class, () -> ErrnoException.of("do x", "call", -errno));
      assertEquals(
          "do x: call: " + Errno.name(errno) + " (" + Errno.text(errno) + ")", error.getMessage());
      assertNull(error.getCause());
    }
  }
}
