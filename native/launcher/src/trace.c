#include "trace.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "context.h"
#include "generated/plan_ops.h"
#include "kernel.h"

static uint64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void trace_begin(struct context *c) {
  if (c->trace != NULL) c->trace[c->step + 1].begun = now_ns();
}

void trace_end(struct context *c) {
  if (c->trace != NULL) c->trace[c->step + 1].ended = now_ns();
}

static size_t trace_size(const struct context *c) {
  size_t steps = 1;
  for (int phase = PHASE_HOST; phase <= PHASE_START; phase++) steps += c->plan.count[phase];
  return steps * sizeof(struct trace_times);
}

void trace_close(struct context *c) {
  if (c->trace != NULL) munmap(c->trace, trace_size(c));
  c->trace = NULL;
}

static int map_trace(struct context *c, int fd) {
  void *mapped = mmap(NULL, trace_size(c), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (mapped == MAP_FAILED) return fail(c, "mmap", errno, "times of steps");
  c->trace = mapped;
  return 0;
}

int op_trace(struct context *c, const struct op_trace *a) {
  int fd = (int)syscall(SYS_openat, AT_FDCWD, a->path,
                        O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0) return fail(c, "openat", errno, "%s", a->path);
  if (keep(c, a->slot, fd) != 0) return -1;
  if (ftruncate(fd, (off_t)trace_size(c)) != 0) return fail(c, "ftruncate", errno, "%s", a->path);
  if (map_trace(c, fd) != 0) return -1;
  c->trace[0].begun = (uint64_t)getpid();
  return 0;
}

int op_join_trace(struct context *c, const struct op_join_trace *a) {
  int fd = slot_fd(c, a->slot);
  return fd < 0 ? -1 : map_trace(c, fd);
}
