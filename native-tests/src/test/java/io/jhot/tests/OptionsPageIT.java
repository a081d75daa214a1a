package io.jhot.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** docs/options.md against the command itself. */
@ExtendWith(SandboxExtension.class)
class OptionsPageIT {
  private static final Path PAGE = Path.of("../docs/options.md");

  private static Set<String> found(String pattern, String text) {
    Set<String> found = new TreeSet<>();
    Matcher matcher = Pattern.compile(pattern, Pattern.MULTILINE).matcher(text);
    while (matcher.find()) {
      found.add(matcher.group(1));
    }
    return found;
  }

  @Test
  void thePageHasARowForEachOptionOfExecAndForNoOther(Sandbox box) throws IOException {
    String help = box.jhot("exec", "--help").good().out();
    Set<String> options = found("^ +(?:-\\w, )?(--[a-z-]+)", help);
    options.remove("--help");

    assertFalse(options.isEmpty(), help);
    assertEquals(options, found("^\\| `(--[a-z-]+)", Files.readString(PAGE)));
  }
}
