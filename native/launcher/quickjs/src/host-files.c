#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "host-tree.h"
#include "host.h"

/* Most documents fit, and the stack costs nothing until it is written. */
#define STACK_BYTES 65536

typedef JSValue host_make_result(JSContext *context, const uint8_t *at, size_t size);

static JSValue read_to_end(JSContext *context, int file, const char *path, size_t max,
                           host_make_result *make) {
  uint8_t stack[STACK_BYTES];
  struct host_buffer buffer = HOST_BUFFER(context, stack);
  long got;
  do got = host_buffer_read(&buffer, file, max);
  while (got > 0);
  JSValue result =
      got < 0 ? host_fail(context, "read", path) : make(context, buffer.at, buffer.used);
  host_buffer_free(&buffer);
  return result;
}

static JSValue read_file(JSContext *context, int argc, JSValueConst *argv, host_make_result *make) {
  int64_t max = HOST_MAX_BYTES;
  if (argc > 1 && !JS_IsUndefined(argv[1]) && JS_ToInt64(context, &max, argv[1]) < 0)
    return JS_EXCEPTION;
  const char *path = host_text(context, argv[0], "open");
  if (path == NULL) return JS_EXCEPTION;
  int file = host_open(path, O_RDONLY, 0);
  JSValue result;
  if (file >= 0) {
    result = read_to_end(context, file, path, max < 0 ? 0 : (size_t)max, make);
    close(file);
  } else {
    result = errno == ENOENT ? JS_UNDEFINED : host_fail(context, "open", path);
  }
  JS_FreeCString(context, path);
  return result;
}

static JSValue read_text(JSContext *context, JSValueConst self, int argc, JSValueConst *argv) {
  (void)self;
  return read_file(context, argc, argv, host_string);
}

static JSValue read_bytes(JSContext *context, JSValueConst self, int argc, JSValueConst *argv) {
  (void)self;
  return read_file(context, argc, argv, host_uint8_array);
}

/* Fills the temporary file: NULL, or the call that failed, with errno. */
static const char *fill(int file, const struct host_bytes *bytes, mode_t mode) {
  if (host_write_all(file, bytes->at, bytes->size) < 0) return "write";
  return fchmod(file, mode) < 0 ? "fchmod" : NULL;
}

/* Of the only thread, which musl knows without a system call. */
static pid_t own_pid(void) { return gettid(); }

static JSValue replace_with(JSContext *context, const char *path, const struct host_bytes *bytes,
                            mode_t mode) {
  char temporary[PATH_MAX];
  /* One process writes one file at a time, so its pid is name enough; a dead one's leftover goes.
   */
  int size = snprintf(temporary, sizeof(temporary), "%s.%d.tmp", path, (int)own_pid());
  if (size < 0 || (size_t)size >= sizeof(temporary))
    return host_fail_with(context, ENAMETOOLONG, "open", path);
  int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW;
  int file = host_open(temporary, flags, 0600);
  if (file < 0 && errno == EEXIST && unlink(temporary) == 0)
    file = host_open(temporary, flags, 0600);
  if (file < 0) return host_fail(context, "open", path);
  const char *failed = fill(file, bytes, mode);
  int error = errno;
  close(file);
  if (failed == NULL && rename(temporary, path) < 0) {
    failed = "rename";
    error = errno;
  }
  if (failed == NULL) return JS_UNDEFINED;
  unlink(temporary);
  return host_fail_with(context, error, failed, path);
}

static JSValue replace(JSContext *context, JSValueConst self, int argc, JSValueConst *argv) {
  struct host_bytes bytes;
  uint32_t mode;
  (void)self, (void)argc;
  if (JS_ToUint32(context, &mode, argv[2]) < 0 || host_bytes_of(context, argv[1], &bytes) < 0)
    return JS_EXCEPTION;
  const char *path = host_text(context, argv[0], "open");
  JSValue result = path == NULL ? JS_EXCEPTION : replace_with(context, path, &bytes, mode & 07777);
  JS_FreeCString(context, path);
  host_bytes_free(context, &bytes);
  return result;
}

/* One write call: the kernel takes it as one value or one record, and what it took in part it did
 * not take. */
static JSValue write_once(JSContext *context, JSValueConst *argv, int flags, unsigned mode) {
  struct host_bytes bytes;
  if (host_bytes_of(context, argv[1], &bytes) < 0) return JS_EXCEPTION;
  const char *path = host_text(context, argv[0], "open");
  JSValue result = path == NULL ? JS_EXCEPTION : JS_UNDEFINED;
  int file = path == NULL ? -1 : host_open(path, O_WRONLY | flags, mode);
  if (path != NULL && file < 0) result = host_fail(context, "open", path);
  if (file >= 0) {
    ssize_t wrote = write(file, bytes.at, bytes.size);
    if (wrote < 0)
      result = host_fail(context, "write", path);
    else if ((size_t)wrote != bytes.size)
      result = host_fail_with(context, EIO, "write", path);
    close(file);
  }
  JS_FreeCString(context, path);
  host_bytes_free(context, &bytes);
  return result;
}

static JSValue write_existing(JSContext *context, JSValueConst self, int argc, JSValueConst *argv) {
  (void)self, (void)argc;
  return write_once(context, argv, 0, 0);
}

static JSValue append(JSContext *context, JSValueConst self, int argc, JSValueConst *argv) {
  uint32_t mode;
  (void)self, (void)argc;
  if (JS_ToUint32(context, &mode, argv[2]) < 0) return JS_EXCEPTION;
  return write_once(context, argv, O_APPEND | O_CREAT, mode & 07777);
}

/* Adds the names of a batch of entries to the list, and answers how many there are then. */
static uint32_t add_names(JSContext *context, JSValueConst names, uint32_t count, const char *at,
                          const char *end) {
  while (at < end) {
    const struct dirent *entry = (const struct dirent *)(const void *)at;
    at += entry->d_reclen;
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
    JSValue name = host_string(context, (const uint8_t *)entry->d_name, strlen(entry->d_name));
    JS_SetPropertyUint32(context, names, count++, name);
  }
  return count;
}

/* Without opendir, whose stream would be the only thing that ever comes from malloc. */
static JSValue list(JSContext *context, JSValueConst self, int argc, JSValueConst *argv) {
  _Alignas(struct dirent) char batch[16384];
  (void)self, (void)argc;
  const char *path = host_text(context, argv[0], "open");
  if (path == NULL) return JS_EXCEPTION;
  int directory = host_open(path, O_RDONLY | O_DIRECTORY, 0);
  JSValue names = JS_UNDEFINED;
  if (directory >= 0) {
    uint32_t count = 0;
    long size;
    names = JS_NewArray(context);
    while ((size = syscall(SYS_getdents64, directory, batch, sizeof(batch))) > 0)
      count = add_names(context, names, count, batch, batch + size);
    /* Removed since it was opened, as cgroups are by systemd meanwhile, it has no more names. */
    if (size < 0 && errno != ENOENT) {
      JS_FreeValue(context, names);
      names = host_fail(context, "getdents", path);
    }
    close(directory);
  } else if (errno != ENOENT) {
    names = host_fail(context, "open", path);
  }
  JS_FreeCString(context, path);
  return names;
}

static const char *kind_of(mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFDIR:
      return "directory";
    case S_IFLNK:
      return "symlink";
    case S_IFIFO:
      return "fifo";
    case S_IFSOCK:
      return "socket";
    case S_IFBLK:
      return "block";
    case S_IFCHR:
      return "character";
    default:
      return "file";
  }
}

static JSValue status_object(JSContext *context, const struct stat *found) {
  JSValue object = JS_NewObject(context);
  const struct {
    const char *name;
    int64_t value;
  } numbers[] = {
      {"mode", found->st_mode & 07777},
      {"uid", found->st_uid},
      {"gid", found->st_gid},
      {"sizeBytes", found->st_size},
      {"device", (int64_t)found->st_dev},
      {"inode", (int64_t)found->st_ino},
  };
  JS_SetPropertyStr(context, object, "kind", JS_NewString(context, kind_of(found->st_mode)));
  for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
    JS_SetPropertyStr(context, object, numbers[i].name, JS_NewInt64(context, numbers[i].value));
  return object;
}

static JSValue status(JSContext *context, JSValueConst self, int argc, JSValueConst *argv) {
  struct stat found;
  (void)self, (void)argc;
  const char *path = host_text(context, argv[0], "stat");
  if (path == NULL) return JS_EXCEPTION;
  JSValue result = JS_UNDEFINED;
  if (lstat(path, &found) == 0)
    result = status_object(context, &found);
  else if (errno != ENOENT)
    result = host_fail(context, "stat", path);
  JS_FreeCString(context, path);
  return result;
}

static JSValue read_link(JSContext *context, JSValueConst self, int argc, JSValueConst *argv) {
  char text[PATH_MAX];
  (void)self, (void)argc;
  const char *path = host_text(context, argv[0], "readlink");
  if (path == NULL) return JS_EXCEPTION;
  JSValue answer = JS_UNDEFINED;
  ssize_t size = readlink(path, text, sizeof(text));
  if (size >= 0)
    answer = host_string(context, (const uint8_t *)text, (size_t)size);
  else if (errno != ENOENT)
    answer = host_fail(context, "readlink", path);
  JS_FreeCString(context, path);
  return answer;
}

static JSValue real_path(JSContext *context, JSValueConst self, int argc, JSValueConst *argv) {
  char resolved[PATH_MAX];
  (void)self, (void)argc;
  const char *path = host_text(context, argv[0], "realpath");
  if (path == NULL) return JS_EXCEPTION;
  JSValue result = JS_UNDEFINED;
  if (realpath(path, resolved) != NULL)
    result = host_string(context, (const uint8_t *)resolved, strlen(resolved));
  else if (errno != ENOENT)
    result = host_fail(context, "realpath", path);
  JS_FreeCString(context, path);
  return result;
}

static JSValue is_awaited(JSContext *context, JSValueConst self, int argc, JSValueConst *argv) {
  struct stat found;
  (void)self, (void)argc;
  const char *path = host_text(context, argv[0], "open");
  if (path == NULL) return JS_EXCEPTION;
  /* Without a reader, opening the other end without waiting fails with ENXIO (fifo(7)). */
  int file = host_open(path, O_WRONLY | O_NONBLOCK, 0);
  JSValue result = JS_FALSE;
  if (file >= 0) {
    result = JS_NewBool(context, fstat(file, &found) == 0 && S_ISFIFO(found.st_mode));
    close(file);
  } else if (errno != ENXIO && errno != ENOENT) {
    result = host_fail(context, "open", path);
  }
  JS_FreeCString(context, path);
  return result;
}

/* Calls that take a path and a mode, or a path alone, and answer nothing. */
enum path_call {
  MAKE_DIRECTORY,
  MAKE_DIRECTORIES,
  MAKE_FIFO,
  UNLINK,
  REMOVE_DIRECTORY,
  REMOVE_TREE
};

static int make_directory(const char *path, mode_t mode) {
  /* The umask took bits away; what was asked for is exact. */
  return mkdir(path, mode) < 0 || chmod(path, mode) < 0 ? -1 : 0;
}

static int make_fifo(const char *path, mode_t mode) {
  return mkfifo(path, mode) < 0 || chmod(path, mode) < 0 ? -1 : 0;
}

static int nothing_there_is_fine(int result) { return result < 0 && errno == ENOENT ? 0 : result; }

static int make_directories(const char *path, mode_t mode) {
  char part[PATH_MAX];
  struct stat found;
  size_t size = strlen(path);
  if (size >= sizeof(part)) {
    errno = ENAMETOOLONG;
    return -1;
  }
  if (make_directory(path, mode) == 0) return 0;
  if (errno == EEXIST)
    return stat(path, &found) == 0 && !S_ISDIR(found.st_mode) ? (errno = EEXIST, -1) : 0;
  if (errno != ENOENT) return -1;
  memcpy(part, path, size + 1);
  while (size > 1 && part[size - 1] == '/') part[--size] = '\0';
  char *slash = strrchr(part, '/');
  /* A relative name alone, or the root, has no ancestor that could be missing. */
  if (slash == NULL || slash == part) {
    errno = ENOENT;
    return -1;
  }
  *slash = '\0';
  if (make_directories(part, mode) < 0) return -1;
  return make_directory(path, mode) < 0 && errno != EEXIST ? -1 : 0;
}

static const char *const path_call_names[] = {"mkdir",  "mkdir", "mkfifo",
                                              "unlink", "rmdir", "rmdir"};

static JSValue path_call(JSContext *context, JSValueConst self, int argc, JSValueConst *argv,
                         int call) {
  uint32_t mode = 0;
  int result = -1;
  (void)self, (void)argc;
  if (call <= MAKE_FIFO && JS_ToUint32(context, &mode, argv[1]) < 0) return JS_EXCEPTION;
  const char *name = path_call_names[call];
  const char *path = host_text(context, argv[0], name);
  if (path == NULL) return JS_EXCEPTION;
  switch ((enum path_call)call) {
    case MAKE_DIRECTORY:
      result = make_directory(path, mode & 07777);
      break;
    case MAKE_DIRECTORIES:
      result = make_directories(path, mode & 07777);
      break;
    case MAKE_FIFO:
      result = make_fifo(path, mode & 07777);
      break;
    case UNLINK:
      result = nothing_there_is_fine(unlink(path));
      break;
    case REMOVE_DIRECTORY:
      result = nothing_there_is_fine(rmdir(path));
      break;
    case REMOVE_TREE:
      result = nothing_there_is_fine(host_remove_tree(path));
      break;
  }
  JSValue answer = result < 0 ? host_fail(context, name, path) : JS_UNDEFINED;
  JS_FreeCString(context, path);
  return answer;
}

static JSValue rename_file(JSContext *context, JSValueConst self, int argc, JSValueConst *argv) {
  (void)self, (void)argc;
  const char *from = host_text(context, argv[0], "rename");
  const char *to = from == NULL ? NULL : host_text(context, argv[1], "rename");
  JSValue result = JS_EXCEPTION;
  if (to != NULL) result = rename(from, to) < 0 ? host_fail(context, "rename", from) : JS_UNDEFINED;
  JS_FreeCString(context, to);
  JS_FreeCString(context, from);
  return result;
}

const JSCFunctionListEntry host_files[] = {
    JS_CFUNC_DEF("readText", 2, read_text),
    JS_CFUNC_DEF("readBytes", 2, read_bytes),
    JS_CFUNC_DEF("replace", 3, replace),
    JS_CFUNC_DEF("append", 3, append),
    JS_CFUNC_DEF("writeExisting", 2, write_existing),
    JS_CFUNC_MAGIC_DEF("makeDirectory", 2, path_call, MAKE_DIRECTORY),
    JS_CFUNC_MAGIC_DEF("makeDirectories", 2, path_call, MAKE_DIRECTORIES),
    JS_CFUNC_MAGIC_DEF("makeFifo", 2, path_call, MAKE_FIFO),
    JS_CFUNC_DEF("isAwaited", 1, is_awaited),
    JS_CFUNC_DEF("list", 1, list),
    JS_CFUNC_DEF("status", 1, status),
    JS_CFUNC_DEF("readLink", 1, read_link),
    JS_CFUNC_DEF("realPath", 1, real_path),
    JS_CFUNC_DEF("rename", 2, rename_file),
    JS_CFUNC_MAGIC_DEF("unlink", 1, path_call, UNLINK),
    JS_CFUNC_MAGIC_DEF("removeDirectory", 1, path_call, REMOVE_DIRECTORY),
    JS_CFUNC_MAGIC_DEF("removeTree", 1, path_call, REMOVE_TREE),
};
const int host_files_count = sizeof(host_files) / sizeof(host_files[0]);
