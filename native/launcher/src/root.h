/* Paths inside the container: each is resolved once, beneath the root, to an fd; everything then
 * acts on that fd. A process that moves directories about in a shared volume meanwhile changes what
 * is found, never where it may lie. */
#ifndef ROOT_H
#define ROOT_H

#include <stdbool.h>
#include <sys/types.h>

#include "context.h"

/* Opens a path beneath the root as a place only (O_PATH), following symlinks inside of it; or
 * beneath another slot. `resolve` adds RESOLVE_* bits. Answers -1 with errno, without noting a
 * failure. */
int find_in(int directory, const char *path, int flags, uint64_t resolve);

enum target_kind { TARGET_DIRECTORY, TARGET_FILE };

/* The same, creating what is missing: directories up to the last name, then a directory or an empty
 * file. Notes the failure. `existed` may be NULL. */
int make_in(struct context *c, int directory, const char *path, enum target_kind kind, mode_t mode,
            uint64_t resolve, bool *existed);

/* The directory that holds the last name of a path, creating what is missing, and that name in
 * `name` (a place in `path`). What had to be opened for it is left in `opened` for the caller to
 * close. Notes the failure. */
int make_parent(struct context *c, int directory, const char *path, const char **name, int *opened);

/* The same for steps that name a slot and a name in it, or else a path beneath the root. */
int make_place(struct context *c, uint32_t slot, const char *in_slot, const char *path,
               const char **name, int *opened);

#endif
