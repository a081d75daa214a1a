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
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.availability.ApplicationAvailability;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.context.ConfigurableApplicationContext;
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
    try (ConfigurableApplicationContext context = SpringApplication.run(App.class)) {
      assertEquals(List.of("ready-is-explicit", "ready"), ApiDoor.SAID);
      HealthIndicator health = context.getBean("jhotHealthIndicator", HealthIndicator.class);
      assertEquals(Status.UP, health.health().getStatus());

      ApiDoor.drain();

      assertEquals(List.of("before ready: true", "flush", "last"), RAN);
      assertTrue(ApiDoor.SAID.contains("hook-ended closeLast"), ApiDoor.SAID::toString);
      assertEquals(Status.OUT_OF_SERVICE, health.health().getStatus());
      assertEquals(
          ReadinessState.REFUSING_TRAFFIC,
          context.getBean(ApplicationAvailability.class).getReadinessState());
    }
  }
}
