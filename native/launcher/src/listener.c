/* Who listens to a seccomp filter: the descriptor of its notifications on its way out. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "context.h"
#include "generated/plan_ops.h"
#include "kernel.h"
#include "send-descriptor.h"
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

int op_send_descriptor(struct context *c, const struct op_send_descriptor *a) {
  int socket = slot_fd(c, a->socket);
  int descriptor = slot_fd(c, a->descriptor);
  if (socket < 0 || descriptor < 0) return -1;
  size_t size = strlen(a->text) + 64;
  char *text = malloc(size);
  if (text == NULL) return fail(c, "malloc", ENOMEM, "state");
  int result = expand(c, a->text, text, size);
  if (result == 0 && send_descriptor(socket, text, strlen(text), descriptor) != 0)
    result = fail(c, "sendmsg", errno, "%s", "");
  free(text);
  close_fd(&c->slots[a->descriptor]);
  close_fd(&c->slots[a->socket]);
  return result;
}
