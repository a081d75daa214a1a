/*
 * Starts commands and measures them; prints samples, one a line: metric, label, value, by tabs.
 *
 *   driver wall ROUNDS @LABEL CMD... @LABEL CMD...    commands that end by themselves, with 0
 *   driver main ROUNDS @LABEL CMD... ...              commands that come to run `stamp`
 *   driver peak ROUNDS @LABEL CMD... ...              as wall, with memory sampled instead of time
 *   driver idle METRIC SETTLE_MS ROUNDS @LABEL CMD... commands whose app prints a line when it runs
 *   driver start METRIC ROUNDS @LABEL CMD... ...      commands that come to run Start.java
 *   driver http ROUNDS REQUESTS @LABEL PORT ...       servers that run already, on 127.0.0.1
 *   driver spawn COUNT PROGRAM                        posix_spawn(3)
 *   driver scm COUNT DESCRIPTORS                      sendmsg(2), recvmsg(2) with SCM_RIGHTS
 *
 * In each round each command runs once, one after the other, so that whatever else the machine does
 * meets all of them; a round before the first warms the page cache and is not printed. Time begins in
 * the child, right before execve. A command that fails or does not end within 30 s ends the driver.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LONGEST_MS 30000
#define MOST_COMMANDS 16
#define MOST_DESCRIPTORS 253 /* SCM_MAX_FD */

extern char **environ;

struct command {
  const char *label;
  char **argv;
};

struct run {
  pid_t pid;
  int pidfd;
  int output; /* read end of its stdout, non-blocking */
};

/* Written by the child right before execve. */
static volatile long long *exec_at;

static void fail(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fprintf(stderr, "bench driver: ");
  vfprintf(stderr, format, arguments);
  fprintf(stderr, "\n");
  va_end(arguments);
  exit(1);
}

static void fail_errno(const char *call) { fail("%s: %s", call, strerror(errno)); }

static long long now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static void sample(const char *metric, const char *label, double value) {
  printf("%s\t%s\t%.4f\n", metric, label, value);
}

static int number(const char *text) {
  char *end;
  long value = strtol(text, &end, 10);
  if (*text == '\0' || *end != '\0' || value < 1 || value > 1000000) {
    fail("\"%s\" is no number from 1 to 1000000", text);
  }
  return (int)value;
}

static int commands_of(char **arguments, struct command *commands) {
  int count = 0;
  for (; *arguments != NULL; arguments++) {
    if ((*arguments)[0] == '@') {
      if (count == MOST_COMMANDS) fail("more than %d commands", MOST_COMMANDS);
      commands[count].label = *arguments + 1;
      commands[count++].argv = arguments + 1;
      *arguments = NULL; /* ends the command before */
    } else if (count == 0) {
      fail("\"%s\" stands before the first @LABEL", *arguments);
    }
  }
  if (count == 0) fail("no command");
  return count;
}

static struct run start(const struct command *command) {
  int output[2];
  if (pipe2(output, O_CLOEXEC) == -1) fail_errno("pipe2");
  fflush(NULL);
  pid_t pid = fork();
  if (pid == -1) fail_errno("fork");
  if (pid == 0) {
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null == -1 || dup2(null, 0) == -1 || dup2(output[1], 1) == -1 ||
        prctl(PR_SET_PDEATHSIG, SIGKILL) == -1) {
      _exit(125);
    }
    *exec_at = now_ns();
    execvp(command->argv[0], command->argv);
    fprintf(stderr, "bench driver: execute %s: %s\n", command->argv[0], strerror(errno));
    _exit(127);
  }
  close(output[1]);
  struct run run = {pid, (int)syscall(SYS_pidfd_open, pid, 0), output[0]};
  if (run.pidfd == -1) fail_errno("pidfd_open");
  if (fcntl(run.output, F_SETFL, O_NONBLOCK) == -1) fail_errno("fcntl");
  return run;
}

static void give_up(struct run *run, const struct command *command, const char *what) {
  kill(run->pid, SIGKILL);
  fail("%s: %s", command->label, what);
}

/* Waits for the end and returns the status as of waitpid(2). */
static int finish(struct run *run, const struct command *command, struct rusage *usage) {
  struct pollfd end = {run->pidfd, POLLIN, 0};
  int status;
  if (poll(&end, 1, LONGEST_MS) != 1) give_up(run, command, "did not end in time");
  if (wait4(run->pid, &status, 0, usage) != run->pid) fail_errno("wait4");
  close(run->pidfd);
  close(run->output);
  return status;
}

static void finish_well(struct run *run, const struct command *command, struct rusage *usage) {
  int status = finish(run, command, usage);
  if (status != 0) fail("%s: ended with wait status 0x%x, not well", command->label, status);
}

static void finish_by_term(struct run *run, const struct command *command) {
  struct rusage usage;
  if (kill(run->pid, SIGTERM) == -1) fail_errno("kill");
  finish(run, command, &usage);
}

/* The first line of its stdout, waited for step by step; `step` is called between. */
static void first_line(struct run *run, const struct command *command, char *line, size_t size,
                       int step_ms, void (*step)(pid_t)) {
  long long deadline = now_ns() + LONGEST_MS * 1000000LL;
  size_t length = 0;
  while (memchr(line, '\n', length) == NULL) {
    if (step != NULL) step(run->pid);
    if (now_ns() > deadline) give_up(run, command, "its app said nothing in time");
    struct pollfd output = {run->output, POLLIN, 0};
    if (poll(&output, 1, step_ms) == 0) continue;
    ssize_t got = read(run->output, line + length, size - 1 - length);
    if (got == 0 || (got == -1 && errno != EAGAIN)) give_up(run, command, "its app said nothing");
    if (got > 0) length += (size_t)got;
    if (length == size - 1) give_up(run, command, "its app said too much");
  }
  line[length] = '\0';
}

/* Proportional set size in KiB; -1 once the process is a zombie or still has no memory. */
static long pss_kib(pid_t pid) {
  char path[64], text[4096];
  snprintf(path, sizeof path, "/proc/%d/smaps_rollup", (int)pid);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd == -1) return -1;
  ssize_t length = read(fd, text, sizeof text - 1);
  close(fd);
  if (length <= 0) return -1;
  text[length] = '\0';
  const char *pss = strstr(text, "\nPss:");
  return pss == NULL ? -1 : strtol(pss + 5, NULL, 10);
}

static long peak_kib;

static void watch_peak(pid_t pid) {
  long pss = pss_kib(pid);
  if (pss > peak_kib) peak_kib = pss;
}

static void wall(int round, const struct command *command) {
  struct rusage usage;
  struct run run = start(command);
  finish_well(&run, command, &usage);
  long long end = now_ns();
  if (round == 0) return;
  sample("wall", command->label, (double)(end - *exec_at) / 1e6);
  sample("peak-rss", command->label, (double)usage.ru_maxrss / 1024);
}

static void to_main(int round, const struct command *command) {
  char line[4096];
  struct run run = start(command);
  first_line(&run, command, line, sizeof line, LONGEST_MS, NULL);
  char *end;
  long long main_at = strtoll(line, &end, 10);
  if (*end != '\n' || main_at < *exec_at) give_up(&run, command, "did not come to run stamp");
  long long term_at = now_ns();
  finish_by_term(&run, command);
  if (round == 0) return;
  sample("main", command->label, (double)(main_at - *exec_at) / 1e6);
  sample("term", command->label, (double)(now_ns() - term_at) / 1e6);
}

static void peak(int round, const struct command *command) {
  struct rusage usage;
  struct run run = start(command);
  struct pollfd end = {run.pidfd, POLLIN, 0};
  long long deadline = now_ns() + LONGEST_MS * 1000000LL;
  peak_kib = 0;
  while (poll(&end, 1, 0) == 0 && now_ns() < deadline) watch_peak(run.pid);
  finish_well(&run, command, &usage);
  if (round > 0) sample("peak-pss", command->label, (double)peak_kib / 1024);
}

static void idle(int round, const struct command *command, const char *metric, int settle_ms) {
  char line[4096], peak_metric[64];
  struct run run = start(command);
  peak_kib = 0;
  first_line(&run, command, line, sizeof line, 1, watch_peak);
  long long settled = now_ns() + settle_ms * 1000000LL;
  while (now_ns() < settled) {
    watch_peak(run.pid);
    struct timespec pause = {0, 10 * 1000 * 1000};
    nanosleep(&pause, NULL);
  }
  long pss = pss_kib(run.pid);
  if (pss < 0) give_up(&run, command, "ended while it should idle");
  finish_by_term(&run, command);
  if (round == 0) return;
  snprintf(peak_metric, sizeof peak_metric, "%s-peak", metric);
  sample(metric, command->label, (double)pss / 1024);
  sample(peak_metric, command->label, (double)peak_kib / 1024);
}

static void app_start(int round, const struct command *command, const char *metric) {
  char line[4096], derived[64];
  long long main_at, bound_at, processor;
  struct run run = start(command);
  first_line(&run, command, line, sizeof line, LONGEST_MS, NULL);
  if (sscanf(line, "%lld %lld %lld", &main_at, &bound_at, &processor) != 3 || main_at < *exec_at) {
    give_up(&run, command, "did not come to run Start.java");
  }
  finish_by_term(&run, command);
  if (round == 0) return;
  sample(metric, command->label, (double)(main_at - *exec_at) / 1e6);
  snprintf(derived, sizeof derived, "%s-bound", metric);
  sample(derived, command->label, (double)(bound_at - *exec_at) / 1e6);
  snprintf(derived, sizeof derived, "%s-cpu", metric);
  sample(derived, command->label, (double)processor / 1e6);
}

static int connect_to(int port) {
  struct sockaddr_in to = {.sin_family = AF_INET,
                           .sin_port = htons((uint16_t)port),
                           .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  long long deadline = now_ns() + LONGEST_MS * 1000000LL;
  int one = 1;
  while (1) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd == -1) fail_errno("socket");
    if (connect(fd, (struct sockaddr *)&to, sizeof to) == 0) {
      setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
      return fd;
    }
    if (errno != ECONNREFUSED || now_ns() > deadline) fail_errno("connect");
    close(fd);
    struct timespec pause = {0, 20 * 1000 * 1000}; /* it is starting */
    nanosleep(&pause, NULL);
  }
}

/* One request on an open connection; the answer must be a 200 with a Content-Length. */
static void request(int fd, const char *path, char *body, size_t size) {
  char text[4096];
  int length = snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", path);
  if (write(fd, text, (size_t)length) != length) fail_errno("write");
  size_t have = 0, want = 0;
  char *content = NULL;
  do {
    ssize_t got = read(fd, text + have, sizeof text - 1 - have);
    if (got <= 0) fail("%s: the server has closed", path);
    have += (size_t)got;
    text[have] = '\0';
    if (content == NULL && (content = strstr(text, "\r\n\r\n")) != NULL) {
      content += 4;
      char *header = strcasestr(text, "\ncontent-length:");
      if (strncmp(text, "HTTP/1.1 200", 12) != 0 || header == NULL) fail("%s: %s", path, text);
      want = (size_t)strtol(header + 16, NULL, 10);
    }
  } while (content == NULL || have < (size_t)(content - text) + want);
  if (body != NULL) snprintf(body, size, "%s", content);
}

static double processor_us(clockid_t clock) {
  struct timespec used;
  if (clock_gettime(clock, &used) == -1) fail_errno("clock_gettime");
  return (double)used.tv_sec * 1e6 + (double)used.tv_nsec / 1e3;
}

static void http(int round, const struct command *command, int requests) {
  int port = number(command->argv[0]);
  char pid[32];
  clockid_t clock;
  int fd = connect_to(port);
  request(fd, "/pid", pid, sizeof pid);
  int error = clock_getcpuclockid(number(pid), &clock);
  if (error != 0) fail("clock_getcpuclockid: %s", strerror(error));
  for (int fresh = 0; fresh <= 1; fresh++) {
    long long begin = now_ns();
    double used = processor_us(clock);
    for (int i = 0; i < requests; i++) {
      if (fresh) {
        close(fd);
        fd = connect_to(port);
      }
      request(fd, "/ping", NULL, 0);
    }
    used = processor_us(clock) - used;
    double wall = (double)(now_ns() - begin) / 1e3;
    if (round == 0) continue;
    sample(fresh ? "http-new" : "http-kept", command->label, wall / requests);
    sample(fresh ? "http-new-cpu" : "http-kept-cpu", command->label, used / requests);
  }
  close(fd);
}

static void spawn(int count, char *program) {
  char *argv[] = {program, NULL};
  for (int i = -count / 5; i < count; i++) {
    pid_t pid;
    int status;
    long long begin = now_ns();
    int error = posix_spawn(&pid, program, NULL, NULL, argv, environ);
    long long end = now_ns();
    if (error != 0) fail("posix_spawn %s: %s", program, strerror(error));
    if (waitpid(pid, &status, 0) != pid) fail_errno("waitpid");
    if (status != 0) fail("%s: ended with wait status 0x%x", program, status);
    if (i >= 0) sample("spawn", "C posix_spawn", (double)(end - begin) / 1e3);
  }
}

static void scm(int count, int descriptors) {
  int pair[2], lent[MOST_DESCRIPTORS], received[MOST_DESCRIPTORS];
  char metric[32];
  union {
    struct cmsghdr alignment;
    char bytes[CMSG_SPACE(sizeof(int) * MOST_DESCRIPTORS)];
  } control;
  if (descriptors > MOST_DESCRIPTORS) fail("at most %d descriptors", MOST_DESCRIPTORS);
  size_t length = sizeof(int) * (size_t)descriptors;
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == -1) fail_errno("socketpair");
  /* What jhot hands on: a TCP listener. (AF_UNIX descriptors cost the kernel more.) */
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (listener == -1 || bind(listener, (struct sockaddr *)&any, sizeof any) == -1 ||
      listen(listener, 1) == -1) {
    fail_errno("socket, bind, listen");
  }
  for (int i = 0; i < descriptors; i++) {
    if ((lent[i] = fcntl(listener, F_DUPFD_CLOEXEC, 0)) == -1) fail_errno("fcntl");
  }
  snprintf(metric, sizeof metric, "scm-%d", descriptors);
  for (int i = -count / 5; i < count; i++) {
    char byte = 'x';
    struct iovec bytes = {&byte, 1};
    long long begin = now_ns();
    struct msghdr out = {.msg_iov = &bytes,
                         .msg_iovlen = 1,
                         .msg_control = control.bytes,
                         .msg_controllen = CMSG_SPACE(length)};
    struct cmsghdr *header = CMSG_FIRSTHDR(&out);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(length);
    memcpy(CMSG_DATA(header), lent, length);
    if (sendmsg(pair[0], &out, MSG_NOSIGNAL) != 1) fail_errno("sendmsg");
    struct msghdr in = {.msg_iov = &bytes,
                        .msg_iovlen = 1,
                        .msg_control = control.bytes,
                        .msg_controllen = sizeof control.bytes};
    if (recvmsg(pair[1], &in, MSG_CMSG_CLOEXEC) != 1) fail_errno("recvmsg");
    header = CMSG_FIRSTHDR(&in);
    if (header == NULL || header->cmsg_len != CMSG_LEN(length) || (in.msg_flags & MSG_CTRUNC)) {
      fail("recvmsg: not the %d descriptors that were sent", descriptors);
    }
    memcpy(received, CMSG_DATA(header), length);
    for (int j = 0; j < descriptors; j++) close(received[j]);
    long long end = now_ns();
    if (i >= 0) sample(metric, "C", (double)(end - begin) / 1e3 / descriptors);
  }
}

int main(int argc, char **argv) {
  struct command commands[MOST_COMMANDS];
  exec_at = mmap(NULL, sizeof *exec_at, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (exec_at == MAP_FAILED) fail_errno("mmap");
  if (argc < 4) fail("usage: see the first lines of driver.c");

  const char *mode = argv[1];
  if (strcmp(mode, "spawn") == 0) {
    spawn(number(argv[2]), argv[3]);
    return 0;
  }
  if (strcmp(mode, "scm") == 0) {
    scm(number(argv[2]), number(argv[3]));
    return 0;
  }
  if (strcmp(mode, "http") == 0) {
    int requests = number(argv[3]);
    int servers = commands_of(argv + 4, commands);
    for (int round = 0; round <= number(argv[2]); round++) {
      /* there and back: on a busy machine the second of a pair has less */
      for (int i = 0; i < servers; i++) {
        http(round, &commands[round % 2 == 0 ? i : servers - 1 - i], requests);
      }
    }
    return 0;
  }
  if (strcmp(mode, "start") == 0) {
    int apps = commands_of(argv + 4, commands);
    for (int round = 0; round <= number(argv[3]); round++) {
      for (int i = 0; i < apps; i++) app_start(round, &commands[i], argv[2]);
    }
    return 0;
  }
  int is_idle = strcmp(mode, "idle") == 0;
  if (is_idle && argc < 6) fail("idle needs a metric, a time, a number and a command");
  int settle_ms = is_idle ? number(argv[3]) : 0;
  int rounds = number(argv[is_idle ? 4 : 2]);
  int count = commands_of(argv + (is_idle ? 5 : 3), commands);
  for (int round = 0; round <= rounds; round++) {
    for (int i = 0; i < count; i++) {
      if (is_idle) {
        idle(round, &commands[i], argv[2], settle_ms);
      } else if (strcmp(mode, "wall") == 0) {
        wall(round, &commands[i]);
      } else if (strcmp(mode, "main") == 0) {
        to_main(round, &commands[i]);
      } else if (strcmp(mode, "peak") == 0) {
        peak(round, &commands[i]);
      } else {
        fail("no such mode: %s", mode);
      }
    }
  }
  return 0;
}
