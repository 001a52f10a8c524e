#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "host.h"

/*
 * QuickJS writes a lone surrogate as if it were a character (ED A0 80 and on); in UTF-8 it is
 * U+FFFD, which takes as many bytes. Only a text that is not ASCII can have one, and of such a text
 * we have a copy.
 */
static void replace_surrogates(const char *text, size_t size) {
  unsigned char *at = (unsigned char *)(uintptr_t)text;
  for (size_t i = 0; i + 2 < size; i++) {
    if (at[i] == 0xed && at[i + 1] >= 0xa0) memcpy(at + i, "\xef\xbf\xbd", 3);
  }
}

const char *host_utf8(JSContext *context, JSValueConst value, size_t *size) {
  const char *text = JS_ToCStringLen(context, size, value);
  if (text != NULL) replace_surrogates(text, *size);
  return text;
}

const char *host_text(JSContext *context, JSValueConst value, const char *syscall) {
  size_t size;
  if (!JS_IsString(value)) {
    JS_ThrowTypeError(context, "%s: not a string", syscall);
    return NULL;
  }
  const char *text = host_utf8(context, value, &size);
  if (text != NULL && strlen(text) != size) {
    host_fail_with(context, EINVAL, syscall, text);
    JS_FreeCString(context, text);
    return NULL;
  }
  return text;
}

int host_bytes_of(JSContext *context, JSValueConst value, struct host_bytes *bytes) {
  bytes->text = NULL;
  if (JS_IsString(value)) {
    bytes->text = host_utf8(context, value, &bytes->size);
    bytes->at = (const uint8_t *)bytes->text;
    return bytes->text == NULL ? -1 : 0;
  }
  size_t offset, length, whole;
  JSValue buffer = JS_GetTypedArrayBuffer(context, value, &offset, &length, NULL);
  if (JS_IsException(buffer)) return -1;
  uint8_t *at = JS_GetArrayBuffer(context, &whole, buffer);
  /* The array keeps its buffer, and the caller keeps the array. */
  JS_FreeValue(context, buffer);
  if (at == NULL && whole != 0) return -1;
  bytes->at = length == 0 ? (const uint8_t *)"" : at + offset;
  bytes->size = length;
  return 0;
}

void host_bytes_free(JSContext *context, struct host_bytes *bytes) {
  if (bytes->text != NULL) JS_FreeCString(context, bytes->text);
}

JSValue host_uint8_array(JSContext *context, const uint8_t *at, size_t size) {
  JSValue buffer = JS_NewArrayBufferCopy(context, at, size);
  if (JS_IsException(buffer)) return buffer;
  /* The constructor looks at three arguments, however many it is told there are. */
  JSValueConst arguments[] = {buffer, JS_UNDEFINED, JS_UNDEFINED};
  JSValue array = JS_NewTypedArray(context, 3, arguments, JS_TYPED_ARRAY_UINT8);
  JS_FreeValue(context, buffer);
  return array;
}

/* The bytes after a lead byte, and the range the first of them must be in (Unicode, table 3-7). */
static unsigned sequence(uint8_t lead, uint8_t *low, uint8_t *high) {
  *low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
  *high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
  if (lead >= 0xc2 && lead <= 0xdf) return 1;
  if (lead >= 0xe0 && lead <= 0xef) return 2;
  return lead >= 0xf0 && lead <= 0xf4 ? 3 : 0;
}

/*
 * Goes over one character, and answers the bytes it has. When it is malformed, they are the longest
 * part that could have begun one, which a decoder replaces as a whole (WHATWG Encoding, UTF-8
 * decoder).
 */
static size_t character(const uint8_t *at, const uint8_t *end, bool *valid) {
  uint8_t low, high;
  *valid = true;
  if (*at < 0x80) return 1;
  unsigned more = sequence(*at, &low, &high);
  *valid = more != 0;
  for (unsigned i = 1; i <= more; i++) {
    if (at + i == end || at[i] < low || at[i] > high) {
      *valid = false;
      return i;
    }
    low = 0x80;
    high = 0xbf;
  }
  return more + 1;
}

static JSValue repaired(JSContext *context, const uint8_t *at, const uint8_t *end) {
  static const uint8_t replacement[] = {0xef, 0xbf, 0xbd};
  uint8_t *text = js_malloc(context, (size_t)(end - at) * sizeof(replacement));
  if (text == NULL) return JS_EXCEPTION;
  size_t used = 0;
  while (at < end) {
    bool valid;
    size_t size = character(at, end, &valid);
    memcpy(text + used, valid ? at : replacement, valid ? size : sizeof(replacement));
    used += valid ? size : sizeof(replacement);
    at += size;
  }
  JSValue string = JS_NewStringLen(context, (const char *)text, used);
  js_free(context, text);
  return string;
}

/* QuickJS takes malformed UTF-8 in its own way and may swallow the quote behind it; Node never
 * does. */
JSValue host_string(JSContext *context, const uint8_t *at, size_t size) {
  const uint8_t *end = at + size;
  for (const uint8_t *next = at; next < end;) {
    bool valid;
    next += character(next, end, &valid);
    if (!valid) return repaired(context, at, end);
  }
  return JS_NewStringLen(context, (const char *)at, size);
}
