#include "host.h"

static int add_group(JSContext *context, JSValueConst host, const char *name,
                     const JSCFunctionListEntry *functions, int count) {
  JSValue group = JS_NewObject(context);
  if (JS_IsException(group)) return -1;
  JS_SetPropertyFunctionList(context, group, functions, count);
  return JS_DefinePropertyValueStr(context, host, name, group, JS_PROP_ENUMERABLE);
}

JSValue host_make(JSContext *context) {
  JSValue host = JS_NewObject(context);
  if (JS_IsException(host)) return host;
  JS_SetPropertyFunctionList(context, host, host_machine, host_machine_count);
  if (add_group(context, host, "files", host_files, host_files_count) < 0 ||
      add_group(context, host, "processes", host_processes, host_processes_count) < 0 ||
      add_group(context, host, "launcher", host_launcher, host_launcher_count) < 0 ||
      add_group(context, host, "clock", host_clock, host_clock_count) < 0) {
    JS_FreeValue(context, host);
    return JS_EXCEPTION;
  }
  return host;
}
