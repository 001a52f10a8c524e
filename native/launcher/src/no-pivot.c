/* What `--no-pivot` needs besides: pivot_root takes the host's tree away, moving the root leaves
 * it.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "context.h"
#include "generated/plan_ops.h"
#include "kernel.h"

/* As many mounts as the kernel allows by default, with long paths. */
enum { TABLE_MAX = 64 << 20 };

static char *read_table(struct context *c) {
  for (size_t room = 1 << 16; room <= TABLE_MAX; room *= 4) {
    AUTO_CLOSE int fd = open_file("/proc/self/mountinfo", O_RDONLY);
    char *text = fd < 0 ? NULL : malloc(room);
    if (text == NULL) break;
    size_t size = 0;
    ssize_t more;
    do more = read(fd, text + size, room - size - 1);
    while (more > 0 && (size += (size_t)more) < room - 1);
    if (more == 0) {
      text[size] = 0;
      return text;
    }
    int error = errno;
    free(text);
    errno = error;
    if (more < 0) break;
    errno = E2BIG;
  }
  fail(c, "read", errno, "/proc/self/mountinfo");
  return NULL;
}

/* Spaces and the like are written \040. */
static void decode_path(char *path) {
  char *to = path;
  for (char *at = path; *at != 0; at++) {
    if (at[0] == '\\' && at[1] >= '0' && at[1] <= '3' && at[2] >= '0' && at[2] <= '7' &&
        at[3] >= '0' && at[3] <= '7') {
      *to++ = (char)((at[1] - '0') * 64 + (at[2] - '0') * 8 + (at[3] - '0'));
      at += 3;
    } else {
      *to++ = *at;
    }
  }
  *to = 0;
}

/* The mount point of a line; the line is changed. */
static char *mount_point(char *line) {
  char *path = line;
  for (int field = 0; field < 4 && path != NULL; field++) {
    path = strchr(path, ' ');
    if (path != NULL) path++;
  }
  char *end = path == NULL ? NULL : strchr(path, ' ');
  if (end == NULL) return NULL;
  *end = 0;
  decode_path(path);
  return path;
}

/* The same when its file system tells of the system. */
static char *system_mount(char *line) {
  /* Optional fields end with a dash alone. */
  const char *rest = line;
  while (*rest != 0 && strncmp(rest, " - ", 3) != 0) rest++;
  if (*rest == 0) return NULL;
  const char *type = rest + 3;
  if (strncmp(type, "proc ", 5) != 0 && strncmp(type, "sysfs ", 6) != 0) return NULL;
  return mount_point(line);
}

static int take_away(struct context *c, const char *path) {
  /* What is taken away here stays where it came from. */
  if (mount(NULL, path, NULL, MS_SLAVE | MS_REC, NULL) != 0) {
    /* Gone with one above it, or covered. */
    if (errno == EINVAL || errno == ENOENT) return 0;
    return fail(c, "mount", errno, "make %s a slave", path);
  }
  if (umount2(path, MNT_DETACH) == 0) return 0;
  if (errno != EINVAL && errno != EPERM) return fail(c, "umount2", errno, "%s", path);
  /* Locked, since it was there before the user namespace: then it is covered. */
  if (mount("tmpfs", path, "tmpfs", 0, "") == 0) return 0;
  return fail(c, "mount", errno, "cover %s", path);
}

int op_uncover_system(struct context *c, const struct op_uncover_system *a) {
  (void)a;
  int root = slot_fd(c, ROOT_SLOT);
  if (root < 0) return -1;
  char own[PATH_MAX];
  if (fchdir(root) != 0) return fail(c, "fchdir", errno, "root");
  if (syscall(SYS_getcwd, own, sizeof(own)) < 0) return fail(c, "getcwd", errno, "root");
  size_t length = strlen(own);
  char *table = read_table(c);
  if (table == NULL) return -1;
  int result = 0;
  for (char *line = table, *next; result == 0 && *line != 0; line = next) {
    char *end = strchr(line, '\n');
    next = end == NULL ? line + strlen(line) : end + 1;
    if (end != NULL) *end = 0;
    const char *path = system_mount(line);
    if (path == NULL) continue;
    if (strncmp(path, own, length) == 0 && (path[length] == 0 || path[length] == '/')) continue;
    result = take_away(c, path);
  }
  free(table);
  return result;
}

int op_unmount_below(struct context *c, const struct op_unmount_below *a) {
  char *table = read_table(c);
  if (table == NULL) return -1;
  size_t length = strlen(a->path);
  int result = 0;
  /* From the last on: what was mounted later lies on what was before. */
  for (char *end = table + strlen(table); result == 0 && end > table;) {
    char *line = end;
    while (line > table && line[-1] != '\n') line--;
    end = line > table ? line - 1 : table;
    *end = 0;
    const char *path = mount_point(line);
    if (path == NULL || strncmp(path, a->path, length) != 0) continue;
    if (path[length] != '/' && (path[length] != 0 || !a->self)) continue;
    /* EINVAL, ENOENT: it went with another, or is covered. */
    if (umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW) != 0 && errno != EINVAL && errno != ENOENT)
      result = fail(c, "umount2", errno, "%s", path);
    if (path[length] == 0) break;
  }
  free(table);
  return result;
}
