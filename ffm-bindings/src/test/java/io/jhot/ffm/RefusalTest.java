package io.jhot.ffm;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What happens where the kernel, or a container's seccomp profile, refuses something. */
@ExtendWith(LeavesNothingBehind.class)
class RefusalTest {
  private static String run(String refused, Class<?> main) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Fixture.compiled("denying").toString());
    command.add(refused);
    command.addAll(Fixture.java(main));
    return Fixture.output(command.toArray(new String[0]));
  }

  /** Looks at a connection of its own. */
  static final class Looking {
    public static void main(String[] arguments) throws IOException {
      try (Fd listener =
              Sockets.listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1);
          Socket client =
              new Socket(InetAddress.getLoopbackAddress(), SocketDescription.of(listener).port())) {
        TreeSet<Integer> port = new TreeSet<>(List.of(client.getPort()));
        System.out.println(InetDiag.askKernel(port));
        InetDiag.Connection seen = InetDiag.established(port).get(0);
        System.out.println(seen.peer().equals("127.0.0.1:" + client.getLocalPort()));
      }
    }
  }

  @Test
  void withoutNetlinkConnectionsAreReadFromProc() throws IOException {
    assertEquals("null\ntrue\n", run("netlink", Looking.class));
  }

  /** Starts a program with one descriptor, while there is another that is inheritable. */
  static final class Starting {
    public static void main(String[] arguments) throws IOException {
      for (Spawn.Mode mode : Spawn.Mode.values()) {
        Pipe pipe = Pipe.open();
        try (Fd read = pipe.read();
            Fd inheritable = Fd.lent(1).duplicate()) {
          inheritable.setCloseOnExec(false);
          Spawn.Child child;
          try (Fd write = pipe.write()) {
            child =
                Spawn.start(
                    Requests.program("/bin/ls")
                        .arguments("/proc/self/fd")
                        .descriptor(1, write)
                        .descriptor(77, write)
                        .done(),
                    mode);
          }
          System.out.println(Bytes.readAll(read).replace('\n', ' '));
          Eventually.ended(child);
        } catch (SpawnException failed) {
          System.out.println(failed.getMessage());
        }
      }
    }
  }

  @Test
  void withoutCloseRangeAChildHasNoOtherDescriptorsEither() throws IOException {
    assertEquals("0 1 2 3 77 \n0 1 2 3 77 \n", run("close_range", Starting.class)); // 3 is ls's own
  }

  @Test
  void aKernelWithoutMemoryForAChildIsOneClearError() throws IOException {
    String why =
        "ENOMEM (Cannot allocate memory): there is not enough memory for another process\n";
    assertEquals(
        "start /bin/ls: clone: " + why + "start /bin/ls: fork: " + why,
        run("children", Starting.class));
  }
}
