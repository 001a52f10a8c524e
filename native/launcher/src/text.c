#include "text.h"

#include <limits.h>
#include <stdint.h>
#include <string.h>

struct sink {
  char *into;
  size_t size;
  size_t length;
};

static void put(struct sink *s, char byte) {
  if (s->length + 1 < s->size) s->into[s->length] = byte;
  s->length++;
}

static void put_number(struct sink *s, uint64_t number, unsigned base, int width, char fill) {
  char digits[24];
  int count = 0;
  do {
    digits[count++] = (char)('0' + number % base);
    number /= base;
  } while (number != 0);
  for (int i = count; i < width; i++) put(s, fill);
  while (count > 0) put(s, digits[--count]);
}

size_t format_list(char *into, size_t size, const char *form, va_list arguments) {
  struct sink s = {into, size, 0};
  for (const char *at = form; *at != 0; at++) {
    if (*at != '%') {
      put(&s, *at);
      continue;
    }
    at++;
    char fill = ' ';
    int width = 0, limit = INT_MAX;
    bool wide = false;
    if (*at == '0') fill = *at++;
    for (; *at >= '0' && *at <= '9'; at++) width = width * 10 + (*at - '0');
    if (*at == '.') {
      at++;
      if (*at == '*') {
        limit = va_arg(arguments, int);
        at++;
      } else {
        for (limit = 0; *at >= '0' && *at <= '9'; at++) limit = limit * 10 + (*at - '0');
      }
    }
    if (*at == 'z') {
      wide = true;
      at++;
    }
    switch (*at) {
      case 's':
        for (const char *text = va_arg(arguments, const char *); limit > 0 && *text != 0; limit--)
          put(&s, *text++);
        break;
      case 'd': {
        int64_t number = va_arg(arguments, int);
        if (number < 0) put(&s, '-');
        put_number(&s, (uint64_t)(number < 0 ? -number : number), 10, width, fill);
        break;
      }
      case 'u':
        put_number(&s, wide ? va_arg(arguments, size_t) : va_arg(arguments, unsigned), 10, width,
                   fill);
        break;
      case 'o':
        put_number(&s, va_arg(arguments, unsigned), 8, width, fill);
        break;
      default:
        put(&s, *at);
    }
  }
  if (size > 0) into[s.length < size ? s.length : size - 1] = 0;
  return s.length;
}

size_t format(char *into, size_t size, const char *form, ...) {
  va_list arguments;
  va_start(arguments, form);
  size_t length = format_list(into, size, form, arguments);
  va_end(arguments);
  return length;
}

bool parse_number(const char **text, long *number) {
  const char *at = *text;
  bool negative = *at == '-';
  if (negative) at++;
  const char *first = at;
  long value = 0;
  for (; *at >= '0' && *at <= '9'; at++) {
    if (value > (LONG_MAX - 9) / 10) return false;
    value = value * 10 + (*at - '0');
  }
  if (at == first) return false;
  *number = negative ? -value : value;
  *text = at;
  return true;
}
