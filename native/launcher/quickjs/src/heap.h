#ifndef OCIRUN_HEAP_H
#define OCIRUN_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "quickjs.h"

/* Sizes of blocks: steps of 8 bytes up to 512, then four steps to each doubling up to 64 KiB. */
#define HEAP_FINE_STEP 8u
#define HEAP_FINE_MAX 512u
#define HEAP_COARSE_MAX 65536u
#define HEAP_CLASSES (HEAP_FINE_MAX / HEAP_FINE_STEP + 7u * 4u)

struct heap_free_block;

/*
 * The memory of the brain. Everything QuickJS allocates lies in it, so that a heap whose first
 * region is the brain's image can be written into the executable and woken again at the same
 * addresses. A process is short: memory goes back to the system when it ends, apart from large
 * blocks.
 */
struct heap {
  unsigned char *next;
  unsigned char *end;
  struct heap_free_block *free[HEAP_CLASSES];
  /* While the image is made: nothing may lie outside the first region, and blocks are as large as
   * they must. */
  bool sealed;
};

/* Begins a heap in the `size` bytes at `region`, aligned to 16. */
void heap_begin(struct heap *heap, void *region, size_t size);

/* The functions QuickJS allocates with; its `opaque` is the heap. */
extern const JSMallocFunctions heap_functions;

#endif
