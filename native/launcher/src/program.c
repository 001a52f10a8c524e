/* The container's program: found while there is still someone to tell, executed last. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "context.h"
#include "generated/plan_ops.h"
#include "kernel.h"
#include "text.h"

/* Why a file can't be executed: 0 or an errno. */
static int check_executable(const char *path) {
  struct stat status;
  if (stat(path, &status) != 0) return errno;
  if (S_ISDIR(status.st_mode)) return EISDIR;
  /* By the effective capabilities, as execve goes; the older call takes those of the real user. */
  if (syscall(SYS_faccessat2, AT_FDCWD, path, X_OK, AT_EACCESS) == 0) return 0;
  /* Refused by a seccomp filter that does not know it. */
  if (errno != ENOSYS && errno != EPERM) return errno;
  return faccessat(AT_FDCWD, path, X_OK, 0) == 0 ? 0 : errno;
}

int op_find_program(struct context *c, const struct op_find_program *a) {
  const char *candidate = a->candidates.first;
  for (uint32_t i = 0; i < a->candidates.count; i++, candidate = next_text(candidate)) {
    int error = check_executable(candidate);
    if (error == 0) {
      if (format(c->program, sizeof(c->program), "%s", candidate) < sizeof(c->program)) return 0;
      error = ENAMETOOLONG;
    }
    if (strchr(a->name, '/') == NULL) continue;
    return fail(c, error == ENOENT || error == ENOTDIR ? "stat" : "", error, "%s", candidate);
  }
  return fail(c, "", 0, "executable file not found in $PATH");
}

/* What lists of texts are made in that are as long as most: on the stack they cost no system call.
 */
enum { USUAL_TEXTS = 256 };

static char **make_list(char **usual, size_t count) {
  if (count > USUAL_TEXTS) return calloc(count, sizeof(*usual));
  memset(usual, 0, count * sizeof(*usual));
  return usual;
}

int op_execute(struct context *c, const struct op_execute *a) {
  char *few_arguments[USUAL_TEXTS], *few_variables[USUAL_TEXTS];
  char **argv = make_list(few_arguments, (size_t)a->argv.count + 1);
  char **env = make_list(few_variables, (size_t)a->env.count + 2);
  int error = ENOMEM;
  if (argv != NULL && env != NULL) {
    const char *text = a->argv.first;
    for (uint32_t i = 0; i < a->argv.count; i++, text = next_text(text)) argv[i] = (char *)text;
    text = a->env.first;
    for (uint32_t i = 0; i < a->env.count; i++, text = next_text(text)) env[i] = (char *)text;
    if (c->home[0] != 0) env[a->env.count] = c->home;
    execve(c->program, argv, env);
    error = errno;
  }
  if (argv != few_arguments) free(argv);
  if (env != few_variables) free(env);
  return fail(c, "execve", error, "%s", c->program);
}

int op_limit(struct context *c, const struct op_limit *a) {
  struct rlimit limit = {a->soft, a->hard};
  pid_t process = c->phase == PHASE_HOST ? c->child : 0;
  if (syscall(SYS_prlimit64, process, a->resource, &limit, NULL) == 0) return 0;
  return fail(c, "prlimit", errno, "%s", "");
}

int op_load_seccomp(struct context *c, const struct op_load_seccomp *a) {
  struct sock_fprog program = {
      .len = (unsigned short)(a->program.size / sizeof(struct sock_filter)),
      .filter = a->program.data};
  if (a->program.size % sizeof(struct sock_filter) != 0 || a->program.size / 8 > 4096)
    return fail(c, "", EINVAL, "a filter of %u bytes", a->program.size);
  int listener = (int)syscall(SYS_seccomp, SECCOMP_FILTER, a->flags, &program);
  if (listener < 0) return fail(c, "seccomp", errno, "%u instructions", (unsigned)program.len);
  return (a->flags & SECCOMP_FLAG_NEW_LISTENER) == 0 ? 0 : keep(c, a->listener, listener);
}
