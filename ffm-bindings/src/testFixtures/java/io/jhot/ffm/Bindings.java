package io.jhot.ffm;

import io.jhot.ffm.gen.libc_h;
import java.io.IOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.GroupLayout;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.PaddingLayout;
import java.lang.reflect.Method;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.stream.Stream;

/** What jextract's classes hold, by reflection. */
final class Bindings {
  private static final Set<String> TYPEDEFS =
      Set.of(
          "__CONST_SOCKADDR_ARG",
          "__SOCKADDR_ARG",
          "__sigset_t",
          "mcontext_t",
          "siginfo_t",
          "stack_t",
          "ucontext_t");
  private static final Set<String> UNIONS = Set.of("epoll_data", "sigval");

  private Bindings() {}

  /** A member of a struct or union. */
  record Member(String type, String path, long offset, long size) {}

  /** Macros and enumerators, by their names. */
  static Map<String, Integer> constants() throws ReflectiveOperationException {
    Map<String, Integer> constants = new TreeMap<>();
    for (Method method : libc_h.class.getDeclaredMethods()) {
      if (method.getParameterCount() == 0
          && method.getReturnType() == int.class
          && functionDescriptor(method.getName()) == null) {
        constants.put(method.getName(), (Integer) method.invoke(null));
      }
    }
    return constants;
  }

  /** The signature of a function; null when the bindings have none of that name. */
  static FunctionDescriptor functionDescriptor(String name) throws ReflectiveOperationException {
    for (Class<?> invoker : libc_h.class.getDeclaredClasses()) {
      if (invoker.getSimpleName().equals(name)) {
        var field =
            Arrays.stream(invoker.getDeclaredFields())
                .filter(f -> f.getName().equals("DESC") || f.getName().equals("BASE_DESC"))
                .findAny()
                .orElseThrow();
        field.setAccessible(true);
        return (FunctionDescriptor) field.get(null);
      }
    }
    return null;
  }

  /** Every struct and union, by its name in C, with its size. */
  static Map<String, Long> types() throws ReflectiveOperationException, IOException {
    Map<String, Long> types = new TreeMap<>();
    for (Class<?> type : classes()) {
      types.put(nameInC(type), layout(type).byteSize());
    }
    return types;
  }

  static List<Member> members() throws ReflectiveOperationException, IOException {
    List<Member> members = new ArrayList<>();
    for (Class<?> type : classes()) {
      walk(
          type,
          "",
          0,
          (path, where) -> members.add(new Member(nameInC(type), path, where[0], where[1])));
    }
    return members;
  }

  /** What {@code Abi} must hold, by the names that it has there. */
  static Map<String, Integer> abi() throws ReflectiveOperationException, IOException {
    Map<String, Integer> abi = new TreeMap<>(constants());
    for (Class<?> type : classes()) {
      String prefix = type.getSimpleName().toUpperCase(java.util.Locale.ROOT);
      abi.put(prefix + "_SIZE", (int) layout(type).byteSize());
      walk(
          type,
          "",
          0,
          (path, where) ->
              abi.put(
                  prefix + "_" + path.replace('.', '_').toUpperCase(java.util.Locale.ROOT),
                  (int) where[0]));
    }
    return abi;
  }

  private static void walk(Class<?> type, String prefix, long base, BiConsumer<String, long[]> sink)
      throws ReflectiveOperationException {
    GroupLayout layout = layout(type);
    for (MemoryLayout member : layout.memberLayouts()) {
      if (member instanceof PaddingLayout) {
        continue;
      }
      String name = member.name().orElseThrow();
      long offset = base + layout.byteOffset(PathElement.groupElement(name));
      sink.accept(prefix + name, new long[] {offset, member.byteSize()});
      for (Class<?> nested : type.getDeclaredClasses()) {
        if (nested.getSimpleName().equals(name) && hasLayout(nested)) {
          walk(nested, prefix + name + ".", offset, sink);
        }
      }
    }
  }

  private static List<Class<?>> classes() throws IOException, ReflectiveOperationException {
    List<Class<?>> classes = new ArrayList<>();
    Path folder;
    try {
      folder =
          Path.of(libc_h.class.getProtectionDomain().getCodeSource().getLocation().toURI())
              .resolve("io/jhot/ffm/gen");
    } catch (URISyntaxException impossible) {
      throw new AssertionError(impossible);
    }
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.sorted().toList()) {
        String name = file.getFileName().toString().replace(".class", "");
        if (name.indexOf('$') < 0) {
          Class<?> type = Class.forName("io.jhot.ffm.gen." + name);
          if (type.getSuperclass() == Object.class && hasLayout(type)) {
            classes.add(type);
          }
        }
      }
    }
    return classes;
  }

  private static boolean hasLayout(Class<?> type) {
    return Arrays.stream(type.getDeclaredMethods())
        .anyMatch(m -> m.getName().equals("layout") && m.getReturnType() == GroupLayout.class);
  }

  private static GroupLayout layout(Class<?> type) throws ReflectiveOperationException {
    return (GroupLayout) type.getMethod("layout").invoke(null);
  }

  private static String nameInC(Class<?> type) {
    String name = type.getSimpleName();
    return TYPEDEFS.contains(name)
        ? name
        : UNIONS.contains(name) ? "union " + name : "struct " + name;
  }
}
