#ifndef CGROUPS_H
#define CGROUPS_H

struct context;

/* Takes away the cgroups that a failed launch has made, with what may run in them, the last one
 * first. */
void remove_made(struct context *c);

#endif
