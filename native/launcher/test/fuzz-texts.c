/* Feeds what reads texts and tables of others with any bytes: the kernel's (a process's stat, the
 * mounts, answers of rtnetlink), the image's (its passwd), the program's (what it says of its
 * readiness). Nothing may be read or taken away beyond what they name, and nothing be passed on but
 * our own words. */
#include <poll.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/uio.h>

/* For its answers alone: the rest of it needs a device and a process. */
#include "../src/net-devices.c"
#include "process.h"
#include "text.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static const unsigned char *input;
static size_t left;
static bool playing;

static void require(bool holds) {
  if (!holds) abort();
}

/* The next piece: two bytes of its size, then its bytes. */
static size_t take_piece(void *into, size_t room) {
  if (left < 2) return 0;
  size_t size = (size_t)(input[0] | input[1] << 8);
  input += 2;
  left -= 2;
  if (size > left) size = left;
  if (size > room) size = room;
  memcpy(into, input, size);
  input += size;
  left -= size;
  return size;
}

ssize_t __real_read(int fd, void *into, size_t room);
ssize_t __wrap_read(int fd, void *into, size_t room);
ssize_t __wrap_read(int fd, void *into, size_t room) {
  return playing ? (ssize_t)take_piece(into, room) : __real_read(fd, into, room);
}

/* Whose the bytes are: the kernel's mostly. */
ssize_t __wrap_recvfrom(int fd, void *into, size_t room, int flags, struct sockaddr *from,
                        socklen_t *size);
ssize_t __wrap_recvfrom(int fd, void *into, size_t room, int flags, struct sockaddr *from,
                        socklen_t *size) {
  (void)fd, (void)flags;
  if (left < 2) {
    errno = EIO;
    return -1;
  }
  if (from != NULL) {
    struct netlink_address sender = {.pid = input[1] >> 7};
    require(*size >= sizeof(sender));
    memcpy(from, &sender, sizeof(sender));
    *size = sizeof(sender);
  }
  return (ssize_t)take_piece(into, room);
}

ssize_t __wrap_recv(int fd, void *into, size_t room, int flags);
ssize_t __wrap_recv(int fd, void *into, size_t room, int flags) {
  return __wrap_recvfrom(fd, into, room, flags, NULL, NULL);
}

/* Requests must be whole. */
ssize_t __wrap_send(int fd, const void *bytes, size_t size, int flags);
ssize_t __wrap_send(int fd, const void *bytes, size_t size, int flags) {
  (void)fd, (void)flags;
  struct head head;
  require(size >= sizeof(head));
  memcpy(&head, bytes, sizeof(head));
  require(head.size == size);
  return (ssize_t)size;
}

/* To the supervisor. */
ssize_t __wrap_sendmsg(int fd, const struct msghdr *packet, int flags);
ssize_t __wrap_sendmsg(int fd, const struct msghdr *packet, int flags) {
  char main[32];
  format(main, sizeof(main), "MAINPID=%d", (int)getpid());
  const char *ours[] = {"READY=1", main, "BARRIER=1"};
  (void)fd, (void)flags;
  const struct iovec *said = packet->msg_iov;
  for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
    if (said->iov_len == strlen(ours[i]) && memcmp(said->iov_base, ours[i], said->iov_len) == 0)
      return (ssize_t)said->iov_len;
  }
  abort();
}

int __wrap_connect(int fd, const struct sockaddr *address, socklen_t size);
int __wrap_connect(int fd, const struct sockaddr *address, socklen_t size) {
  (void)fd, (void)address, (void)size;
  return 0;
}

/* The program speaks as long as there is something to say, and then it ends. */
int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout);
int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout) {
  (void)timeout;
  for (nfds_t i = 0; i < count; i++) fds[i].revents = 0;
  fds[left >= 2 || count == 1 ? 0 : 1].revents = POLLIN;
  return 1;
}

static const char below[] = "/below";

static int taken_away(const char *path) {
  if (strncmp(path, below, strlen(below)) == 0) return 0;
  errno = EINVAL;
  return -1;
}

static bool anywhere;

int __wrap_umount2(const char *path, int flags);
int __wrap_umount2(const char *path, int flags) {
  (void)flags;
  require(anywhere || path[strlen(below)] == '/');
  return anywhere ? 0 : taken_away(path);
}

int __wrap_mount(const char *source, const char *target, const char *type, unsigned long flags,
                 const void *data);
int __wrap_mount(const char *source, const char *target, const char *type, unsigned long flags,
                 const void *data) {
  (void)source, (void)target, (void)type, (void)flags, (void)data;
  require(anywhere);
  return 0;
}

static void read_stat(struct context *c) {
  uint64_t time = 0;
  (void)c;
  int error = start_time_of(getpid(), &time);
  require(error == 0 || error == EPROTO);
}

static void read_passwd(struct context *c) {
  struct op_find_home find = {.uid = 1000};
  require(op_find_home(c, &find) == 0);
  size_t length = strnlen(c->home, sizeof(c->home));
  require(length < sizeof(c->home) && strncmp(c->home, "HOME=", 5) == 0);
}

static void read_mounts(struct context *c) {
  struct op_unmount_below take = {.path = below};
  anywhere = false;
  op_unmount_below(c, &take);
}

static void read_system_mounts(struct context *c) {
  struct op_uncover_system take = {0};
  anywhere = true;
  c->slots[0] = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
  op_uncover_system(c, &take);
}

static void read_links(struct context *c) {
  static struct indices before, after;
  (void)c;
  index_of(0, "eth0");
  if (list_links(0, &before) == 0 && list_links(0, &after) == 0) newcomer(&before, &after);
  require(before.count <= LINKS_MAX && after.count <= LINKS_MAX);
}

static void read_addresses(struct context *c) {
  static struct addresses addresses;
  (void)c;
  addresses = (struct addresses){.index = 2};
  if (list_addresses(0, &addresses) == 0) give_addresses(0, &addresses, 5);
  require(addresses.size <= sizeof(addresses.bytes));
}

static void hear_program(struct context *c) {
  uint64_t time = 0;
  playing = false;
  require(start_time_of(getpid(), &time) == 0);
  struct op_forward_ready forward = {.slot = 1,
                                     .supervisor = "/supervisor",
                                     .sender = 7,
                                     .pid = (uint32_t)getpid(),
                                     .start_time = time,
                                     .main = true};
  c->slots[1] = open("/dev/null", O_RDONLY | O_CLOEXEC);
  op_forward_ready(c, &forward);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size) {
  static void (*const readers[])(struct context *) = {
      read_stat,  read_passwd,    read_mounts, read_system_mounts,
      read_links, read_addresses, hear_program};
  static struct context c;
  struct launch_failure failure;
  if (size == 0) return 0;
  context_init(&c, &failure);
  input = data + 1;
  left = size - 1;
  playing = true;
  readers[data[0] % (sizeof(readers) / sizeof(readers[0]))](&c);
  playing = false;
  context_close(&c);
  return 0;
}
