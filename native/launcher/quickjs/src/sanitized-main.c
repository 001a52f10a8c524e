/*
 * sanitized ARCHIVE ARG...: the same brain and host without an image, for the sanitizers: it learns
 * the archive at each start, every block comes from malloc, and all of it is given back at the end.
 */
#include <stdio.h>
#include <stdlib.h>

#include "brain.h"

static uint8_t *read_all(const char *path, size_t *size) {
  FILE *file = fopen(path, "rb");
  if (file == NULL || fseek(file, 0, SEEK_END) < 0) return NULL;
  *size = (size_t)ftell(file);
  rewind(file);
  uint8_t *bytes = malloc(*size);
  if (bytes != NULL && fread(bytes, 1, *size, file) != *size) {
    free(bytes);
    bytes = NULL;
  }
  fclose(file);
  return bytes;
}

int main(int argc, char **argv) {
  struct brain brain;
  size_t size = 0;
  uint8_t *modules = argc < 2 ? NULL : read_all(argv[1], &size);
  struct archive archive = {modules, modules + size};
  if (modules == NULL || brain_learn(&brain, archive, NULL, NULL, NULL) < 0) {
    fputs("usage: sanitized ARCHIVE ARG...\n", stderr);
    return 99;
  }
  int status = brain_run(&brain, argc - 2, argv + 2);
  brain_forget(&brain);
  free(modules);
  return status;
}
