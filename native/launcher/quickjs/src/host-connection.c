#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "host-process.h"
#include "host.h"

/* What one read takes at the most. */
enum { READ_BYTES = 65536 };

/* The descriptor of a connection, in a buffer that each of its methods carries; -1 once closed. */
static int *file_of(JSContext *context, JSValueConst *data) {
  size_t size;
  return (int *)(void *)JS_GetArrayBuffer(context, &size, data[0]);
}

static JSValue write_bytes(JSContext *context, JSValueConst self, int argc, JSValueConst *argv,
                           int magic, JSValue *data) {
  struct host_bytes bytes;
  (void)self, (void)argc, (void)magic;
  if (host_bytes_of(context, argv[0], &bytes) < 0) return JS_EXCEPTION;
  JSValue answer = JS_UNDEFINED;
  for (size_t done = 0; done < bytes.size;) {
    /* The other side may be gone; that is an errno, not the end of us. */
    ssize_t sent = send(*file_of(context, data), bytes.at + done, bytes.size - done, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) {
      answer = host_fail(context, "write", "a connection");
      break;
    }
    done += (size_t)sent;
  }
  host_bytes_free(context, &bytes);
  return answer;
}

static JSValue read_bytes(JSContext *context, JSValueConst self, int argc, JSValueConst *argv,
                          int magic, JSValue *data) {
  uint8_t bytes[READ_BYTES];
  double timeout_ms;
  (void)self, (void)argc, (void)magic;
  if (JS_ToFloat64(context, &timeout_ms, argv[0]) < 0) return JS_EXCEPTION;
  struct pollfd readable = {.fd = *file_of(context, data), .events = POLLIN};
  int64_t deadline = host_now_ms() + (int64_t)(timeout_ms > 0 ? timeout_ms : 0);
  int ready;
  do ready = poll(&readable, 1, host_ms_until(deadline));
  while (ready < 0 && errno == EINTR);
  if (ready < 0) return host_fail(context, "poll", "a connection");
  if (ready == 0) return JS_UNDEFINED;
  ssize_t got = recv(readable.fd, bytes, sizeof(bytes), 0);
  if (got < 0) return host_fail(context, "read", "a connection");
  return host_uint8_array(context, bytes, (size_t)got);
}

static JSValue close_file(JSContext *context, JSValueConst self, int argc, JSValueConst *argv,
                          int magic, JSValue *data) {
  (void)self, (void)argc, (void)argv, (void)magic;
  int *file = file_of(context, data);
  if (*file >= 0) close(*file);
  /* The number may come to mean something else. */
  *file = -1;
  return JS_UNDEFINED;
}

static void set_method(JSContext *context, JSValueConst connection, const char *name,
                       JSCFunctionData *function, JSValueConst file) {
  JSValue method = JS_NewCFunctionData(context, function, 1, 0, 1, &file);
  JS_SetPropertyStr(context, connection, name, method);
}

JSValue host_connect(JSContext *context, JSValueConst self, int argc, JSValueConst *argv) {
  (void)self, (void)argc;
  const char *path = host_text(context, argv[0], "connect");
  if (path == NULL) return JS_EXCEPTION;
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  size_t size = strlen(path);
  JSValue connection = JS_UNDEFINED;
  int file = -1;
  if (size >= sizeof(address.sun_path)) {
    connection = host_fail_with(context, ENAMETOOLONG, "connect", path);
  } else {
    memcpy(address.sun_path, path, size);
    file = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (file < 0 || connect(file, (struct sockaddr *)&address, sizeof(address)) < 0)
      connection = host_fail(context, "connect", path);
  }
  JS_FreeCString(context, path);
  if (JS_IsException(connection)) {
    if (file >= 0) close(file);
    return connection;
  }
  connection = JS_NewObject(context);
  JSValue kept = JS_NewArrayBufferCopy(context, (const uint8_t *)&file, sizeof(file));
  set_method(context, connection, "write", write_bytes, kept);
  set_method(context, connection, "read", read_bytes, kept);
  set_method(context, connection, "close", close_file, kept);
  JS_FreeValue(context, kept);
  return connection;
}
