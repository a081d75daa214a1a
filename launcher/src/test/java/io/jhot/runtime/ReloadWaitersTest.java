package io.jhot.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jhot.runtime.control.Reply;
import io.jhot.supervisor.Effect.Level;
import io.jhot.supervisor.FleetEvent;
import io.jhot.supervisor.Reason;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class ReloadWaitersTest {
  private static final Reason REASON =
      new Reason(Reason.Kind.RUNS, 0, new TreeSet<>(), new TreeSet<>(), "", null, null);

  private final FakeOs os = new FakeOs((world, generation) -> {});
  private final ReloadWaiters waiters = new ReloadWaiters(os);
  private final EventStream stream = new EventStream("test", () -> 0);

  ReloadWaitersTest() {
    stream.subscribe(waiters);
  }

  private void publish(StreamEvent event) {
    stream.publish(event, Level.INFO, "", -1, "");
  }

  private static StreamEvent succeeded(int generation, String text) {
    return new StreamEvent.Decided(new FleetEvent.ReloadSucceeded(generation, REASON), text);
  }

  private static StreamEvent failed(int generation, String text) {
    return new StreamEvent.Decided(new FleetEvent.ReloadFailed(generation, REASON), text);
  }

  private static StreamEvent undone(int generation, String text) {
    return new StreamEvent.Decided(new FleetEvent.RolledBack(generation, REASON), text);
  }

  private Reply.Finished answer(long client) {
    return assertInstanceOf(Reply.Finished.class, os.answers.get(client));
  }

  @Test
  void aFailureIsAnsweredAtOnceAndWithTheLastLines() {
    os.lines.put(2, List.of("boom"));
    waiters.add(7);
    waiters.requested(2);

    publish(failed(2, "it died"));

    assertEquals(new Reply.Finished(false, "it died", List.of("boom")), answer(7));
  }

  @Test
  void aSuccessIsAnsweredWhenTheOldGenerationHasParked() {
    waiters.add(7);
    waiters.requested(2);
    publish(succeeded(2, "it serves"));
    assertEquals(Map.of(), os.answers);

    waiters.parked();

    assertEquals(new Reply.Finished(true, "it serves", List.of()), answer(7));
    waiters.parked(); // FakeOs refuses a second answer
  }

  @Test
  void aSuccessThatIsUndoneBeforeThatIsAFailure() {
    waiters.add(7);
    waiters.requested(2);
    publish(succeeded(2, "it serves"));
    publish(undone(1, "the old one took over again"));
    waiters.parked();

    assertEquals(new Reply.Finished(false, "the old one took over again", List.of()), answer(7));
  }

  @Test
  void theOutcomeOfAnEarlierGenerationIsNoAnswerAndThatOfALaterOneIs() {
    waiters.add(7);
    waiters.requested(3);
    publish(failed(2, "the second"));
    assertEquals(Map.of(), os.answers);

    publish(failed(4, "the fourth"));

    assertEquals("the fourth", answer(7).text());
  }

  @Test
  void aSignalsRequestIsNobodysAnswer() {
    waiters.requested(2);
    waiters.add(7);
    publish(failed(2, "of the signal"));
    assertEquals(Map.of(), os.answers);

    waiters.requested(3);
    publish(failed(3, "of the client"));

    assertEquals("of the client", answer(7).text());
  }

  @Test
  void whoHasLeftIsNotAnswered() {
    for (long client = 1; client <= 4; client++) {
      waiters.add(client);
      if (client < 4) {
        waiters.requested(2);
      }
    }
    waiters.left(1);
    waiters.left(4);
    publish(succeeded(2, "it serves"));
    waiters.left(2);
    waiters.requested(3);
    publish(failed(3, "it died"));
    waiters.awaitEnd(5);
    waiters.left(5);
    waiters.ended("over");

    assertEquals(java.util.Set.of(3L), os.answers.keySet());
  }

  @Test
  void theEndAnswersWhoWaitsForItAndWhoWaitsForTheOldGeneration() {
    waiters.add(1);
    waiters.requested(2);
    publish(succeeded(2, "it serves"));
    waiters.awaitEnd(2);

    waiters.ended("over with 0");

    assertTrue(answer(1).ok());
    assertEquals(new Reply.Finished(true, "over with 0", List.of()), answer(2));
    assertFalse(os.done.contains("answer 3 Finished"));
  }
}
