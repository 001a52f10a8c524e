/*
 * Drives the heap with a seeded mix of calls against a model: no block overlaps another, each keeps
 * its bytes when it grows or shrinks, and the account of what is taken comes back to where it was.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "heap.h"

#define SLOTS 512
#define CALLS 100000

struct slot {
  unsigned char *block;
  size_t size;
  unsigned char mark;
};

static unsigned long long seed = 88172645463325252ull;

/* xorshift64 */
static size_t draw(size_t below) {
  seed ^= seed << 13;
  seed ^= seed >> 7;
  seed ^= seed << 17;
  return (size_t)(seed % below);
}

static size_t draw_size(void) {
  switch (draw(16)) {
    case 0:
      return draw(300000);
    case 1:
    case 2:
      return draw(HEAP_COARSE_MAX + 32);
    default:
      return draw(700);
  }
}

static void check(const struct slot *slot, size_t size) {
  for (size_t i = 0; i < size; i++) assert(slot->block[i] == slot->mark);
}

static void turn(JSMallocState *state, struct slot *slot) {
  size_t size = 1 + draw_size();
  size_t kept = slot->size < size ? slot->size : size;
  if (slot->block != NULL && draw(3) == 0) {
    check(slot, slot->size);
    heap_functions.js_free(state, slot->block);
    slot->block = NULL;
    slot->size = 0;
    return;
  }
  slot->block = heap_functions.js_realloc(state, slot->block, size);
  assert(slot->block != NULL && (uintptr_t)slot->block % 8 == 0);
  assert(heap_functions.js_malloc_usable_size(slot->block) >= size);
  check(slot, kept);
  slot->size = size;
  slot->mark = (unsigned char)draw(256);
  memset(slot->block, slot->mark, size);
}

static void refuse_beyond_the_limit(JSMallocState *state) {
  state->malloc_limit = state->malloc_size + 1000;
  assert(heap_functions.js_malloc(state, 2000) == NULL);
  void *block = heap_functions.js_malloc(state, 500);
  assert(block != NULL);
  assert(heap_functions.js_realloc(state, block, 5000) == NULL);
  heap_functions.js_free(state, block);
  state->malloc_limit = (size_t)-1;
  assert(heap_functions.js_malloc(state, (size_t)-64) == NULL);
}

static void stay_inside_while_sealed(void) {
  static _Alignas(16) unsigned char region[65536];
  struct heap heap;
  JSMallocState state = {.malloc_limit = (size_t)-1, .opaque = &heap};
  heap_begin(&heap, region, sizeof(region));
  heap.sealed = true;
  unsigned char *block;
  while ((block = heap_functions.js_malloc(&state, 100)) != NULL)
    assert(block > region && block + 100 <= region + sizeof(region));
  assert(state.malloc_size > sizeof(region) / 2);
}

int main(void) {
  static _Alignas(16) unsigned char region[100000];
  static struct slot slots[SLOTS];
  struct heap heap;
  JSMallocState state = {.malloc_limit = (size_t)-1, .opaque = &heap};
  heap_begin(&heap, region, sizeof(region));
  for (int i = 0; i < CALLS; i++) turn(&state, &slots[draw(SLOTS)]);
  refuse_beyond_the_limit(&state);
  for (int i = 0; i < SLOTS; i++) heap_functions.js_free(&state, slots[i].block);
  assert(state.malloc_count == 0 && state.malloc_size == 0);
  stay_inside_while_sealed();
  puts("the heap holds");
  return 0;
}
