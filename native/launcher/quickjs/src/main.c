/*
 * The static ocirun. Linked, it holds an empty image; run by the build as `ocirun ARCHIVE IMAGE` it
 * then learns the archive's modules and writes the image, which the build puts into the executable.
 * From then on every run wakes the brain where it lies.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "brain.h"
#include "heap.h"
#include "image.h"

__attribute__((section(".brain"), aligned(4096))) union image_section ocirun_image = {.image.used =
                                                                                          0};

/* Modules that are not in the image, as bytecode (asleep.S). */
extern const uint8_t asleep_begin[], asleep_end[];
static const struct archive asleep = {asleep_begin, asleep_end};

static int complain(const char *doing, const char *what) {
  fprintf(stderr, "ocirun: %s %s: %s\n", doing, what, strerror(errno));
  return 1;
}

static int write_image(const char *path, size_t size) {
  int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file < 0) return complain("open", path);
  for (size_t done = 0; done < size;) {
    ssize_t wrote = write(file, ocirun_image.bytes + done, size - done);
    if (wrote < 0) return complain("write", path);
    done += (size_t)wrote;
  }
  return close(file) < 0 ? complain("close", path) : 0;
}

static int make_image(const char *archive, const char *path) {
  struct image *image = &ocirun_image.image;
  struct stat status;
  int file = open(archive, O_RDONLY | O_CLOEXEC);
  if (file < 0 || fstat(file, &status) < 0) return complain("open", archive);
  void *modules = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, file, 0);
  if (modules == MAP_FAILED) return complain("map", archive);
  heap_begin(&image->heap, image->region, sizeof(ocirun_image) - sizeof(*image));
  image->heap.sealed = true;
  struct archive awake = {modules, (const uint8_t *)modules + status.st_size};
  if (brain_learn(&image->brain, awake, &asleep, &heap_functions, &image->heap) < 0) return 1;
  image->heap.sealed = false;
  image->used = (uint64_t)(image->heap.next - ocirun_image.bytes);
  return write_image(path, image->used);
}

/* Started without stdin, stdout or stderr, the next file opened would be taken for it. */
static int fill_stdio(void) {
  struct pollfd stdio[] = {{.fd = 0}, {.fd = 1}, {.fd = 2}};
  if (poll(stdio, 3, 0) < 0) return complain("look at", "stdio");
  for (int i = 0; i < 3; i++) {
    if ((stdio[i].revents & POLLNVAL) != 0 && open("/dev/null", O_RDWR) < 0)
      return complain("open", "/dev/null");
  }
  return 0;
}

int main(int argc, char **argv) {
  struct image *image = &ocirun_image.image;
  if (fill_stdio() != 0) return 1;
  if (image->used != 0) return brain_run(&image->brain, argc - 1, argv + 1);
  if (argc == 3) return make_image(argv[1], argv[2]);
  fputs("ocirun: its image was never made\n", stderr);
  return 1;
}
