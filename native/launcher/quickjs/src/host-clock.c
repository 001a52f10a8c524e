#include <errno.h>
#include <time.h>

#include "host.h"

static JSValue now(JSContext *context, JSValueConst self, int argc, JSValueConst *argv) {
  struct timespec time;
  (void)self, (void)argc, (void)argv;
  if (clock_gettime(CLOCK_REALTIME, &time) < 0) return host_fail(context, "clock_gettime", NULL);
  return JS_NewBigInt64(context, (int64_t)time.tv_sec * 1000000000 + time.tv_nsec);
}

static JSValue sleep_ms(JSContext *context, JSValueConst self, int argc, JSValueConst *argv) {
  double ms;
  (void)self, (void)argc;
  if (JS_ToFloat64(context, &ms, argv[0]) < 0) return JS_EXCEPTION;
  if (!(ms > 0)) return JS_UNDEFINED;
  /* A day is longer than any command waits, and fits every field. */
  double capped = ms < 86400e3 ? ms : 86400e3;
  struct timespec left = {.tv_sec = (time_t)(capped / 1e3)};
  left.tv_nsec = (long)((capped - (double)left.tv_sec * 1e3) * 1e6);
  while (nanosleep(&left, &left) < 0) {
    if (errno != EINTR) return host_fail(context, "nanosleep", NULL);
  }
  return JS_UNDEFINED;
}

const JSCFunctionListEntry host_clock[] = {
    JS_CFUNC_DEF("now", 0, now),
    JS_CFUNC_DEF("sleep", 1, sleep_ms),
};
const int host_clock_count = sizeof(host_clock) / sizeof(host_clock[0]);
