package io.jhot.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.jhot.protocol.Message;
import io.jhot.protocol.Message.Cargo;
import io.jhot.protocol.Message.Subject;
import io.jhot.supervisor.Event;
import io.jhot.supervisor.Fleet;
import io.jhot.supervisor.Policies;
import io.jhot.supervisor.Transitions;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Who gets which question, and that each gets one answer. */
class QuestionRelayTest {
  private static final Cargo CARGO = new Cargo(new byte[] {1, 2});

  private final FakeOs os = new FakeOs((world, generation) -> {});
  private final QuestionRelay exchange = new QuestionRelay(os);
  private Fleet fleet = Fleet.initial(Policies.usual());

  QuestionRelayTest() {
    tell(new Event.Started(0, new TreeSet<>()));
    tell(new Event.Spawned(0, 1, 11));
    tell(new Event.AgentConnected(0, 1));
    tell(new Event.ListenerOpened(0, 1, 1));
    tell(new Event.ReloadRequested(0));
    tell(new Event.Spawned(0, 2, 12));
    tell(new Event.AgentConnected(0, 2));
  }

  private void tell(Event event) {
    fleet = Transitions.step(fleet, event).fleet();
  }

  private void secondServes() {
    tell(new Event.ListenerTaken(0, 2, 1));
    tell(new Event.WentLive(0, 2));
  }

  private static Message.Ask ask(int request, Subject subject) {
    return new Message.Ask(request, subject, "it", CARGO);
  }

  private void said(String... lines) {
    assertEquals(List.of(lines), os.done);
    os.done.clear();
  }

  @Test
  void stateIsAskedOfTheOneThatServesAndItsAnswerComesBackWithTheParcel() {
    exchange.ask(fleet, 2, ask(70, Subject.STATE), -1);
    said("forward 1 Asked[request=1, from=2, subject=STATE, name=it, cargo=8 bytes] with -1");

    exchange.answer(1, new Message.Answer(1, true, "", CARGO), 5);
    said("forward 2 Answered[request=70, from=1, done=true, reason=, cargo=2 bytes] with 5");

    exchange.answer(1, new Message.Answer(1, true, "", CARGO), 6);
    said("discard 6");
  }

  @Test
  void connectionIsOfferedToTheOneThatServesNow() {
    secondServes();

    exchange.ask(fleet, 1, ask(3, Subject.CONNECTION), 9);

    said("forward 2 Asked[request=1, from=1, subject=CONNECTION, name=it, cargo=2 bytes] with 9");
  }

  @Test
  void connectionIsNotOfferedToOneThatStarts() {
    exchange.ask(fleet, 1, ask(3, Subject.CONNECTION), 9);

    said("discard 9", "send 1 Answered");
  }

  @Test
  void firstGenerationInheritsNothing() {
    exchange.ask(fleet, 1, ask(3, Subject.STATE), -1);

    said("discard -1", "send 1 Answered");
  }

  @Test
  void whoWaitsForAGenerationThatEndsIsTold() {
    secondServes();
    exchange.ask(fleet, 1, ask(3, Subject.CONNECTION), 9);
    exchange.ask(fleet, 1, ask(4, Subject.CONNECTION), 10);
    os.done.clear();

    exchange.lost(2);
    said("send 1 Answered", "send 1 Answered");

    exchange.answer(2, new Message.Answer(1, true, "", CARGO), -1);
    said("discard -1");
  }

  @Test
  void answerForAGenerationThatHasEndedIsDiscarded() {
    exchange.ask(fleet, 2, ask(1, Subject.STATE), -1);
    os.done.clear();

    exchange.lost(2);
    exchange.answer(1, new Message.Answer(1, true, "", CARGO), 4);

    said("discard 4");
  }

  @Test
  void nobodyAnswersForAnother() {
    exchange.ask(fleet, 2, ask(1, Subject.STATE), -1);
    os.done.clear();

    exchange.answer(2, new Message.Answer(1, true, "", CARGO), 4);

    said("discard 4");
  }

  @Test
  void whoCannotBeReachedIsToBeTriedAgain() {
    secondServes();
    os.unreachable.add(2);

    exchange.ask(fleet, 1, ask(3, Subject.CONNECTION), 9);

    said(
        "forward 2 Asked[request=1, from=1, subject=CONNECTION, name=it, cargo=2 bytes] with 9",
        "send 1 Answered");
  }
}
