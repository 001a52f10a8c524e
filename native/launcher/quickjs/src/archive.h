#ifndef OCIRUN_ARCHIVE_H
#define OCIRUN_ARCHIVE_H

#include <stddef.h>
#include <stdint.h>

/*
 * Compiled modules in one file, made and read on the machine that builds, so in its own byte order:
 * for each module a u32 size of its name, a u32 size of its bytecode, the name, the bytecode.
 */
struct archive {
  const uint8_t *at;
  const uint8_t *end;
};

struct archive_entry {
  const char *name;
  uint32_t name_size;
  const uint8_t *code;
  uint32_t code_size;
};

/* Takes the next entry: 1, or 0 at the end, or -1 when the archive is cut off. */
int archive_next(struct archive *archive, struct archive_entry *entry);

#endif
