#include <string.h>

#include "host.h"

/* `encodeInto(text, bytes)` of WHATWG Encoding, for bytes that have room for all of the text. */
static JSValue encode_into(JSContext *context, JSValueConst self, int argc, JSValueConst *argv) {
  struct host_bytes into;
  size_t size;
  (void)self, (void)argc;
  const char *text = host_utf8(context, argv[0], &size);
  if (text == NULL || host_bytes_of(context, argv[1], &into) < 0) {
    JS_FreeCString(context, text);
    return JS_EXCEPTION;
  }
  JSValue result = JS_NewObject(context);
  if (size > into.size) {
    JS_FreeValue(context, result);
    result = JS_ThrowRangeError(context, "no room for %zu bytes of text", size);
  } else {
    memcpy((void *)(uintptr_t)into.at, text, size);
    JS_SetPropertyStr(context, result, "written", JS_NewInt64(context, (int64_t)size));
  }
  JS_FreeCString(context, text);
  return result;
}

static JSValue encode(JSContext *context, JSValueConst self, int argc, JSValueConst *argv) {
  size_t size;
  (void)self, (void)argc;
  const char *text = host_utf8(context, argv[0], &size);
  if (text == NULL) return JS_EXCEPTION;
  JSValue bytes = host_uint8_array(context, (const uint8_t *)text, size);
  JS_FreeCString(context, text);
  return bytes;
}

static JSValue construct(JSContext *context, JSValueConst target, int argc, JSValueConst *argv) {
  (void)argc, (void)argv;
  JSValue prototype = JS_GetPropertyStr(context, target, "prototype");
  JSValue encoder = JS_NewObjectProto(context, prototype);
  JS_FreeValue(context, prototype);
  return encoder;
}

int host_add_encoder(JSContext *context) {
  static const JSCFunctionListEntry methods[] = {
      JS_CFUNC_DEF("encode", 1, encode),
      JS_CFUNC_DEF("encodeInto", 2, encode_into),
  };
  JSValue global = JS_GetGlobalObject(context);
  JSValue prototype = JS_NewObject(context);
  JS_SetPropertyFunctionList(context, prototype, methods, sizeof(methods) / sizeof(methods[0]));
  JSValue constructor =
      JS_NewCFunction2(context, construct, "TextEncoder", 0, JS_CFUNC_constructor, 0);
  JS_SetConstructor(context, constructor, prototype);
  int set = JS_DefinePropertyValueStr(context, global, "TextEncoder", constructor,
                                      JS_PROP_CONFIGURABLE | JS_PROP_WRITABLE);
  JS_FreeValue(context, prototype);
  JS_FreeValue(context, global);
  return set;
}
