package io.jhot.cli;

import io.jhot.config.FileFailure;
import io.jhot.config.OptionValues;
import io.jhot.runtime.Journal;
import io.jhot.runtime.control.NameLock;
import io.jhot.runtime.control.RuntimeDirectory;
import io.jhot.runtime.linux.LinuxOs;
import io.jhot.supervisor.Effect.Level;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The name under which {@code jhot status}, {@code reload} and {@code stop} find an instance, and
 * the control socket behind it. Where there can be no socket, as on a read-only file system, the
 * service runs without: signals do the same.
 */
final class InstanceName {
  /** Leaves room for {@code -2} and so on in the 64 characters of a name. */
  private static final int MAX_DERIVED = 56;

  private InstanceName() {}

  /**
   * Takes the name, so that no other instance has it. One that the operator gave must be free; one
   * that is derived from the command gets a number when it is not.
   *
   * @param given {@code --name}, or empty
   * @param command the app's command
   * @return null where no control socket is possible; the journal says why
   * @throws IOException when the given name is taken
   */
  static @Nullable NameLock take(
      String given, List<String> command, List<RuntimeDirectory> directories, Journal journal)
      throws IOException {
    String base = given.isEmpty() ? derived(command) : given;
    NameLock name;
    try {
      name = NameLock.take(directories, base);
      for (int copy = 2; name == null && given.isEmpty(); copy++) {
        name = NameLock.take(directories, base + "-" + copy);
      }
    } catch (IOException e) {
      goWithoutControl(journal, e);
      return null;
    }
    if (name == null) {
      throw new IOException(
          "an instance named " + base + " is running already: stop it, or give another --name");
    }
    return name;
  }

  /** Opens the control socket; without one if that fails. */
  static void openControl(LinuxOs os, NameLock name, Journal journal) {
    try {
      os.openControl(name);
    } catch (IOException e) {
      name.close();
      goWithoutControl(journal, e);
    }
  }

  private static void goWithoutControl(Journal journal, IOException why) {
    journal.log(
        Level.WARN,
        "no control socket, so jhot status, reload and stop will not find this instance (signals"
            + " work): "
            + FileFailure.words(why));
  }

  /** A name from a command: that of its jar, else that of its program. */
  static String derived(List<String> command) {
    String source = command.getFirst();
    for (int i = 1; i + 1 < command.size(); i++) {
      if (command.get(i).equals("-jar")) {
        source = command.get(i + 1);
        break;
      }
    }
    String file = source.substring(source.lastIndexOf('/') + 1);
    if (file.endsWith(".jar")) {
      file = file.substring(0, file.length() - ".jar".length());
    }
    StringBuilder name = new StringBuilder();
    for (int i = 0; i < file.length() && i < MAX_DERIVED; i++) {
      char c = file.charAt(i);
      boolean good = OptionValues.isNameCharacter(c) && !(i == 0 && c == '.');
      name.append(good ? c : '_');
    }
    return name.isEmpty() ? "app" : name.toString();
  }
}
