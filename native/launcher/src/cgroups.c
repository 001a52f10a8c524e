/* Cgroups as directories. What is written into them is the plan's. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
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
    if (size < 0) return errno == ENODEV ? 0 : errno;
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

static int remove_cgroup_at(int parent, const char *name, int depth);

static int remove_below(int directory, int depth) {
  int listed = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *entries = listed < 0 ? NULL : fdopendir(listed);
  if (entries == NULL) {
    int error = errno;
    close_fd(&listed);
    return error;
  }
  int error = 0;
  for (struct dirent *e; error == 0 && (e = readdir(entries)) != NULL;) {
    if (e->d_type == DT_DIR && strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
      error = remove_cgroup_at(directory, e->d_name, depth + 1);
  }
  closedir(entries);
  return error;
}

static int remove_cgroup_at(int parent, const char *name, int depth) {
  if (unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT) return 0;
  if (errno != EBUSY && errno != ENOTEMPTY) return errno;
  if (depth > 64) return ELOOP;
  AUTO_CLOSE int directory = openat(parent, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (directory < 0) return errno == ENOENT ? 0 : errno;
  /* The kernel lets go of a cgroup a moment after its last process has ended. */
  for (long wait_ms = 1; wait_ms <= 1024; wait_ms *= 2) {
    int error = empty_cgroup(directory);
    if (error == 0) error = remove_below(directory, depth);
    if (error != 0 && error != EBUSY) return error;
    if (unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT) return 0;
    if (errno != EBUSY) return errno;
    struct timespec pause = {wait_ms / 1000, wait_ms % 1000 * 1000000};
    nanosleep(&pause, NULL);
  }
  return EBUSY;
}

void remove_made(struct context *c) {
  /* All of it is a moment old and was made by us alone; what else has come there since is not ours
   * to tell of, as there is a failure to be told of already. */
  while (c->made_count > 0) remove_cgroup_at(AT_FDCWD, c->made[--c->made_count], 0);
}

int op_remove_cgroup(struct context *c, const struct op_remove_cgroup *a) {
  int error = remove_cgroup_at(AT_FDCWD, a->path, 0);
  return error == 0 ? 0 : fail(c, "rmdir", error, "%s", a->path);
}

int op_empty_cgroup(struct context *c, const struct op_empty_cgroup *a) {
  AUTO_CLOSE int directory = open_file(a->path, O_PATH | O_DIRECTORY | O_NOFOLLOW);
  if (directory < 0) return errno == ENOENT ? 0 : fail(c, "open", errno, "%s", a->path);
  int error = empty_cgroup(directory);
  if (error == 0) error = remove_below(directory, 0);
  return error == 0 ? 0 : fail(c, "rmdir", error, "%s", a->path);
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
