/*
 * The smallest app: says when its main began, by CLOCK_MONOTONIC in nanoseconds, and waits for a
 * signal. An alarm ends it should everybody forget it.
 */
#include <stdio.h>
#include <time.h>
#include <unistd.h>

int main(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  printf("%lld\n", now.tv_sec * 1000000000LL + now.tv_nsec);
  fflush(stdout);
  alarm(120);
  pause();
  return 1;
}
