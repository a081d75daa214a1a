package io.jhot.ffm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.AddressLayout;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.GroupLayout;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.ValueLayout;
import java.lang.reflect.Field;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Every function fits the one shape through which all are called. */
class LibcTest {
  @TestFactory
  Stream<DynamicTest> theSignatureInTheHeadersFitsTheShape() {
    return Stream.of(Libc.class.getDeclaredFields())
        .filter(field -> field.getType() == Libc.Function.class)
        .map(
            field ->
                DynamicTest.dynamicTest(
                    field.getName().toLowerCase(), () -> fits(function(field))));
  }

  private static Libc.Function function(Field field) {
    try {
      return (Libc.Function) field.get(null);
    } catch (IllegalAccessException impossible) {
      throw new AssertionError(impossible);
    }
  }

  private static void fits(Libc.Function function) throws ReflectiveOperationException {
    FunctionDescriptor signature = Bindings.functionDescriptor(function.name);
    assertNotNull(signature, "jextract has not seen " + function.name);
    assertTrue(signature.argumentLayouts().size() <= 8);
    for (MemoryLayout parameter : signature.argumentLayouts()) {
      // A union of pointers (__SOCKADDR_ARG) is passed like a pointer.
      assertTrue(
          isWhole(parameter) || parameter instanceof GroupLayout && parameter.byteSize() == 8,
          parameter.toString());
    }
    Optional<MemoryLayout> result = signature.returnLayout();
    assertTrue(result.isEmpty() || isWhole(result.get()), result.toString());
    assertEquals(function.wide, result.isPresent() && result.get().byteSize() == 8, "wide");
    assertTrue(function.address().address() != 0);
  }

  private static boolean isWhole(MemoryLayout layout) {
    return layout instanceof ValueLayout.OfInt
        || layout instanceof ValueLayout.OfLong
        || layout instanceof AddressLayout;
  }

  @Test
  void aFunctionThatLibcDoesNotHaveIsNamed() {
    Libc.Function none = new Libc.Function("no_such_function", false);
    UnsatisfiedLinkError error = assertThrows(UnsatisfiedLinkError.class, none::address);
    assertTrue(error.getMessage().contains("no_such_function"), error.getMessage());
  }

  @Test
  void errnoIsThatOfTheCallAndOfTheThread() throws Exception {
    try (Frame frame = Frame.empty()) {
      assertEquals(-Errno.EBADF, Libc.close(frame, 1_000_000));
      assertEquals(Errno.EBADF, frame.errno());
      Thread other = new Thread(() -> Own.pid());
      other.start();
      other.join();
      assertEquals(Errno.EBADF, frame.errno());
    }
  }

  @Test
  void aFrameThatIsTooSmallIsNoticed() {
    try (Frame frame = Frame.of(32)) {
      frame.reserve(17);
      assertThrows(AssertionError.class, () -> frame.reserve(1));
    }
  }
}
