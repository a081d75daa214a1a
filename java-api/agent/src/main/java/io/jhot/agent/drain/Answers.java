package io.jhot.agent.drain;

import io.jhot.agent.drain.AnswerHead.Edit;
import java.io.FileDescriptor;
import java.io.IOException;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import sun.nio.ch.JhotDrain.Outgoing;

/**
 * Makes the plaintext HTTP/1 answers of a draining generation say {@code Connection: close}, by
 * changing the bytes that the server writes to its connections.
 *
 * <p>An answer behind which more requests wait must not say it: the client would not get answers to
 * the requests that it has pipelined. {@link Pipelines} knows, from what the app reads.
 *
 * <p>At most one answer per connection is changed, the first behind which none is to come, of those
 * that start while the generation drains: the client ends the connection after it. So bodies never
 * need to be told from heads after that, and every later byte passes as it is. Before that one
 * thing cannot be known: if the head was written before the drain, and a write of the body starts
 * like an answer, the body is taken for one.
 *
 * <p>The app must see the counts that write(2) would return for its own bytes. While only a part of
 * the change is written, the bytes behind it count as not written yet, so that the app comes again
 * with them.
 */
public final class Answers {
  /** The JDK's code for EAGAIN. */
  private static final int UNAVAILABLE = -2;

  /** A head longer than that is changed without looking at the rest of it. */
  private static final int MAX_HEAD = 16 * 1024;

  private static final int FIRST_LOOK = 16;

  /** What is still to be done to a connection, relative to the app's next byte. */
  private static final class Pending {
    int at;
    int skip;
    byte[] replacement;
    int from;

    Pending(Edit edit) {
      at = edit.at();
      skip = edit.skip();
      replacement = edit.replacement();
    }

    int left() {
      return replacement.length - from;
    }

    boolean isDone() {
      return left() == 0 && skip == 0;
    }
  }

  private final Predicate<FileDescriptor> accepted;
  private final Predicate<FileDescriptor> hasInput;
  private final Pipelines pipelines;
  private final Consumer<Throwable> failed;
  // FileDescriptor has no equals: by identity
  private final Map<FileDescriptor, Pending> connections = new WeakHashMap<>();

  /**
   * @param accepted whether a socket is a connection that a client made to this app
   * @param hasInput whether the kernel holds bytes that the app has not read
   * @param pipelines which answers must not be the last
   * @param failed is told what went wrong while looking at an answer, which then passes as it is
   */
  public Answers(
      Predicate<FileDescriptor> accepted,
      Predicate<FileDescriptor> hasInput,
      Pipelines pipelines,
      Consumer<Throwable> failed) {
    this.accepted = accepted;
    this.hasInput = hasInput;
    this.pipelines = pipelines;
    this.failed = failed;
  }

  /**
   * Does one write of the app. The JDK lets only one thread at a time write to one socket.
   *
   * @return like write(2) in the JDK: how many of the app's bytes are done with; -2 for EAGAIN and
   *     -3 for EINTR if none
   */
  public long write(FileDescriptor socket, Outgoing bytes) throws IOException {
    Pending pending;
    synchronized (connections) {
      pending = connections.get(socket);
    }
    if (pending == null) {
      try {
        pending = look(socket, bytes);
      } catch (RuntimeException | LinkageError e) {
        failed.accept(e);
      }
      if (pending == null) {
        return bytes.writeFrom(0);
      }
    }
    return pending.isDone() ? bytes.writeFrom(0) : write(pending, bytes);
  }

  /** What is to be done from this write on; null if this is not the start of an answer. */
  private @Nullable Pending look(FileDescriptor socket, Outgoing bytes) {
    byte[] start = new byte[FIRST_LOOK];
    if (!AnswerHead.mayStartOne(start, bytes.peek(start)) || !accepted.test(socket)) {
      return null;
    }
    byte[] head = new byte[(int) Math.min(bytes.size(), MAX_HEAD)];
    Edit edit = AnswerHead.edit(head, bytes.peek(head));
    if (edit == null) {
      return null;
    }
    Pending pending = new Pending(edit);
    if (!edit.changesNothing()
        && pipelines.expectsMore(socket, edit.answers(), () -> hasInput.test(socket))) {
      return null;
    }
    synchronized (connections) {
      connections.put(socket, pending);
    }
    return pending;
  }

  private static long write(Pending pending, Outgoing bytes) throws IOException {
    byte[] own = new byte[(int) Math.min(bytes.size(), MAX_HEAD)];
    int length = bytes.peek(own);
    if (pending.at >= length && pending.at > 0) {
      long written = bytes.writeFrom(0);
      pending.at -= (int) Math.max(written, 0);
      return written;
    }
    // what the app has before the change, the change, and what it has after: in one piece
    int skip = Math.min(pending.skip, length - pending.at);
    int after = length - pending.at - skip;
    int change = pending.left();
    byte[] piece = new byte[pending.at + change + after];
    System.arraycopy(own, 0, piece, 0, pending.at);
    System.arraycopy(pending.replacement, pending.from, piece, pending.at, change);
    System.arraycopy(own, pending.at + skip, piece, pending.at + change, after);

    int written = piece.length == 0 ? 0 : bytes.write(piece, 0, piece.length);
    if (written < 0) {
      return written;
    }
    if (written < pending.at) {
      pending.at -= written;
      return written;
    }
    if (written < pending.at + change) {
      int before = pending.at;
      pending.from += written - before;
      pending.at = 0;
      return before > 0 ? before : UNAVAILABLE;
    }
    long done = (long) written - change + skip;
    pending.at = 0;
    pending.from = pending.replacement.length;
    pending.skip -= skip;
    return done < length ? done : done + rest(bytes, done);
  }

  private static long rest(Outgoing bytes, long from) {
    if (from == bytes.size()) {
      return 0;
    }
    try {
      return Math.max(bytes.writeFrom(from), 0);
    } catch (IOException e) {
      return 0; // the bytes before are written; the app's next write meets the error again
    }
  }
}
