package sun.nio.ch;

/**
 * Lets one module link native code. Defined into java.base, where it is needed, in Java 22 and
 * later: to be called by java.base spares the exported method its warning and its command line
 * flag.
 */
public final class JhotNativeAccess {
  private JhotNativeAccess() {}

  /**
   * @param layer of a layer that was just made
   * @param module one of its modules
   */
  @SuppressWarnings("restricted") // java.base may; and only this module is let in
  public static void allow(ModuleLayer.Controller layer, Module module) {
    layer.enableNativeAccess(module);
  }
}
