package io.jhot.ffm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jhot.ffm.gen.Abi;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(LeavesNothingBehind.class)
class FdTest {
  private static boolean isOpen(int number) {
    try (Frame frame = Frame.empty()) {
      return Libc.fcntl(frame, number, Abi.F_GETFD, 0) >= 0;
    }
  }

  private static boolean isCloseOnExec(Fd fd) {
    try (Frame frame = Frame.empty()) {
      return (Libc.fcntl(frame, fd.number(), Abi.F_GETFD, 0) & Abi.FD_CLOEXEC) != 0;
    }
  }

  @Test
  void aClosedDescriptorIsNeverClosedAgain() throws IOException {
    Pipe pipe = Pipe.open();
    int number = pipe.read().number();
    pipe.read().close();
    assertFalse(isOpen(number));
    try (Fd reused = pipe.write().duplicate()) {
      assertEquals(number, reused.number());
      pipe.read().close();
      assertTrue(isOpen(number));
    }
    pipe.write().close();
  }

  @Test
  void closingFromManyThreadsClosesOnce() throws Exception {
    for (int round = 0; round < 200; round++) {
      Pipe pipe = Pipe.open();
      AtomicReference<Throwable> failure = new AtomicReference<>();
      CyclicBarrier together = new CyclicBarrier(3);
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        Thread thread =
            new Thread(
                () -> {
                  try {
                    together.await();
                    pipe.read().close();
                  } catch (Throwable thrown) { // EBADF would be an AssertionError
                    failure.set(thrown);
                  }
                });
        threads.add(thread);
        thread.start();
      }
      for (Thread thread : threads) {
        thread.join();
      }
      pipe.write().close();
      assertNull(failure.get());
    }
  }

  @Test
  void aNumberThatIsGoneCannotBeUsed() throws IOException {
    Pipe pipe = Pipe.open();
    pipe.read().close();
    assertFalse(pipe.read().isOpen());
    assertThrows(IllegalStateException.class, () -> pipe.read().number());
    assertThrows(IllegalStateException.class, () -> pipe.read().duplicate());
    assertThrows(IllegalStateException.class, () -> pipe.read().transfer());
    assertEquals("descriptor (gone)", pipe.read().toString());
    pipe.write().close();
  }

  @Test
  void whatSomebodyElseClosedIsOurMistake() throws IOException {
    Pipe pipe = Pipe.open();
    Fd second = Fd.owned(pipe.read().number());
    pipe.read().close();
    assertThrows(AssertionError.class, second::close);
    pipe.write().close();
  }

  @Test
  void aLentDescriptorStaysOpen() throws IOException {
    Pipe pipe = Pipe.open();
    try (Fd lent = Fd.lent(pipe.read().number())) {
      assertEquals(pipe.read().number(), lent.number());
    }
    assertTrue(isOpen(pipe.read().number()));
    Fd stillLent = Fd.lent(pipe.read().number()).transfer();
    stillLent.close();
    assertTrue(isOpen(pipe.read().number()));
    pipe.read().close();
    pipe.write().close();
  }

  @Test
  void transferEndsOwnership() throws IOException {
    Pipe pipe = Pipe.open();
    int number = pipe.read().number();
    Fd successor = pipe.read().transfer();
    pipe.read().close();
    assertTrue(isOpen(number));
    successor.close();
    assertFalse(isOpen(number));
    pipe.write().close();
  }

  @Test
  void aDuplicateIsCloseOnExecAndSharesTheDescription() throws IOException {
    Pipe pipe = Pipe.open();
    try (Fd read = pipe.read();
        Fd write = pipe.write();
        Fd duplicate = read.duplicate()) {
      assertNotEquals(read.number(), duplicate.number());
      assertTrue(isCloseOnExec(duplicate));
      assertFalse(read.isNonBlocking());
      duplicate.setNonBlocking(true);
      assertTrue(read.isNonBlocking());
      duplicate.setNonBlocking(true);
      duplicate.setNonBlocking(false);
      assertFalse(read.isNonBlocking());
      Bytes.write(write, "x");
      assertArrayEquals(new byte[] {'x'}, Bytes.read(duplicate, 9));
    }
  }

  @Test
  void closeOnExecBelongsToTheDescriptor() throws IOException {
    Pipe pipe = Pipe.open();
    try (Fd read = pipe.read();
        Fd write = pipe.write()) {
      assertTrue(isCloseOnExec(read) && isCloseOnExec(write));
      read.setCloseOnExec(false);
      assertFalse(isCloseOnExec(read));
      assertTrue(isCloseOnExec(write));
      read.setCloseOnExec(true);
      assertTrue(isCloseOnExec(read));
    }
  }

  @Test
  void aNegativeNumberIsNoDescriptor() {
    assertThrows(IllegalArgumentException.class, () -> Fd.owned(-1));
    assertThrows(IllegalArgumentException.class, () -> Fd.lent(-1));
  }

  @Test
  void aDescriptorThatIsNotOpenIsOurMistake() {
    assertThrows(AssertionError.class, () -> Fd.lent(1_000_000).duplicate());
    assertThrows(AssertionError.class, () -> Fd.lent(1_000_000).isNonBlocking());
  }
}
