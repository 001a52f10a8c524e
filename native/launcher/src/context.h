/* What one plan is carried out with. Nothing of the launcher lives outside of it. */
#ifndef CONTEXT_H
#define CONTEXT_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "launch.h"
#include "plan.h"
#include "trace.h"

/* Slots of file descriptors that steps hand to later ones; slot 0 is the container's root. */
#define SLOTS 512
/* Directories that a launch makes before its process: cgroups and what lies above them. */
#define MADE 256
#define NO_SLOT UINT32_MAX
#define ROOT_SLOT 0

/* What the launched process must know before it can read its plan. */
struct hello {
  int32_t plan;
  uint32_t plan_size;
  uint32_t preserve;
  int32_t slots[SLOTS];
};

/* What is known of a standard stream. */
struct stream_owner {
  bool known;
  bool null; /* the host's or the container's /dev/null */
  uid_t uid;
};

struct context {
  struct plan plan;
  struct launch_failure *failure;
  enum phase phase;
  int32_t step; /* index of the running step in the whole plan, -1 between steps */
  const char *from;

  struct trace_times *trace; /* NULL unless times are kept */

  bool warned; /* a step that may fail did, and this is why */
  struct launch_failure warning;

  int slots[SLOTS];
  int sync; /* socket to the other side */

  /* Of the launching side. */
  const char *made[MADE]; /* directories made, in their order; they lie in the plan */
  uint32_t made_count;
  const struct launch_image *image;
  int image_fd; /* its sealed memfd, once a process was made from it */
  pid_t child;
  int pidfd;
  bool runs;       /* the child was restored and runs: there is nothing to tell it */
  int criu;        /* pidfd of CRIU, or -1 */
  int criu_socket; /* to it */
  bool criu_waits; /* for an answer to what it told last */
  int terminal;
  struct hello hello; /* kept until the process has its maps */

  /* Of the launched side. */
  uint32_t preserve; /* fds after the standard ones that are not ours */
  int hidden;        /* the tmpfs that covers masked directories, or -1 */
  int null;          /* the container's /dev/null, or -1 */
  bool entered;      /* whether it is in the program's working directory */
  struct stream_owner streams[3];
  bool released; /* whether to wait at the fifo, or to go on at once */
  int report;    /* where a failure after release is written, or -1 */
  char program[PATH_MAX];
  char home[PATH_MAX]; /* "HOME=..." or empty */
};

void context_init(struct context *c, struct launch_failure *failure);

/* Closes every slot. */
void context_close(struct context *c);

/* Carries out the steps of a phase. */
int run_phase(struct context *c, enum phase phase);

/* Notes why the running step failed, and answers -1. The text is what the call was given. */
__attribute__((format(printf, 4, 5))) int fail(struct context *c, const char *syscall, int error,
                                               const char *format, ...);

/* Remembers a directory that was made, to be taken away again when the launch fails. */
void note_made(struct context *c, const char *path);
/* Whether the directory of a file is one of them. */
bool was_made(const struct context *c, const char *file);

/* Keeps an fd in a slot; the slot owns it. */
int keep(struct context *c, uint32_t slot, int fd);

/* The fd in a slot, or -1 with the failure noted. */
int slot_fd(struct context *c, uint32_t slot);

/* Writes text with each byte 1 replaced by the child's process id. */
int expand(struct context *c, const char *template, char *into, size_t size);

void close_fd(int *fd);
#define AUTO_CLOSE __attribute__((cleanup(close_fd)))

/* For the launched process, which closes all it opened in one stroke (closeSlots): closes an fd
 * only when there come to be so many that the limit on them is in sight. */
void spare_fd(int *fd);
#define AUTO_SPARE __attribute__((cleanup(spare_fd)))

#endif
