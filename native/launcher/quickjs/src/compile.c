/*
 * compile ARCHIVE MODULE...: the build's compiler from JavaScript modules to the archive that the
 * brain learns from. A module's name in the archive is its file name; `import "./x.js"` finds x.js.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "quickjs.h"

static int complain(const char *doing, const char *what) {
  fprintf(stderr, "compile: %s %s: %s\n", doing, what, strerror(errno));
  return -1;
}

static char *read_source(const char *path, size_t *size) {
  FILE *file = fopen(path, "rb");
  if (file == NULL || fseek(file, 0, SEEK_END) < 0) return NULL;
  long end = ftell(file);
  rewind(file);
  /* The parser wants a NUL behind the text. */
  char *text = end < 0 ? NULL : calloc(1, (size_t)end + 1);
  if (text != NULL && fread(text, 1, (size_t)end, file) != (size_t)end) {
    free(text);
    text = NULL;
  }
  fclose(file);
  *size = end < 0 ? 0 : (size_t)end;
  return text;
}

static int print_exception(JSContext *context, const char *path) {
  JSValue exception = JS_GetException(context);
  JSValue stack = JS_GetPropertyStr(context, exception, "stack");
  const char *text = JS_ToCString(context, exception);
  const char *lines = JS_ToCString(context, stack);
  fprintf(stderr, "compile: %s: %s\n%s", path, text, lines);
  JS_FreeCString(context, lines);
  JS_FreeCString(context, text);
  JS_FreeValue(context, stack);
  JS_FreeValue(context, exception);
  return -1;
}

static int never_run(JSContext *context, JSModuleDef *module) {
  (void)context;
  (void)module;
  return -1;
}

/* A module's imports are looked for already here; the brain finds the true ones in the archive. */
static JSModuleDef *stand_in(JSContext *context, const char *name, void *opaque) {
  (void)opaque;
  return JS_NewCModule(context, name, never_run);
}

static int write_entry(FILE *archive, const char *name, const uint8_t *code, size_t size) {
  uint32_t sizes[] = {(uint32_t)strlen(name), (uint32_t)size};
  if (fwrite(sizes, sizeof(sizes), 1, archive) != 1 ||
      fwrite(name, 1, sizes[0], archive) != sizes[0] || fwrite(code, 1, size, archive) != size)
    return complain("write", name);
  return 0;
}

static int compile(JSContext *context, FILE *archive, const char *path) {
  size_t size, code_size;
  const char *slash = strrchr(path, '/');
  const char *name = slash == NULL ? path : slash + 1;
  char *source = read_source(path, &size);
  if (source == NULL) return complain("read", path);
  JSValue module =
      JS_Eval(context, source, size, name, JS_EVAL_TYPE_MODULE | JS_EVAL_FLAG_COMPILE_ONLY);
  free(source);
  if (JS_IsException(module)) return print_exception(context, path);
  uint8_t *code = JS_WriteObject(context, &code_size, module, JS_WRITE_OBJ_BYTECODE);
  if (code == NULL) return print_exception(context, path);
  int result = write_entry(archive, name, code, code_size);
  js_free(context, code);
  return result;
}

int main(int argc, char **argv) {
  if (argc < 2) {
    fputs("usage: compile ARCHIVE MODULE...\n", stderr);
    return 1;
  }
  JSRuntime *runtime = JS_NewRuntime();
  JSContext *context = JS_NewContext(runtime);
  FILE *archive = fopen(argv[1], "wb");
  if (archive == NULL) {
    complain("open", argv[1]);
    return 1;
  }
  /* The source goes; names and line tables stay, for the stack of an internal error. */
  JS_SetStripInfo(runtime, JS_STRIP_SOURCE);
  JS_SetModuleLoaderFunc(runtime, NULL, stand_in, NULL);
  for (int i = 2; i < argc; i++) {
    if (compile(context, archive, argv[i]) < 0) return 1;
  }
  if (fclose(archive) != 0) {
    complain("write", argv[1]);
    return 1;
  }
  return 0;
}
