package io.jhot.agent.channel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.BindException;
import java.nio.file.NoSuchFileException;
import org.junit.jupiter.api.Test;

class FailureTest {
  @Test
  void noClassOfAnExceptionIsNamed() {
    assertEquals(
        "Address already in use", Failure.words(new BindException("Address already in use")));
    assertEquals("a file cannot be used: /x", Failure.words(new NoSuchFileException("/x")));
    assertEquals(
        "there is no method NativeThread.current()J",
        Failure.words(new NoSuchMethodError("NativeThread.current()J")));
    assertEquals("there is no field fd", Failure.words(new NoSuchFieldException("fd")));
    assertEquals("there is no class a.B", Failure.words(new ClassNotFoundException("a.B")));
    assertEquals(
        "there is no memory left (Java heap space)",
        Failure.words(new OutOfMemoryError("Java heap space")));
    assertEquals("it failed without saying why", Failure.words(new RuntimeException()));
  }
}
