package io.jhot.api;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;

/**
 * State that a predecessor handed over, complete and checked. It lies in sealed memory that nobody
 * can change, and is gone when it is closed: this is its only owner.
 */
public final class Inherited implements AutoCloseable {
  private final int version;
  private final int generation;
  private final FileChannel content;

  Inherited(int version, int generation, FileChannel content) {
    this.version = version;
    this.generation = generation;
    this.content = content;
  }

  /** {@return the number that the app gave this form of its state} It decides which it can read. */
  public int version() {
    return version;
  }

  /** {@return the number of the generation that wrote it} */
  public int generation() {
    return generation;
  }

  /**
   * {@return how many bytes it has}
   *
   * @throws IOException when it is closed
   */
  public long size() throws IOException {
    return content.size();
  }

  /**
   * {@return the content from the channel's position on; unbuffered} Closing it closes the state.
   */
  public InputStream stream() {
    return Channels.newInputStream(content);
  }

  /** {@return the content as a channel that can be read and mapped, at its first byte} */
  public FileChannel channel() {
    return content;
  }

  @Override
  public void close() throws IOException {
    content.close();
  }
}
