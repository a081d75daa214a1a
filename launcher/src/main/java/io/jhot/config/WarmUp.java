package io.jhot.config;

import io.jhot.ffm.OsPath;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;

/**
 * What {@code --warmup} sends to a generation before clients may reach it.
 *
 * @param source the request, or the path of a file of requests
 * @param concurrency how many requests are under way at once, 1 or more
 */
public record WarmUp(String source, int concurrency) {
  private static final int MAX_REPEATS = 1_000_000;
  private static final String FORM =
      "; write METHOD TARGET [xCOUNT], as in GET /path x200, or the path of a file of such lines";

  /**
   * Requests of one kind.
   *
   * @param method such as {@code GET}
   * @param target where each goes
   * @param count how many
   */
  public record Requests(String method, HttpTarget target, int count) {}

  /**
   * The requests; a file is read now.
   *
   * @return at least one
   * @throws ConfigException when the text, the file or a line in it cannot be used
   */
  public List<Requests> requests() throws ConfigException {
    if (isRequest(source)) {
      return List.of(parse("--warmup", source));
    }
    List<Requests> all = new ArrayList<>();
    List<String> lines;
    try (OsPath path = OsPath.open(source)) {
      lines = Files.readAllLines(path.path());
    } catch (IOException e) {
      throw new ConfigException(
          "--warmup " + source + ": cannot read this file (" + FileFailure.words(e) + ")" + FORM);
    }
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i).strip();
      if (!line.isEmpty() && !line.startsWith("#")) {
        all.add(parse("--warmup " + source + ", line " + (i + 1) + ":", line));
      }
    }
    if (all.isEmpty()) {
      throw new ConfigException("--warmup " + source + ": there is no request in this file");
    }
    return all;
  }

  /** A method in capitals, a blank and more; a file name hardly looks like that. */
  private static boolean isRequest(String text) {
    int blank = text.indexOf(' ');
    for (int i = 0; i < blank; i++) {
      if (text.charAt(i) < 'A' || text.charAt(i) > 'Z') {
        return false;
      }
    }
    return blank > 0;
  }

  private static Requests parse(String option, String text) throws ConfigException {
    List<String> words = new ArrayList<>();
    for (String word : text.strip().split(" +")) {
      words.add(word);
    }
    if (!isRequest(text) || words.size() > 3) {
      throw new ConfigException(option + " '" + text + "'" + FORM);
    }
    int count = 1;
    if (words.size() == 3) {
      String times = words.get(2);
      if (!times.startsWith("x")) {
        throw new ConfigException(option + " '" + text + "'" + FORM);
      }
      count = OptionValues.parseCount(option, times.substring(1), 1, MAX_REPEATS);
    }
    return new Requests(words.get(0), HttpTarget.parse(option, words.get(1), FORM), count);
  }
}
