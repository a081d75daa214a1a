package io.jhot.runtime.child;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class StartLinesTest {
  private final StartLines lines = new StartLines();

  private void add(String... all) {
    for (String line : all) {
      lines.add(line);
    }
  }

  @Test
  void fewLinesAreAllKept() {
    assertEquals(List.of(), lines.all());
    add("one", "two", "", "three");
    assertEquals(List.of("one", "two", "", "three"), lines.all());
  }

  @Test
  void theCauseIsKeptAndFramesAreNot() {
    add("starting", "Exception in thread \"main\" java.lang.IllegalStateException: no server");
    for (int i = 0; i < 30; i++) {
      add("\tat com.example.App" + i + ".start(App.java:" + i + ")");
    }
    add("Caused by: java.net.BindException: Address already in use");
    for (int i = 0; i < 30; i++) {
      add("\tat java.base/sun.nio.ch.Net" + i + ".bind0(Native Method)");
    }
    add("\t... 12 more");
    assertEquals(
        List.of(
            "starting",
            "Exception in thread \"main\" java.lang.IllegalStateException: no server",
            "Caused by: java.net.BindException: Address already in use"),
        lines.all());
  }

  @Test
  void ofManyLinesTheFirstTheCausesAndTheLastAreKeptInTheirOrder() {
    for (int i = 0; i < 1000; i++) {
      add("line " + i);
      if (i % 100 == 50) {
        add("2026-11-30 ERROR Caused by: reason " + i);
      }
      if (i == 500) {
        add("com.example.ConfigError: no key");
      }
    }
    List<String> all = lines.all();
    assertEquals("line 0", all.getFirst());
    assertEquals("line 999", all.getLast());
    assertTrue(all.contains("com.example.ConfigError: no key"), all::toString);
    assertTrue(all.contains("2026-11-30 ERROR Caused by: reason 950"), all::toString);
    assertTrue(all.contains("..."), all::toString);
    assertTrue(
        all.indexOf("com.example.ConfigError: no key")
            < all.indexOf("2026-11-30 ERROR Caused by: reason 950"),
        all::toString);
    assertTrue(all.size() <= 40, all::toString);
  }

  @Test
  void whatOnlyLooksLikeAFrameIsALine() {
    List<String> text = new ArrayList<>(List.of("at noon (today)", "\tat last", "  ... and more"));
    add(text.toArray(String[]::new));
    assertEquals(text, lines.all());
  }
}
