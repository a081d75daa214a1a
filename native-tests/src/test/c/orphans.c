/*
 * Leaves COUNT orphans behind, whose parents are gone before them, and goes on, or ends if that is
 * asked for: orphans COUNT [end]
 *
 * Each is a child of a child that ends at once; so it becomes a child of the nearest subreaper, and
 * when it ends, which it does by itself, a zombie until that one reaps it. Prints "orphan PID" each.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv) {
  int count = argc > 1 ? atoi(argv[1]) : 1;
  for (int i = 0; i < count; i++) {
    int gone[2];
    if (pipe(gone) == -1) return 1;
    pid_t child = fork();
    if (child == -1) return 1;
    if (child == 0) {
      pid_t orphan = fork();
      if (orphan == 0) {
        char byte;
        close(gone[1]);
        /* Ends when the parent's end of the pipe is closed too: by then it is an orphan. */
        if (read(gone[0], &byte, 1) == -1) _exit(1);
        _exit(0);
      }
      printf("orphan %d\n", (int)orphan);
      fflush(stdout);
      _exit(0);
    }
    if (waitpid(child, NULL, 0) == -1) return 1;
    close(gone[1]);
    close(gone[0]);
  }
  printf("all\n");
  fflush(stdout);
  while (argc < 3) pause();
  return 0;
}
