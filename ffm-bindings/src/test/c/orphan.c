// Leaves as many orphans as its argument says: grandchildren that outlive it by a moment and end. Prints
// their pids.
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv) {
  int gate[2];
  if (argc < 2 || pipe(gate) != 0) return 99;
  for (int i = 0; i < atoi(argv[1]); i++) {
    pid_t pid = fork();
    if (pid == 0) {
      char byte;
      close(gate[1]);
      read(gate[0], &byte, 1); // end of file when the parent is gone
      _exit(i % 256);
    }
    printf("%d\n", pid);
  }
  return 0;
}
