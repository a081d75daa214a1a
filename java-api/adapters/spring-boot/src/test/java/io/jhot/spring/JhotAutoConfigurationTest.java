package io.jhot.spring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jhot.agent.ApiDoor;
import io.jhot.api.DrainContext;
import io.jhot.api.DrainHook;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.availability.ApplicationAvailability;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** A real Spring Boot application. */
class JhotAutoConfigurationTest {
  private static final List<String> RAN = new CopyOnWriteArrayList<>();

  @Configuration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  static class App {
    @Bean
    org.springframework.boot.CommandLineRunner runner() {
      return arguments -> RAN.add("before ready: " + !ApiDoor.SAID.contains("ready"));
    }

    @Bean
    DrainHook closeLast() {
      return new DrainHook() {
        @Override
        public CompletionStage<?> drain(DrainContext context) {
          RAN.add("last");
          return null;
        }

        @Override
        public int phase() {
          return RELEASE;
        }
      };
    }

    /** Says when it is stopped; its end comes later, on another thread. */
    static final class Container implements SmartLifecycle {
      private final String name;
      private final int phase;
      private volatile boolean running;

      Container(String name, int phase) {
        this.name = name;
        this.phase = phase;
      }

      @Override
      public void start() {
        running = true;
        RAN.add(name + " started");
      }

      @Override
      public void stop() {
        throw new AssertionError("Spring never calls it");
      }

      @Override
      public void stop(Runnable callback) {
        new Thread(
                () -> {
                  RAN.add(name + " stopped");
                  running = false;
                  callback.run();
                })
            .start();
      }

      @Override
      public boolean isRunning() {
        return running;
      }

      @Override
      public int getPhase() {
        return phase;
      }
    }

    @Bean
    Container low() {
      return new Container("low", 1);
    }

    @Bean
    Container high() {
      return new Container("high", 2);
    }

    @Bean
    Container other() {
      return new Container("other", Integer.MAX_VALUE);
    }

    @Bean
    LifecycleDrain intake(@Qualifier("low") Container low, @Qualifier("high") Container high) {
      return new LifecycleDrain(List.of(low, high));
    }

    @Bean
    DrainHook flush() {
      return context -> {
        RAN.add("flush");
        return null;
      };
    }
  }

  @Test
  void applicationIsReadyWithItsEventAndDrainsWithItsBeans() {
    ApiDoor.SAID.clear();
    try (ConfigurableApplicationContext context = SpringApplication.run(App.class)) {
      RAN.removeIf(said -> said.endsWith(" started"));
      assertEquals(List.of("ready-is-explicit", "ready"), ApiDoor.SAID);
      HealthIndicator health = context.getBean("jhotHealthIndicator", HealthIndicator.class);
      assertEquals(Status.UP, health.health().getStatus());

      ApiDoor.drain();

      assertEquals(
          List.of("before ready: true", "high stopped", "low stopped", "flush", "last"), RAN);
      assertTrue(ApiDoor.SAID.contains("hook-ended closeLast"), ApiDoor.SAID::toString);
      assertEquals(Status.OUT_OF_SERVICE, health.health().getStatus());
      assertEquals(
          ReadinessState.REFUSING_TRAFFIC,
          context.getBean(ApplicationAvailability.class).getReadinessState());
    }
    assertEquals("other stopped", RAN.get(5)); // by Spring, at its end
    assertEquals(6, RAN.size(), RAN::toString);
  }

  @Test
  void applicationThatServesAgainTakesUpWhatItsDrainHasEnded() {
    try (ConfigurableApplicationContext context = SpringApplication.run(App.class)) {
      ApplicationAvailability availability = context.getBean(ApplicationAvailability.class);
      ApiDoor.drain();
      RAN.clear();

      ApiDoor.resume();

      assertEquals(List.of("low started", "high started"), RAN);
      assertEquals(ReadinessState.ACCEPTING_TRAFFIC, availability.getReadinessState());
      HealthIndicator health = context.getBean("jhotHealthIndicator", HealthIndicator.class);
      assertEquals(Status.UP, health.health().getStatus());
      RAN.clear();
      ApiDoor.drain();
      assertEquals(List.of("high stopped", "low stopped"), RAN);
      assertEquals(ReadinessState.REFUSING_TRAFFIC, availability.getReadinessState());
    }
  }
}
