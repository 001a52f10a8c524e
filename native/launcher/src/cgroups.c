/* Cgroups as directories. What is written into them is the plan's. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cgroups.h"
#include "context.h"
#include "generated/plan_ops.h"
#include "kernel.h"
#include "text.h"

int op_make_cgroup(struct context *c, const struct op_make_cgroup *a) {
  if (mkdir(a->path, 0755) == 0) {
    note_made(c, a->path);
    return 0;
  }
  if (errno != EEXIST) return fail(c, "mkdir", errno, "%s", a->path);
  char path[PATH_MAX], text[16];
  format(path, sizeof(path), "%s/cgroup.procs", a->path);
  AUTO_CLOSE int fd = open_file(path, O_RDONLY);
  if (fd < 0) return fail(c, "open", errno, "%s", path);
  /* A threaded cgroup does not say: EOPNOTSUPP. */
  ssize_t size = read(fd, text, sizeof(text));
  if (size < 0 && errno != EOPNOTSUPP) return fail(c, "read", errno, "%s", path);
  /* Two containers in one would share a fate: the limits of one, the end of the other. */
  return size <= 0 ? 0 : fail(c, "", 0, "container's cgroup is not empty: %s", a->path);
}

int op_join_cgroup(struct context *c, const struct op_join_cgroup *a) {
  char path[PATH_MAX];
  format(path, sizeof(path), "%s/tasks", a->path);
  AUTO_SPARE int fd = open_file(path, O_WRONLY);
  if (fd < 0) return fail(c, "open", errno, "%s", path);
  return write(fd, "0", 1) == 1 ? 0 : fail(c, "write", errno, "0 to %s", path);
}

static void write_at(int directory, const char *name, const char *text) {
  AUTO_CLOSE int fd = openat(directory, name, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return; /* not in this hierarchy or kernel */
  ssize_t written = write(fd, text, strlen(text));
  (void)written;
}

static int open_cgroup(int parent, const char *name) {
  return openat(parent, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* Kills every process in a cgroup and waits until they have left it. Answers 0 or an errno. */
static int empty_cgroup(int directory) {
  write_at(directory, "freezer.state", "THAWED");
  write_at(directory, "cgroup.freeze", "0");
  write_at(directory, "cgroup.kill", "1");
  /* A process may fork while we read; each round ends what it finds. */
  for (int round = 0; round < 100; round++) {
    AUTO_CLOSE int fd = openat(directory, "cgroup.procs", O_RDONLY | O_CLOEXEC);
    if (fd < 0) return errno == ENOENT ? 0 : errno;
    char text[4096];
    ssize_t size = read(fd, text, sizeof(text) - 1);
    /* EOPNOTSUPP: its processes are listed, and were ended, with the cgroup above that is not
     * threaded. */
    if (size < 0) return errno == ENODEV || errno == EOPNOTSUPP ? 0 : errno;
    if (size == 0) return 0;
    text[size] = 0;
    struct pollfd ended[64];
    nfds_t count = 0;
    const char *at = text;
    long pid;
    while (count < 64 && parse_number(&at, &pid)) {
      while (*at == '\n') at++;
      int pidfd = pid <= 0 ? -1 : pidfd_open((pid_t)pid);
      if (pidfd < 0) continue;
      pidfd_send_signal(pidfd, SIGKILL);
      ended[count++] = (struct pollfd){.fd = pidfd, .events = POLLIN};
    }
    for (nfds_t i = 0; i < count; i++) {
      poll(&ended[i], 1, 1000);
      close(ended[i].fd);
    }
  }
  return EBUSY;
}

/* The first cgroup in a directory: 1 with its name, 0 when there is none, or -errno. */
static int first_below(int directory, char name[NAME_MAX + 1]) {
  int listed = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *entries = listed < 0 ? NULL : fdopendir(listed);
  if (entries == NULL) {
    int error = errno;
    close_fd(&listed);
    return error == ENOENT || error == ENODEV ? 0 : -error;
  }
  int found = 0;
  for (struct dirent *e; found == 0 && (e = readdir(entries)) != NULL;) {
    if (e->d_type != DT_DIR || strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
      continue;
    format(name, NAME_MAX + 1, "%s", e->d_name);
    found = 1;
  }
  closedir(entries);
  return found;
}

/* Removes a cgroup that has no process any more, or ENOTEMPTY when there are others below it. */
static int remove_leaf(int parent, const char *name) {
  /* The kernel lets go of a cgroup a moment after its last process has ended. */
  for (long wait_ms = 1; wait_ms <= 1024; wait_ms *= 2) {
    if (unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT) return 0;
    if (errno != EBUSY) return errno;
    AUTO_CLOSE int directory = open_cgroup(parent, name);
    if (directory < 0) return errno == ENOENT ? 0 : errno;
    char below[NAME_MAX + 1];
    int error = empty_cgroup(directory);
    if (error != 0 && error != EBUSY) return error;
    if (first_below(directory, below) > 0) return ENOTEMPTY;
    if (unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT) return 0;
    struct timespec pause = {wait_ms / 1000, wait_ms % 1000 * 1000000};
    nanosleep(&pause, NULL);
  }
  return EBUSY;
}

/* Names of the cgroups that lead to one, each ended: whoever may make cgroups may make them as deep
 * as he likes, so a level takes neither stack nor a descriptor. */
struct way {
  char *names;
  size_t used;
  size_t room;
};

/* More than anyone makes but to keep us busy. */
enum { WAY_MAX = 64 << 20, STEPS_MAX = 1 << 18 };

static int go_down(struct way *way, const char *name) {
  size_t size = strlen(name) + 1;
  if (way->used + size > way->room) {
    size_t room = way->room == 0 ? 4096 : way->room * 2;
    /* Not realloc, which weighs four kilobytes in the binary. */
    char *names = room > WAY_MAX ? NULL : malloc(room);
    if (names == NULL) return ENOMEM;
    if (way->used > 0) memcpy(names, way->names, way->used);
    free(way->names);
    *way = (struct way){names, way->used, room};
  }
  memcpy(way->names + way->used, name, size);
  way->used += size;
  return 0;
}

/* The name of the last, until the next step down. */
static const char *go_up(struct way *way) {
  size_t at = way->used - 1;
  while (at > 0 && way->names[at - 1] != 0) at--;
  way->used = at;
  return way->names + at;
}

/* One step of the removal of all below a cgroup: a level down, where the processes end at once, or
 * one up and away with what was left. Answers 0, 1 when nothing is below, or -errno. */
static int step(struct way *way, int *at) {
  char name[NAME_MAX + 1];
  int found = first_below(*at, name);
  if (found < 0) return found;
  if (found == 0 && way->used == 0) return 1;
  int next = open_cgroup(*at, found > 0 ? name : "..");
  if (next < 0) return errno == ENOENT ? 0 : -errno;
  close_fd(at);
  *at = next;
  /* One that still has processes is emptied again when it is a leaf; what is made below a leaf
   * meanwhile is found by the next step. */
  int error = found > 0 ? empty_cgroup(next) : remove_leaf(next, go_up(way));
  if (error != 0 && error != (found > 0 ? EBUSY : ENOTEMPTY)) return -error;
  return found > 0 ? -go_down(way, name) : 0;
}

static int remove_below(int top) {
  AUTO_CLOSE int at = open_cgroup(top, ".");
  if (at < 0) return errno;
  struct way way = {0};
  int result = 0;
  for (int steps = 0; result == 0 && steps < STEPS_MAX; steps++) result = step(&way, &at);
  free(way.names);
  return result < 0 ? -result : result == 0 ? EBUSY : 0;
}

static int remove_cgroup(const char *path) {
  if (rmdir(path) == 0 || errno == ENOENT) return 0;
  if (errno != EBUSY && errno != ENOTEMPTY) return errno;
  AUTO_CLOSE int directory = open_cgroup(AT_FDCWD, path);
  if (directory < 0) return errno == ENOENT ? 0 : errno;
  int error = empty_cgroup(directory);
  if (error == 0 || error == EBUSY) error = remove_below(directory);
  return error == 0 ? remove_leaf(AT_FDCWD, path) : error;
}

void remove_made(struct context *c) {
  /* All of it is a moment old and was made by us alone; what else has come there since is not ours
   * to tell of, as there is a failure to be told of already. */
  while (c->made_count > 0) remove_cgroup(c->made[--c->made_count]);
}

int op_remove_cgroup(struct context *c, const struct op_remove_cgroup *a) {
  int error = remove_cgroup(a->path);
  return error == 0 ? 0 : fail(c, "rmdir", error, "%s", a->path);
}

int op_empty_cgroup(struct context *c, const struct op_empty_cgroup *a) {
  AUTO_CLOSE int directory = open_file(a->path, O_PATH | O_DIRECTORY | O_NOFOLLOW);
  if (directory < 0) return errno == ENOENT ? 0 : fail(c, "open", errno, "%s", a->path);
  int error = empty_cgroup(directory);
  if (error == 0) error = remove_below(directory);
  return error == 0 ? 0 : fail(c, "rmdir", error, "%s", a->path);
}

int op_own_cgroup(struct context *c, const struct op_own_cgroup *a) {
  AUTO_CLOSE int directory = open_file(a->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  if (directory < 0) return fail(c, "open", errno, "%s", a->path);
  if (fchown(directory, a->uid, (gid_t)-1) != 0) return fail(c, "fchown", errno, "%s", a->path);
  const char *file = a->files.first;
  for (uint32_t i = 0; i < a->files.count; i++, file = next_text(file)) {
    if (fchownat(directory, file, a->uid, (gid_t)-1, AT_SYMLINK_NOFOLLOW) != 0 && errno != ENOENT)
      return fail(c, "fchownat", errno, "%s/%s", a->path, file);
  }
  return 0;
}

/* The parts of union bpf_attr that loading and attaching a program take. */
struct bpf_load {
  uint32_t type;
  uint32_t instruction_count;
  uint64_t instructions;
  uint64_t license;
  uint32_t log_level;
  uint32_t log_size;
  uint64_t log;
  uint32_t kernel_version;
  uint32_t flags;
};

struct bpf_attach {
  uint32_t target;
  uint32_t program;
  uint32_t type;
  uint32_t flags;
};

enum {
  BPF_PROG_LOAD_ = 5,
  BPF_PROG_ATTACH_ = 8,
  BPF_PROG_TYPE_CGROUP_DEVICE_ = 15,
  BPF_CGROUP_DEVICE_ = 6,
  BPF_F_ALLOW_MULTI_ = 2
};

int op_filter_devices(struct context *c, const struct op_filter_devices *a) {
  int cgroup = slot_fd(c, a->cgroup);
  if (cgroup < 0) return -1;
  /* O_PATH will not do for bpf. */
  AUTO_CLOSE int directory = openat(cgroup, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return fail(c, "openat", errno, "cgroup");
  struct bpf_load load = {.type = BPF_PROG_TYPE_CGROUP_DEVICE_,
                          .instruction_count = a->program.size / 8,
                          .instructions = (uint64_t)(uintptr_t)a->program.data,
                          .license = (uint64_t)(uintptr_t) "Apache-2.0"};
  AUTO_CLOSE int program = (int)syscall(SYS_bpf, BPF_PROG_LOAD_, &load, sizeof(load));
  if (program < 0) return fail(c, "bpf", errno, "load %u instructions", load.instruction_count);
  struct bpf_attach attach = {.target = (uint32_t)directory,
                              .program = (uint32_t)program,
                              .type = BPF_CGROUP_DEVICE_,
                              .flags = BPF_F_ALLOW_MULTI_};
  if (syscall(SYS_bpf, BPF_PROG_ATTACH_, &attach, sizeof(attach)) != 0)
    return fail(c, "bpf", errno, "attach the device filter");
  return 0;
}
