package io.jhot.agent.app;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.instrument.Instrumentation;
import java.lang.reflect.Proxy;
import java.util.Set;
import org.junit.jupiter.api.Test;

class AppClassesTest {
  /** JVMTI answers nothing after the JVM's end has begun, and java.lang.instrument null. */
  @Test
  void aJvmThatDiesHasNoClassLoadersAnyMore() {
    Instrumentation dying =
        (Instrumentation)
            Proxy.newProxyInstance(
                AppClassesTest.class.getClassLoader(),
                new Class<?>[] {Instrumentation.class},
                (proxy, method, arguments) -> null);

    assertEquals(Set.of(), new AppClasses(dying, null).loaders());
  }
}
