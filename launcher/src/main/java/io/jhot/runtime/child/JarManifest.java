package io.jhot.runtime.child;

import io.jhot.ffm.OsPath;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/** What the manifest of the jar of {@code java -jar} tells jhot. */
public final class JarManifest {
  /** The app reports when it is ready. */
  private static final String READY = "jhot-ready: explicit";

  private JarManifest() {}

  /**
   * Whether the app of that command declares that it reports when it is ready.
   *
   * @param argv a command, with {@code -jar} or without
   * @param directory where it runs; empty: here
   * @return false also for an unreadable jar, which java itself reports
   */
  public static boolean declaresReady(List<String> argv, String directory) {
    int option = argv.indexOf("-jar");
    if (option < 0 || option + 1 == argv.size()) {
      return false;
    }
    String jar = argv.get(option + 1);
    boolean absolute = directory.isEmpty() || jar.startsWith("/");
    try (OsPath path = OsPath.open(absolute ? jar : directory + "/" + jar);
        ZipFile zip = new ZipFile(path.path().toFile())) {
      ZipEntry manifest = zip.getEntry("META-INF/MANIFEST.MF");
      return manifest != null && says(zip.getInputStream(manifest));
    } catch (IOException e) {
      return false;
    }
  }

  private static boolean says(InputStream manifest) throws IOException {
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(manifest, StandardCharsets.UTF_8))) {
      // the main attributes end with the first empty line
      for (String line = lines.readLine();
          line != null && !line.isEmpty();
          line = lines.readLine()) {
        if (line.strip().equalsIgnoreCase(READY)) {
          return true;
        }
      }
      return false;
    }
  }
}
