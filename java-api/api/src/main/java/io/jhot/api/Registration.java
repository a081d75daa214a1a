package io.jhot.api;

/** What was registered with {@link Jhot}; closing it takes it back. Closing twice does nothing. */
@FunctionalInterface
public interface Registration extends AutoCloseable {
  @Override
  void close();
}
