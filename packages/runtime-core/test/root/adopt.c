/* Runs a program that dies with us, takes every process it leaves, and tells how each ended: what conmon is
 * to a runtime. */
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv) {
  int status;
  if (argc < 2 || prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) return 2;
  setvbuf(stdout, NULL, _IONBF, 0);
  pid_t child = fork();
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    execvp(argv[1], argv + 1);
    _exit(127);
  }
  for (pid_t pid; (pid = wait(&status)) > 0;) {
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    if (pid == child)
      printf("the runtime ended with %d\n", code);
    else
      printf("%d ended with %d\n", pid, code);
  }
  return 0;
}
