package io.jhot.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Two users of one host: who may be asked, who may ask, and who can lay a trap for whom. */
@ExtendWith(SandboxExtension.class)
class OtherUsersIT {
  private static final List<String> SLEEP = List.of("sleep", "1000");
  private static final String NOBODY = "65534";

  /** Listens on a SEQPACKET socket, says so, and notes in a file that it was asked. */
  private static final String IMPOSTOR =
      """
      use Socket; $| = 1; umask 0077;
      my ($folder, $name, $heard) = @ARGV;
      mkdir $folder;
      my $s; socket($s, AF_UNIX, SOCK_SEQPACKET, 0) && bind($s, pack_sockaddr_un("$folder/$name.sock"))
        && listen($s, 8) or die "$!";
      print "listening\n";
      while (accept(my $c, $s)) {
        recv($c, my $asked, 1024, 0);
        next unless length $asked;
        open(my $note, '>>', $heard) or die "$!";
        print $note "asked ";
        close $note;
      }
      """;

  /** A user of this host whom no other test, in no other run, is at the same time. */
  private final String user = String.valueOf(ThreadLocalRandom.current().nextInt(100_000, 2 << 28));

  private final Path folder = Path.of("/tmp/jhot-" + user);

  @BeforeEach
  void prepare(Sandbox box) throws IOException {
    assumeTrue("root".equals(System.getProperty("user.name")), "only root can become another user");
    Files.setPosixFilePermissions(
        box.directory(), PosixFilePermissions.fromString("rwx--x--x")); // others work in it
    Path open = Files.createDirectory(box.directory().resolve("open"));
    Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));
    box.environment("JHOT_RUNTIME_DIR", "");
  }

  @AfterEach
  void nothingIsLeft() throws IOException {
    if (Files.exists(folder)) {
      try (var files = Files.list(folder)) {
        assertEquals(List.of(), files.filter(file -> !Files.isDirectory(file)).toList());
      }
      Files.delete(folder);
    }
  }

  private static List<String> as(String uid) {
    return List.of("setpriv", "--reuid=" + uid, "--regid=" + uid, "--clear-groups");
  }

  private static Finished ask(Sandbox box, String uid, String... arguments) {
    List<String> command = new ArrayList<>(List.of(Sandbox.bin()));
    command.addAll(List.of(arguments));
    return run(box, uid, command.toArray(String[]::new));
  }

  private static Finished run(Sandbox box, String uid, String... command) {
    return box.run(Sandbox.concat(List.of(as(uid), List.of(command))).toArray(String[]::new));
  }

  private Running impostor(Sandbox box, String uid, String name) {
    List<String> command = new ArrayList<>(as(uid));
    Path heard = heard(box);
    command.addAll(List.of("perl", "-e", IMPOSTOR, folder.toString(), name, heard.toString()));
    Running running = box.start(command.toArray(String[]::new));
    running.out().await("listening");
    return running;
  }

  /** In a folder that the impostor may write to. */
  private static Path heard(Sandbox box) {
    return box.directory().resolve("open/heard");
  }

  private void dismiss(Running impostor, String name) throws IOException {
    impostor.signal("KILL");
    impostor.finish();
    Files.delete(folder.resolve(name + ".sock"));
  }

  @Test
  void nobodyIsSpokenToInAFolderThatAStrangerMadeFirst(Sandbox box) throws IOException {
    Running impostor = impostor(box, NOBODY, "x");

    for (List<String> command :
        List.of(
            List.of("status", "--healthy", "--name", "x"),
            List.of("status"),
            List.of("reload", "--wait", "--name", "x", "--timeout", "5s"),
            List.of("stop", "--name", "x", "--timeout", "5s"))) {
      Finished refused = ask(box, user, command.toArray(String[]::new)).with(1);
      assertTrue(refused.err().contains(folder + " belongs to user " + NOBODY), refused::toString);
      assertEquals(1, refused.err().lines().count(), refused::toString);
    }
    assertFalse(Files.exists(heard(box)), "the impostor was asked");
    dismiss(impostor, "x");
  }

  @Test
  void whoListensMustBeTheOwnerOfTheFolder(Sandbox box) throws IOException {
    Files.createDirectory(folder);
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
    Files.setAttribute(folder, "unix:uid", Integer.parseInt(user));
    Running impostor = impostor(box, "0", "x");

    Finished refused = box.jhot("status", "--user", user, "--name", "x").with(1);

    assertTrue(refused.err().contains("user 0 listens"), refused::toString);
    dismiss(impostor, "x");
  }

  @Test
  void rootAsksAnotherUsersInstanceOnlyWhereHeNamesTheUser(Sandbox box) throws IOException {
    Jhot jhot = box.exec(as(user), List.of("--name", "web"), SLEEP);
    Await.until("it can be asked", () -> ask(box, user, "status").code() == 0, jhot::toString);

    Finished unnamed = box.jhot("status", "--name", "web").with(1);
    assertTrue(unnamed.err().contains("no instance named web"), unnamed::toString);
    box.environment("JHOT_RUNTIME_DIR", folder.toString());
    Finished foreign = box.jhot("status", "--name", "web").with(1);
    assertTrue(foreign.err().contains("--user"), foreign::toString);
    assertEquals(jhot.pid(), status(box.jhot("status", "--json", "--user", user)).pid());
    box.environment("JHOT_RUNTIME_DIR", "");

    assertEquals(jhot.pid(), status(box.jhot("status", "--json", "--user", user)).pid());
    box.jhot("reload", "--wait", "--user", user).good();
    Finished unknown = box.jhot("status", "--user", "no-such-user").with(2);
    assertTrue(unknown.err().contains("no such user"), unknown::toString);
    Finished other = ask(box, NOBODY, "status", "--user", user).with(2);
    assertTrue(other.err().contains("only root"), other::toString);
    box.jhot("stop", "--user", user, "--name", "web").good();
    assertEquals(143, jhot.awaitExit());
  }

  @Test
  void anInstanceIsFoundWhicheverOfTheDefaultFoldersItIsIn(Sandbox box) throws IOException {
    Jhot inTmp = box.exec(as(user), List.of("--name", "one"), SLEEP);
    Await.until("it can be asked", () -> ask(box, user, "status").code() == 0, inTmp::toString);
    Path session = Files.createDirectory(box.directory().resolve("session"));
    Files.setAttribute(session, "unix:uid", Integer.parseInt(user));

    box.environment("XDG_RUNTIME_DIR", session.toString());
    assertEquals(inTmp.pid(), status(ask(box, user, "status", "--json")).pid());
    Jhot inSession = box.exec(as(user), List.of("--name", "two"), SLEEP);
    Await.until(
        "the other one too",
        () -> ask(box, user, "status", "--name", "two").code() == 0,
        inSession::toString);

    Finished ambiguous = ask(box, user, "status").with(1);
    assertTrue(
        ambiguous.err().contains("one") && ambiguous.err().contains("two"), ambiguous::toString);
    assertEquals(inTmp.pid(), status(ask(box, user, "status", "--json", "--name", "one")).pid());
    inTmp.stop();
    inSession.stop();
  }

  @Test
  void aUnixListenerIsOpenToWhomTheOperatorWantsAndToNobodyElse(Sandbox box) {
    String connect =
        "use Socket; my $s; socket($s, AF_UNIX, SOCK_STREAM, 0);"
            + " connect($s, pack_sockaddr_un($ARGV[0])) or die $!";
    String path = box.directory().resolve("open/s").toString();
    Jhot jhot =
        box.exec(
            List.of("--listen", "unix://" + path + "?mode=0600&owner=" + user, "--name", "web"),
            SLEEP);
    Await.until("it runs", () -> box.jhot("status", "--name", "web").code() == 0, jhot::toString);

    run(box, user, "perl", "-e", connect, path).good();
    Finished stranger = run(box, NOBODY, "perl", "-e", connect, path);
    assertTrue(stranger.err().contains("Permission denied"), stranger::toString);
    assertEquals(143, jhot.stop().code());
    assertFalse(Files.exists(Path.of(path)));
  }

  private static Status status(Finished asked) {
    return Status.parse(asked.good().out());
  }
}
