/* The launched process: from the sealed launcher's first instruction to the container's program. */
#ifndef INIT_H
#define INIT_H

/* How the launched process is told its socket: this variable is its whole environment. */
#define INIT_SYNC_NAME "OCIRUN_SYNC"
#define INIT_SYNC_SIZE 32

void init_sync_variable(char *into, int sync);

/* Goes through the container and start phases. Ends in the program or not at all. */
_Noreturn void init_main(int sync);

#endif
