package io.jhot.agent.patch;

import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.constantpool.MemberRefEntry;
import java.lang.classfile.constantpool.PoolEntry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * A field or method of the JDK that a class of the agent links to.
 *
 * @param user the class file that does
 */
record UsedMember(String owner, String name, String type, Path user) {

  /** Whether it is none that a module of the JDK exports to all. */
  boolean isInternal() {
    return owner.startsWith("sun/") || owner.startsWith("jdk/internal/");
  }

  /** All of them, some more than once. */
  static List<UsedMember> all() throws IOException {
    List<UsedMember> all = new ArrayList<>();
    for (Path file : agentClasses()) {
      for (PoolEntry entry : ClassFile.of().parse(file).constantPool()) {
        if (!(entry instanceof MemberRefEntry member)) {
          continue;
        }
        String owner = member.owner().asInternalName();
        boolean ours = owner.startsWith("io/jhot/") || owner.startsWith("sun/nio/ch/Jhot");
        if (!ours && !owner.startsWith("[") && !owner.endsWith("/MethodHandle")) {
          // an array's are Object's; a method handle's fit every type
          all.add(
              new UsedMember(
                  owner, member.name().stringValue(), member.type().stringValue(), file));
        }
      }
    }
    return all;
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

  @Override
  public String toString() {
    return owner + "." + name + (type.startsWith("(") ? type : ": " + type);
  }
}
