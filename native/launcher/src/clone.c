/* The one clone of a launch, and the few instructions between it and the sealed launcher's exec. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "generated/plan_ops.h"
#include "image.h"
#include "init.h"
#include "kernel.h"
#include "sync.h"

struct newborn {
  const struct op_clone *a;
  const struct hello *hello;
  int sync; /* its end */
  int image;
};

/* clone3 onto a stack of its own, since under CLONE_VM the parent's would be written over. The
 * child calls run(argument) and ends with what that answers. */
static long clone_onto(struct clone_args *args, int (*run)(void *), void *argument) {
#if defined(__x86_64__)
  long result;
  register int (*call)(void *) __asm__("r12") = run;
  register void *with __asm__("r13") = argument;
  __asm__ volatile(
      "syscall\n\t"
      "test %%rax, %%rax\n\t"
      "jnz 1f\n\t"
      "xor %%ebp, %%ebp\n\t"
      "mov %%r13, %%rdi\n\t"
      "call *%%r12\n\t"
      "mov %%eax, %%edi\n\t"
      "mov %[exit], %%eax\n\t"
      "syscall\n"
      "1:"
      : "=a"(result)
      : "0"((long)SYS_clone3), "D"(args), "S"(sizeof(*args)), "r"(call),
        "r"(with), [exit] "i"(SYS_exit)
      : "rcx", "r11", "memory");
#elif defined(__aarch64__)
  register long result __asm__("x0") = (long)args;
  register long size __asm__("x1") = sizeof(*args);
  register long number __asm__("x8") = SYS_clone3;
  register int (*call)(void *) __asm__("x19") = run;
  register void *with __asm__("x20") = argument;
  __asm__ volatile(
      "svc 0\n\t"
      "cbnz x0, 1f\n\t"
      "mov x29, #0\n\t"
      "mov x0, x20\n\t"
      "blr x19\n\t"
      "mov x8, %[exit]\n\t"
      "svc 0\n"
      "1:"
      : "+r"(result)
      : "r"(size), "r"(number), "r"(call), "r"(with), [exit] "i"(SYS_exit)
      : "memory", "x30");
#else
#error "no clone3 for this architecture"
#endif
  if (result < 0 && result > -4096) {
    errno = (int)-result;
    return -1;
  }
  return result;
}

static int newborn_failed(const struct newborn *n, const char *syscall) {
  struct message message = {.type = MESSAGE_FAILED, .as.failure = {.step = -1, .error = errno}};
  strncpy(message.as.failure.syscall, syscall, sizeof(message.as.failure.syscall) - 1);
  ssize_t sent =
      write(n->sync, &message, offsetof(struct message, as) + sizeof(struct launch_failure));
  (void)sent;
  return 1;
}

/* Runs between clone and exec; with CLONE_VM in the parent's memory, so it touches nothing of it.
 */
static int newborn_main(void *argument) {
  const struct newborn *n = argument;
  char sync[INIT_SYNC_SIZE];
  char *argv[] = {"ocirun", "init", NULL};
  char *env[] = {sync, NULL};
  init_sync_variable(sync, n->sync);

  if (n->a->ids) {
    struct message pass;
    if (read(n->sync, &pass, sizeof(pass)) <= 0) return 1;
    if (syscall(SYS_setresgid, 0, 0, 0) != 0) return newborn_failed(n, "setresgid");
    if (syscall(SYS_setresuid, 0, 0, 0) != 0) return newborn_failed(n, "setresuid");
  }
  /* First everything goes, known or not; what is wanted comes back one by one. */
  if (close_range_cloexec(3 + n->a->preserve) != 0) return newborn_failed(n, "close_range");
  if (fcntl(n->sync, F_SETFD, 0) != 0 || fcntl(n->hello->plan, F_SETFD, 0) != 0)
    return newborn_failed(n, "fcntl");
  for (int i = 0; i < SLOTS; i++) {
    if (n->hello->slots[i] >= 0 && fcntl(n->hello->slots[i], F_SETFD, 0) != 0)
      return newborn_failed(n, "fcntl");
  }
  syscall(SYS_execveat, n->image, "", argv, env, AT_EMPTY_PATH);
  return newborn_failed(n, "execveat");
}

static int inherited(struct context *c, const struct op_clone *a, struct hello *hello) {
  for (int i = 0; i < SLOTS; i++) hello->slots[i] = -1;
  for (uint32_t i = 0; i < a->inherit.count; i++) {
    int fd = slot_fd(c, a->inherit.items[i]);
    if (fd < 0) return -1;
    hello->slots[a->inherit.items[i]] = fd;
  }
  return 0;
}

int op_clone(struct context *c, const struct op_clone *a) {
  if (c->child != 0) return fail(c, "", 0, "a plan launches one process only");
  struct hello *hello = &c->hello;
  if (inherited(c, a, hello) != 0) return -1;
  int cgroup = a->cgroup == NO_SLOT ? -1 : slot_fd(c, a->cgroup);
  if (a->cgroup != NO_SLOT && cgroup < 0) return -1;

  /* The child's end first: what lies above the lowest number is closed there in one piece. */
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
    return fail(c, "socketpair", errno, "AF_UNIX");
  AUTO_CLOSE int sync = pair[0];
  c->sync = pair[1];
  int image = c->image_fd = open_image(c);
  if (image < 0) return -1;
  AUTO_CLOSE int plan = seal_bytes(c, "ocirun-plan", c->plan.data, c->plan.size, false);
  if (plan < 0) return -1;

  hello->plan = plan;
  hello->plan_size = (uint32_t)c->plan.size;
  hello->preserve = a->preserve;

  struct newborn newborn = {a, hello, sync, image};
  _Alignas(16) unsigned char stack[16384];
  int pidfd = -1;
  struct clone_args args = {
      .flags = (uint64_t)a->namespaces | CLONE_PIDFD_,
      .pidfd = (uint64_t)(uintptr_t)&pidfd,
      .exit_signal = SIGCHLD,
      .stack = (uint64_t)(uintptr_t)stack,
      .stack_size = sizeof(stack),
  };
  /* Waiting for its maps it can't hold us up, and maps are ours to write. */
  if (!a->ids) args.flags |= CLONE_VFORK_ | CLONE_VM_;
  if (cgroup >= 0) {
    args.flags |= CLONE_INTO_CGROUP_;
    args.cgroup = (uint64_t)cgroup;
  }

  /* No handler of ours may run in the child while it shares our memory. */
  sigset_t all, before;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, &before);
  long child = clone_onto(&args, newborn_main, &newborn);
  int error = errno;
  sigprocmask(SIG_SETMASK, &before, NULL);
  if (child < 0) return fail(c, "clone3", error, "%s", "");
  c->child = (pid_t)child;
  c->pidfd = pidfd;
  close_fd(&sync);
  /* Waiting for maps, it reads gate 0 first; passing that gate sends the greeting. */
  return a->ids ? 0 : greet_child(c);
}
