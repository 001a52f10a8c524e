/* Feeds the server with requests of any kind, in pieces of any size. What they ask for is played:
 * it must stay within what it was sent, and answer in whole frames that a brain can read. */
#include <errno.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "launch.h"
#include "relay.h"
#include "server.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

/* Far from every descriptor that is open. */
enum { SOCKET = 1 << 20, PLAYED = 2 << 20 };

static const unsigned char *input;
static size_t left;
static bool serving;
static jmp_buf ended;
static unsigned turn;

static struct {
  uint32_t size, type;
  unsigned char body[4096];
} reply;
static size_t replied;

static void require(bool holds) {
  if (!holds) abort();
}

/* The bytes of a failure: two numbers and three texts, each with its NUL. */
static void check_failure(const unsigned char *body, size_t size) {
  require(size >= 2 * sizeof(int32_t));
  const unsigned char *at = body + 2 * sizeof(int32_t), *end = body + size;
  for (int i = 0; i < 3; i++) {
    const unsigned char *nul = memchr(at, 0, (size_t)(end - at));
    require(nul != NULL);
    at = nul + 1;
  }
  require(at == end);
}

static void check_reply(void) {
  switch (reply.type) {
    case 100:
      require(reply.size == 0);
      break;
    case 101:
      check_failure(reply.body, reply.size);
      break;
    case 103:
      require(reply.size >= 8);
      if (reply.size > 8) check_failure(reply.body + 8, reply.size - 8);
      break;
    case 102:
    case 104:
      require(reply.size == 12);
      break;
    default:
      abort();
  }
}

static unsigned long sum;

/* Reads all that was given: a byte too far is seen. */
static int play(const void *data, size_t size, struct launch_failure *failure) {
  for (size_t i = 0; i < size; i++) sum += ((const unsigned char *)data)[i];
  if (turn++ % 3 != 2) return 0;
  /* The longest there is. */
  memset(failure, 'x', sizeof(*failure));
  failure->syscall[sizeof(failure->syscall) - 1] = 0;
  failure->from[sizeof(failure->from) - 1] = 0;
  failure->detail[sizeof(failure->detail) - 1] = 0;
  return -1;
}

ssize_t __real_read(int fd, void *into, size_t size);
ssize_t __wrap_read(int fd, void *into, size_t size);
ssize_t __wrap_read(int fd, void *into, size_t size) {
  if (fd != SOCKET) return __real_read(fd, into, size);
  if (left == 0 || size == 0) return 0;
  if (turn++ % 5 == 4) {
    errno = EINTR;
    return -1;
  }
  size_t piece = 1 + left % 37;
  if (piece > size) piece = size;
  if (piece > left) piece = left;
  memcpy(into, input, piece);
  input += piece;
  left -= piece;
  return (ssize_t)piece;
}

ssize_t __wrap_send(int fd, const void *data, size_t size, int flags);
ssize_t __wrap_send(int fd, const void *data, size_t size, int flags) {
  (void)flags;
  size_t piece = turn++ % 4 == 3 && size > 1 ? size / 2 : size;
  require(fd == SOCKET && piece <= sizeof(reply) - replied);
  memcpy((unsigned char *)&reply + replied, data, piece);
  replied += piece;
  if (replied >= 8 && replied >= 8 + (size_t)reply.size) {
    require(replied == 8 + (size_t)reply.size);
    check_reply();
    replied = 0;
  }
  return (ssize_t)piece;
}

int __real_dup2(int from, int to);
int __wrap_dup2(int from, int to);
int __wrap_dup2(int from, int to) { return serving ? to : __real_dup2(from, to); }

int __wrap_pipe2(int *ends, int flags);
int __wrap_pipe2(int *ends, int flags) {
  (void)flags;
  if (turn++ % 7 == 6) {
    errno = EMFILE;
    return -1;
  }
  ends[0] = PLAYED;
  ends[1] = PLAYED + 1;
  return 0;
}

_Noreturn void __real__exit(int status);
_Noreturn void __wrap__exit(int status);
_Noreturn void __wrap__exit(int status) {
  if (!serving) __real__exit(status);
  longjmp(ended, 1);
}

int __wrap_launch(const struct launch_image *image, const void *plan, size_t size,
                  struct launched *launched, struct launch_failure *failure);
int __wrap_launch(const struct launch_image *image, const void *plan, size_t size,
                  struct launched *launched, struct launch_failure *failure) {
  require(image == NULL && launched->pid == 0);
  *launched = (struct launched){.pid = 2,
                                .start_time = 1ull << 40,
                                .pidfd = PLAYED,
                                .sync = turn % 4 == 3 ? -1 : PLAYED,
                                .terminal = turn % 2 == 0 ? -1 : PLAYED,
                                .image = -1};
  return play(plan, size, failure);
}

int __wrap_launch_perform(const void *plan, size_t size, struct launch_failure *failure);
int __wrap_launch_perform(const void *plan, size_t size, struct launch_failure *failure) {
  return play(plan, size, failure);
}

int __wrap_launch_open(const char *fifo, struct launch_failure *failure);
int __wrap_launch_open(const char *fifo, struct launch_failure *failure) {
  return play(fifo, strlen(fifo) + 1, failure);
}

int __wrap_launch_release(struct launched *launched, struct launch_failure *failure);
int __wrap_launch_release(struct launched *launched, struct launch_failure *failure) {
  require(launched->sync >= 0);
  launched->sync = -1;
  return play(NULL, 0, failure);
}

int __wrap_launch_start(struct launched *launched, struct launch_failure *failure);
int __wrap_launch_start(struct launched *launched, struct launch_failure *failure) {
  require(launched->pidfd >= 0);
  launched->sync = -1;
  return play(NULL, 0, failure);
}

void __wrap_launch_detach(struct launched *launched);
void __wrap_launch_detach(struct launched *launched) {
  launched->sync = launched->pidfd = launched->terminal = launched->image = -1;
}

void __wrap_launch_abandon(struct launched *launched);
void __wrap_launch_abandon(struct launched *launched) { __wrap_launch_detach(launched); }

int __wrap_relay(struct launched *launched, const struct relay_control *control,
                 struct launch_status *status, struct launch_failure *failure);
int __wrap_relay(struct launched *launched, const struct relay_control *control,
                 struct launch_status *status, struct launch_failure *failure) {
  require(launched->pidfd >= 0 && launched->sync < 0);
  for (int number = 0; number >= 0; number = control->next_signal(control->fd))
    require(number < 65);
  *status = (struct launch_status){0, -1};
  __wrap_launch_detach(launched);
  return play(NULL, 0, failure);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size) {
  input = data;
  left = size;
  turn = 0;
  replied = 0;
  serving = true;
  if (setjmp(ended) == 0) server_main(SOCKET);
  serving = false;
  require(replied == 0);
  return sum == 1 ? 1 : 0;
}
