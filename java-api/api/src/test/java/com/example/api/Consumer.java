package com.example.api;

import io.jhot.api.DrainHook;
import io.jhot.api.InFlight;
import io.jhot.api.Jhot;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Takes jobs from a queue; when it is replaced, the job in hand is finished and no other begun. */
public final class Consumer {
  private final BlockingQueue<String> jobs = new LinkedBlockingQueue<>(List.of("one", "two"));

  /** Works while this generation does not drain. */
  public static void main(String[] arguments) throws InterruptedException {
    Consumer consumer = new Consumer();
    Jhot.onDrain(
        "queue",
        DrainHook.RELEASE, // after all work has ended
        context -> {
          System.out.println("left for the next one: " + consumer.jobs);
          return null;
        },
        () -> System.out.println("works again")); // the next one has died
    consumer.work();
  }

  private void work() throws InterruptedException {
    while (true) {
      boolean draining;
      try (InFlight work = Jhot.track()) { // before we look, or a drain could slip in between
        draining = Jhot.draining();
        String job = draining ? null : jobs.poll(50, TimeUnit.MILLISECONDS);
        if (job != null) {
          System.out.println("done: " + job);
        }
      }
      if (draining) {
        Thread.sleep(50); // and not the end: if the next one dies soon, this one serves again
      }
    }
  }
}
