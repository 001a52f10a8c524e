/* Terminals and who gets their masters. */
#ifndef TERMINAL_H
#define TERMINAL_H

#include "context.h"

/* Sends the master of a terminal over a console socket. */
int send_master(struct context *c, int socket, int master);

#endif
