#include "root.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "generated/plan_ops.h"
#include "kernel.h"
#include "text.h"

enum {
  /* The kernel answers EAGAIN when a rename nearby kept it from being sure that a path stays
   * beneath the root: someone who renames without end can hold up the start of his container, not
   * more. */
  RESOLVE_ATTEMPTS = 1000,
  /* As many as the kernel follows in one path. */
  LINKS_MAX = 40
};

static int resolve_path(int directory, const char *path, uint64_t flags, uint64_t resolve) {
  struct open_how how = {.flags = flags | O_CLOEXEC, .resolve = resolve};
  int fd = -1;
  for (int i = 0; i < RESOLVE_ATTEMPTS; i++) {
    fd = (int)syscall(SYS_openat2, directory, path, &how, sizeof(how));
    if (fd >= 0 || (errno != EAGAIN && errno != EINTR)) break;
  }
  return fd;
}

int find_in(int directory, const char *path, int flags, uint64_t resolve) {
  while (path[0] == '/' && path[1] == '/') path++;
  if (path[0] == 0) path = "/";
  return resolve_path(directory, path, (uint64_t)flags,
                      RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | resolve);
}

/* A name that is just being walked over, as the kernel keeps no more than one component in hand. */
static int child_directory(int parent, const char *name) {
  return resolve_path(parent, name, O_PATH | O_DIRECTORY | O_NOFOLLOW,
                      RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
}

/* Puts what a dangling symlink points to in place of the link: path becomes target/rest, from the
 * root when the target is absolute, else from where the link lies. */
static int replace_link(int parent, const char *before, size_t before_length, const char *name,
                        const char *rest, char *path) {
  char target[PATH_MAX], joined[2 * PATH_MAX];
  ssize_t length = readlinkat(parent, name, target, sizeof(target) - 1);
  if (length < 0) return errno == EINVAL ? ENOTDIR : errno;
  target[length] = 0;
  size_t used = target[0] == '/' ? format(joined, sizeof(joined), "%s/%s", target, rest)
                                 : format(joined, sizeof(joined), "%.*s/%s/%s", (int)before_length,
                                          before, target, rest);
  if (used >= PATH_MAX) return ENAMETOOLONG;
  memcpy(path, joined, used + 1);
  return 0;
}

/* Walks to the directory of the last name, creating directories that are missing. A symlink on the
 * way that leads nowhere is taken as what it says, beneath the root. Answers an fd, or -errno;
 * `path` is changed to what was walked in the end, and `last` points to its last name. */
static int walk_parent(int root, char *path, char **last) {
  int links = 0;
restart:;
  int at = -1; /* none: the root itself */
  size_t position = 0;
  for (;;) {
    while (path[position] == '/') position++;
    size_t length = strcspn(path + position, "/");
    size_t after = position + length;
    *last = path + position;
    if (length > NAME_MAX) return -ENAMETOOLONG;
    if (path[after + strspn(path + after, "/")] == 0) {
      path[after] = 0;
      return at < 0 ? root : at;
    }
    char saved = path[after];
    path[after] = 0;
    int parent = at < 0 ? root : at;
    int next = find_in(root, path, O_PATH | O_DIRECTORY, 0);
    int error = next < 0 ? errno : 0;
    if (error == ENOENT) {
      if (mkdirat(parent, *last, 0755) == 0) {
        next = child_directory(parent, *last);
        error = next < 0 ? errno : 0;
      } else if (errno == EEXIST && links++ < LINKS_MAX) {
        char name[NAME_MAX + 1], rest[PATH_MAX];
        memcpy(name, *last, length + 1);
        path[after] = saved;
        memcpy(rest, path + after, strlen(path + after) + 1);
        error = replace_link(parent, path, position, name, rest, path);
        spare_fd(&at);
        if (error != 0) return -error;
        goto restart;
      } else {
        error = errno == EEXIST ? ELOOP : errno;
      }
    }
    path[after] = saved;
    spare_fd(&at);
    if (next < 0) return -error;
    at = next;
    position = after;
  }
}

static int copy_path(const char *path, char *into) {
  size_t length = strlen(path);
  if (length >= PATH_MAX) return ENAMETOOLONG;
  memcpy(into, path, length + 1);
  return 0;
}

static int make_last(int parent, const char *name, enum target_kind kind, mode_t mode) {
  if (kind == TARGET_DIRECTORY) return mkdirat(parent, name, mode) == 0 ? 0 : errno;
  int fd = openat(parent, name, O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | O_WRONLY, mode);
  if (fd < 0) return errno;
  close(fd);
  return 0;
}

/* The directory of a path's last name, when it is there: mostly it is. */
static int find_parent(int directory, char *path, char **last) {
  char *slash = strrchr(path, '/');
  *last = slash == NULL ? path : slash + 1;
  if (slash == NULL || slash == path) return directory;
  *slash = 0;
  int parent = find_in(directory, path, O_PATH | O_DIRECTORY, 0);
  *slash = '/';
  return parent < 0 ? -errno : parent;
}

int make_in(struct context *c, int directory, const char *path, enum target_kind kind, mode_t mode,
            uint64_t resolve, bool *existed) {
  int fd = find_in(directory, path, O_PATH, resolve);
  if (existed != NULL) *existed = fd >= 0;
  if (fd >= 0) return fd;
  if (errno != ENOENT) return fail(c, "openat2", errno, "%s", path);

  char walk[PATH_MAX], *name;
  int error = copy_path(path, walk);
  for (int links = 0; error == 0; links++) {
    int parent = find_parent(directory, walk, &name);
    if (parent == -ENOENT) parent = walk_parent(directory, walk, &name);
    if (parent < 0) {
      error = -parent;
      break;
    }
    error = make_last(parent, name, kind, mode);
    if (error == 0) {
      fd = resolve_path(parent, name, O_PATH | O_NOFOLLOW, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
      if (fd < 0) error = errno;
    } else if (error == EEXIST && links < LINKS_MAX) {
      /* The last name itself is a symlink that leads nowhere. */
      char link[NAME_MAX + 1];
      size_t before = (size_t)(name - walk);
      memcpy(link, name, strlen(name) + 1);
      error = replace_link(parent, walk, before, link, "", walk);
      for (size_t length = strlen(walk); length > 1 && walk[length - 1] == '/';) walk[--length] = 0;
    } else if (error == EEXIST) {
      error = ELOOP;
    }
    if (parent != directory) spare_fd(&parent);
    if (fd >= 0) return fd;
  }
  return fail(c, kind == TARGET_DIRECTORY ? "mkdirat" : "openat", error, "%s", path);
}

int make_parent(struct context *c, int directory, const char *path, const char **name,
                int *opened) {
  const char *slash = strrchr(path, '/');
  *name = slash == NULL ? path : slash + 1;
  if (slash == NULL) return directory;
  char parent[PATH_MAX];
  size_t length = (size_t)(slash - path);
  if (length >= sizeof(parent)) return fail(c, "openat2", ENAMETOOLONG, "%.64s", path);
  memcpy(parent, path, length);
  parent[length] = 0;
  *opened = make_in(c, directory, length == 0 ? "/" : parent, TARGET_DIRECTORY, 0755, 0, NULL);
  return *opened;
}

int make_place(struct context *c, uint32_t slot, const char *in_slot, const char *path,
               const char **name, int *opened) {
  int directory = slot_fd(c, slot == NO_SLOT ? ROOT_SLOT : slot);
  if (directory < 0) return -1;
  return make_parent(c, directory, slot == NO_SLOT ? path : in_slot, name, opened);
}

int op_open_root(struct context *c, const struct op_open_root *a) {
  int tree = open_tree(AT_FDCWD, a->path, OPEN_TREE_CLONE | AT_RECURSIVE | O_CLOEXEC);
  if (tree < 0) return fail(c, "open_tree", errno, "%s", a->path);
  if (keep(c, ROOT_SLOT, tree) != 0) return -1;
  if (move_mount(tree, "", AT_FDCWD, a->path, MOVE_MOUNT_F_EMPTY_PATH) != 0)
    return fail(c, "move_mount", errno, "%s", a->path);
  return 0;
}

int op_make_path(struct context *c, const struct op_make_path *a) {
  int root = slot_fd(c, ROOT_SLOT);
  if (root < 0) return -1;
  AUTO_SPARE int fd = make_in(c, root, a->path, TARGET_DIRECTORY, a->mode, 0, NULL);
  return fd < 0 ? -1 : 0;
}

int op_pivot(struct context *c, const struct op_pivot *a) {
  int root = slot_fd(c, ROOT_SLOT);
  if (root < 0) return -1;
  AUTO_CLOSE int old = -1;
  if (a->shared) {
    old = open_file("/", O_PATH | O_DIRECTORY);
    if (old < 0) return fail(c, "open", errno, "/");
  }
  if (fchdir(root) != 0) return fail(c, "fchdir", errno, "root");
  /* The old root comes to lie on top of the new one, so neither needs a directory in the image. */
  if (pivot_root(".", ".") != 0) return fail(c, "pivot_root", errno, "%s", "");
  if (a->shared) {
    if (fchdir(old) != 0) return fail(c, "fchdir", errno, "old root");
    if (mount(NULL, ".", NULL, MS_SLAVE | MS_REC, NULL) != 0)
      return fail(c, "mount", errno, "make the old root a slave");
  }
  if (umount2(".", MNT_DETACH) != 0) return fail(c, "umount2", errno, "old root");
  /* Else we are still in the new one. */
  if (a->shared && chdir("/") != 0) return fail(c, "chdir", errno, "/");
  return 0;
}

int op_enter_root(struct context *c, const struct op_enter_root *a) {
  int root = slot_fd(c, ROOT_SLOT);
  if (root < 0) return -1;
  if (fchdir(root) != 0) return fail(c, "fchdir", errno, "root");
  if (a->move && mount(".", "/", NULL, MS_MOVE, NULL) != 0)
    return fail(c, "mount", errno, "move the root to /");
  if (chroot(".") != 0) return fail(c, "chroot", errno, "%s", "");
  if (chdir("/") != 0) return fail(c, "chdir", errno, "/");
  return 0;
}
