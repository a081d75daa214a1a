/** The supervisor, its event loop and the command line. */
module io.jhot.launcher {
  requires info.picocli;
  requires io.jhot.agent;
  requires io.jhot.ffm;
  requires static org.jspecify;

  opens io.jhot.cli to
      info.picocli;
}
