/* CRIU, which writes processes to disk and brings them back, as a worker of ours. */
#ifndef CRIU_H
#define CRIU_H

#include "context.h"

/* Lets go of a CRIU that is still there and waits for its end: it undoes what it had begun. */
void end_criu(struct context *c);

#endif
