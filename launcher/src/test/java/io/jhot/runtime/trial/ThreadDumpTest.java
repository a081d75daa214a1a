package io.jhot.runtime.trial;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.jhot.ffm.ControlMessage;
import io.jhot.ffm.Fd;
import io.jhot.ffm.Own;
import io.jhot.ffm.Poller;
import io.jhot.ffm.Sockets;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** This JVM plays the app's. */
class ThreadDumpTest {
  private static final int STRANGER = 65534;

  @TempDir Path folder;

  private final int pid = Own.pid();
  private final List<String> lines = new ArrayList<>();

  private Path socket() {
    return folder.resolve(".java_pid" + pid);
  }

  private Path trigger() {
    return folder.resolve("cwd/.attach_pid" + pid);
  }

  private ThreadDump prepare() throws IOException {
    return prepare(pid);
  }

  private ThreadDump prepare(int jvm) throws IOException {
    Path cwd = folder.resolve("cwd");
    if (!Files.exists(cwd)) {
      Files.createDirectory(cwd);
    }
    return ThreadDump.prepare(folder, cwd, jvm);
  }

  private Fd listen(Path path) throws IOException {
    return Sockets.listenUnix(path.toString(), Sockets.Type.STREAM, 0600, 4);
  }

  /** Answers the next one who asks, on a thread of its own. */
  private Thread answer(Fd listener, String text) {
    Thread thread =
        new Thread(
            () -> {
              try (Poller poller = Poller.open()) {
                poller.add(listener, 1, Poller.READABLE);
                poller.await(20_000, (token, events) -> {});
                try (Fd client = Sockets.accept(listener)) {
                  client.setNonBlocking(false);
                  ControlMessage.receive(client, 100); // the command
                  for (String piece : text.split("(?<=#)")) {
                    byte[] bytes = piece.getBytes(StandardCharsets.UTF_8);
                    ControlMessage.send(client, bytes, List.of());
                  }
                }
              } catch (IOException e) {
                throw new AssertionError(e);
              }
            });
    thread.start();
    return thread;
  }

  @Test
  void jvmThatListensAlreadyIsAskedAndItsSocketStays() throws Exception {
    try (Fd jvm = listen(socket())) {
      ThreadDump dump = prepare();
      assertFalse(dump.needsSignal());
      Thread answering = answer(jvm, "0\none\ntwo #and three\nlast");
      dump.read(lines::add);
      answering.join();
      assertEquals(List.of("one", "two #and three", "last"), lines);
      assertTrue(Files.exists(socket()));
      Thread refusing = answer(jvm, "101\nno\n");
      IOException e = assertThrows(IOException.class, () -> prepare().read(lines::add));
      assertTrue(e.getMessage().contains("101"), e::getMessage);
      refusing.join();
    }
  }

  @Test
  void jvmThatListensAfterTheSignalIsTidiedUpAfter() throws Exception {
    ThreadDump dump = prepare();
    assertTrue(dump.needsSignal());
    assertTrue(Files.exists(trigger()));
    try (Fd jvm = listen(socket())) {
      Thread answering = answer(jvm, "0\none\n");
      dump.read(lines::add);
      answering.join();
    }
    assertEquals(List.of("one"), lines);
    assertFalse(Files.exists(trigger()));
    assertFalse(Files.exists(socket(), LinkOption.NOFOLLOW_LINKS));
  }

  @Test
  void anotherProcessOfTheSameUserIsNotTheJvm() throws Exception {
    Process other = new ProcessBuilder("sleep", "100").start();
    try (Fd impostor = listen(folder.resolve(".java_pid" + other.pid()))) {
      assertTrue(impostor.isOpen());
      ThreadDump dump = prepare((int) other.pid());
      IOException e = assertThrows(IOException.class, () -> dump.read(lines::add));
      assertTrue(e.getMessage().contains("process " + pid + " listens"), e::getMessage);
      assertEquals(List.of(), lines);
    } finally {
      other.destroyForcibly();
    }
  }

  @Test
  void whatIsNoSocketOfTheJvmsUserIsNeitherAskedNorRemoved() throws Exception {
    Files.writeString(socket(), "a file");
    ThreadDump dump = prepare();
    assertTrue(dump.needsSignal());
    assertThrows(ThreadDump.NotAnswered.class, () -> dump.read(lines::add));
    assertEquals("a file", Files.readString(socket()));
    Files.delete(socket());
    Path elsewhere = folder.resolve("elsewhere");
    try (Fd listener = listen(elsewhere)) {
      Files.createSymbolicLink(socket(), elsewhere);
      assertTrue(listener.isOpen() && prepare().needsSignal());
    }
    assertTrue(Files.isSymbolicLink(socket()));
  }

  @Test
  void strangersSocketAndTriggerAreLeftAlone() throws Exception {
    assumeTrue(Own.uid() == 0, "only root can give a file to another user");
    Files.createDirectory(folder.resolve("cwd"));
    Path temporary = folder.resolve(".attach_pid" + pid);
    try (Fd impostor = listen(socket())) {
      assertTrue(impostor.isOpen());
      for (Path file : List.of(socket(), Files.createFile(trigger()))) {
        Files.setAttribute(file, "unix:uid", STRANGER);
      }
      ThreadDump dump = prepare();
      assertTrue(dump.needsSignal());
      assertTrue(Files.exists(temporary));
      assertThrows(ThreadDump.NotAnswered.class, () -> dump.read(lines::add));
      assertFalse(Files.exists(temporary));
      assertTrue(Files.exists(socket()) && Files.exists(trigger()));

      Files.setAttribute(Files.createFile(temporary), "unix:uid", STRANGER);
      IOException e = assertThrows(IOException.class, this::prepare);
      assertTrue(e.getMessage().contains("user " + STRANGER), e::getMessage);
    }
  }
}
