package io.jhot.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.dockerjava.api.async.ResultCallback;
import com.github.dockerjava.api.model.Frame;
import io.jhot.testcontainers.JhotContainer;
import java.io.IOException;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What {@code docker logs} shows, and a terminal. */
@ParameterizedClass
@EnumSource(JhotImage.class)
@ExtendWith(ContainersExtension.class)
class OutputContainerIT {
  @Parameter JhotImage image;

  @Test
  void linesOfAppAndJhotAreWholeAndApartAndThereAtOnce(Containers box) throws IOException {
    JhotContainer service =
        box.container(image, Containers.app("complain:problem one", "count:2000", "listen:*:8080"));
    service.start();
    Containers.awaitOutput(service, "line 1999\n");
    // shown while the app runs: nobody buffers
    Http.get(Containers.port(service), "/do?say:hello");
    Containers.awaitOutput(service, "did say:hello\n");

    assertTrue(service.reload().succeeded());
    Containers.awaitSaid(service, "generation 1 is gone");
    Http.get(Containers.port(service), "/do?complain:problem+two");
    Containers.awaitOutput(service, "did complain:problem+two\n");
    assertEquals(143, service.drain().exitCode());

    List<String> out = new ArrayList<>(count());
    out.addAll(List.of("hello", "did say:hello"));
    out.addAll(count());
    out.add("did complain:problem+two");
    assertEquals(out, service.appOutput().lines().toList());
    assertEquals(
        List.of("problem one", "problem one", "problem+two"), service.appErrors().lines().toList());
    assertTrue(service.journal().size() > 5, service::getLogs);
  }

  private static List<String> count() {
    return IntStream.range(0, 2000).mapToObj(i -> "line " + i).toList();
  }

  @Test
  void controlCAtATerminalDrains(Containers box) throws IOException {
    JhotContainer service =
        box.service(image)
            .withCreateContainerCmdModifier(create -> create.withTty(true).withStdinOpen(true));
    service.start();
    CompletableFuture<String> answer = Http.begin(Containers.port(service), "/hold?/shared/go");
    Await.until("it holds", () -> service.getLogs().contains("holding"), service::getLogs);
    try (PipedOutputStream keyboard = new PipedOutputStream();
        PipedInputStream typed = new PipedInputStream(keyboard);
        ResultCallback.Adapter<Frame> terminal = new ResultCallback.Adapter<>()) {
      Containers.docker()
          .attachContainerCmd(service.getContainerId())
          .withStdIn(typed)
          .withStdOut(true)
          .withFollowStream(true)
          .exec(terminal);

      keyboard.write(3);
      keyboard.flush();
      Await.until("it drains", () -> service.getLogs().contains("drains"), service::getLogs);
      box.share("go");

      assertEquals("held /shared/go", answer.join());
      assertEquals(143, service.awaitEnd(Await.PATIENCE));
    }
  }
}
