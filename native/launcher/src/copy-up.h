/* What an image has in a directory, copied into the file system that is to cover it. */
#ifndef COPY_UP_H
#define COPY_UP_H

#include "context.h"

/* Copies everything in the directory `from` into `into`, with owners, modes, times and extended
 * attributes, following no symlink. Notes the failure with the path of what could not be copied. */
int copy_up(struct context *c, int from, int into, const char *path);

#endif
