/* The program of a container that is attacked while it starts. It ends with 77, and says why, when it can
 * reach something that no container may reach. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { HIT = 77, LOOKS = 40 };

static int hit(const char *what, const char *detail) {
  printf("hit: %s %s\n", what, detail);
  return HIT;
}

/* No mount shows a folder of the host that the config does not name: the fourth field is what is shown. */
static int look_at_mounts(void) {
  FILE *file = fopen("/proc/self/mountinfo", "r");
  char line[4096];
  int result = 0;
  while (result == 0 && file != NULL && fgets(line, sizeof(line), file) != NULL) {
    char root[2048], point[2048];
    if (sscanf(line, "%*s %*s %*s %2047s %2047s", root, point) == 2 &&
        strstr(root, "/outside") != NULL)
      result = hit("mounted", line);
  }
  if (file != NULL) fclose(file);
  return result;
}

/* What is masked stays empty, however often one looks. */
static int look_behind_masks(char **paths) {
  for (int look = 0; look < LOOKS; look++) {
    for (char **path = paths; *path != NULL; path++) {
      char text[64];
      int fd = open(*path, O_RDONLY | O_NONBLOCK);
      ssize_t size = fd < 0 ? 0 : read(fd, text, sizeof(text));
      if (fd >= 0) close(fd);
      if (size > 0) return hit("read", *path);
    }
  }
  return 0;
}

/* What is read-only can't be opened to be written to. */
static int look_for_writable(char **paths) {
  for (int look = 0; look < LOOKS; look++) {
    for (char **path = paths; *path != NULL; path++) {
      int fd = open(*path, O_WRONLY | O_NONBLOCK);
      if (fd < 0) continue;
      close(fd);
      return hit("opened to write", *path);
    }
  }
  return 0;
}

/* The arguments are masked paths, --, read-only paths. */
int main(int argc, char **argv) {
  char **writable = argv + argc;
  for (int i = 1; i < argc; i++) {
    if (strcmp(argv[i], "--") != 0) continue;
    argv[i] = NULL;
    writable = argv + i + 1;
  }
  int result = look_at_mounts();
  if (result == 0) result = look_behind_masks(argv + 1);
  if (result == 0) result = look_for_writable(writable);
  return result;
}
