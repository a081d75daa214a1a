package io.jhot.agent;

import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jhot.agent.ClassPatch.Prologue;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Modifier;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import sun.nio.ch.JhotHook;

class InternalsTest {
  private static final Map<String, List<List<Prologue>>> ALL =
      Map.of(
          "Net", List.of(Internals.NET),
          "NioSocketImpl", List.of(Internals.NIO_SOCKET),
          "ServerSocketChannelImpl", List.of(Internals.SERVER_SOCKET_CHANNEL),
          "SocketDispatcher", List.of(Internals.WRITE, Internals.CLOSE_17),
          "UnixDispatcher", List.of(Internals.CLOSE_21, Internals.CLOSE_17));

  /** A prologue that calls what is not there would throw into the app, at its first use only. */
  @Test
  void theHookHasEveryMethodThatAPrologueCalls() throws Exception {
    int checked = 0;
    for (Map.Entry<String, List<List<Prologue>>> target : ALL.entrySet()) {
      for (List<Prologue> prologues : target.getValue()) {
        for (Prologue one : prologues) {
          MethodType type = MethodType.fromMethodDescriptorString(one.descriptor(), null);
          if (one.passThis()) {
            type = type.insertParameterTypes(0, Class.forName("sun.nio.ch." + target.getKey()));
          }
          assertThere(
              one.test(), type.changeReturnType(one.decides() ? boolean.class : void.class));
          if (one.answer() != null) {
            assertThere(one.answer(), type);
          }
          checked++;
        }
      }
    }
    assertTrue(checked >= 12, checked + " prologues");
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

  private static void assertThere(String name, MethodType type) throws Exception {
    var method = JhotHook.class.getMethod(name, type.parameterArray());
    assertTrue(Modifier.isStatic(method.getModifiers()), method::toString);
    assertTrue(method.getReturnType() == type.returnType(), method::toString);
    assertNotNull(MethodHandles.lookup().unreflect(method));
  }
}
