package io.jhot.testcontainers;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What {@code jhot status} says.
 *
 * @param name the instance's name
 * @param pid jhot's own; 1 when it is the container's first process
 * @param listeners the sockets that jhot holds
 * @param generations those alive, oldest first
 * @param lastReload the outcome of the last reload; empty before the first one
 */
public record JhotStatus(
    String name,
    long pid,
    List<Listener> listeners,
    List<Generation> generations,
    Optional<String> lastReload) {

  /**
   * A socket.
   *
   * @param name its name
   * @param address for example {@code tcp://[::]:8080}
   * @param own whether jhot opened it ({@code --listen}) and not the service
   */
  public record Listener(String name, String address, boolean own) {}

  /**
   * A generation of the service.
   *
   * @param number counted from 1
   * @param phase {@code starting}, {@code serving}, {@code draining} or {@code stopping}
   * @param pid of its process, as seen in the container
   * @param residentKilobytes its memory; empty when jhot does not know
   * @param connections that it has open; empty when jhot does not know
   * @param why it is in that phase
   */
  public record Generation(
      int number,
      String phase,
      long pid,
      OptionalLong residentKilobytes,
      OptionalLong connections,
      String why) {

    /** Whether it is the one that gets new connections. */
    public boolean serves() {
      return phase.equals("serving");
    }
  }

  /** The generation that serves; empty before the first one is ready. */
  public Optional<Generation> serving() {
    return generations.stream().filter(Generation::serves).findFirst();
  }

  /** Whether exactly that generation is there, and serves. */
  public boolean servesAlone(int number) {
    return generations.size() == 1
        && generations.get(0).serves()
        && generations.get(0).number() == number;
  }

  /** Reads {@code jhot status --json}; what it does not know of is passed over. */
  static JhotStatus read(String json) {
    Map<String, Object> status = Json.object(json);
    return new JhotStatus(
        (String) status.get("name"),
        (long) status.get("pid"),
        Json.objects(status, "listeners").stream()
            .map(
                l ->
                    new Listener(
                        (String) l.get("name"), (String) l.get("address"), (boolean) l.get("own")))
            .toList(),
        Json.objects(status, "generations").stream()
            .map(
                g ->
                    new Generation(
                        Math.toIntExact((long) g.get("number")),
                        (String) g.get("phase"),
                        (long) g.get("pid"),
                        number(g.get("residentKilobytes")),
                        number(g.get("connections")),
                        (String) g.get("why")))
            .toList(),
        Optional.ofNullable((String) status.get("lastReload")));
  }

  private static OptionalLong number(Object value) {
    return value == null ? OptionalLong.empty() : OptionalLong.of((long) value);
  }
}
