package io.jhot.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jhot.ffm.ControlMessage;
import io.jhot.ffm.Fd;
import io.jhot.ffm.Sockets;
import io.jhot.runtime.Request;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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
    jhot.awaitStatus("both are known", s -> s.listeners().size() == 2);
    Load onOne = Load.on(one);
    Load onTwo = Load.on(two);

    box.file("script", "listen:*:" + one, "listen:" + two);
    Finished elsewhere = jhot.reload().with(1);
    assertTrue(elsewhere.err().contains("BindException"), elsewhere::toString);
    assertTrue(jhot.awaitStatus("1 is alone", s -> s.servesAlone(1)).listeners().size() == 2);

    box.file("script", "listen:" + two, "listen:" + one);
    jhot.reload().good();
    jhot.awaitGone(1);
    assertEquals(Http.get(one, "/pid"), Http.get(two, "/pid"));

    box.file("script", "listen:" + three, "listen:" + one, "listen:" + two, "say:all of 4");
    jhot.reload().good();
    jhot.out().await("all of 4");
    jhot.awaitGone(3);
    jhot.awaitStatus("the third is known", s -> s.listeners().size() == 3);
    assertEquals(Http.get(one, "/pid"), Http.get(three, "/pid"));

    Load onThree = Load.on(three);
    jhot.reload().good();
    jhot.awaitGone(4);
    onOne.endWithoutFailure();
    onTwo.endWithoutFailure();
    onThree.endWithoutFailure();
    assertEquals(3, jhot.awaitStatus("5 is alone", s -> s.servesAlone(5)).listeners().size());
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

    jhot.reload().good();
    jhot.awaitGone(1);

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
    jhot.awaitStatus("all are known", s -> s.listeners().size() == 200);
    Load load = Load.on(last);

    jhot.reload().good();
    jhot.awaitGone(1);

    load.endWithoutFailure();
    Status status = jhot.awaitStatus("2 is alone", s -> s.servesAlone(2));
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
    jhot.awaitStatus("1 is alone", s -> s.servesAlone(1));
    box.file("go");
    jhot.reload().good();
    jhot.awaitGone(1);
    load.endWithoutFailure();
  }

  @Test
  void withoutADescriptorLeftJhotRefusesAndServesOnAndIsItselfAgainAfterwards(Sandbox box)
      throws IOException {
    int port = box.port();
    List<String> app = Sandbox.app("listen:" + port);
    Path limited = box.script("limited", "#!/bin/sh", "ulimit -n 70", "exec \"$@\"");
    List<String> command =
        Sandbox.concat(
            List.of(
                List.of(limited.toString(), Sandbox.bin(), "exec", "--name", "few", "--"), app));
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
}
