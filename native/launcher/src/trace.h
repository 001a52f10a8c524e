/* The times of a plan's steps, in a file that both sides of a launch have mapped. */
#ifndef TRACE_H
#define TRACE_H

#include <stdint.h>

struct context;

/* Nanoseconds since 1970; 0: not yet. The first of the file is no step: its `begun` is the process
 * id of the launching side. */
struct trace_times {
  uint64_t begun;
  uint64_t ended;
};

/* Note when the running step began or ended, when times are kept. No system call is made for it. */
void trace_begin(struct context *c);
void trace_end(struct context *c);

/* Lets go of the file. */
void trace_close(struct context *c);

#endif
