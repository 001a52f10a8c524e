#include "launch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cgroups.h"
#include "context.h"
#include "criu.h"
#include "generated/plan_ops.h"
#include "kernel.h"
#include "process.h"
#include "sync.h"

static int open_plan(struct context *c, const void *plan, size_t size) {
  const char *wrong = plan_open(&c->plan, plan, size);
  if (wrong == NULL) wrong = plan_check(&c->plan);
  return wrong == NULL ? 0 : fail(c, "", 0, "%s", wrong);
}

static void end_child(struct context *c) {
  if (c->pidfd >= 0) {
    siginfo_t info;
    pidfd_send_signal(c->pidfd, SIGKILL);
    waitid(P_PIDFD, (id_t)c->pidfd, &info, WEXITED);
  }
  close_fd(&c->pidfd);
  close_fd(&c->sync);
  close_fd(&c->terminal);
  close_fd(&c->image_fd);
}

static int go(struct context *c, struct launched *launched) {
  if (run_phase(c, PHASE_HOST) != 0) return -1;
  if (c->child == 0) return fail(c, "", 0, "the plan makes no process");
  if (!c->runs && await_child(c, MESSAGE_CREATED, 0) != 0) return -1;
  *launched = (struct launched){.pid = c->child,
                                .pidfd = c->pidfd,
                                .sync = c->sync,
                                .terminal = c->terminal,
                                .image = c->image_fd};
  int error = start_time_of(c->child, &launched->start_time);
  return error == 0 ? 0 : fail(c, "open", error, "/proc/%d/stat", (int)c->child);
}

int launch(const struct launch_image *image, const void *plan, size_t size,
           struct launched *launched, struct launch_failure *failure) {
  struct context c;
  context_init(&c, failure);
  c.image = image;
  int result = open_plan(&c, plan, size) == 0 ? go(&c, launched) : -1;
  end_criu(&c);
  if (result != 0) {
    end_child(&c);
    remove_made(&c);
  }
  context_close(&c);
  return result;
}

int launch_perform(const void *plan, size_t size, struct launch_failure *failure) {
  struct context c;
  context_init(&c, failure);
  int result = open_plan(&c, plan, size);
  if (result == 0) result = run_phase(&c, PHASE_HOST);
  end_criu(&c);
  if (c.child != 0) {
    end_child(&c);
    result = fail(&c, "", 0, "a plan to perform makes no process");
  }
  if (result == 0 && c.warned) {
    *failure = c.warning;
    result = -1;
  }
  context_close(&c);
  return result;
}

/* Takes up a launched process again, to talk to it. */
static void resume(struct context *c, struct launched *launched, struct launch_failure *failure) {
  context_init(c, failure);
  c->child = launched->pid;
  c->pidfd = launched->pidfd;
  c->sync = launched->sync;
  c->terminal = launched->terminal;
  c->image_fd = launched->image;
}

int launch_release(struct launched *launched, struct launch_failure *failure) {
  struct context c;
  resume(&c, launched, failure);
  struct message release = {.type = MESSAGE_RELEASE};
  int result = tell_child(&c, &release);
  close_fd(&c.sync);
  launched->sync = -1;
  return result;
}

void launch_detach(struct launched *launched) {
  close_fd(&launched->sync);
  close_fd(&launched->pidfd);
  close_fd(&launched->terminal);
  close_fd(&launched->image);
}

int launch_start(struct launched *launched, struct launch_failure *failure) {
  /* A restored process runs already. */
  if (launched->sync < 0) return 0;
  struct context c;
  resume(&c, launched, failure);
  struct message start = {.type = MESSAGE_START}, answer;
  int result = tell_child(&c, &start);
  if (result == 0) {
    int fd;
    /* Its end closes when it executes the program: that is the answer. */
    int got = sync_receive(c.sync, &answer, &fd);
    close_fd(&fd);
    if (got < 0) result = fail(&c, "recvmsg", -got, "synchronisation socket");
    if (got > 0) {
      result = -1;
      if (answer.type == MESSAGE_FAILED) {
        *failure = answer.as.failure;
        end_texts(failure);
      } else {
        fail(&c, "", EPROTO, "expected message %u, got %u", MESSAGE_FAILED, answer.type);
        pidfd_send_signal(c.pidfd, SIGKILL);
      }
      siginfo_t info;
      waitid(P_PIDFD, (id_t)c.pidfd, &info, WEXITED);
      close_fd(&c.pidfd);
    }
  }
  close_fd(&c.sync);
  launched->sync = -1;
  launched->pidfd = c.pidfd;
  return result;
}

void launch_abandon(struct launched *launched) {
  struct launch_failure failure;
  struct context c;
  resume(&c, launched, &failure);
  end_child(&c);
  launched->sync = launched->pidfd = launched->terminal = launched->image = -1;
}

int launch_open(const char *fifo, struct launch_failure *failure) {
  struct context c;
  context_init(&c, failure);
  /* ENXIO: no reader, so nobody waits. */
  AUTO_CLOSE int writer = open_file(fifo, O_WRONLY | O_NONBLOCK | O_NOFOLLOW);
  if (writer < 0) return fail(&c, "open", errno, "%s", fifo);
  /* Of two that start at once, one is told. The lock goes with the process that holds it. */
  if (flock(writer, LOCK_EX | LOCK_NB) != 0)
    return fail(&c, "flock", errno == EWOULDBLOCK ? EBUSY : errno, "%s", fifo);
  if (write(writer, "0", 1) != 1) return fail(&c, "write", errno, "%s", fifo);
  /* POLLERR: the last reader has closed, which exec does, or its end. */
  struct pollfd closed = {.fd = writer};
  while (poll(&closed, 1, -1) < 0) {
    if (errno != EINTR) return fail(&c, "poll", errno, "%s", fifo);
  }
  int left = 0;
  if (ioctl(writer, FIONREAD, &left) != 0) return fail(&c, "ioctl", errno, "%s", fifo);
  if (left == 1) return fail(&c, "", ESRCH, "the process ended before it was started");
  if (left < (int)sizeof(*failure)) return 0;
  AUTO_CLOSE int reader = open_file(fifo, O_RDONLY | O_NONBLOCK | O_NOFOLLOW);
  if (reader < 0 || read(reader, failure, sizeof(*failure)) != (ssize_t)sizeof(*failure))
    return fail(&c, "read", errno, "%s", fifo);
  end_texts(failure);
  return -1;
}
