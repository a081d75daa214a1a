/*
 * A client of a unix-domain socket that behaves badly: control-client PATH BEHAVIOUR
 *
 *   silent      connects and says nothing
 *   garbage     sends one datagram of noise, and one that is empty
 *   half        sends the first bytes of a request and no more
 *   huge        sends a datagram of 100,000 bytes
 *   descriptors sends noise with 100 descriptors
 *   deaf        sends a good request (status) 10,000 times and never reads an answer
 *   stream      connects with the wrong type of socket
 *   crowd       connects 200 times and says nothing
 *
 * Prints "done" when it has done so, or "refused: ERRNO TEXT", and then holds on to all of it until
 * its stdin ends.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static const unsigned char STATUS[] = {0x4A, 0x48, 0x43, 0x01, 0x01};

static int dial(const char *path, int type) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
  snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
  if (connect(fd, (struct sockaddr *)&address, sizeof address) == -1) {
    printf("refused: %d %s\n", errno, strerror(errno));
    fflush(stdout);
    exit(0);
  }
  return fd;
}

static void say(int fd, const void *bytes, size_t length, int flags) {
  if (send(fd, bytes, length, flags | MSG_NOSIGNAL) == -1 && errno != EPIPE && errno != EAGAIN &&
      errno != ECONNRESET && errno != EMSGSIZE) {
    perror("send");
    exit(1);
  }
}

static void say_with_descriptors(int fd) {
  enum { COUNT = 100 };
  char control[CMSG_SPACE(COUNT * sizeof(int))] = {0};
  struct iovec noise = {.iov_base = "noise", .iov_len = 5};
  struct msghdr message = {.msg_iov = &noise,
                           .msg_iovlen = 1,
                           .msg_control = control,
                           .msg_controllen = sizeof control};
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(COUNT * sizeof(int));
  for (int i = 0; i < COUNT; i++) memcpy(CMSG_DATA(header) + i * (int)sizeof(int), &fd, sizeof fd);
  if (sendmsg(fd, &message, MSG_NOSIGNAL) == -1) {
    perror("sendmsg");
    exit(1);
  }
}

int main(int argc, char **argv) {
  static char huge[100000];
  if (argc != 3) return 2;
  const char *path = argv[1], *behaviour = argv[2];
  int is_stream = strcmp(behaviour, "stream") == 0;
  int fd = dial(path, is_stream ? SOCK_STREAM : SOCK_SEQPACKET);
  if (strcmp(behaviour, "garbage") == 0) {
    say(fd, "\xff\xfe\x00 what is this", 17, 0);
    say(fd, "", 0, 0);
  } else if (strcmp(behaviour, "half") == 0) {
    say(fd, STATUS, 4, 0);
  } else if (strcmp(behaviour, "huge") == 0) {
    say(fd, huge, sizeof huge, 0);
  } else if (strcmp(behaviour, "descriptors") == 0) {
    say_with_descriptors(fd);
  } else if (strcmp(behaviour, "deaf") == 0) {
    for (int i = 0; i < 10000; i++) say(fd, STATUS, sizeof STATUS, MSG_DONTWAIT);
  } else if (strcmp(behaviour, "crowd") == 0) {
    for (int i = 0; i < 199; i++) dial(path, SOCK_SEQPACKET);
  } else if (strcmp(behaviour, "silent") != 0) {
    return 2;
  }
  printf("done\n");
  fflush(stdout);
  while (read(0, huge, sizeof huge) > 0) continue;
  return 0;
}
