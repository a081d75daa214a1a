/*
 * Runs a program in a session of its own on a pseudo terminal: terminal PROGRAM [ARG...]
 *
 * What comes on stdin is typed there, so a byte 3 is Ctrl-C and 26 is Ctrl-Z; what appears there
 * goes to stdout. Ends with the program, with its exit code or 128+signal. At USR1 the terminal
 * hangs up, as when its window is closed.
 */
#define _GNU_SOURCE
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

/* That ppoll(2) ends by it, with EINTR, is all that is wanted. */
static void close_window(int signal) { (void)signal; }

static int copy(int from, int to) {
  char bytes[4096];
  ssize_t count = read(from, bytes, sizeof bytes);
  if (count <= 0) return 0;
  return write(to, bytes, (size_t)count) == count;
}

int main(int argc, char **argv) {
  struct winsize size = {.ws_row = 50, .ws_col = 200};
  int master, status;
  if (argc < 2) return 2;
  pid_t child = forkpty(&master, NULL, NULL, &size);
  if (child == -1) {
    perror("forkpty");
    return 1;
  }
  if (child == 0) {
    execvp(argv[1], argv + 1);
    perror("execvp");
    _exit(127);
  }
  /* At any other moment than that of ppoll(2) it stays pending. */
  sigset_t usr1, none;
  sigemptyset(&none);
  sigemptyset(&usr1);
  sigaddset(&usr1, SIGUSR1);
  sigprocmask(SIG_BLOCK, &usr1, NULL);
  signal(SIGUSR1, close_window);
  struct pollfd polled[] = {{.fd = master, .events = POLLIN}, {.fd = 0, .events = POLLIN}};
  while (ppoll(polled, 2, NULL, &none) != -1) {
    /* A hang-up of the terminal means that nobody has it open any more. */
    if (polled[0].revents != 0 && !copy(master, 1)) break;
    if (polled[1].revents != 0 && !copy(0, master)) polled[1].fd = -1;
  }
  close(master);
  if (waitpid(child, &status, 0) == -1) return 1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
