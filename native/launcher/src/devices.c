/* Device nodes and symlinks, made at the fd of the directory they lie in. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "context.h"
#include "generated/plan_ops.h"
#include "kernel.h"
#include "root.h"

static int check_node(struct context *c, int parent, const char *name,
                      const struct op_make_node *a) {
  struct stat status;
  if (fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW) != 0)
    return fail(c, "fstatat", errno, "%s", a->path);
  bool device = S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode);
  if ((status.st_mode & S_IFMT) == a->kind &&
      (!device || status.st_rdev == makedev(a->major, a->minor)))
    return 0;
  return fail(c, "", EEXIST, "%s is there already and is another file", a->path);
}

int op_make_node(struct context *c, const struct op_make_node *a) {
  const char *name;
  AUTO_SPARE int opened = -1;
  int parent = make_place(c, a->directory, a->name, a->path, &name, &opened);
  if (parent < 0) return -1;
  if (mknodat(parent, name, a->kind | a->mode, makedev(a->major, a->minor)) != 0) {
    if (errno == EEXIST) return check_node(c, parent, name, a);
    return fail(c, "mknodat", errno, "%s", a->path);
  }
  if (a->uid == 0 && a->gid == 0) return 0;
  if (fchownat(parent, name, a->uid, a->gid, AT_SYMLINK_NOFOLLOW) != 0)
    return fail(c, "fchownat", errno, "%s", a->path);
  return 0;
}

int op_make_link(struct context *c, const struct op_make_link *a) {
  const char *name;
  AUTO_SPARE int opened = -1;
  int parent = make_place(c, a->directory, a->name, a->path, &name, &opened);
  if (parent < 0) return -1;
  if (symlinkat(a->target, parent, name) == 0) return 0;
  if (errno != EEXIST) return fail(c, "symlinkat", errno, "%s", a->path);
  if (!a->replace) return 0;
  if (unlinkat(parent, name, 0) != 0) return fail(c, "unlinkat", errno, "%s", a->path);
  if (symlinkat(a->target, parent, name) == 0) return 0;
  return fail(c, "symlinkat", errno, "%s", a->path);
}
