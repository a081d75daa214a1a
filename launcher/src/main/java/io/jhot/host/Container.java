package io.jhot.host;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** What runs the container that we are in, as far as that shows inside. */
public enum Container {
  /** None, or one that does not show. */
  NONE("", 0, ""),
  /** Docker; the file is made by every version. */
  DOCKER("Docker", 10, "docker run --stop-timeout %d, or stop_grace_period: %ds in a compose file"),
  /** Podman, and what shares its libraries. */
  PODMAN("Podman", 10, "podman run --stop-timeout %d"),
  /** A pod. */
  KUBERNETES("Kubernetes", 30, "terminationGracePeriodSeconds: %d");

  /** Its name. */
  public final String title;

  /** How many seconds it waits between TERM and KILL unless told otherwise. */
  public final int graceSeconds;

  private final String setting;

  Container(String title, int graceSeconds, String setting) {
    this.title = title;
    this.graceSeconds = graceSeconds;
    this.setting = setting;
  }

  /** How the grace is set to so many seconds. */
  String setting(int seconds) {
    return setting.replace("%d", Integer.toString(seconds));
  }

  /**
   * Looks around.
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
