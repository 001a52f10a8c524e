/* Text without stdio, whose printf alone would be a fifth of the launcher (it can do floating
 * point). */
#ifndef TEXT_H
#define TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

/* As snprintf, for %s %.Ns %.*s %d %u %o (with zeros in front) %zu %%. Answers the length the whole
 * text has, which is more than fits when it was cut. */
__attribute__((format(printf, 3, 4))) size_t format(char *into, size_t size, const char *form, ...);
__attribute__((format(printf, 3, 0))) size_t format_list(char *into, size_t size, const char *form,
                                                         va_list arguments);

/* Reads a decimal number, moving past it; false when there is none. */
bool parse_number(const char **text, long *number);

#endif
