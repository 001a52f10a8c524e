#ifndef OCIRUN_IMAGE_H
#define OCIRUN_IMAGE_H

#include <stdint.h>

#include "brain.h"
#include "heap.h"

/* Bytes set aside in the executable; the build sets it to what the image turned out to need. */
#ifndef IMAGE_SIZE
#define IMAGE_SIZE (16u << 20)
#endif

/*
 * The brain as it lies in the executable's data: its heap with every module evaluated, at the
 * address it was made at. The kernel maps it copy on write, so a command pays only for the pages it
 * touches. The build runs the linked executable once to fill it (see main.c), so every address in
 * it stays true; that is also why the executable is linked at a fixed address.
 */
struct image {
  /* 0 until the image is made; then how many bytes from the start of it are used. */
  uint64_t used;
  struct heap heap;
  struct brain brain;
  _Alignas(16) unsigned char region[];
};

extern union image_section {
  struct image image;
  unsigned char bytes[IMAGE_SIZE];
} ocirun_image;

#endif
