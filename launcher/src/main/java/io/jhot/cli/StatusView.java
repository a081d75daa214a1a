package io.jhot.cli;

import io.jhot.config.Durations;
import io.jhot.runtime.control.FleetStatus;
import io.jhot.runtime.control.FleetStatus.GenerationStatus;
import io.jhot.runtime.control.FleetStatus.HookStatus;
import io.jhot.runtime.control.FleetStatus.ListenerStatus;
import io.jhot.runtime.control.FleetStatus.WorkStatus;
import io.jhot.text.HarmlessText;
import io.jhot.text.JsonWriter;
import java.util.LinkedHashMap;
import java.util.Map;

/** The output of {@code jhot status}: for people, or as JSON (RFC 8259). */
final class StatusView {
  private StatusView() {}

  /** Lines for people; nothing in them acts on a terminal. */
  static String text(FleetStatus status) {
    StringBuilder out = new StringBuilder();
    out.append(HarmlessText.of(status.name()));
    out.append(": pid ").append(status.pid());
    out.append(", up ").append(Durations.text(status.uptimeMillis())).append('\n');
    Map<ListenerStatus, Integer> sockets = new LinkedHashMap<>();
    for (ListenerStatus listener : status.listeners()) {
      sockets.merge(listener, 1, Integer::sum); // SO_REUSEPORT: several sockets of one address
    }
    sockets.forEach(
        (listener, count) -> {
          out.append("  listener ").append(HarmlessText.of(listener.address()));
          out.append(" (").append(HarmlessText.of(listener.name()));
          out.append(listener.own() ? ", by --listen" : ", from the app");
          out.append(count == 1 ? ")" : ", " + count + " sockets)").append('\n');
        });
    for (GenerationStatus generation : status.generations()) {
      out.append("  generation ").append(generation.number()).append(": ");
      out.append(HarmlessText.of(generation.phase()));
      if (!generation.step().isEmpty()) {
        out.append(" (").append(HarmlessText.of(generation.step())).append(')');
      }
      out.append(", pid ").append(generation.pid());
      out.append(", age ").append(Durations.text(generation.ageMillis()));
      if (generation.residentKilobytes() >= 0) {
        out.append(", ").append(generation.residentKilobytes() / 1024).append(" MiB");
      }
      if (generation.connections() >= 0) {
        out.append(", ").append(generation.connections());
        out.append(generation.connections() == 1 ? " connection" : " connections");
      }
      out.append("\n    ").append(HarmlessText.of(generation.why())).append('\n');
      for (WorkStatus work : generation.work()) {
        out.append("    under way: ").append(work.connections()).append(" x ");
        out.append(HarmlessText.of(work.text())).append('\n');
      }
      if (!generation.note().isEmpty()) {
        out.append("    it says: ").append(HarmlessText.of(generation.note())).append('\n');
      }
      for (HookStatus hook : generation.hooks()) {
        out.append("    drain hook ").append(HarmlessText.of(hook.name()));
        out.append(hook.failure().isEmpty() ? ": done in " : ": failed after ");
        out.append(hook.millis()).append(" ms");
        if (!hook.failure().isEmpty()) {
          out.append(": ").append(HarmlessText.of(hook.failure()));
        }
        out.append('\n');
      }
    }
    if (!status.lastReload().isEmpty()) {
      out.append("  last reload ").append(HarmlessText.of(status.lastReload())).append('\n');
    }
    if (!status.lastCut().isEmpty()) {
      out.append("  last cut: ").append(HarmlessText.of(status.lastCut())).append('\n');
    }
    return out.toString();
  }

  /** One JSON object and a line end. */
  static String json(FleetStatus status) {
    JsonWriter out = new JsonWriter().beginObject();
    out.name("name").value(status.name());
    out.name("pid").value(status.pid());
    out.name("uptimeMillis").value(status.uptimeMillis());
    out.name("healthy").value(status.healthy());
    out.name("listeners").beginArray();
    for (ListenerStatus listener : status.listeners()) {
      out.beginObject();
      out.name("name").value(listener.name());
      out.name("address").value(listener.address());
      out.name("own").value(listener.own());
      out.endObject();
    }
    out.endArray();
    out.name("generations").beginArray();
    for (GenerationStatus generation : status.generations()) {
      json(out, generation);
    }
    out.endArray();
    out.name("lastReload").valueOrNull(status.lastReload());
    out.name("lastCut").valueOrNull(status.lastCut());
    return out.endObject() + "\n";
  }

  private static void json(JsonWriter out, GenerationStatus generation) {
    out.beginObject();
    out.name("number").value(generation.number());
    out.name("phase").value(generation.phase());
    out.name("step").valueOrNull(generation.step());
    out.name("pid").value(generation.pid());
    out.name("ageMillis").value(generation.ageMillis());
    out.name("residentKilobytes").valueOrNull(generation.residentKilobytes());
    out.name("connections").valueOrNull(generation.connections());
    out.name("why").value(generation.why());
    out.name("note").value(generation.note());
    out.name("hooks").beginArray();
    for (HookStatus hook : generation.hooks()) {
      out.beginObject();
      out.name("name").value(hook.name());
      out.name("phase").value(hook.phase());
      out.name("millis").value(hook.millis());
      out.name("failure").valueOrNull(hook.failure());
      out.endObject();
    }
    out.endArray();
    out.name("underWay").beginObject();
    for (WorkStatus work : generation.work()) {
      out.name(work.kind()).value(work.connections());
    }
    out.endObject();
    out.endObject();
  }
}
