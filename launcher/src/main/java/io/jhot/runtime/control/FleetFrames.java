package io.jhot.runtime.control;

import io.jhot.protocol.ProtocolException;
import io.jhot.protocol.Wire;
import io.jhot.protocol.WireReader;
import io.jhot.protocol.WireWriter;
import io.jhot.runtime.control.FleetStatus.GenerationStatus;
import io.jhot.runtime.control.FleetStatus.HookStatus;
import io.jhot.runtime.control.FleetStatus.ListenerStatus;
import io.jhot.runtime.control.FleetStatus.WorkStatus;
import java.util.List;
import java.util.function.BiConsumer;

/**
 * A {@link FleetStatus} as bytes, in each version of {@link Request}. Pure; for one thread.
 *
 * <p>From version 2 on each element of a list is a block of its own length, so that a field can be
 * appended to it. Append only: write the field behind the others where the version is not {@link
 * Request#FROZEN}, and read it only where bytes remain.
 */
final class FleetFrames {
  private FleetFrames() {}

  static void write(WireWriter out, FleetStatus status, int version) {
    out.string(status.name()).i32(status.pid()).i64(status.uptimeMillis());
    list(out, version, status.listeners(), (o, l) -> writeListener(o, l, version));
    list(out, version, status.generations(), (o, g) -> writeGeneration(o, g, version));
    out.string(status.lastReload());
    if (version != Request.FROZEN) {
      out.string(status.lastCut());
    }
  }

  private static void writeListener(WireWriter out, ListenerStatus listener, int version) {
    out.string(listener.name()).string(listener.address()).bool(listener.own());
    if (version != Request.FROZEN) {
      out.i32(listener.number());
    }
  }

  /** How many bytes a listener takes in a list. */
  static int size(ListenerStatus listener) {
    WireWriter block = new WireWriter();
    writeListener(block, listener, Request.VERSION);
    return Short.BYTES + block.size();
  }

  /** How many bytes a generation takes in a list. */
  static int size(GenerationStatus generation) {
    WireWriter block = new WireWriter();
    writeGeneration(block, generation, Request.VERSION);
    return Short.BYTES + block.size();
  }

  private static void writeGeneration(WireWriter out, GenerationStatus g, int version) {
    out.i32(g.number()).string(g.phase()).string(g.step()).i32(g.pid());
    out.i64(g.ageMillis()).i64(g.residentKilobytes()).i32(g.connections());
    out.string(g.why()).string(g.note());
    list(out, version, g.hooks(), FleetFrames::writeHook);
    if (version != Request.FROZEN) {
      list(out, version, g.work(), FleetFrames::writeWork);
    }
  }

  private static void writeWork(WireWriter out, WorkStatus work) {
    out.string(work.kind()).string(work.text()).i32(work.connections());
  }

  private static void writeHook(WireWriter out, HookStatus hook) {
    out.string(hook.name()).i32(hook.phase()).i64(hook.millis()).string(hook.failure());
  }

  private static <T> void list(
      WireWriter out, int version, List<T> elements, BiConsumer<WireWriter, T> element) {
    if (version == Request.FROZEN) {
      out.list(elements, element);
      return;
    }
    out.list(
        elements,
        (o, one) -> {
          WireWriter block = new WireWriter();
          element.accept(block, one);
          o.bytes(block.toByteArray());
        });
  }

  static FleetStatus read(WireReader in, int version) throws ProtocolException {
    return new FleetStatus(
        in.string(),
        in.i32(),
        in.i64(),
        list(in, version, i -> readListener(i, version)),
        list(in, version, i -> readGeneration(i, version)),
        in.string(),
        version != Request.FROZEN && in.remaining() > 0 ? in.string() : "");
  }

  private static ListenerStatus readListener(WireReader in, int version) throws ProtocolException {
    String name = in.string();
    String address = in.string();
    boolean own = in.bool();
    boolean numbered = version != Request.FROZEN && in.remaining() >= Integer.BYTES;
    return new ListenerStatus(numbered ? in.i32() : 0, name, address, own);
  }

  private static GenerationStatus readGeneration(WireReader in, int version)
      throws ProtocolException {
    return new GenerationStatus(
        in.i32(),
        in.string(),
        in.string(),
        in.i32(),
        in.i64(),
        in.i64(),
        in.i32(),
        in.string(),
        in.string(),
        list(in, version, FleetFrames::readHook),
        version != Request.FROZEN && in.remaining() > 0
            ? list(in, version, FleetFrames::readWork)
            : List.of());
  }

  private static WorkStatus readWork(WireReader in) throws ProtocolException {
    return new WorkStatus(in.string(), in.string(), in.i32());
  }

  private static HookStatus readHook(WireReader in) throws ProtocolException {
    return new HookStatus(in.string(), in.i32(), in.i64(), in.string());
  }

  private static <T> List<T> list(WireReader in, int version, WireReader.Element<T> element)
      throws ProtocolException {
    if (version == Request.FROZEN) {
      return in.list(element);
    }
    return in.list(
        i -> {
          byte[] block = i.bytes(Wire.MAX_BYTES);
          return element.read(new WireReader(block, 0, block.length));
        });
  }
}
