/* Programs run to their end: hooks, with the container's state on their standard input, and
 * helpers. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "context.h"
#include "generated/plan_ops.h"
#include "image.h"
#include "kernel.h"
#include "text.h"

/* Of each output stream so much is kept for the message; the rest is read and dropped. */
#define OUTPUT_KEPT 384

struct program {
  const char *path;
  char **argv;
  char **env;
  const char *directory;
  int input;
  uint32_t timeout_ms;
  bool mask; /* whether the mask for new files is ours, made for exact modes */
};

struct output {
  int fd;
  size_t size;
  char text[OUTPUT_KEPT];
};

/* A NULL-terminated array of the texts with room for one more, or NULL with the failure noted. */
static char **list_texts(struct context *c, const struct texts *texts) {
  char **list = calloc((size_t)texts->count + 2, sizeof(*list));
  if (list == NULL) {
    fail(c, "calloc", ENOMEM, "%u texts", texts->count);
    return NULL;
  }
  const char *text = texts->first;
  for (uint32_t i = 0; i < texts->count; i++, text = next_text(text)) list[i] = (char *)text;
  return list;
}

_Noreturn static void become(const struct program *p, int out, int err, int report) {
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  if (p->mask) umask(022);
  if (dup2(p->input, 0) >= 0 && dup2(out, 1) >= 0 && dup2(err, 2) >= 0 &&
      close_range_cloexec(3) == 0 && (p->directory[0] == 0 || chdir(p->directory) == 0)) {
    if (strchr(p->path, '/') != NULL)
      execve(p->path, p->argv, p->env);
    else
      execvpe(p->path, p->argv, p->env);
  }
  int error = errno;
  ssize_t written = write(report, &error, sizeof(error));
  (void)written;
  _exit(127);
}

/* Reads what is there; answers whether there may be more. */
static bool drain(struct output *o) {
  char dropped[4096];
  ssize_t size = o->size < OUTPUT_KEPT - 1
                     ? read(o->fd, o->text + o->size, OUTPUT_KEPT - 1 - o->size)
                     : read(o->fd, dropped, sizeof(dropped));
  if (size <= 0) return size < 0 && (errno == EAGAIN || errno == EINTR);
  if (o->size < OUTPUT_KEPT - 1) o->size += (size_t)size;
  return true;
}

static int64_t now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Follows both streams until the program has ended. Answers false when its time ran out first. A
 * process it left behind may keep the streams open: that does not hold us up. */
static bool follow(int pidfd, struct output outputs[2], uint32_t timeout_ms) {
  int64_t end = now_ms() + timeout_ms;
  bool open_streams[2] = {true, true};
  for (;;) {
    struct pollfd fds[3] = {{.fd = pidfd, .events = POLLIN}};
    for (int i = 0; i < 2; i++)
      fds[i + 1] = (struct pollfd){.fd = open_streams[i] ? outputs[i].fd : -1, .events = POLLIN};
    int64_t left = timeout_ms == 0 ? -1 : end - now_ms();
    if (timeout_ms != 0 && left <= 0) return false;
    if (poll(fds, 3, (int)left) < 0 && errno != EINTR) return false;
    for (int i = 0; i < 2; i++) {
      if ((fds[i + 1].revents & (POLLIN | POLLHUP)) != 0) open_streams[i] = drain(&outputs[i]);
    }
    if ((fds[0].revents & POLLIN) != 0) break;
  }
  for (int i = 0; i < 2; i++) {
    struct pollfd rest = {.fd = outputs[i].fd, .events = POLLIN};
    while (open_streams[i] && poll(&rest, 1, 0) > 0) open_streams[i] = drain(&outputs[i]);
  }
  return true;
}

static void trim(struct output *o) {
  while (o->size > 0 && (o->text[o->size - 1] == '\n' || o->text[o->size - 1] == '\r')) o->size--;
  o->text[o->size] = 0;
}

static int judge(struct context *c, const siginfo_t *info, struct output outputs[2]) {
  if (info->si_code == CLD_EXITED && info->si_status == 0) return 0;
  trim(&outputs[0]);
  trim(&outputs[1]);
  if (info->si_code == CLD_EXITED)
    return fail(c, "", 0, "exit status %d, stdout: %s, stderr: %s", info->si_status,
                outputs[0].text, outputs[1].text);
  char name[64];
  format(name, sizeof(name), "%s", strsignal(info->si_status));
  name[0] |= 0x20;
  return fail(c, "", 0, "signal: %s, stdout: %s, stderr: %s", name, outputs[0].text,
              outputs[1].text);
}

static int run_program(struct context *c, const struct program *p) {
  int out[2] = {-1, -1}, err[2] = {-1, -1}, report[2] = {-1, -1};
  int result = -1;
  pid_t child = -1;
  if (pipe2(out, O_CLOEXEC) != 0 || pipe2(err, O_CLOEXEC) != 0 || pipe2(report, O_CLOEXEC) != 0) {
    fail(c, "pipe2", errno, "%s", p->path);
  } else {
    child = fork();
    if (child == 0) become(p, out[1], err[1], report[1]);
    if (child < 0) fail(c, "fork", errno, "%s", p->path);
  }
  close_fd(&out[1]);
  close_fd(&err[1]);
  close_fd(&report[1]);
  if (child > 0) {
    int error = 0;
    siginfo_t info;
    AUTO_CLOSE int pidfd = pidfd_open(child);
    struct output outputs[2] = {{.fd = out[0]}, {.fd = err[0]}};
    fcntl(out[0], F_SETFL, O_NONBLOCK);
    fcntl(err[0], F_SETFL, O_NONBLOCK);
    bool executed = read(report[0], &error, sizeof(error)) != (ssize_t)sizeof(error);
    bool ended = !executed || (pidfd >= 0 && follow(pidfd, outputs, p->timeout_ms));
    if (!ended) kill(child, SIGKILL);
    while (waitid(P_PID, (id_t)child, &info, WEXITED) != 0 && errno == EINTR) continue;
    if (!executed)
      result = fail(c, "execve", error, "%s", p->path);
    else if (!ended)
      result = fail(c, "", 0, "hook ran past specified timeout of %u.%03us", p->timeout_ms / 1000,
                    p->timeout_ms % 1000);
    else
      result = judge(c, &info, outputs);
  }
  close_fd(&out[0]);
  close_fd(&err[0]);
  close_fd(&report[0]);
  return result;
}

int op_hook(struct context *c, const struct op_hook *a) {
  size_t size = strlen(a->state) + 64;
  char *state = malloc(size);
  char **argv = list_texts(c, &a->argv);
  char **env = list_texts(c, &a->env);
  int result = -1;
  if (state == NULL) fail(c, "malloc", ENOMEM, "state");
  if (env != NULL && a->home && c->home[0] != 0) env[a->env.count] = c->home;
  if (state != NULL && argv != NULL && env != NULL && expand(c, a->state, state, size) == 0) {
    /* A file, not a pipe: a hook that never reads it holds up nobody. */
    AUTO_CLOSE int input = seal_bytes(c, "ocirun-state", state, strlen(state), false);
    if (input >= 0 && lseek(input, 0, SEEK_SET) == 0) {
      struct program program = {
          a->path, argv, env, a->directory, input, a->timeout_ms, c->phase == PHASE_CONTAINER};
      result = run_program(c, &program);
    }
  }
  free(state);
  free(argv);
  free(env);
  if (result == 0 || !a->lenient) return result;
  if (!c->warned) c->warning = *c->failure;
  c->warned = true;
  return 0;
}

int op_run_program(struct context *c, const struct op_run_program *a) {
  static char *const path[] = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                               NULL};
  if (a->argv.count == 0) return fail(c, "execve", EINVAL, "no program");
  char **argv = list_texts(c, &a->argv);
  if (argv == NULL) return -1;
  /* newuidmap is given the process id. */
  char expanded[16];
  for (uint32_t i = 0; i < a->argv.count; i++) {
    if (strchr(argv[i], 1) == NULL) continue;
    if (expand(c, argv[i], expanded, sizeof(expanded)) != 0) {
      free(argv);
      return -1;
    }
    argv[i] = expanded;
  }
  AUTO_CLOSE int input = open_file("/dev/null", O_RDONLY);
  struct program program = {argv[0], argv, (char **)path, "", input, 0, false};
  int result = input < 0 ? fail(c, "open", errno, "/dev/null") : run_program(c, &program);
  free(argv);
  return result;
}
