/* How the kernel treats the process: its scheduling, input and output, CPUs, memory, personality.
 */
#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/personality.h>
#include <unistd.h>

#include "context.h"
#include "generated/plan_ops.h"
#include "kernel.h"

/* The first version of it, which every kernel takes. */
struct scheduler_attributes {
  uint32_t size;
  uint32_t policy;
  uint64_t flags;
  int32_t nice;
  uint32_t priority;
  uint64_t runtime;
  uint64_t deadline;
  uint64_t period;
};

enum { IOPRIO_WHO_PROCESS_ = 1, IOPRIO_CLASS_SHIFT_ = 13 };

/* Whom a step is about: in the host phase the launched process, else the process itself. */
static pid_t whom(const struct context *c) { return c->phase == PHASE_HOST ? c->child : 0; }

int op_set_scheduler(struct context *c, const struct op_set_scheduler *a) {
  struct scheduler_attributes attributes = {.size = sizeof(attributes),
                                            .policy = a->policy,
                                            .flags = a->flags,
                                            .nice = (int32_t)a->nice,
                                            .priority = a->priority,
                                            .runtime = a->runtime,
                                            .deadline = a->deadline,
                                            .period = a->period};
  if (syscall(SYS_sched_setattr, whom(c), &attributes, 0) == 0) return 0;
  return fail(c, "sched_setattr", errno, "%s", "");
}

int op_set_io_priority(struct context *c, const struct op_set_io_priority *a) {
  uint32_t priority = a->class << IOPRIO_CLASS_SHIFT_ | a->level;
  if (syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS_, whom(c), priority) == 0) return 0;
  return fail(c, "ioprio_set", errno, "%s", "");
}

/* More than any kernel is built for. */
enum { MASK_MAX = 8192 / 8 };

int op_set_affinity(struct context *c, const struct op_set_affinity *a) {
  unsigned char all[MASK_MAX];
  memset(all, 0xff, sizeof(all));
  const void *mask = a->mask.size == 0 ? all : a->mask.data;
  size_t size = a->mask.size == 0 ? sizeof(all) : a->mask.size;
  if (syscall(SYS_sched_setaffinity, 0, size, mask) == 0) return 0;
  return fail(c, "sched_setaffinity", errno, "%s", "");
}

int op_set_personality(struct context *c, const struct op_set_personality *a) {
  return personality(a->persona) >= 0 ? 0 : fail(c, "personality", errno, "%s", "");
}

int op_set_memory_policy(struct context *c, const struct op_set_memory_policy *a) {
  uint32_t size = a->mask.size;
  /* The kernel takes one bit less than it is told. */
  long result = syscall(SYS_set_mempolicy, a->mode | a->flags, size == 0 ? NULL : a->mask.data,
                        size == 0 ? 0 : size * 8ul + 1);
  return result == 0 ? 0 : fail(c, "set_mempolicy", errno, "%s", "");
}
