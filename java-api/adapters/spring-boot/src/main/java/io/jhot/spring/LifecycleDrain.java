package io.jhot.spring;

import io.jhot.api.DrainContext;
import io.jhot.api.DrainHook;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import org.springframework.context.SmartLifecycle;

/**
 * Stops beans that bring work in (listener containers, pollers) when the drain begins, as Spring
 * does at its end: the highest phase first, those of one phase side by side, and the next phase
 * when all of them have stopped. Should the generation serve again, they are started again.
 *
 * {@snippet :
 * @Bean
 * LifecycleDrain intake(List<MessageListenerContainer> containers) {
 *   return new LifecycleDrain(containers);
 * }
 * }
 *
 * <p>Only beans that are named here: requests that are in flight may need any other, and Spring
 * cannot tell. Its task executors have the highest phase of all by default, and take no task once
 * they are stopped. What is not named is stopped by Spring when jhot sends TERM, after the last
 * connection has gone.
 */
public final class LifecycleDrain implements DrainHook {
  private final List<? extends SmartLifecycle> beans;
  private final List<SmartLifecycle> stopped = new CopyOnWriteArrayList<>();

  /**
   * Stops those.
   *
   * @param beans in any order
   */
  public LifecycleDrain(Collection<? extends SmartLifecycle> beans) {
    this.beans = List.copyOf(beans);
  }

  @Override
  public CompletionStage<?> drain(DrainContext context) {
    TreeMap<Integer, List<SmartLifecycle>> phases = new TreeMap<>(Collections.reverseOrder());
    for (SmartLifecycle bean : beans) {
      phases.computeIfAbsent(bean.getPhase(), phase -> new ArrayList<>()).add(bean);
    }
    CompletionStage<?> end = CompletableFuture.completedFuture(null);
    for (List<SmartLifecycle> phase : phases.values()) {
      end = end.thenCompose(before -> stop(phase));
    }
    return end;
  }

  /** Starts those again that it has stopped: the lowest phase first. */
  @Override
  public boolean resume() {
    List<SmartLifecycle> starting = new ArrayList<>(stopped);
    stopped.clear();
    starting.sort(Comparator.comparingInt(SmartLifecycle::getPhase));
    for (SmartLifecycle bean : starting) {
      bean.start();
    }
    return true;
  }

  private CompletableFuture<?> stop(List<SmartLifecycle> phase) {
    List<CompletableFuture<?>> ends = new ArrayList<>();
    for (SmartLifecycle bean : phase) {
      if (bean.isRunning()) {
        stopped.add(bean);
        CompletableFuture<?> end = new CompletableFuture<>();
        ends.add(end);
        bean.stop(() -> end.complete(null));
      }
    }
    return CompletableFuture.allOf(ends.toArray(new CompletableFuture<?>[0]));
  }

  @Override
  public int phase() {
    return STOP_INTAKE;
  }
}
