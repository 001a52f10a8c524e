#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "host-process.h"
#include "host.h"
#include "sha256.h"

extern char **environ;

/* Made when first asked for, since most commands never look: then the getter gives way to the
 * value. */
static JSValue keep(JSContext *context, JSValueConst self, const char *name, JSValue value) {
  if (!JS_IsException(value))
    JS_DefinePropertyValueStr(context, self, name, JS_DupValue(context, value), JS_PROP_ENUMERABLE);
  return value;
}

static JSValue environment(JSContext *context, JSValueConst self) {
  JSValue variables = JS_NewObjectProto(context, JS_NULL);
  for (char **next = environ; next != NULL && *next != NULL; next++) {
    const char *equals = strchr(*next, '=');
    if (equals == NULL) continue;
    JSAtom name = JS_NewAtomLen(context, *next, (size_t)(equals - *next));
    JSValue value = host_string(context, (const uint8_t *)equals + 1, strlen(equals + 1));
    int set = JS_DefinePropertyValue(context, variables, name, value,
                                     JS_PROP_ENUMERABLE | JS_PROP_CONFIGURABLE);
    JS_FreeAtom(context, name);
    if (set < 0) {
      JS_FreeValue(context, variables);
      return JS_EXCEPTION;
    }
  }
  return keep(context, self, "env", variables);
}

/* As the kernel told them when we were executed; no command changes them. */
static JSValue user(JSContext *context, JSValueConst self) {
  return keep(context, self, "uid", JS_NewInt64(context, (int64_t)getauxval(AT_EUID)));
}

static JSValue group(JSContext *context, JSValueConst self) {
  return keep(context, self, "gid", JS_NewInt64(context, (int64_t)getauxval(AT_EGID)));
}

static JSValue machine(JSContext *context, JSValueConst self) {
  struct utsname name;
  if (uname(&name) < 0) return host_fail(context, "uname", NULL);
  return keep(context, self, "machine", JS_NewString(context, name.machine));
}

static JSValue directory(JSContext *context, JSValueConst self) {
  char path[PATH_MAX];
  if (getcwd(path, sizeof(path)) == NULL) return host_fail(context, "getcwd", NULL);
  return keep(context, self, "cwd", host_string(context, (const uint8_t *)path, strlen(path)));
}

/* Everything we open has O_CLOEXEC, so what has it not came with us. */
static JSValue is_inherited(JSContext *context, JSValueConst self, int argc, JSValueConst *argv) {
  int32_t file;
  (void)self, (void)argc;
  if (JS_ToInt32(context, &file, argv[0]) < 0) return JS_EXCEPTION;
  int flags = fcntl(file, F_GETFD);
  return JS_NewBool(context, flags >= 0 && (flags & FD_CLOEXEC) == 0);
}

static JSValue hash(JSContext *context, JSValueConst self, int argc, JSValueConst *argv) {
  static const char digits[] = "0123456789abcdef";
  uint8_t digest[SHA256_BYTES];
  char hex[2 * SHA256_BYTES];
  struct host_bytes bytes;
  (void)self, (void)argc;
  if (host_bytes_of(context, argv[0], &bytes) < 0) return JS_EXCEPTION;
  sha256(bytes.at, bytes.size, digest);
  host_bytes_free(context, &bytes);
  for (size_t i = 0; i < SHA256_BYTES; i++) {
    hex[2 * i] = digits[digest[i] >> 4];
    hex[2 * i + 1] = digits[digest[i] & 15];
  }
  return JS_NewStringLen(context, hex, sizeof(hex));
}

static JSValue read_stdin(JSContext *context, JSValueConst self, int argc, JSValueConst *argv) {
  uint8_t stack[4096];
  struct host_buffer buffer = HOST_BUFFER(context, stack);
  long got;
  (void)self, (void)argc, (void)argv;
  do got = host_buffer_read(&buffer, STDIN_FILENO, HOST_MAX_BYTES);
  while (got > 0);
  JSValue text =
      got < 0 ? host_fail(context, "read", "stdin") : host_string(context, buffer.at, buffer.used);
  host_buffer_free(&buffer);
  return text;
}

static JSValue write_to(JSContext *context, JSValueConst self, int argc, JSValueConst *argv,
                        int file) {
  struct host_bytes bytes;
  (void)self, (void)argc;
  if (host_bytes_of(context, argv[0], &bytes) < 0) return JS_EXCEPTION;
  int result = host_write_all(file, bytes.at, bytes.size);
  JSValue answer = JS_UNDEFINED;
  if (result < 0) answer = host_fail(context, "write", file == STDOUT_FILENO ? "stdout" : "stderr");
  host_bytes_free(context, &bytes);
  return answer;
}

const JSCFunctionListEntry host_machine[] = {
    JS_CGETSET_DEF("env", environment, NULL),
    JS_CGETSET_DEF("uid", user, NULL),
    JS_CGETSET_DEF("gid", group, NULL),
    JS_CGETSET_DEF("cwd", directory, NULL),
    JS_CGETSET_DEF("machine", machine, NULL),
    JS_CFUNC_DEF("isInherited", 1, is_inherited),
    JS_CFUNC_DEF("sha256", 1, hash),
    JS_CFUNC_DEF("connect", 1, host_connect),
    JS_CFUNC_DEF("readStdin", 0, read_stdin),
    JS_CFUNC_MAGIC_DEF("writeStdout", 1, write_to, STDOUT_FILENO),
    JS_CFUNC_MAGIC_DEF("writeStderr", 1, write_to, STDERR_FILENO),
};
const int host_machine_count = sizeof(host_machine) / sizeof(host_machine[0]);
