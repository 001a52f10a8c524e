#include "relay.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "context.h"
#include "image.h"
#include "kernel.h"
#include "text.h"

#ifndef SYS_signalfd4
#error "no signalfd4"
#endif

enum { SIGNALFD_CLOEXEC = O_CLOEXEC, SIGNALFD_NONBLOCK = O_NONBLOCK };

/* What signalfd reads; only the number is used. */
struct signal_info {
  uint32_t number;
  unsigned char rest[124];
};

/* One direction of a terminal: bytes read and not yet written. */
struct stream {
  int from;
  int to;
  size_t start;
  size_t end;
  bool open;
  unsigned char bytes[4096];
};

struct terminal {
  int master;
  bool raw; /* our own terminal was changed, and is put back */
  struct termios before;
  struct stream in;
  struct stream out;
};

static void fit_window(int master) {
  struct winsize size;
  if (ioctl(0, TIOCGWINSZ, &size) == 0) ioctl(master, TIOCSWINSZ, &size);
}

void prepare_terminal(int master) {
  struct termios mode;
  if (tcgetattr(master, &mode) == 0) {
    mode.c_oflag &= ~(tcflag_t)ONLCR;
    tcsetattr(master, TCSANOW, &mode);
  }
  fit_window(master);
}

static void open_terminal(struct terminal *t, int master) {
  memset(t, 0, sizeof(*t));
  t->master = master;
  t->in = (struct stream){.from = 0, .to = master, .open = master >= 0};
  t->out = (struct stream){.from = master, .to = 1, .open = master >= 0};
  if (master < 0) return;
  fcntl(master, F_SETFL, O_RDWR | O_NONBLOCK);
  if (tcgetattr(0, &t->before) != 0) return;
  fit_window(master);
  struct termios mode = t->before;
  cfmakeraw(&mode);
  /* prepare_terminal has taken the carriage returns out on the other side. */
  mode.c_oflag |= OPOST;
  t->raw = tcsetattr(0, TCSANOW, &mode) == 0;
}

static void close_terminal(struct terminal *t) {
  if (t->raw) tcsetattr(0, TCSANOW, &t->before);
}

/* Moves what can be moved without waiting. */
static void pump(struct stream *s, short from_ready, short to_ready) {
  if (s->start == s->end && (from_ready & (POLLIN | POLLHUP | POLLERR)) != 0) {
    ssize_t size = read(s->from, s->bytes, sizeof(s->bytes));
    s->start = 0;
    s->end = size > 0 ? (size_t)size : 0;
    /* EIO: the last process has closed the terminal. */
    if (size == 0 || (size < 0 && errno != EAGAIN && errno != EINTR)) s->open = false;
  }
  if (s->start < s->end && (to_ready & (POLLOUT | POLLHUP | POLLERR)) != 0) {
    ssize_t size = write(s->to, s->bytes + s->start, s->end - s->start);
    if (size > 0) s->start += (size_t)size;
    if (size < 0 && errno != EAGAIN && errno != EINTR) {
      s->open = false;
      s->start = s->end;
    }
  }
}

/* The end of what is typed: a terminal has none but a character (termios(3): VEOF). */
static void type_end(struct terminal *t) {
  struct termios mode;
  if (tcgetattr(t->master, &mode) != 0) return;
  t->in.bytes[0] = mode.c_cc[VEOF];
  t->in.start = 0;
  t->in.end = 1;
}

/* After the end: what the program wrote last. */
static void drain_terminal(struct terminal *t) {
  struct stream *s = &t->out;
  while (s->open || s->start < s->end) {
    struct pollfd fd = {.fd = s->from, .events = POLLIN};
    if (s->start == s->end && poll(&fd, 1, 0) <= 0) return;
    pump(s, fd.revents, POLLOUT);
  }
}

/* Reaps what has ended; true once that was the container's process. */
static bool reap(pid_t pid, struct launch_status *status) {
  for (;;) {
    siginfo_t info = {0};
    if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG) != 0 || info.si_pid == 0) return false;
    if (info.si_pid != pid) continue;
    status->code = info.si_code == CLD_EXITED ? info.si_status : -1;
    status->signal = info.si_code == CLD_EXITED ? -1 : info.si_status;
    return true;
  }
}

/* Every signal is ours to pass on, but for those that tell of our own affairs. */
static bool passed_on(int number) {
  return number != SIGCHLD && number != SIGWINCH && number != SIGTTIN && number != SIGTTOU;
}

static int follow(struct launched *l, const struct relay_control *control, int signals,
                  struct terminal *t, struct launch_status *status) {
  bool listening = control != NULL;
  for (;;) {
    enum { SIGNALS, CONTROL, INPUT, MASTER_IN, MASTER_OUT, OUTPUT, FDS };
    bool pending_in = t->in.start < t->in.end, pending_out = t->out.start < t->out.end;
    struct pollfd fds[FDS] = {
        [SIGNALS] = {.fd = signals, .events = POLLIN},
        [CONTROL] = {.fd = listening ? control->fd : -1, .events = POLLIN},
        [INPUT] = {.fd = t->in.open && !pending_in ? t->in.from : -1, .events = POLLIN},
        [MASTER_IN] = {.fd = pending_in ? t->in.to : -1, .events = POLLOUT},
        [MASTER_OUT] = {.fd = t->out.open && !pending_out ? t->out.from : -1, .events = POLLIN},
        [OUTPUT] = {.fd = pending_out ? t->out.to : -1, .events = POLLOUT},
    };
    if (poll(fds, FDS, -1) < 0) {
      if (errno == EINTR) continue;
      return errno;
    }
    bool typing = t->in.open;
    pump(&t->in, fds[INPUT].revents, fds[MASTER_IN].revents);
    if (typing && !t->in.open) type_end(t);
    pump(&t->out, fds[MASTER_OUT].revents, fds[OUTPUT].revents);
    if (listening && fds[CONTROL].revents != 0) {
      int number = control->next_signal(control->fd);
      if (number > 0) pidfd_send_signal(l->pidfd, number);
      if (number < 0) listening = false;
    }
    struct signal_info info;
    /* One at a time: poll tells of the next. */
    if (read(signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
      int number = (int)info.number;
      if (number == SIGWINCH && t->master >= 0) fit_window(t->master);
      /* A brain that waits for us gets the signals of the terminal too, and says which are meant.
       */
      if (!listening && passed_on(number)) pidfd_send_signal(l->pidfd, number);
    }
    if (reap(l->pid, status)) return 0;
  }
}

/* Leaves every signal blocked, and what was opened open: for a process that has only to end then.
 */
static int relay_to_end(struct launched *launched, const struct relay_control *control, int *opened,
                        struct launch_status *status, struct launch_failure *failure) {
  struct context c;
  context_init(&c, failure);
  *status = (struct launch_status){-1, -1};
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, NULL);
  int signals = *opened =
      (int)syscall(SYS_signalfd4, -1, &all, 8 /* the kernel's own size of a set */,
                   SIGNALFD_CLOEXEC | SIGNALFD_NONBLOCK);
  int error = signals < 0 ? errno : 0;
  struct terminal terminal;
  open_terminal(&terminal, launched->terminal);
  /* It may have ended before its end could be signalled here. */
  if (error == 0 && !reap(launched->pid, status))
    error = follow(launched, control, signals, &terminal, status);
  if (error == 0) drain_terminal(&terminal);
  close_terminal(&terminal);
  return error == 0 ? 0 : fail(&c, "poll", error, "relay");
}

int relay(struct launched *launched, const struct relay_control *control,
          struct launch_status *status, struct launch_failure *failure) {
  AUTO_CLOSE int signals = -1;
  sigset_t before;
  sigprocmask(SIG_SETMASK, NULL, &before);
  int result = relay_to_end(launched, control, &signals, status, failure);
  sigprocmask(SIG_SETMASK, &before, NULL);
  close_fd(&launched->pidfd);
  close_fd(&launched->terminal);
  return result;
}

int launch_relay(struct launched *launched, const void *cleanup, size_t size,
                 struct launch_status *status, struct launch_failure *failure) {
  int result = relay(launched, NULL, status, failure);
  if (result == 0 && size > 0) result = launch_perform(cleanup, size, failure);
  return result;
}

/* What a relay continues with: pid, pidfd, terminal, clean-up plan, its size. */
#define RELAY_FORMAT RELAY_NAME "=%d,%d,%d,%d,%zu"

int launch_become_relay(const struct launch_image *image, struct launched *launched,
                        const void *cleanup, size_t size, struct launch_failure *failure) {
  struct context c;
  context_init(&c, failure);
  c.image = image;
  if (launched->image < 0) launched->image = open_image(&c);
  if (launched->image < 0) return -1;
  AUTO_CLOSE int plan = -1;
  if (size > 0) {
    plan = seal_inherited(&c, "ocirun-cleanup", cleanup, size);
    if (plan < 0) return -1;
  }
  int kept[] = {launched->pidfd, launched->terminal};
  for (unsigned i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
    if (kept[i] >= 0 && fcntl(kept[i], F_SETFD, 0) != 0) return fail(&c, "fcntl", errno, "relay");
  }
  char value[128];
  format(value, sizeof(value), RELAY_FORMAT, (int)launched->pid, launched->pidfd,
         launched->terminal, plan, size);
  char *argv[] = {"ocirun", "relay", NULL};
  char *env[] = {value, NULL};
  syscall(SYS_execveat, launched->image, "", argv, env, AT_EMPTY_PATH);
  return fail(&c, "execveat", errno, "launcher");
}

/* What a shell makes of how a process ended. */
static int shell_status(const struct launch_status *status) {
  return status->signal > 0 ? 128 + status->signal : status->code;
}

static void complain(const struct launch_failure *failure) {
  char text[sizeof(*failure)];
  format(text, sizeof(text), "ocirun: clean up: %s %s: %s\n", failure->syscall, failure->detail,
         failure->error != 0 ? strerror(failure->error) : "failed");
  ssize_t written = write(2, text, strlen(text));
  (void)written;
}

_Noreturn void relay_main(const char *value) {
  struct launched launched = {.sync = -1, .image = -1};
  struct launch_failure failure;
  struct launch_status status;
  enum { PID, PIDFD, TERMINAL, PLAN, SIZE, PARTS };
  long parts[PARTS];
  for (int i = 0; i < PARTS; i++) {
    if (!parse_number(&value, &parts[i]) || *value != (i + 1 < PARTS ? ',' : 0)) _exit(1);
    value++;
  }
  launched.pid = (pid_t)parts[PID];
  launched.pidfd = (int)parts[PIDFD];
  launched.terminal = (int)parts[TERMINAL];
  size_t size = (size_t)parts[SIZE];
  void *cleanup = NULL;
  if (size > 0) {
    cleanup = mmap(NULL, size, PROT_READ, MAP_PRIVATE, (int)parts[PLAN], 0);
    /* The mapping keeps it, open or not. */
    if (cleanup == MAP_FAILED) _exit(1);
  }
  int signals;
  int result = relay_to_end(&launched, NULL, &signals, &status, &failure);
  if (result == 0 && size > 0) result = launch_perform(cleanup, size, &failure);
  if (result != 0) complain(&failure);
  _exit(status.code < 0 && status.signal < 0 ? 1 : shell_status(&status));
}
