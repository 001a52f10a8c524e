#include "copy-up.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "kernel.h"

/* Each level takes four descriptors, and there may be no more than 1024. */
enum { DEPTH_MAX = 128 };

/* A tree on its way: where it failed is kept for the message. */
struct copy {
  char path[PATH_MAX];
  size_t length;
};

static int copy_entries(struct copy *t, int from, int into, int depth);

static void copy_attributes(int from, int to) {
  char names[4096], value[4096];
  ssize_t size = flistxattr(from, names, sizeof(names));
  for (char *name = names; size > 0 && name < names + size; name += strlen(name) + 1) {
    ssize_t length = fgetxattr(from, name, value, sizeof(value));
    /* What the file system or our rights don't allow stays behind, as with every copy. */
    if (length >= 0) (void)fsetxattr(to, name, value, (size_t)length, 0);
  }
}

/* Owner first: a change of it takes file capabilities and setuid bits away. */
static int copy_status(int from, int to, const struct stat *status) {
  struct timespec times[2] = {status->st_atim, status->st_mtim};
  /* An owner that is not mapped here can't be given. */
  if (fchown(to, status->st_uid, status->st_gid) != 0 && errno != EPERM && errno != EINVAL)
    return errno;
  copy_attributes(from, to);
  if (fchmod(to, status->st_mode & 07777) != 0) return errno;
  return futimens(to, times) == 0 ? 0 : errno;
}

static int copy_data(int from, int to) {
  for (;;) {
    ssize_t size = sendfile(to, from, NULL, 1u << 20);
    if (size == 0) return 0;
    if (size < 0 && errno != EINTR) return errno;
  }
}

static int copy_file(int from, int into, const char *name) {
  AUTO_CLOSE int source =
      openat(from, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  struct stat status;
  if (source < 0 || fstat(source, &status) != 0) return errno;
  /* Replaced meanwhile by what is no file. */
  if (!S_ISREG(status.st_mode)) return ESTALE;
  AUTO_CLOSE int target =
      openat(into, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (target < 0) return errno;
  int error = copy_data(source, target);
  return error != 0 ? error : copy_status(source, target, &status);
}

static int copy_directory(struct copy *t, int from, int into, const char *name, int depth) {
  AUTO_CLOSE int source = openat(from, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  struct stat status;
  if (source < 0 || fstat(source, &status) != 0) return errno;
  if (mkdirat(into, name, 0700) != 0) return errno;
  AUTO_CLOSE int target = openat(into, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (target < 0) return errno;
  int error = copy_entries(t, source, target, depth + 1);
  return error != 0 ? error : copy_status(source, target, &status);
}

static int copy_link(int from, int into, const char *name, const struct stat *status) {
  char target[PATH_MAX];
  ssize_t size = readlinkat(from, name, target, sizeof(target) - 1);
  if (size < 0) return errno;
  target[size] = 0;
  if (symlinkat(target, into, name) != 0) return errno;
  if (fchownat(into, name, status->st_uid, status->st_gid, AT_SYMLINK_NOFOLLOW) == 0) return 0;
  return errno == EPERM || errno == EINVAL ? 0 : errno;
}

static int copy_node(int into, const char *name, const struct stat *status) {
  if (mknodat(into, name, status->st_mode, status->st_rdev) != 0) return errno;
  if (fchownat(into, name, status->st_uid, status->st_gid, AT_SYMLINK_NOFOLLOW) == 0) return 0;
  return errno == EPERM || errno == EINVAL ? 0 : errno;
}

static int copy_entry(struct copy *t, int from, int into, const char *name, int depth) {
  struct stat status;
  if (fstatat(from, name, &status, AT_SYMLINK_NOFOLLOW) != 0) return errno;
  if (S_ISDIR(status.st_mode)) return copy_directory(t, from, into, name, depth);
  if (S_ISREG(status.st_mode)) return copy_file(from, into, name);
  if (S_ISLNK(status.st_mode)) return copy_link(from, into, name, &status);
  return copy_node(into, name, &status);
}

static int copy_entries(struct copy *t, int from, int into, int depth) {
  if (depth > DEPTH_MAX) return ELOOP;
  int listed = openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *entries = listed < 0 ? NULL : fdopendir(listed);
  if (entries == NULL) {
    int error = errno;
    close_fd(&listed);
    return error;
  }
  int error = 0;
  for (struct dirent *e; error == 0 && (e = readdir(entries)) != NULL;) {
    if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0) continue;
    size_t before = t->length, length = strlen(e->d_name);
    if (before + 1 + length >= sizeof(t->path)) {
      error = ENAMETOOLONG;
      break;
    }
    t->path[before] = '/';
    memcpy(t->path + before + 1, e->d_name, length + 1);
    t->length = before + 1 + length;
    error = copy_entry(t, from, into, e->d_name, depth);
    if (error != 0) break;
    t->length = before;
    t->path[before] = 0;
  }
  closedir(entries);
  return error;
}

int copy_up(struct context *c, int from, int into, const char *path) {
  struct copy *t = calloc(1, sizeof(*t));
  if (t == NULL) return fail(c, "calloc", ENOMEM, "%s", path);
  int error = copy_entries(t, from, into, 0);
  int result = error == 0 ? 0 : fail(c, "", error, "copy of %s%.512s", path, t->path);
  free(t);
  return result;
}
