#include "init.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "context.h"
#include "generated/plan_ops.h"
#include "kernel.h"
#include "sync.h"
#include "text.h"

/* What callers know from runc for a program that could not be executed. */
enum { EXIT_NOT_STARTED = 255 };

/* Ends the process, whatever its seccomp filter refuses: the C library would ask for ever. */
static _Noreturn void end_process(int code) {
  syscall(SYS_exit_group, code);
  __builtin_trap();
}

void init_sync_variable(char *into, int sync) {
  format(into, INIT_SYNC_SIZE, INIT_SYNC_NAME "=%d", sync);
}

static int receive_plan(struct context *c) {
  struct message message;
  int fd;
  int got = sync_receive(c->sync, &message, &fd);
  if (got == 0) end_process(1);
  if (got < 0 || message.type != MESSAGE_HELLO)
    return fail(c, "recvmsg", got < 0 ? -got : EPROTO, "greeting");
  const struct hello *hello = &message.as.hello;
  if (close_range_cloexec(3 + hello->preserve) != 0)
    return fail(c, "close_range", errno, "from %u", 3 + hello->preserve);
  c->preserve = hello->preserve;
  for (int i = 0; i < SLOTS; i++) c->slots[i] = hello->slots[i];

  void *data = mmap(NULL, hello->plan_size, PROT_READ, MAP_PRIVATE, hello->plan, 0);
  if (data == MAP_FAILED) return fail(c, "mmap", errno, "plan");
  const char *wrong = plan_open(&c->plan, data, hello->plan_size);
  return wrong == NULL ? 0 : fail(c, "", 0, "%s", wrong);
}

/* Waits for leave to live on, or to go on at once. */
static int await_leave(struct context *c) {
  struct message message;
  ssize_t size;
  do size = read(c->sync, &message, sizeof(message));
  while (size < 0 && errno == EINTR);
  if (size <= 0) end_process(1);
  if ((size_t)size < sizeof(message.type))
    return fail(c, "", EPROTO, "expected release or start, got %d bytes", (int)size);
  c->released = message.type == MESSAGE_RELEASE;
  if (!c->released && message.type != MESSAGE_START)
    return fail(c, "", EPROTO, "expected release or start, got %u", message.type);
  return 0;
}

static int go(struct context *c) {
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  /* Modes in the plan are exact; the container's own mask is a step of it. */
  umask(0);
  if (receive_plan(c) != 0 || run_phase(c, PHASE_CONTAINER) != 0) return -1;
  if (tell_parent(c, MESSAGE_CREATED, 0) != 0 || await_leave(c) != 0) return -1;
  return run_phase(c, PHASE_START);
}

_Noreturn void init_main(int sync) {
  struct launch_failure failure;
  struct context context;
  context_init(&context, &failure);
  context.sync = sync;
  go(&context);
  report_failure(&context);
  end_process(EXIT_NOT_STARTED);
}

static bool is_kept(const struct context *c, const struct op_close_slots *a, int fd) {
  if (fd == c->sync) return true;
  for (uint32_t i = 0; i < a->keep.count; i++) {
    if (a->keep.items[i] < SLOTS && c->slots[a->keep.items[i]] == fd) return true;
  }
  return false;
}

int op_close_slots(struct context *c, const struct op_close_slots *a) {
  /* Nothing was closed one by one; what is kept are a few low numbers among them. */
  unsigned first = 3 + c->preserve;
  int highest = c->sync;
  for (int i = 0; i < SLOTS; i++) {
    if (c->slots[i] > highest) highest = c->slots[i];
  }
  for (int fd = (int)first; fd <= highest; fd++) {
    if (!is_kept(c, a, fd)) continue;
    if ((unsigned)fd > first && close_range_now(first, (unsigned)fd - 1) != 0)
      return fail(c, "close_range", errno, "from %u", first);
    first = (unsigned)fd + 1;
  }
  if (close_range_now(first, ~0u) != 0) return fail(c, "close_range", errno, "from %u", first);
  for (int i = 0; i < SLOTS; i++) {
    if (!is_kept(c, a, c->slots[i])) c->slots[i] = -1;
  }
  c->hidden = c->null = -1;
  return 0;
}

static void end_of_signal(int number) { end_process(128 + number); }

/* The first process of a pid namespace gets no signal that it has not asked for, SIGKILL apart:
 * what waits here would outlive every polite request to end. Exec puts all of it back. */
static void mind_signals(void) {
  static const int polite[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM};
  for (size_t i = 0; i < sizeof(polite) / sizeof(polite[0]); i++) {
    struct sigaction action;
    if (sigaction(polite[i], NULL, &action) != 0 || action.sa_handler != SIG_DFL) continue;
    action = (struct sigaction){.sa_handler = end_of_signal};
    sigaction(polite[i], &action, NULL);
  }
}

int op_await_start(struct context *c, const struct op_await_start *a) {
  if (!c->released) return 0;
  int reader = slot_fd(c, a->reader);
  int writer = slot_fd(c, a->writer);
  if (reader < 0 || writer < 0) return -1;
  /* From here on nobody reads the socket. The reading end stays open until exec closes it: that is
   * how `start` sees that the program runs. */
  close_fd(&c->sync);
  c->report = writer;
  mind_signals();
  char go_on;
  ssize_t size;
  do size = read(reader, &go_on, 1);
  while (size < 0 && errno == EINTR);
  return size == 1 ? 0 : fail(c, "read", size < 0 ? errno : EPIPE, "fifo");
}
