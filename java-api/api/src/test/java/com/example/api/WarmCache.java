package com.example.api;

import io.jhot.api.Inherited;
import io.jhot.api.Jhot;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.util.Optional;
import java.util.Properties;

/** Is ready when its cache is warm, and inherits the cache of the generation before it. */
public final class WarmCache {
  private static final int VERSION = 1;

  private final Properties cache = new Properties();

  /** Warms up, then would serve. */
  public static void main(String[] arguments) throws IOException {
    Jhot.readyIsExplicit(); // before anything listens
    WarmCache app = new WarmCache();
    if (!app.inherit()) {
      app.warm();
    }
    Jhot.handOver("cache", VERSION, out -> app.cache.store(out, null));
    Jhot.ready();
    System.out.println("generation " + Jhot.generation().number() + " has " + app.cache.size());
  }

  private boolean inherit() throws IOException {
    Optional<Inherited> state = Jhot.inherited("cache");
    if (state.isEmpty()) {
      return false;
    }
    try (Inherited inherited = state.get()) {
      if (inherited.version() != VERSION) {
        return false; // of a release that kept it in another form
      }
      cache.load(new BufferedInputStream(inherited.stream()));
      return true;
    }
  }

  private void warm() {
    for (int percent = 0; percent < 100; percent += 20) {
      Jhot.status("warming cache " + percent + " %");
      cache.setProperty("entry" + percent, "slowly computed");
    }
  }
}
