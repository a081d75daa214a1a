package io.jhot.agent.patch;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Puts prologues in front of methods of a class file; a pure function from bytes to bytes.
 *
 * <p>A prologue asks a static method of the hook class, with the method's own arguments, whether it
 * takes over; if so the patched method returns at once, with the answer of a second static method
 * if it returns a value:
 *
 * <pre>{@code
 * if (Hook.test(arguments)) {
 *   return Hook.answer(arguments); // or just return;
 * }
 * // the method as it was
 * }</pre>
 *
 * Or it only tells the hook that the method was called: {@code Hook.test(arguments);}.
 *
 * <p>Nothing else in the class changes its meaning. The prologue is padded to a multiple of four
 * bytes, because the operands of {@code tableswitch} and {@code lookupswitch} are aligned to the
 * start of the code; branches are relative and stay as they are; what is absolute is moved:
 * exception table, line numbers, local variables, stack map frames. Code attributes that the
 * virtual machine does not need and whose offsets are not understood here (type annotations) are
 * dropped.
 *
 * <p>The product carries its own patcher because everything else costs the app's start: ASM 40-100
 * ms, {@code java.lang.classfile} 24-40 ms and it is missing before Java 24. Source: JVMS 4 (class
 * file format), 4.7.3 (Code), 4.7.4 (StackMapTable).
 */
public final class ClassPatch {

  /**
   * What to insert.
   *
   * @param method the name of the method to patch; not a constructor, not native, not abstract
   * @param descriptor its descriptor
   * @param passes what the hook's methods get, in order: {@link #THIS}, {@link #OBJECT}, {@link
   *     #ARGUMENTS}, {@link #argument} or {@link #own}
   * @param decides whether the hook may take over
   * @param test the hook's method that is called first; it returns a boolean if it decides, and
   *     else nothing
   * @param answer the hook's method that gives the result; null if there is none to give
   */
  public record Prologue(
      String method,
      String descriptor,
      List<String> passes,
      boolean decides,
      String test,
      @Nullable String answer) {
    /** {@code this}, as what it is. */
    static final String THIS = "this";

    /** {@code this}, as an Object: for a hook that cannot know the class. */
    public static final String OBJECT = "object";

    /** All arguments, as what they are. */
    public static final String ARGUMENTS = "arguments";

    /** One argument, the first is 0, as an Object; it must be of a class. */
    public static String argument(int index) {
      return ARGUMENT + index;
    }

    /** The result of a method of {@code this} without arguments, as {@code intValue()I}. */
    public static String own(String methodAndDescriptor) {
      return methodAndDescriptor;
    }

    /** One that takes over if {@code test} says so. */
    public static Prologue takeOver(
        String method, String descriptor, boolean passThis, String test, @Nullable String answer) {
      return takeOver(method, descriptor, passing(passThis), test, answer);
    }

    /** One that takes over if {@code test} says so. */
    public static Prologue takeOver(
        String method,
        String descriptor,
        List<String> passes,
        String test,
        @Nullable String answer) {
      return new Prologue(method, descriptor, passes, true, test, answer);
    }

    /** One that just calls the hook. */
    public static Prologue tell(String method, String descriptor, boolean passThis, String told) {
      return tell(method, descriptor, passing(passThis), told);
    }

    /** One that just calls the hook. */
    public static Prologue tell(
        String method, String descriptor, List<String> passes, String told) {
      return new Prologue(method, descriptor, passes, false, told, null);
    }

    /** The same for a method with another descriptor. */
    public Prologue withDescriptor(String other) {
      return new Prologue(method, other, passes, decides, test, answer);
    }

    /** What the hook's methods take, as the beginning of a descriptor. */
    String parameters(String className) {
      StringBuilder all = new StringBuilder("(");
      for (String pass : passes) {
        if (pass.equals(THIS)) {
          all.append('L').append(className).append(';');
        } else if (pass.equals(ARGUMENTS)) {
          all.append(descriptor, 1, descriptor.indexOf(')'));
        } else {
          all.append(pass.indexOf('(') < 0 ? OBJECT_TYPE : pass.substring(pass.indexOf(')') + 1));
        }
      }
      return all.append(')').toString();
    }

    private static List<String> passing(boolean passThis) {
      return passThis ? List.of(THIS, ARGUMENTS) : List.of(ARGUMENTS);
    }
  }

  private static final int ACC_STATIC = 0x0008;
  private static final int ACC_NATIVE_OR_ABSTRACT = 0x0100 | 0x0400;

  private static final int NOP = 0x00;
  private static final int ILOAD = 0x15;
  private static final int LLOAD = 0x16;
  private static final int FLOAD = 0x17;
  private static final int DLOAD = 0x18;
  private static final int ALOAD = 0x19;
  private static final int IFEQ = 0x99;
  private static final int IRETURN = 0xAC;
  private static final int INVOKEVIRTUAL = 0xB6;
  private static final int INVOKESTATIC = 0xB8;

  private static final int FIRST_VERSION_WITH_FRAMES = 50;

  private static final String ARGUMENT = "argument";
  private static final String OBJECT_TYPE = "Ljava/lang/Object;";

  private final byte[] in;
  private final String hookClass;
  private final ConstantPool pool;
  private final String className;
  private final Output morePool = new Output();
  private int poolCount;

  private ClassPatch(byte[] in, String hookClass) {
    this.in = in;
    this.hookClass = hookClass;
    pool = new ConstantPool(in);
    poolCount = pool.count;
    className = pool.className(u2(pool.end + 2));
  }

  /**
   * The class file with the prologues in it.
   *
   * @param classFile a valid class file; not changed
   * @param hookClass the internal name of the class that holds the hook's public static methods
   * @param prologues what to insert, at most one per method
   * @return the new class file, or null if the class lacks one of the methods
   * @throws IllegalArgumentException if the bytes are no class file or a patched one would break a
   *     limit of the format
   */
  public static byte @Nullable [] apply(
      byte[] classFile, String hookClass, List<Prologue> prologues) {
    try {
      return new ClassPatch(classFile, hookClass).patched(prologues);
    } catch (IndexOutOfBoundsException e) {
      throw new IllegalArgumentException("a class file that is cut off or garbled", e);
    }
  }

  private byte @Nullable [] patched(List<Prologue> prologues) {
    Output methods = new Output();
    int methodsAt = skipMembers(skipInterfaces(pool.end + 6));
    int at = methodsAt + 2;
    int found = 0;
    for (int left = u2(methodsAt); left > 0; left--) {
      int next = skipMember(at);
      Prologue prologue = prologueFor(at, prologues);
      if (prologue == null) {
        methods.bytes(in, at, next - at);
      } else {
        patchMethod(at, prologue, methods);
        found++;
      }
      at = next;
    }
    if (found < prologues.size()) {
      return null;
    }
    if (poolCount > 0xFFFF) {
      throw new IllegalArgumentException(className + ": its constant pool is full");
    }
    Output out = new Output();
    out.bytes(in, 0, 8).u2(poolCount).bytes(in, 10, pool.end - 10).append(morePool);
    out.bytes(in, pool.end, methodsAt + 2 - pool.end).append(methods).bytes(in, at, in.length - at);
    return out.toByteArray();
  }

  private @Nullable Prologue prologueFor(int method, List<Prologue> prologues) {
    int name = u2(method + 2);
    int descriptor = u2(method + 4);
    for (Prologue prologue : prologues) {
      if (pool.isUtf8(name, prologue.method()) && pool.isUtf8(descriptor, prologue.descriptor())) {
        if ((u2(method) & ACC_NATIVE_OR_ABSTRACT) != 0) {
          throw new IllegalArgumentException(className + "." + prologue.method() + " has no code");
        }
        return prologue;
      }
    }
    return null;
  }

  private void patchMethod(int method, Prologue prologue, Output out) {
    boolean isStatic = (u2(method) & ACC_STATIC) != 0;
    out.bytes(in, method, 8);
    int at = method + 8;
    for (int left = u2(method + 6); left > 0; left--) {
      int length = 6 + i4(at + 2);
      if (pool.utf8(u2(at)).equals("Code")) {
        Output code = patchCode(at + 6, prologue, isStatic);
        out.u2(u2(at)).u4(code.size()).append(code);
      } else {
        out.bytes(in, at, length);
      }
      at += length;
    }
  }

  private Output patchCode(int code, Prologue prologue, boolean isStatic) {
    Arguments arguments = new Arguments(prologue, isStatic);
    Output first = arguments.instructions();
    int shift = first.size();
    int oldLength = i4(code + 4);
    if (oldLength + shift > 0xFFFF) {
      throw new IllegalArgumentException(
          className + "." + prologue.method() + " would be longer than 65,535 bytes");
    }
    Output out = new Output();
    out.u2(Math.max(u2(code), arguments.stack)).u2(u2(code + 2)).u4(oldLength + shift);
    out.append(first).bytes(in, code + 8, oldLength);

    int at = code + 8 + oldLength;
    int handlers = u2(at);
    out.u2(handlers);
    at += 2;
    for (; handlers > 0; handlers--, at += 8) {
      out.u2(u2(at) + shift).u2(u2(at + 2) + shift).u2(u2(at + 4) + shift).u2(u2(at + 6));
    }

    Output attributes = new Output();
    int kept = 0;
    boolean frames = false;
    int left = u2(at);
    at += 2;
    for (; left > 0; left--) {
      int name = u2(at);
      int body = at + 6;
      Output moved =
          switch (pool.utf8(name)) {
            case "LineNumberTable" -> moveTable(body, 4, shift);
            case "LocalVariableTable", "LocalVariableTypeTable" -> moveTable(body, 10, shift);
            case "StackMapTable" -> {
              frames = true;
              yield moveFrames(body, shift, prologue.decides());
            }
            default -> null;
          };
      if (moved != null) {
        attributes.u2(name).u4(moved.size()).append(moved);
        kept++;
      }
      at = body + i4(at + 2);
    }
    if (!frames && prologue.decides() && u2(6) >= FIRST_VERSION_WITH_FRAMES) {
      Output only = new Output().u2(1);
      sameFrame(only, shift);
      attributes.u2(addUtf8("StackMapTable")).u4(only.size()).append(only);
      kept++;
    }
    return out.u2(kept).append(attributes);
  }

  /** A table whose entries start with a code offset. */
  private Output moveTable(int body, int entrySize, int shift) {
    int count = u2(body);
    Output out = new Output().u2(count);
    for (int at = body + 2; count > 0; count--, at += entrySize) {
      out.u2(u2(at) + shift).bytes(in, at + 2, entrySize - 2);
    }
    return out;
  }

  /**
   * The frame at which the prologue's branch arrives, and the method's own. Each frame says how far
   * it is from the one before it, less one; so only the first old frame changes: by the new one
   * that now stands before it. If it was at offset 0 it is itself the frame at which the branch
   * arrives.
   */
  private Output moveFrames(int body, int shift, boolean branches) {
    int count = u2(body);
    Output out = new Output();
    int at = body + 2;
    boolean isNew = branches && !(count > 0 && frameDelta(at) == 0);
    out.u2(isNew ? count + 1 : count);
    if (isNew) {
      sameFrame(out, shift);
    }
    for (int i = 0; i < count; i++) {
      int delta = frameDelta(at);
      if (i == 0) {
        delta += isNew ? -1 : shift;
      }
      at = moveFrame(at, delta, shift, out);
    }
    return out;
  }

  private int frameDelta(int at) {
    int type = u1(at);
    return type < 64 ? type : type < 128 ? type - 64 : u2(at + 1);
  }

  private static void sameFrame(Output out, int delta) {
    if (delta < 64) {
      out.u1(delta);
    } else {
      out.u1(251).u2(delta);
    }
  }

  /** Copies one frame with a new distance; returns where the next one stands. */
  private int moveFrame(int at, int delta, int shift, Output out) {
    int type = u1(at);
    if (type < 64) { // same
      sameFrame(out, delta);
      return at + 1;
    }
    if (type < 128 || type == 247) { // same locals, one stack item
      if (delta < 64) {
        out.u1(64 + delta);
      } else {
        out.u1(247).u2(delta);
      }
      return moveTypes(type == 247 ? at + 3 : at + 1, 1, shift, out);
    }
    if (type < 247) {
      throw new IllegalArgumentException(className + ": stack map frame of type " + type);
    }
    out.u1(type).u2(delta);
    if (type < 252) { // chop, same frame extended
      return at + 3;
    }
    if (type < 255) { // append
      return moveTypes(at + 3, type - 251, shift, out);
    }
    int locals = u2(at + 3);
    out.u2(locals);
    int stackAt = moveTypes(at + 5, locals, shift, out);
    int stack = u2(stackAt);
    out.u2(stack);
    return moveTypes(stackAt + 2, stack, shift, out);
  }

  private int moveTypes(int at, int count, int shift, Output out) {
    for (; count > 0; count--) {
      int tag = u1(at);
      out.u1(tag);
      at++;
      if (tag == 7) { // an object of a class
        out.u2(u2(at));
        at += 2;
      } else if (tag == 8) { // not yet initialized: made by the new at that offset
        out.u2(u2(at) + shift);
        at += 2;
      }
    }
    return at;
  }

  /** What the prologue pushes, and how it returns. */
  private final class Arguments {
    final Prologue prologue;
    final Output loads = new Output();
    final String hookArguments;
    final char result;
    int stack;

    Arguments(Prologue prologue, boolean isStatic) {
      this.prologue = prologue;
      String descriptor = prologue.descriptor();
      result = descriptor.charAt(descriptor.indexOf(')') + 1);
      hookArguments = prologue.parameters(className);
      for (String pass : prologue.passes()) {
        push(pass, isStatic);
      }
      stack = Math.max(stack, 2); // the boolean, or a long that is returned
    }

    private void push(String pass, boolean isStatic) {
      int open = pass.indexOf('(');
      if (pass.equals(Prologue.ARGUMENTS)) {
        arguments(isStatic, -1);
      } else if (pass.startsWith(ARGUMENT)) {
        arguments(isStatic, Integer.parseInt(pass.substring(ARGUMENT.length())));
      } else {
        load(ALOAD, 0, 1);
        if (open > 0) {
          stack++; // a long in the place of this
          loads.u1(INVOKEVIRTUAL);
          loads.u2(
              ClassPatch.this.method(className, pass.substring(0, open), pass.substring(open)));
        }
      }
    }

    /** Pushes all arguments, or one of them. */
    private void arguments(boolean isStatic, int only) {
      String descriptor = prologue.descriptor();
      int close = descriptor.indexOf(')');
      int local = isStatic ? 0 : 1;
      int index = 0;
      for (int i = 1; i < close; i++, index++) {
        char type = descriptor.charAt(i);
        boolean wanted = only < 0 || only == index;
        while (descriptor.charAt(i) == '[') {
          i++;
        }
        i = descriptor.charAt(i) == 'L' ? descriptor.indexOf(';', i) : i;
        int opcode =
            switch (type) {
              case 'J' -> LLOAD;
              case 'D' -> DLOAD;
              case 'F' -> FLOAD;
              case 'L', '[' -> ALOAD;
              default -> ILOAD;
            };
        int size = type == 'J' || type == 'D' ? 2 : 1;
        if (wanted) {
          load(opcode, local, size);
        }
        local += size;
      }
    }

    private void load(int opcode, int local, int size) {
      if (local > 0xFF) {
        throw new IllegalArgumentException(className + "." + prologue.method() + ": argument 256");
      }
      loads.u1(opcode).u1(local);
      stack += size;
    }

    Output instructions() {
      Output test = new Output().append(loads);
      if (!prologue.decides()) {
        return padded(
            test.u1(INVOKESTATIC).u2(method(hookClass, prologue.test(), hookArguments + "V")));
      }
      Output taken = new Output();
      if (result == 'V') {
        taken.u1(IRETURN + 5);
      } else {
        String answer = Objects.requireNonNull(prologue.answer()); // there is a result to give
        String type = prologue.descriptor().substring(prologue.descriptor().indexOf(')') + 1);
        taken.append(loads).u1(INVOKESTATIC).u2(method(hookClass, answer, hookArguments + type));
        taken.u1(
            switch (result) {
              case 'J' -> IRETURN + 1;
              case 'F' -> IRETURN + 2;
              case 'D' -> IRETURN + 3;
              case 'L', '[' -> IRETURN + 4;
              default -> IRETURN;
            });
      }
      test.u1(INVOKESTATIC).u2(method(hookClass, prologue.test(), hookArguments + "Z"));
      return padded(test.u1(IFEQ).u2(3 + taken.size()).append(taken));
    }
  }

  private static Output padded(Output instructions) {
    Output out = new Output();
    for (int padding = -instructions.size() & 3; padding > 0; padding--) {
      out.u1(NOP); // in front: behind the return nothing reaches it, and it would need a frame
    }
    return out.append(instructions);
  }

  private int method(String owningClass, String name, String descriptor) {
    int nameAndType = poolCount + 4;
    int owner = poolCount + 1;
    morePool.u1(ConstantPool.UTF8).utf8(owningClass);
    morePool.u1(ConstantPool.CLASS).u2(poolCount);
    morePool.u1(ConstantPool.UTF8).utf8(name);
    morePool.u1(ConstantPool.UTF8).utf8(descriptor);
    morePool.u1(ConstantPool.NAME_AND_TYPE).u2(poolCount + 2).u2(poolCount + 3);
    morePool.u1(ConstantPool.METHOD).u2(owner).u2(nameAndType);
    poolCount += 6;
    return poolCount - 1;
  }

  private int addUtf8(String text) {
    morePool.u1(ConstantPool.UTF8).utf8(text);
    return poolCount++;
  }

  private int skipInterfaces(int at) {
    return at + 2 + 2 * u2(at);
  }

  private int skipMembers(int at) {
    int next = at + 2;
    for (int left = u2(at); left > 0; left--) {
      next = skipMember(next);
    }
    return next;
  }

  private int skipMember(int at) {
    int next = at + 8;
    for (int left = u2(at + 6); left > 0; left--) {
      next += 6 + i4(next + 2);
    }
    return next;
  }

  private int u1(int at) {
    return in[at] & 0xFF;
  }

  private int u2(int at) {
    return u1(at) << 8 | u1(at + 1);
  }

  private int i4(int at) {
    return u2(at) << 16 | u2(at + 2);
  }

  /** Bytes that grow; every method returns it. */
  private static final class Output extends ByteArrayOutputStream {
    Output u1(int value) {
      write(value);
      return this;
    }

    Output u2(int value) {
      return u1(value >> 8).u1(value);
    }

    Output u4(int value) {
      return u2(value >> 16).u2(value);
    }

    Output bytes(byte[] from, int offset, int length) {
      write(from, offset, length);
      return this;
    }

    Output append(Output other) {
      return bytes(other.buf, 0, other.count);
    }

    Output utf8(String text) {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      return u2(bytes.length).bytes(bytes, 0, bytes.length);
    }
  }
}
