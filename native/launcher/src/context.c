#include "context.h"

#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "generated/plan_ops.h"
#include "kernel.h"
#include "text.h"

void context_init(struct context *c, struct launch_failure *failure) {
  memset(c, 0, sizeof(*c));
  memset(failure, 0, sizeof(*failure));
  failure->step = -1;
  c->failure = failure;
  c->step = -1;
  c->from = "";
  for (int i = 0; i < SLOTS; i++) c->slots[i] = -1;
  c->sync = c->pidfd = c->terminal = c->hidden = c->null = c->report = c->image_fd = -1;
  c->criu = c->criu_socket = -1;
}

void context_close(struct context *c) {
  trace_close(c);
  for (int i = 0; i < SLOTS; i++) close_fd(&c->slots[i]);
}

static void copy_text(char *into, size_t size, const char *text) {
  size_t length = strnlen(text, size - 1);
  memcpy(into, text, length);
  into[length] = 0;
}

int fail(struct context *c, const char *syscall, int error, const char *form, ...) {
  struct launch_failure *failure = c->failure;
  failure->step = c->step;
  failure->error = error;
  copy_text(failure->syscall, sizeof(failure->syscall), syscall);
  copy_text(failure->from, sizeof(failure->from), c->from);
  va_list arguments;
  va_start(arguments, form);
  format_list(failure->detail, sizeof(failure->detail), form, arguments);
  va_end(arguments);
  return -1;
}

int run_phase(struct context *c, enum phase phase) {
  size_t offset = c->plan.offset[phase];
  int32_t first = 0;
  for (int before = PHASE_HOST; before < (int)phase; before++)
    first += (int32_t)c->plan.count[before];
  c->phase = phase;
  for (uint32_t i = 0; i < c->plan.count[phase]; i++) {
    struct step step;
    union any_op arguments;
    c->step = first + (int32_t)i;
    c->from = "";
    const char *wrong = plan_step(&c->plan, phase, offset, &step);
    if (wrong == NULL) wrong = plan_decode(&step, &arguments);
    if (wrong != NULL) return fail(c, "", 0, "%s", wrong);
    c->from = step.from;
    trace_begin(c);
    if (step.op->run(c, &arguments) != 0) return -1;
    trace_end(c);
    offset = step.next;
  }
  c->step = -1;
  c->from = "";
  return 0;
}

void note_made(struct context *c, const char *path) {
  if (c->made_count < MADE) c->made[c->made_count++] = path;
}

bool was_made(const struct context *c, const char *file) {
  const char *slash = strrchr(file, '/');
  size_t length = slash == NULL ? 0 : (size_t)(slash - file);
  for (uint32_t i = 0; i < c->made_count; i++) {
    if (strlen(c->made[i]) == length && memcmp(c->made[i], file, length) == 0) return true;
  }
  return false;
}

int keep(struct context *c, uint32_t slot, int fd) {
  if (slot >= SLOTS || c->slots[slot] >= 0) {
    close(fd);
    return fail(c, "", 0, "slot %u is not free", slot);
  }
  c->slots[slot] = fd;
  return 0;
}

int slot_fd(struct context *c, uint32_t slot) {
  if (slot >= SLOTS || c->slots[slot] < 0) return fail(c, "", 0, "slot %u is empty", slot);
  return c->slots[slot];
}

int expand(struct context *c, const char *template, char *into, size_t size) {
  size_t used = 0;
  for (const char *at = template; *at != 0; at++) {
    if (*at != 1) {
      if (used + 1 >= size) return fail(c, "", ENAMETOOLONG, "%.64s", template);
      into[used++] = *at;
      continue;
    }
    pid_t pid = c->phase == PHASE_HOST ? c->child : getpid();
    size_t length = format(into + used, size - used, "%d", (int)pid);
    if (length >= size - used) return fail(c, "", ENAMETOOLONG, "%.64s", template);
    used += length;
  }
  into[used] = 0;
  return 0;
}

void close_fd(int *fd) {
  if (*fd >= 0) close(*fd);
  *fd = -1;
}

/* The usual soft limit is 1024. */
enum { SPARED_FDS = 256 };

void spare_fd(int *fd) {
  if (*fd >= SPARED_FDS) close(*fd);
}
