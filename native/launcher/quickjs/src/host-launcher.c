#include <errno.h>
#include <signal.h>
#include <string.h>

#include "host.h"
#include "launch.h"

/* The standalone launcher's file (launcher-image.S): what a launched process and the relay execute.
 */
extern const unsigned char launcher_image[], launcher_image_end[];

static struct launch_image image(void) {
  struct launch_image whole = {launcher_image, (size_t)(launcher_image_end - launcher_image)};
  return whole;
}

/* `LaunchFailure` of host.ts. */
static JSValue failure_object(JSContext *context, const struct launch_failure *failure) {
  JSValue object = JS_NewObject(context);
  JS_SetPropertyStr(context, object, "step", JS_NewInt32(context, failure->step));
  JSValue from = host_string(context, (const uint8_t *)failure->from, strlen(failure->from));
  JS_SetPropertyStr(context, object, "from", from);
  JS_SetPropertyStr(context, object, "syscall", JS_NewString(context, failure->syscall));
  JS_SetPropertyStr(context, object, "errno", JS_NewInt32(context, failure->error));
  JSValue detail = host_string(context, (const uint8_t *)failure->detail, strlen(failure->detail));
  JS_SetPropertyStr(context, object, "detail", detail);
  return object;
}

/* What a call of the launcher answers that has nothing to say but why it failed. */
static JSValue failure_or_nothing(JSContext *context, int result,
                                  const struct launch_failure *failure) {
  return result < 0 ? failure_object(context, failure) : JS_UNDEFINED;
}

/* A process that was launched. It lies in a buffer, which each of its methods carries. */
struct process {
  struct launched launched;
  sigset_t before; /* what was blocked before its program ran */
};

static struct process *process_of(JSContext *context, JSValueConst buffer) {
  size_t size;
  return (struct process *)(void *)JS_GetArrayBuffer(context, &size, buffer);
}

/*
 * From the moment the program runs, a signal to us is meant for it. It waits, blocked, for the
 * relay to pass it on: also across the execution of that, while handlers would be lost.
 */
static int start_process(struct process *process, struct launch_failure *failure) {
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, &process->before);
  int result = launch_start(&process->launched, failure);
  if (result < 0) sigprocmask(SIG_SETMASK, &process->before, NULL);
  return result;
}

enum method { RELEASE, START, ABANDON, DETACH };

static JSValue let_go(JSContext *context, JSValueConst self, int argc, JSValueConst *argv,
                      int method, JSValue *data) {
  struct process *process = process_of(context, data[0]);
  struct launch_failure failure = {.step = -1};
  int result = 0;
  (void)self, (void)argc, (void)argv;
  switch ((enum method)method) {
    case RELEASE:
      result = launch_release(&process->launched, &failure);
      launch_detach(&process->launched);
      break;
    case START:
      result = start_process(process, &failure);
      break;
    case ABANDON:
      launch_abandon(&process->launched);
      break;
    case DETACH:
      /* Once started it is a child like any other, and those outlive us. */
      sigprocmask(SIG_SETMASK, &process->before, NULL);
      break;
  }
  return failure_or_nothing(context, result, &failure);
}

/*
 * Comes back only when it failed: otherwise this process is the relay from here on, and its exit
 * status is the program's.
 */
static JSValue relay(JSContext *context, JSValueConst self, int argc, JSValueConst *argv, int magic,
                     JSValue *data) {
  struct launch_failure failure = {.step = -1};
  struct launch_image launcher = image();
  struct host_bytes cleanup = {0};
  (void)self, (void)argc, (void)magic;
  if (!JS_IsUndefined(argv[0]) && host_bytes_of(context, argv[0], &cleanup) < 0)
    return JS_EXCEPTION;
  launch_become_relay(&launcher, &process_of(context, data[0])->launched, cleanup.at, cleanup.size,
                      &failure);
  host_bytes_free(context, &cleanup);
  const char *what = failure.detail[0] == '\0' ? NULL : failure.detail;
  return host_fail_with(context, failure.error, failure.syscall, what);
}

static int set_method(JSContext *context, JSValueConst process, const char *name,
                      JSCFunctionData *function, int magic, JSValueConst launched) {
  JSValue method = JS_NewCFunctionData(context, function, 1, magic, 1, &launched);
  return JS_SetPropertyStr(context, process, name, method);
}

static JSValue process_object(JSContext *context, const struct launched *launched) {
  struct process kept = {.launched = *launched};
  JSValue buffer = JS_NewArrayBufferCopy(context, (const uint8_t *)&kept, sizeof(kept));
  JSValue process = JS_NewObject(context);
  JS_SetPropertyStr(context, process, "pid", JS_NewInt32(context, launched->pid));
  JS_SetPropertyStr(context, process, "startTime",
                    JS_NewInt64(context, (int64_t)launched->start_time));
  set_method(context, process, "release", let_go, RELEASE, buffer);
  set_method(context, process, "start", let_go, START, buffer);
  set_method(context, process, "abandon", let_go, ABANDON, buffer);
  set_method(context, process, "detach", let_go, DETACH, buffer);
  set_method(context, process, "relay", relay, 0, buffer);
  JS_FreeValue(context, buffer);
  return process;
}

static JSValue launch_plan(JSContext *context, JSValueConst self, int argc, JSValueConst *argv) {
  struct launch_failure failure = {.step = -1};
  struct launch_image launcher = image();
  struct launched launched;
  struct host_bytes plan;
  (void)self, (void)argc;
  if (host_bytes_of(context, argv[0], &plan) < 0) return JS_EXCEPTION;
  int result = launch(&launcher, plan.at, plan.size, &launched, &failure);
  host_bytes_free(context, &plan);
  JSValue answer = JS_NewObject(context);
  JS_SetPropertyStr(context, answer, "ok", JS_NewBool(context, result == 0));
  if (result == 0)
    JS_SetPropertyStr(context, answer, "process", process_object(context, &launched));
  else
    JS_SetPropertyStr(context, answer, "failure", failure_object(context, &failure));
  return answer;
}

static JSValue perform(JSContext *context, JSValueConst self, int argc, JSValueConst *argv) {
  struct launch_failure failure = {.step = -1};
  struct host_bytes plan;
  (void)self, (void)argc;
  if (host_bytes_of(context, argv[0], &plan) < 0) return JS_EXCEPTION;
  int result = launch_perform(plan.at, plan.size, &failure);
  host_bytes_free(context, &plan);
  return failure_or_nothing(context, result, &failure);
}

static JSValue start(JSContext *context, JSValueConst self, int argc, JSValueConst *argv) {
  struct launch_failure failure = {.step = -1};
  (void)self, (void)argc;
  const char *path = host_text(context, argv[0], "open");
  if (path == NULL) return JS_EXCEPTION;
  int result = launch_open(path, &failure);
  JS_FreeCString(context, path);
  return failure_or_nothing(context, result, &failure);
}

const JSCFunctionListEntry host_launcher[] = {
    JS_CFUNC_DEF("launch", 2, launch_plan),
    JS_CFUNC_DEF("perform", 1, perform),
    JS_CFUNC_DEF("start", 1, start),
};
const int host_launcher_count = sizeof(host_launcher) / sizeof(host_launcher[0]);
