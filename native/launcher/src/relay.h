/* The parent that stays: what is left of a foreground `run` while its container runs. */
#ifndef RELAY_H
#define RELAY_H

#include "launch.h"

/* Told to the relay on the socket of the brain that waits for it, when there is one (fd -1: none).
 */
struct relay_control {
  int fd;
  /* Reads one request; answers the signal to pass on, 0 for none, -1 when the brain is gone. */
  int (*next_signal)(int fd);
};

/* Makes a terminal that will be relayed ready for its program: lines end as that ends them, since
 * our own terminal does to them what it does, and it has the size of ours. */
void prepare_terminal(int master);

int relay(struct launched *launched, const struct relay_control *control,
          struct launch_status *status, struct launch_failure *failure);

/* The variable that tells a launcher executed by launch_become_relay what it continues. */
#define RELAY_NAME "OCIRUN_RELAY"

/* Continues such a relay; the value of the variable is all it knows. */
_Noreturn void relay_main(const char *value);

#endif
