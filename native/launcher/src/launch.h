/* The launcher as a library.
 *
 * The static `ocirun` calls these functions in its own process; the standalone launcher offers the
 * same ones on a socket to a brain that runs under Node or bun. All of them answer 0, or -1 and
 * fill `failure`. They keep no state between calls and need no single caller; they may be called
 * again and again.
 *
 * A launched process goes on only when its parent says so: a parent that dies before it has
 * released or started the process takes it along.
 */
#ifndef LAUNCH_H
#define LAUNCH_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Which step failed and what the system said. */
struct launch_failure {
  int32_t step;      /* index of the step in the plan, -1 when none was running */
  int32_t error;     /* errno; 0 when the step refused by itself, and `detail` says why */
  char syscall[24];  /* empty when no system call failed */
  char from[256];    /* JSON pointer of the step */
  char detail[1024]; /* what the system call was given, or why the step refused; may be empty */
};

/* The standalone launcher's file: what a launched process executes, from a sealed memfd, until it
 * becomes the container's program. With `data` NULL the running program is taken for it. */
struct launch_image {
  const void *data;
  size_t size;
};

struct launched {
  pid_t pid;
  uint64_t start_time; /* clock ticks after boot */
  int pidfd;
  int sync;     /* socket to the process; -1 once it is released or started */
  int terminal; /* master of its terminal, when that came to us; else -1 */
  int image;    /* what it was executed from, for launch_become_relay; else -1 */
};

struct launch_status {
  int32_t code;   /* exit code, or -1 when a signal ended the process */
  int32_t signal; /* signal number, or -1 */
};

/* Carries out a plan up to "created": the process is set up and waits for release or start. On
 * failure nothing of the process is left; what the host phase made is for the caller's clean-up
 * plan. */
int launch(const struct launch_image *image, const void *plan, size_t size,
           struct launched *launched, struct launch_failure *failure);

/* Lets the process live on without us; it waits at the plan's fifo. What must be on disk before,
 * is. Then comes launch_detach, or launch_relay to stay its parent all the same. */
int launch_release(struct launched *launched, struct launch_failure *failure);

/* Closes what `launched` holds of a process that was released or started, and leaves it to itself.
 */
void launch_detach(struct launched *launched);

/* Lets the process go on to its program, and waits until that is executed. */
int launch_start(struct launched *launched, struct launch_failure *failure);

/* Kills a process that was neither released nor started, and reaps it. */
void launch_abandon(struct launched *launched);

/* Carries out a plan that makes no process: hooks, clean-up, signals. */
int launch_perform(const void *plan, size_t size, struct launch_failure *failure);

/* Opens the fifo at which a created process waits, and waits until it has executed its program.
 * Fails with ENXIO when nobody waits there, and with EBUSY when another start is under way. */
int launch_open(const char *fifo, struct launch_failure *failure);

/* Stays as the parent of a released or started process: forwards signals and the terminal, waits,
 * carries out the `cleanup` plan (size 0: none) and answers how the process ended. Closes what
 * `launched` holds. */
int launch_relay(struct launched *launched, const void *cleanup, size_t size,
                 struct launch_status *status, struct launch_failure *failure);

/* The same, but by turning this process into the launcher, which is smaller by all a brain needs:
 * the process id stays, and the exit status is the program's. Returns only on failure. */
int launch_become_relay(const struct launch_image *image, struct launched *launched,
                        const void *cleanup, size_t size, struct launch_failure *failure);

#endif
