/* The talk with CRIU: requests and what it tells are packets on a socket, messages of its
 * rpc.proto. Requests come ready from the plan; of what it tells we need a few fields. */
#include "criu.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "generated/plan_ops.h"
#include "kernel.h"
#include "relay.h"
#include "send-descriptor.h"
#include "terminal.h"
#include "text.h"

/* Where the descriptors are that requests speak of by number. */
enum { FIRST_DESCRIPTOR = 100 };

/* Kinds of criu_req and criu_resp. */
enum { CRIU_DUMP = 1, CRIU_RESTORE = 2, CRIU_PRE_DUMP = 4, CRIU_NOTIFY = 6 };

static const char *kind_name(uint64_t kind) {
  switch (kind) {
    case CRIU_DUMP:
      return "DUMP";
    case CRIU_RESTORE:
      return "RESTORE";
    case CRIU_PRE_DUMP:
      return "PRE_DUMP";
    case CRIU_NOTIFY:
      return "NOTIFY";
    default:
      return "EMPTY";
  }
}

/* What it told: a criu_resp. */
struct told {
  uint64_t kind;
  bool success;
  int32_t error;
  int32_t pid;
  char script[64];
  char message[256];
  int fd; /* attached, or -1 */
};

struct span {
  const unsigned char *at, *end;
};

static bool read_varint(struct span *from, uint64_t *value) {
  *value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    if (from->at == from->end) return false;
    unsigned char byte = *from->at++;
    *value |= (uint64_t)(byte & 0x7f) << shift;
    if ((byte & 0x80) == 0) return true;
  }
  return false;
}

/* One field of a protobuf message: 1, 0 at the end, -1 when it is broken. */
static int read_field(struct span *from, uint64_t *number, uint64_t *value, struct span *text) {
  uint64_t key, size = 0;
  if (from->at == from->end) return 0;
  if (!read_varint(from, &key)) return -1;
  *number = key >> 3;
  *value = 0;
  *text = (struct span){from->at, from->at};
  switch (key & 7) {
    case 0:
      return read_varint(from, value) ? 1 : -1;
    case 1:
      size = 8;
      break;
    case 2:
      if (!read_varint(from, &size)) return -1;
      break;
    case 5:
      size = 4;
      break;
    default:
      return -1;
  }
  if (size > (uint64_t)(from->end - from->at)) return -1;
  *text = (struct span){from->at, from->at + size};
  from->at += size;
  return 1;
}

static void copy_bytes(char *into, size_t size, struct span text) {
  size_t length = (size_t)(text.end - text.at) < size ? (size_t)(text.end - text.at) : size - 1;
  memcpy(into, text.at, length);
  into[length] = 0;
}

static int read_notify(struct span from, struct told *told) {
  uint64_t number, value;
  struct span text;
  int got;
  while ((got = read_field(&from, &number, &value, &text)) > 0) {
    if (number == 1) copy_bytes(told->script, sizeof(told->script), text);
    if (number == 2) told->pid = (int32_t)value;
  }
  return got;
}

static int read_told(struct span from, struct told *told) {
  uint64_t number, value;
  struct span text;
  int got;
  while ((got = read_field(&from, &number, &value, &text)) > 0) {
    if (number == 1) told->kind = value;
    if (number == 2) told->success = value != 0;
    if (number == 5 && read_notify(text, told) != 0) return -1;
    if (number == 7) told->error = (int32_t)value;
    if (number == 9) copy_bytes(told->message, sizeof(told->message), text);
  }
  return got;
}

static int receive(struct context *c, struct told *told) {
  unsigned char packet[16384];
  struct iovec data = {packet, sizeof(packet)};
  union {
    char bytes[CMSG_SPACE(sizeof(int))];
    struct cmsghdr align;
  } control;
  struct msghdr message = {.msg_iov = &data,
                           .msg_iovlen = 1,
                           .msg_control = control.bytes,
                           .msg_controllen = sizeof(control.bytes)};
  ssize_t size;
  *told = (struct told){.fd = -1};
  do size = recvmsg(c->criu_socket, &message, MSG_CMSG_CLOEXEC);
  while (size < 0 && errno == EINTR);
  if (size < 0) return fail(c, "recvmsg", errno, "criu");
  told->fd = received_descriptor(&message);
  if (size == 0) {
    close_fd(&told->fd);
    return fail(c, "", 0, "criu failed: it ended without an answer");
  }
  if ((message.msg_flags & MSG_TRUNC) != 0 ||
      read_told((struct span){packet, packet + size}, told) != 0) {
    close_fd(&told->fd);
    return fail(c, "", EPROTO, "criu");
  }
  return 0;
}

/* The process that CRIU makes is our child, as if we had made it. */
static int adopt(struct context *c, pid_t pid) {
  if (c->child != 0 || pid <= 0) return 0;
  int pidfd = pidfd_open(pid);
  if (pidfd < 0) return fail(c, "pidfd_open", errno, "process %d", (int)pid);
  c->child = pid;
  c->pidfd = pidfd;
  c->runs = true;
  return 0;
}

static int take_terminal(struct context *c, uint32_t console, int master) {
  if (console != NO_SLOT) {
    int socket = slot_fd(c, console);
    int result = socket < 0 ? -1 : send_master(c, socket, master);
    close(master);
    return result;
  }
  close_fd(&c->terminal);
  c->terminal = master;
  prepare_terminal(master);
  return 0;
}

struct talk {
  const char *until; /* point at which it is left waiting, or NULL: to its end */
  bool restores;
  uint32_t console;
  uint32_t ready;
};

static int answer_notify(struct context *c) {
  /* criu_req: type (1) NOTIFY, notify_success (3) true */
  static const unsigned char go_on[] = {0x08, CRIU_NOTIFY, 0x18, 1};
  c->criu_waits = false;
  if (send(c->criu_socket, go_on, sizeof(go_on), MSG_NOSIGNAL) >= 0) return 0;
  return fail(c, "send", errno, "criu");
}

static int heed(struct context *c, const struct talk *talk, struct told *told) {
  if (strcmp(told->script, "orphan-pts-master") == 0 && told->fd >= 0) {
    int master = told->fd;
    told->fd = -1;
    return take_terminal(c, talk->console, master);
  }
  if (strcmp(told->script, "status-ready") == 0 && talk->ready != NO_SLOT) {
    int ready = slot_fd(c, talk->ready);
    if (ready < 0) return -1;
    if (write(ready, "", 1) != 1) return fail(c, "write", errno, "--status-fd");
    close_fd(&c->slots[talk->ready]);
  }
  bool known =
      strcmp(told->script, "setup-namespaces") == 0 || strcmp(told->script, "post-restore") == 0;
  return talk->restores && known ? adopt(c, told->pid) : 0;
}

static int converse(struct context *c, const struct talk *talk) {
  for (;;) {
    struct told told;
    if (c->criu_waits && answer_notify(c) != 0) return -1;
    if (receive(c, &told) != 0) return -1;
    if (!told.success) {
      close_fd(&told.fd);
      return fail(c, "", 0, "criu failed: type %s errno %d%s%s", kind_name(told.kind),
                  (int)told.error, told.message[0] == 0 ? "" : ": ", told.message);
    }
    if (told.kind != CRIU_NOTIFY) {
      close_fd(&told.fd);
      return talk->until == NULL ? 0 : fail(c, "", 0, "criu never came to %s", talk->until);
    }
    c->criu_waits = true;
    int result = heed(c, talk, &told);
    close_fd(&told.fd);
    if (result != 0) return -1;
    if (talk->until != NULL && strcmp(told.script, talk->until) == 0) return 0;
  }
}

/* How it ended, once nothing holds it any more. */
static int await_end(struct context *c, siginfo_t *info) {
  int result;
  close_fd(&c->criu_socket);
  do result = waitid(P_PIDFD, (id_t)c->criu, info, WEXITED);
  while (result != 0 && errno == EINTR);
  close_fd(&c->criu);
  return result;
}

void end_criu(struct context *c) {
  siginfo_t info;
  if (c->criu >= 0) await_end(c, &info);
}

/* A mount namespace of its own, so that nothing of it is left wherever it ends. What is mounted
 * here must not reach the host; but what was the host's slave becomes that again, which it could
 * not from mounts that have no master. */
static int bind_root(const char *root, const char *mountpoint) {
  if (unshare(CLONE_NEWNS) != 0) return -1;
  if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) != 0) return -1;
  return mount(root, mountpoint, NULL, MS_BIND | MS_REC, NULL);
}

static int join(const char *cgroup) {
  char path[PATH_MAX];
  format(path, sizeof(path), "%s/cgroup.procs", cgroup);
  AUTO_CLOSE int fd = open_file(path, O_WRONLY);
  return fd >= 0 && write(fd, "0", 1) == 1 ? 0 : -1;
}

/* Puts a descriptor where the request says it is. */
static int place(int fd, int number) {
  int placed = fd < 0 ? -1 : dup2(fd, number);
  if (placed != fd) close_fd(&fd);
  return placed == number ? 0 : -1;
}

/* In what becomes CRIU. It opens what it is told of by number in the process that made its socket,
 * and must find it in its own mount namespace: so all of that is done here. */
static int prepare(const struct context *c, const struct op_start_criu *a, int hand, int *socket) {
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  const char *cgroup = a->cgroups.first;
  for (uint32_t i = 0; i < a->cgroups.count; i++, cgroup = next_text(cgroup)) {
    if (join(cgroup) != 0) return -1;
  }
  if (a->root[0] != 0 && bind_root(a->root, a->mountpoint) != 0) return -1;
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) return -1;
  *socket = pair[1];
  static const char done[sizeof(int)];
  if (send_descriptor(hand, done, sizeof(done), pair[0]) != 0 || close_range_cloexec(3) != 0)
    return -1;
  int number = FIRST_DESCRIPTOR;
  const char *path = a->directories.first;
  for (uint32_t i = 0; i < a->directories.count; i++, path = next_text(path)) {
    if (place(open_file(path, O_RDONLY | O_DIRECTORY), number++) != 0) return -1;
  }
  for (uint32_t i = 0; i < a->descriptors.count; i++) {
    if (place(c->slots[a->descriptors.items[i]], number++) != 0) return -1;
  }
  return fcntl(*socket, F_SETFD, 0);
}

_Noreturn static void become_criu(const struct context *c, const struct op_start_criu *a,
                                  int hand) {
  char number[16];
  char *argv[] = {"criu", "swrk", number, NULL};
  int socket = -1;
  int sign = 1;
  if (prepare(c, a, hand, &socket) == 0) {
    format(number, sizeof(number), "%d", socket);
    execvp(argv[0], argv);
    sign = -1;
  }
  int error = sign * errno;
  ssize_t written = write(hand, &error, sizeof(error));
  (void)written;
  _exit(127);
}

/* Waits until it is CRIU: answers 0 with the socket to it, or an errno, below zero when the program
 * itself is to blame. */
static int await_criu(int hand, int *criu) {
  for (;;) {
    int error = 0;
    struct iovec data = {&error, sizeof(error)};
    union {
      char bytes[CMSG_SPACE(sizeof(int))];
      struct cmsghdr align;
    } control;
    struct msghdr message = {.msg_iov = &data,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof(control.bytes)};
    ssize_t size = recvmsg(hand, &message, MSG_CMSG_CLOEXEC);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return errno;
    /* Its end is closed: by exec, when there is a socket to it. */
    if (size == 0) return *criu >= 0 ? 0 : ECHILD;
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (header != NULL && header->cmsg_type == SCM_RIGHTS)
      memcpy(criu, CMSG_DATA(header), sizeof(int));
    if (error != 0) return error;
  }
}

int op_start_criu(struct context *c, const struct op_start_criu *a) {
  if (c->criu >= 0) return fail(c, "", EBUSY, "criu");
  for (uint32_t i = 0; i < a->descriptors.count; i++) {
    if (slot_fd(c, a->descriptors.items[i]) < 0) return -1;
  }
  int hand[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, hand) != 0)
    return fail(c, "socketpair", errno, "criu");
  AUTO_CLOSE int ours = hand[0];
  AUTO_CLOSE int its = hand[1];
  pid_t criu = fork();
  if (criu == 0) become_criu(c, a, its);
  if (criu < 0) return fail(c, "fork", errno, "criu");
  c->criu = pidfd_open(criu);
  close_fd(&its);
  int error = await_criu(ours, &c->criu_socket);
  if (error == -ENOENT) return fail(c, "", 0, "criu: executable file not found in $PATH");
  if (error < 0) return fail(c, "execve", -error, "criu");
  if (error > 0) return fail(c, "", error, "make criu ready");
  if (send(c->criu_socket, a->request.data, a->request.size, MSG_NOSIGNAL) < 0)
    return fail(c, "send", errno, "criu");
  return 0;
}

int op_await_criu(struct context *c, const struct op_await_criu *a) {
  struct talk talk = {.until = a->script, .restores = true, .console = NO_SLOT, .ready = NO_SLOT};
  return converse(c, &talk);
}

int op_finish_criu(struct context *c, const struct op_finish_criu *a) {
  struct talk talk = {.restores = a->restores, .console = a->console, .ready = a->ready};
  if (c->criu < 0) return fail(c, "", EINVAL, "criu");
  if (converse(c, &talk) != 0) return -1;
  siginfo_t info = {0};
  if (await_end(c, &info) != 0) return fail(c, "waitid", errno, "criu");
  bool well = info.si_code == CLD_EXITED && info.si_status == 0;
  if (!well && !a->partial)
    return fail(c, "", 0, "criu failed: %s %d",
                info.si_code == CLD_EXITED ? "exit status" : "signal", info.si_status);
  if (a->restores && c->child == 0) return fail(c, "", 0, "criu failed: it restored no process");
  return 0;
}

int op_open_writer(struct context *c, const struct op_open_writer *a) {
  int fd = open_file(a->path, O_WRONLY);
  if (fd < 0) return fail(c, "open", errno, "%s", a->path);
  return keep(c, a->slot, fd);
}
