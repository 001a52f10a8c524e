#include "archive.h"

#include <string.h>

int archive_next(struct archive *archive, struct archive_entry *entry) {
  size_t left = (size_t)(archive->end - archive->at);
  uint32_t sizes[2];
  if (left == 0) return 0;
  if (left < sizeof(sizes)) return -1;
  memcpy(sizes, archive->at, sizeof(sizes));
  left -= sizeof(sizes);
  if (sizes[0] > left || sizes[1] > left - sizes[0]) return -1;
  entry->name = (const char *)archive->at + sizeof(sizes);
  entry->name_size = sizes[0];
  entry->code = archive->at + sizeof(sizes) + sizes[0];
  entry->code_size = sizes[1];
  archive->at = entry->code + sizes[1];
  return 1;
}
