#include "sync.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "generated/plan_ops.h"
#include "kernel.h"
#include "process.h"
#include "relay.h"
#include "send-descriptor.h"

static size_t message_size(uint32_t type) {
  switch (type) {
    case MESSAGE_HELLO:
      return offsetof(struct message, as) + sizeof(struct hello);
    case MESSAGE_FAILED:
      return offsetof(struct message, as) + sizeof(struct launch_failure);
    default:
      return offsetof(struct message, as);
  }
}

int tell_parent(struct context *c, uint32_t type, uint32_t value) {
  struct message message = {.type = type, .value = value};
  /* write, not send: all that C needs once a seccomp filter is loaded is read, write and execve.
   * That SIGPIPE ends it when its parent is gone is wanted. */
  if (write(c->sync, &message, message_size(type)) < 0)
    return fail(c, "write", errno, "synchronisation socket");
  return 0;
}

static int child_unreachable(struct context *c, const char *syscall) {
  if (errno != EPIPE && errno != ECONNRESET)
    return fail(c, syscall, errno, "synchronisation socket");
  /* It has ended; what it said last, or how it ended, is the failure. */
  return await_child(c, MESSAGE_NONE, 0);
}

int tell_child(struct context *c, const struct message *message) {
  if (send(c->sync, message, message_size(message->type), MSG_NOSIGNAL) >= 0) return 0;
  return child_unreachable(c, "send");
}

/* As many as one message carries. */
enum { RIGHTS_MAX = 253 };

union rights {
  char bytes[CMSG_SPACE(RIGHTS_MAX * sizeof(int))];
  struct cmsghdr align;
};

/* Sends a message that is a head only with file descriptors; answers 0, or -1 with errno. */
static int send_rights(int sync, const struct message *head, const int *fds, size_t count,
                       int flags) {
  if (count > RIGHTS_MAX) {
    errno = E2BIG;
    return -1;
  }
  struct iovec data = {(void *)head, message_size(head->type)};
  union rights control;
  memset(&control, 0, sizeof(control));
  struct msghdr packet = {.msg_iov = &data,
                          .msg_iovlen = 1,
                          .msg_control = control.bytes,
                          .msg_controllen = (socklen_t)CMSG_SPACE(count * sizeof(int))};
  struct cmsghdr *header = CMSG_FIRSTHDR(&packet);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = (socklen_t)CMSG_LEN(count * sizeof(int));
  memcpy(CMSG_DATA(header), fds, count * sizeof(int));
  return sendmsg(sync, &packet, flags) < 0 ? -1 : 0;
}

int hand_to_parent(struct context *c, uint32_t type, int fd) {
  struct message head = {.type = type};
  if (send_rights(c->sync, &head, &fd, 1, 0) == 0) return 0;
  return fail(c, "sendmsg", errno, "synchronisation socket");
}

int op_give_descriptors(struct context *c, const struct op_give_descriptors *a) {
  struct message head = {.type = MESSAGE_DESCRIPTORS, .value = a->gate};
  int fds[RIGHTS_MAX];
  if (a->slots.count > RIGHTS_MAX) return fail(c, "sendmsg", E2BIG, "%u slots", a->slots.count);
  for (uint32_t i = 0; i < a->slots.count; i++) {
    fds[i] = slot_fd(c, a->slots.items[i]);
    if (fds[i] < 0) return -1;
  }
  int result = send_rights(c->sync, &head, fds, a->slots.count, MSG_NOSIGNAL) == 0
                   ? 0
                   : child_unreachable(c, "sendmsg");
  for (uint32_t i = 0; i < a->slots.count; i++) close_fd(&c->slots[a->slots.items[i]]);
  return result;
}

int op_receive_descriptors(struct context *c, const struct op_receive_descriptors *a) {
  struct message message = {0};
  struct iovec data = {&message, sizeof(message)};
  union rights control;
  struct msghdr packet = {.msg_iov = &data,
                          .msg_iovlen = 1,
                          .msg_control = control.bytes,
                          .msg_controllen = sizeof(control.bytes)};
  ssize_t size;
  do size = recvmsg(c->sync, &packet, MSG_CMSG_CLOEXEC);
  while (size < 0 && errno == EINTR);
  /* The launching process is gone, and nobody knows of this one: end with it. */
  if (size <= 0) _exit(1);
  if (message.type != MESSAGE_DESCRIPTORS || message.value != a->gate)
    return fail(c, "", EPROTO, "expected message %u:%u, got %u:%u", MESSAGE_DESCRIPTORS, a->gate,
                message.type, message.value);
  struct cmsghdr *header = CMSG_FIRSTHDR(&packet);
  size_t wanted = a->slots.count * sizeof(int);
  if (header == NULL || header->cmsg_type != SCM_RIGHTS || header->cmsg_len != CMSG_LEN(wanted))
    return fail(c, "recvmsg", EPROTO, "%u descriptors", a->slots.count);
  for (uint32_t i = 0; i < a->slots.count; i++) {
    int fd;
    memcpy(&fd, CMSG_DATA(header) + i * sizeof(int), sizeof(fd));
    if (keep(c, a->slots.items[i], fd) != 0) return -1;
  }
  return 0;
}

int sync_receive(int sync, struct message *message, int *fd) {
  struct iovec data = {message, sizeof(*message)};
  union {
    char bytes[CMSG_SPACE(sizeof(int))];
    struct cmsghdr align;
  } control;
  struct msghdr packet = {.msg_iov = &data,
                          .msg_iovlen = 1,
                          .msg_control = control.bytes,
                          .msg_controllen = sizeof(control.bytes)};
  ssize_t size;
  *fd = -1;
  /* ECONNRESET tells that the other side ended without reading all of ours; what it said itself is
   * still there to be received. */
  do size = recvmsg(sync, &packet, MSG_CMSG_CLOEXEC);
  while (size < 0 && (errno == EINTR || errno == ECONNRESET));
  if (size < 0) return -errno;
  /* An empty packet, which looks like the end, may have brought some too. */
  *fd = received_descriptor(&packet);
  if (size == 0) {
    close_fd(fd);
    return 0;
  }
  if ((size_t)size < offsetof(struct message, as) || (size_t)size != message_size(message->type)) {
    close_fd(fd);
    return -EPROTO;
  }
  return 1;
}

int await_parent(struct context *c, uint32_t type, uint32_t value) {
  struct message message;
  ssize_t size;
  do size = read(c->sync, &message, sizeof(message));
  while (size < 0 && errno == EINTR);
  /* The launching process is gone, and nobody knows of this one: end with it. */
  if (size <= 0) _exit(1);
  if ((size_t)size < offsetof(struct message, as) || message.type != type || message.value != value)
    return fail(c, "", EPROTO, "expected message %u:%u, got %u:%u", type, value, message.type,
                message.value);
  return 0;
}

void end_texts(struct launch_failure *failure) {
  failure->syscall[sizeof(failure->syscall) - 1] = 0;
  failure->from[sizeof(failure->from) - 1] = 0;
  failure->detail[sizeof(failure->detail) - 1] = 0;
}

static int child_ended(struct context *c) {
  siginfo_t info = {0};
  if (waitid(P_PIDFD, (id_t)c->pidfd, &info, WEXITED) != 0)
    return fail(c, "waitid", errno, "process %d", (int)c->child);
  close_fd(&c->pidfd);
  c->child = 0;
  if (info.si_code == CLD_EXITED)
    return fail(c, "", 0, "the process ended with exit status %d before it was set up",
                info.si_status);
  return fail(c, "", 0, "the process was killed by signal %d%s before it was set up",
              info.si_status, info.si_status == 9 ? " (by the memory limit, perhaps)" : "");
}

/* The process goes on as a sibling of itself. */
static int child_forked(struct context *c, pid_t successor) {
  int pidfd = pidfd_open(successor);
  if (pidfd < 0) return fail(c, "pidfd_open", errno, "process %d", (int)successor);
  siginfo_t info = {0};
  if (waitid(P_PIDFD, (id_t)c->pidfd, &info, WEXITED) != 0) {
    close(pidfd);
    return fail(c, "waitid", errno, "process %d", (int)c->child);
  }
  close(c->pidfd);
  c->pidfd = pidfd;
  c->child = successor;
  struct message pass = {.type = MESSAGE_PASS, .value = GATE_FORKED};
  return tell_child(c, &pass);
}

int await_child_value(struct context *c, uint32_t type, uint32_t *value) {
  for (;;) {
    struct message message;
    int fd;
    int got = sync_receive(c->sync, &message, &fd);
    if (got == 0) return child_ended(c);
    if (got < 0) return fail(c, "recvmsg", -got, "synchronisation socket");
    if (message.type == MESSAGE_TERMINAL && fd >= 0 && c->terminal < 0) {
      c->terminal = fd;
      prepare_terminal(fd);
      continue;
    }
    close_fd(&fd);
    if (message.type == MESSAGE_FAILED) {
      *c->failure = message.as.failure;
      end_texts(c->failure);
      return -1;
    }
    if (message.type == MESSAGE_FORKED) {
      if (child_forked(c, (pid_t)message.value) != 0) return -1;
      continue;
    }
    *value = message.value;
    if (message.type == type) return 0;
    return fail(c, "", EPROTO, "expected message %u, got %u:%u", type, message.type, message.value);
  }
}

int await_child(struct context *c, uint32_t type, uint32_t value) {
  uint32_t got = 0;
  if (await_child_value(c, type, &got) != 0) return -1;
  if (got == value) return 0;
  return fail(c, "", EPROTO, "expected message %u:%u, got %u:%u", type, value, type, got);
}

void report_failure(struct context *c) {
  struct message message = {.type = MESSAGE_FAILED, .as.failure = *c->failure};
  if (c->report >= 0) {
    /* Smaller than PIPE_BUF, so it is there whole or not at all. */
    ssize_t written = write(c->report, c->failure, sizeof(*c->failure));
    (void)written; /* nobody else is left to tell */
  } else {
    ssize_t written = write(c->sync, &message, message_size(message.type));
    (void)written;
  }
}

int greet_child(struct context *c) {
  struct message greeting = {.type = MESSAGE_HELLO, .as.hello = c->hello};
  return tell_child(c, &greeting);
}

int op_pass(struct context *c, const struct op_pass *a) {
  if (c->phase == PHASE_CONTAINER) return tell_parent(c, MESSAGE_PASS, a->gate);
  struct message message = {.type = MESSAGE_PASS, .value = a->gate};
  if (tell_child(c, &message) != 0) return -1;
  return a->gate == GATE_IDS ? greet_child(c) : 0;
}

int op_await(struct context *c, const struct op_await *a) {
  return c->phase == PHASE_HOST ? await_child(c, MESSAGE_PASS, a->gate)
                                : await_parent(c, MESSAGE_PASS, a->gate);
}
