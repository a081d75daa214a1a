package io.jhot.agent.app;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import org.jspecify.annotations.Nullable;
import sun.nio.ch.JhotFields;

/**
 * Calls methods of objects of the app, whose classes the agent cannot name. If a class is not
 * public, the method is called by the public type that declares it.
 */
public final class AppObjects {
  private static final Class<?>[] NO_TYPES = {};

  private AppObjects() {}

  /**
   * A field that must be there and hold something.
   *
   * @throws NoSuchFieldException if it does not: the object is not as the agent knows it
   */
  public static Object field(Object target, String name) throws NoSuchFieldException {
    Object value = JhotFields.field(target, name);
    if (value == null) {
      throw new NoSuchFieldException(target.getClass().getName() + "." + name);
    }
    return value;
  }

  /** Whether there is such a method without arguments. */
  public static boolean has(Object target, String method) {
    return find(target.getClass(), method, NO_TYPES) != null;
  }

  /**
   * Calls a method without arguments.
   *
   * @throws ReflectiveOperationException if there is none, it cannot be reached, or it throws
   */
  public static Object call(Object target, String method) throws ReflectiveOperationException {
    return call(target, method, NO_TYPES);
  }

  /** Calls a method with one argument. */
  public static Object call(Object target, String method, Class<?> type, @Nullable Object argument)
      throws ReflectiveOperationException {
    return call(target, method, new Class<?>[] {type}, argument);
  }

  /** Calls a method. */
  public static Object call(
      Object target, String method, Class<?>[] types, @Nullable Object... arguments)
      throws ReflectiveOperationException {
    Method found = find(target.getClass(), method, types);
    if (found == null) {
      throw new NoSuchMethodException(target.getClass().getName() + "." + method);
    }
    try {
      return found.invoke(target, arguments);
    } catch (InvocationTargetException e) {
      throw new ReflectiveOperationException(method + ": " + e.getCause(), e.getCause());
    }
  }

  /**
   * Calls the only public method of that name with so many arguments, whose types the agent cannot
   * name.
   */
  public static Object callOnly(Object target, String method, @Nullable Object... arguments)
      throws ReflectiveOperationException {
    for (Method one : target.getClass().getMethods()) {
      if (one.getName().equals(method) && one.getParameterCount() == arguments.length) {
        return call(target, method, one.getParameterTypes(), arguments);
      }
    }
    throw new NoSuchMethodException(target.getClass().getName() + "." + method);
  }

  /**
   * Calls the only method of that name with so many arguments, which is not public.
   *
   * @throws ReflectiveOperationException if there is none, or it throws
   * @throws RuntimeException if its module does not let the agent in
   */
  public static Object callHidden(Object target, String method, @Nullable Object... arguments)
      throws ReflectiveOperationException {
    Method found = findHidden(target, method, arguments.length);
    if (found == null) {
      throw new NoSuchMethodException(target.getClass().getName() + "." + method);
    }
    found.setAccessible(true);
    return found.invoke(target, arguments);
  }

  /** Whether there is a method of that name with so many arguments, public or not. */
  public static boolean hasHidden(Object target, String method, int arguments) {
    return findHidden(target, method, arguments) != null;
  }

  private static @Nullable Method findHidden(Object target, String method, int arguments) {
    for (Class<?> in = target.getClass(); in != null; in = in.getSuperclass()) {
      for (Method one : in.getDeclaredMethods()) {
        if (one.getName().equals(method) && one.getParameterCount() == arguments) {
          return one;
        }
      }
    }
    return null;
  }

  private static @Nullable Method find(@Nullable Class<?> type, String name, Class<?>[] types) {
    if (type == null) {
      return null;
    }
    if (Modifier.isPublic(type.getModifiers())
        && type.getModule().isExported(type.getPackageName())) {
      try {
        return type.getMethod(name, types);
      } catch (NoSuchMethodException e) {
        return null; // its own types do not have it either
      }
    }
    for (Class<?> one : type.getInterfaces()) {
      Method found = find(one, name, types);
      if (found != null) {
        return found;
      }
    }
    return find(type.getSuperclass(), name, types);
  }
}
