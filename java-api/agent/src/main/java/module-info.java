/** What runs in the app's JVM: the control protocol and the agent. */
@SuppressWarnings("module") // io.jhot.launcher is built after this module
module io.jhot.agent {
  // only in the app's JVM, where the agent is on the class path: jhot's own runtime does not have
  // it
  requires static java.instrument;
  requires static org.jspecify;

  exports io.jhot.protocol to
      io.jhot.launcher;
}
