#include "brain.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "host.h"

/* A configuration is 16 MiB at most and its tree some twenty times that; beyond is a runaway. */
#define MEMORY_LIMIT ((size_t)1 << 30)
/* A command's garbage is never worth a collection, unless its input is huge. */
#define COLLECT_AFTER ((size_t)64 << 20)

/* Where modules are looked for. */
struct sources {
  struct archive awake;
  const struct archive *asleep;
};

/* Rejected promises that nobody handled yet. */
static int unhandled;

static void track_rejection(JSContext *context, JSValueConst promise, JSValueConst reason,
                            JS_BOOL is_handled, void *opaque) {
  (void)context;
  (void)promise;
  (void)reason;
  (void)opaque;
  unhandled += is_handled ? -1 : 1;
}

/* Prints the exception that is pending, with its stack: only a fault of our own comes here. */
static void print_exception(JSContext *context, const char *doing) {
  JSValue exception = JS_GetException(context);
  const char *text = JS_ToCString(context, exception);
  fprintf(stderr, "ocirun: %s: %s\n", doing, text == NULL ? "an exception without text" : text);
  JS_FreeCString(context, text);
  if (JS_IsError(context, exception)) {
    JSValue stack = JS_GetPropertyStr(context, exception, "stack");
    const char *lines = JS_ToCString(context, stack);
    if (lines != NULL) fputs(lines, stderr);
    JS_FreeCString(context, lines);
    JS_FreeValue(context, stack);
  }
  JS_FreeValue(context, exception);
}

static bool find_module(struct archive archive, const char *name, struct archive_entry *entry) {
  while (archive_next(&archive, entry) == 1) {
    if (strlen(name) == entry->name_size && memcmp(name, entry->name, entry->name_size) == 0)
      return true;
  }
  return false;
}

static JSModuleDef *load_module(JSContext *context, const char *name, void *opaque) {
  const struct sources *sources = opaque;
  struct archive_entry entry;
  if (!find_module(sources->awake, name, &entry) &&
      !(sources->asleep != NULL && find_module(*sources->asleep, name, &entry))) {
    JS_ThrowReferenceError(context, "no module %s in the archive", name);
    return NULL;
  }
  JSValue module = JS_ReadObject(context, entry.code, entry.code_size, JS_READ_OBJ_BYTECODE);
  return JS_IsException(module) ? NULL : JS_VALUE_GET_PTR(module);
}

static JSModuleDef *load_sleeping_module(JSContext *context, const char *name, void *opaque) {
  struct sources sources = {.asleep = opaque};
  return load_module(context, name, &sources);
}

static int run_jobs(struct brain *brain) {
  JSContext *context;
  int ran;
  while ((ran = JS_ExecutePendingJob(brain->runtime, &context)) > 0) {
  }
  return ran;
}

/* Waits for a promise by running what is queued: 0 when fulfilled, -1 with an exception pending. */
static int settle(struct brain *brain, JSValueConst promise) {
  JSContext *context = brain->context;
  if (run_jobs(brain) < 0) return -1;
  switch (JS_PromiseState(context, promise)) {
    case JS_PROMISE_FULFILLED:
      return 0;
    case JS_PROMISE_REJECTED:
      JS_Throw(context, JS_PromiseResult(context, promise));
      return -1;
    default:
      JS_ThrowInternalError(context, "it waits for something that never comes");
      return -1;
  }
}

static int learn_module(struct brain *brain, const struct archive_entry *entry, bool is_entry) {
  JSContext *context = brain->context;
  char name[256];
  if (entry->name_size >= sizeof(name)) {
    JS_ThrowRangeError(context, "a module's name is too long");
    return -1;
  }
  memcpy(name, entry->name, entry->name_size);
  name[entry->name_size] = '\0';
  JSValue loaded = JS_LoadModule(context, "", name);
  if (JS_IsException(loaded)) return -1;
  int settled = settle(brain, loaded);
  if (settled == 0 && is_entry) {
    JSValue namespace = JS_PromiseResult(context, loaded);
    brain->main = JS_GetPropertyStr(context, namespace, "main");
    JS_FreeValue(context, namespace);
  }
  JS_FreeValue(context, loaded);
  return settled;
}

static void add_intrinsics(JSContext *context) {
  /* No eval: the parser of JavaScript is not part of the executable. */
  JS_AddIntrinsicBaseObjects(context);
  JS_AddIntrinsicDate(context);
  JS_AddIntrinsicRegExp(context);
  JS_AddIntrinsicJSON(context);
  JS_AddIntrinsicMapSet(context);
  JS_AddIntrinsicTypedArrays(context);
  JS_AddIntrinsicPromise(context);
}

/* Its seed would lie in the image, so that every process drew the same numbers: better none at all.
 */
static int remove_random(JSContext *context) {
  JSValue global = JS_GetGlobalObject(context);
  JSValue math = JS_GetPropertyStr(context, global, "Math");
  JSAtom random = JS_NewAtom(context, "random");
  int removed = JS_DeleteProperty(context, math, random, JS_PROP_THROW);
  JS_FreeAtom(context, random);
  JS_FreeValue(context, math);
  JS_FreeValue(context, global);
  return removed;
}

static int learn_modules(struct brain *brain, struct archive archive) {
  struct archive_entry entry;
  int found;
  for (bool is_entry = true; (found = archive_next(&archive, &entry)) == 1; is_entry = false) {
    if (learn_module(brain, &entry, is_entry) < 0) return -1;
  }
  if (found < 0 || !JS_IsFunction(brain->context, brain->main)) {
    JS_ThrowTypeError(brain->context, "the archive is cut off, or its entry exports no main");
    return -1;
  }
  return 0;
}

int brain_learn(struct brain *brain, struct archive modules, const struct archive *asleep,
                const JSMallocFunctions *functions, void *opaque) {
  struct sources sources = {modules, asleep};
  brain->main = JS_UNDEFINED;
  brain->host = JS_UNDEFINED;
  brain->runtime = functions == NULL ? JS_NewRuntime() : JS_NewRuntime2(functions, opaque);
  brain->context = brain->runtime == NULL ? NULL : JS_NewContextRaw(brain->runtime);
  if (brain->context == NULL) {
    fputs("ocirun: make a brain: ENOMEM\n", stderr);
    return -1;
  }
  JS_SetMemoryLimit(brain->runtime, MEMORY_LIMIT);
  JS_SetGCThreshold(brain->runtime, COLLECT_AFTER);
  JS_SetModuleLoaderFunc(brain->runtime, NULL, load_module, &sources);
  JS_SetHostPromiseRejectionTracker(brain->runtime, track_rejection, NULL);
  add_intrinsics(brain->context);
  brain->host = host_make(brain->context);
  if (JS_IsException(brain->host) || remove_random(brain->context) < 0 ||
      host_add_encoder(brain->context) < 0 || learn_modules(brain, modules) < 0) {
    print_exception(brain->context, "learn the modules");
    return -1;
  }
  /* From now on only what sleeps is left to load. QuickJS hands the pointer on and no more. */
  JS_SetModuleLoaderFunc(brain->runtime, NULL, load_sleeping_module, (void *)(uintptr_t)asleep);
  return 0;
}

static JSValue arguments_of(JSContext *context, int argc, char **argv) {
  JSValue list = JS_NewArray(context);
  for (int i = 0; i < argc; i++)
    JS_SetPropertyUint32(context, list, (uint32_t)i, JS_NewString(context, argv[i]));
  return list;
}

int brain_run(struct brain *brain, int argc, char **argv) {
  JSContext *context = brain->context;
  /* The image was made on another stack. */
  JS_UpdateStackTop(brain->runtime);
  JSValue list = arguments_of(context, argc, argv);
  JSValueConst given[] = {brain->host, list};
  JSValue promise = JS_Call(context, brain->main, JS_UNDEFINED, 2, given);
  JS_FreeValue(context, list);
  int32_t status = 1;
  if (JS_IsException(promise) || settle(brain, promise) < 0) {
    print_exception(context, "internal error");
  } else if (unhandled != 0) {
    fputs("ocirun: internal error: a promise was rejected and nobody looked\n", stderr);
  } else {
    JSValue result = JS_PromiseResult(context, promise);
    if (JS_ToInt32(context, &status, result) < 0) {
      print_exception(context, "read the exit status");
      status = 1;
    }
    JS_FreeValue(context, result);
  }
  JS_FreeValue(context, promise);
  return status;
}

void brain_forget(struct brain *brain) {
  JS_FreeValue(brain->context, brain->main);
  JS_FreeValue(brain->context, brain->host);
  JS_FreeContext(brain->context);
  JS_FreeRuntime(brain->runtime);
}
