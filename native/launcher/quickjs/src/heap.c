#include "heap.h"

#include <string.h>
#include <sys/mman.h>

#define REGION_SIZE ((size_t)1 << 20)
/* Far above what brain.c allows all blocks together. */
#define BLOCK_MAX ((size_t)3 << 30)
#define PAGE_SIZE_MIN ((size_t)4096)

/* Stands before each block. `size` is the room behind it; a block with a mapping of its own says
 * so. */
struct heap_header {
  uint32_t size;
  uint32_t mapped;
};

struct heap_free_block {
  struct heap_free_block *next;
};

_Static_assert(sizeof(struct heap_header) == 8, "a header is one word");

static struct heap_header *header_of(void *block) { return (struct heap_header *)block - 1; }

/* The class whose blocks hold `size` bytes, and what they hold. */
static unsigned class_of(size_t size, size_t *room) {
  if (size <= HEAP_FINE_MAX) {
    unsigned index = size == 0 ? 0 : (unsigned)((size - 1) / HEAP_FINE_STEP);
    *room = (index + 1) * (size_t)HEAP_FINE_STEP;
    return index;
  }
  unsigned doubling = 63u - (unsigned)__builtin_clzll(size - 1);
  size_t step = (size_t)1 << (doubling - 2);
  size_t quarter = (size - 1 - ((size_t)1 << doubling)) / step;
  *room = ((size_t)1 << doubling) + (quarter + 1) * step;
  return HEAP_FINE_MAX / HEAP_FINE_STEP + (doubling - 9) * 4 + (unsigned)quarter;
}

void heap_begin(struct heap *heap, void *region, size_t size) {
  memset(heap, 0, sizeof(*heap));
  heap->next = region;
  heap->end = heap->next + size;
}

static void *map(size_t size) {
  void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return at == MAP_FAILED ? NULL : at;
}

static size_t mapping_of(size_t size) {
  return (size + sizeof(struct heap_header) + PAGE_SIZE_MIN - 1) & ~(PAGE_SIZE_MIN - 1);
}

/* What is left of a region when the next block does not fit is lost: at most 64 KiB of address
 * space. */
static void *carve(struct heap *heap, size_t room) {
  size_t wanted = room + sizeof(struct heap_header);
  if ((size_t)(heap->end - heap->next) < wanted) {
    if (heap->sealed) return NULL;
    unsigned char *region = map(REGION_SIZE);
    if (region == NULL) return NULL;
    heap->next = region;
    heap->end = region + REGION_SIZE;
  }
  struct heap_header *header = (struct heap_header *)(void *)heap->next;
  heap->next += wanted;
  header->size = (uint32_t)room;
  header->mapped = 0;
  return header + 1;
}

static void *take_mapped(size_t size) {
  size_t mapping = mapping_of(size);
  struct heap_header *header = size > BLOCK_MAX ? NULL : map(mapping);
  if (header == NULL) return NULL;
  header->size = (uint32_t)(mapping - sizeof(*header));
  header->mapped = 1;
  return header + 1;
}

static void *take(struct heap *heap, size_t size) {
  size_t room, exact = (size + HEAP_FINE_STEP - 1) & ~((size_t)HEAP_FINE_STEP - 1);
  if (size > HEAP_COARSE_MAX) return heap->sealed ? carve(heap, exact) : take_mapped(size);
  unsigned class = class_of(size, &room);
  struct heap_free_block *free = heap->free[class];
  if (free != NULL) {
    heap->free[class] = free->next;
    return free;
  }
  return carve(heap, heap->sealed && size > HEAP_FINE_MAX ? exact : room);
}

static void give(struct heap *heap, void *block) {
  struct heap_header *header = header_of(block);
  if (header->mapped) {
    munmap(header, header->size + sizeof(*header));
    return;
  }
  /* Made while the image was: larger than any class, and left where it is. */
  if (header->size > HEAP_COARSE_MAX) return;
  size_t room;
  unsigned class = class_of(header->size, &room);
  /* A block of the image may be smaller than its class wants, and serves the one below. */
  if (room > header->size) class --;
  struct heap_free_block *free = block;
  free->next = heap->free[class];
  heap->free[class] = free;
}

static bool grow_in_place(struct heap *heap, void *block, size_t size) {
  struct heap_header *header = header_of(block);
  if (size <= header->size) return true;
  if (header->mapped || size > HEAP_COARSE_MAX ||
      (unsigned char *)block + header->size != heap->next)
    return false;
  size_t room;
  class_of(size, &room);
  if ((size_t)(heap->end - heap->next) < room - header->size) return false;
  heap->next += room - header->size;
  header->size = (uint32_t)room;
  return true;
}

static void *js_take(JSMallocState *state, size_t size) {
  if (size > state->malloc_limit - state->malloc_size) return NULL;
  void *block = take(state->opaque, size);
  if (block == NULL) return NULL;
  state->malloc_count++;
  state->malloc_size += header_of(block)->size;
  return block;
}

static void js_give(JSMallocState *state, void *block) {
  if (block == NULL) return;
  state->malloc_count--;
  state->malloc_size -= header_of(block)->size;
  give(state->opaque, block);
}

static void *js_regrow_mapped(JSMallocState *state, void *block, size_t size) {
  struct heap_header *header = header_of(block);
  size_t old = header->size;
  size_t mapping = mapping_of(size);
  if (size > BLOCK_MAX) return NULL;
  void *moved = mremap(header, old + sizeof(*header), mapping, MREMAP_MAYMOVE);
  if (moved == MAP_FAILED) return NULL;
  header = moved;
  header->size = (uint32_t)(mapping - sizeof(*header));
  state->malloc_size += header->size - old;
  return header + 1;
}

static void *js_regrow(JSMallocState *state, void *block, size_t size) {
  if (block == NULL) return size == 0 ? NULL : js_take(state, size);
  if (size == 0) {
    js_give(state, block);
    return NULL;
  }
  size_t old = header_of(block)->size;
  if (size > old && size - old > state->malloc_limit - state->malloc_size) return NULL;
  if (header_of(block)->mapped && size > HEAP_COARSE_MAX)
    return js_regrow_mapped(state, block, size);
  if (grow_in_place(state->opaque, block, size)) {
    state->malloc_size += header_of(block)->size - old;
    return block;
  }
  void *moved = js_take(state, size);
  if (moved == NULL) return NULL;
  memcpy(moved, block, old < size ? old : size);
  js_give(state, block);
  return moved;
}

static size_t js_room(const void *block) {
  return block == NULL ? 0 : ((const struct heap_header *)block - 1)->size;
}

const JSMallocFunctions heap_functions = {js_take, js_give, js_regrow, js_room};
