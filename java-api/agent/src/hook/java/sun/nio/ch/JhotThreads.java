package sun.nio.ch;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/**
 * Threads that sleep in a system call, and how the JDK wakes them. Up to Java 26 it identifies such
 * a thread by a number, from 27 on by the {@link Thread} itself; here it is an Object that is
 * either.
 *
 * <p>No lambda and no string concatenation here: their bootstraps would cost the app's start.
 */
public final class JhotThreads {
  private static final String STATE_LOCK = "stateLock";
  private static final Long NOBODY = 0L;
  private static final Long A_VIRTUAL_THREAD = -1L; // which epoll wakes

  private JhotThreads() {}

  /** The current platform thread, for {@link #wake}. */
  public static Object current() {
    try {
      return NativeThread.current();
    } catch (NoSuchMethodError e) {
      return Later.current();
    }
  }

  /** Makes a system call of that thread end with EINTR. */
  public static void wake(Object thread) {
    if (thread instanceof Long number) {
      NativeThread.signal(number);
    } else {
      Later.signal((Thread) thread);
    }
  }

  /** Whether {@link #wakeAcceptor} works in this JDK. */
  public static boolean canWakeAcceptors() {
    try {
      boolean byNumber = has("current", MethodType.methodType(long.class));
      Class<?> kind = byNumber ? long.class : Thread.class;
      for (Class<?> owner : new Class<?>[] {NioSocketImpl.class, ServerSocketChannelImpl.class}) {
        owner.getDeclaredField(STATE_LOCK);
        if (owner.getDeclaredField(threadField(owner)).getType() != kind) {
          return false;
        }
      }
      return has("signal", MethodType.methodType(void.class, kind))
          && (byNumber || has("threadToSignal", MethodType.methodType(Thread.class)));
    } catch (NoSuchFieldException e) {
      return false;
    }
  }

  private static boolean has(String method, MethodType type) {
    try {
      return NativeThread.class.getMethod(method, type.parameterArray()).getReturnType()
          == type.returnType();
    } catch (NoSuchMethodException e) {
      return false;
    }
  }

  /**
   * Makes the platform thread that sleeps in poll(2) or accept(2) of that socket look at its
   * descriptor anew; the JDK repeats both after EINTR. As the JDK itself does when a socket is
   * closed under such a thread: under the lock without which the thread cannot leave.
   *
   * @param owner an object that was given to {@link JhotHook.BindHandler#binding}
   */
  public static void wakeAcceptor(Object owner) {
    Class<?> type =
        owner instanceof DatagramChannelImpl ? DatagramChannelImpl.class : owner.getClass();
    try {
      MethodHandle lockOf = getter(type, STATE_LOCK);
      MethodHandle threadOf = getter(type, threadField(type));
      Object lock = (Object) lockOf.invokeExact(owner);
      synchronized (lock) {
        Object thread = (Object) threadOf.invokeExact(owner);
        if (thread != null && !thread.equals(NOBODY) && !thread.equals(A_VIRTUAL_THREAD)) {
          wake(thread);
        }
      }
    } catch (NoSuchFieldException e) {
      throw new LinkageError(e.getMessage(), e);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  private static MethodHandle getter(Class<?> owner, String field)
      throws NoSuchFieldException, IllegalAccessException {
    Class<?> type = owner.getDeclaredField(field).getType();
    return MethodHandles.privateLookupIn(owner, MethodHandles.lookup())
        .findGetter(owner, field, type)
        .asType(MethodType.methodType(Object.class, Object.class));
  }

  private static String threadField(Class<?> owner) {
    return owner == ServerSocketChannelImpl.class ? "thread" : "readerThread";
  }

  /** What is there from Java 27 on, and so cannot be compiled against. */
  private static final class Later {
    private static final MethodHandle CURRENT =
        find("threadToSignal", MethodType.methodType(Thread.class));
    private static final MethodHandle SIGNAL =
        find("signal", MethodType.methodType(void.class, Thread.class));

    private Later() {}

    private static MethodHandle find(String name, MethodType type) {
      try {
        return MethodHandles.lookup().findStatic(NativeThread.class, name, type);
      } catch (ReflectiveOperationException e) {
        throw new LinkageError(e.getMessage(), e);
      }
    }

    static Thread current() {
      try {
        return (Thread) CURRENT.invokeExact();
      } catch (RuntimeException | Error e) {
        throw e;
      } catch (Throwable e) {
        throw new AssertionError(e);
      }
    }

    static void signal(Thread thread) {
      try {
        SIGNAL.invokeExact(thread);
      } catch (RuntimeException | Error e) {
        throw e;
      } catch (Throwable e) {
        throw new AssertionError(e);
      }
    }
  }
}
