/* What a container sees of itself: the program of the image that `npm start` makes and runs. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The first line of a file without its newline, or what to say when there is none. */
static const char *first_line(const char *path, char *line, size_t size, const char *otherwise) {
  FILE *file = fopen(path, "re");
  if (file == NULL) return otherwise;
  const char *found = fgets(line, (int)size, file);
  fclose(file);
  if (found == NULL) return otherwise;
  line[strcspn(line, "\n")] = '\0';
  return line;
}

static void print_memory_limit(void) {
  static const char *const files[] = {
      "/sys/fs/cgroup/memory.max",                     /* cgroup v2 */
      "/sys/fs/cgroup/memory/memory.limit_in_bytes",   /* cgroup v1 */
  };
  char line[64];
  for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
    const char *limit = first_line(files[i], line, sizeof line, NULL);
    if (limit == NULL) continue;
    printf("memory limit   %s bytes\n", limit);
    return;
  }
  printf("memory limit   (no memory controller to be seen)\n");
}

static void print_status(const char *name, const char *label) {
  char line[256];
  FILE *file = fopen("/proc/self/status", "re");
  if (file == NULL) return;
  while (fgets(line, sizeof line, file) != NULL) {
    if (strncmp(line, name, strlen(name)) != 0) continue;
    char *value = line + strlen(name);
    while (*value == '\t' || *value == ' ') value++;
    printf("%-14s %s", label, value);
  }
  fclose(file);
}

static void print_mounts(void) {
  char source[256], target[256], type[64];
  FILE *file = fopen("/proc/self/mounts", "re");
  if (file == NULL) return;
  printf("mounts        ");
  while (fscanf(file, "%255s %255s %63s %*[^\n]", source, target, type) == 3) {
    if (strncmp(target, "/sys/fs/cgroup/", 15) != 0) printf(" %s(%s)", target, type);
  }
  putchar('\n');
  fclose(file);
}

int main(void) {
  char host[256] = "?";
  gethostname(host, sizeof host - 1);
  printf("hello from     %s\n", host);
  printf("pid            %d\n", getpid());
  printf("uid, gid       %d, %d\n", getuid(), getgid());
  print_memory_limit();
  print_status("CapEff:", "capabilities");
  print_status("NoNewPrivs:", "no new privs");
  print_status("Seccomp:", "seccomp mode");
  print_mounts();
  return 0;
}
