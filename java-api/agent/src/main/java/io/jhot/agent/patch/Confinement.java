package io.jhot.agent.patch;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.security.AccessController;
import java.security.PrivilegedAction;
import java.security.PrivilegedActionException;
import java.security.PrivilegedExceptionAction;
import java.util.function.BiFunction;

/**
 * A security manager asks whether all code on the way to an operation may do it, the app's among
 * them. What the agent does when the app comes by it does of its own accord. Loaded only where
 * there is one (Java 17 to 23).
 */
@SuppressWarnings("removal")
public final class Confinement {
  private Confinement() {}

  /** Does it, whoever is on the way to it. */
  public static void run(Runnable action) {
    AccessController.doPrivileged(
        (PrivilegedAction<Void>)
            () -> {
              action.run();
              return null;
            });
  }

  /** The same calls, whoever is on the way to them. */
  static <T> T free(Class<T> type, T calls) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> {
              try {
                return AccessController.doPrivileged(
                    (PrivilegedExceptionAction<Object>) () -> method.invoke(calls, arguments));
              } catch (PrivilegedActionException e) {
                throw e.getCause() instanceof InvocationTargetException thrown
                    ? thrown.getCause()
                    : e.getCause();
              }
            }));
  }

  /** The same function, whoever is on the way to it. */
  public static <A, B, R> BiFunction<A, B, R> free(BiFunction<A, B, R> function) {
    return (a, b) ->
        AccessController.doPrivileged((PrivilegedAction<R>) () -> function.apply(a, b));
  }
}
