package io.jhot.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** What is read without picocli means what picocli says that it means. */
class GivenTest {
  private static final List<Option> OPTIONS = ExecSpec.OPTIONS;

  @Test
  void everyOptionIsReadWithoutPicocliAndMeansTheSame() {
    for (Option option : OPTIONS) {
      if (option.kind() == Option.Kind.FLAG) {
        assertReadAlike(option.name());
      } else {
        assertReadAlike(option.name(), "a value");
        assertReadAlike(option.name() + "=a=b", "program", "--quiet");
      }
    }
  }

  @Test
  void valuesAreTakenLiterally() {
    for (String value : List.of("", "\"quoted\"", "'a b'", "${sys:user.name}", "a,b", "\\", "%n")) {
      assertReadAlike("--cwd=" + value, "program");
      assertReadAlike("--env", value, "--env", "B=" + value, "program");
    }
  }

  @Test
  void whatStandsBehindTheFirstOperandIsTheApps() {
    assertReadAlike("--quiet", "java", "--no-such", "-h", "--quiet=x", "-jar", "");
    assertReadAlike("");
    assertReadAlike();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-h",
        "--help",
        "--no-such x",
        "--quiet=true x",
        "--quiet --quiet x",
        "--name a --name b x",
        "--name --quiet x",
        "--name",
        "-q x",
        "- x",
        "@file",
        "--name @file x",
        "program @file",
        "--nam a x"
      })
  void whatIsNotPlainIsLeftToPicocli(String line) {
    assertNull(Given.plain(OPTIONS, line.split(" ")));
  }

  @Test
  void whateverIsReadWithoutPicocliMeansTheSame() {
    List<String> words = new ArrayList<>(List.of("", "x", "-", "-h", "=", "--", "-x=y", "a=b"));
    for (Option option : OPTIONS) {
      words.add(option.name());
      words.add(option.name() + "=1");
    }
    Random random = new Random(7);
    int read = 0;
    for (int i = 0; i < 5_000; i++) {
      List<String> line = new ArrayList<>();
      for (int left = random.nextInt(6); left > 0; left--) {
        line.add(words.get(random.nextInt(words.size())));
      }
      line.remove("--"); // never reaches either of them
      String[] arguments = line.toArray(new String[0]);
      if (Given.plain(OPTIONS, arguments) != null) {
        read++;
        assertReadAlike(arguments);
      }
    }
    assertTrue(read > 500, read + " of the lines were plain");
  }

  private static void assertReadAlike(String... arguments) {
    Given plain = Given.plain(OPTIONS, arguments);
    assertNotNull(plain, () -> String.join(" ", arguments));
    Given parsed =
        Given.parsed(
            OPTIONS,
            new CommandLine(ExecSpec.model()).setStopAtPositional(true).parseArgs(arguments));
    assertEquals(text(parsed), text(plain), () -> String.join(" ", arguments));
  }

  private static String text(Given given) {
    StringBuilder text = new StringBuilder();
    for (Option option : OPTIONS) {
      if (given.has(option.name())) {
        text.append(option.name()).append(given.values(option.name())).append('\n');
      }
    }
    return text.append(given.command()).append(given.help() != null).toString();
  }
}
