package io.jhot.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jhot.ffm.ControlMessage;
import io.jhot.ffm.Fd;
import io.jhot.ffm.Sockets;
import io.jhot.runtime.control.Request;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What goes wrong around a reload. After each: no lost listener, and the next reload works. */
@ExtendWith(SandboxExtension.class)
class BadWeatherIT {
  @Test
  void listenersMayBeMoreAndInAnotherOrderButNotElsewhere(Sandbox box) throws IOException {
    int one = box.port();
    int two = box.port();
    int three = box.port();
    Path script = box.file("script", "listen:" + one, "listen:" + two, "say:all of 1");
    Jhot jhot = box.exec(Sandbox.app("script:" + script)).awaitServing(1);
    jhot.awaitListeners(2);
    Load onOne = Load.on(one);
    Load onTwo = Load.on(two);

    box.file("script", "listen:*:" + one, "listen:" + two);
    Finished elsewhere = jhot.reload().with(1);
    assertTrue(elsewhere.err().contains("BindException"), elsewhere::toString);
    assertTrue(jhot.awaitAlone(1).listeners().size() == 2);

    box.file("script", "listen:" + two, "listen:" + one);
    jhot.replace(1);
    assertEquals(Http.get(one, "/pid"), Http.get(two, "/pid"));

    box.file("script", "listen:" + three, "listen:" + one, "listen:" + two, "say:all of 4");
    jhot.reload().good();
    jhot.out().await("all of 4");
    jhot.awaitGone(3);
    jhot.awaitListeners(3);
    assertEquals(Http.get(one, "/pid"), Http.get(three, "/pid"));

    Load onThree = Load.on(three);
    jhot.replace(4);
    onOne.endWithoutFailure();
    onTwo.endWithoutFailure();
    onThree.endWithoutFailure();
    assertEquals(3, jhot.awaitAlone(5).listeners().size());
  }

  @Test
  void theSamePortOnTcpAndUdpAreTwoListeners(Sandbox box) {
    int port = box.port();
    Jhot jhot =
        box.exec(
                List.of(
                    "--listen", "udp://127.0.0.1:" + port, "--listen", "tcp://127.0.0.1:" + port),
                Sandbox.app("listen:" + port))
            .awaitServing(1);
    Load load = Load.on(port);

    jhot.replace(1);

    load.endWithoutFailure();
    List<String> addresses =
        jhot.status().listeners().stream().map(Status.Listener::address).sorted().toList();
    assertEquals(List.of("tcp://127.0.0.1:" + port, "udp://127.0.0.1:" + port), addresses);
  }

  @Test
  void twoHundredPortsAreHandedOver(Sandbox box) throws IOException {
    List<String> steps = new ArrayList<>();
    int last = 0;
    for (int i = 0; i < 200; i++) {
      last = box.port();
      steps.add("listen:" + last);
    }
    Jhot jhot = box.exec(Sandbox.app(steps.toArray(String[]::new))).awaitServing(1);
    jhot.awaitListeners(200);
    Load load = Load.on(last);

    jhot.replace(1);

    load.endWithoutFailure();
    Status status = jhot.awaitAlone(2);
    assertEquals(200, status.listeners().size());
    String pid = Long.toString(status.serving().pid());
    for (String step : steps) {
      assertEquals(pid, Http.get(Integer.parseInt(step.substring("listen:".length())), "/pid"));
    }
  }

  @Test
  void aNewGenerationThatIsStoppedIsGivenUp(Sandbox box) {
    int port = box.port();
    Path script = box.file("script", "listen:" + port);
    Jhot jhot =
        box.exec(List.of("--ready-timeout", "8s"), Sandbox.app("script:" + script)).awaitServing(1);
    Load load = Load.on(port);
    box.file("script", "say:in 2", "await:" + box.directory() + "/go", "listen:" + port);
    Running reload = box.start(Sandbox.bin(), "reload", "--wait");
    jhot.out().await("in 2");

    Proc.signal(
        jhot.awaitStatus("2 is there", s -> s.has(2, "starting")).generation(2).pid(), "STOP");

    assertTrue(reload.finish().with(1).err().contains("was not ready after 8 s"));
    jhot.awaitAlone(1);
    box.file("go");
    jhot.replace(1);
    load.endWithoutFailure();
  }

  @Test
  void withoutADescriptorLeftJhotRefusesAndServesOnAndIsItselfAgainAfterwards(Sandbox box)
      throws IOException {
    int port = box.port();
    List<String> app = Sandbox.app("listen:" + port);
    List<String> command =
        limited(
            box,
            70,
            Sandbox.concat(List.of(List.of(Sandbox.bin(), "exec", "--name", "few", "--"), app)));
    Running jhot = box.start(command.toArray(String[]::new));
    jhot.err().await("generation 1 serves");
    Load load = Load.on(port);
    List<Fd> clients = new ArrayList<>();
    Path socket = box.runtime().resolve("few.sock");
    try {
      for (int i = 0; i < 64; i++) {
        Fd client = Sockets.connectUnix(socket.toString(), Sockets.Type.SEQPACKET);
        clients.add(client);
        // who has asked something may stay
        ControlMessage.send(client, new Request.ShowStatus().encode(), List.of());
      }
      jhot.err().await("jhot status, reload and stop have to wait");
      jhot.signal("HUP");
      String failed = jhot.err().await("the reload failed: ");
      assertTrue(failed.contains("EMFILE"), failed);
      load.endWithoutFailure();
    } finally {
      clients.forEach(Fd::close);
    }
    Load again = Load.on(port);
    Await.until("it answers again", () -> box.jhot("reload", "--wait").code() == 0, jhot::toString);
    jhot.err().await("generation 1 is gone");
    again.endWithoutFailure();
    jhot.signal("TERM");
    assertEquals(143, jhot.awaitExit());
    try (Stream<Path> left = Files.list(box.runtime())) {
      assertEquals(List.of(), left.toList());
    }
  }

  /** The command behind a script that leaves it so many descriptors. */
  private static List<String> limited(Sandbox box, int descriptors, List<String> command) {
    Path script = box.script("limited", "#!/bin/sh", "ulimit -n " + descriptors, "exec \"$@\"");
    return Sandbox.concat(List.of(List.of(script.toString()), command));
  }

  @Test
  void anAppThatHasNoDescriptorLeftStopsAcceptingAllTheSame(Sandbox box) throws Exception {
    int port = box.port();
    Path free = box.directory().resolve("free");
    Path go = box.directory().resolve("go");
    Path script = box.file("script", "listen:" + port);
    Jhot jhot =
        box.exec(
                List.of("--drain-timeout", "10m"),
                limited(box, 1024, Sandbox.app("script:" + script)))
            .awaitServing(1);
    Aftermath aftermath = new Aftermath(jhot);
    CompletableFuture<String> held = Http.begin(port, "/hold?" + go);
    jhot.out().await("holding ");
    Http.get(port, "/ping"); // what the first answer makes the JDK open is open now
    Http.get(port, "/do?fill:" + free);
    Await.until(
        "it has none left",
        () -> Proc.descriptors(jhot.status().serving().pid()).size() >= 1024,
        jhot::toString);
    CompletableFuture<String> waiting = Http.begin(port, "/pid");

    jhot.reload().good();

    Status both = jhot.awaitParked(1);
    String second = Long.toString(both.serving().pid());
    assertEquals(second, waiting.get(), "the first one could not take it");
    box.file("free");
    jhot.out().await("filled no more");
    for (int i = 0; i < 30; i++) {
      assertEquals(second, Http.get(port, "/pid"), "the first one accepts nothing any more");
    }
    box.file("go");
    assertEquals("held " + go, held.get());
    jhot.awaitGone(1);
    aftermath.check();
  }

  @Test
  void garbageOnTheChannelOfAJvmCostsNothing(Sandbox box) {
    int port = box.port();
    Path now = box.directory().resolve("now");
    Path noisy =
        box.script(
            "noisy",
            "#!/bin/bash",
            "\"$@\" &",
            "trap 'kill $!' TERM",
            "until test -e " + now + " || ! kill -0 $!; do sleep 0.05; done",
            "test $JHOT_GENERATION = 1 && echo noise >&$JHOT_CONTROL_FD && echo made noise",
            "while kill -0 $!; do wait $!; done 2>/dev/null",
            "wait $!");
    Jhot jhot =
        box.exec(Sandbox.concat(List.of(List.of(noisy.toString()), Sandbox.app("listen:" + port))))
            .awaitServing(1);
    // what the script of a later one writes is read from two pipes for as long as it runs
    Aftermath aftermath = new Aftermath(jhot, 2);
    Load load = Load.on(port);

    box.file("now");
    jhot.out().await("made noise");
    jhot.err().await("generation 1: its agent sent what cannot be used");

    jhot.replace(1);
    load.endWithoutFailure();
    aftermath.check();
  }

  @Test
  void aListenerThatJhotHasNoDescriptorForIsServedAndSaid(Sandbox box) throws IOException {
    List<String> ports = new ArrayList<>();
    for (int i = 0; i < 15; i++) {
      ports.add(Integer.toString(box.port()));
    }
    Path service =
        box.script(
            "service",
            "#!/bin/sh",
            "exec " + Programs.path("agent") + " " + String.join(" ", ports));
    List<String> command =
        limited(box, 26, List.of(Sandbox.bin(), "exec", "--name", "few", "--", service.toString()));
    Running jhot = box.start(command.toArray(String[]::new));
    String said = jhot.err().await("opened a listener that jhot has no descriptor left for");
    assertTrue(said.contains("ulimit -n"), said);
    jhot.err().await("generation 1 serves");
    Load load = Load.onNewConnections(Integer.parseInt(ports.getLast()));

    jhot.signal("HUP");

    jhot.err().await("the reload failed: ");
    load.endWithoutFailure();
    assertEquals(1, jhot.err().count("no descriptor left for"), jhot::toString);
    assertEquals(
        Http.get(Integer.parseInt(ports.getFirst()), "/pid"),
        Http.get(Integer.parseInt(ports.getLast()), "/pid"));
    jhot.signal("TERM");
    assertEquals(143, jhot.awaitExit());
  }

  @Test
  void nearTheLimitOf1024DescriptorsAReloadFailsAndTheServiceGoesOn(Sandbox box)
      throws IOException {
    int port = box.port();
    String count = "990";
    List<String> app = Sandbox.javaClass("SocketServerApp", "many", Integer.toString(port), count);
    List<String> options = List.of(Sandbox.bin(), "exec", "--name", "few", "--");
    List<String> command = limited(box, 1024, Sandbox.concat(List.of(options, app)));
    Running jhot = box.start(command.toArray(String[]::new));
    jhot.err().await("generation 1 listens", 990);
    Load load = Load.onNewConnections(port);
    String pid = Http.get("127.0.0.1", port, "/pid");
    int before = Proc.descriptors(jhot.pid()).size();

    jhot.signal("HUP");

    String failed = jhot.err().await("the reload failed: ");
    assertTrue(failed.contains("EMFILE"), failed);
    assertTrue(failed.contains("ulimit -n"), failed);
    load.endWithoutFailure();
    assertEquals(pid, Http.get("127.0.4.190", port, "/pid"), "the last one");
    Await.until("all is closed", () -> Proc.descriptors(jhot.pid()).size() <= before);
    jhot.signal("TERM");
    assertEquals(143, jhot.awaitExit());
  }

  @Test
  void aGenerationThatIsStoppedWhileItIsReplacedAndContinuedLaterDrainsAsEver(Sandbox box)
      throws Exception {
    int port = box.port();
    Path go = box.directory().resolve("go");
    Jhot jhot =
        box.exec(List.of("--drain-timeout", "10m"), Sandbox.app("listen:" + port)).awaitServing(1);
    Aftermath aftermath = new Aftermath(jhot);
    CompletableFuture<String> held = Http.begin(port, "/hold?" + go);
    jhot.out().await("holding ");
    long stopped = jhot.status().serving().pid();
    Proc.signal(stopped, "STOP");

    jhot.reload().good();

    Load load = Load.onNewConnections(port);
    jhot.err().await("generation 1 has not confirmed that it stopped accepting");
    Proc.signal(stopped, "CONT");
    box.file("go");
    assertEquals("held " + go, held.get());
    jhot.awaitGone(1);
    load.endWithoutFailure();
    aftermath.check();
  }

  @Test
  void clientsWaitForAnAppThatBindsAfterItIsReady(Sandbox box) {
    int port = box.port();
    Path go = box.directory().resolve("go");
    Path script = box.file("script", "listen:" + port);
    Jhot jhot = box.exec(List.of("--ready", "exec"), Sandbox.app("script:" + script));
    jhot.awaitListeners(1);
    Aftermath aftermath = new Aftermath(jhot);
    box.file("script", "say:in 2", "await:" + go, "listen:" + port);
    Load load = Load.onNewConnections(port);

    jhot.reload().good();
    jhot.out().await("in 2");
    jhot.awaitGone(1);
    box.file("go");

    load.endWithoutFailure();
    jhot.awaitAlone(2);
    aftermath.check();
  }
}
