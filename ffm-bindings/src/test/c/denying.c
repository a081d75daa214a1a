// Becomes the program in its arguments, with one thing refused by the kernel (man 2 seccomp), as a container
// or an old kernel does: "netlink" with EPERM, "close_range" with ENOSYS, "children" with ENOMEM.
#define _GNU_SOURCE
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define RETURN(action) BPF_STMT(BPF_RET | BPF_K, action)
#define UNLESS_EQUAL(value, skip) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, skip)
#define IF_ANY_BIT(bits, skip) BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, bits, skip, 0)

static struct sock_filter netlink[] = {
    LOAD(nr), UNLESS_EQUAL(SYS_socket, 3), LOAD(args[0]), UNLESS_EQUAL(AF_NETLINK, 1),
    RETURN(SECCOMP_RET_ERRNO | EPERM), RETURN(SECCOMP_RET_ALLOW)};
static struct sock_filter close_ranges[] = {
    LOAD(nr), UNLESS_EQUAL(SYS_close_range, 1), RETURN(SECCOMP_RET_ERRNO | ENOSYS),
    RETURN(SECCOMP_RET_ALLOW)};
static struct sock_filter children[] = {
    LOAD(nr), UNLESS_EQUAL(SYS_clone, 3), LOAD(args[0]), IF_ANY_BIT(CLONE_THREAD, 1),
    RETURN(SECCOMP_RET_ERRNO | ENOMEM), RETURN(SECCOMP_RET_ALLOW)};

int main(int argc, char **argv) {
  struct sock_fprog program;
  if (argc < 3) return 99;
  if (strcmp(argv[1], "netlink") == 0) {
    program.filter = netlink, program.len = sizeof netlink / sizeof *netlink;
  } else if (strcmp(argv[1], "close_range") == 0) {
    program.filter = close_ranges, program.len = sizeof close_ranges / sizeof *close_ranges;
  } else {
    program.filter = children, program.len = sizeof children / sizeof *children;
  }
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return 98;
  if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) return 97;
  execv(argv[2], argv + 2);
  return 96;
}
