/*
 * Runs jhot as PID 1 of one PID namespace after the other, around an app that ends with each exit
 * code and by each signal, and prints what jhot ended with where that is not the same: endings JHOT
 *
 * As the app it is itself: endings exit CODE, endings die SIGNAL. Needs CAP_SYS_ADMIN.
 */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static const int SIGNALS[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 24, 25, 26, 27,
                              29, 30, 31, 34, 64};
#define SIGNAL_COUNT ((int)(sizeof SIGNALS / sizeof *SIGNALS))

static int fail(const char *doing) {
  perror(doing);
  return 1;
}

static int end(const char *how, int number) {
  struct rlimit none = {0, 0};
  if (strcmp(how, "exit") == 0) return number;
  setrlimit(RLIMIT_CORE, &none);
  signal(number, SIG_DFL);
  raise(number);
  return fail("still alive");
}

/* Starts jhot as PID 1; returns the child, which ends as that jhot does. */
static pid_t start(const char *jhot, const char *self, const char *how, int number) {
  char text[16];
  snprintf(text, sizeof text, "%d", number);
  pid_t outer = fork();
  if (outer != 0) return outer;
  if (unshare(CLONE_NEWPID | CLONE_NEWNS) == -1) _exit(fail("unshare"));
  pid_t init = fork();
  if (init == 0) {
    if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == -1) _exit(fail("mount /"));
    if (mount("proc", "/proc", "proc", 0, NULL) == -1) _exit(fail("mount /proc"));
    if (mount("run", "/run", "tmpfs", 0, NULL) == -1) _exit(fail("mount /run"));
    if (getpid() != 1) _exit(fail("not PID 1"));
    execl(jhot, jhot, "exec", "--quiet", "--", self, how, text, NULL);
    _exit(fail("exec"));
  }
  int status;
  if (init == -1 || waitpid(init, &status, 0) == -1) _exit(fail("wait"));
  _exit(WIFEXITED(status) ? WEXITSTATUS(status) : fail("jhot died of a signal"));
}

int main(int argc, char **argv) {
  if (argc == 3) return end(argv[1], atoi(argv[2]));
  const int all = 256 + SIGNAL_COUNT, at_once = 2;
  pid_t pids[2] = {0};
  int wrong = 0;
  for (int i = 0; i < all + at_once; i++) {
    int slot = i % at_once;
    if (i >= at_once) {
      int asked = i - at_once, status;
      int expected = asked < 256 ? asked : 128 + SIGNALS[asked - 256];
      if (waitpid(pids[slot], &status, 0) == -1) return fail("wait");
      if (!WIFEXITED(status) || WEXITSTATUS(status) != expected) {
        printf("%d became status %x\n", expected, status);
        wrong = 1;
      }
    }
    if (i < all) {
      pids[slot] = i < 256 ? start(argv[1], argv[0], "exit", i)
                           : start(argv[1], argv[0], "die", SIGNALS[i - 256]);
    }
  }
  printf("%d endings\n", all);
  return wrong;
}
