/* A descriptor on its way to another program, with a text that says what it is. */
#pragma once
#include <stddef.h>
#include <sys/socket.h>

/* Sends the text whole, the descriptor with its first part. -1 with errno. */
int send_descriptor(int socket, const char *text, size_t size, int fd);

/* The first descriptor that came with a packet, or -1. There may be more where one is expected:
 * they are closed. */
int received_descriptor(struct msghdr *packet);
