/* Files of the host: what the plan writes before the container exists, and what clean-up takes
 * away. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "context.h"
#include "generated/plan_ops.h"
#include "kernel.h"
#include "text.h"

int op_make_directory(struct context *c, const struct op_make_directory *a) {
  if (mkdir(a->path, a->mode) != 0) {
    if (errno == EEXIST && a->existing) return 0;
    return fail(c, "mkdir", errno, "%s", a->path);
  }
  note_made(c, a->path);
  /* The umask is the caller's. */
  if (chmod(a->path, a->mode) != 0) return fail(c, "chmod", errno, "%s", a->path);
  return 0;
}

/* Writes each text with one call; with `optional` one that is not taken is passed over. */
static int write_texts(struct context *c, int fd, const char *path, struct texts texts,
                       bool optional) {
  char text[4096];
  const char *template = texts.first;
  for (uint32_t i = 0; i < texts.count; i++, template = next_text(template)) {
    if (expand(c, template, text, sizeof(text)) != 0) return -1;
    ssize_t size = (ssize_t)strlen(text);
    ssize_t written = write(fd, text, (size_t)size);
    if (written == size) continue;
    if (written < 0 && optional) continue;
    return fail(c, "write", written < 0 ? errno : EIO, "%s to %s", text, path);
  }
  return 0;
}

int op_write_file(struct context *c, const struct op_write_file *a) {
  char path[PATH_MAX];
  if (expand(c, a->path, path, sizeof(path)) != 0) return -1;
  AUTO_CLOSE int fd = open_file(path, O_WRONLY | O_NOCTTY);
  if (fd < 0) {
    if (a->optional && (errno == ENOENT || errno == EACCES || errno == EPERM)) return 0;
    return fail(c, "open", errno, "%s", path);
  }
  return write_texts(c, fd, path, a->texts, a->optional);
}

int op_write_either(struct context *c, const struct op_write_either *a) {
  AUTO_CLOSE int first = open_file(a->path, O_WRONLY | O_NOCTTY);
  if (first >= 0) return write_texts(c, first, a->path, a->texts, false);
  if (errno != ENOENT) return fail(c, "open", errno, "%s", a->path);
  AUTO_CLOSE int other = open_file(a->other, O_WRONLY | O_NOCTTY);
  if (other < 0) return fail(c, "open", errno, "%s", a->other);
  return write_texts(c, other, a->other, a->other_texts, false);
}

int op_copy_file(struct context *c, const struct op_copy_file *a) {
  char text[4096];
  AUTO_CLOSE int target = open_file(a->target, O_RDWR);
  if (target < 0) return fail(c, "open", errno, "%s", a->target);
  /* In a directory of our own making nobody has written what would have to stay. */
  ssize_t size = was_made(c, a->target) ? 0 : read(target, text, sizeof(text));
  if (size < 0) return fail(c, "read", errno, "%s", a->target);
  if (size > 0 && text[0] != '\n') return 0;
  AUTO_CLOSE int source = open_file(a->source, O_RDONLY);
  if (source < 0) return fail(c, "open", errno, "%s", a->source);
  size = read(source, text, sizeof(text));
  if (size < 0) return fail(c, "read", errno, "%s", a->source);
  if (pwrite(target, text, (size_t)size, 0) != size)
    return fail(c, "write", errno, "%s", a->target);
  return 0;
}

int op_make_fifo(struct context *c, const struct op_make_fifo *a) {
  if (mkfifo(a->path, a->mode) != 0) return fail(c, "mkfifo", errno, "%s", a->path);
  if (chmod(a->path, a->mode) != 0) return fail(c, "chmod", errno, "%s", a->path);
  return 0;
}

int op_open_fifo(struct context *c, const struct op_open_fifo *a) {
  /* A reader alone opens at once only without waiting; a writer beside it does too. */
  int reader = open_file(a->path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW);
  if (reader < 0) return fail(c, "open", errno, "%s", a->path);
  if (keep(c, a->reader, reader) != 0) return -1;
  int writer = open_file(a->path, O_WRONLY | O_NONBLOCK | O_NOFOLLOW);
  if (writer < 0) return fail(c, "open", errno, "%s", a->path);
  if (keep(c, a->writer, writer) != 0) return -1;
  if (fcntl(reader, F_SETFL, O_RDONLY) != 0) return fail(c, "fcntl", errno, "%s", a->path);
  return 0;
}

int op_open_directory(struct context *c, const struct op_open_directory *a) {
  AUTO_CLOSE int fd = open_file(a->path, O_PATH | O_DIRECTORY);
  if (fd < 0) return fail(c, "open", errno, "%s", a->path);
  struct statfs status;
  if (a->magic != 0 && (fstatfs(fd, &status) != 0 || (uint32_t)status.f_type != a->magic))
    return fail(c, "", 0, "%s is not the file system it should be", a->path);
  int kept = fd;
  fd = -1;
  return keep(c, a->slot, kept);
}

/* How long a listener may be late: callers start it beside us, and we are fast. */
enum { CONNECT_WAIT_MS = 5, CONNECT_ROUNDS = 200 };

static int connect_patiently(int fd, const struct sockaddr_un *address, socklen_t size) {
  for (int round = 0;; round++) {
    if (connect(fd, (const struct sockaddr *)address, size) == 0) return 0;
    int error = errno;
    if ((error != ENOENT && error != ECONNREFUSED) || round == CONNECT_ROUNDS) return -1;
    poll(NULL, 0, CONNECT_WAIT_MS);
  }
}

int op_connect_socket(struct context *c, const struct op_connect_socket *a) {
  AUTO_CLOSE int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return fail(c, "socket", errno, "AF_UNIX");
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  socklen_t size = sizeof(address);
  AUTO_CLOSE int place = -1;
  size_t length = strlen(a->path);
  if (a->path[0] == '@' && length < sizeof(address.sun_path)) {
    /* A name that is no file's, as it is commonly written. */
    memcpy(address.sun_path + 1, a->path + 1, length - 1);
    size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
  } else if (length < sizeof(address.sun_path)) {
    strcpy(address.sun_path, a->path);
  } else {
    /* Too long for an address: name it by its descriptor. */
    place = open_file(a->path, O_PATH);
    if (place < 0) return fail(c, "open", errno, "%s", a->path);
    format(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d", place);
  }
  if (connect_patiently(fd, &address, size) != 0) return fail(c, "connect", errno, "%s", a->path);
  int kept = fd;
  fd = -1;
  return keep(c, a->slot, kept);
}

int op_write_sysctl(struct context *c, const struct op_write_sysctl *a) {
  int proc = slot_fd(c, a->proc);
  if (proc < 0) return -1;
  char path[PATH_MAX];
  if (format(path, sizeof(path), "sys/%s", a->name) >= sizeof(path))
    return fail(c, "openat2", ENAMETOOLONG, "sysctl");
  /* Beneath that very procfs: neither a symlink nor a mount over one of its files can lead
   * elsewhere. */
  struct open_how how = {
      .flags = O_WRONLY | O_CLOEXEC,
      .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV,
  };
  AUTO_CLOSE int fd = (int)syscall(SYS_openat2, proc, path, &how, sizeof(how));
  if (fd < 0) return fail(c, "openat2", errno, "/proc/%s", path);
  size_t size = strlen(a->value);
  if (write(fd, a->value, size) != (ssize_t)size)
    return fail(c, "write", errno, "%s to /proc/%s", a->value, path);
  return 0;
}

int op_set_exec_label(struct context *c, const struct op_set_exec_label *a) {
  int proc = slot_fd(c, a->proc);
  if (proc < 0) return -1;
  /* Of this very process: there are no threads, so that self is what the kernel will execute. */
  struct open_how how = {
      .flags = O_WRONLY | O_CLOEXEC,
      .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV,
  };
  AUTO_CLOSE int fd = -1;
  char path[64];
  const char *file = a->files.first;
  for (uint32_t i = 0; i < a->files.count && fd < 0; i++, file = next_text(file)) {
    format(path, sizeof(path), "self/attr/%.32s", file);
    fd = (int)syscall(SYS_openat2, proc, path, &how, sizeof(how));
    if (fd < 0 && errno != ENOENT) return fail(c, "openat2", errno, "/proc/%s", path);
  }
  if (fd < 0) return fail(c, "openat2", ENOENT, "/proc/%s", path);
  size_t size = strlen(a->label);
  if (write(fd, a->label, size) != (ssize_t)size)
    return fail(c, "write", errno, "%s to /proc/%s", a->label, path);
  return 0;
}

int op_remove_directory(struct context *c, const struct op_remove_directory *a) {
  /* What others use by now is theirs. */
  if (rmdir(a->path) == 0 || errno == ENOENT || errno == EBUSY || errno == ENOTEMPTY) return 0;
  return fail(c, "rmdir", errno, "%s", a->path);
}

/* Deep enough for anything the runtime keeps; deeper ones are not ours. */
enum { TREE_DEPTH_MAX = 64 };

/* An entry of a directory, as the kernel writes it (getdents64(2)). */
struct entry {
  uint64_t inode;
  int64_t next;
  unsigned short size;
  unsigned char type;
  char name[];
};

static int empty_directory(int directory, int depth);

static int remove_entry(int directory, const char *name, int depth) {
  if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) return 0;
  if (unlinkat(directory, name, 0) == 0 || errno == ENOENT) return 0;
  if (errno != EISDIR && errno != EPERM) return errno;
  struct open_how how = {
      .flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
      .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV,
  };
  int below = (int)syscall(SYS_openat2, directory, name, &how, sizeof(how));
  int error = below < 0 ? errno : empty_directory(below, depth + 1);
  close_fd(&below);
  if (error == 0 && unlinkat(directory, name, AT_REMOVEDIR) != 0) error = errno;
  return error;
}

/* Answers 0 or an errno. The directory was opened for this: its entries are read from the
 * beginning. */
static int empty_directory(int directory, int depth) {
  if (depth > TREE_DEPTH_MAX) return ELOOP;
  _Alignas(struct entry) char entries[4096];
  for (;;) {
    long size = syscall(SYS_getdents64, directory, entries, sizeof(entries));
    if (size <= 0) return size == 0 ? 0 : errno;
    for (long at = 0; at < size;) {
      const struct entry *entry = (const struct entry *)(const void *)(entries + at);
      int error = remove_entry(directory, entry->name, depth);
      if (error != 0) return error;
      at += entry->size;
    }
  }
}

static int empty_path(const char *path) {
  AUTO_CLOSE int fd = open_file(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  return fd < 0 ? errno : empty_directory(fd, 0);
}

int op_remove_tree(struct context *c, const struct op_remove_tree *a) {
  int error = unlink(a->path) == 0 ? 0 : errno;
  if (error == EISDIR) error = rmdir(a->path) == 0 ? 0 : errno;
  if (error == ENOTEMPTY) {
    error = empty_path(a->path);
    if (error == 0 && rmdir(a->path) != 0) error = errno;
  }
  return error == 0 || error == ENOENT ? 0 : fail(c, "unlinkat", error, "%s", a->path);
}
