package io.jhot.runtime.poll;

import io.jhot.ffm.ErrnoException;
import io.jhot.ffm.Fd;
import io.jhot.ffm.Poller;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The descriptors that wake the loop, each with the handler that is called when it is ready. A thin
 * layer above {@link Poller}; descriptors stay their owners', who remove them here before they
 * close them.
 */
public final class Reactor implements AutoCloseable {
  /** Deals with one descriptor. */
  public interface Handler {
    /**
     * The descriptor is ready. What is not dealt with is told again in the next round. May add and
     * remove any descriptors.
     *
     * @throws IOException when jhot cannot go on
     */
    void ready() throws IOException;
  }

  private final Poller poller;

  /** By token. A token is given once and never reused, so no handler can be mistaken. */
  private final Map<Long, Handler> handlers = new HashMap<>();

  private final Map<Fd, Long> tokens = new HashMap<>();

  /** Those that are ready in this round. */
  private final List<Long> ready = new ArrayList<>();

  private long lastToken;

  private Reactor(Poller poller) {
    this.poller = poller;
  }

  /**
   * Opens a reactor without descriptors.
   *
   * @throws ErrnoException EMFILE, ENFILE
   */
  public static Reactor open() throws ErrnoException {
    return new Reactor(Poller.open());
  }

  /**
   * Calls a handler whenever a descriptor can be read, or its stream has ended.
   *
   * @param fd stays the caller's
   * @param handler called by {@link #dispatch}
   * @throws ErrnoException EEXIST when it is there already, ENOSPC
   */
  public void add(Fd fd, Handler handler) throws ErrnoException {
    long token = ++lastToken;
    poller.add(fd, token, Poller.READABLE);
    tokens.put(fd, token);
    handlers.put(token, handler);
  }

  /**
   * Calls the handler of a descriptor also, or no longer, whenever it can be written.
   *
   * @param fd one that was added
   * @param writing whether the handler waits for room
   * @throws ErrnoException ENOENT when it was removed
   */
  public void awaitWriting(Fd fd, boolean writing) throws ErrnoException {
    Long token = tokens.get(fd);
    poller.change(fd, token == null ? 0 : token, Poller.READABLE | (writing ? Poller.WRITABLE : 0));
  }

  /**
   * Calls the handler of a descriptor no more.
   *
   * @param fd one that was added
   * @throws ErrnoException ENOENT when it was removed
   */
  public void remove(Fd fd) throws ErrnoException {
    poller.remove(fd);
    handlers.remove(tokens.remove(fd));
  }

  /**
   * Sleeps until a descriptor is ready.
   *
   * @param timeoutMillis how long at most; -1: for ever
   * @param atRest give memory back before sleeping, as {@link Poller#awaitAtRest} does
   * @return how many are ready, for {@link #dispatch}; 0: time ran out
   * @throws ErrnoException what epoll_wait says
   */
  public int await(long timeoutMillis, boolean atRest) throws ErrnoException {
    ready.clear();
    return atRest
        ? poller.awaitAtRest(timeoutMillis, (token, events) -> ready.add(token))
        : poller.await(timeoutMillis, (token, events) -> ready.add(token));
  }

  /**
   * Calls the handlers of those that the last {@link #await} found ready. One that an earlier
   * handler of the same round has removed is left out.
   *
   * @throws IOException from a handler; the others are called in the next round
   */
  public void dispatch() throws IOException {
    for (Long token : ready) {
      Handler handler = handlers.get(token);
      if (handler != null) {
        handler.ready();
      }
    }
    ready.clear();
  }

  /** Closes the reactor; the descriptors stay open. */
  @Override
  public void close() {
    poller.close();
  }
}
