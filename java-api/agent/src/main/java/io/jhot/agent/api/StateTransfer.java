package io.jhot.agent.api;

import io.jhot.agent.api.Questions.Answered;
import io.jhot.agent.channel.Channel;
import io.jhot.agent.channel.Failure;
import io.jhot.agent.channel.SocketSender;
import io.jhot.protocol.Message;
import io.jhot.protocol.Message.Cargo;
import io.jhot.protocol.Message.Subject;
import io.jhot.protocol.WireReader;
import io.jhot.protocol.WireWriter;
import java.io.BufferedOutputStream;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiFunction;
import java.util.zip.CRC32C;
import java.util.zip.CheckedOutputStream;
import org.jspecify.annotations.Nullable;
import sun.nio.ch.JhotSockets;

/**
 * State that a generation inherits from its predecessor: a file in memory, sealed, with its size
 * and checksum beside it. For any thread.
 */
final class StateTransfer {
  private record Offer(int version, BiFunction<String, Object[], Object> writer) {}

  private final Channel channel;
  private final int generation;
  private final SocketSender sender;
  private final Questions questions;
  private final Map<String, Offer> offers = new ConcurrentHashMap<>();

  StateTransfer(Channel channel, int generation, SocketSender sender, Questions questions) {
    this.channel = channel;
    this.generation = generation;
    this.sender = sender;
    this.questions = questions;
  }

  /** The app offers state of that name; returns what takes the offer back. */
  Runnable offer(String name, int version, BiFunction<String, Object[], Object> writer) {
    Offer offer = new Offer(version, writer);
    offers.put(name, offer);
    return () -> offers.remove(name, offer);
  }

  /**
   * State of a predecessor; waits for it.
   *
   * @return version, generation, FileChannel, which the app closes; null: there is none
   */
  Object @Nullable [] inherited(String name, long millis) {
    Answered answer = null;
    try {
      answer =
          questions.ask(Subject.STATE, name, Cargo.NONE, -1).get(millis, TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      channel.trouble("state \"" + name + "\" did not come within " + millis + " ms");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | IOException e) {
      channel.trouble("cannot ask for state \"" + name + "\": " + Failure.words(e));
    }
    if (answer == null || !answer.done()) {
      return null;
    }
    if (answer.descriptor() < 0) {
      channel.trouble("state \"" + name + "\" came without its content");
      return null;
    }
    return checked(name, answer);
  }

  @SuppressWarnings("resource") // the app closes it
  private Object @Nullable [] checked(String name, Answered answer) {
    FileChannel content =
        new FileInputStream(JhotSockets.descriptor(answer.descriptor())).getChannel();
    try {
      WireReader cargo = new WireReader(answer.cargo().bytes(), 0, answer.cargo().bytes().length);
      int version = cargo.i32();
      long size = cargo.i64();
      int checksum = cargo.i32();
      String wrong =
          !sender.isSealed(answer.descriptor())
              ? "it can still be changed"
              : content.size() != size
                  ? "it has " + content.size() + " bytes and not " + size
                  : checksum(content) != checksum ? "its checksum is another" : null;
      if (wrong == null) {
        content.position(0);
        return new Object[] {version, answer.from(), content};
      }
      channel.trouble("state \"" + name + "\" is not as it was written: " + wrong);
    } catch (IOException e) {
      channel.trouble("state \"" + name + "\" cannot be read: " + e.getMessage());
    }
    try {
      content.close();
    } catch (IOException e) {
      channel.trouble("cannot close state \"" + name + "\": " + e.getMessage());
    }
    return null;
  }

  private static int checksum(FileChannel content) throws IOException {
    CRC32C sum = new CRC32C();
    ByteBuffer some = ByteBuffer.allocateDirect(64 * 1024);
    content.position(0);
    while (content.read(some) >= 0) {
      some.flip();
      sum.update(some);
      some.clear();
    }
    return (int) sum.getValue();
  }

  /** Another generation asks for state: the app writes it. */
  void write(Message.Asked asked) {
    Offer offer = offers.get(asked.name());
    if (offer == null) {
      questions.refuse(
          asked.request(), "generation " + generation + " offers no \"" + asked.name() + "\"");
      return;
    }
    int file = -1;
    try {
      file = sender.memoryFile("jhot-state-" + asked.name());
      CRC32C sum = new CRC32C();
      OutputStream raw =
          new Bounded(new FileOutputStream(JhotSockets.descriptor(file)), limit(asked.cargo()));
      OutputStream out = new BufferedOutputStream(new CheckedOutputStream(raw, sum), 64 * 1024);
      offer.writer().apply("write", new Object[] {out});
      out.flush();
      sender.seal(file);
      long size = Path.of("/proc/self/fd/" + file).toFile().length();
      WireWriter cargo = new WireWriter().i32(offer.version()).i64(size).i32((int) sum.getValue());
      sender.send(
          channel,
          new Message.Answer(asked.request(), true, "", new Cargo(cargo.toByteArray())),
          file);
    } catch (IOException | RuntimeException | OutOfMemoryError e) {
      Throwable cause = e instanceof UncheckedIOException wrapped ? wrapped.getCause() : e;
      channel.trouble("state \"" + asked.name() + "\" could not be written: " + cause);
      questions.refuse(asked.request(), "it could not be written");
    } finally {
      questions.discard(file);
    }
  }

  /** How many bytes there may be, by the question. */
  private static long limit(Cargo cargo) throws IOException {
    byte[] bytes = cargo.bytes();
    return bytes.length == 0 ? Long.MAX_VALUE : new WireReader(bytes, 0, bytes.length).i64();
  }

  /** Passes on as many bytes as there may be; more is an error before it is memory. */
  private static final class Bounded extends FilterOutputStream {
    private final long limit;
    private long written;

    Bounded(OutputStream out, long limit) {
      super(out);
      this.limit = limit;
    }

    private void take(int count) throws IOException {
      written += count;
      if (written > limit) {
        throw new IOException(
            "it is larger than the "
                + limit / (1024 * 1024)
                + " MiB that the memory limit has for it");
      }
    }

    @Override
    public void write(int one) throws IOException {
      take(1);
      out.write(one);
    }

    @Override
    public void write(byte[] bytes, int from, int count) throws IOException {
      take(count);
      out.write(bytes, from, count);
    }
  }
}
