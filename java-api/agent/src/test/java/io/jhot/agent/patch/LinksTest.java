package io.jhot.agent.patch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class LinksTest {
  private static final ClassDesc EPOLL = ClassDesc.of("sun.nio.ch.EPoll");

  @Test
  void theHookFindsEverythingInTheJdkThatRunsTheTests() throws IOException {
    try (Stream<Path> hook = Files.list(Path.of("target/hook-classes/sun/nio/ch"))) {
      for (Path file : hook.toList()) {
        assertNull(Links.missing(Files.readAllBytes(file), "sun/nio/ch/"), file::toString);
      }
    }
  }

  @Test
  void aMissingMethodFieldOrClassIsNamed() {
    MethodTypeDesc none = ConstantDescs.MTD_void;
    assertEquals("sun/nio/ch/EPoll.gone()V", missing(EPOLL, "gone", none));
    assertEquals("sun/nio/ch/EPoll.create()V", missing(EPOLL, "create", none), "another result");
    assertNull(missing(EPOLL, "create", MethodTypeDesc.of(ConstantDescs.CD_int)));
    assertEquals("sun/nio/ch/Gone.x()V", missing(ClassDesc.of("sun.nio.ch.Gone"), "x", none));
    assertNull(missing(ClassDesc.of("java.lang.Gone"), "x", none), "not of that package");
    byte[] field =
        ClassFile.of()
            .build(
                ClassDesc.of("User"),
                c ->
                    c.withMethodBody(
                        "use",
                        none,
                        ClassFile.ACC_STATIC,
                        code ->
                            code.getstatic(EPOLL, "GONE", ConstantDescs.CD_int).pop().return_()));
    assertEquals("sun/nio/ch/EPoll.GONEI", Links.missing(field, "sun/nio/ch/"));
  }

  private static String missing(ClassDesc owner, String name, MethodTypeDesc type) {
    byte[] user =
        ClassFile.of()
            .build(
                ClassDesc.of("User"),
                c ->
                    c.withMethodBody(
                        "use",
                        ConstantDescs.MTD_void,
                        ClassFile.ACC_STATIC,
                        code -> {
                          code.invokestatic(owner, name, type);
                          if (type.returnType().equals(ConstantDescs.CD_int)) {
                            code.pop();
                          }
                          code.return_();
                        }));
    return Links.missing(user, "sun/nio/ch/");
  }
}
