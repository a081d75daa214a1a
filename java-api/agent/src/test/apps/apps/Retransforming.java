package apps;

import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.security.ProtectionDomain;

/** An agent that has the JDK's socket classes transformed once more, and changes nothing. */
public final class Retransforming {
  private Retransforming() {}

  /** Called by the JVM. */
  public static void premain(String arguments, Instrumentation instrumentation) throws Exception {
    instrumentation.addTransformer(
        new ClassFileTransformer() {
          @Override
          public byte[] transform(
              ClassLoader loader,
              String name,
              Class<?> type,
              ProtectionDomain domain,
              byte[] bytes) {
            return bytes; // "transformed": the JVM starts again from what it takes for the original
          }
        },
        true);
    instrumentation.retransformClasses(
        Class.forName("sun.nio.ch.Net"), Class.forName("sun.nio.ch.SocketDispatcher"));
    System.out.println("retransformed");
  }
}
