/* Who listens to a seccomp filter: the descriptor of its notifications on its way out. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "context.h"
#include "generated/plan_ops.h"
#include "kernel.h"
#include "sync.h"

int op_offer_listener(struct context *c, const struct op_offer_listener *a) {
  int listener = slot_fd(c, a->listener);
  if (listener < 0) return -1;
  if (tell_parent(c, MESSAGE_LISTENER, (uint32_t)listener) != 0) return -1;
  if (await_parent(c, MESSAGE_PASS, a->gate) != 0) return -1;
  /* As long as one of ours is open, calls would wait for a listener that has gone. */
  close_fd(&c->slots[a->listener]);
  return 0;
}

int op_take_listener(struct context *c, const struct op_take_listener *a) {
  uint32_t theirs;
  if (await_child_value(c, MESSAGE_LISTENER, &theirs) != 0) return -1;
  int listener = (int)syscall(SYS_pidfd_getfd, c->pidfd, theirs, 0);
  if (listener < 0) return fail(c, "pidfd_getfd", errno, "seccomp listener");
  return keep(c, a->slot, listener);
}

static int send_all(int socket, const char *text, size_t size, int fd) {
  union {
    char bytes[CMSG_SPACE(sizeof(int))];
    struct cmsghdr align;
  } control = {{0}};
  struct iovec data = {(void *)text, size};
  struct msghdr packet = {.msg_iov = &data,
                          .msg_iovlen = 1,
                          .msg_control = control.bytes,
                          .msg_controllen = sizeof(control.bytes)};
  struct cmsghdr *header = CMSG_FIRSTHDR(&packet);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  memcpy(CMSG_DATA(header), &fd, sizeof(int));
  while (size > 0) {
    ssize_t sent = sendmsg(socket, &packet, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return -1;
    size -= (size_t)sent;
    data = (struct iovec){(char *)data.iov_base + sent, size};
    /* With the first part only. */
    packet.msg_control = NULL;
    packet.msg_controllen = 0;
  }
  return 0;
}

int op_send_descriptor(struct context *c, const struct op_send_descriptor *a) {
  int socket = slot_fd(c, a->socket);
  int descriptor = slot_fd(c, a->descriptor);
  if (socket < 0 || descriptor < 0) return -1;
  size_t size = strlen(a->text) + 64;
  char *text = malloc(size);
  if (text == NULL) return fail(c, "malloc", ENOMEM, "state");
  int result = expand(c, a->text, text, size);
  if (result == 0 && send_all(socket, text, strlen(text), descriptor) != 0)
    result = fail(c, "sendmsg", errno, "%s", "");
  free(text);
  close_fd(&c->slots[a->descriptor]);
  close_fd(&c->slots[a->socket]);
  return result;
}
