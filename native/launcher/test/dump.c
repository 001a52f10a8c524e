/* Prints a plan read from standard input as JSON, by the decoder's own tables. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "generated/plan_ops.h"

static void print_text(const char *text) {
  putchar('"');
  for (; *text != 0; text++) {
    unsigned char byte = (unsigned char)*text;
    if (byte == '"' || byte == '\\' || byte < 0x20)
      printf("\\u%04x", byte);
    else
      putchar(byte);
  }
  putchar('"');
}

static void print_field(enum field_kind kind, const void *field) {
  switch (kind) {
    case FIELD_U32:
      printf("%u", *(const uint32_t *)field);
      break;
    case FIELD_U64:
      printf("\"%llu\"", (unsigned long long)*(const uint64_t *)field);
      break;
    case FIELD_STR:
      print_text(*(const char *const *)field);
      break;
    case FIELD_STRS: {
      const struct texts *texts = field;
      const char *text = texts->first;
      putchar('[');
      for (uint32_t i = 0; i < texts->count; i++, text = next_text(text)) {
        if (i > 0) putchar(',');
        print_text(text);
      }
      putchar(']');
      break;
    }
    case FIELD_U32S: {
      const struct numbers *numbers = field;
      putchar('[');
      for (uint32_t i = 0; i < numbers->count; i++)
        printf("%s%u", i > 0 ? "," : "", numbers->items[i]);
      putchar(']');
      break;
    }
    case FIELD_BYTES: {
      const struct bytes *bytes = field;
      putchar('"');
      for (uint32_t i = 0; i < bytes->size; i++)
        printf("%02x", ((const unsigned char *)bytes->data)[i]);
      putchar('"');
      break;
    }
  }
}

static void print_step(const struct step *step, enum phase phase) {
  static const char *const names[] = {"host", "container", "start"};
  union any_op arguments;
  if (plan_decode(step, &arguments) != NULL) abort();
  printf("{\"phase\":\"%s\",\"op\":\"%s\",\"from\":", names[phase], step->op->name);
  print_text(step->from);
  for (uint32_t i = 0; i < step->op->field_count; i++) {
    const struct field *field = &step->op->fields[i];
    printf(",\"%s\":", field->name);
    print_field(field->kind, (const unsigned char *)&arguments + field->offset);
  }
  putchar('}');
}

int main(void) {
  size_t size = 0, room = 1 << 20;
  unsigned char *data = malloc(room);
  for (ssize_t got; data != NULL && (got = read(0, data + size, room - size)) > 0;) {
    size += (size_t)got;
    if (size == room) data = realloc(data, room *= 2);
  }
  struct plan plan;
  const char *wrong = data == NULL ? "no memory" : plan_open(&plan, data, size);
  if (wrong == NULL) wrong = plan_check(&plan);
  if (wrong != NULL) {
    fprintf(stderr, "%s\n", wrong);
    return 1;
  }
  bool first = true;
  putchar('[');
  for (enum phase phase = PHASE_HOST; phase < PHASES; phase++) {
    size_t offset = plan.offset[phase];
    for (uint32_t i = 0; i < plan.count[phase]; i++) {
      struct step step;
      if (plan_step(&plan, phase, offset, &step) != NULL) abort();
      if (!first) fputs(",\n", stdout);
      first = false;
      print_step(&step, phase);
      offset = step.next;
    }
  }
  puts("]");
  free(data);
  return 0;
}
