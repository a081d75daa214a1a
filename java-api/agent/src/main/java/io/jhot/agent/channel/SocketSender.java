package io.jhot.agent.channel;

import io.jhot.agent.patch.HookClasses;
import io.jhot.protocol.Message;
import io.jhot.protocol.Wire;
import java.io.IOException;
import java.lang.module.Configuration;
import java.lang.module.ModuleFinder;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import sun.nio.ch.JhotNativeAccess;

/**
 * Sends sockets over the control channel ({@code SCM_RIGHTS}) by {@code io.jhot.ffm}, Java 22 and
 * later. That module gets a layer and a loader of its own, so that it is invisible to the app's
 * classes. Native access is granted to it alone, so there is no warning and no flag.
 */
public final class SocketSender {
  /** The first Java in which sockets can be sent without native code of our own. */
  public static final int FIRST_JAVA = 22;

  private static final String MODULE = "io.jhot.ffm";

  private static boolean knowsNativeAccess; // guarded by the class

  private final Method sendLent;
  private final Module module;

  private SocketSender(Method sendLent, Module module) {
    this.sendLent = sendLent;
    this.module = module;
  }

  /**
   * Loads and links the bindings. Takes 50 to 200 ms: not for the thread that binds.
   *
   * @throws ReflectiveOperationException if the jar does not hold the bindings, or this JDK does
   *     not let the agent link native code
   * @throws IOException if the agent's own jar cannot be read
   */
  public static SocketSender load(Path bindings) throws IOException, ReflectiveOperationException {
    Configuration configuration =
        ModuleLayer.boot()
            .configuration()
            .resolve(ModuleFinder.of(bindings), ModuleFinder.of(), Set.of(MODULE));
    ModuleLayer.Controller layer =
        ModuleLayer.defineModulesWithOneLoader(
            configuration, List.of(ModuleLayer.boot()), ClassLoader.getPlatformClassLoader());
    Module module = layer.layer().findModule(MODULE).orElseThrow();
    allowNativeAccess(layer, module);
    Class<?> messages = Class.forName(MODULE + ".ControlMessage", true, module.getClassLoader());
    return new SocketSender(
        messages.getMethod("sendLent", int.class, byte[].class, int[].class), module);
  }

  /** Each process that loads them does it once; a second time the class is there. */
  private static synchronized void allowNativeAccess(ModuleLayer.Controller layer, Module module)
      throws IOException, ReflectiveOperationException {
    if (!knowsNativeAccess) {
      HookClasses.defineNativeAccess();
      knowsNativeAccess = true;
    }
    JhotNativeAccess.allow(layer, module);
  }

  /**
   * Receives one message.
   *
   * @return the bytes and the numbers of the descriptors; null: jhot is gone
   */
  Object @Nullable [] receive(int socket) throws IOException {
    return (Object[])
        call(
            "ControlMessage",
            "receiveLent",
            new Class<?>[] {int.class, int.class},
            socket,
            Wire.MAX_BYTES);
  }

  /** A file in memory, as its number. */
  public int memoryFile(String name) throws IOException {
    return (int) call("MemoryFile", "create", new Class<?>[] {String.class}, name);
  }

  /** Makes a file in memory immutable. */
  public void seal(int file) throws IOException {
    call("MemoryFile", "seal", new Class<?>[] {int.class}, file);
  }

  /** Whether nobody can change a file in memory any more. */
  public boolean isSealed(int file) throws IOException {
    return (boolean) call("MemoryFile", "isSealed", new Class<?>[] {int.class}, file);
  }

  private Object call(String type, String method, Class<?>[] parameters, Object... arguments)
      throws IOException {
    try {
      return Class.forName(MODULE + "." + type, true, module.getClassLoader())
          .getMethod(method, parameters)
          .invoke(null, arguments);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof IOException cause) {
        throw cause;
      }
      throw new IOException(String.valueOf(e.getCause()), e.getCause());
    } catch (ReflectiveOperationException e) {
      throw new IOException("the agent cannot call its bindings", e);
    }
  }

  /**
   * Sends one message with one socket.
   *
   * @throws IOException if jhot is gone or refuses
   */
  public void send(Channel channel, Message message, int socket) throws IOException {
    try {
      sendLent.invoke(null, channel.fd(), Wire.encode(message), new int[] {socket});
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof IOException cause) {
        throw cause;
      }
      throw new IOException(String.valueOf(e.getCause()), e.getCause());
    } catch (IllegalAccessException e) {
      throw new IOException("the agent cannot call its bindings", e);
    }
  }
}
