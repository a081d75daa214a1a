import java.io.PrintStream;
import java.lang.foreign.GroupLayout;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.PaddingLayout;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * Writes what jextract's classes know as compile-time constants: {@code Constants CLASSES PACKAGE
 * OUT}.
 *
 * <p>jextract computes layouts and offsets in static initialisers. Under {@code -Xint} those of the
 * structs that starting a child needs take a third of the time that jhot has
 * (docs/decisions/0001-bindings.md); constants that javac inlines take none, and the values still
 * come from the headers, never from a hand.
 */
final class Constants {
  private Constants() {}

  public static void main(String[] arguments) throws Exception {
    Path classes = Path.of(arguments[0]);
    String packageName = arguments[1];
    Path folder = classes.resolve(packageName.replace('.', '/'));
    List<Class<?>> structs = new ArrayList<>();
    List<Method> values = new ArrayList<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.sorted().toList()) {
        String name = file.getFileName().toString();
        if (!name.endsWith(".class") || name.indexOf('$') >= 0) {
          continue;
        }
        Class<?> type = Class.forName(packageName + "." + name.substring(0, name.length() - 6));
        if (type.getSimpleName().endsWith("_h")) {
          Arrays.stream(type.getDeclaredMethods())
              .filter(Constants::isConstant)
              .forEach(values::add);
        } else if (type.getSuperclass() == Object.class && hasLayout(type)) {
          structs.add(type); // a typedef of one extends it and adds nothing
        }
      }
    }
    values.sort(Comparator.comparing(Method::getName));
    try (PrintStream out = new PrintStream(arguments[2], "UTF-8")) {
      out.print("// Generated from jextract's output by src/build/Constants.java\n\n");
      out.print("package " + packageName + ";\n\n");
      out.print(
          "/** The constants, and the sizes and offsets of the structs, of this package's other"
              + " classes. */\n");
      out.print("public final class Abi {\n  private Abi() {}\n");
      for (Method value : values) {
        out.print(
            "\n  public static final int " + value.getName() + " = " + value.invoke(null) + ";");
      }
      out.print("\n");
      for (Class<?> struct : structs) {
        GroupLayout layout = (GroupLayout) struct.getMethod("layout").invoke(null);
        String prefix = upper(struct.getSimpleName());
        out.print("\n  public static final int " + prefix + "_SIZE = " + layout.byteSize() + ";");
        members(out, prefix, struct, 0);
        out.print("\n");
      }
      out.print("}\n");
    }
  }

  /**
   * A getter of a macro or an enumerator; a libc function has a companion that returns its handle.
   */
  private static boolean isConstant(Method method) {
    return method.getParameterCount() == 0
        && method.getReturnType() == int.class
        && Arrays.stream(method.getDeclaringClass().getDeclaredMethods())
            .noneMatch(other -> other.getName().equals(method.getName() + "$handle"));
  }

  private static boolean hasLayout(Class<?> type) {
    return Arrays.stream(type.getDeclaredMethods())
        .anyMatch(m -> m.getName().equals("layout") && m.getReturnType() == GroupLayout.class);
  }

  /**
   * The members of {@code type}, and of the nameless structs and unions inside it, for which it has
   * classes.
   */
  private static void members(PrintStream out, String prefix, Class<?> type, long base)
      throws ReflectiveOperationException {
    GroupLayout layout = (GroupLayout) type.getMethod("layout").invoke(null);
    for (MemoryLayout member : layout.memberLayouts()) {
      if (member instanceof PaddingLayout) {
        continue;
      }
      String name = member.name().orElseThrow();
      String path = prefix + "_" + upper(name);
      long offset = base + layout.byteOffset(PathElement.groupElement(name));
      out.print("\n  public static final int " + path + " = " + offset + ";");
      for (Class<?> nested : type.getDeclaredClasses()) {
        if (nested.getSimpleName().equals(name) && hasLayout(nested)) {
          members(out, path, nested, offset);
        }
      }
    }
  }

  private static String upper(String name) {
    return name.toUpperCase(Locale.ROOT);
  }
}
