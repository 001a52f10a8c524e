/* Who the program is: user, groups, capabilities. Raw calls, since musl's would look for threads.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "context.h"
#include "generated/plan_ops.h"
#include "kernel.h"
#include "text.h"

#ifndef PR_CAP_AMBIENT
#define PR_CAP_AMBIENT 47
#define PR_CAP_AMBIENT_RAISE 2
#define PR_CAP_AMBIENT_CLEAR_ALL 4
#endif

int op_become_root(struct context *c, const struct op_become_root *a) {
  if (a->groups && syscall(SYS_setgroups, 0, NULL) != 0)
    return fail(c, "setgroups", errno, "%s", "");
  if (syscall(SYS_setresgid, 0, 0, 0) != 0) return fail(c, "setresgid", errno, "0");
  if (syscall(SYS_setresuid, 0, 0, 0) != 0) return fail(c, "setresuid", errno, "0");
  return 0;
}

int op_hide_memory(struct context *c, const struct op_hide_memory *a) {
  (void)a;
  return prctl(PR_SET_DUMPABLE, 0) == 0 ? 0 : fail(c, "prctl", errno, "PR_SET_DUMPABLE");
}

int op_set_user(struct context *c, const struct op_set_user *a) {
  /* Without this a change of user from 0 empties the permitted set. */
  if (a->uid != 0 && prctl(PR_SET_KEEPCAPS, 1) != 0)
    return fail(c, "prctl", errno, "PR_SET_KEEPCAPS");
  if (a->set_groups && syscall(SYS_setgroups, a->groups.count, a->groups.items) != 0)
    return fail(c, "setgroups", errno, "%u groups", a->groups.count);
  if (syscall(SYS_setresgid, a->gid, a->gid, a->gid) != 0)
    return fail(c, "setresgid", errno, "%u", a->gid);
  if (syscall(SYS_setresuid, a->uid, a->uid, a->uid) != 0)
    return fail(c, "setresuid", errno, "%u", a->uid);
  if (a->uid != 0 && prctl(PR_SET_KEEPCAPS, 0) != 0)
    return fail(c, "prctl", errno, "PR_SET_KEEPCAPS");
  return 0;
}

int op_drop_bounding(struct context *c, const struct op_drop_bounding *a) {
  for (int capability = 0; capability <= CAP_LAST_POSSIBLE; capability++) {
    if ((a->keep >> capability & 1) != 0) continue;
    if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0) continue;
    /* EINVAL: beyond the last one this kernel knows. */
    if (errno == EINVAL) return 0;
    return fail(c, "prctl", errno, "PR_CAPBSET_DROP %d", capability);
  }
  return 0;
}

int op_set_capabilities(struct context *c, const struct op_set_capabilities *a) {
  struct cap_header header = {.version = CAP_VERSION_3};
  struct cap_data data[2];
  for (unsigned i = 0; i < 2; i++) {
    data[i].effective = (uint32_t)(a->effective >> (32 * i));
    data[i].permitted = (uint32_t)(a->permitted >> (32 * i));
    data[i].inheritable = (uint32_t)(a->inheritable >> (32 * i));
  }
  if (syscall(SYS_capset, &header, data) != 0) return fail(c, "capset", errno, "%s", "");
  /* The kernel gives and leaves no other than what is both permitted and inheritable. runc's own
   * default config asks for more, and what is asked is less than what is given. */
  uint64_t possible = a->permitted & a->inheritable;
  if (possible != 0 && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0)
    return fail(c, "prctl", errno, "PR_CAP_AMBIENT_CLEAR_ALL");
  for (int capability = 0; capability <= CAP_LAST_POSSIBLE; capability++) {
    if ((a->ambient & possible) >> capability == 0) break;
    if (((a->ambient & possible) >> capability & 1) == 0) continue;
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0) != 0)
      return fail(c, "prctl", errno, "can't raise ambient capability %d", capability);
  }
  return 0;
}

int op_forbid_privileges(struct context *c, const struct op_forbid_privileges *a) {
  (void)a;
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
    return fail(c, "prctl", errno, "PR_SET_NO_NEW_PRIVS");
  return 0;
}

int op_own_streams(struct context *c, const struct op_own_streams *a) {
  for (int fd = 0; fd < 3; fd++) {
    if (c->streams[fd].known && (c->streams[fd].null || c->streams[fd].uid == a->uid)) continue;
    struct stat status;
    if (fstat(fd, &status) != 0) {
      if (errno == EBADF) continue;
      return fail(c, "fstat", errno, "stream %d", fd);
    }
    /* /dev/null is one for the whole host. */
    if (status.st_uid == a->uid || (S_ISCHR(status.st_mode) && status.st_rdev == makedev(1, 3)))
      continue;
    if (fchown(fd, a->uid, (gid_t)-1) == 0) continue;
    /* A stream that can't be given away (no mapping, read-only) works as it is for what is open. */
    if (errno != EPERM && errno != EINVAL && errno != EROFS)
      return fail(c, "fchown", errno, "stream %d", fd);
  }
  return 0;
}

int op_set_umask(struct context *c, const struct op_set_umask *a) {
  (void)c;
  umask(a->mask);
  return 0;
}

int op_change_directory(struct context *c, const struct op_change_directory *a) {
  if (c->entered) return 0;
  if (chdir(a->path) != 0) {
    if (errno == EACCES && a->lenient) return 0;
    return fail(c, "chdir", errno, "%s", a->path);
  }
  c->entered = true;
  /* A path through a leaked descriptor (/proc/self/fd/N) leads out; the kernel then calls the place
   * unreachable. The root itself is none. */
  if (strcmp(a->path, "/") == 0) return 0;
  char here[PATH_MAX];
  long length = syscall(SYS_getcwd, here, sizeof(here));
  if (length < 0) {
    if (errno == ERANGE) return 0; /* deeper than PATH_MAX, so not outside */
    return fail(c, "getcwd", errno, "%s", a->path);
  }
  if (here[0] == '/') return 0;
  return fail(c, "", 0,
              "current working directory is outside of container mount namespace root -- possible "
              "container breakout detected");
}

/* The sixth field of a passwd line with that uid, cut off in place; NULL for any other line. */
static char *home_in_line(char *line, uint32_t uid) {
  char *fields[7];
  int count = 0;
  for (char *at = line; at != NULL && count < 7; count++) {
    fields[count] = at;
    at = strchr(at, ':');
    if (at != NULL) *at++ = 0;
  }
  if (count < 6) return NULL;
  const char *end = fields[2];
  long found;
  if (!parse_number(&end, &found) || *end != 0 || found != (long)uid) return NULL;
  return fields[5];
}

int op_find_home(struct context *c, const struct op_find_home *a) {
  /* A home that no line names is /, as the tools of a shell expect. */
  format(c->home, sizeof(c->home), "HOME=/");
  AUTO_CLOSE int fd = open_file("/etc/passwd", O_RDONLY | O_NONBLOCK | O_NOCTTY);
  struct stat status;
  if (fd < 0 || fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) return 0;
  char text[4096];
  size_t held = 0;
  bool skip = false; /* inside a line longer than the buffer: no real one is */
  /* An image may bring a file of any size; the users of a real one are in the first MiB. */
  for (size_t total = 0; total < 1u << 20;) {
    ssize_t size = read(fd, text + held, sizeof(text) - 1 - held);
    if (size < 0) return 0;
    total += (size_t)size;
    held += (size_t)size;
    text[held] = 0;
    char *line = text;
    for (char *end; (end = strchr(line, '\n')) != NULL || (size == 0 && *line != 0);) {
      if (end != NULL) *end = 0;
      char *home = skip ? NULL : home_in_line(line, a->uid);
      skip = false;
      if (home != NULL) {
        if (home[0] != 0) format(c->home, sizeof(c->home), "HOME=%s", home);
        return 0;
      }
      line = end == NULL ? text + held : end + 1;
    }
    if (size == 0) return 0;
    held = (size_t)(text + held - line);
    memmove(text, line, held);
    if (held == sizeof(text) - 1) {
      held = 0;
      skip = true;
    }
  }
  return 0;
}
