package io.jhot.agent.patch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jhot.agent.fixtures.Jdk;
import io.jhot.agent.patch.ClassPatch.Prologue;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeModel;
import java.lang.classfile.Instruction;
import java.lang.classfile.Label;
import java.lang.classfile.MethodModel;
import java.lang.classfile.attribute.CodeAttribute;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.instruction.BranchInstruction;
import java.lang.classfile.instruction.ExceptionCatch;
import java.lang.classfile.instruction.LineNumber;
import java.lang.classfile.instruction.LocalVariable;
import java.lang.classfile.instruction.LookupSwitchInstruction;
import java.lang.classfile.instruction.TableSwitchInstruction;
import java.lang.reflect.AccessFlag;
import java.net.URI;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ClassPatchTest {
  private static final String HOOK = "io/jhot/agent/patch/PatchHook";

  @Test
  void whatThePatchedMethodsDoIsUnchangedWhileTheHookDoesNotTakeOver() throws Exception {
    byte[] patched = patchEverything(bytesOf(PatchTarget.class), "io/jhot/agent/patch/NoHook");
    assertEquals(
        PatchTarget.results(),
        new Loader(patched, true).results(),
        "with the real hook's classes, verified by the virtual machine");
  }

  @Test
  void aHookThatTakesOverAnswersInsteadAndSeesTheArguments() throws Exception {
    List<Prologue> prologues =
        List.of(
            Prologue.takeOver("table", "(I)Ljava/lang/String;", false, "test", "tableAnswer"),
            Prologue.takeOver("loop", "(Ljava/util/List;)V", false, "test", null),
            Prologue.takeOver("nothing", "()V", false, "test", null),
            Prologue.takeOver("floats", "(F)F", false, "test", "floatAnswer"),
            Prologue.takeOver("arrays", "([I)[I", false, "test", "arrayAnswer"),
            Prologue.takeOver(
                "wide", "(JDFBSCZ[[I[Ljava/lang/Object;)D", false, "test", "wideAnswer"));
    byte[] patched = ClassPatch.apply(bytesOf(PatchTarget.class), HOOK, prologues);
    Class<?> target = new Loader(patched, false).target();
    try {
      PatchHook.takesOver = true;
      PatchHook.SEEN.clear();
      assertEquals("hook 2", target.getMethod("table", int.class).invoke(null, 2));
      List<String> untouched = List.of();
      target.getMethod("loop", List.class).invoke(null, untouched);
      target.getMethod("nothing").invoke(null);
      assertEquals(300f, target.getMethod("floats", float.class).invoke(null, 3f));
      assertArrayEquals(
          new int[] {42},
          (int[]) target.getMethod("arrays", int[].class).invoke(null, new int[] {1, 2, 3}));
      Object wide =
          target
              .getMethod(
                  "wide",
                  long.class,
                  double.class,
                  float.class,
                  byte.class,
                  short.class,
                  char.class,
                  boolean.class,
                  int[][].class,
                  Object[].class)
              .invoke(
                  null,
                  7L,
                  2.0,
                  3f,
                  (byte) 4,
                  (short) 5,
                  (char) 6,
                  true,
                  new int[1][1],
                  new Object[2]);
      assertEquals(-7.0, wide);
      assertEquals(List.of(2, untouched, "nothing", 3f, 3, 31.0), PatchHook.SEEN);
    } finally {
      PatchHook.takesOver = false;
    }
  }

  @Test
  void aHookThatIsOnlyToldChangesNothing() throws Exception {
    List<Prologue> prologues =
        List.of(
            Prologue.tell("frameAtZero", "(I)I", false, "told"),
            Prologue.tell("nothing", "()V", false, "told"));
    byte[] patched = ClassPatch.apply(bytesOf(PatchTarget.class), HOOK, prologues);
    Class<?> target = new Loader(patched, false).target();
    PatchHook.SEEN.clear();
    assertEquals(-2, target.getMethod("frameAtZero", int.class).invoke(null, 10));
    target.getMethod("nothing").invoke(null);
    assertEquals(List.of(10, "nothing"), PatchHook.SEEN);
  }

  @Test
  void theHookSeesThisWhereItIsWanted() throws Exception {
    // the descriptor names the target's own class, so the hook's parameter must be of that class
    byte[] patched =
        ClassPatch.apply(
            bytesOf(PatchTarget.class),
            "io/jhot/agent/patch/ThisHook",
            List.of(Prologue.takeOver("longs", "(JI)J", true, "test", "answer")));
    Class<?> target = new Loader(patched, true).target();
    Object one = target.getConstructor(String.class).newInstance("it");
    assertEquals(1039L, target.getMethod("longs", long.class, int.class).invoke(one, 3L, 9));
  }

  @Test
  void theHookGetsOnlyWhatItCanName() throws Exception {
    // it may be in a loader that has never heard of the target or its types
    List<String> passes =
        List.of(Prologue.OBJECT, Prologue.own("half()J"), Prologue.ARGUMENTS, Prologue.argument(1));
    byte[] patched =
        ClassPatch.apply(
            bytesOf(PatchTarget.class),
            HOOK,
            List.of(
                Prologue.takeOver("join", "(JLjava/util/List;)J", passes, "test", "joinAnswer")));
    Class<?> target = new Loader(patched, false).target();
    Object one = target.getConstructor(String.class).newInstance("it");
    Object joined = target.getMethod("join", long.class, List.class).invoke(one, 5L, List.of("x"));
    assertEquals(6L, joined);
    PatchHook.SEEN.clear();
    try {
      PatchHook.takesOver = true;
      assertEquals(
          -12L, target.getMethod("join", long.class, List.class).invoke(one, 5L, List.of("x")));
      assertEquals(List.of(one, 7L, 5L, List.of("x"), List.of("x")), PatchHook.SEEN);
    } finally {
      PatchHook.takesOver = false;
    }
  }

  @Test
  void aClassThatLacksOneOfTheMethodsIsNotPatched() throws Exception {
    Prologue there = Prologue.takeOver("nothing", "()V", false, "test", null);
    for (Prologue missing :
        List.of(
            Prologue.takeOver("something", "()V", false, "test", null),
            Prologue.takeOver("nothing", "(I)V", false, "test", null))) {
      assertNull(ClassPatch.apply(bytesOf(PatchTarget.class), HOOK, List.of(there, missing)));
    }
  }

  @Test
  void aNativeMethodIsRefused() throws Exception {
    Prologue hashCode = Prologue.takeOver("hashCode", "()I", true, "test", "answer");
    assertThrows(
        IllegalArgumentException.class,
        () -> ClassPatch.apply(bytesOf(Object.class), HOOK, List.of(hashCode)));
  }

  @Test
  void whatIsNoClassFileIsRefused() throws Exception {
    byte[] good = bytesOf(PatchTarget.class);
    List<Prologue> prologues = List.of(Prologue.takeOver("nothing", "()V", false, "test", null));
    for (int length = 0; length < good.length; length += 97) {
      byte[] cut = Arrays.copyOf(good, length);
      assertThrows(
          IllegalArgumentException.class,
          () -> ClassPatch.apply(cut, HOOK, prologues),
          "" + length);
    }
  }

  @Test
  void aMethodThatWouldGetTooLongIsRefused() {
    byte[] big =
        ClassFile.of()
            .build(
                java.lang.constant.ClassDesc.of("Big"),
                c ->
                    c.withMethodBody(
                        "big",
                        java.lang.constant.MethodTypeDesc.ofDescriptor("()V"),
                        ClassFile.ACC_STATIC,
                        code -> {
                          for (int i = 0; i < 65_530; i++) {
                            code.nop();
                          }
                          code.return_();
                        }));
    Prologue prologue = Prologue.takeOver("big", "()V", false, "test", null);
    assertThrows(
        IllegalArgumentException.class, () -> ClassPatch.apply(big, HOOK, List.of(prologue)));
  }

  static List<Path> jdks() {
    List<Path> found = new ArrayList<>();
    for (Jdk jdk : Jdk.installed()) {
      found.add(jdk.home());
    }
    return found;
  }

  /** Every method with code of some thousand real classes. */
  @ParameterizedTest
  @MethodSource("jdks")
  void everyMethodOfTheJdkCanBePatchedAndVerifies(Path jdk) throws Exception {
    try (FileSystem jrt =
        FileSystems.newFileSystem(URI.create("jrt:/"), Map.of("java.home", jdk.toString()))) {
      Path base = jrt.getPath("/modules/java.base");
      ClassFile classFile =
          ClassFile.of(
              ClassFile.ClassHierarchyResolverOption.of(
                  ClassHierarchyResolver.ofResourceParsing(c -> open(jrt, c.descriptorString()))
                      .cached()));
      int patched = 0;
      for (String folder : List.of("sun/nio/ch", "java/io", "java/net", "java/util")) {
        try (Stream<Path> files = Files.list(base.resolve(folder))) {
          for (Path file : files.filter(f -> f.toString().endsWith(".class")).toList()) {
            byte[] original = JdkClasses.readable(Files.readAllBytes(file));
            byte[] moved = patchEverything(original, "sun/nio/ch/JhotHook");
            assertEquals(List.of(), classFile.verify(moved), file::toString);
            assertMovedWhole(original, moved, file.toString());
            patched++;
          }
        }
      }
      assertTrue(patched > 500, patched + " classes");
    }
  }

  private static InputStream open(FileSystem jrt, String descriptor) {
    String name = descriptor.substring(1, descriptor.length() - 1);
    try (Stream<Path> modules = Files.list(jrt.getPath("/modules"))) {
      for (Path module : modules.toList()) {
        Path file = module.resolve(name + ".class");
        if (Files.exists(file)) {
          return new ByteArrayInputStream(JdkClasses.readable(Files.readAllBytes(file)));
        }
      }
      return null;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Instructions, targets, handlers, lines and variables: all there, all moved alike. */
  private static void assertMovedWhole(byte[] original, byte[] moved, String name) {
    ClassModel before = ClassFile.of().parse(original);
    ClassModel after = ClassFile.of().parse(moved);
    assertEquals(before.methods().size(), after.methods().size(), name);
    for (int i = 0; i < before.methods().size(); i++) {
      MethodModel method = before.methods().get(i);
      String where = name + " " + method.methodName() + method.methodType();
      if (!canBePatched(method)) {
        assertEquals(
            describe(method, 0), describe(after.methods().get(i), 0), where + " is untouched");
        continue;
      }
      CodeAttribute old = method.findAttribute(Attributes.code()).orElseThrow();
      CodeAttribute now = after.methods().get(i).findAttribute(Attributes.code()).orElseThrow();
      int shift = now.codeLength() - old.codeLength();
      assertEquals(0, shift % 4, where);
      List<String> all = describe(after.methods().get(i), 0);
      List<String> rest = all.stream().filter(line -> bci(line) >= shift).toList();
      assertEquals(describe(method, shift), rest, where);
      assertEquals(old.maxLocals(), now.maxLocals(), where);
    }
  }

  private static int bci(String line) {
    return Integer.parseInt(line.substring(0, line.indexOf(' ')));
  }

  private static List<String> describe(MethodModel method, int shift) {
    CodeAttribute code = method.findAttribute(Attributes.code()).orElse(null);
    List<String> out = new ArrayList<>();
    if (code == null) {
      return out;
    }
    int[] bci = {shift};
    CodeModel model = code;
    for (var element : model) {
      switch (element) {
        case Instruction one -> {
          String text = bci[0] + " " + one.opcode();
          text +=
              switch (one) {
                case BranchInstruction b -> at(code, b.target(), shift);
                case TableSwitchInstruction s ->
                    at(code, s.defaultTarget(), shift)
                        + s.cases().stream().map(c -> at(code, c.target(), shift)).toList();
                case LookupSwitchInstruction s ->
                    at(code, s.defaultTarget(), shift)
                        + s.cases().stream().map(c -> at(code, c.target(), shift)).toList();
                default -> "";
              };
          out.add(text);
          bci[0] += one.sizeInBytes();
        }
        case ExceptionCatch c ->
            out.add(
                code.labelToBci(c.tryStart())
                    + shift
                    + " catch"
                    + at(code, c.tryEnd(), shift)
                    + at(code, c.handler(), shift)
                    + c.catchType().map(ClassEntry::asInternalName));
        case LineNumber line -> out.add(bci[0] + " line " + line.line());
        case LocalVariable v ->
            out.add(
                code.labelToBci(v.startScope())
                    + shift
                    + " variable "
                    + v.name()
                    + v.slot()
                    + at(code, v.endScope(), shift));
        default -> {
          // labels are seen through their users; frames are the verifier's
        }
      }
    }
    return out;
  }

  private static String at(CodeAttribute code, Label label, int shift) {
    return " @" + (code.labelToBci(label) + shift);
  }

  private static boolean canBePatched(MethodModel method) {
    return method.flags().has(AccessFlag.NATIVE) || method.flags().has(AccessFlag.ABSTRACT)
        ? false
        : !method.methodName().stringValue().startsWith("<");
  }

  private static byte[] patchEverything(byte[] original, String hook) {
    List<Prologue> prologues = new ArrayList<>();
    for (MethodModel method : ClassFile.of().parse(original).methods()) {
      if (canBePatched(method)) {
        boolean isStatic = method.flags().has(AccessFlag.STATIC);
        boolean passThis = !isStatic && prologues.size() % 2 == 0;
        String descriptor = method.methodType().stringValue();
        String name = method.methodName().stringValue();
        prologues.add(
            prologues.size() % 3 == 0
                ? Prologue.tell(name, descriptor, passThis, "told")
                : Prologue.takeOver(
                    name,
                    descriptor,
                    passThis,
                    "test",
                    descriptor.endsWith("V") ? null : "answer"));
      }
    }
    byte[] patched = ClassPatch.apply(original, hook, prologues);
    assertTrue(patched.length >= original.length);
    return patched;
  }

  private static byte[] bytesOf(Class<?> type) throws IOException {
    String file = type.getName().substring(type.getName().lastIndexOf('.') + 1) + ".class";
    try (InputStream in = type.getResourceAsStream(file)) {
      return in.readAllBytes();
    }
  }

  /** Defines the patched target, and a hook made for it if that is wanted. */
  private static final class Loader extends ClassLoader {
    private final byte[] target;
    private final boolean ownHook;

    Loader(byte[] target, boolean ownHook) {
      super(ClassPatchTest.class.getClassLoader());
      this.target = target;
      this.ownHook = ownHook;
    }

    Class<?> target() throws ClassNotFoundException {
      return loadClass(PatchTarget.class.getName());
    }

    String results() throws ReflectiveOperationException {
      return (String) target().getMethod("results").invoke(null);
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      synchronized (getClassLoadingLock(name)) {
        Class<?> loaded = findLoadedClass(name);
        if (loaded != null) {
          return loaded;
        }
        if (name.equals(PatchTarget.class.getName())) {
          return defineClass(name, target, 0, target.length);
        }
        if (ownHook && name.endsWith("Hook")) {
          byte[] hook = hookFor(target, name.endsWith("ThisHook"));
          return defineClass(name, hook, 0, hook.length);
        }
        return super.loadClass(name, resolve);
      }
    }
  }

  /** A hook with every method that the patched class calls: it never, or always, takes over. */
  private static byte[] hookFor(byte[] patched, boolean takesOver) {
    ClassModel model = ClassFile.of().parse(patched);
    String name = takesOver ? "io.jhot.agent.patch.ThisHook" : "io.jhot.agent.patch.NoHook";
    return ClassFile.of()
        .build(
            java.lang.constant.ClassDesc.of(name),
            hook -> {
              List<String> done = new ArrayList<>();
              for (var entry : model.constantPool()) {
                if (entry instanceof java.lang.classfile.constantpool.MethodRefEntry method
                    && method.owner().asInternalName().equals(name.replace('.', '/'))
                    && !done.contains(method.name() + "" + method.type())) {
                  done.add(method.name() + "" + method.type());
                  var type = method.typeSymbol();
                  hook.withMethodBody(
                      method.name().stringValue(),
                      type,
                      ClassFile.ACC_PUBLIC | ClassFile.ACC_STATIC,
                      code -> {
                        switch (type.returnType().descriptorString()) {
                          case "V" -> code.return_();
                          case "Z" -> code.loadConstant(takesOver ? 1 : 0).ireturn();
                          case "I", "C", "S", "B" -> code.loadConstant(0).ireturn();
                          case "J" -> {
                            if (takesOver) { // 1000 + 10 * a + b of longs(this, a, b)
                              code.lload(1).loadConstant(10L).lmul().iload(3).i2l().ladd();
                              code.loadConstant(1000L).ladd().lreturn();
                            } else {
                              code.loadConstant(0L).lreturn();
                            }
                          }
                          case "F" -> code.loadConstant(0f).freturn();
                          case "D" -> code.loadConstant(0.0).dreturn();
                          default -> code.aconst_null().areturn();
                        }
                      });
                }
              }
            });
  }
}
