package io.jhot.tests;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Gives each test a {@link Sandbox} and checks after it that nothing is left: no process, no
 * control socket, no descriptor of the test's own JVM.
 */
final class SandboxExtension implements ParameterResolver, AfterEachCallback {
  private record World(Sandbox sandbox, long descriptorsBefore) {}

  private static final Namespace NAMESPACE = Namespace.create(SandboxExtension.class);

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == Sandbox.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return context
        .getStore(NAMESPACE)
        .computeIfAbsent(World.class, type -> create(), World.class)
        .sandbox();
  }

  private static World create() {
    try {
      openWhatTheJdkKeeps();
      return new World(new Sandbox(), descriptors());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** With its first connections the JDK opens a few descriptors for good. */
  private static void openWhatTheJdkKeeps() throws IOException {
    try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Socket> accepted = threads.submit(listener::accept);
      try (Socket client = new Socket(listener.getInetAddress(), listener.getLocalPort())) {
        Future<Integer> read = threads.submit(() -> client.getInputStream().read());
        accepted.get().close();
        read.get();
      } catch (ExecutionException | InterruptedException e) {
        throw new IOException(e);
      }
    }
  }

  @Override
  public void afterEach(ExtensionContext context) throws Exception {
    World world = context.getStore(NAMESPACE).remove(World.class, World.class);
    if (world == null) {
      return;
    }
    boolean good = false;
    try {
      world.sandbox().close();
      Await.until(
          "the test's own pipes and sockets are closed",
          () -> descriptors() <= world.descriptorsBefore(),
          () -> Proc.descriptors(ProcessHandle.current().pid()).toString());
      good = context.getExecutionException().isEmpty();
    } finally {
      if (!good) {
        System.err.println(context.getDisplayName() + ":\n" + world.sandbox().transcript());
      }
    }
  }

  /** Files are the class loader's business; pipes and sockets are ours. */
  private static long descriptors() {
    List<String> targets = Proc.descriptors(ProcessHandle.current().pid());
    return targets.stream().filter(t -> t.startsWith("pipe:") || t.startsWith("socket:")).count();
  }
}
