package io.jhot.ffm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(LeavesNothingBehind.class)
class SignalTest {
  @Test
  void theNumbersAreThoseThatKillKnows() throws IOException {
    for (Signal signal : Signal.values()) {
      int number = signal.number();
      String name = Fixture.output("/bin/bash", "-c", "kill -l " + number).strip();
      assertEquals(name, signal.name());
      assertEquals(signal, Signal.of(signal.number()));
    }
  }

  @Test
  void aSignalIsParsedByNameAndNumber() {
    for (String text : new String[] {"TERM", "SIGTERM", "term", "sigterm", "15"}) {
      assertEquals(Signal.TERM, Signal.parse(text));
    }
    for (String text : new String[] {"", "SIG", "0", "015", "32", "-15", "TERMS", "RTMIN"}) {
      IllegalArgumentException refusal =
          assertThrows(IllegalArgumentException.class, () -> Signal.parse(text));
      assertTrue(refusal.getMessage().contains("\"" + text + "\""), refusal.getMessage());
    }
  }

  @Test
  void aNumberWithoutASignalIsRefused() {
    for (int number : new int[] {0, -1, 32, 64}) {
      assertThrows(IllegalArgumentException.class, () -> Signal.of(number));
    }
  }

  @Test
  void aSetHoldsItsSignals() {
    SignalSet set = SignalSet.of(Signal.HUP, Signal.SYS);
    assertTrue(set.contains(Signal.HUP));
    assertTrue(set.contains(Signal.SYS));
    assertFalse(set.contains(Signal.TERM));
    assertEquals("{HUP, SYS}", set.toString());
    assertEquals(SignalSet.of(Signal.SYS, Signal.HUP), set);
    assertEquals(SignalSet.of(Signal.SYS, Signal.HUP).hashCode(), set.hashCode());
    assertNotEquals(SignalSet.empty(), set);
    for (Signal signal : Signal.values()) {
      assertTrue(SignalSet.all().contains(signal));
      assertFalse(SignalSet.empty().contains(signal));
    }
  }

  @Test
  void theMaskIsThatOfTheThread() throws Exception {
    AtomicReference<SignalSet> mask = new AtomicReference<>();
    AtomicReference<Throwable> failure = new AtomicReference<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                SignalMask.block(SignalSet.of(Signal.USR1));
                SignalMask.block(SignalSet.of(Signal.TERM));
                mask.set(SignalMask.current());
              } catch (IOException failed) {
                failure.set(failed);
              }
            });
    thread.start();
    thread.join();
    assertNull(failure.get());
    assertTrue(mask.get().contains(Signal.USR1));
    assertTrue(mask.get().contains(Signal.TERM));
    assertFalse(mask.get().contains(Signal.HUP));
    assertFalse(SignalMask.current().contains(Signal.USR1));
  }

  @Test
  void aSignalCanBeIgnoredAndItsDefaultRestored() throws IOException {
    assertEquals(SignalAction.Disposition.DEFAULT, SignalAction.current(Signal.WINCH));
    SignalAction.ignore(Signal.WINCH);
    assertEquals(SignalAction.Disposition.IGNORED, SignalAction.current(Signal.WINCH));
    SignalAction.restoreDefault(Signal.WINCH);
    assertEquals(SignalAction.Disposition.DEFAULT, SignalAction.current(Signal.WINCH));
    assertEquals(SignalAction.Disposition.HANDLED, SignalAction.current(Signal.SEGV));
  }

  @Test
  void killAndStopCannotBeIgnored() {
    for (Signal signal : new Signal[] {Signal.KILL, Signal.STOP}) {
      ErrnoException refusal =
          assertThrows(ErrnoException.class, () -> SignalAction.ignore(signal));
      assertEquals(Errno.EINVAL, refusal.errno());
      assertEquals("sigaction", refusal.call());
      assertThrows(ErrnoException.class, () -> SignalAction.restoreDefault(signal));
    }
  }
}
