package io.jhot.api;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;

/**
 * State that a predecessor handed over, complete and checked. It lies in sealed memory that nobody
 * can change any more, and is gone when it is closed: there is one owner, this one.
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

  /** The number that the app gave this form of its state. An app decides which it can read. */
  public int version() {
    return version;
  }

  /** The number of the generation that wrote it. */
  public int generation() {
    return generation;
  }

  /** In bytes. */
  public long size() throws IOException {
    return content.size();
  }

  /** The content from the channel's position on; unbuffered. Closing it closes the state. */
  public InputStream stream() {
    return Channels.newInputStream(content);
  }

  /** The content as a channel that can be read and mapped, at its first byte. */
  public FileChannel channel() {
    return content;
  }

  @Override
  public void close() throws IOException {
    content.close();
  }
}
