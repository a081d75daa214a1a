package io.jhot.spring;

import io.jhot.api.Jhot;
import org.springframework.boot.context.event.ApplicationStartingEvent;
import org.springframework.context.ApplicationListener;

/**
 * Says, before the application has any bean, that it will say when it is ready: otherwise the port
 * of its web server would be taken for that, while runners still run.
 */
public final class ReadyDeclaration implements ApplicationListener<ApplicationStartingEvent> {

  /** Made by Spring Boot, which finds it in META-INF/spring.factories. */
  public ReadyDeclaration() {}

  @Override
  public void onApplicationEvent(ApplicationStartingEvent event) {
    Jhot.readyIsExplicit();
  }
}
