/*
 * Becomes a program to which the kernel refuses one system call, as a container's seccomp profile does:
 * refusing CALL[=FIRST_ARGUMENT] ERRNO COMMAND...
 *
 * "clone" is refused for processes only: without threads no JVM would come up to tell of it.
 */
#define _GNU_SOURCE
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CALL(name) {#name, SYS_##name}
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define RETURN(action) BPF_STMT(BPF_RET | BPF_K, action)

static const struct { const char *name; int number; } CALLS[] = {
    CALL(accept4),     CALL(bind),       CALL(chdir),      CALL(chmod),         CALL(clone),
    CALL(close_range), CALL(connect),    CALL(dup2),       CALL(epoll_create1), CALL(epoll_ctl),
    CALL(epoll_wait),  CALL(fchmod),     CALL(getsockname), CALL(getsockopt),   CALL(listen),
    CALL(pidfd_open),  CALL(pidfd_send_signal), CALL(pipe2), CALL(poll),        CALL(prctl),
    CALL(recvmsg),     CALL(sendmsg),    CALL(setpgid),    CALL(setsockopt),    CALL(signalfd4),
    CALL(socket),      CALL(socketpair), CALL(tgkill),     CALL(unlink),        CALL(waitid),
    CALL(pidfd_getfd), CALL(madvise),     CALL(ioctl),      CALL(fcntl),
};

int main(int argc, char **argv) {
  if (argc < 4) return 99;
  char *equals = strchr(argv[1], '=');
  size_t length = equals == NULL ? strlen(argv[1]) : (size_t)(equals - argv[1]);
  int number = -1;
  for (size_t i = 0; i < COUNT(CALLS); i++) {
    if (strlen(CALLS[i].name) == length && strncmp(CALLS[i].name, argv[1], length) == 0) number = CALLS[i].number;
  }
  if (number == -1) {
    fprintf(stderr, "refusing: no such call in the table: %s\n", argv[1]);
    return 98;
  }
  __u32 refusal = SECCOMP_RET_ERRNO | (__u32)atoi(argv[2]);
  struct sock_filter any[] = {LOAD(nr), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (__u32)number, 0, 1), RETURN(refusal),
                              RETURN(SECCOMP_RET_ALLOW)};
  struct sock_filter one[] = {LOAD(nr),
                              BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (__u32)number, 0, 3),
                              LOAD(args[0]),
                              BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, equals == NULL ? 0 : (__u32)atoi(equals + 1), 0, 1),
                              RETURN(refusal),
                              RETURN(SECCOMP_RET_ALLOW)};
  struct sock_filter process[] = {LOAD(nr),
                                  BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 3),
                                  LOAD(args[0]),
                                  BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 1, 0),
                                  RETURN(refusal),
                                  RETURN(SECCOMP_RET_ALLOW)};
  struct sock_fprog program = {COUNT(any), any};
  if (equals != NULL) program = (struct sock_fprog){COUNT(one), one};
  if (number == SYS_clone) program = (struct sock_fprog){COUNT(process), process};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return 97;
  if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) return 96;
  execv(argv[3], argv + 3);
  return 95;
}
