#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "host-process.h"
#include "host.h"

/* PF_EXITING of the kernel: set first thing in a process's end, long before it is a zombie. */
#define EXITING 0x4

struct process_status {
  bool ended;
  unsigned long long start_time;
};

/* The field that is count further on, NULL when there are less. */
static const char *skip_fields(const char *field, int count) {
  for (; count > 0 && field != NULL; count--) {
    field = strchr(field, ' ');
    field = field == NULL ? NULL : field + 1;
  }
  return field;
}

/*
 * 1 when the process is there, 0 when it is gone, -1 with errno. In its stat file the name stands
 * in parentheses and may hold anything, so the fields are counted from the last one.
 */
static int inspect_process(int pid, struct process_status *status) {
  char path[32], text[1024];
  snprintf(path, sizeof(path), "/proc/%d/stat", pid);
  int file = host_open(path, O_RDONLY, 0);
  if (file < 0) return errno == ENOENT ? 0 : -1;
  ssize_t size = read(file, text, sizeof(text) - 1);
  int error = errno;
  close(file);
  errno = error;
  if (size < 0) return errno == ESRCH ? 0 : -1;
  text[size] = '\0';
  const char *field = strrchr(text, ')');
  if (field == NULL || field[1] != ' ' || field[2] == '\0') {
    errno = EPROTO;
    return -1;
  }
  /* The state is field 3, the flags field 9, the start time field 22 (proc_pid_stat(5)). */
  const char *state = field + 2;
  const char *flags = skip_fields(state, 9 - 3), *start_time = skip_fields(flags, 22 - 9);
  if (start_time == NULL) {
    errno = EPROTO;
    return -1;
  }
  status->ended = *state == 'Z' || *state == 'X' || (strtoul(flags, NULL, 10) & EXITING) != 0;
  status->start_time = strtoull(start_time, NULL, 10);
  return 1;
}

static JSValue inspect(JSContext *context, JSValueConst self, int argc, JSValueConst *argv) {
  struct process_status status;
  int32_t pid;
  (void)self, (void)argc;
  if (JS_ToInt32(context, &pid, argv[0]) < 0) return JS_EXCEPTION;
  int found = inspect_process(pid, &status);
  if (found < 0) return host_fail(context, "read", "stat of a process");
  if (found == 0) return JS_UNDEFINED;
  JSValue object = JS_NewObject(context);
  JS_SetPropertyStr(context, object, "ended", JS_NewBool(context, status.ended));
  JS_SetPropertyStr(context, object, "startTime", JS_NewInt64(context, (int64_t)status.start_time));
  return object;
}

/* A pidfd of the process with that start time: -1 when it is gone, -2 with an exception pending. */
static int open_process(JSContext *context, JSValueConst *argv) {
  struct process_status status;
  int32_t pid;
  int64_t start_time;
  if (JS_ToInt32(context, &pid, argv[0]) < 0 || JS_ToInt64(context, &start_time, argv[1]) < 0)
    return -2;
  int process = (int)syscall(SYS_pidfd_open, pid, 0);
  if (process < 0) {
    /* EINVAL: no process has such a number. */
    if (errno == ESRCH || errno == EINVAL) return -1;
    host_fail(context, "pidfd_open", NULL);
    return -2;
  }
  /* Held by the pidfd, the number cannot pass to another process while the start time is read. */
  int found = inspect_process(pid, &status);
  if (found == 1 && status.start_time == (unsigned long long)start_time) return process;
  int error = errno;
  close(process);
  if (found >= 0) return -1;
  host_fail_with(context, error, "read", "stat of a process");
  return -2;
}

static JSValue send_signal(JSContext *context, JSValueConst self, int argc, JSValueConst *argv) {
  int32_t number;
  (void)self, (void)argc;
  if (JS_ToInt32(context, &number, argv[2]) < 0) return JS_EXCEPTION;
  int process = open_process(context, argv);
  if (process < 0) return process == -1 ? JS_FALSE : JS_EXCEPTION;
  JSValue answer = JS_TRUE;
  if (syscall(SYS_pidfd_send_signal, process, number, NULL, 0) < 0)
    answer = errno == ESRCH ? JS_FALSE : host_fail(context, "pidfd_send_signal", NULL);
  close(process);
  return answer;
}

static JSValue wait_gone(JSContext *context, JSValueConst self, int argc, JSValueConst *argv) {
  double timeout_ms;
  (void)self, (void)argc;
  if (JS_ToFloat64(context, &timeout_ms, argv[2]) < 0) return JS_EXCEPTION;
  int process = open_process(context, argv);
  if (process < 0) return process == -1 ? JS_TRUE : JS_EXCEPTION;
  struct pollfd ended = {.fd = process, .events = POLLIN};
  int64_t deadline = host_now_ms() + (int64_t)(timeout_ms > 0 ? timeout_ms : 0);
  int ready;
  do ready = poll(&ended, 1, host_ms_until(deadline));
  while (ready < 0 && errno == EINTR);
  JSValue answer = ready < 0 ? host_fail(context, "poll", NULL) : JS_NewBool(context, ready > 0);
  close(process);
  return answer;
}

int64_t host_now_ms(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

int host_ms_until(int64_t deadline) {
  int64_t left = deadline - host_now_ms();
  if (left < 0) return 0;
  return left > 86400000 ? 86400000 : (int)left;
}

const JSCFunctionListEntry host_processes[] = {
    JS_CFUNC_DEF("inspect", 1, inspect),
    JS_CFUNC_DEF("signal", 3, send_signal),
    JS_CFUNC_DEF("waitGone", 3, wait_gone),
    JS_CFUNC_DEF("run", 2, host_run_program),
};
const int host_processes_count = sizeof(host_processes) / sizeof(host_processes[0]);
