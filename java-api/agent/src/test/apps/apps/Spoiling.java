package apps;

import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.security.ProtectionDomain;

/** An agent that makes nonsense of one class of the JDK whenever another one redefines it. */
public final class Spoiling {
  private Spoiling() {}

  /**
   * Called by the JVM.
   *
   * @param spoiled the internal name of that class
   */
  public static void premain(String spoiled, Instrumentation instrumentation) {
    instrumentation.addTransformer(
        new ClassFileTransformer() {
          @Override
          public byte[] transform(
              ClassLoader loader,
              String name,
              Class<?> type,
              ProtectionDomain domain,
              byte[] bytes) {
            return spoiled.equals(name) && type != null ? new byte[] {1, 2, 3} : null;
          }
        });
  }
}
