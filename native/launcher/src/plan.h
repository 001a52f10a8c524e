/* The plan as bytes: a header, then the steps of the three phases one after the other.
 *
 * Nobody is trusted: every size is checked before it is used, and texts are used where they lie.
 * All numbers are 32-bit in the machine's own order and everything is aligned to four bytes, so a
 * plan is only ever read by the machine that made it.
 */
#ifndef PLAN_H
#define PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PLAN_MAGIC 0x50434b4fu /* "OKCP" */

/* A plan is a config with its seccomp filter (at most 32 KiB) and texts; real ones have 4 to 80
 * KiB. */
#define PLAN_SIZE_MAX (16u << 20)

struct context;

enum field_kind { FIELD_U32, FIELD_U64, FIELD_STR, FIELD_STRS, FIELD_U32S, FIELD_BYTES };

struct texts {
  uint32_t count;
  const char *first; /* one after the other, each with its NUL */
};

struct numbers {
  uint32_t count;
  const uint32_t *items;
};

struct bytes {
  uint32_t size;
  const void *data;
};

enum { IN_HOST = 1, IN_CONTAINER = 2, IN_START = 4 };

struct field {
#ifdef PLAN_DECODE_ONLY
  const char *name; /* for those who print plans; the launcher needs none */
#endif
  uint16_t kind; /* enum field_kind */
  uint16_t offset;
};

struct op {
#ifdef PLAN_DECODE_ONLY
  const char *name;
#endif
  uint32_t code;
  uint32_t phases;
  uint32_t field_count;
  const struct field *fields;
  int (*run)(struct context *c, const void *arguments);
};

enum phase { PHASE_HOST, PHASE_CONTAINER, PHASE_START, PHASES };

struct plan {
  const unsigned char *data;
  size_t size;
  uint32_t count[PHASES];
  uint32_t offset[PHASES];
};

/* One step, read in place. */
struct step {
  const struct op *op;
  const char *from;          /* JSON pointer into config.json */
  const unsigned char *args; /* its fields */
  size_t size;
  size_t next; /* offset of the next step */
};

/* Reads the header. Answers what is wrong, or NULL. */
const char *plan_open(struct plan *plan, const void *data, size_t size);

/* Reads the step at an offset. Answers what is wrong, or NULL. */
const char *plan_step(const struct plan *plan, enum phase phase, size_t offset, struct step *step);

/* Fills an op's struct from a step's fields. Answers what is wrong, or NULL. */
const char *plan_decode(const struct step *step, void *arguments);

/* Goes through a whole plan without carrying anything out. Answers what is wrong, or NULL. */
const char *plan_check(const struct plan *plan);

/* The text after one of a list. */
const char *next_text(const char *text);

#endif
