// Blocks the signals that jhot's C entry blocks, and becomes the program in its arguments.
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv) {
  int signals[] = {SIGHUP, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2, SIGTERM, SIGCHLD};
  sigset_t set;
  sigemptyset(&set);
  for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) sigaddset(&set, signals[i]);
  if (argc < 2 || sigprocmask(SIG_BLOCK, &set, NULL) != 0) return 99;
  setenv("_JAVA_SR_SIGNUM", "41", 1);
  execv(argv[1], argv + 1);
  return 98;
}
