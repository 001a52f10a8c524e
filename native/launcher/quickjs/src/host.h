#ifndef OCIRUN_HOST_H
#define OCIRUN_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "quickjs.h"

/*
 * `Host` of packages/runtime-core/src/host/host.ts, in C: each function does its work and answers
 * the value itself. A group of functions is an object on the host; host.c puts them together.
 */
JSValue host_make(JSContext *context);

/* Adds to the globals what writes text into a plan. */
int host_add_encoder(JSContext *context);

#define HOST_GROUP(name)                           \
  extern const JSCFunctionListEntry host_##name[]; \
  extern const int host_##name##_count;
HOST_GROUP(files)
HOST_GROUP(processes)
HOST_GROUP(launcher)
HOST_GROUP(clock)
HOST_GROUP(machine)
#undef HOST_GROUP

/* What a file may hold, unless the caller says otherwise. */
#define HOST_MAX_BYTES ((size_t)16 << 20)

/* Throws a SystemError for errno: `syscall` on `path` (or NULL). Always answers JS_EXCEPTION. */
JSValue host_fail(JSContext *context, const char *syscall, const char *path);
/* The same for an errno that is at hand. */
JSValue host_fail_with(JSContext *context, int error, const char *syscall, const char *path);

/*
 * The text of an argument, to be given back with JS_FreeCString; NULL with an exception pending
 * when it is no string, or holds a NUL, which no path and no kernel file can.
 */
const char *host_text(JSContext *context, JSValueConst value, const char *syscall);

/* The text of any value as UTF-8, to be given back with JS_FreeCString. */
const char *host_utf8(JSContext *context, JSValueConst value, size_t *size);

/* Bytes of an argument: a string as UTF-8, or a Uint8Array as it is. */
struct host_bytes {
  const uint8_t *at;
  size_t size;
  const char *text;
};
int host_bytes_of(JSContext *context, JSValueConst value, struct host_bytes *bytes);
void host_bytes_free(JSContext *context, struct host_bytes *bytes);

/* Bytes read until the end, in memory of QuickJS; grows from a buffer of the caller's stack. */
struct host_buffer {
  JSContext *context;
  uint8_t *at;
  size_t used;
  size_t room;
  bool borrowed;
};
#define HOST_BUFFER(context, stack) \
  { context, stack, 0, sizeof(stack), true }
/* Reads once: what `read` answers, with ENOMEM or EFBIG (more than `max` bytes) as errno too. */
long host_buffer_read(struct host_buffer *buffer, int file, size_t max);
void host_buffer_free(struct host_buffer *buffer);

/* open(), which in musl makes a second call for O_CLOEXEC that kernels of this century do not need.
 */
int host_open(const char *path, int flags, unsigned mode);

/* Writes all of it, however often the kernel takes only a part: 0, or -1 with errno. */
int host_write_all(int file, const void *data, size_t size);

JSValue host_string(JSContext *context, const uint8_t *at, size_t size);
JSValue host_uint8_array(JSContext *context, const uint8_t *at, size_t size);

#endif
