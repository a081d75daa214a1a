package io.jhot.cli;

import io.jhot.config.Durations;
import io.jhot.runtime.Journal;
import io.jhot.runtime.control.FleetStatus;
import io.jhot.runtime.control.FleetStatus.GenerationStatus;
import io.jhot.runtime.control.FleetStatus.HookStatus;
import io.jhot.runtime.control.FleetStatus.ListenerStatus;
import io.jhot.runtime.control.FleetStatus.WorkStatus;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** How {@code jhot status} shows a fleet: for people, or as JSON (RFC 8259). */
final class StatusView {
  private StatusView() {}

  /** Lines for people; nothing in them acts on a terminal. */
  static String text(FleetStatus status) {
    StringBuilder out = new StringBuilder();
    out.append(Journal.harmless(status.name()));
    out.append(": pid ").append(status.pid());
    out.append(", up ").append(Durations.text(status.uptimeMillis())).append('\n');
    Map<ListenerStatus, Integer> sockets = new LinkedHashMap<>();
    for (ListenerStatus listener : status.listeners()) {
      sockets.merge(listener, 1, Integer::sum); // of one address there are many by SO_REUSEPORT
    }
    sockets.forEach(
        (listener, count) -> {
          out.append("  listener ").append(Journal.harmless(listener.address()));
          out.append(" (").append(Journal.harmless(listener.name()));
          out.append(listener.own() ? ", by --listen" : ", from the app");
          out.append(count == 1 ? ")" : ", " + count + " sockets)").append('\n');
        });
    for (GenerationStatus generation : status.generations()) {
      out.append("  generation ").append(generation.number()).append(": ");
      out.append(Journal.harmless(generation.phase()));
      if (!generation.step().isEmpty()) {
        out.append(" (").append(Journal.harmless(generation.step())).append(')');
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
      out.append("\n    ").append(Journal.harmless(generation.why())).append('\n');
      for (WorkStatus work : generation.work()) {
        out.append("    under way: ").append(work.connections()).append(" x ");
        out.append(Journal.harmless(work.text())).append('\n');
      }
      if (!generation.note().isEmpty()) {
        out.append("    it says: ").append(Journal.harmless(generation.note())).append('\n');
      }
      for (HookStatus hook : generation.hooks()) {
        out.append("    drain hook ").append(Journal.harmless(hook.name()));
        out.append(hook.failure().isEmpty() ? ": done in " : ": failed after ");
        out.append(hook.millis()).append(" ms");
        if (!hook.failure().isEmpty()) {
          out.append(": ").append(Journal.harmless(hook.failure()));
        }
        out.append('\n');
      }
    }
    if (!status.lastReload().isEmpty()) {
      out.append("  last reload ").append(Journal.harmless(status.lastReload())).append('\n');
    }
    if (!status.lastCut().isEmpty()) {
      out.append("  last cut: ").append(Journal.harmless(status.lastCut())).append('\n');
    }
    return out.toString();
  }

  /** One JSON object and a line end. */
  static String json(FleetStatus status) {
    StringBuilder out = new StringBuilder("{\"name\":");
    Journal.quote(out, status.name());
    out.append(",\"pid\":").append(status.pid());
    out.append(",\"uptimeMillis\":").append(status.uptimeMillis());
    out.append(",\"healthy\":").append(status.healthy());
    out.append(",\"listeners\":[");
    String comma = "";
    for (ListenerStatus listener : status.listeners()) {
      out.append(comma).append("{\"name\":");
      Journal.quote(out, listener.name());
      out.append(",\"address\":");
      Journal.quote(out, listener.address());
      out.append(",\"own\":").append(listener.own()).append('}');
      comma = ",";
    }
    out.append("],\"generations\":[");
    comma = "";
    for (GenerationStatus generation : status.generations()) {
      out.append(comma).append("{\"number\":").append(generation.number());
      out.append(",\"phase\":");
      Journal.quote(out, generation.phase());
      out.append(",\"step\":");
      if (generation.step().isEmpty()) {
        out.append("null");
      } else {
        Journal.quote(out, generation.step());
      }
      out.append(",\"pid\":").append(generation.pid());
      out.append(",\"ageMillis\":").append(generation.ageMillis());
      number(out, "residentKilobytes", generation.residentKilobytes());
      number(out, "connections", generation.connections());
      out.append(",\"why\":");
      Journal.quote(out, generation.why());
      out.append(",\"note\":");
      Journal.quote(out, generation.note());
      hooks(out, generation.hooks());
      work(out, generation.work());
      out.append('}');
      comma = ",";
    }
    out.append(']');
    text(out, "lastReload", status.lastReload());
    text(out, "lastCut", status.lastCut());
    return out.append("}\n").toString();
  }

  private static void hooks(StringBuilder out, List<HookStatus> hooks) {
    out.append(",\"hooks\":[");
    String comma = "";
    for (HookStatus hook : hooks) {
      out.append(comma).append("{\"name\":");
      Journal.quote(out, hook.name());
      out.append(",\"phase\":").append(hook.phase());
      out.append(",\"millis\":").append(hook.millis());
      out.append(",\"failure\":");
      if (hook.failure().isEmpty()) {
        out.append("null");
      } else {
        Journal.quote(out, hook.failure());
      }
      out.append('}');
      comma = ",";
    }
    out.append(']');
  }

  /** An object with a number for each kind. */
  private static void work(StringBuilder out, List<WorkStatus> work) {
    out.append(",\"underWay\":{");
    String comma = "";
    for (WorkStatus one : work) {
      out.append(comma);
      Journal.quote(out, one.kind());
      out.append(':').append(one.connections());
      comma = ",";
    }
    out.append('}');
  }

  /** A text, or null for none. */
  private static void text(StringBuilder out, String name, String value) {
    out.append(",\"").append(name).append("\":");
    if (value.isEmpty()) {
      out.append("null");
    } else {
      Journal.quote(out, value);
    }
  }

  private static void number(StringBuilder out, String name, long value) {
    out.append(",\"").append(name).append("\":");
    if (value < 0) {
      out.append("null");
    } else {
      out.append(value);
    }
  }
}
