#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host-process.h"
#include "host.h"

extern char **environ;

/* What a program of ours says fits by far; one that says more is not what we took it for. */
#define MAX_OUTPUT ((size_t)16 << 20)
#define FIRST_OUTPUT 4096

/* Places in `fds` and in what is polled: our ends of its three pipes, and the process itself. */
enum { INPUT, OUTPUT, ERRORS, ENDED, FDS };

struct run {
  JSContext *context;
  pid_t pid;
  int fds[FDS];
  struct host_bytes input;
  size_t written;
  struct host_buffer texts[2];
  int64_t deadline;
  bool timed_out;
};

static void close_fd(int *fd) {
  if (*fd >= 0) close(*fd);
  *fd = -1;
}

/* A list of strings as the kernel takes it, NULL at its end; the strings are given back by
 * free_list. */
static void free_list(JSContext *context, char **list) {
  for (char **next = list; next != NULL && *next != NULL; next++) JS_FreeCString(context, *next);
  js_free(context, list);
}

static char **list_of(JSContext *context, JSValueConst array) {
  int64_t count;
  JSValue length = JS_GetPropertyStr(context, array, "length");
  if (JS_IsException(length) || JS_ToInt64(context, &count, length) < 0) return NULL;
  if (count < 0 || count > 65536) {
    host_fail_with(context, E2BIG, "spawn", NULL);
    return NULL;
  }
  char **list = js_mallocz(context, ((size_t)count + 1) * sizeof(*list));
  for (int64_t i = 0; list != NULL && i < count; i++) {
    JSValue item = JS_GetPropertyUint32(context, array, (uint32_t)i);
    /* The kernel only reads them. */
    list[i] = (char *)(uintptr_t)host_text(context, item, "spawn");
    JS_FreeValue(context, item);
    if (list[i] == NULL) {
      free_list(context, list);
      return NULL;
    }
  }
  return list;
}

/* 0, or an errno. */
static int spawn_with(struct run *run, char **argv, char **env, int ends[3]) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  sigset_t none;
  sigemptyset(&none);
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  int error = 0;
  for (int i = INPUT; i <= ERRORS && error == 0; i++)
    error = posix_spawn_file_actions_adddup2(&actions, ends[i], i);
  if (error == 0) error = posix_spawnp(&run->pid, argv[0], &actions, &attributes, argv, env);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return error;
}

static int spawn(struct run *run, char **argv, char **env) {
  int ends[3] = {-1, -1, -1};
  int pair[2];
  int error = 0;
  for (int i = INPUT; i <= ERRORS && error == 0; i++) {
    if (pipe2(pair, O_CLOEXEC) < 0) {
      error = errno;
      break;
    }
    run->fds[i] = pair[i == INPUT ? 1 : 0];
    ends[i] = pair[i == INPUT ? 0 : 1];
  }
  if (error == 0) error = spawn_with(run, argv, env, ends);
  for (int i = INPUT; i <= ERRORS; i++) close_fd(&ends[i]);
  if (error != 0) return error;
  run->fds[ENDED] = (int)syscall(SYS_pidfd_open, run->pid, 0);
  if (run->fds[ENDED] >= 0 && fcntl(run->fds[INPUT], F_SETFL, O_NONBLOCK) == 0) return 0;
  error = errno;
  kill(run->pid, SIGKILL);
  waitpid(run->pid, NULL, 0);
  return error;
}

static int feed(struct run *run) {
  ssize_t wrote =
      write(run->fds[INPUT], run->input.at + run->written, run->input.size - run->written);
  if (wrote >= 0)
    run->written += (size_t)wrote;
  else if (errno == EPIPE)
    run->written = run->input.size;
  else if (errno != EAGAIN && errno != EINTR)
    return -1;
  if (run->written == run->input.size) close_fd(&run->fds[INPUT]);
  return 0;
}

static int drain(struct run *run, int which) {
  long got = host_buffer_read(&run->texts[which - OUTPUT], run->fds[which], MAX_OUTPUT);
  if (got == 0) close_fd(&run->fds[which]);
  return got < 0 ? -1 : 0;
}

/* Serves its pipes until they are closed and it has ended, or the time is over. */
static int attend(struct run *run) {
  bool ended = false;
  while (!ended || run->fds[OUTPUT] >= 0 || run->fds[ERRORS] >= 0) {
    struct pollfd polled[FDS];
    for (int i = 0; i < FDS; i++)
      polled[i] = (struct pollfd){run->fds[i], i == INPUT ? POLLOUT : POLLIN, 0};
    if (ended) polled[ENDED].fd = -1;
    int ready = poll(polled, FDS, run->deadline == 0 ? -1 : host_ms_until(run->deadline));
    if (ready < 0 && errno != EINTR) return -1;
    if (ready == 0) {
      run->timed_out = true;
      return 0;
    }
    if (ready < 0) continue;
    ended = ended || polled[ENDED].revents != 0;
    if (polled[INPUT].revents != 0 && feed(run) < 0) return -1;
    for (int i = OUTPUT; i <= ERRORS; i++) {
      if (polled[i].revents != 0 && drain(run, i) < 0) return -1;
    }
  }
  return 0;
}

static JSValue number_or_null(JSContext *context, bool there, int number) {
  return there ? JS_NewInt32(context, number) : JS_NULL;
}

static JSValue finished(struct run *run, int status) {
  JSContext *context = run->context;
  JSValue result = JS_NewObject(context);
  JS_SetPropertyStr(context, result, "code",
                    number_or_null(context, WIFEXITED(status), WEXITSTATUS(status)));
  JS_SetPropertyStr(context, result, "signal",
                    number_or_null(context, WIFSIGNALED(status), WTERMSIG(status)));
  JS_SetPropertyStr(context, result, "stdout",
                    host_string(context, run->texts[0].at, run->texts[0].used));
  JS_SetPropertyStr(context, result, "stderr",
                    host_string(context, run->texts[1].at, run->texts[1].used));
  JS_SetPropertyStr(context, result, "timedOut", JS_NewBool(context, run->timed_out));
  return result;
}

static JSValue attend_and_reap(struct run *run, const char *program) {
  struct sigaction old, ignore = {.sa_handler = SIG_IGN};
  /* It may close its stdin before it has read it all. Set only now: it would be inherited. */
  sigaction(SIGPIPE, &ignore, &old);
  int failed = attend(run) < 0 ? errno : 0;
  sigaction(SIGPIPE, &old, NULL);
  if (failed != 0 || run->timed_out) kill(run->pid, SIGKILL);
  int status;
  pid_t reaped;
  do reaped = waitpid(run->pid, &status, 0);
  while (reaped < 0 && errno == EINTR);
  if (failed != 0)
    return host_fail_with(run->context, failed == EFBIG ? ENOBUFS : failed, "read", program);
  if (reaped < 0) return host_fail(run->context, "waitpid", program);
  return finished(run, status);
}

static JSValue run_program(struct run *run, char **argv, char **env) {
  uint8_t output[FIRST_OUTPUT], errors[FIRST_OUTPUT];
  struct host_buffer first = HOST_BUFFER(run->context, output);
  struct host_buffer second = HOST_BUFFER(run->context, errors);
  /* Ignored by whoever started us, its end would leave no status to wait for. */
  struct sigaction old, standard = {.sa_handler = SIG_DFL};
  run->texts[0] = first;
  run->texts[1] = second;
  sigaction(SIGCHLD, &standard, &old);
  int error = spawn(run, argv, env);
  JSValue result = error != 0 ? host_fail_with(run->context, error, "spawn", argv[0])
                              : attend_and_reap(run, argv[0]);
  sigaction(SIGCHLD, &old, NULL);
  for (int i = 0; i < FDS; i++) close_fd(&run->fds[i]);
  host_buffer_free(&run->texts[0]);
  host_buffer_free(&run->texts[1]);
  return result;
}

/* Reads the options; `env` stays NULL when the program is to have ours. */
static int take_options(struct run *run, JSValueConst options, char ***env) {
  JSContext *context = run->context;
  double timeout_ms = 0;
  if (!JS_IsObject(options)) return 0;
  JSValue timeout = JS_GetPropertyStr(context, options, "timeoutMs");
  JSValue list = JS_GetPropertyStr(context, options, "env");
  JSValue input = JS_GetPropertyStr(context, options, "stdin");
  int result = 0;
  if (!JS_IsUndefined(timeout) && JS_ToFloat64(context, &timeout_ms, timeout) < 0) result = -1;
  if (result == 0 && !JS_IsUndefined(list) && (*env = list_of(context, list)) == NULL) result = -1;
  if (result == 0 && !JS_IsUndefined(input) && host_bytes_of(context, input, &run->input) < 0)
    result = -1;
  if (timeout_ms > 0) run->deadline = host_now_ms() + (int64_t)timeout_ms;
  JS_FreeValue(context, timeout);
  JS_FreeValue(context, list);
  /* The options hold the bytes while the program runs. */
  JS_FreeValue(context, input);
  return result;
}

JSValue host_run_program(JSContext *context, JSValueConst self, int argc, JSValueConst *argv) {
  struct run run = {.context = context, .fds = {-1, -1, -1, -1}};
  char **env = NULL;
  JSValue result = JS_EXCEPTION;
  (void)self, (void)argc;
  char **arguments = list_of(context, argv[0]);
  if (arguments != NULL && arguments[0] == NULL)
    host_fail_with(context, EINVAL, "spawn", NULL);
  else if (arguments != NULL && take_options(&run, argv[1], &env) == 0)
    result = run_program(&run, arguments, env == NULL ? environ : env);
  host_bytes_free(context, &run.input);
  free_list(context, env);
  free_list(context, arguments);
  return result;
}
