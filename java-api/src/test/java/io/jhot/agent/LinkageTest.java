package io.jhot.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.constantpool.MemberRefEntry;
import java.lang.classfile.constantpool.PoolEntry;
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
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The agent is compiled against one JDK and runs in others, with their internals: what it links to
 * must be there, by name and type, in each.
 */
class LinkageTest {
  private final Map<String, Optional<ClassModel>> classes = new HashMap<>();

  static List<Jdk> jdks() {
    return Jdk.installed();
  }

  @ParameterizedTest
  @MethodSource("jdks")
  void everyMemberThatTheAgentUsesIsInThatJdk(Jdk jdk) throws Exception {
    TreeSet<String> missing = new TreeSet<>();
    int checked = 0;
    try (FileSystem jrt =
        FileSystems.newFileSystem(
            URI.create("jrt:/"), Map.of("java.home", jdk.home().toString()))) {
      for (Path file : agentClasses()) {
        for (PoolEntry entry : ClassFile.of().parse(file).constantPool()) {
          if (!(entry instanceof MemberRefEntry member)) {
            continue;
          }
          String owner = member.owner().asInternalName();
          boolean ours = owner.startsWith("io/jhot/") || owner.startsWith("sun/nio/ch/Jhot");
          if (ours || owner.startsWith("[") || owner.endsWith("/MethodHandle")) {
            continue; // an array's are Object's; a method handle's fit every type
          }
          checked++;
          if (!has(jrt, owner, member.name().stringValue(), member.type().stringValue())) {
            missing.add(owner + "." + member.name() + " " + member.type() + " for " + file);
          }
        }
      }
    }
    assertEquals(new TreeSet<>(), missing);
    assertTrue(checked > 300, checked + " members");
  }

  private static List<Path> agentClasses() throws IOException {
    List<Path> found = new ArrayList<>();
    for (String folder : List.of("target/classes/io/jhot", "target/hook-classes/sun/nio/ch")) {
      try (Stream<Path> all = Files.walk(Path.of(folder))) {
        found.addAll(all.filter(f -> f.toString().endsWith(".class")).toList());
      }
    }
    return found;
  }

  private boolean has(FileSystem jrt, String owner, String name, String type) throws IOException {
    ClassModel model = find(jrt, owner);
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
      if (has(jrt, one.asInternalName(), name, type)) {
        return true;
      }
    }
    return false;
  }

  private ClassModel find(FileSystem jrt, String name) throws IOException {
    Optional<ClassModel> known = classes.get(name);
    if (known == null) {
      known = Optional.empty();
      try (Stream<Path> modules = Files.list(jrt.getPath("/modules"))) {
        for (Path module : modules.toList()) {
          Path file = module.resolve(name + ".class");
          if (Files.exists(file)) {
            known = Optional.of(ClassFile.of().parse(Files.readAllBytes(file)));
          }
        }
      }
      classes.put(name, known);
    }
    return known.orElse(null);
  }
}
