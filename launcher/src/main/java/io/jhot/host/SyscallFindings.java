package io.jhot.host;

import io.jhot.ffm.Errno;
import io.jhot.ffm.SyscallProbe.Answer;
import java.util.ArrayList;
import java.util.List;

/** What the refusal of a system call means for jhot. */
final class SyscallFindings {
  static final String SUBJECT = "system calls";

  private SyscallFindings() {}

  /**
   * One line for all calls that work, and one for each that does not.
   *
   * @param answers what the kernel answered
   * @param filtered whether a seccomp profile applies to this process
   */
  static List<Finding> of(List<Answer> answers, boolean filtered) {
    List<Finding> findings = new ArrayList<>();
    List<String> working = new ArrayList<>();
    boolean cloneWorks = true;
    boolean forkWorks = true;
    for (Answer answer : answers) {
      if (answer.works()) {
        working.add(answer.call());
      }
      cloneWorks &= answer.works() || !answer.call().startsWith("clone (CLONE_VM");
      forkWorks &= answer.works() || !answer.call().equals("clone (as fork)");
    }
    for (Answer answer : answers) {
      if (!answer.works()) {
        findings.add(refused(answer, cloneWorks, forkWorks));
      }
    }
    String profile = filtered ? ", under a seccomp profile" : "";
    findings.add(
        Finding.ok(
            SUBJECT,
            working.size()
                + " of "
                + answers.size()
                + " work"
                + profile
                + ": "
                + String.join(", ", working)));
    return findings;
  }

  private static Finding refused(Answer answer, boolean cloneWorks, boolean forkWorks) {
    String said =
        answer.call() + ": " + Errno.name(answer.errno()) + " (" + Errno.text(answer.errno()) + ")";
    String allow = allow(answer);
    return switch (answer.call()) {
      case "clone (CLONE_VM | CLONE_PIDFD)" ->
          Finding.failure(
              SUBJECT,
              said + ": jhot cannot start its app this way",
              forkWorks ? "set JHOT_SPAWN=fork, or " + allow : allow);
      case "clone (as fork)" ->
          cloneWorks
              ? Finding.warning(SUBJECT, said + ": JHOT_SPAWN=fork would not work", allow)
              : Finding.failure(SUBJECT, said + ": JHOT_SPAWN=fork does not help", allow);
      case "close_range" ->
          Finding.warning(
              SUBJECT,
              said + ": jhot closes descriptors one by one instead",
              "nothing is lost; " + allow);
      case "socket (netlink)" ->
          Finding.warning(
              SUBJECT,
              said
                  + ": drains count connections by /proc/net/tcp, which does not tell idle ones:"
                  + " each kept-alive connection lasts until --drain-timeout is near",
              allow);
      case "socket (inet6)" ->
          Finding.warning(
              SUBJECT,
              said + ": --listen without a host, and Java's own listeners, need it",
              answer.errno() == Errno.EAFNOSUPPORT
                  ? "start java with -Djava.net.preferIPv4Stack=true, and name a host in --listen"
                  : allow);
      case "madvise" -> Finding.warning(SUBJECT, said + ": JHOT_SPAWN=fork would not work", allow);
      case "tgkill" -> Finding.warning(SUBJECT, said + ": Ctrl-Z does not stop jhot", allow);
      case "ioctl" -> Finding.warning(SUBJECT, said + ": jhot takes terminals for files", allow);
      case "chdir" -> Finding.warning(SUBJECT, said + ": --cwd does not work", allow);
      case "connect" ->
          Finding.failure(SUBJECT, said + ": jhot status, reload and stop cannot ask", allow);
      case "accept4", "chmod", "flock" ->
          Finding.failure(
              SUBJECT, said + ": jhot status, reload and stop find nothing (signals work)", allow);
      case "fchmod", "unlink" ->
          Finding.failure(
              SUBJECT,
              said
                  + ": jhot cannot make the socket that listeners are parked on, so no app with"
                  + " the agent starts",
              allow);
      case "pidfd_open" ->
          Finding.warning(
              SUBJECT,
              said + ": a JVM behind a script gets no signals, and JHOT_SPAWN=fork does not work",
              allow);
      case "pidfd_getfd" ->
          Finding.warning(
              SUBJECT,
              said + ": reloads of an app on Java 17 to 21 need --listen for each of its ports",
              "nothing is lost with Java 22; " + allow);
      case "shutdown" ->
          Finding.warning(
              SUBJECT,
              said + ": a port that the app closes stays taken while a wrapper script runs",
              allow);
      case "pipe2" ->
          Finding.failure(
              SUBJECT, said + ": no reload: jhot cannot read what a new generation prints", allow);
      case "bind", "listen", "getsockname", "getsockopt", "setsockopt" ->
          Finding.failure(SUBJECT, said + ": listeners cannot be opened or handed over", allow);
      case "sendmsg", "recvmsg", "socketpair", "socket (unix)" ->
          Finding.failure(SUBJECT, said + ": jhot cannot talk to its app's JVM", allow);
      case "socket (inet)" ->
          Finding.failure(SUBJECT, said + ": no --listen, and no network for the app", allow);
      case "prctl (PR_SET_CHILD_SUBREAPER)" ->
          Finding.failure(SUBJECT, said + ": jhot cannot adopt orphans and does not start", allow);
      case "prctl (PR_SET_PDEATHSIG)" ->
          Finding.failure(
              SUBJECT,
              said + ": the app could outlive a jhot that is killed, so it is not started",
              "give --orphan keep, or " + allow);
      case "pidfd_send_signal", "waitid" ->
          Finding.failure(SUBJECT, said + ": jhot cannot signal or reap its app", allow);
      case "signalfd4" -> Finding.failure(SUBJECT, said + ": jhot cannot read its signals", allow);
      case "epoll_create1", "epoll_ctl", "epoll_wait", "poll" ->
          Finding.failure(SUBJECT, said + ": jhot cannot wait for anything", allow);
      default -> Finding.failure(SUBJECT, said + ": jhot cannot start its app", allow);
    };
  }

  private static String allow(Answer answer) {
    int blank = answer.call().indexOf(' ');
    String name = blank < 0 ? answer.call() : answer.call().substring(0, blank);
    String profile =
        "allow " + name + " in the seccomp profile (docker run --security-opt seccomp=FILE)";
    return answer.errno() == Errno.ENOSYS ? profile + ", or use a newer kernel" : profile;
  }
}
