package io.jhot.host;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** The engine of the container that jhot runs in, as far as it shows inside. */
public enum Container {
  /** None, or an unknown one. */
  NONE("", 0, ""),
  /** Docker; the file is made by every version. */
  DOCKER("Docker", 10, "docker run --stop-timeout %d, or stop_grace_period: %ds in a compose file"),
  /** Podman, and engines that share its libraries. */
  PODMAN("Podman", 10, "podman run --stop-timeout %d"),
  /** A pod. */
  KUBERNETES("Kubernetes", 30, "terminationGracePeriodSeconds: %d");

  /** Its name. */
  public final String title;

  /** Its default time between TERM and KILL, in seconds. */
  public final int graceSeconds;

  private final String setting;

  Container(String title, int graceSeconds, String setting) {
    this.title = title;
    this.graceSeconds = graceSeconds;
    this.setting = setting;
  }

  /** How to set that time to so many seconds. */
  String setting(int seconds) {
    return setting.replace("%d", Integer.toString(seconds));
  }

  /**
   * Detects it.
   *
   * @param root the root folder
   * @param environment our variables
   */
  public static Container around(Path root, Map<String, String> environment) {
    if (environment.containsKey("KUBERNETES_SERVICE_HOST")) {
      return KUBERNETES;
    }
    if (Files.exists(root.resolve(".dockerenv"))) {
      return DOCKER;
    }
    return Files.exists(root.resolve("run/.containerenv")) ? PODMAN : NONE;
  }
}
