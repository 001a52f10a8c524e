#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "generated/plan_ops.h"
#include "kernel.h"
#include "send-descriptor.h"
#include "text.h"

/* Field 22 of /proc/PID/stat counts from the closing parenthesis: the name before it may hold
 * anything. */
enum { FIELDS_AFTER_NAME = 20 };

int start_time_of(pid_t pid, uint64_t *start_time) {
  char path[32], text[1024];
  format(path, sizeof(path), "/proc/%d/stat", (int)pid);
  AUTO_CLOSE int fd = open_file(path, O_RDONLY);
  if (fd < 0) return errno == ENOENT ? ESRCH : errno;
  ssize_t size = read(fd, text, sizeof(text) - 1);
  if (size < 0) return errno;
  text[size] = 0;
  char *at = strrchr(text, ')');
  for (int i = 0; at != NULL && i < FIELDS_AFTER_NAME; i++) at = strchr(at + 1, ' ');
  const char *number = at == NULL ? "" : at + 1;
  long ticks;
  if (!parse_number(&number, &ticks)) return EPROTO;
  *start_time = (uint64_t)ticks;
  return 0;
}

int open_process(pid_t pid, uint64_t start_time) {
  AUTO_CLOSE int pidfd = pidfd_open(pid);
  if (pidfd < 0) return -1;
  uint64_t found = 0;
  int error = start_time_of(pid, &found);
  if (error != 0 || found != start_time) {
    errno = error != 0 ? error : ESRCH;
    return -1;
  }
  int result = pidfd;
  pidfd = -1;
  return result;
}

int op_open_process(struct context *c, const struct op_open_process *a) {
  int pidfd = open_process((pid_t)a->pid, a->start_time);
  if (pidfd < 0) return fail(c, "pidfd_open", errno, "process %u", a->pid);
  return keep(c, a->slot, pidfd);
}

int op_signal_process(struct context *c, const struct op_signal_process *a) {
  AUTO_CLOSE int pidfd = open_process((pid_t)a->pid, a->start_time);
  if (pidfd < 0) return fail(c, "pidfd_open", errno, "process %u", a->pid);
  if (pidfd_send_signal(pidfd, (int)a->signal) != 0)
    return fail(c, "pidfd_send_signal", errno, "process %u", a->pid);
  return 0;
}

int op_await_exit(struct context *c, const struct op_await_exit *a) {
  AUTO_CLOSE int pidfd = open_process((pid_t)a->pid, a->start_time);
  if (pidfd < 0) {
    if (errno == ESRCH) return 0;
    return fail(c, "pidfd_open", errno, "process %u", a->pid);
  }
  struct pollfd ended = {.fd = pidfd, .events = POLLIN};
  int ready;
  do ready = poll(&ended, 1, (int)a->timeout_ms);
  while (ready < 0 && errno == EINTR);
  if (ready < 0) return fail(c, "poll", errno, "process %u", a->pid);
  if (ready == 0) return fail(c, "poll", ETIMEDOUT, "process %u", a->pid);
  return 0;
}

int op_send_pidfd(struct context *c, const struct op_send_pidfd *a) {
  static const char name[] = "pidfd";
  int socket = slot_fd(c, a->socket);
  if (socket < 0) return -1;
  /* Of this very process, by the number it has in its own namespace. */
  AUTO_CLOSE int pidfd = pidfd_open(getpid());
  if (pidfd < 0) return fail(c, "pidfd_open", errno, "%s", "");
  if (send_descriptor(socket, name, sizeof(name) - 1, pidfd) != 0)
    return fail(c, "sendmsg", errno, "pidfd socket");
  close_fd(&c->slots[a->socket]);
  return 0;
}
