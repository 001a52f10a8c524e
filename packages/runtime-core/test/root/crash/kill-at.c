/* Runs a program and kills one of its processes at the start of its N-th system call:
 *
 *   kill-at main|child N PROGRAM [ARGUMENT]...
 *
 * main is the program itself, child all that it starts, counted together. Prints whether one was `killed` or
 * there were `fewer` calls, and then the program has run to its end; behind it the ids of the processes there
 * were. The status tells the same: 0 or 3. Who is left is let go. */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

enum { KILLED = 0, FEWER = 3, PROCESSES_MAX = 64 };

struct process {
  pid_t pid;
  bool inside; /* of a system call */
};

static struct process processes[PROCESSES_MAX];
static int count;

static struct process *find(pid_t pid) {
  for (int i = 0; i < count; i++)
    if (processes[i].pid == pid) return &processes[i];
  if (count == PROCESSES_MAX) exit(4);
  processes[count] = (struct process){.pid = pid};
  return &processes[count++];
}

/* Lets everyone go on untraced: each is stopped first, where it runs, so that it can be let go. */
static void let_go(pid_t but) {
  for (int i = 0; i < count; i++) {
    pid_t pid = processes[i].pid;
    if (pid == but || kill(pid, 0) != 0) continue;
    int status;
    if (ptrace(PTRACE_DETACH, pid, 0, 0) == 0) continue;
    ptrace(PTRACE_INTERRUPT, pid, 0, 0);
    while (waitpid(pid, &status, __WALL) < 0 && errno == EINTR) continue;
    ptrace(PTRACE_DETACH, pid, 0, 0);
  }
}

/* Waits until a process is gone; one that was being born when the others were let go is let go here. */
static void await_end(pid_t pid) {
  for (;;) {
    int status;
    pid_t found = waitpid(-1, &status, __WALL);
    if (found < 0 && errno != EINTR) return;
    if (found < 0) continue;
    if (WIFSTOPPED(status)) {
      find(found);
      ptrace(PTRACE_DETACH, found, 0, 0);
    } else if (found == pid) {
      return;
    }
  }
}

static int end(int status) {
  printf(status == KILLED ? "killed " : "fewer ");
  for (int i = 0; i < count; i++) printf("%d ", (int)processes[i].pid);
  printf("\n");
  return status;
}

int main(int argc, char **argv) {
  if (argc < 4) return 2;
  bool of_main = strcmp(argv[1], "main") == 0;
  long left = atol(argv[2]);
  pid_t program = fork();
  if (program == 0) {
    raise(SIGSTOP);
    execv(argv[3], argv + 3);
    _exit(127);
  }
  int status;
  waitpid(program, &status, WUNTRACED);
  long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK |
                 PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC;
  if (ptrace(PTRACE_SEIZE, program, 0, options) != 0) return 4;
  find(program);
  kill(program, SIGCONT);
  for (;;) {
    pid_t pid = waitpid(-1, &status, __WALL);
    if (pid < 0) return errno == EINTR ? 4 : end(FEWER);
    if (WIFEXITED(status) || WIFSIGNALED(status)) {
      if (pid != program) continue;
      let_go(program);
      return end(FEWER);
    }
    int signal = WSTOPSIG(status), event = status >> 16;
    struct process *p = find(pid);
    if (signal == (SIGTRAP | 0x80)) {
      p->inside = !p->inside;
      bool counted = p->inside && (pid == program) == of_main;
      if (counted && --left == 0) {
        kill(pid, SIGKILL);
        let_go(pid);
        await_end(pid);
        if (pid != program) await_end(program);
        return end(KILLED);
      }
      ptrace(PTRACE_SYSCALL, pid, 0, 0);
    } else if (event == PTRACE_EVENT_STOP && signal != SIGTRAP) {
      ptrace(PTRACE_LISTEN, pid, 0, 0);
    } else if (event != 0) {
      ptrace(PTRACE_SYSCALL, pid, 0, 0);
    } else {
      ptrace(PTRACE_SYSCALL, pid, 0, signal);
    }
  }
}
