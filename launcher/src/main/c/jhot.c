/*
 * jhot: the ELF that a user types.
 *
 * It sets what has to be settled before a JVM exists in this process, and becomes that JVM:
 *
 *   1. Descriptors 0, 1 and 2 are open. Otherwise the first file the JVM opens would become the
 *      app's stdin, stdout or stderr.
 *   2. The signals that jhot reads from its signalfd are blocked. Every thread of the JVM inherits
 *      the mask, so none of them is ever interrupted; blocked later, each would have had its chance.
 *   3. Variables that a JVM obeys are meant for the app: they are put aside as JHOT_APP_<NAME>, and
 *      jhot gives them back to the app. _JAVA_SR_SIGNUM moves HotSpot's own signal off SIGUSR2.
 *   4. The tree around this file is found by /proc/self/exe, so that neither symlinks nor $PATH nor
 *      the current directory matter.
 *   5. JHOT_JAVA_OPTIONS has options for jhot's own JVM, separated by blanks. They come after those of
 *      lib/jvm.flags, so that they win: for its logs, and to attach to it (CONTRIBUTING.md).
 *
 * What fails here is jhot's failure, not the app's: one line on stderr and exit code 125.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXIT_JHOT_FAILED 125

static const int OWN_SIGNALS[] = {SIGHUP,  SIGINT,  SIGQUIT,  SIGUSR1, SIGUSR2,
                                  SIGTERM, SIGCHLD, SIGWINCH, SIGTTIN, SIGTTOU,
                                  SIGTSTP, SIGCONT};

static const char *const JVM_VARIABLES[] = {"JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS",
                                            "_JAVA_OPTIONS", "_JAVA_SR_SIGNUM"};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void fail(const char *doing, const char *what, const char *advice) {
  fprintf(stderr, "jhot: %s %s: %s; %s\n", doing, what, strerror(errno), advice);
  exit(EXIT_JHOT_FAILED);
}

static void open_standard_descriptors(void) {
  for (int fd = 0; fd <= 2; fd++) {
    /* open(2) takes the lowest free number, and all below this one are taken. */
    if (fcntl(fd, F_GETFD) == -1 && errno == EBADF && open("/dev/null", O_RDWR) != fd) {
      fail("open", "/dev/null", "stdin, stdout or stderr is closed and needs it");
    }
  }
}

static void block_own_signals(void) {
  sigset_t set;
  sigemptyset(&set);
  for (size_t i = 0; i < COUNT(OWN_SIGNALS); i++) sigaddset(&set, OWN_SIGNALS[i]);
  if (sigprocmask(SIG_BLOCK, &set, NULL) == -1) fail("block", "signals", "this is a bug");
}

static void set(const char *name, const char *value) {
  if (setenv(name, value, 1) == -1) fail("set", name, "free some memory");
}

static void put_jvm_variables_aside(void) {
  for (size_t i = 0; i < COUNT(JVM_VARIABLES); i++) {
    const char *value = getenv(JVM_VARIABLES[i]);
    char aside[64];
    if (value == NULL) continue;
    snprintf(aside, sizeof aside, "JHOT_APP_%s", JVM_VARIABLES[i]);
    set(aside, value);
    unsetenv(JVM_VARIABLES[i]);
  }
  set("_JAVA_SR_SIGNUM", "41");
}

/* Cuts "/tree/bin/jhot" to "/tree". */
static void find_tree(char *tree, size_t size) {
  ssize_t length = readlink("/proc/self/exe", tree, size - 1);
  if (length == -1) fail("read", "/proc/self/exe", "jhot needs /proc");
  tree[length] = '\0';
  for (int up = 0; up < 2; up++) {
    char *slash = strrchr(tree, '/');
    if (slash != NULL) *slash = '\0';
  }
}

static char **append(char **end, char *const *words, size_t count) {
  memcpy(end, words, count * sizeof *words);
  return end + count;
}

int main(int argc, char **argv) {
  static char tree[PATH_MAX], java[PATH_MAX + 64], flags[PATH_MAX + 64];
  static char cache[PATH_MAX + 64], home[PATH_MAX + 64];

  open_standard_descriptors();
  block_own_signals();
  put_jvm_variables_aside();
  find_tree(tree, sizeof tree);

  snprintf(java, sizeof java, "%s/lib/runtime/bin/java", tree);
  snprintf(flags, sizeof flags, "@%s/lib/jvm.flags", tree);
  snprintf(cache, sizeof cache, "-XX:AOTCache=%s/lib/jhot.aot", tree);
  snprintf(home, sizeof home, "-Djhot.home=%s", tree);
  if (access(flags + 1, R_OK) == -1) fail("read", flags + 1, "keep the tree around bin/jhot whole");

  char *before[] = {"jhot", flags, cache, home};
  char *after[] = {"-m", "io.jhot.launcher/io.jhot.cli.Main"};
  const char *given = getenv("JHOT_JAVA_OPTIONS");
  char *own = strdup(given == NULL ? "" : given); /* strtok cuts it, and the environment stays whole */
  if (own == NULL) fail("hold", "JHOT_JAVA_OPTIONS", "free some memory");

  size_t arguments = argc > 1 ? (size_t)argc - 1 : 0;
  size_t most = COUNT(before) + strlen(own) / 2 + 1 + COUNT(after) + arguments;
  char **all = calloc(most + 1, sizeof *all);
  if (all == NULL) fail("hold", "the arguments", "free some memory");
  char **end = append(all, before, COUNT(before));
  for (char *word = strtok(own, " "); word != NULL; word = strtok(NULL, " ")) *end++ = word;
  end = append(end, after, COUNT(after));
  append(end, argv + 1, arguments);

  execv(java, all);
  fail("execute", java, "keep the tree around bin/jhot whole");
}
