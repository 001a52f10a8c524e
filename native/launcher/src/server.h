/* The launcher for a brain that runs elsewhere (Node, bun): the functions of launch.h as requests
 * and answers on a stream socket, one process a launch. */
#ifndef SERVER_H
#define SERVER_H

_Noreturn void server_main(int socket);

#endif
