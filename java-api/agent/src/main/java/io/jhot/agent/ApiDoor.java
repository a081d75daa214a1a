package io.jhot.agent;

import io.jhot.agent.api.Api;
import io.jhot.agent.patch.Confinement;
import io.jhot.agent.patch.HookClasses;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * Where a copy of io.jhot.api, by whatever class loader, finds the agent: by this class's name and
 * the system class loader. Loaded when an app uses the API, and never before.
 */
public final class ApiDoor {
  private ApiDoor() {}

  /**
   * Lets a copy of the API in.
   *
   * @param version the newest words that the copy knows
   * @param copy hears the words of {@link Api}
   * @return hears the copy's words, and throws UnsupportedOperationException for one that is not
   *     known here; null: there is no jhot
   */
  public static @Nullable Object open(int version, BiFunction<String, Object[], Object> copy) {
    Control control = Session.control();
    if (control == null) {
      return null;
    }
    Api api = control.api();
    api.join(version, copy);
    return HookClasses.isConfined() ? Confinement.free(api) : api;
  }
}
