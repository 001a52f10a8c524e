/* Sends any packets, with descriptors, to whoever in the launcher waits for one: for the launched
 * process, for the launching one, for CRIU. They must be refused or taken, and the launching side
 * must lose no descriptor. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "context.h"
#include "generated/plan_ops.h"
#include "sync.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static bool receiving;
static jmp_buf ended;

/* A process of the container that has lost its parent ends. */
_Noreturn void __real__exit(int status);
_Noreturn void __wrap__exit(int status);
_Noreturn void __wrap__exit(int status) {
  if (!receiving) __real__exit(status);
  longjmp(ended, 1);
}

/* No process is behind any of it. */
int __wrap_waitid(idtype_t type, id_t id, siginfo_t *info, int options);
int __wrap_waitid(idtype_t type, id_t id, siginfo_t *info, int options) {
  (void)type, (void)id, (void)options;
  info->si_code = CLD_EXITED;
  return 0;
}

enum { WATCHED = 128, RIGHTS = 4 };

static bool is_open(int fd) { return fcntl(fd, F_GETFD) >= 0; }

static int any_descriptor(void) { return open("/dev/null", O_RDWR | O_CLOEXEC); }

static void send_packet(int to, const unsigned char *bytes, size_t size, size_t rights) {
  struct iovec data = {(void *)bytes, size};
  union {
    char bytes[CMSG_SPACE(RIGHTS * sizeof(int))];
    struct cmsghdr align;
  } control = {{0}};
  struct msghdr packet = {.msg_iov = &data, .msg_iovlen = 1};
  int fd = any_descriptor();
  if (rights > 0) {
    packet.msg_control = control.bytes;
    packet.msg_controllen = CMSG_SPACE(rights * sizeof(int));
    struct cmsghdr *header = CMSG_FIRSTHDR(&packet);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(rights * sizeof(int));
    for (size_t i = 0; i < rights; i++)
      memcpy(CMSG_DATA(header) + i * sizeof(int), &fd, sizeof(fd));
  }
  sendmsg(to, &packet, MSG_NOSIGNAL | MSG_DONTWAIT);
  close(fd);
}

/* Each packet: eleven bits of size, five of its descriptors, and its bytes. */
static void send_all(int to, const unsigned char *data, size_t size) {
  while (size >= 2) {
    size_t wanted = (size_t)(data[0] | (data[1] & 7) << 8);
    size_t rights = (size_t)(data[1] >> 3) % (RIGHTS + 1);
    data += 2;
    size -= 2;
    if (wanted > size) wanted = size;
    send_packet(to, data, wanted, rights);
    data += wanted;
    size -= wanted;
  }
}

/* Reads what a failure tells, as those do that pass it on. */
static void tell(const struct launch_failure *failure) {
  if (strlen(failure->syscall) + strlen(failure->from) + strlen(failure->detail) >=
      sizeof(*failure))
    abort();
}

static void receive_as_parent(struct context *c, bool restores) {
  uint32_t value;
  if (!restores) {
    c->pidfd = any_descriptor();
    if (await_child_value(c, MESSAGE_LISTENER, &value) != 0) tell(c->failure);
    if (await_child(c, MESSAGE_CREATED, 0) != 0) tell(c->failure);
    return;
  }
  struct op_await_criu until = {.script = "setup-namespaces"};
  struct op_finish_criu finish = {.restores = true, .console = NO_SLOT, .ready = 6};
  c->criu_socket = c->sync;
  c->sync = -1;
  c->criu = any_descriptor();
  c->slots[6] = any_descriptor();
  if (op_await_criu(c, &until) != 0) tell(c->failure);
  if (c->criu_socket >= 0 && op_finish_criu(c, &finish) != 0) tell(c->failure);
}

static void receive_as_child(struct context *c, bool descriptors) {
  uint32_t slots[] = {1, 2, 2};
  struct op_receive_descriptors take = {.gate = 3, .slots = {.items = slots, .count = 3}};
  if (descriptors ? op_receive_descriptors(c, &take) != 0 : await_parent(c, MESSAGE_PASS, 1) != 0)
    tell(c->failure);
}

static void start(struct context *c) {
  struct launch_failure failure;
  struct launched launched = {
      .pid = 2, .pidfd = any_descriptor(), .sync = c->sync, .terminal = -1, .image = -1};
  c->sync = -1;
  if (launch_start(&launched, &failure) != 0) tell(&failure);
  launch_detach(&launched);
}

/* Who receives; the first are on the launching side. */
enum {
  FROM_CHILD,
  FROM_CRIU,
  FROM_STARTED,
  LAUNCHING,
  DESCRIPTORS = LAUNCHING,
  FROM_PARENT,
  KINDS
};

static void receive(struct context *c, unsigned kind) {
  if (kind < FROM_STARTED) receive_as_parent(c, kind == FROM_CRIU);
  if (kind == FROM_STARTED) start(c);
  if (kind >= LAUNCHING) receive_as_child(c, kind == DESCRIPTORS);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size) {
  static struct context c;
  struct launch_failure failure;
  int pair[2];
  if (size == 0) return 0;
  bool before[WATCHED];
  for (int fd = 0; fd < WATCHED; fd++) before[fd] = is_open(fd);
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) abort();
  context_init(&c, &failure);
  c.sync = pair[0];
  send_all(pair[1], data + 1, size - 1);
  shutdown(pair[1], SHUT_WR);
  receiving = true;
  if (setjmp(ended) == 0) receive(&c, data[0] % KINDS);
  receiving = false;
  close(pair[1]);
  close_fd(&c.sync);
  close_fd(&c.pidfd);
  close_fd(&c.terminal);
  close_fd(&c.criu);
  close_fd(&c.criu_socket);
  context_close(&c);
  for (int fd = 0; fd < WATCHED; fd++) {
    if (before[fd] || !is_open(fd)) continue;
    /* The launched side ends when it is told nonsense, and its descriptors with it. */
    if (data[0] % KINDS < LAUNCHING) abort();
    close(fd);
  }
  return 0;
}
