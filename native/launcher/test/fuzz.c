/* Feeds the decoder with anything. It must answer what is wrong, or find every field inside of the
 * plan. */
#include <stdlib.h>
#include <string.h>

#include "generated/plan_ops.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void touch(const void *data, size_t size, unsigned *sum) {
  for (size_t i = 0; i < size; i++) *sum += ((const unsigned char *)data)[i];
}

/* Reads all that an op would read. */
static void use(const struct op *op, const void *arguments, unsigned *sum) {
  for (uint32_t i = 0; i < op->field_count; i++) {
    const void *field = (const unsigned char *)arguments + op->fields[i].offset;
    switch (op->fields[i].kind) {
      case FIELD_U32:
        touch(field, 4, sum);
        break;
      case FIELD_U64:
        touch(field, 8, sum);
        break;
      case FIELD_STR:
        *sum += (unsigned)strlen(*(const char *const *)field);
        break;
      case FIELD_STRS: {
        const struct texts *texts = field;
        const char *text = texts->first;
        for (uint32_t n = 0; n < texts->count; n++, text = next_text(text))
          *sum += (unsigned)strlen(text);
        break;
      }
      case FIELD_U32S: {
        const struct numbers *numbers = field;
        touch(numbers->items, (size_t)numbers->count * 4, sum);
        break;
      }
      case FIELD_BYTES: {
        const struct bytes *bytes = field;
        touch(bytes->data, bytes->size, sum);
        break;
      }
    }
  }
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size) {
  /* A copy of exactly that size, aligned as a mapping is: a byte too far is seen. */
  unsigned char *copy = malloc(size > 0 ? size : 1);
  if (copy == NULL) return 0;
  memcpy(copy, data, size);
  struct plan plan;
  unsigned sum = 0;
  if (plan_open(&plan, copy, size) == NULL && plan_check(&plan) == NULL) {
    for (enum phase phase = PHASE_HOST; phase < PHASES; phase++) {
      size_t offset = plan.offset[phase];
      for (uint32_t i = 0; i < plan.count[phase]; i++) {
        struct step step;
        union any_op arguments;
        if (plan_step(&plan, phase, offset, &step) != NULL) abort();
        if (plan_decode(&step, &arguments) != NULL) abort();
        use(step.op, &arguments, &sum);
        offset = step.next;
      }
    }
  }
  free(copy);
  return sum == 1u << 31 ? 1 : 0;
}
