package io.jhot.runtime.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jhot.ffm.Fd;
import io.jhot.ffm.Own;
import io.jhot.ffm.Sockets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunningInstancesTest {
  @TempDir Path folder;

  private static List<String> paths(List<RuntimeDirectory> directories) {
    return directories.stream().map(one -> one.path().toString()).toList();
  }

  private RuntimeDirectory directory(String name) throws Exception {
    RuntimeDirectory directory =
        RuntimeDirectory.locate(Map.of("JHOT_RUNTIME_DIR", folder.resolve(name).toString()));
    directory.prepare();
    return directory;
  }

  private static Fd listen(RuntimeDirectory directory, String name) throws Exception {
    return Sockets.listenUnix(directory.socket(name).toString(), Sockets.Type.SEQPACKET, 0600, 8);
  }

  private static String noAnswer(List<RuntimeDirectory> directories, String name) {
    return assertThrows(
            ControlClient.NoAnswer.class, () -> RunningInstances.find(directories, name))
        .getMessage();
  }

  @Test
  void allDefaultFoldersAreLookedInAndAnExplicitOneAlone() {
    String uid = Integer.toUnsignedString(Own.uid());
    String own = uid.equals("0") ? "/run/jhot" : "/tmp/jhot-" + uid;
    String session = "/run/user/" + uid + "/jhot";

    assertEquals(List.of(own, session), paths(RuntimeDirectory.candidates(Map.of())));
    assertEquals(
        List.of("/x/jhot", own, session),
        paths(RuntimeDirectory.candidates(Map.of("XDG_RUNTIME_DIR", "/x"))));
    assertEquals(
        List.of(session, own),
        paths(RuntimeDirectory.candidates(Map.of("XDG_RUNTIME_DIR", "/run/user/" + uid))));
    Map<String, String> explicit = Map.of("JHOT_RUNTIME_DIR", "/y", "XDG_RUNTIME_DIR", "/x");
    assertEquals(List.of("/y"), paths(RuntimeDirectory.candidates(explicit)));
    assertEquals(List.of("/y"), paths(RuntimeDirectory.candidatesOf(explicit, 7)));
    assertEquals(
        List.of("/tmp/jhot-7", "/run/user/7/jhot"),
        paths(RuntimeDirectory.candidatesOf(Map.of("XDG_RUNTIME_DIR", "/x"), 7)));
  }

  @Test
  void theOneThatRunsIsFoundInAnyFolderAndSeveralAreTold() throws Exception {
    RuntimeDirectory none =
        RuntimeDirectory.locate(Map.of("JHOT_RUNTIME_DIR", folder.resolve("none").toString()));
    List<RuntimeDirectory> all = List.of(none, directory("a"), directory("b"));
    listen(all.get(1), "killed").close();
    try (Fd web = listen(all.get(2), "web")) {
      RunningInstances.find(all, "").close();
      RunningInstances.find(all, "web").close();
      String other = noAnswer(all, "api");
      assertTrue(other.contains("no instance named api") && other.contains("none"), other);
      assertTrue(noAnswer(all, "killed").contains("no instance named killed"));
      try (Fd same = listen(all.get(1), "web")) {
        assertTrue(same.isOpen() && web.isOpen());
        String both = noAnswer(all, "web");
        assertTrue(both.contains("2 instances named web"), both);
        assertTrue(both.contains(all.get(1).path() + ", " + all.get(2).path()), both);
        assertTrue(noAnswer(all, "").contains("2 instances are running"));
      }
    }
  }

  @Test
  void aFolderThatIsNotTheUsersAloneIsNotLookedIntoAndOthersAre() throws Exception {
    List<RuntimeDirectory> all = List.of(directory("a"), directory("b"));
    Files.setPosixFilePermissions(all.get(0).path(), PosixFilePermissions.fromString("rwx--x---"));
    try (Fd untrusted = listen(all.get(0), "x")) {
      assertTrue(untrusted.isOpen());
      String why = noAnswer(all, "x");
      assertTrue(why.contains("no instance named x") && why.contains("chmod 700"), why);
      try (Fd trusted = listen(all.get(1), "x")) {
        assertTrue(trusted.isOpen());
        RunningInstances.find(all, "x").close();
      }
    }
  }
}
