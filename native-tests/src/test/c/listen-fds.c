/*
 * A service for socket activation, as sd_listen_fds(3) describes it, without a library.
 *
 * Prints what it was given: "LISTEN_FDS=2 LISTEN_PID=own LISTEN_FDNAMES=web:dns", then one line per
 * descriptor, then "ready" (and READY=1 to NOTIFY_SOCKET, when its argument is "notify"). Answers
 * each stream connection with "PID NAME\n", and each datagram with the same, until it is killed.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define FIRST 3
#define MOST 16

static void describe(int fd, const char *name) {
  struct sockaddr_storage address;
  socklen_t length = sizeof address;
  char text[160] = "";
  int port = 0, type = 0;
  socklen_t type_length = sizeof type;
  if (getsockname(fd, (struct sockaddr *)&address, &length) == -1) {
    perror("getsockname");
    exit(1);
  }
  getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &type_length);
  if (address.ss_family == AF_INET) {
    struct sockaddr_in *in = (struct sockaddr_in *)&address;
    inet_ntop(AF_INET, &in->sin_addr, text, sizeof text);
    port = ntohs(in->sin_port);
  } else if (address.ss_family == AF_INET6) {
    struct sockaddr_in6 *in = (struct sockaddr_in6 *)&address;
    inet_ntop(AF_INET6, &in->sin6_addr, text, sizeof text);
    port = ntohs(in->sin6_port);
  } else {
    snprintf(text, sizeof text, "%s", ((struct sockaddr_un *)&address)->sun_path);
  }
  printf("descriptor %d %s %s %s %d%s\n", fd, name, type == SOCK_DGRAM ? "datagram" : "stream",
         text, port, fcntl(fd, F_GETFD) & FD_CLOEXEC ? " close-on-exec" : "");
}

static void notify(const char *state) {
  const char *name = getenv("NOTIFY_SOCKET");
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (name == NULL || strlen(name) >= sizeof address.sun_path) {
    fprintf(stderr, "NOTIFY_SOCKET is missing or too long\n");
    exit(1);
  }
  memcpy(address.sun_path, name, strlen(name));
  if (name[0] == '@') address.sun_path[0] = '\0';
  int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
  socklen_t length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name));
  if (sendto(fd, state, strlen(state), 0, (struct sockaddr *)&address, length) == -1) {
    perror("sendto NOTIFY_SOCKET");
    exit(1);
  }
  close(fd);
}

int main(int argc, char **argv) {
  const char *fds = getenv("LISTEN_FDS"), *pid = getenv("LISTEN_PID");
  const char *given = getenv("LISTEN_FDNAMES");
  char names[512] = "", *name[MOST] = {NULL}, answer[80];
  struct pollfd polled[MOST];
  int count = fds == NULL ? 0 : atoi(fds);
  if (count > MOST) return 1;
  signal(SIGPIPE, SIG_IGN); /* a client that leaves before its answer is no reason to die */
  printf("LISTEN_FDS=%s LISTEN_PID=%s LISTEN_FDNAMES=%s\n", fds == NULL ? "none" : fds,
         pid == NULL ? "none" : atoi(pid) == getpid() ? "own" : "other",
         given == NULL ? "none" : given);
  snprintf(names, sizeof names, "%s", given == NULL ? "" : given);
  for (int i = 0; i < count; i++) {
    name[i] = strtok(i == 0 ? names : NULL, ":");
    describe(FIRST + i, name[i]);
    polled[i] = (struct pollfd){.fd = FIRST + i, .events = POLLIN};
  }
  printf("ready\n");
  fflush(stdout);
  if (argc > 1 && strcmp(argv[1], "notify") == 0) notify("READY=1\nSTATUS=it is well");

  while (poll(polled, (nfds_t)count, -1) != -1) {
    for (int i = 0; i < count; i++) {
      if ((polled[i].revents & POLLIN) == 0) continue;
      int length = snprintf(answer, sizeof answer, "%d %s\n", (int)getpid(), name[i]);
      struct sockaddr_storage from;
      socklen_t from_length = sizeof from;
      int connection = accept(polled[i].fd, NULL, NULL);
      if (connection != -1) {
        if (write(connection, answer, (size_t)length) != length) perror("write");
        close(connection);
      } else if (recvfrom(polled[i].fd, answer + length, 1, 0, (struct sockaddr *)&from,
                          &from_length) != -1) {
        sendto(polled[i].fd, answer, (size_t)length, 0, (struct sockaddr *)&from, from_length);
      }
    }
  }
  return 0;
}
