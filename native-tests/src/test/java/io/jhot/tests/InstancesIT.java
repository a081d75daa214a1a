package io.jhot.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Finding an instance, telling several apart, and keeping strangers out. */
@ExtendWith(SandboxExtension.class)
class InstancesIT {
  private static final List<String> SLEEP = List.of("sleep", "1000");
  private static final String NOBODY = "65534";

  /** A client that trusts everybody: shows what it is told. */
  private static final String CONNECT =
      """
      use Socket;
      my $s; socket($s, AF_UNIX, SOCK_SEQPACKET, 0) && connect($s, pack_sockaddr_un($ARGV[0]))
        or print(STDERR "$!\\n"), exit 1;
      recv($s, my $said, 4096, 0);
      print $said;
      """;

  @Test
  void statusShowsWhatRuns(Sandbox box) {
    int port = box.port();
    Jhot jhot = box.exec(List.of("--name", "web"), Sandbox.app("listen:" + port)).awaitServing(1);
    Http.begin(port, "/hold?" + box.directory() + "/go");
    jhot.out().await("holding");

    Status status = jhot.status();

    assertEquals("web", status.name());
    assertEquals(jhot.pid(), status.pid());
    assertTrue(status.uptimeMillis() > 0);
    assertEquals(
        List.of(new Status.Listener("tcp-" + port, "tcp://127.0.0.1:" + port, false)),
        status.listeners());
    Status.Generation one = status.serving();
    assertEquals(1, one.number());
    assertEquals(List.of(one.pid()), Proc.children(jhot.pid()));
    assertTrue(one.ageMillis() > 0 && one.ageMillis() <= status.uptimeMillis(), status::toString);
    assertTrue(one.residentKilobytes() > 1024, status::toString);
    assertEquals(1, one.connections());
    assertTrue(one.why().contains("tcp://127.0.0.1:" + port), status::toString);
    assertEquals(null, status.lastReload());
    String text = box.jhot("status").good().out();
    assertTrue(text.startsWith("web: pid " + jhot.pid() + ", up "), text);
    assertTrue(text.contains("listener tcp://127.0.0.1:" + port), text);
    assertTrue(text.contains("generation 1: serving, pid " + one.pid() + ", age "), text);
    assertTrue(text.contains("1 connection"), text);
    box.file("go");
  }

  @Test
  void twoInstancesAreToldApartByTheirNames(Sandbox box) {
    Jhot one = box.exec(List.of("--name", "one"), SLEEP);
    Jhot two = box.exec(List.of("--name", "two"), SLEEP);
    awaitControl(box, "one");
    awaitControl(box, "two");

    Finished ambiguous = box.jhot("status").with(1);

    assertTrue(ambiguous.err().contains("one") && ambiguous.err().contains("two"));
    assertEquals(1, ambiguous.err().lines().count(), ambiguous::toString);
    assertEquals(one.pid(), status(box, "one").pid());
    assertEquals(two.pid(), status(box, "two").pid());
    box.jhot("reload", "--name", "two", "--wait").good();
    assertEquals(2, status(box, "two").serving().number());
    assertEquals(1, status(box, "one").serving().number());
    box.jhot("stop", "--name", "one").good();
    assertEquals(143, one.awaitExit());
    assertEquals(two.pid(), Status.parse(box.jhot("status", "--json").good().out()).pid());
  }

  private static Status status(Sandbox box, String name) {
    return Status.parse(box.jhot("status", "--json", "--name", name).good().out());
  }

  private static void awaitControl(Sandbox box, String name) {
    Await.until(
        name + " can be controlled", () -> Files.exists(box.runtime().resolve(name + ".sock")));
    Await.until(name + " answers", () -> box.jhot("status", "--name", name).code() == 0);
  }

  @Test
  void aNameThatIsTakenIsRefused(Sandbox box) {
    Jhot first = box.exec(List.of("--name", "web"), SLEEP);
    awaitControl(box, "web");

    Finished second = box.jhot("exec", "--name", "web", "--", "sleep", "1000").with(125);

    assertEquals(1, second.err().lines().count(), second::toString);
    assertTrue(second.err().contains("web is running already"), second::toString);
    assertEquals(first.pid(), status(box, "web").pid());
  }

  @Test
  void aNameThatJhotMakesUpGetsANumberWhenItIsTaken(Sandbox box) {
    box.exec(SLEEP);
    awaitControl(box, "sleep");
    Jhot second = box.exec(SLEEP);
    awaitControl(box, "sleep-2");

    assertEquals(second.pid(), status(box, "sleep-2").pid());
  }

  @Test
  void aCleanerOfTmpNeitherHidesAnInstanceForGoodNorGivesItsNameAway(Sandbox box)
      throws IOException {
    Jhot jhot = box.exec(List.of("--name", "web"), SLEEP);
    awaitControl(box, "web");
    for (String file : List.of("web.sock", "web.lock")) {
      Files.delete(box.runtime().resolve(file));
    }
    Files.delete(box.runtime());

    Finished second = box.jhot("exec", "--name", "web", "--", "sleep", "1000").with(125);
    assertTrue(second.err().contains("web is running already"), second::toString);

    jhot.signal("HUP");
    jhot.err().await("it is made anew");
    assertEquals(jhot.pid(), status(box, "web").pid());
    Finished third = box.jhot("exec", "--name", "web", "--", "sleep", "1000").with(125);
    assertTrue(third.err().contains("web is running already"), third::toString);
    box.jhot("stop", "--name", "web").good();
    assertEquals(143, jhot.awaitExit());
  }

  @Test
  void withoutAnInstanceEveryCommandSaysSo(Sandbox box) {
    for (String command : List.of("status", "reload", "stop")) {
      Finished none = box.jhot(command).with(1);
      assertTrue(none.err().contains("no instance is running"), none::toString);
      assertEquals(1, none.err().lines().count(), none::toString);
      Finished named = box.jhot(command, "--name", "web").with(1);
      assertTrue(named.err().contains("no instance named web"), named::toString);
    }
  }

  @Test
  void theRuntimeFolderAndTheSocketAreTheOwnersAlone(Sandbox box) throws IOException {
    box.exec(SLEEP);
    awaitControl(box, "sleep");

    assertEquals(
        "rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(box.runtime())));
    assertEquals(
        "rw-------",
        PosixFilePermissions.toString(
            Files.getPosixFilePermissions(box.runtime().resolve("sleep.sock"))));
  }

  @Test
  void aRuntimeFolderThatOthersMayEnterIsRefused(Sandbox box) throws IOException {
    Files.createDirectory(box.runtime());
    Files.setPosixFilePermissions(box.runtime(), PosixFilePermissions.fromString("rwxr-x---"));

    refused(box, "chmod 700");
  }

  @Test
  void aRuntimeFolderThatIsALinkIsRefused(Sandbox box) throws IOException {
    Path elsewhere =
        Files.createDirectory(
            box.directory().resolve("elsewhere"),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    Files.createSymbolicLink(box.runtime(), elsewhere);

    refused(box, "no directory");
    try (var entries = Files.list(elsewhere)) {
      assertEquals(List.of(), entries.toList());
    }
    Files.delete(box.runtime());
  }

  @Test
  void aRuntimeFolderOfSomebodyElseIsRefused(Sandbox box) throws IOException {
    assumeRoot();
    Files.createDirectory(box.runtime());
    Files.setPosixFilePermissions(box.runtime(), PosixFilePermissions.fromString("rwx------"));
    Files.setAttribute(box.runtime(), "unix:uid", Integer.parseInt(NOBODY));

    refused(box, "belongs to user " + NOBODY);
  }

  /** The service runs without a control socket and says why; clients do not look there. */
  private static void refused(Sandbox box, String why) {
    Jhot jhot = box.exec(SLEEP);
    String line = jhot.err().await("no control socket");
    assertTrue(line.contains(why), line);
    Finished status = box.jhot("status").with(1);
    assertTrue(status.err().contains(why), status::toString);
    assertEquals(143, jhot.stop().code());
  }

  @Test
  void anotherUserIsRefusedByTheKernelAndIfNotByJhot(Sandbox box) throws IOException {
    assumeRoot();
    Jhot jhot = box.exec(SLEEP);
    awaitControl(box, "sleep");
    Path socket = box.runtime().resolve("sleep.sock");
    Map<Path, String> open = Map.of(box.directory(), "rwx--x--x", box.runtime(), "rwx--x--x");
    for (Map.Entry<Path, String> folder : open.entrySet()) {
      Files.setPosixFilePermissions(
          folder.getKey(), PosixFilePermissions.fromString(folder.getValue()));
    }

    Finished byClient = asNobody(box, Sandbox.bin(), "stop", "--name", "sleep").with(1);
    assertTrue(byClient.err().contains("belongs to user 0"), byClient::toString);
    String[] connect = {"perl", "-e", CONNECT, socket.toString()};
    Finished byMode = asNobody(box, connect).with(1);
    assertTrue(byMode.err().contains("Permission denied"), byMode::toString);

    Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-rw-rw-"));
    Finished byPeer = asNobody(box, connect).good();
    assertTrue(byPeer.out().contains("user " + NOBODY + " may not"), byPeer::toString);
    assertTrue(jhot.isAlive());
    Finished folder = box.jhot("status", "--name", "sleep").with(1);
    assertTrue(folder.err().contains("chmod 700 " + box.runtime()), folder::toString);
    Files.setPosixFilePermissions(box.runtime(), PosixFilePermissions.fromString("rwx------"));
    assertEquals(jhot.pid(), status(box, "sleep").pid());
  }

  private static Finished asNobody(Sandbox box, String... command) {
    List<String> enter =
        List.of("setpriv", "--reuid=" + NOBODY, "--regid=" + NOBODY, "--clear-groups");
    return box.run(Sandbox.concat(List.of(enter, List.of(command))).toArray(String[]::new));
  }

  private static void assumeRoot() {
    assumeTrue("root".equals(System.getProperty("user.name")), "only root can become another user");
  }

  @Test
  void withoutAnythingElseTheFolderOfTheSessionIsUsed(Sandbox box) {
    box.environment("JHOT_RUNTIME_DIR", "");
    box.environment("XDG_RUNTIME_DIR", box.directory().toString());
    Jhot jhot = box.exec(SLEEP);

    Await.until(
        "the control socket is there",
        () -> Files.exists(box.directory().resolve("jhot/sleep.sock")));

    jhot.stop();
    assertFalse(Files.exists(box.directory().resolve("jhot/sleep.sock")));
  }
}
