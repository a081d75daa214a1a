package io.jhot.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What is text to people is bytes to Linux: jhot passes on what it was given, in any locale. */
@ExtendWith(SandboxExtension.class)
class BytesIT {
  private static final String[] LOCALES = {"C", "C.UTF-8"};

  /** Latin-1, UTF-8, half of a character, and what is a surrogate in CESU-8. */
  private static final String BYTES = "caf\\351 caf\\303\\251 \\342\\202 \\355\\240\\200 \\377";

  private static final String HEX = "636166e920636166c3a920e28220eda08020ff";

  /** Runs a script in which {@code $X} is {@link #BYTES} and {@code $J} is jhot. */
  private static Finished sh(Sandbox box, String locale, String script) {
    box.environment("LC_ALL", locale);
    return box.run("sh", "-c", "J=" + Sandbox.bin() + "; X=$(printf '" + BYTES + "'); " + script);
  }

  private static String hex(Finished finished) {
    return finished.good().out().replaceAll("\\s", "");
  }

  @Test
  void environmentAndArgumentsReachTheAppByteForByte(Sandbox box) {
    for (String locale : LOCALES) {
      assertEquals(
          HEX,
          hex(sh(box, locale, "export X; $J exec -- sh -c 'printf %s \"$X\" | od -An -v -tx1'")),
          locale);
      assertEquals(
          HEX,
          hex(sh(box, locale, "$J exec -- sh -c 'printf %s \"$1\" | od -An -v -tx1' sh \"$X\"")),
          locale);
      assertEquals(
          HEX,
          hex(
              sh(
                  box,
                  locale,
                  "$J exec --env \"Y=$X\" -- sh -c 'printf %s \"$Y\" | od -An -v -tx1'")),
          locale);
      assertEquals(
          HEX,
          hex(
              sh(
                  box,
                  locale,
                  "export JHOT_ENV=\"Y=$X\"; $J exec -- sh -c 'printf %s \"$Y\" | od -An -v"
                      + " -tx1'")),
          locale);
    }
  }

  @Test
  void foldersAndProgramsMayHaveAnyName(Sandbox box) {
    for (String locale : LOCALES) {
      Finished finished =
          sh(
              box,
              locale,
              "d=$(printf 'r\\351lease'); mkdir -p \"$d\";"
                  + " printf '#!/bin/sh\\npwd | od -An -v -tx1; cat data\\n' > \"$d/$X\";"
                  + " chmod +x \"$d/$X\"; echo here > \"$d/data\";"
                  + " $J exec --cwd \"$d\" --pid-file \"$d/pid\" -- \"./$X\""
                  + " && PATH=\"$PWD/$d:$PATH\" $J exec --cwd \"$d\" -- \"$X\";"
                  + " code=$?; rm -r \"$d\"; exit $code");
      String out = finished.good().out();
      assertEquals(2, out.lines().filter("here"::equals).count(), finished::toString);
      assertTrue(hex(finished).contains("72e96c65617365"), finished::toString);
    }
  }

  @Test
  void aFolderThatIsNotThereIsOneClearLine(Sandbox box) {
    for (String locale : LOCALES) {
      Finished finished = sh(box, locale, "$J exec --cwd \"/no/$X\" -- true").with(125);
      assertTrue(finished.err().contains("no such directory"), finished::toString);
      assertEquals(1, finished.err().lines().count(), finished::toString);
      Finished program = sh(box, locale, "$J exec -- \"/no/$X\"").with(127);
      assertTrue(program.err().contains("no such file"), program::toString);
      Finished runtime =
          sh(box, locale, "export JHOT_RUNTIME_DIR=\"/no/$X\"; $J exec -- true").with(125);
      assertTrue(runtime.err().contains("LC_ALL"), runtime::toString);
      Finished client = sh(box, locale, "export JHOT_RUNTIME_DIR=\"/no/$X\"; $J status").with(1);
      assertEquals(1, client.err().lines().count(), client::toString);
    }
  }
}
