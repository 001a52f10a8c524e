/* Runs in a container as its root and watches the processes that come into it: it tries to keep hold of
 * their executables, to read their descriptors, and at the end to write to what it holds. Each success is
 * a line of output. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { HELD_MAX = 64 };

static int held[HELD_MAX];
static int held_count;

static void look_at_descriptors(const char *process) {
  char path[64], target[4096], file[400];
  snprintf(path, sizeof(path), "/proc/%s/fd", process);
  DIR *entries = opendir(path);
  if (entries == NULL) return;
  for (struct dirent *e; (e = readdir(entries)) != NULL;) {
    if (e->d_name[0] == '.') continue;
    snprintf(file, sizeof(file), "%s/%s", path, e->d_name);
    ssize_t size = readlink(file, target, sizeof(target) - 1);
    if (size < 0) continue;
    target[size] = 0;
    int fd = open(file, O_PATH | O_DIRECTORY);
    if (fd < 0) continue;
    /* A directory that is not the container's leads to the host's root. */
    char up[128];
    snprintf(up, sizeof(up), "/proc/self/fd/%d/../../../../../../../../../../host-marker", fd);
    printf("directory %s%s\n", target, access(up, F_OK) == 0 ? " of the host" : "");
    close(fd);
  }
  closedir(entries);
}

static void hold_executable(const char *process) {
  char path[64], target[4096];
  snprintf(path, sizeof(path), "/proc/%s/exe", process);
  ssize_t size = readlink(path, target, sizeof(target) - 1);
  if (size < 0) return;
  target[size] = 0;
  if (strstr(target, "snoop") != NULL || strstr(target, "busybox") != NULL) return;
  if (held_count == HELD_MAX) return;
  int fd = open(path, O_RDONLY);
  if (fd >= 0) held[held_count++] = fd;
}

static void try_to_write(void) {
  for (int i = 0; i < held_count; i++) {
    char path[64], byte;
    snprintf(path, sizeof(path), "/proc/self/fd/%d", held[i]);
    int fd = open(path, O_RDWR);
    /* What is written is what is there: a runtime that falls for it stays whole. */
    if (fd >= 0 && pread(fd, &byte, 1, 0) == 1 && pwrite(fd, &byte, 1, 0) == 1)
      printf("wrote to an executable of the host\n");
    if (fd >= 0) close(fd);
  }
  printf("held %d\n", held_count);
}

int main(int argc, char **argv) {
  int seconds = argc > 1 ? atoi(argv[1]) : 5;
  char own[16];
  snprintf(own, sizeof(own), "%d", (int)getpid());
  printf("ready\n");
  fflush(stdout);
  for (time_t end = time(NULL) + seconds; time(NULL) < end && access("/stop", F_OK) != 0;) {
    DIR *processes = opendir("/proc");
    for (struct dirent *e; processes != NULL && (e = readdir(processes)) != NULL;) {
      if (e->d_name[0] < '1' || e->d_name[0] > '9' || strcmp(e->d_name, own) == 0) continue;
      hold_executable(e->d_name);
      look_at_descriptors(e->d_name);
    }
    if (processes != NULL) closedir(processes);
  }
  try_to_write();
  printf("done\n");
  return 0;
}
