package io.jhot.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The pages of the documentation against what they name. */
class PagesTest {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)#\\s]*)(?:#([^)\\s]*))?\\)");
  private static final Pattern HEADING = Pattern.compile("^#+ (.*)$", Pattern.MULTILINE);
  private static final Pattern BLOCK =
      Pattern.compile("^ *```.*?^ *```$", Pattern.MULTILINE | Pattern.DOTALL);
  private static final Pattern TYPE = Pattern.compile("`((?:[a-z]+\\.)+[A-Z][A-Za-z]*)");

  private static List<Path> files(String ending) throws IOException {
    try (Stream<Path> all = Files.walk(ROOT)) {
      return all.filter(file -> file.toString().endsWith(ending))
          .filter(file -> !isMade(ROOT.relativize(file)))
          .toList();
    }
  }

  /** Whether the build or the tools of a checkout made it. */
  private static boolean isMade(Path file) {
    for (Path part : file) {
      if (part.toString().equals("target") || part.toString().equals(".git")) {
        return true;
      }
    }
    return file.startsWith("build");
  }

  private static String prose(Path page) throws IOException {
    return BLOCK.matcher(Files.readString(page)).replaceAll("");
  }

  /** What a link has behind {@code #}, as GitHub makes it of a heading. */
  private static String anchor(String heading) {
    return heading.toLowerCase(Locale.ROOT).replaceAll("[^\\p{L}\\p{N} _-]", "").replace(' ', '-');
  }

  private static boolean has(Path page, String anchor) throws IOException {
    return HEADING.matcher(prose(page)).results().anyMatch(h -> anchor(h.group(1)).equals(anchor));
  }

  @Test
  void everyLinkLeadsToAFileAndAHeadingInIt() throws IOException {
    List<Path> pages = files(".md");
    List<String> broken = new ArrayList<>();
    int checked = 0;
    for (Path page : pages) {
      for (MatchResult link : LINK.matcher(prose(page)).results().toList()) {
        if (link.group(1).contains(":")) {
          continue; // of the web
        }
        Path target =
            link.group(1).isEmpty() ? page : page.resolveSibling(link.group(1)).normalize();
        checked++;
        if (!Files.exists(target) || link.group(2) != null && !has(target, link.group(2))) {
          broken.add(ROOT.relativize(page) + " has " + link.group());
        }
      }
    }
    assertFalse(checked == 0, pages::toString);
    assertEquals(List.of(), broken, "mend the link, or the heading that it names");
  }

  @Test
  void everyTypeThatTheCodeMapNamesIsWhereItSays() throws IOException {
    String sources =
        files(".java").stream().map(Path::toString).collect(Collectors.joining("\n", "", "\n"));
    List<String> named =
        TYPE.matcher(Files.readString(ROOT.resolve("docs/code-map.md")))
            .results()
            .map(type -> type.group(1))
            .distinct()
            .toList();

    assertFalse(named.isEmpty());
    assertEquals(
        List.of(),
        named.stream()
            .filter(name -> !sources.contains("/" + name.replace('.', '/') + ".java\n"))
            .toList(),
        "docs/code-map.md names types that are not there");
  }
}
