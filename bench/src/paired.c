/*
 * paired ROUNDS GAP_MS COMMAND...: times whole processes, fairly on a machine that others use too.
 *
 * Each command is one argument, its words separated by spaces. Every round runs each command once,
 * in an order that turns by one each round, so that what disturbs a round disturbs all of them
 * alike, and none always comes after the same neighbour. Before each command it sleeps GAP_MS. The
 * first round warms up and is not counted. One line of JSON a command: its wall and processor times
 * in microseconds, round by round, and the peak resident set of the process and its descendants in
 * KiB.
 *
 * Built static and small, since a child's peak counts the moment in which it still shares our
 * memory.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MAX_WORDS 64
#define MAX_COMMANDS 16
#define MAX_ROUNDS 2000

struct command {
  const char *text;
  char *words[MAX_WORDS + 1];
  uint32_t wall_us[MAX_ROUNDS];
  uint32_t cpu_us[MAX_ROUNDS];
  long peak_kib;
};

extern char **environ;
static struct command commands[MAX_COMMANDS];

static void fail(const char *what) {
  fprintf(stderr, "paired: %s: %s\n", what, strerror(errno));
  exit(1);
}

static void split(struct command *command, char *text) {
  unsigned count = 0;
  command->text = strdup(text);
  for (char *word = strtok(text, " "); word != NULL; word = strtok(NULL, " ")) {
    if (count == MAX_WORDS) {
      errno = E2BIG;
      fail(command->text);
    }
    command->words[count++] = word;
  }
}

static uint32_t microseconds(struct timeval time) {
  return (uint32_t)(time.tv_sec * 1000000 + time.tv_usec);
}

static uint32_t since(const struct timespec *begin) {
  struct timespec end;
  clock_gettime(CLOCK_MONOTONIC, &end);
  return (uint32_t)((end.tv_sec - begin->tv_sec) * 1000000 + (end.tv_nsec - begin->tv_nsec) / 1000);
}

static void run(struct command *command, const posix_spawn_file_actions_t *quiet, int round) {
  struct timespec begin;
  struct rusage usage;
  int status;
  pid_t pid;
  clock_gettime(CLOCK_MONOTONIC, &begin);
  errno = posix_spawnp(&pid, command->words[0], quiet, NULL, command->words, environ);
  if (errno != 0 || wait4(pid, &status, 0, &usage) < 0) fail(command->text);
  uint32_t wall = since(&begin);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    fprintf(stderr, "paired: %s: wait status %#x\n", command->text, (unsigned)status);
    exit(1);
  }
  if (round < 0) return;
  command->wall_us[round] = wall;
  command->cpu_us[round] = microseconds(usage.ru_utime) + microseconds(usage.ru_stime);
  if (usage.ru_maxrss > command->peak_kib) command->peak_kib = usage.ru_maxrss;
}

static void print_list(const char *name, const uint32_t *values, int count) {
  printf("\"%s\":[", name);
  for (int i = 0; i < count; i++) printf(i == 0 ? "%u" : ",%u", values[i]);
  printf("],");
}

int main(int argc, char **argv) {
  int rounds = argc > 3 ? atoi(argv[1]) : 0;
  int gap_ms = argc > 3 ? atoi(argv[2]) : 0;
  int count = argc - 3;
  posix_spawn_file_actions_t quiet;
  if (rounds < 1 || rounds > MAX_ROUNDS || gap_ms < 0 || count > MAX_COMMANDS) {
    fputs("usage: paired ROUNDS GAP_MS COMMAND...\n", stderr);
    return 2;
  }
  posix_spawn_file_actions_init(&quiet);
  posix_spawn_file_actions_addopen(&quiet, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&quiet, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  for (int i = 0; i < count; i++) split(&commands[i], argv[i + 3]);
  for (int round = -1; round < rounds; round++) {
    for (int i = 0; i < count; i++) {
      struct timespec gap = {gap_ms / 1000, gap_ms % 1000 * 1000000L};
      nanosleep(&gap, NULL);
      run(&commands[(i + round + 1) % count], &quiet, round);
    }
  }
  for (int i = 0; i < count; i++) {
    putchar('{');
    print_list("wallUs", commands[i].wall_us, rounds);
    print_list("cpuUs", commands[i].cpu_us, rounds);
    printf("\"peakKiB\":%ld}\n", commands[i].peak_kib);
  }
  return 0;
}
