package io.jhot.tests;

import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** Gives each test its {@link Containers} and checks after it that none is left. */
final class ContainersExtension implements ParameterResolver, AfterEachCallback {
  private static final Namespace NAMESPACE = Namespace.create(ContainersExtension.class);

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == Containers.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return context
        .getStore(NAMESPACE)
        .computeIfAbsent(Containers.class, type -> new Containers(), Containers.class);
  }

  @Override
  public void afterEach(ExtensionContext context) {
    Containers containers = context.getStore(NAMESPACE).remove(Containers.class, Containers.class);
    if (containers == null) {
      return;
    }
    if (context.getExecutionException().isPresent()) {
      System.err.println(context.getDisplayName() + ":\n" + containers.transcript());
    }
    containers.close();
  }
}
