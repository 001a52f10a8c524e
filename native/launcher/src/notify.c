/* sd_notify(3) between a container and whoever supervises us: what the program says of its
 * readiness on a socket of ours is told there, and by whom it may be believed. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "context.h"
#include "generated/plan_ops.h"
#include "kernel.h"
#include "process.h"
#include "text.h"

/* How long the supervisor may take to read what we say. */
enum { BARRIER_MS = 30000 };

/* <sys/socket.h> has it for _GNU_SOURCE only under another name in each C library. */
struct credentials {
  pid_t pid;
  uid_t uid;
  gid_t gid;
};

int op_bind_notify(struct context *c, const struct op_bind_notify *a) {
  AUTO_CLOSE int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return fail(c, "socket", errno, "AF_UNIX");
  AUTO_CLOSE int directory = open_file(a->directory, O_PATH | O_DIRECTORY);
  if (directory < 0) return fail(c, "open", errno, "%s", a->directory);
  /* Beneath its descriptor: the path itself may be too long for an address. */
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  format(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/%.64s", directory, a->name);
  if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) != 0)
    return fail(c, "bind", errno, "%s/%s", a->directory, a->name);
  /* Every user of the container may speak. */
  if (fchmodat(directory, a->name, 0777, 0) != 0)
    return fail(c, "fchmodat", errno, "%s/%s", a->directory, a->name);
  int kept = fd;
  fd = -1;
  return keep(c, a->slot, kept);
}

int op_open_container(struct context *c, const struct op_open_container *a) {
  /* It notes its failure itself, in the words of start. */
  return launch_open(a->fifo, c->failure);
}

/* One message to the supervisor, in the name of the process it knows; with a descriptor, if any. */
static int say(int fd, const char *text, uint32_t sender, int descriptor) {
  struct iovec data = {(void *)text, strlen(text)};
  union {
    char bytes[CMSG_SPACE(sizeof(struct credentials)) + CMSG_SPACE(sizeof(int))];
    struct cmsghdr align;
  } control;
  memset(&control, 0, sizeof(control));
  struct msghdr packet = {.msg_iov = &data,
                          .msg_iovlen = 1,
                          .msg_control = control.bytes,
                          .msg_controllen = CMSG_SPACE(sizeof(struct credentials))};
  struct cmsghdr *header = CMSG_FIRSTHDR(&packet);
  struct credentials own = {(pid_t)sender, getuid(), getgid()};
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = 2 /* SCM_CREDENTIALS */;
  header->cmsg_len = CMSG_LEN(sizeof(own));
  memcpy(CMSG_DATA(header), &own, sizeof(own));
  if (descriptor >= 0) {
    packet.msg_controllen = sizeof(control.bytes);
    header = CMSG_NXTHDR(&packet, header);
    if (header == NULL) return -1; /* there is room, but to tell a compiler is hard */
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(header), &descriptor, sizeof(int));
  }
  if (sendmsg(fd, &packet, MSG_NOSIGNAL) >= 0) return 0;
  if (errno != EPERM || descriptor >= 0) return -1;
  /* Only root may speak for another process: then it is us who say it. */
  return send(fd, text, strlen(text), MSG_NOSIGNAL) >= 0 ? 0 : -1;
}

/* Waits until the supervisor has read all that was said: it looks at who said it only then. */
static void wait_until_read(int fd, uint32_t sender) {
  int barrier[2];
  if (pipe2(barrier, O_CLOEXEC) != 0) return;
  bool said = say(fd, "BARRIER=1", sender, barrier[1]) == 0;
  close(barrier[1]);
  struct pollfd closed = {.fd = barrier[0]};
  if (said) poll(&closed, 1, BARRIER_MS);
  close(barrier[0]);
}

static int connect_supervisor(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  size_t length = strlen(path);
  if (length == 0 || length >= sizeof(address.sun_path)) {
    errno = ENAMETOOLONG;
    return -1;
  }
  memcpy(address.sun_path, path, length);
  if (path[0] == '@') address.sun_path[0] = 0;
  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
  if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, size) != 0) close_fd(&fd);
  return fd;
}

/* Whether one of the lines says that the program is ready, or again. */
static bool is_ready(const char *text) {
  for (const char *line = text; line != NULL; line = strchr(line, '\n')) {
    if (*line == '\n') line++;
    if (strncmp(line, "READY=1", 7) == 0) return true;
  }
  return false;
}

/* Answers 0 once readiness was told or the process has ended, else an errno. */
static int forward(const struct op_forward_ready *a, int socket, int process, int supervisor) {
  for (;;) {
    struct pollfd fds[2] = {{.fd = socket, .events = POLLIN}, {.fd = process, .events = POLLIN}};
    if (poll(fds, 2, -1) < 0) {
      if (errno == EINTR) continue;
      return errno;
    }
    char text[4096];
    ssize_t size = fds[0].revents != 0 ? recv(socket, text, sizeof(text) - 1, 0) : -1;
    if (size < 0 && fds[1].revents != 0) return 0;
    if (size <= 0) continue;
    text[size] = 0;
    if (!is_ready(text)) continue;
    if (say(supervisor, "READY=1", a->sender, -1) != 0) return errno;
    format(text, sizeof(text), "MAINPID=%u", a->pid);
    if (a->main && say(supervisor, text, a->sender, -1) != 0) return errno;
    wait_until_read(supervisor, a->sender);
    return 0;
  }
}

int op_forward_ready(struct context *c, const struct op_forward_ready *a) {
  int socket = slot_fd(c, a->slot);
  if (socket < 0) return -1;
  AUTO_CLOSE int process = open_process((pid_t)a->pid, a->start_time);
  if (process < 0 && errno == ESRCH) return 0;
  if (process < 0) return fail(c, "pidfd_open", errno, "process %u", a->pid);
  AUTO_CLOSE int supervisor = connect_supervisor(a->supervisor);
  if (supervisor < 0) return fail(c, "connect", errno, "%s", a->supervisor);
  if (a->main) {
    int error = forward(a, socket, process, supervisor);
    return error == 0 ? 0 : fail(c, "sendmsg", error, "%s", a->supervisor);
  }
  /* We are to stay as the container's parent meanwhile: another listens. It goes with the
   * container, or with us. */
  pid_t listener = fork();
  if (listener < 0) return fail(c, "fork", errno, "%s", "");
  if (listener > 0) return 0;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  int kept[3] = {socket, process, supervisor};
  for (int i = 0; i < 3; i++) kept[i] = fcntl(kept[i], F_DUPFD_CLOEXEC, 10);
  for (int i = 0; i < 3; i++) {
    if (kept[i] < 0 || dup2(kept[i], i) != i) _exit(1);
  }
  close_range_now(3, ~0u);
  _exit(forward(a, 0, 1, 2));
}
