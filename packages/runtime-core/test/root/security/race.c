/* Exchanges pairs of names without end, while it starts a program again and again:
 *
 *   race [-t] COUNT A B [A B]... -- PROGRAM [ARGUMENT]...
 *
 * With -t the program has a terminal, whose output comes out here. {} in an argument becomes the number of the start. At the end it prints how often it exchanged, and how
 * often the program ended with which status. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef RENAME_EXCHANGE
#define RENAME_EXCHANGE 2
#endif

extern char **environ;

enum { PAIRS_MAX = 16, ARGUMENTS_MAX = 64 };

static void attack(char **names, int pairs, unsigned long *exchanges) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  unsigned random = 1;
  for (;;) {
    for (int i = 0; i < pairs; i++) {
      if (syscall(SYS_renameat2, AT_FDCWD, names[2 * i], AT_FDCWD, names[2 * i + 1],
                  RENAME_EXCHANGE) == 0)
        ++*exchanges;
    }
    /* Without a pause, or with some of up to a third of a millisecond: as long as a start's steps. */
    random = random * 1103515245u + 12345u;
    unsigned draw = random >> 16 & 7;
    if (draw >= 2) {
      struct timespec pause = {0, (long)draw * 50000};
      nanosleep(&pause, NULL);
    }
  }
}

/* Opens a terminal, and lets a process of its own tell what is written to it. */
static pid_t open_terminal(posix_spawn_file_actions_t *actions, int *slave) {
  int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0) exit(4);
  *slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (*slave < 0) exit(4);
  for (int fd = 0; fd < 3; fd++) posix_spawn_file_actions_adddup2(actions, *slave, fd);
  pid_t reader = fork();
  if (reader == 0) {
    char text[4096];
    close(*slave);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (ssize_t size; (size = read(master, text, sizeof(text))) > 0;)
      if (write(1, text, (size_t)size) != size) _exit(1);
    _exit(0);
  }
  close(master);
  return reader;
}

int main(int argc, char **argv) {
  bool terminal = argc > 1 && strcmp(argv[1], "-t") == 0;
  if (terminal) {
    argc--;
    argv++;
  }
  int count = argc > 1 ? atoi(argv[1]) : 0, at = 2;
  while (at < argc && strcmp(argv[at], "--") != 0) at++;
  int pairs = (at - 2) / 2, arguments = argc - at - 1;
  if (count <= 0 || pairs < 1 || pairs > PAIRS_MAX || arguments < 1 || arguments > ARGUMENTS_MAX)
    return 2;
  unsigned long *exchanges =
      mmap(NULL, sizeof(*exchanges), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  posix_spawn_file_actions_t actions;
  int slave = -1;
  posix_spawn_file_actions_init(&actions);
  pid_t reader = terminal ? open_terminal(&actions, &slave) : -1;
  pid_t attacker = fork();
  if (attacker == 0) attack(argv + 2, pairs, exchanges);
  int ends[256] = {0}, killed = 0;
  for (int i = 0; i < count; i++) {
    char texts[ARGUMENTS_MAX][512], *args[ARGUMENTS_MAX + 1];
    for (int a = 0; a < arguments; a++) {
      const char *text = argv[at + 1 + a], *hole = strstr(text, "{}");
      if (hole == NULL)
        snprintf(texts[a], sizeof(texts[a]), "%s", text);
      else
        snprintf(texts[a], sizeof(texts[a]), "%.*s%d%s", (int)(hole - text), text, i, hole + 2);
      args[a] = texts[a];
    }
    args[arguments] = NULL;
    pid_t pid;
    int status;
    if (posix_spawn(&pid, args[0], &actions, NULL, args, environ) != 0) return 3;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
    if (WIFEXITED(status))
      ends[WEXITSTATUS(status)]++;
    else
      killed++;
  }
  kill(attacker, SIGKILL);
  waitpid(attacker, NULL, 0);
  /* The reader ends with the last who has the terminal. */
  close(slave);
  if (terminal) waitpid(reader, NULL, 0);
  printf("{\"exchanges\":%lu,\"killed\":%d", *exchanges, killed);
  for (int i = 0; i < 256; i++)
    if (ends[i] > 0) printf(",\"%d\":%d", i, ends[i]);
  printf("}\n");
  return 0;
}
