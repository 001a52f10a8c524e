/* Sealed memory files: what a launched process executes and reads can't be changed through it. */
#ifndef IMAGE_H
#define IMAGE_H

#include <stdbool.h>

#include "context.h"

/* A sealed memfd with a copy of the bytes, or -1 with the failure noted. */
int seal_bytes(struct context *c, const char *name, const void *data, size_t size, bool executable);

/* The same, for a program that this process is about to become. */
int seal_inherited(struct context *c, const char *name, const void *data, size_t size);

/* A sealed memfd with the launcher's own file, or -1 with the failure noted. */
int open_image(struct context *c);

#endif
