package io.jhot.agent.patch;

import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jhot.agent.app.AppClasses;
import io.jhot.agent.patch.ClassPatch.Prologue;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Modifier;
import java.net.JhotDoor;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import sun.nio.ch.JhotDrain;
import sun.nio.ch.JhotHook;
import sun.nio.ch.JhotTls;

class InternalsTest {
  static final Map<String, List<List<Prologue>>> ALL =
      Map.of(
          "java.lang.Runtime", List.of(Internals.RUNTIME),
          "sun.nio.ch.Net", List.of(Internals.NET),
          "sun.nio.ch.NioSocketImpl", List.of(Internals.NIO_SOCKET),
          "sun.nio.ch.ServerSocketChannelImpl",
              List.of(Internals.SERVER_SOCKET_CHANNEL, Internals.ACCEPTING),
          "sun.nio.ch.EPollSelectorImpl", List.of(Internals.SELECTING),
          "sun.nio.ch.SocketDispatcher", List.of(Internals.READ_AND_WRITE, Internals.CLOSE_17),
          "sun.nio.ch.UnixDispatcher",
              List.of(Internals.CLOSE_27, Internals.CLOSE_21, Internals.CLOSE_17),
          "sun.security.ssl.SSLSocketImpl", List.of(Internals.TLS_SOCKET));

  private static Class<?> hookOf(List<Prologue> prologues) {
    if (prologues == Internals.READ_AND_WRITE) {
      return JhotDrain.class;
    }
    return prologues == Internals.TLS_SOCKET ? JhotTls.class : JhotHook.class;
  }

  /** A prologue that calls what is not there would throw into the app, at its first use only. */
  @Test
  void theHookHasEveryMethodThatAPrologueCalls() throws Exception {
    int checked = 0;
    for (Map.Entry<String, List<List<Prologue>>> target : ALL.entrySet()) {
      for (List<Prologue> prologues : target.getValue()) {
        for (Prologue one : prologues) {
          assertHas(hookOf(prologues), one, target.getKey().replace('.', '/'));
          checked++;
        }
      }
    }
    assertTrue(checked >= 16, checked + " prologues");
  }

  @Test
  void theDoorHasEveryMethodThatAPrologueOfTheAppsClassesCalls() throws Exception {
    int checked = 0;
    for (List<AppClasses.Patch> patches :
        List.of(AppClasses.Known.NATIVE_TRANSPORTS, AppClasses.Known.ANSWERS)) {
      for (AppClasses.Patch patch : patches) {
        for (Prologue one : patch.prologues()) {
          // java.base cannot know a class of the app's, so none may be in the descriptor
          assertHas(JhotDoor.class, one, "the/app/cannot/be/Named");
          checked++;
        }
      }
    }
    assertTrue(checked >= 6, checked + " prologues");
  }

  private static void assertHas(Class<?> hook, Prologue one, String patched) throws Exception {
    String parameters = one.parameters(patched);
    String result = one.descriptor().substring(one.descriptor().indexOf(')') + 1);
    assertThere(hook, one.test(), parameters + (one.decides() ? "Z" : "V"));
    if (one.answer() != null) {
      assertThere(hook, one.answer(), parameters + result);
    }
  }

  @Test
  void aPrologueOfAMethodWithAResultHasAnAnswer() {
    for (List<List<Prologue>> lists : ALL.values()) {
      for (List<Prologue> prologues : lists) {
        for (Prologue one : prologues) {
          boolean isVoid =
              MethodTypeDesc.ofDescriptor(one.descriptor())
                  .returnType()
                  .descriptorString()
                  .equals("V");
          assertTrue((isVoid || !one.decides()) == (one.answer() == null), one::toString);
        }
      }
    }
  }

  private static void assertThere(Class<?> hook, String name, String descriptor) throws Exception {
    MethodType type = MethodType.fromMethodDescriptorString(descriptor, null);
    var method = hook.getMethod(name, type.parameterArray());
    assertTrue(Modifier.isStatic(method.getModifiers()), method::toString);
    assertTrue(method.getReturnType() == type.returnType(), method::toString);
    assertNotNull(MethodHandles.lookup().unreflect(method));
  }
}
