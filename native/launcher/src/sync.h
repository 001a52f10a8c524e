/* Messages between the launching process and the launched one: a SEQPACKET socket, one message a
 * packet. Which message may come when is the plan's business; any other is an error. */
#ifndef SYNC_H
#define SYNC_H

#include "context.h"

enum message_type {
  MESSAGE_NONE = 0,
  MESSAGE_HELLO,      /* to C: which fds are which */
  MESSAGE_PASS,       /* both: value is the gate */
  MESSAGE_FAILED,     /* from C: a failure; C ends */
  MESSAGE_FORKED,     /* from C: value is the process id of its successor */
  MESSAGE_TERMINAL,   /* from C: the terminal's master is attached */
  MESSAGE_LISTENER,   /* from C: value is its descriptor of the seccomp notifications */
  MESSAGE_CREATED,    /* from C: the container phase is done */
  MESSAGE_RELEASE,    /* to C: live on and wait at the fifo */
  MESSAGE_START,      /* to C: go on to the program at once */
  MESSAGE_DESCRIPTORS /* to C: what it waits for is attached; value is the gate */
};

/* Gates the launcher itself uses; the plan's count up from 1. */
enum { GATE_IDS = 0, GATE_FORKED = 0x7fffffff };

struct message {
  uint32_t type;
  uint32_t value;
  union {
    struct hello hello;
    struct launch_failure failure;
  } as;
};

/* On the launched side: sends a message that is a head only. */
int tell_parent(struct context *c, uint32_t type, uint32_t value);

/* The same with a file descriptor attached. */
int hand_to_parent(struct context *c, uint32_t type, int fd);

/* On the launching side: sends any message. A launched process that has ended is a failure, with
 * what it said last. */
int tell_child(struct context *c, const struct message *message);

/* On the launching side: tells the launched process which of its fds are which. */
int greet_child(struct context *c);

/* Receives one message: 1, 0 when the other side is gone, or a negative errno. */
int sync_receive(int sync, struct message *message, int *fd);

/* On the launched side: waits until the launching side passes the gate; ends with it. */
int await_parent(struct context *c, uint32_t type, uint32_t value);

/* On the launching side: waits for a message of the launched process and deals with those that may
 * come at any time (failure, fork, terminal). */
int await_child(struct context *c, uint32_t type, uint32_t value);

/* The same for a message with any value. */
int await_child_value(struct context *c, uint32_t type, uint32_t *value);

/* Ends the texts of a failure that came from the other side, whatever it wrote into them. */
void end_texts(struct launch_failure *failure);

/* Tells the launching side why this one ends, wherever it listens by now. */
void report_failure(struct context *c);

#endif
