package io.jhot.ffm;

import io.jhot.ffm.gen.Abi;
import java.util.HashMap;
import java.util.Map;

/**
 * Waits for many descriptors at once (man 7 epoll), level-triggered: what was not handled is
 * reported again.
 *
 * <p>One thread at a time may use it. Remove a descriptor before closing it: if a duplicate stays
 * open, in a child for instance, the kernel would go on reporting a number that no longer exists.
 */
public final class Poller implements AutoCloseable {
  /** Something can be read or accepted, or the stream has ended. */
  public static final int READABLE = 1;

  /** Something can be written. */
  public static final int WRITABLE = 2;

  /**
   * The peer is gone, or the descriptor has an error; always reported. A caller that asks for it
   * also learns that the peer has stopped writing.
   */
  public static final int HANGUP = 4;

  private static final int BATCH = 64;

  /** Receives what happened. */
  @FunctionalInterface
  public interface Ready {
    /**
     * Called for each descriptor that is ready. May add, change and remove any descriptors: one
     * that was removed is not reported, even if it was ready too.
     *
     * @param token what it was added with
     * @param events one or more of the constants above
     */
    void ready(long token, int events);
  }

  /** A watched descriptor. Its id is never reused, unlike numbers and tokens. */
  private static final class Registration {
    final long id;
    long token;

    Registration(long id, long token) {
      this.id = id;
      this.token = token;
    }
  }

  private final Fd epoll;
  private final Map<Integer, Registration> byNumber = new HashMap<>();
  private final Map<Long, Registration> byId = new HashMap<>();
  private long lastId;

  private Poller(Fd epoll) {
    this.epoll = epoll;
  }

  /**
   * Opens a poller, close-on-exec.
   *
   * @return the poller
   * @throws ErrnoException EMFILE, ENFILE
   */
  public static Poller open() throws ErrnoException {
    try (Frame frame = Frame.empty()) {
      int result = Libc.epollCreate1(frame, Abi.EPOLL_CLOEXEC);
      if (result < 0) {
        throw ErrnoException.of("wait for descriptors", "epoll_create1", result);
      }
      return new Poller(Fd.owned(result));
    }
  }

  /**
   * Starts watching a descriptor.
   *
   * @param fd what to watch; the caller still owns it
   * @param token what {@link Ready} is called with
   * @param interest some of the constants above, or 0
   * @throws ErrnoException EEXIST when it is watched already, EPERM for a regular file, ENOSPC
   */
  public void add(Fd fd, long token, int interest) throws ErrnoException {
    Registration registration = new Registration(++lastId, token);
    control("watch", Abi.EPOLL_CTL_ADD, fd.number(), registration.id, interest);
    Registration stale = byNumber.put(fd.number(), registration);
    if (stale != null) {
      byId.remove(stale.id); // closed without having been removed
    }
    byId.put(registration.id, registration);
  }

  /**
   * Changes what a descriptor is watched for.
   *
   * @param fd what is watched
   * @param token what {@link Ready} is called with from now on
   * @param interest some of the constants above, or 0
   * @throws ErrnoException ENOENT when it is not watched
   */
  public void change(Fd fd, long token, int interest) throws ErrnoException {
    Registration registration = byNumber.get(fd.number());
    long id = registration == null ? 0 : registration.id;
    control("watch", Abi.EPOLL_CTL_MOD, fd.number(), id, interest);
    if (registration != null) {
      registration.token = token;
    }
  }

  /**
   * Stops watching a descriptor.
   *
   * @param fd what is watched
   * @throws ErrnoException ENOENT when it is not watched
   */
  public void remove(Fd fd) throws ErrnoException {
    control("stop watching", Abi.EPOLL_CTL_DEL, fd.number(), 0, 0);
    Registration removed = byNumber.remove(fd.number());
    if (removed != null) {
      byId.remove(removed.id);
    }
  }

  private void control(String doing, int operation, int number, long id, int interest)
      throws ErrnoException {
    try (Frame frame = Frame.of(Abi.EPOLL_EVENT_SIZE)) {
      int event = frame.reserve(Abi.EPOLL_EVENT_SIZE);
      frame.memory().putInt(event + Abi.EPOLL_EVENT_EVENTS, wanted(interest));
      frame.memory().putLong(event + Abi.EPOLL_EVENT_DATA, id);
      int result = Libc.epollCtl(frame, epoll.number(), operation, number, frame.address(event));
      if (result < 0) {
        throw ErrnoException.of(doing + " descriptor " + number, "epoll_ctl", result);
      }
    }
  }

  /**
   * Waits until something is ready and reports it. A signal does not end the wait.
   *
   * @param timeoutMillis how long to wait at most; 0 not at all, -1 for ever
   * @param sink called on this thread for each descriptor that is ready; an exception ends the
   *     round
   * @return how many were reported; 0 when time ran out
   * @throws ErrnoException what epoll_wait says
   */
  public int await(long timeoutMillis, Ready sink) throws ErrnoException {
    try (Frame frame = Frame.of(BATCH * Abi.EPOLL_EVENT_SIZE)) {
      int events = frame.reserve(BATCH * Abi.EPOLL_EVENT_SIZE);
      int count = await(frame, events, timeoutMillis);
      int told = 0;
      for (int i = 0; i < count; i++) {
        int event = events + i * Abi.EPOLL_EVENT_SIZE;
        Registration registration = byId.get(frame.memory().getLong(event + Abi.EPOLL_EVENT_DATA));
        if (registration != null) {
          told++;
          sink.ready(
              registration.token, happened(frame.memory().getInt(event + Abi.EPOLL_EVENT_EVENTS)));
        }
      }
      return told;
    }
  }

  /**
   * The same as {@link #await}, for a long wait: before it sleeps it returns memory that can be
   * read again from files. That costs some milliseconds of CPU time, now and on waking.
   *
   * @param timeoutMillis how long to wait at most; -1 for ever
   * @param sink called for each descriptor that is ready
   * @return how many were reported; 0 when time ran out
   * @throws ErrnoException what epoll_wait says
   */
  public int awaitAtRest(long timeoutMillis, Ready sink) throws ErrnoException {
    long start = System.nanoTime();
    int millis = timeoutMillis < 0 ? -1 : (int) Math.min(timeoutMillis, Integer.MAX_VALUE);
    ResidentMemory.releaseUntilReadable(epoll.number(), millis);
    long passed = (System.nanoTime() - start) / 1_000_000;
    return await(timeoutMillis < 0 ? -1 : Math.max(0, timeoutMillis - passed), sink);
  }

  private int await(Frame frame, int events, long timeoutMillis) throws ErrnoException {
    long start = System.nanoTime();
    long left = timeoutMillis;
    while (true) {
      int millis = timeoutMillis < 0 ? -1 : (int) Math.min(left, Integer.MAX_VALUE);
      int result = Libc.epollWait(frame, epoll.number(), frame.address(events), BATCH, millis);
      if (result < 0 && result != -Errno.EINTR) {
        throw ErrnoException.of("wait for descriptors", "epoll_wait", result);
      }
      left = timeoutMillis - (System.nanoTime() - start) / 1_000_000;
      // A signal, or a wait of more than the 24 days that an int of milliseconds holds, does not
      // end it.
      if (result > 0 || timeoutMillis >= 0 && left <= 0) {
        return Math.max(result, 0);
      }
    }
  }

  private static int wanted(int interest) {
    int events = 0;
    if ((interest & READABLE) != 0) {
      events |= Abi.EPOLLIN;
    }
    if ((interest & WRITABLE) != 0) {
      events |= Abi.EPOLLOUT;
    }
    if ((interest & HANGUP) != 0) {
      events |= Abi.EPOLLRDHUP;
    }
    return events;
  }

  private static int happened(int events) {
    int happened = 0;
    if ((events & Abi.EPOLLIN) != 0) {
      happened |= READABLE;
    }
    if ((events & Abi.EPOLLOUT) != 0) {
      happened |= WRITABLE;
    }
    if ((events & (Abi.EPOLLHUP | Abi.EPOLLERR | Abi.EPOLLRDHUP)) != 0) {
      happened |= HANGUP;
    }
    return happened;
  }

  /** Closes the poller; what it watched stays open. */
  @Override
  public void close() {
    epoll.close();
  }
}
