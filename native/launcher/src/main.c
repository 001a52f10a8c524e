/* The launcher: one program in three parts, told apart by what it is executed with. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "init.h"
#include "relay.h"
#include "server.h"

int main(int argc, char **argv) {
  const char *value = getenv(INIT_SYNC_NAME);
  if (value != NULL && argc == 2 && strcmp(argv[1], "init") == 0) init_main(atoi(value));
  value = getenv(RELAY_NAME);
  if (value != NULL && argc == 2 && strcmp(argv[1], "relay") == 0) relay_main(value);
  if (argc == 3 && strcmp(argv[1], "serve") == 0) server_main(atoi(argv[2]));
  static const char text[] = "the launcher is a part of ocirun and not meant to be called\n";
  return write(2, text, sizeof(text) - 1) < 0 ? 2 : 1;
}
