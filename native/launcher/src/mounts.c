/* Mounts: made detached, given their attributes, and only then attached to a target that is already
 * an fd. Nobody sees one half made, and nothing is looked up by name twice. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "context.h"
#include "copy-up.h"
#include "generated/plan_ops.h"
#include "kernel.h"
#include "root.h"
#include "text.h"

enum guard { GUARD_NONE, GUARD_PLAIN, GUARD_PROC, GUARD_PROCFS };

/* Number of the directory at the root of every procfs. */
enum { PROC_ROOT = 1 };

/* Opens, or creates, what is to be mounted over. */
static int open_target(struct context *c, uint32_t slot, const char *path, uint32_t guard,
                       enum target_kind kind, bool *existed) {
  int directory = slot_fd(c, slot);
  if (directory < 0) return -1;
  int target = make_in(c, directory, path, kind, 0755,
                       guard == GUARD_PLAIN ? RESOLVE_NO_SYMLINKS : 0, existed);
  struct statfs status;
  if (target < 0) {
    if (guard == GUARD_PLAIN && (c->failure->error == ELOOP || c->failure->error == ENOTDIR))
      fail(c, "", 0, "%s must be mounted on ordinary directory", path);
    return -1;
  }
  /* What lies over a file of /proc would be believed by the next who writes there. */
  if (guard == GUARD_PROC && fstatfs(target, &status) == 0 && status.f_type == PROC_MAGIC) {
    fail(c, "", 0, "%s cannot be mounted because it is inside /proc", path);
    close(target);
    return -1;
  }
  return target;
}

/* Attaches a detached mount to a new directory of a file system that nobody else has seen yet. */
static int attach_fresh(struct context *c, int mounted, uint32_t slot, const char *name) {
  int directory = slot_fd(c, slot);
  if (directory < 0) return -1;
  if (mkdirat(directory, name, 0755) != 0) return fail(c, "mkdirat", errno, "%s", name);
  if (move_mount(mounted, "", directory, name, MOVE_MOUNT_F_EMPTY_PATH) != 0)
    return fail(c, "move_mount", errno, "%s", name);
  return 0;
}

static int attach(struct context *c, int mounted, int target, const char *path) {
  if (move_mount(mounted, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) == 0)
    return 0;
  int error = errno;
  struct stat what, where;
  /* Of a file on a directory, or the reverse, the kernel says no more than that it can't be. */
  if (error == EINVAL && fstat(mounted, &what) == 0 && fstat(target, &where) == 0 &&
      S_ISDIR(what.st_mode) != S_ISDIR(where.st_mode))
    error = ENOTDIR;
  return fail(c, "move_mount", error, "%s", path);
}

static int set_attributes(int fd, bool recursive, uint64_t set, uint64_t clear,
                          uint64_t propagation) {
  struct mount_attr attributes = {.attr_set = set, .attr_clr = clear, .propagation = propagation};
  return mount_setattr(fd, "", AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0), &attributes,
                       sizeof(attributes));
}

static int set_propagation(int fd, uint64_t propagation) {
  if (propagation == 0) return 0;
  return set_attributes(fd, (propagation & MS_REC) != 0, 0, 0, propagation & ~(uint64_t)MS_REC);
}

/* Notes a failure of a file system context, with what the file system itself says of it. */
static int fail_context(struct context *c, int fs, const char *syscall, const char *what) {
  int error = errno;
  char log[256];
  ssize_t size = read(fs, log, sizeof(log) - 1);
  if (size <= 2) return fail(c, syscall, error, "%s", what);
  log[size] = 0;
  if (log[size - 1] == '\n') log[size - 1] = 0;
  /* A line is a letter for its weight, a space, the text. */
  return fail(c, syscall, error, "%s: %s", what, log + 2);
}

static int set_option(struct context *c, int fs, const char *option) {
  const char *equals = strchr(option, '=');
  if (equals == NULL) {
    if (fsconfig(fs, FSCONFIG_SET_FLAG, option, NULL, 0) == 0) return 0;
    return fail_context(c, fs, "fsconfig", option);
  }
  char key[128];
  size_t length = (size_t)(equals - option);
  if (length >= sizeof(key)) return fail(c, "fsconfig", EINVAL, "%.64s", option);
  memcpy(key, option, length);
  key[length] = 0;
  if (fsconfig(fs, FSCONFIG_SET_STRING, key, equals + 1, 0) == 0) return 0;
  return fail_context(c, fs, "fsconfig", option);
}

/* Writes the mode of a mount's target as an option, with further options after it. */
static int inherited_options(struct context *c, int target, const char *further, char *into,
                             size_t size) {
  struct stat status;
  if (fstat(target, &status) != 0) return fail(c, "fstat", errno, "target");
  size_t length = format(into, size, "mode=%04o%s%s", status.st_mode & 07777u,
                         further[0] == 0 ? "" : ",", further);
  return length < size ? 0 : fail(c, "mount", E2BIG, "%.64s", further);
}

static int inherit_mode(struct context *c, int fs, int target) {
  char mode[16];
  if (inherited_options(c, target, "", mode, sizeof(mode)) != 0) return -1;
  return set_option(c, fs, mode);
}

int op_mount(struct context *c, const struct op_mount *a) {
  bool existed = false;
  AUTO_SPARE int target = -1;
  if (!a->fresh && !a->detached) {
    target = a->directory == NO_SLOT
                 ? open_target(c, ROOT_SLOT, a->target, a->guard, TARGET_DIRECTORY, &existed)
                 : open_target(c, a->directory, a->name, a->guard, TARGET_DIRECTORY, &existed);
    if (target < 0) return -1;
  }
  AUTO_SPARE int fs = fsopen(a->fstype, FSOPEN_CLOEXEC);
  if (fs < 0) return fail(c, "fsopen", errno, "%s", a->fstype);
  if (fsconfig(fs, FSCONFIG_SET_STRING, "source", a->source, 0) != 0)
    return fail_context(c, fs, "fsconfig", a->source);
  if (a->inherit_mode && existed && inherit_mode(c, fs, target) != 0) return -1;
  const char *option = a->options.first;
  for (uint32_t i = 0; i < a->options.count; i++, option = next_text(option)) {
    if (set_option(c, fs, option) != 0) return -1;
  }
  if (fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) != 0)
    return fail_context(c, fs, "fsconfig", a->fstype);
  int mounted = fsmount(fs, FSMOUNT_CLOEXEC, (unsigned)a->attributes);
  if (mounted < 0) return fail_context(c, fs, "fsmount", a->fstype);
  int result = a->copy_up && existed ? copy_up(c, target, mounted, a->target) : 0;
  if (result == 0 && set_propagation(mounted, a->propagation) != 0)
    result = fail(c, "mount_setattr", errno, "propagation of %s", a->target);
  if (result == 0 && !a->detached)
    result = a->fresh ? attach_fresh(c, mounted, a->directory, a->name)
                      : attach(c, mounted, target, a->target);
  if (result == 0 && a->slot != NO_SLOT) return keep(c, a->slot, mounted);
  spare_fd(&mounted);
  return result;
}

int op_mount_data(struct context *c, const struct op_mount_data *a) {
  bool existed = false;
  AUTO_SPARE int target =
      open_target(c, ROOT_SLOT, a->target, a->guard, TARGET_DIRECTORY, &existed);
  if (target < 0) return -1;
  /* The kernel takes a page of options. */
  char inherited[4096];
  bool inherits = a->inherit_mode && existed;
  if (inherits && inherited_options(c, target, a->data, inherited, sizeof(inherited)) != 0)
    return -1;
  const char *data = inherits ? inherited : a->data;
  AUTO_SPARE int before = open_file(".", O_PATH | O_DIRECTORY);
  if (before < 0 || fchdir(target) != 0) return fail(c, "fchdir", errno, "%s", a->target);
  /* "." is the fd: the old call has no other way to take one without a procfs. */
  int mounted = mount(a->source, ".", a->fstype, a->flags, data);
  int error = errno;
  if (fchdir(before) != 0) return fail(c, "fchdir", errno, "%s", "");
  if (mounted != 0) return fail(c, "mount", error, "%s on %s", a->fstype, a->target);
  if (a->propagation == 0) return 0;
  AUTO_SPARE int top = find_in(slot_fd(c, ROOT_SLOT), a->target, O_PATH | O_DIRECTORY, 0);
  if (top < 0 || set_propagation(top, a->propagation) != 0)
    return fail(c, "mount_setattr", errno, "propagation of %s", a->target);
  return 0;
}

int op_open_tree(struct context *c, const struct op_open_tree *a) {
  int tree =
      open_tree(AT_FDCWD, a->path, OPEN_TREE_CLONE | O_CLOEXEC | (a->recursive ? AT_RECURSIVE : 0));
  if (tree < 0) return fail(c, "open_tree", errno, "%s", a->path);
  return keep(c, a->slot, tree);
}

/* The attributes among those that can be cleared; which of them are locked only trying tells. */
static int clear_what_can(int tree, uint64_t attributes) {
  for (uint64_t bit = 1; bit <= attributes; bit <<= 1) {
    if ((attributes & bit) == 0 || set_attributes(tree, false, 0, bit, 0) == 0) continue;
    if (errno != EPERM) return -1;
  }
  return 0;
}

static int set_bind_attributes(struct context *c, const struct op_bind *a, int tree) {
  if ((a->set | a->clear | a->clear_soft) != 0 &&
      set_attributes(tree, false, a->set, a->clear | a->clear_soft, 0) != 0) {
    /* Some of what it would clear is locked: what the user did not name himself stays. */
    if (errno != EPERM || set_attributes(tree, false, a->set, a->clear, 0) != 0 ||
        clear_what_can(tree, a->clear_soft) != 0)
      return fail(c, "mount_setattr", errno, "%s", a->source);
  }
  if ((a->set_all | a->clear_all) != 0 &&
      set_attributes(tree, true, a->set_all, a->clear_all, 0) != 0)
    return fail(c, "mount_setattr", errno, "tree at %s", a->source);
  if (set_propagation(tree, a->propagation) != 0)
    return fail(c, "mount_setattr", errno, "propagation of %s", a->source);
  return 0;
}

int op_bind(struct context *c, const struct op_bind *a) {
  AUTO_SPARE int opened = -1;
  int tree;
  if (a->tree == NO_SLOT) {
    tree = opened = open_tree(AT_FDCWD, a->source,
                              OPEN_TREE_CLONE | O_CLOEXEC | (a->recursive ? AT_RECURSIVE : 0));
    if (tree < 0) return fail(c, "open_tree", errno, "%s", a->source);
  } else {
    tree = slot_fd(c, a->tree);
    if (tree < 0) return -1;
  }
  if (set_bind_attributes(c, a, tree) != 0) return -1;
  if (a->fresh) return attach_fresh(c, tree, a->directory, a->name);
  struct stat status;
  if (fstat(tree, &status) != 0) return fail(c, "fstat", errno, "%s", a->source);
  struct statfs fs;
  if (a->guard == GUARD_PROCFS &&
      (fstatfs(tree, &fs) != 0 || fs.f_type != PROC_MAGIC || status.st_ino != PROC_ROOT))
    return fail(c, "", 0, "%s cannot be mounted because it is not of type proc", a->target);
  enum target_kind kind = S_ISDIR(status.st_mode) ? TARGET_DIRECTORY : TARGET_FILE;
  AUTO_SPARE int target = a->directory == NO_SLOT
                              ? open_target(c, ROOT_SLOT, a->target, a->guard, kind, NULL)
                              : open_target(c, a->directory, a->name, a->guard, kind, NULL);
  return target < 0 ? -1 : attach(c, tree, target, a->target);
}

int op_change_mount(struct context *c, const struct op_change_mount *a) {
  bool found = a->slot != NO_SLOT;
  int target = slot_fd(c, found ? a->slot : ROOT_SLOT);
  if (target < 0) return -1;
  AUTO_SPARE int opened = found ? -1 : find_in(target, a->target, O_PATH, 0);
  if (!found && opened < 0) return fail(c, "openat2", errno, "%s", a->target);
  if (!found) target = opened;
  if ((a->set | a->clear) != 0 && set_attributes(target, a->recursive, a->set, a->clear, 0) != 0)
    return fail(c, "mount_setattr", errno, "%s", a->target);
  if (set_propagation(target, a->propagation) != 0)
    return fail(c, "mount_setattr", errno, "propagation of %s", a->target);
  return 0;
}

int op_unmount(struct context *c, const struct op_unmount *a) {
  int root = slot_fd(c, ROOT_SLOT);
  int proc = slot_fd(c, a->proc);
  if (root < 0 || proc < 0) return -1;
  /* Whoever could put a symlink in its place would choose what goes: a mask, for one. */
  AUTO_SPARE int target = find_in(root, a->target, O_PATH, RESOLVE_NO_SYMLINKS);
  if (target < 0) return fail(c, "openat2", errno, "%s", a->target);
  /* The call takes no fd, and a mounted file can't be entered. */
  char path[32];
  format(path, sizeof(path), "self/fd/%d", target);
  if (fchdir(proc) != 0) return fail(c, "fchdir", errno, "/proc");
  if (umount2(path, MNT_DETACH) != 0) return fail(c, "umount2", errno, "%s", a->target);
  return 0;
}

int op_set_propagation(struct context *c, const struct op_set_propagation *a) {
  if (mount(NULL, a->path, NULL, a->propagation, NULL) != 0)
    return fail(c, "mount", errno, "%s", a->path);
  return 0;
}

int op_isolate_parent(struct context *c, const struct op_isolate_parent *a) {
  AUTO_CLOSE int at = open_file(a->path, O_PATH | O_DIRECTORY);
  if (at < 0) return fail(c, "open", errno, "%s", a->path);
  for (;;) {
    uint64_t attributes;
    if (statx_attributes(at, &attributes) != 0) return fail(c, "statx", errno, "%s", a->path);
    if ((attributes & STATX_ATTR_MOUNT_ROOT_) != 0) break;
    int up = openat(at, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (up < 0) return fail(c, "openat", errno, "above %s", a->path);
    close(at);
    at = up;
  }
  if (set_attributes(at, false, 0, 0, MS_PRIVATE) != 0)
    return fail(c, "mount_setattr", errno, "mount above %s", a->path);
  return 0;
}

int op_set_file_label(struct context *c, const struct op_set_file_label *a) {
  int root = slot_fd(c, ROOT_SLOT);
  if (root < 0) return -1;
  AUTO_SPARE int target = find_in(root, a->target, O_RDONLY | O_DIRECTORY, 0);
  if (target < 0) return fail(c, "openat2", errno, "%s", a->target);
  if (fsetxattr(target, "security.selinux", a->label, strlen(a->label) + 1, 0) == 0 ||
      errno == EOPNOTSUPP)
    return 0;
  return fail(c, "fsetxattr", errno, "%s", a->target);
}
