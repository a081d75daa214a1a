package io.jhot.ffm;

import io.jhot.ffm.gen.Abi;
import java.util.Arrays;

/**
 * A program without Java in it: a chain of calls to libc with fixed arguments, laid out beforehand
 * in native memory with makecontext(3). Each call has a context of its own; when it returns, {@code
 * uc_link} leads to the next.
 *
 * <p>A child of a JVM runs such a chain and nothing else. If it returned into the JVM it would be a
 * JVM with one thread: it would hang at the first safepoint, lock or collection that needs another
 * thread.
 *
 * <p>Return values are lost, so the chain cannot branch. Whether a call failed is seen from errno,
 * which a later call of the chain copies.
 *
 * <p>All contexts share one stack. A context's own frame at the top of its stack (where to go next)
 * is written when it is laid out and must last until it runs, while the calls before it run below
 * their tops. So the first context has the lowest top, and each later one begins a little higher: a
 * call overwrites the frames of those only that have run.
 */
final class ChildProgram {
  /** Plenty for calls that do little more than enter the kernel. */
  private static final int STACK_BYTES = 32 * 1024;

  private static final int TOP_DISTANCE =
      128; // room for a context's frame, and cache lines of its own
  private static final int MAX_ARGUMENTS = 5;
  private static final long ALL_SIGNALS = -1;

  private Libc.Function[] functions = new Libc.Function[32];
  private long[] arguments = new long[32 * MAX_ARGUMENTS];
  private int[] argumentCounts = new int[32];
  private long[] masks = new long[32];
  private int count;

  /** The frame room that a chain of {@code calls} takes. */
  static int room(int calls) {
    return calls * Frame.room(Abi.UCONTEXT_T_SIZE) + STACK_BYTES + calls * TOP_DISTANCE + 16;
  }

  int size() {
    return count;
  }

  /**
   * Adds a call; all signals are blocked meanwhile, so that no handler of the JVM runs in the
   * child.
   */
  void call(Libc.Function function, long... values) {
    add(function, ALL_SIGNALS, values);
  }

  /** Adds a call during which no signal is blocked. */
  void callUnblocked(Libc.Function function, long... values) {
    add(function, 0, values);
  }

  private void add(Libc.Function function, long mask, long[] values) {
    if (count == functions.length) {
      functions = Arrays.copyOf(functions, 2 * count);
      arguments = Arrays.copyOf(arguments, 2 * count * MAX_ARGUMENTS);
      argumentCounts = Arrays.copyOf(argumentCounts, 2 * count);
      masks = Arrays.copyOf(masks, 2 * count);
    }
    functions[count] = function;
    System.arraycopy(values, 0, arguments, count * MAX_ARGUMENTS, values.length);
    argumentCounts[count] = values.length;
    masks[count] = mask;
    count++;
  }

  /**
   * Writes the chain into a frame.
   *
   * @param after the context that follows the last call; 0 when that one does not return
   * @return the address of the first context
   */
  long layOut(Frame frame, long after) {
    int stack = frame.reserve(STACK_BYTES + count * TOP_DISTANCE);
    long next = after;
    byte[] registers = null; // such as the FPU's control word, as they are
    for (int i = count - 1; i >= 0; i--) {
      int start = frame.reserve(Abi.UCONTEXT_T_SIZE);
      long context = frame.address(start);
      if (registers == null) {
        Libc.getcontext(frame, context);
        registers = frame.bytes(start, Abi.UCONTEXT_T_SIZE);
      } else {
        // a copy leads to the FPU's registers in the first one, which lasts as long
        frame.memory().put(start, registers);
      }
      int stackField = start + Abi.UCONTEXT_T_UC_STACK;
      frame.memory().putLong(start + Abi.UCONTEXT_T_UC_LINK, next);
      frame.memory().putLong(stackField + Abi.STACK_T_SS_SP, frame.address(stack));
      frame
          .memory()
          .putLong(stackField + Abi.STACK_T_SS_SIZE, STACK_BYTES + (long) i * TOP_DISTANCE);
      frame.memory().putLong(start + Abi.UCONTEXT_T_UC_SIGMASK, masks[i]);
      Libc.makecontext(
          frame, context, functions[i], argumentCounts[i], arguments, i * MAX_ARGUMENTS);
      next = context;
    }
    return next;
  }
}
