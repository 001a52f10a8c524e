#ifndef OCIRUN_HOST_PROCESS_H
#define OCIRUN_HOST_PROCESS_H

#include <stdint.h>

#include "quickjs.h"

/* Milliseconds of the clock that nobody sets. */
int64_t host_now_ms(void);
/* What poll() is to wait until then: 0 when it is past, a day at most. */
int host_ms_until(int64_t deadline);

/* `run(argv, options)`: a program found by PATH, to its end. */
JSValue host_run_program(JSContext *context, JSValueConst self, int argc, JSValueConst *argv);

/* `connect(path)`: a unix stream socket. */
JSValue host_connect(JSContext *context, JSValueConst self, int argc, JSValueConst *argv);

#endif
