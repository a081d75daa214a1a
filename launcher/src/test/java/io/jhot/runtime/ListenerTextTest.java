package io.jhot.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ListenerTextTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "it runs | it runs",
        "holds {listener:1} | holds A",
        "holds {listener:1}, {listener:2} and {listener:3} | holds A, B and C",
        "holds {listener:1}, {listener:11} and {listener:21} | holds A",
        "holds {listener:1}, {listener:2}, {listener:11} and {listener:12} | holds A and B",
        "holds {listener:1}, but not {listener:11} as before | holds A, but not A as before",
        "holds {listener:1} and goes on | holds A and goes on",
        "holds {listener:1}, {listener:2} and 4 more | holds A, B and 4 more",
        "holds {listener:1}, {listener:11} and 4 more, and more | holds A and 4 more sockets, and"
            + " more",
        "holds {listener:1 | holds {listener:1",
        "holds {listener:2}, {listener:1 | holds B, {listener:1",
      })
  void aListNamesEachAddressOnce(String text, String shown) {
    assertEquals(shown, ListenerText.of(text, n -> Character.toString((char) ('A' + n % 10 - 1))));
  }

  @Test
  void aListenerThatIsClosedHasNoAddress() {
    assertEquals(
        "holds a listener that is closed", ListenerText.of("holds {listener:1}", n -> null));
  }
}
