/* Mounts whose files have other owners than on disk, and sources that only the launching side may
 * open. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "context.h"
#include "generated/plan_ops.h"
#include "kernel.h"
#include "text.h"

enum { MOUNT_ATTR_IDMAP_ = 0x100000 };

static int write_map(struct context *c, pid_t pid, const char *file, const char *map) {
  char path[64];
  format(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
  AUTO_CLOSE int fd = open_file(path, O_WRONLY);
  if (fd < 0) return fail(c, "open", errno, "%s", path);
  size_t size = strlen(map);
  if (write(fd, map, size) != (ssize_t)size) return fail(c, "write", errno, "%s to %s", map, path);
  return 0;
}

int op_make_user_namespace(struct context *c, const struct op_make_user_namespace *a) {
  struct clone_args args = {.flags = CLONE_NEWUSER, .exit_signal = SIGCHLD};
  pid_t holder = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
  if (holder < 0) return fail(c, "clone3", errno, "%s", "");
  if (holder == 0) {
    for (;;) pause();
  }
  int result = write_map(c, holder, "uid_map", a->uid_map);
  if (result == 0) result = write_map(c, holder, "gid_map", a->gid_map);
  if (result == 0) {
    char path[64];
    format(path, sizeof(path), "/proc/%d/ns/user", (int)holder);
    int fd = open_file(path, O_RDONLY);
    result = fd < 0 ? fail(c, "open", errno, "%s", path) : keep(c, a->slot, fd);
  }
  kill(holder, SIGKILL);
  siginfo_t info;
  while (waitid(P_PID, (id_t)holder, &info, WEXITED) != 0 && errno == EINTR) continue;
  return result;
}

int op_map_tree(struct context *c, const struct op_map_tree *a) {
  int tree = slot_fd(c, a->tree);
  int namespace = slot_fd(c, a->user_namespace);
  if (tree < 0 || namespace < 0) return -1;
  struct mount_attr attributes = {.attr_set = MOUNT_ATTR_IDMAP_, .userns_fd = (uint64_t)namespace};
  if (mount_setattr(tree, "", AT_EMPTY_PATH | (a->recursive ? AT_RECURSIVE : 0), &attributes,
                    sizeof(attributes)) == 0)
    return 0;
  return fail(c, "mount_setattr", errno, "%s", a->path);
}

/* What a visit to the launched process's mounts brought. */
struct visit {
  int fd;
  int error;
  const char *syscall;
};

int op_open_tree_inside(struct context *c, const struct op_open_tree_inside *a) {
  int report[2];
  if (pipe2(report, O_CLOEXEC) != 0) return fail(c, "pipe2", errno, "%s", "");
  /* A process apart, since our own mounts are to stay ours; it has our descriptors, so that what it
   * opens is here too. */
  struct clone_args args = {.flags = CLONE_FILES, .exit_signal = SIGCHLD};
  pid_t visitor = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
  if (visitor < 0) {
    int error = errno;
    close(report[0]);
    close(report[1]);
    return fail(c, "clone3", error, "%s", "");
  }
  struct visit visit = {.fd = -1, .syscall = "setns"};
  if (visitor == 0) {
    if (setns(c->pidfd, CLONE_NEWNS) == 0) {
      visit.syscall = "open_tree";
      visit.fd = open_tree(AT_FDCWD, a->path,
                           OPEN_TREE_CLONE | O_CLOEXEC | (a->recursive ? AT_RECURSIVE : 0));
    }
    if (visit.fd < 0) visit.error = errno;
    ssize_t written = write(report[1], &visit, sizeof(visit));
    _exit(written == (ssize_t)sizeof(visit) ? 0 : 1);
  }
  siginfo_t info;
  while (waitid(P_PID, (id_t)visitor, &info, WEXITED) != 0 && errno == EINTR) continue;
  /* It is over, so what it said is there. */
  bool told = info.si_code == CLD_EXITED && info.si_status == 0 &&
              read(report[0], &visit, sizeof(visit)) == (ssize_t)sizeof(visit);
  close(report[0]);
  close(report[1]);
  if (!told) return fail(c, "clone3", ECHILD, "%s", a->path);
  if (visit.fd < 0) return fail(c, visit.syscall, visit.error, "%s", a->path);
  return keep(c, a->slot, visit.fd);
}
