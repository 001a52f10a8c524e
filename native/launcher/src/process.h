/* Processes by id and start time, so that an id used again is never taken for the old one. */
#ifndef PROCESS_H
#define PROCESS_H

#include <stdint.h>
#include <sys/types.h>

#include "context.h"

/* Start time of a process in clock ticks after boot: 0, or an errno (ESRCH when there is none). */
int start_time_of(pid_t pid, uint64_t *start_time);

/* A pidfd of the process with that id and start time, or -1 with errno (ESRCH when it is gone). */
int open_process(pid_t pid, uint64_t start_time);

#endif
