/* Namespaces made, opened and joined. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "context.h"
#include "generated/plan_ops.h"
#include "kernel.h"
#include "sync.h"

#define NAMESPACE_TIME 0x80u

#ifndef NS_GET_NSTYPE
#define NS_GET_NSTYPE _IO(0xb7, 3)
#endif

int op_open_namespace(struct context *c, const struct op_open_namespace *a) {
  AUTO_CLOSE int fd = open_file(a->path, O_RDONLY | O_NOCTTY | O_NONBLOCK);
  if (fd < 0) return fail(c, "open", errno, "%s", a->path);
  int kind = ioctl(fd, NS_GET_NSTYPE);
  if (kind < 0) return fail(c, "", 0, "%s is not a namespace", a->path);
  if ((uint32_t)kind != a->kind)
    return fail(c, "", 0, "%s is a namespace of another kind", a->path);
  int kept = fd;
  fd = -1;
  return keep(c, a->slot, kept);
}

int op_join_namespace(struct context *c, const struct op_join_namespace *a) {
  int fd = slot_fd(c, a->slot);
  if (fd < 0) return -1;
  return setns(fd, (int)a->kind) == 0 ? 0 : fail(c, "setns", errno, "%s", "");
}

int op_join_process(struct context *c, const struct op_join_process *a) {
  int fd = slot_fd(c, a->slot);
  if (fd < 0) return -1;
  return setns(fd, (int)a->namespaces) == 0 ? 0 : fail(c, "setns", errno, "%s", "");
}

/* While nobody is in the namespace yet. */
static int write_time_offsets(struct context *c, const char *offsets) {
  const char *path = "/proc/self/timens_offsets";
  AUTO_CLOSE int fd = open_file(path, O_WRONLY);
  if (fd < 0) return fail(c, "open", errno, "%s", path);
  size_t size = strlen(offsets);
  if (write(fd, offsets, size) == (ssize_t)size) return 0;
  return fail(c, "write", errno, "%s to %s", offsets, path);
}

int op_unshare(struct context *c, const struct op_unshare *a) {
  if (unshare((int)a->namespaces) != 0) return fail(c, "unshare", errno, "%s", "");
  if ((a->namespaces & NAMESPACE_TIME) == 0) return 0;
  if (a->time_offsets[0] != 0 && write_time_offsets(c, a->time_offsets) != 0) return -1;
  /* A new time namespace is there for children only; but who made it may join it too, and need not
   * go on as a child, which the first process of a process id namespace could not. */
  const char *path = "/proc/self/ns/time_for_children";
  AUTO_CLOSE int fd = open_file(path, O_RDONLY | O_NOCTTY | O_NONBLOCK);
  if (fd < 0) return fail(c, "open", errno, "%s", path);
  return setns(fd, NAMESPACE_TIME) == 0 ? 0 : fail(c, "setns", errno, "%s", path);
}

int op_fork(struct context *c, const struct op_fork *a) {
  (void)a;
  /* Killed before it has told of its successor, this process would leave one that nobody knows of,
   * and a parent that waits for it: the successor goes on only when it is told that it is known. */
  int told[2];
  if (pipe2(told, O_CLOEXEC) != 0) return fail(c, "pipe2", errno, "%s", "");
  /* A sibling, so that it is the launching process's child as this one is. */
  struct clone_args args = {.flags = CLONE_PARENT_, .exit_signal = 0};
  long child = syscall(SYS_clone3, &args, sizeof(args));
  if (child < 0) return fail(c, "clone3", errno, "%s", "");
  if (child == 0) {
    char known;
    close(told[1]);
    if (read(told[0], &known, 1) != 1) _exit(1);
    close(told[0]);
    return await_parent(c, MESSAGE_PASS, GATE_FORKED);
  }
  if (tell_parent(c, MESSAGE_FORKED, (uint32_t)child) == 0) {
    ssize_t written = write(told[1], "", 1);
    (void)written; /* a successor that is gone needs no word */
  }
  _exit(0);
}

int op_set_hostname(struct context *c, const struct op_set_hostname *a) {
  if (sethostname(a->name, strlen(a->name)) == 0) return 0;
  return fail(c, "sethostname", errno, "%s", a->name);
}

int op_set_domainname(struct context *c, const struct op_set_domainname *a) {
  if (setdomainname(a->name, strlen(a->name)) == 0) return 0;
  return fail(c, "setdomainname", errno, "%s", a->name);
}

enum { KEYCTL_JOIN_SESSION_KEYRING = 1, KEYCTL_SETPERM = 5 };

/* What a new session keyring has (its possessor may do all, its user view and read it), and that
 * its user may search and link it: `exec` finds the container's by its name. */
#define KEYRING_PERMISSIONS 0x3f1b0000u

int op_join_keyring(struct context *c, const struct op_join_keyring *a) {
  long ring = syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, a->name);
  if (ring < 0) {
    /* A kernel without keyrings, or a sandbox that forbids them, has none to leak. */
    if (errno == ENOSYS || errno == EPERM || errno == EDQUOT) return 0;
    return fail(c, "keyctl", errno, "join session keyring %s", a->name);
  }
  if (syscall(SYS_keyctl, KEYCTL_SETPERM, ring, KEYRING_PERMISSIONS) != 0 && errno != EACCES)
    return fail(c, "keyctl", errno, "set permissions of session keyring");
  return 0;
}

int op_start_session(struct context *c, const struct op_start_session *a) {
  (void)a;
  return setsid() >= 0 ? 0 : fail(c, "setsid", errno, "%s", "");
}
