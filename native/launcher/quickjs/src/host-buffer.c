#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "host.h"

static int grow(struct host_buffer *buffer) {
  size_t room = buffer->room * 4;
  uint8_t *at = buffer->borrowed ? js_malloc(buffer->context, room)
                                 : js_realloc(buffer->context, buffer->at, room);
  if (at == NULL) return -1;
  if (buffer->borrowed) memcpy(at, buffer->at, buffer->used);
  buffer->borrowed = false;
  buffer->at = at;
  buffer->room = room;
  return 0;
}

long host_buffer_read(struct host_buffer *buffer, int file, size_t max) {
  if (buffer->used == buffer->room && grow(buffer) < 0) {
    errno = ENOMEM;
    return -1;
  }
  ssize_t got;
  do got = read(file, buffer->at + buffer->used, buffer->room - buffer->used);
  while (got < 0 && errno == EINTR);
  if (got < 0) return got;
  buffer->used += (size_t)got;
  if (buffer->used > max) {
    errno = EFBIG;
    return -1;
  }
  return got;
}

void host_buffer_free(struct host_buffer *buffer) {
  if (!buffer->borrowed) js_free(buffer->context, buffer->at);
}

int host_open(const char *path, int flags, unsigned mode) {
  return openat(AT_FDCWD, path, flags | O_CLOEXEC | O_NOCTTY, mode);
}

int host_write_all(int file, const void *data, size_t size) {
  for (size_t done = 0; done < size;) {
    ssize_t wrote = write(file, (const uint8_t *)data + done, size - done);
    if (wrote < 0 && errno != EINTR) return -1;
    if (wrote > 0) done += (size_t)wrote;
  }
  return 0;
}
