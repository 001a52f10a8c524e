#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "errno-name.h"
#include "host.h"

static void set(JSContext *context, JSValueConst error, const char *name, const char *text) {
  JS_DefinePropertyValueStr(context, error, name, JS_NewString(context, text), JS_PROP_C_W_E);
}

JSValue host_fail_with(JSContext *context, int error, const char *syscall, const char *path) {
  const char *name = errno_name(error);
  const char *why = errno_words(error);
  char code[16];
  if (name == NULL) {
    snprintf(code, sizeof(code), "E%d", error);
    name = code;
  }
  JSValue object = JS_NewError(context);
  if (JS_IsException(object)) return object;
  /* The path may be as long as a path can be, and the caller's text besides. */
  size_t size = strlen(syscall) + (path == NULL ? 0 : strlen(path)) + strlen(why) + 32;
  char *message = js_malloc(context, size);
  if (message == NULL) {
    JS_FreeValue(context, object);
    return JS_EXCEPTION;
  }
  snprintf(message, size, "%s%s%s: %s (%s)", syscall, path == NULL ? "" : " ",
           path == NULL ? "" : path, name, why);
  JS_DefinePropertyValueStr(context, object, "message", JS_NewString(context, message),
                            JS_PROP_CONFIGURABLE | JS_PROP_WRITABLE);
  js_free(context, message);
  set(context, object, "code", name);
  set(context, object, "syscall", syscall);
  if (path != NULL) set(context, object, "path", path);
  return JS_Throw(context, object);
}

JSValue host_fail(JSContext *context, const char *syscall, const char *path) {
  return host_fail_with(context, errno, syscall, path);
}
