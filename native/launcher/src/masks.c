/* Paths that the container may not read, or not write. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "generated/plan_ops.h"
#include "kernel.h"
#include "root.h"

/* The container's own /dev/null, once it is proven to be that device: an image may bring a file of
 * that name, and what covers a path must not be something a process can write to. */
static int open_null(struct context *c, int flags) {
  int root = slot_fd(c, ROOT_SLOT);
  if (root < 0) return -1;
  int fd = find_in(root, "/dev/null", flags | O_NOFOLLOW, RESOLVE_NO_SYMLINKS);
  struct stat status;
  if (fd < 0 || fstat(fd, &status) != 0) {
    fail(c, "openat2", errno, "/dev/null");
    close_fd(&fd);
    return -1;
  }
  if (S_ISCHR(status.st_mode) && status.st_rdev == makedev(1, 3)) return fd;
  close(fd);
  return fail(c, "", 0, "/dev/null of the container is not the null device");
}

/* One empty tmpfs serves all masked directories: the first use attaches it, later ones clone it. */
static int hiding_tree(struct context *c) {
  if (c->hidden >= 0) {
    int tree = open_tree(c->hidden, "", OPEN_TREE_CLONE | O_CLOEXEC | AT_EMPTY_PATH);
    if (tree < 0) fail(c, "open_tree", errno, "empty tmpfs");
    return tree;
  }
  AUTO_SPARE int fs = fsopen("tmpfs", FSOPEN_CLOEXEC);
  if (fs < 0 || fsconfig(fs, FSCONFIG_SET_STRING, "source", "tmpfs", 0) != 0 ||
      fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) != 0)
    return fail(c, "fsopen", errno, "tmpfs");
  c->hidden = fsmount(fs, FSMOUNT_CLOEXEC, MOUNT_ATTR_RDONLY);
  return c->hidden < 0 ? fail(c, "fsmount", errno, "tmpfs") : c->hidden;
}

/* With an empty name the descriptor itself. */
static int attach(int tree, int at, const char *name) {
  unsigned flags = MOVE_MOUNT_F_EMPTY_PATH | (name[0] == 0 ? MOVE_MOUNT_T_EMPTY_PATH : 0);
  return move_mount(tree, "", at, name, flags);
}

/* A path of a file system that was mounted a moment ago is looked up beneath that very mount: what
 * lies at /proc by now may be another folder, whose paths would be covered in its place. */
static int find_place(struct context *c, uint32_t slot, const char *in_slot, const char *path) {
  int directory = slot_fd(c, slot == NO_SLOT ? ROOT_SLOT : slot);
  if (directory < 0) return -1;
  int fd = find_in(directory, slot == NO_SLOT ? path : in_slot, O_PATH, 0);
  return fd < 0 ? fail(c, "openat2", errno, "%s", path) : fd;
}

/* Most paths of the usual lists are not there on a given kernel. */
static bool nothing_there(int error) { return error == ENOENT || error == ENOTDIR; }

int op_reopen_null(struct context *c, const struct op_reopen_null *a) {
  (void)a;
  AUTO_SPARE int inside = -1;
  for (int fd = 0; fd < 3; fd++) {
    struct stat status;
    if (fstat(fd, &status) != 0) {
      if (errno == EBADF) continue;
      return fail(c, "fstat", errno, "stream %d", fd);
    }
    bool null = S_ISCHR(status.st_mode) && status.st_rdev == makedev(1, 3);
    c->streams[fd] = (struct stream_owner){.known = true, .null = null, .uid = status.st_uid};
    if (!null) continue;
    if (inside < 0) inside = open_null(c, O_RDWR);
    if (inside < 0) return -1;
    if (dup2(inside, fd) < 0) return fail(c, "dup2", errno, "/dev/null");
  }
  return 0;
}

/* A name right in a mount that nobody else has seen yet stays what it is, and needs no descriptor.
 */
static int look_at_name(struct context *c, const struct op_mask_path *a, struct stat *status) {
  if (a->directory == NO_SLOT || a->name[0] == 0 || strchr(a->name, '/') != NULL) return 0;
  int directory = slot_fd(c, a->directory);
  if (directory < 0) return -1;
  if (fstatat(directory, a->name, status, AT_SYMLINK_NOFOLLOW) != 0)
    return fail(c, "fstatat", errno, "%s", a->path);
  return S_ISLNK(status->st_mode) ? 0 : 1;
}

int op_mask_path(struct context *c, const struct op_mask_path *a) {
  AUTO_SPARE int opened = -1;
  struct stat status;
  int named = look_at_name(c, a, &status);
  if (named == 0) opened = find_place(c, a->directory, a->name, a->path);
  if (named < 0 || (named == 0 && opened < 0)) return nothing_there(c->failure->error) ? 0 : -1;
  if (named == 0 && fstat(opened, &status) != 0) return fail(c, "fstat", errno, "%s", a->path);
  AUTO_SPARE int tree = -1;
  if (S_ISDIR(status.st_mode)) {
    tree = hiding_tree(c);
    if (tree < 0) return -1;
  } else {
    if (c->null < 0) c->null = open_null(c, O_PATH);
    if (c->null < 0) return -1;
    tree = open_tree(c->null, "", OPEN_TREE_CLONE | O_CLOEXEC | AT_EMPTY_PATH);
    if (tree < 0) return fail(c, "open_tree", errno, "/dev/null");
  }
  int result =
      named != 0 ? attach(tree, c->slots[a->directory], a->name) : attach(tree, opened, "");
  return result == 0 ? 0 : fail(c, "move_mount", errno, "%s", a->path);
}

int op_protect_path(struct context *c, const struct op_protect_path *a) {
  AUTO_SPARE int target = find_place(c, a->directory, a->name, a->path);
  if (target < 0) return nothing_there(c->failure->error) ? 0 : -1;
  AUTO_SPARE int tree =
      open_tree(target, "", OPEN_TREE_CLONE | O_CLOEXEC | AT_EMPTY_PATH | AT_RECURSIVE);
  if (tree < 0) return fail(c, "open_tree", errno, "%s", a->path);
  struct mount_attr attributes = {.attr_set = MOUNT_ATTR_RDONLY};
  if (mount_setattr(tree, "", AT_EMPTY_PATH, &attributes, sizeof(attributes)) != 0)
    return fail(c, "mount_setattr", errno, "%s", a->path);
  if (attach(tree, target, "") != 0) return fail(c, "move_mount", errno, "%s", a->path);
  return 0;
}
