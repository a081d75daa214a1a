package io.jhot.agent.patch;

import io.jhot.agent.fixtures.Jdk;
import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.constantpool.ClassEntry;
import java.net.URI;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** The classes of a JDK's runtime image, read from its files without running it. */
final class JdkClasses implements AutoCloseable {
  private static final int MINOR_AND_MAJOR = 4;

  private final FileSystem jrt;
  private final Map<String, Optional<ClassModel>> classes = new HashMap<>();

  private JdkClasses(FileSystem jrt) {
    this.jrt = jrt;
  }

  static JdkClasses of(Jdk jdk) throws IOException {
    return new JdkClasses(
        FileSystems.newFileSystem(URI.create("jrt:/"), Map.of("java.home", jdk.home().toString())));
  }

  /**
   * A class file as one that this JDK can read: what later releases add is not what these tests
   * look at.
   */
  static byte[] readable(byte[] classFile) {
    int version = (classFile[MINOR_AND_MAJOR + 2] & 0xFF) << 8 | classFile[MINOR_AND_MAJOR + 3];
    if (version > ClassFile.latestMajorVersion()) {
      classFile[MINOR_AND_MAJOR + 2] = (byte) (ClassFile.latestMajorVersion() >> 8);
      classFile[MINOR_AND_MAJOR + 3] = (byte) ClassFile.latestMajorVersion();
    }
    return classFile;
  }

  /** Whether a class has a field or method of that name and type, or inherits it. */
  boolean has(String owner, String name, String type) throws IOException {
    ClassModel model = find(owner);
    if (model == null) {
      return false;
    }
    boolean own =
        type.startsWith("(")
            ? model.methods().stream()
                .anyMatch(
                    m -> m.methodName().equalsString(name) && m.methodType().equalsString(type))
            : model.fields().stream()
                .anyMatch(
                    f -> f.fieldName().equalsString(name) && f.fieldType().equalsString(type));
    if (own) {
      return true;
    }
    List<ClassEntry> above = new ArrayList<>(model.interfaces());
    model.superclass().ifPresent(above::add);
    for (ClassEntry one : above) {
      if (has(one.asInternalName(), name, type)) {
        return true;
      }
    }
    return false;
  }

  private ClassModel find(String name) throws IOException {
    Optional<ClassModel> known = classes.get(name);
    if (known == null) {
      known = Optional.empty();
      try (Stream<Path> modules = Files.list(jrt.getPath("/modules"))) {
        for (Path module : modules.toList()) {
          Path file = module.resolve(name + ".class");
          if (Files.exists(file)) {
            known = Optional.of(ClassFile.of().parse(readable(Files.readAllBytes(file))));
          }
        }
      }
      classes.put(name, known);
    }
    return known.orElse(null);
  }

  @Override
  public void close() throws IOException {
    jrt.close();
  }
}
