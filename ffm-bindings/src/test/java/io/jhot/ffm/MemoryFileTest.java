package io.jhot.ffm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(LeavesNothingBehind.class)
class MemoryFileTest {
  private static RandomAccessFile open(Fd file, String mode) throws IOException {
    return new RandomAccessFile("/proc/self/fd/" + file.number(), mode);
  }

  @Test
  void sealedFileKeepsItsContentForGood() throws IOException {
    try (Fd file = Fd.owned(MemoryFile.create("state"))) {
      try (RandomAccessFile out = open(file, "rw")) {
        out.write(new byte[] {1, 2, 3});
      }
      assertFalse(MemoryFile.isSealed(file.number()));

      MemoryFile.seal(file.number());

      assertTrue(MemoryFile.isSealed(file.number()));
      assertThrows(
          IOException.class,
          () -> {
            try (RandomAccessFile out = open(file, "rw")) {
              out.write(4);
            }
          });
      try (RandomAccessFile in = open(file, "r")) {
        assertEquals(3, in.length());
      }
    }
  }

  @Test
  void nameMayBeOfAnyLength() throws IOException {
    try (Fd file = Fd.owned(MemoryFile.create("n".repeat(1000)))) {
      assertTrue(file.isOpen());
    }
  }

  @Test
  void whatIsNoMemoryFileIsNotSealed() throws IOException {
    Pipe pipe = Pipe.open();
    assertFalse(MemoryFile.isSealed(pipe.read().number()));
    pipe.read().close();
    pipe.write().close();
  }

  @Test
  void lentDescriptorsAreReceivedByNumber() throws IOException {
    Sockets.Pair pair = Sockets.pair(Sockets.Type.SEQPACKET);
    try (Fd file = Fd.owned(MemoryFile.create("sent"))) {
      ControlMessage.send(pair.first(), new byte[] {9}, List.of(file));
      Object[] received = ControlMessage.receiveLent(pair.second().number(), 100);
      assertArrayEquals(new byte[] {9}, (byte[]) received[0]);
      int[] numbers = (int[]) received[1];
      assertEquals(1, numbers.length);
      Fd.owned(numbers[0]).close();
      pair.first().close();
      assertEquals(null, ControlMessage.receiveLent(pair.second().number(), 100));
    } finally {
      pair.first().close();
      pair.second().close();
    }
  }
}
