package io.jhot.ffm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jhot.ffm.gen.Abi;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The bindings hold what gcc makes of the headers of the system that the tests run on. */
@ExtendWith(LeavesNothingBehind.class)
class AbiTest {
  @BeforeEach
  void theBindingsAreThoseOfThisMachine() {
    // Fails on aarch64, on which the checks below would have to be made with other bindings.
    assertEquals("amd64", System.getProperty("os.arch"), "bindings exist for x86-64 only");
  }

  @Test
  void everySizeOffsetAndConstantIsWhatGccSays() throws Exception {
    Map<String, Long> ours = new LinkedHashMap<>();
    TreeSet<String> memberNames = new TreeSet<>();
    Bindings.constants().forEach((name, value) -> ours.put("(int) (" + name + ")", (long) value));
    Bindings.types().forEach((type, size) -> ours.put("sizeof(" + type + ")", size));
    for (Bindings.Member member : Bindings.members()) {
      ours.put("offsetof(" + member.type() + ", " + member.path() + ")", member.offset());
      if (member.size() > 0) { // a flexible array has none
        ours.put("sizeof(((" + member.type() + " *) 0)->" + member.path() + ")", member.size());
      }
      memberNames.addAll(java.util.List.of(member.path().split("\\.")));
    }
    ours.put("(long) SIG_DFL", SignalAction.DEFAULT_HANDLER);
    ours.put("(long) SIG_IGN", SignalAction.IGNORING_HANDLER);
    ours.put(
        "CMSG_SPACE(4 * 253) + CMSG_SPACE(sizeof(struct ucred))", (long) Ancillary.CONTROL_ROOM);
    ours.put("CMSG_SPACE(4 * 3)", (long) Ancillary.controlRoom(3));
    ours.put("CMSG_LEN(4 * 3)", Abi.CMSGHDR_SIZE + 4L * 3);
    ours.put("NLMSG_LENGTH(sizeof(struct inet_diag_req_v2))", 72L);
    assertTrue(ours.size() > 700, "there are " + ours.size() + " values to compare");

    assertEquals(text(ours), text(ask(ours, memberNames)));
  }

  private static Map<String, Long> ask(Map<String, Long> ours, TreeSet<String> memberNames)
      throws Exception {
    StringBuilder source = new StringBuilder();
    source.append("#include \"" + System.getProperty("headers") + "/libc.h\"\n");
    source.append("#include <stddef.h>\n#include <stdio.h>\n");
    for (String name : memberNames) {
      source.append("#undef " + name + "\n"); // si_pid and others are macros that hide the path
    }
    source.append("int main(void) {\n");
    for (String expression : ours.keySet()) {
      source.append(
          "  printf(\"%s\\t%lld\\n\", \""
              + expression
              + "\", (long long) ("
              + expression
              + "));\n");
    }
    source.append("  return 0;\n}\n");
    Path folder = Files.createDirectories(Path.of(System.getProperty("compiled.fixtures")));
    Path file = Files.writeString(folder.resolve("abi.c"), source);
    Map<String, Long> theirs = new LinkedHashMap<>();
    for (String line : Fixture.output(Fixture.compile(file, "abi").toString()).split("\n")) {
      String[] fields = line.split("\t");
      theirs.put(fields[0], Long.valueOf(fields[1]));
    }
    return theirs;
  }

  private static String text(Map<String, Long> values) {
    StringBuilder text = new StringBuilder();
    values.forEach((name, value) -> text.append(name).append(" = ").append(value).append('\n'));
    return text.toString();
  }

  @Test
  void theCompileTimeConstantsAreThoseOfTheBindings() throws Exception {
    Map<String, Integer> constants = new TreeMap<>();
    for (Field field : Abi.class.getFields()) {
      constants.put(field.getName(), (Integer) field.get(null));
    }
    assertEquals(Bindings.abi(), constants);
  }

  @Test
  void everyErrnoHasTheNameAndTextThatLibcGivesIt() throws Exception {
    Path folder = Files.createDirectories(Path.of(System.getProperty("compiled.fixtures")));
    Path source =
        Files.writeString(
            folder.resolve("errno.c"),
            """
            #define _GNU_SOURCE
            #include <stdio.h>
            #include <string.h>
            int main(void) {
              for (int e = 1; e < 200; e++)
                if (strerrorname_np(e)) printf("%d %s %s\\n", e, strerrorname_np(e), strerrordesc_np(e));
              return 0;
            }
            """);
    StringBuilder ours = new StringBuilder();
    for (int errno = 1; errno < 200; errno++) {
      if (!Errno.name(errno).startsWith("errno ")) {
        ours.append(errno + " " + Errno.name(errno) + " " + Errno.text(errno) + "\n");
      }
    }
    assertEquals(Fixture.output(Fixture.compile(source, "errno").toString()), ours.toString());
  }
}
