/*
 * Prints the seccomp program that a process runs under, as hex: what a runtime really installed.
 * Needs CAP_SYS_ADMIN and a kernel with CONFIG_CHECKPOINT_RESTORE. Usage: dump-filter PID
 */
#include <linux/filter.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

int main(int argc, char **argv)
{
	pid_t pid = argc > 1 ? atoi(argv[1]) : 0;
	struct sock_filter *filter;
	long count;
	int status;

	if (ptrace(PTRACE_SEIZE, pid, 0, 0) || ptrace(PTRACE_INTERRUPT, pid, 0, 0)) {
		perror("ptrace");
		return 1;
	}
	waitpid(pid, &status, __WALL);
	count = ptrace(PTRACE_SECCOMP_GET_FILTER, pid, 0, NULL);
	if (count < 0) {
		perror("PTRACE_SECCOMP_GET_FILTER");
		return 2;
	}
	filter = calloc((size_t)count, sizeof(*filter));
	if (!filter || ptrace(PTRACE_SECCOMP_GET_FILTER, pid, 0, filter) < 0)
		return 3;
	for (long i = 0; i < count * (long)sizeof(*filter); i++)
		printf("%02x", ((unsigned char *)filter)[i]);
	printf("\n");
	return 0;
}
