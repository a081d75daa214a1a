package io.jhot.runtime.poll;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.jhot.ffm.ControlMessage;
import io.jhot.ffm.ErrnoException;
import io.jhot.ffm.Fd;
import io.jhot.ffm.Sockets;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ReactorTest {
  private final List<String> called = new ArrayList<>();
  private final List<Fd> opened = new ArrayList<>();
  private Reactor reactor;

  @BeforeEach
  void open() throws IOException {
    reactor = Reactor.open();
  }

  @AfterEach
  void close() {
    reactor.close();
    for (Fd fd : opened) {
      fd.close();
    }
  }

  private Sockets.Pair pair() throws IOException {
    Sockets.Pair pair = Sockets.pair(Sockets.Type.SEQPACKET);
    pair.first().setNonBlocking(true);
    opened.add(pair.first());
    opened.add(pair.second());
    return pair;
  }

  private void round() throws IOException {
    reactor.await(0, false);
    reactor.dispatch();
  }

  @Test
  void eachDescriptorHasItsHandlerAndIsToldOfUntilItIsDealtWith() throws Exception {
    Sockets.Pair one = pair();
    Sockets.Pair two = pair();
    reactor.add(one.first(), () -> called.add("one"));
    reactor.add(
        two.first(),
        () -> {
          called.add("two");
          ControlMessage.receive(two.first(), 16);
        });
    round();
    assertEquals(List.of(), called);

    ControlMessage.send(two.second(), new byte[] {1}, List.of());
    round();
    round();
    assertEquals(List.of("two"), called);

    ControlMessage.send(one.second(), new byte[] {1}, List.of());
    round();
    round();
    assertEquals(List.of("two", "one", "one"), called);
  }

  @Test
  void aHandlerThatAnotherOneOfTheSameRoundHasRemovedIsNotCalled() throws Exception {
    Sockets.Pair one = pair();
    Sockets.Pair two = pair();
    for (Sockets.Pair pair : List.of(one, two)) {
      ControlMessage.send(pair.second(), new byte[] {1}, List.of());
    }
    reactor.add(
        one.first(),
        () -> {
          called.add("one");
          reactor.remove(two.first());
        });
    reactor.add(
        two.first(),
        () -> {
          called.add("two");
          reactor.remove(one.first());
        });

    assertEquals(2, reactor.await(0, false));
    reactor.dispatch();

    assertEquals(1, called.size(), called::toString);
  }

  /** The kernel gives the number of a closed descriptor to the next one. */
  @Test
  void aHandlerIsNotCalledForADescriptorThatGotTheNumberOfItsOwn() throws Exception {
    Sockets.Pair first = pair();
    reactor.add(first.first(), () -> called.add("first"));
    ControlMessage.send(first.second(), new byte[] {1}, List.of());
    assertEquals(1, reactor.await(0, false));
    reactor.remove(first.first());
    int number = first.first().number();
    first.first().close();
    Sockets.Pair second = pair();
    assertEquals(number, second.first().number());
    reactor.add(second.first(), () -> called.add("second"));

    reactor.dispatch();

    assertEquals(List.of(), called);
  }

  @Test
  void roomForWritingIsToldOfOnlyWhereItIsAwaited() throws Exception {
    Sockets.Pair pair = pair();
    reactor.add(pair.first(), () -> called.add("ready"));
    round();
    assertEquals(List.of(), called);

    reactor.awaitWriting(pair.first(), true);
    round();
    assertEquals(List.of("ready"), called);

    reactor.awaitWriting(pair.first(), false);
    round();
    assertEquals(List.of("ready"), called);
  }

  @Test
  void whatIsNotThereCannotBeChangedOrRemoved() throws Exception {
    Fd stranger = pair().first();
    assertThrows(ErrnoException.class, () -> reactor.awaitWriting(stranger, true));
    assertThrows(ErrnoException.class, () -> reactor.remove(stranger));
  }

  @Test
  void whatAHandlerThrowsIsPassedOnAndTheOthersAreToldInTheNextRound() throws Exception {
    Sockets.Pair bad = pair();
    Sockets.Pair good = pair();
    reactor.add(
        bad.first(),
        () -> {
          reactor.remove(bad.first());
          throw new IOException("broken");
        });
    ControlMessage.send(bad.second(), new byte[] {1}, List.of());
    reactor.await(0, false);
    reactor.add(good.first(), () -> called.add("good"));
    ControlMessage.send(good.second(), new byte[] {1}, List.of());

    assertThrows(IOException.class, reactor::dispatch);
    round();

    assertEquals(List.of("good"), called);
  }
}
