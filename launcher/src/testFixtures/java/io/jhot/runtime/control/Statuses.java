package io.jhot.runtime.control;

import io.jhot.runtime.control.FleetStatus.GenerationStatus;
import io.jhot.runtime.control.FleetStatus.HookStatus;
import io.jhot.runtime.control.FleetStatus.ListenerStatus;
import java.util.List;

/** What {@code jhot status} shows, made with as little as a test needs. */
public final class Statuses {
  private Statuses() {}

  /** Of which no generation was cut short. */
  public static FleetStatus fleet(
      String name,
      int pid,
      long uptimeMillis,
      List<ListenerStatus> listeners,
      List<GenerationStatus> generations,
      String lastReload) {
    return new FleetStatus(name, pid, uptimeMillis, listeners, generations, lastReload, "");
  }

  /** Without a number, as version 1 of the frames has it. */
  public static ListenerStatus listener(String name, String address, boolean own) {
    return new ListenerStatus(0, name, address, own);
  }

  /** With nothing in progress on its connections. */
  public static GenerationStatus generation(
      int number,
      String phase,
      String step,
      int pid,
      long ageMillis,
      long residentKilobytes,
      int connections,
      String why,
      String note,
      List<HookStatus> hooks) {
    return new GenerationStatus(
        number,
        phase,
        step,
        pid,
        ageMillis,
        residentKilobytes,
        connections,
        why,
        note,
        hooks,
        List.of());
  }
}
