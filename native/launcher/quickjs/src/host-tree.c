#include "host-tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* A directory is held open for each level; what is deeper is no state of ours. */
#define MAX_DEPTH 64

static int open_beneath(int parent, const char *name) {
  struct open_how how = {
      .flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
      .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV,
  };
  return (int)syscall(SYS_openat2, parent, name, &how, sizeof(how));
}

static int remove_entry(int parent, const char *name, unsigned depth);

static int empty_directory(DIR *directory, unsigned depth) {
  struct dirent *entry;
  while (errno = 0, (entry = readdir(directory)) != NULL) {
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
    if (remove_entry(dirfd(directory), entry->d_name, depth) < 0 && errno != ENOENT) return -1;
  }
  return errno == 0 ? 0 : -1;
}

/* Takes the fd over. */
static int empty(int file, unsigned depth) {
  if (depth == MAX_DEPTH) {
    close(file);
    errno = ELOOP;
    return -1;
  }
  DIR *directory = fdopendir(file);
  if (directory == NULL) {
    close(file);
    return -1;
  }
  int result = empty_directory(directory, depth + 1);
  int error = errno;
  closedir(directory);
  errno = error;
  return result;
}

static int remove_entry(int parent, const char *name, unsigned depth) {
  if (unlinkat(parent, name, 0) == 0) return 0;
  /* Linux answers EISDIR for a directory; POSIX and some filesystems EPERM. */
  if (errno != EISDIR && errno != EPERM) return -1;
  int file = open_beneath(parent, name);
  if (file < 0 || empty(file, depth) < 0) return -1;
  return unlinkat(parent, name, AT_REMOVEDIR);
}

int host_remove_tree(const char *path) {
  if (unlink(path) == 0) return 0;
  if (errno != EISDIR && errno != EPERM) return -1;
  int file = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (file < 0 || empty(file, 0) < 0) return -1;
  return rmdir(path);
}
