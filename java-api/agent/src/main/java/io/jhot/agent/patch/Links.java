package io.jhot.agent.patch;

import java.lang.invoke.MethodType;
import org.jspecify.annotations.Nullable;

/**
 * Whether a class that was compiled against the internals of one JDK finds them in the one that it
 * runs in. Asked before the first use, because a missing method would else show only when the app
 * comes by.
 */
final class Links {
  /** What the names of our own classes in the JDK's packages begin with. */
  private static final String OURS = "Jhot";

  private Links() {}

  /**
   * Looks up every field and method that the class refers to in one package.
   *
   * @param classFile the class
   * @param folder the package, with a slash at its end
   * @return the first that is not there; null if all are
   */
  static @Nullable String missing(byte[] classFile, String folder) {
    ConstantPool pool = new ConstantPool(classFile);
    for (int i = 1; i < pool.count; i++) {
      int tag = pool.tag(i);
      if (tag != ConstantPool.FIELD
          && tag != ConstantPool.METHOD
          && tag != ConstantPool.INTERFACE_METHOD) {
        continue;
      }
      String owner = pool.className(pool.reference(i, 0));
      int nameAndType = pool.reference(i, 1);
      String name = pool.utf8(pool.reference(nameAndType, 0));
      String type = pool.utf8(pool.reference(nameAndType, 1));
      if (owner.startsWith(folder)
          && !owner.startsWith(OURS, folder.length())
          && !isThere(owner, name, type)) {
        return owner + "." + name + type;
      }
    }
    return null;
  }

  private static boolean isThere(String owner, String name, String type) {
    try {
      Class<?> in = Class.forName(owner.replace('/', '.'), false, null);
      for (; in != null; in = in.getSuperclass()) {
        if (has(in, name, type)) {
          return true;
        }
      }
      return false;
    } catch (ClassNotFoundException e) {
      return false;
    }
  }

  private static boolean has(Class<?> in, String name, String type) {
    if (!type.startsWith("(")) {
      for (var field : in.getDeclaredFields()) {
        if (field.getName().equals(name) && field.getType().descriptorString().equals(type)) {
          return true;
        }
      }
      return false;
    }
    if (name.equals("<init>")) {
      for (var made : in.getDeclaredConstructors()) {
        if (isType(void.class, made.getParameterTypes(), type)) {
          return true;
        }
      }
      return false;
    }
    for (var method : in.getDeclaredMethods()) {
      if (method.getName().equals(name)
          && isType(method.getReturnType(), method.getParameterTypes(), type)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isType(Class<?> result, Class<?>[] parameters, String type) {
    return MethodType.methodType(result, parameters).toMethodDescriptorString().equals(type);
  }
}
