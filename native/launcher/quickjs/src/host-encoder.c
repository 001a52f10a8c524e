#include <string.h>

#include "host.h"

/* `writeUtf8(bytes, at, text)` of packages/runtime-core/src/plan/utf8.ts. */
static JSValue write_utf8(JSContext *context, JSValueConst self, int argc, JSValueConst *argv) {
  struct host_bytes into;
  uint32_t at;
  size_t size;
  (void)self, (void)argc;
  if (host_bytes_of(context, argv[0], &into) < 0 || JS_ToUint32(context, &at, argv[1]) < 0)
    return JS_EXCEPTION;
  const char *text = host_utf8(context, argv[2], &size);
  if (text == NULL) return JS_EXCEPTION;
  JSValue place;
  if (memchr(text, '\0', size) != NULL)
    place = JS_NewInt32(context, -1);
  else if (at > into.size || size > into.size - at)
    place = JS_ThrowRangeError(context, "no room for %zu bytes of text", size);
  else {
    memcpy((uint8_t *)(uintptr_t)into.at + at, text, size);
    place = JS_NewInt64(context, (int64_t)(at + size));
  }
  JS_FreeCString(context, text);
  return place;
}

int host_add_encoder(JSContext *context) {
  JSValue global = JS_GetGlobalObject(context);
  JSValue function = JS_NewCFunction(context, write_utf8, "ocirunWriteUtf8", 3);
  int set = JS_DefinePropertyValueStr(context, global, "ocirunWriteUtf8", function, 0);
  JS_FreeValue(context, global);
  return set;
}
