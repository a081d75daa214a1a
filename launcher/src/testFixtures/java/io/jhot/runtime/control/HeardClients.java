package io.jhot.runtime.control;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Notes what a {@link ControlServer} heard of its clients. */
final class HeardClients implements ControlServer.Clients {
  sealed interface Heard {}

  record Asked(long client, Request request) implements Heard {}

  record Left(long client) implements Heard {}

  private final List<Heard> heard = new ArrayList<>();
  private ControlServer server;
  private long now;
  private boolean accepted;

  /** Lets these clients in when they come, at that time of the loop. */
  void serve(ControlServer by, long at) {
    server = by;
    now = at;
    accepted = false;
  }

  /** Whether somebody was let in since {@link #serve}. */
  boolean hasAccepted() {
    return accepted;
  }

  @Override
  public void arrived() throws IOException {
    server.accept(now);
    accepted = true;
  }

  @Override
  public void asked(long client, Request request) {
    heard.add(new Asked(client, request));
  }

  @Override
  public void left(long client) {
    heard.add(new Left(client));
  }

  boolean isEmpty() {
    return heard.isEmpty();
  }

  /** What was heard since this was called last. */
  List<Heard> take() {
    List<Heard> taken = List.copyOf(heard);
    heard.clear();
    return taken;
  }
}
