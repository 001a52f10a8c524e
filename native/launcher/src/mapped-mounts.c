/* Mounts whose files have other owners than on disk, and sources that only the launching side may
 * open. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
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
    prctl(PR_SET_PDEATHSIG, SIGKILL);
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
  struct mount_attr attributes = {.attr_set = MOUNT_ATTR_IDMAP_, .userns_fd = (uint64_t) namespace};
  if (mount_setattr(tree, "", AT_EMPTY_PATH | (a->recursive ? AT_RECURSIVE : 0), &attributes,
                    sizeof(attributes)) == 0)
    return 0;
  return fail(c, "mount_setattr", errno, "%s", a->path);
}

/* What a visit to the launched process's mounts brought: nothing, or why it was cut short. */
struct visit {
  int error;
  uint32_t index;
  const char *syscall;
};

static int open_one(const char *path, bool recursive) {
  return open_tree(AT_FDCWD, path, OPEN_TREE_CLONE | O_CLOEXEC | (recursive ? AT_RECURSIVE : 0));
}

static void visit(const struct context *c, const struct op_open_trees_inside *a, int fds[SLOTS],
                  struct visit *v) {
  v->syscall = "setns";
  v->error = setns(c->pidfd, CLONE_NEWNS) == 0 ? 0 : errno;
  const char *path = a->paths.first;
  for (uint32_t i = 0; v->error == 0 && i < a->paths.count; i++, path = next_text(path)) {
    v->syscall = "open_tree";
    v->index = i;
    fds[i] = open_one(path, a->recursive.items[i] != 0);
    /* EINVAL: without what is mounted below it would show what that hides from the container. What
     * the config asks for, the host may show: it is opened there. */
    if (fds[i] < 0 && (errno != EINVAL || a->recursive.items[i] != 0)) v->error = errno;
  }
}

static const char *nth(const struct texts *texts, uint32_t index) {
  const char *text = texts->first;
  for (uint32_t i = 0; i < index; i++) text = next_text(text);
  return text;
}

/* Notes why one source could not be opened, with where that one comes from. */
static int fail_source(struct context *c, const struct op_open_trees_inside *a, uint32_t index,
                       const char *syscall, int error) {
  const char *from = c->from;
  if (index < a->pointers.count) c->from = nth(&a->pointers, index);
  fail(c, syscall, error, "%s", nth(&a->paths, index));
  c->from = from;
  return -1;
}

/* Takes over what the visit opened. */
static int keep_trees(struct context *c, const struct op_open_trees_inside *a,
                      const int fds[SLOTS]) {
  int result = 0;
  const char *path = a->paths.first;
  for (uint32_t i = 0; i < a->paths.count; i++, path = next_text(path)) {
    int fd = fds[i];
    if (fd < 0 && result == 0) fd = open_one(path, false);
    if (fd < 0 && result == 0) result = fail_source(c, a, i, "open_tree", errno);
    if (fd < 0) continue;
    if (result != 0)
      close(fd);
    else
      result = keep(c, a->slots.items[i], fd);
  }
  return result;
}

int op_open_trees_inside(struct context *c, const struct op_open_trees_inside *a) {
  int fds[SLOTS], report[2];
  struct visit v = {0};
  for (unsigned i = 0; i < SLOTS; i++) fds[i] = -1;
  if (a->paths.count > SLOTS || a->recursive.count != a->paths.count ||
      a->slots.count != a->paths.count)
    return fail(c, "", 0, "%u sources for %u slots", a->paths.count, a->slots.count);
  if (pipe2(report, O_CLOEXEC) != 0) return fail(c, "pipe2", errno, "%s", "");
  /* A process apart, since our own mounts are to stay ours; it has our descriptors, so that what it
   * opens is here too. */
  struct clone_args args = {.flags = CLONE_FILES, .exit_signal = SIGCHLD};
  pid_t visitor = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
  if (visitor == 0) {
    visit(c, a, fds, &v);
    /* Both fit into the pipe. */
    bool told = write(report[1], &v, sizeof(v)) == (ssize_t)sizeof(v) &&
                write(report[1], fds, sizeof(fds)) == (ssize_t)sizeof(fds);
    _exit(told ? 0 : 1);
  }
  int error = errno;
  siginfo_t info = {0};
  while (visitor > 0 && waitid(P_PID, (id_t)visitor, &info, WEXITED) != 0 && errno == EINTR)
    continue;
  bool told = visitor > 0 && info.si_code == CLD_EXITED && info.si_status == 0 &&
              read(report[0], &v, sizeof(v)) == (ssize_t)sizeof(v) &&
              read(report[0], fds, sizeof(fds)) == (ssize_t)sizeof(fds);
  close(report[0]);
  close(report[1]);
  if (visitor < 0) return fail(c, "clone3", error, "%s", "");
  if (!told) return fail(c, "waitid", ECHILD, "%s", "visitor");
  if (v.error == 0) return keep_trees(c, a, fds);
  for (unsigned i = 0; i < SLOTS; i++) close_fd(&fds[i]);
  return fail_source(c, a, v.index, v.syscall, v.error);
}
