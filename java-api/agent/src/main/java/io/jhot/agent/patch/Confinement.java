package io.jhot.agent.patch;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.security.AccessController;
import java.security.PrivilegedAction;
import java.security.PrivilegedActionException;
import java.security.PrivilegedExceptionAction;
import java.util.function.BiFunction;

/**
 * A security manager checks the permissions of all code on the stack, the app's included. What the
 * agent does on the app's threads it does with its own permissions. Loaded only where there is a
 * security manager (Java 17 to 23).
 */
@SuppressWarnings("removal")
public final class Confinement {
  private Confinement() {}

  /** Runs an action with the agent's own permissions. */
  public static void run(Runnable action) {
    AccessController.doPrivileged(
        (PrivilegedAction<Void>)
            () -> {
              action.run();
              return null;
            });
  }

  /** The same calls, with the agent's own permissions. */
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

  /** The same function, with the agent's own permissions. */
  public static <A, B, R> BiFunction<A, B, R> free(BiFunction<A, B, R> function) {
    return (a, b) ->
        AccessController.doPrivileged((PrivilegedAction<R>) () -> function.apply(a, b));
  }
}
