#include "plan.h"

#include <string.h>

#include "generated/plan_ops.h"

enum { HEADER_SIZE = 32, STEP_HEADER_SIZE = 8 };

struct reader {
  const unsigned char *at;
  size_t left;
};

static uint32_t load(const unsigned char *at) {
  uint32_t value;
  memcpy(&value, at, sizeof(value));
  return value;
}

static bool read_u32(struct reader *r, uint32_t *value) {
  if (r->left < 4) return false;
  *value = load(r->at);
  r->at += 4;
  r->left -= 4;
  return true;
}

/* Takes size bytes and the padding after them. */
static bool take(struct reader *r, uint32_t size, const unsigned char **data) {
  if (size > r->left) return false;
  size_t padded = ((size_t)size + 3) & ~(size_t)3;
  if (padded > r->left) return false;
  *data = r->at;
  r->at += padded;
  r->left -= padded;
  return true;
}

static bool read_text(struct reader *r, const char **text) {
  uint32_t length;
  const unsigned char *data;
  if (!read_u32(r, &length) || length >= PLAN_SIZE_MAX || !take(r, length + 1, &data)) return false;
  if (memchr(data, 0, (size_t)length + 1) != data + length) return false;
  *text = (const char *)data;
  return true;
}

static bool read_texts(struct reader *r, struct texts *texts) {
  uint32_t size;
  const unsigned char *data;
  if (!read_u32(r, &texts->count) || !read_u32(r, &size) || !take(r, size, &data)) return false;
  uint32_t ends = 0;
  for (uint32_t i = 0; i < size; i++) ends += data[i] == 0;
  if (ends != texts->count || (size > 0 && data[size - 1] != 0)) return false;
  texts->first = (const char *)data;
  return true;
}

static bool read_numbers(struct reader *r, struct numbers *numbers) {
  const unsigned char *data;
  if (!read_u32(r, &numbers->count) || numbers->count > PLAN_SIZE_MAX / 4) return false;
  if (!take(r, numbers->count * 4, &data)) return false;
  numbers->items = (const uint32_t *)(const void *)data;
  return true;
}

static bool read_bytes(struct reader *r, struct bytes *bytes) {
  const unsigned char *data;
  if (!read_u32(r, &bytes->size) || !take(r, bytes->size, &data)) return false;
  bytes->data = data;
  return true;
}

static bool read_field(struct reader *r, enum field_kind kind, void *into) {
  switch (kind) {
    case FIELD_U32:
      return read_u32(r, into);
    case FIELD_U64: {
      uint32_t low, high;
      if (!read_u32(r, &low) || !read_u32(r, &high)) return false;
      uint64_t value = (uint64_t)high << 32 | low;
      memcpy(into, &value, sizeof(value));
      return true;
    }
    case FIELD_STR:
      return read_text(r, into);
    case FIELD_STRS:
      return read_texts(r, into);
    case FIELD_U32S:
      return read_numbers(r, into);
    case FIELD_BYTES:
      return read_bytes(r, into);
  }
  return false;
}

const char *plan_open(struct plan *plan, const void *data, size_t size) {
  *plan = (struct plan){.data = data, .size = size};
  if (((uintptr_t)data & 3) != 0) return "the plan is not aligned";
  if (size < HEADER_SIZE || size > PLAN_SIZE_MAX) return "the plan has no possible size";
  const unsigned char *at = data;
  if (load(at) != PLAN_MAGIC) return "this is no plan";
  if (load(at + 4) != PLAN_VERSION) return "the plan is of another version than the launcher";
  if (load(at + 8) != size) return "the plan is cut short";
  for (unsigned i = 0; i < PHASES; i++) plan->count[i] = load(at + 12 + (size_t)i * 4);
  plan->offset[PHASE_HOST] = HEADER_SIZE;
  plan->offset[PHASE_CONTAINER] = load(at + 24);
  plan->offset[PHASE_START] = load(at + 28);
  return NULL;
}

static const struct op *find_op(uint32_t code) {
  uint32_t low = 0, high = PLAN_OPS;
  while (low < high) {
    uint32_t middle = (low + high) / 2;
    if (plan_ops[middle].code == code) return &plan_ops[middle];
    if (plan_ops[middle].code < code)
      low = middle + 1;
    else
      high = middle;
  }
  return NULL;
}

const char *plan_step(const struct plan *plan, enum phase phase, size_t offset, struct step *step) {
  if (offset < HEADER_SIZE || (offset & 3) != 0 || offset > plan->size ||
      plan->size - offset < STEP_HEADER_SIZE)
    return "a step lies outside the plan";
  uint32_t size = load(plan->data + offset);
  uint32_t code = load(plan->data + offset + 4);
  if (size < STEP_HEADER_SIZE || (size & 3) != 0 || size > plan->size - offset)
    return "a step has no possible size";
  step->op = find_op(code);
  if (step->op == NULL) return "a step has an unknown op";
  if ((step->op->phases & (1u << phase)) == 0) return "a step is not allowed in its phase";
  struct reader r = {plan->data + offset + STEP_HEADER_SIZE, size - STEP_HEADER_SIZE};
  if (!read_text(&r, &step->from)) return "a step has no pointer";
  step->args = r.at;
  step->size = r.left;
  step->next = offset + size;
  return NULL;
}

const char *plan_decode(const struct step *step, void *arguments) {
  struct reader r = {step->args, step->size};
  for (uint32_t i = 0; i < step->op->field_count; i++) {
    const struct field *field = &step->op->fields[i];
    if (!read_field(&r, field->kind, (unsigned char *)arguments + field->offset))
      return "a step has a broken field";
  }
  return r.left == 0 ? NULL : "a step is longer than its fields";
}

const char *plan_check(const struct plan *plan) {
  size_t offset = HEADER_SIZE;
  for (enum phase phase = PHASE_HOST; phase < PHASES; phase++) {
    if (plan->offset[phase] != offset) return "a phase does not begin where the one before it ends";
    for (uint32_t i = 0; i < plan->count[phase]; i++) {
      struct step step;
      union any_op arguments;
      const char *wrong = plan_step(plan, phase, offset, &step);
      if (wrong == NULL) wrong = plan_decode(&step, &arguments);
      if (wrong != NULL) return wrong;
      offset = step.next;
    }
  }
  return offset == plan->size ? NULL : "the plan is longer than its steps";
}

const char *next_text(const char *text) { return text + strlen(text) + 1; }
