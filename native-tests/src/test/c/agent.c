/*
 * A web service that speaks to jhot itself, as the agent does in a JVM, well or badly: agent PORT...
 *
 * What it does wrong stands in the file "plan" of its working directory when it starts, as
 * "STEP FAULT"; without one it does everything right. The steps, each before it does its part:
 *
 *   hello welcome bind staged probing live serving   of a generation that comes
 *   parking hooks parked return                      of one that goes
 *
 * and the faults:
 *
 *   noise   sends what nobody can understand or believe, and then goes on well
 *   flood   the same in a thread, without end
 *   closed  closes its end of the channel
 *   silent  neither reads nor sends any more
 *   killed  dies of SIGKILL
 *   older, newer  (hello) speaks another version of the protocol
 *
 * Says "did STEP FAULT" when it has done so. Answers as ScriptedApp does: /ping, /pid,
 * /slow?ms=N. Ends on SIGTERM as soon as no request is under way.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HELLO = 1, OPENED, TAKEN, CLOSED, LIVE, PARKED, STATUS = 8, RESTORED = 10, DRAINED = 14,
       ASK = 15, ANSWER = 16 };
enum { WELCOME = 65, GO_LIVE, PARK, RELEASED, RESTORE, DRAIN, STAGING = 73 };
enum { CURRENT = 3, NEWER = 99 }; /* the current one is Wire.VERSION */
enum { MOST = 16, MOST_BYTES = 64 * 1024 };

struct listener {
  int port, fd, ref, shared;
};

static struct listener listeners[MOST];
static int staging[MOST][2]; /* ref, descriptor */
static int count, control, parking, version = CURRENT;
static char planned_step[32], fault[32];
static int is_silent, is_welcomed, original[2] = {-1, -1};
static atomic_int is_draining, under_way, is_ending;

static void die(const char *what) {
  perror(what);
  exit(1);
}

/* Messages. */

struct frame {
  size_t size;
  unsigned char bytes[512];
};

static struct frame frame(int type) {
  struct frame f = {.size = 4, .bytes = {0x4A, 0x48, (unsigned char)version, (unsigned char)type}};
  return f;
}

static void put(struct frame *f, uint64_t value, int size) {
  for (int i = size - 1; i >= 0; i--) f->bytes[f->size++] = (unsigned char)(value >> (8 * i));
}

static void put_string(struct frame *f, const char *text) {
  put(f, strlen(text), 2);
  memcpy(f->bytes + f->size, text, strlen(text));
  f->size += strlen(text);
}

/* Sends bytes with descriptors; that jhot is gone is found out elsewhere. */
static void send_with(const void *bytes, size_t size, const int *fds, int number) {
  char buffer[CMSG_SPACE(4 * sizeof(int))] = {0};
  struct iovec vector = {.iov_base = (void *)bytes, .iov_len = size};
  struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1};
  if (number > 0) {
    message.msg_control = buffer;
    message.msg_controllen = CMSG_SPACE((size_t)number * sizeof(int));
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN((size_t)number * sizeof(int));
    memcpy(CMSG_DATA(header), fds, (size_t)number * sizeof(int));
  }
  if (!is_silent) sendmsg(control, &message, MSG_NOSIGNAL);
}

static void send_frame(const struct frame *f) { send_with(f->bytes, f->size, NULL, 0); }

static void send_number(int type, int number) {
  struct frame f = frame(type);
  put(&f, (uint64_t)number, 4);
  send_frame(&f);
}

static void hello(void) {
  struct frame f = frame(HELLO);
  put(&f, (uint64_t)version, 4);
  put(&f, (uint64_t)getpid(), 8);
  put_string(&f, "25");
  put(&f, 1, 1);
  put_string(&f, "test");
  if (version > CURRENT) put_string(&f, "what a later version may append");
  send_frame(&f);
}

static void opened(int ref, const int *fds, int number) {
  struct frame f = frame(OPENED);
  put(&f, (uint64_t)ref, 4);
  send_with(f.bytes, f.size, fds, number);
}

static void noise(void) {
  static char huge[MOST_BYTES + 1];
  int ends[2], other = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  struct frame f;
  if (pipe2(ends, O_CLOEXEC) == -1 || other == -1) die("noise");
  send_with("GET / HTTP/1.1\r\n\r\n", 18, NULL, 0);
  send_with("JH", 2, NULL, 0);
  send_with("JH\x02\x03\x00", 5, NULL, 0);     /* cut off */
  send_with("JH\x02\xfa", 4, ends, 2);         /* a type that there is not, with descriptors */
  send_with("JH\x00\x05", 4, NULL, 0);         /* version 0 */
  send_with(huge, sizeof huge, NULL, 0);
  send_number(TAKEN, 999999);                  /* a listener that there is not */
  send_number(CLOSED, 999999);
  opened(7001, NULL, 0);                       /* one without a socket */
  opened(7002, ends, 1);                       /* with something else */
  opened(7003, &other, 1);                     /* with a socket that does not listen */
  opened(7004, ends, 2);
  send_number(GO_LIVE, 0);
  f = frame(ANSWER);                           /* to what nobody has asked */
  put(&f, 4711, 4);
  put(&f, 1, 1);
  put_string(&f, "");
  put(&f, 0, 2);
  send_with(f.bytes, f.size, ends, 1);
  f = frame(ASK);                              /* for state, of whoever is there */
  put(&f, 1, 4);
  put(&f, 0, 1);
  put_string(&f, "state");
  put(&f, 0, 2);
  send_with(f.bytes, f.size, ends, 2);
  close(ends[0]);
  close(ends[1]);
  close(other);
}

static void *flood(void *nothing) {
  struct frame f = frame(STATUS);
  put_string(&f, "and so on");
  while (!is_silent) {
    send_frame(&f);
    send_with("JH", 2, NULL, 0);
  }
  return nothing;
}

/* Does at this step what is planned for it. */
static void step(const char *name) {
  if (strcmp(name, planned_step) != 0) return;
  planned_step[0] = '\0';
  if (strcmp(fault, "noise") == 0) {
    noise();
  } else if (strcmp(fault, "flood") == 0) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, flood, NULL) != 0) die("pthread_create");
  } else if (strcmp(fault, "closed") == 0) {
    is_silent = 1;
    close(control);
  } else if (strcmp(fault, "silent") == 0) {
    is_silent = 1;
  } else if (strcmp(fault, "older") == 0) {
    version = 1;
  } else if (strcmp(fault, "newer") == 0) {
    version = NEWER;
  } else if (strcmp(fault, "killed") == 0) {
    raise(SIGKILL);
  } else {
    fprintf(stderr, "no such fault: %s\n", fault);
    exit(2);
  }
  printf("did %s %s\n", name, fault);
  fflush(stdout);
}

/* The service. */

/* Whether one request was answered and another may follow. It is under way when this is called. */
static int answers(int fd) {
  char head[2048], answer[160];
  size_t length = 0;
  while (length < 4 || memcmp(head + length - 4, "\r\n\r\n", 4) != 0) {
    if (length == sizeof head - 1 || read(fd, head + length, 1) != 1) return 0;
    length++;
  }
  head[length] = '\0';
  const char *slow = strstr(head, "/slow?ms=");
  if (slow != NULL) usleep((useconds_t)atoi(slow + strlen("/slow?ms=")) * 1000);
  int closes = is_draining || is_ending || strcasestr(head, "\r\nconnection: close") != NULL;
  char body[32] = "{\"message\":\"pong\"}";
  if (slow != NULL) {
    snprintf(body, sizeof body, "{\"slept\":%d}", atoi(slow + strlen("/slow?ms=")));
  } else if (strncmp(head, "GET /pid ", 9) == 0) {
    snprintf(body, sizeof body, "%d", (int)getpid());
  }
  int written =
      snprintf(answer, sizeof answer, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n%s\r\n%s",
               strlen(body), closes ? "Connection: close\r\n" : "", body);
  return send(fd, answer, (size_t)written, MSG_NOSIGNAL) == written && !closes;
}

static void *serve(void *connection) {
  int fd = (int)(intptr_t)connection;
  char next;
  while (answers(fd)) {
    under_way--;
    recv(fd, &next, 1, MSG_PEEK);
    under_way++;
  }
  close(fd);
  under_way--;
  return NULL;
}

static void accept_one(int fd) {
  int connection = accept4(fd, NULL, NULL, SOCK_CLOEXEC); /* blocking, unlike the listener */
  pthread_t thread;
  if (connection == -1) return;
  under_way++;
  if (pthread_create(&thread, NULL, serve, (void *)(intptr_t)connection) != 0) die("pthread");
  pthread_detach(thread);
}

static void asked_to_end(int signal) {
  (void)signal;
  is_ending = 1;
}

/* The channel. */

static uint64_t get(const unsigned char **at, int size) {
  uint64_t value = 0;
  while (size-- > 0) value = value << 8 | *(*at)++;
  return value;
}

static int port_of(int fd) {
  struct sockaddr_in address;
  socklen_t length = sizeof address;
  int type = 0;
  socklen_t type_length = sizeof type;
  getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &type_length);
  if (getsockname(fd, (struct sockaddr *)&address, &length) == -1) return -1;
  return type == SOCK_STREAM && address.sin_family == AF_INET ? ntohs(address.sin_port) : -1;
}

static void put_under(int fd, int socket) {
  if (dup3(socket, fd, fd > 2 ? O_CLOEXEC : 0) == -1) die("dup3");
}

static void open_listener(struct listener *one) {
  struct sockaddr_in address = {.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)one->port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int on = 1;
  setsockopt(one->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(one->fd, (struct sockaddr *)&address, sizeof address) == -1) die("bind");
  if (listen(one->fd, 100) == -1) die("listen");
  fcntl(one->fd, F_SETFL, fcntl(one->fd, F_GETFL) | O_NONBLOCK);
  opened(one->ref, &one->fd, 1);
}

static void stage_on(const unsigned char *at) {
  for (int left = (int)get(&at, 2), i = 0; left > 0 && i < MOST; left--, i++) {
    staging[i][0] = (int)get(&at, 4);
    staging[i][1] = (int)get(&at, 4);
    at += get(&at, 2);
  }
}

static void welcome(const unsigned char *at) {
  get(&at, 4);
  parking = (int)get(&at, 4);
  int staging_fd = (int)get(&at, 4);
  for (int i = 0; i < 2; i++) original[i] = (int)get(&at, 4);
  int is_live = (int)get(&at, 1);
  get(&at, 1);
  step("welcome");
  step("bind");
  for (int left = (int)get(&at, 2); left > 0; left--) {
    int ref = (int)get(&at, 4), fd = (int)get(&at, 4);
    at += get(&at, 2);
    for (int i = 0; i < count; i++) {
      struct listener *one = &listeners[i];
      if (one->shared != -1 || port_of(fd) != one->port) continue;
      int under = staging_fd;
      for (int j = 0; j < MOST; j++) under = staging[j][0] == ref ? staging[j][1] : under;
      one->ref = ref;
      one->shared = fd;
      fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
      put_under(one->fd, is_live ? fd : under);
      send_number(TAKEN, ref);
    }
  }
  for (int i = 0; i < count; i++) {
    if (listeners[i].shared == -1) {
      listeners[i].ref = (getpid() % 100000) * 100 + i;
      open_listener(&listeners[i]);
    }
  }
  step(is_live ? "serving" : "staged");
}

static void restore(void) {
  for (int i = 0; i < 2; i++) {
    if (original[i] >= 0) put_under(i + 1, original[i]);
    original[i] = -1;
  }
  struct frame f = frame(RESTORED);
  send_frame(&f);
}

static void go_live(void) {
  struct frame f = frame(LIVE);
  step(is_draining ? "return" : "live");
  if (is_silent) return;
  is_draining = 0;
  for (int i = 0; i < count; i++) put_under(listeners[i].fd, listeners[i].shared);
  send_frame(&f);
  step("serving");
}

static void park(void) {
  step("parking");
  if (is_silent) return;
  is_draining = 1;
  for (int i = 0; i < count; i++) {
    if (listeners[i].shared == -1) listeners[i].shared = dup(listeners[i].fd);
    put_under(listeners[i].fd, parking);
  }
  send_number(PARKED, count);
}

static void hear(void) {
  static unsigned char bytes[MOST_BYTES];
  ssize_t size = recv(control, bytes, sizeof bytes, 0);
  if (size <= 0) exit(137); /* jhot is gone */
  const unsigned char *body = bytes + 4;
  switch (bytes[3]) {
    case STAGING:
      if (!is_welcomed) stage_on(body);
      break;
    case WELCOME:
      if (!is_welcomed) welcome(body);
      is_welcomed = 1;
      break;
    case GO_LIVE:
      go_live();
      break;
    case PARK:
      if (!is_draining) park();
      break;
    case RESTORE:
      restore();
      break;
    case DRAIN:
      step("hooks");
      send_number(DRAINED, 0);
      step("parked");
      break;
    default:
      break; /* answers to its noise */
  }
}

static void read_plan(void) {
  FILE *plan = fopen("plan", "r");
  if (plan == NULL) return;
  if (fscanf(plan, "%31s %31s", planned_step, fault) != 2) planned_step[0] = '\0';
  fclose(plan);
}

int main(int argc, char **argv) {
  if (argc < 2 || argc > MOST || getenv("JHOT_CONTROL_FD") == NULL) return 2;
  control = atoi(getenv("JHOT_CONTROL_FD"));
  fcntl(control, F_SETFD, FD_CLOEXEC);
  for (count = 0; count < argc - 1; count++) {
    listeners[count] = (struct listener){.port = atoi(argv[count + 1]),
                                         .fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0),
                                         .shared = -1};
  }
  struct sigaction ending = {.sa_handler = asked_to_end};
  sigaction(SIGTERM, &ending, NULL);
  read_plan();
  step("hello");
  hello();
  while (!is_ending || under_way > 0) {
    struct pollfd polled[MOST + 1];
    for (int i = 0; i < count; i++) {
      polled[i] = (struct pollfd){.fd = is_welcomed && !is_ending ? listeners[i].fd : -1,
                                  .events = POLLIN};
    }
    polled[count] = (struct pollfd){.fd = is_silent ? -1 : control, .events = POLLIN};
    if (poll(polled, (nfds_t)count + 1, 20) == -1) continue; /* a signal may meet any thread */
    for (int i = 0; i < count; i++) {
      if (polled[i].revents & POLLIN) {
        step("probing");
        accept_one(listeners[i].fd);
      }
    }
    if (polled[count].revents != 0) hear();
  }
  return 143;
}
