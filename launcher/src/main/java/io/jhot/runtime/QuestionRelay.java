package io.jhot.runtime;

import io.jhot.protocol.Message;
import io.jhot.protocol.Message.Cargo;
import io.jhot.protocol.Message.Subject;
import io.jhot.protocol.WireWriter;
import io.jhot.supervisor.Fleet;
import io.jhot.supervisor.Generation;
import io.jhot.supervisor.Phase;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Relays questions between generations. Every question is answered: by the generation that it went
 * to, or by jhot if that one ends first. For the loop's thread.
 */
final class QuestionRelay {
  private record Question(int asker, int request, int answerer) {}

  private final Os os;
  private final Map<Integer, Question> open = new HashMap<>();
  private int last;

  QuestionRelay(Os os) {
    this.os = os;
  }

  /**
   * A generation asks.
   *
   * @param parcel the descriptor that came with it, by the number that {@link OsEvent.AgentSaid}
   *     gave; -1: nothing
   */
  void ask(Fleet fleet, int asker, Message.Ask ask, int parcel) {
    Generation to = answerer(fleet, asker, ask.subject());
    if (to == null) {
      os.discard(parcel);
      refuse(asker, ask.request(), "there is no generation to ask");
      return;
    }
    int number = ++last;
    open.put(number, new Question(asker, ask.request(), to.number()));
    Cargo cargo = ask.subject() == Subject.STATE ? mostState() : ask.cargo();
    Message asked = new Message.Asked(number, asker, ask.subject(), ask.name(), cargo);
    if (!os.forward(to.number(), asked, parcel)) {
      open.remove(number);
      refuse(
          asker,
          ask.request(),
          "not yet: generation " + to.number() + " does not read what jhot says to it");
    }
  }

  /**
   * How large the state may be. A memory file is charged to the cgroup of both generations; if that
   * runs out, the kernel kills one of them, perhaps the one that serves. So a quarter of what is
   * left is kept free.
   */
  private Cargo mostState() {
    long room = os.memoryRoom();
    return new Cargo(new WireWriter().i64(room - room / 4).toByteArray());
  }

  /** State is asked of the one before, connections are offered to the one that serves now. */
  private static @Nullable Generation answerer(Fleet fleet, int asker, Subject subject) {
    Generation found = null;
    for (Generation one : fleet.generations()) {
      boolean fits =
          subject == Subject.STATE
              ? one.number() < asker && one.phase() != Phase.STARTING
              : one.number() > asker && one.phase() == Phase.SERVING;
      if (fits && one.alive() && one.agent()) {
        found = one; // the newest: generations come by ascending number
      }
    }
    return found;
  }

  /** A generation answers. */
  void answer(int answerer, Message.Answer answer, int parcel) {
    Question question = open.get(answer.request());
    if (question == null || question.answerer() != answerer) {
      os.discard(parcel); // the asker has ended since
      return;
    }
    open.remove(answer.request());
    Message answered =
        new Message.Answered(
            question.request(), answerer, answer.done(), answer.reason(), answer.cargo());
    os.forward(question.asker(), answered, parcel);
  }

  /** The generation has lost its agent: its questions are dropped, those to it are refused. */
  void lost(int generation) {
    for (Iterator<Question> all = open.values().iterator(); all.hasNext(); ) {
      Question one = all.next();
      if (one.answerer() == generation) {
        all.remove();
        refuse(
            one.asker(), one.request(), "generation " + generation + " ended before it answered");
      } else if (one.asker() == generation) {
        all.remove();
      }
    }
  }

  private void refuse(int asker, int request, String reason) {
    os.send(asker, new Message.Answered(request, 0, false, reason, Cargo.NONE));
  }
}
