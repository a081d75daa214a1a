package io.jhot.spring;

import io.jhot.api.DrainHook;
import io.jhot.api.Jhot;
import io.jhot.api.Registration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.availability.ApplicationAvailability;
import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * The application is ready with its ApplicationReadyEvent; each bean that is a {@link DrainHook}
 * runs in the drain, in its own phase and under its bean's name; and while the generation drains
 * its readiness is REFUSING_TRAFFIC, and the health indicator {@code jhot} OUT_OF_SERVICE, until it
 * serves again, should its successor die. What is left is stopped by Spring itself, phase by phase,
 * when jhot sends TERM.
 */
@AutoConfiguration
public class JhotAutoConfiguration {

  /** Made by Spring Boot. */
  public JhotAutoConfiguration() {}

  /** Tells jhot that the application is ready: context, web server and runners. */
  @Bean
  ApplicationListener<ApplicationReadyEvent> jhotReadiness() {
    return new ApplicationListener<>() { // no lambda: Spring reads the event's type
      @Override
      public void onApplicationEvent(ApplicationReadyEvent event) {
        Jhot.ready();
      }
    };
  }

  /** Registers the hooks for as long as the context is there. */
  @Bean
  DrainHooks jhotDrainHooks(ApplicationContext context) {
    return new DrainHooks(context);
  }

  static final class DrainHooks implements SmartInitializingSingleton, DisposableBean {
    private final ApplicationContext context;
    private final List<Registration> registrations = new ArrayList<>();
    private volatile @Nullable ReadinessState before;

    DrainHooks(ApplicationContext context) {
      this.context = context;
    }

    @Override
    public void afterSingletonsInstantiated() {
      for (Map.Entry<String, DrainHook> hook : context.getBeansOfType(DrainHook.class).entrySet()) {
        registrations.add(Jhot.onDrain(hook.getKey(), hook.getValue().phase(), hook.getValue()));
      }
      registrations.add(
          Jhot.onDrain(
              "spring readiness",
              DrainHook.STOP_INTAKE,
              drain -> {
                before = context.getBean(ApplicationAvailability.class).getReadinessState();
                AvailabilityChangeEvent.publish(context, ReadinessState.REFUSING_TRAFFIC);
                return null;
              },
              this::restoreReadiness));
    }

    /** Where it could not be read, nothing has replaced it. */
    private void restoreReadiness() {
      ReadinessState restored = before;
      if (restored != null) {
        AvailabilityChangeEvent.publish(context, restored);
      }
    }

    @Override
    public void destroy() {
      registrations.forEach(Registration::close);
    }
  }

  /** Only where the application has health indicators at all. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass(HealthIndicator.class)
  static class HealthConfiguration {

    /** UP, or OUT_OF_SERVICE while this generation drains; with its number. */
    @Bean
    HealthIndicator jhotHealthIndicator() {
      return () ->
          (Jhot.draining() ? Health.outOfService() : Health.up())
              .withDetail("generation", Jhot.generation().number())
              .build();
    }
  }
}
