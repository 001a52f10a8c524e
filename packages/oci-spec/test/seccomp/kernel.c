/*
 * Loads a seccomp program into the kernel and makes calls under it (x86_64 Linux).
 *
 * Every answer of the program must be SECCOMP_RET_ERRNO, so that no call is ever carried out.
 * Standard input: u32 count, so many struct sock_filter; u32 count, so many struct call.
 * Standard output: an i32 for each call, what the kernel gave back (minus an error number).
 */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

struct call {
	uint32_t is_32_bit;
	uint32_t number;
	uint64_t args[6];
};

static int32_t call_64(const struct call *c)
{
	register uint64_t r10 __asm__("r10") = c->args[3];
	register uint64_t r8 __asm__("r8") = c->args[4];
	register uint64_t r9 __asm__("r9") = c->args[5];
	int64_t result = c->number;

	__asm__ volatile("syscall"
			 : "+a"(result)
			 : "D"(c->args[0]), "S"(c->args[1]), "d"(c->args[2]), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return (int32_t)result;
}

/* The sixth argument would be in ebp, which the compiler keeps to itself; it stays what it is. */
static int32_t call_32(const struct call *c)
{
	int64_t result = c->number;

	__asm__ volatile("int $0x80"
			 : "+a"(result)
			 : "b"(c->args[0]), "c"(c->args[1]), "d"(c->args[2]), "S"(c->args[3]), "D"(c->args[4])
			 : "r8", "r9", "r10", "r11", "memory");
	return (int32_t)result;
}

static void *read_all(uint32_t *count, size_t size)
{
	void *items;

	if (fread(count, sizeof(*count), 1, stdin) != 1)
		exit(2);
	items = calloc(*count, size);
	if (!items || fread(items, size, *count, stdin) != *count)
		exit(2);
	return items;
}

int main(void)
{
	uint32_t instructions, calls;
	struct sock_filter *filter = read_all(&instructions, sizeof(*filter));
	struct call *made = read_all(&calls, sizeof(*made));
	struct sock_fprog program = { .len = (unsigned short)instructions, .filter = filter };
	struct rlimit no_core = { 0, 0 };
	volatile int32_t *results;
	volatile uint32_t *done;
	int status;
	pid_t child;

	results = mmap(NULL, (calls + 1) * sizeof(*results), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (results == MAP_FAILED)
		return 2;
	done = (volatile uint32_t *)&results[calls];
	setrlimit(RLIMIT_CORE, &no_core);
	child = fork();
	if (child == 0) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
		    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program)) {
			perror("seccomp");
			_exit(3);
		}
		for (uint32_t i = 0; i < calls; i++) {
			results[i] = made[i].is_32_bit ? call_32(&made[i]) : call_64(&made[i]);
			*done = i + 1;
		}
		/* No call is left to end with. */
		__builtin_trap();
	}
	waitpid(child, &status, 0);
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	if (*done != calls) {
		fprintf(stderr, "ended by signal %d at call %u\n", WTERMSIG(status), *done);
		return 4;
	}
	fwrite((const void *)results, sizeof(*results), calls, stdout);
	return 0;
}
