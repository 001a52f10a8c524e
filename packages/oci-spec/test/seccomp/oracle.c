/*
 * The oracle of the seccomp tests: gives profiles to libseccomp the way runc and crun do and prints
 * the BPF programs that come out.
 *
 * Standard input, one profile after the other, words separated by blanks:
 *   profile DEFAULT_ACTION OPTIMIZE ARCH_TOKEN...   actions and tokens as numbers
 *   rule ACTION NAME [INDEX OP VALUE VALUE_TWO]...  OP is the number of enum scmp_compare
 *   end
 * Standard output, one line a profile: "program HEX", "refused RULE_NUMBER ERRNO", or "hung": there
 * are profiles from which libseccomp never comes back.
 * Names that this libseccomp doesn't know are left out, as both runtimes do.
 * "known NAME" prints 1 or 0; "name ARCH_TOKEN NUMBER" prints the name of a number or "-".
 */
#define _GNU_SOURCE
#include <errno.h>
#include <seccomp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char line[1 << 16];

/* For the benchmark: how often to make each program, then to print "time NANOSECONDS" each. */
static unsigned long repeats;

static uint64_t number(void)
{
	char *word = strtok(NULL, " \n");

	if (!word) {
		fprintf(stderr, "a number is missing\n");
		exit(2);
	}
	return strtoull(word, NULL, 10);
}

/* Both runtimes give libseccomp one rule a condition where two are about one argument. */
static int add(scmp_filter_ctx filter, uint32_t action, int call, unsigned count,
	       const struct scmp_arg_cmp *conditions)
{
	unsigned seen = 0, repeated = 0;

	for (unsigned i = 0; i < count; i++) {
		repeated |= seen & (1u << conditions[i].arg);
		seen |= 1u << conditions[i].arg;
	}
	if (!repeated)
		return seccomp_rule_add_array(filter, action, call, count, conditions);
	for (unsigned i = 0; i < count; i++) {
		int rc = seccomp_rule_add_array(filter, action, call, 1, &conditions[i]);

		if (rc < 0)
			return rc;
	}
	return 0;
}

static void print_program(scmp_filter_ctx filter)
{
	int fd = memfd_create("bpf", 0);
	int rc = seccomp_export_bpf(filter, fd);
	off_t size = lseek(fd, 0, SEEK_END);
	unsigned char *bytes;

	if (fd < 0 || rc < 0) {
		printf("refused -1 %d\n", -rc);
		close(fd);
		return;
	}
	if (repeats) {
		close(fd);
		return;
	}
	bytes = mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, fd, 0);
	printf("program ");
	for (off_t i = 0; i < size; i++)
		printf("%02x", bytes[i]);
	printf("\n");
	munmap(bytes, (size_t)size);
	close(fd);
}

static void profile(FILE *rules_text)
{
	uint32_t fallback = (uint32_t)number();
	uint32_t optimize = (uint32_t)number();
	scmp_filter_ctx filter = seccomp_init(fallback);
	char *word;
	int rules = 0, failed_rule = -1, failed = 0;

	/* The first token is taken for the native one, so the machine's own must go. */
	seccomp_arch_remove(filter, SCMP_ARCH_NATIVE);
	while ((word = strtok(NULL, " \n"))) {
		int rc = seccomp_arch_add(filter, (uint32_t)strtoul(word, NULL, 10));

		if (rc < 0 && rc != -EEXIST) {
			fprintf(stderr, "architecture %s: %s\n", word, strerror(-rc));
			exit(2);
		}
	}
	seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, optimize);

	while (fgets(line, sizeof(line), rules_text)) {
		struct scmp_arg_cmp conditions[16];
		unsigned count = 0;
		uint32_t action;
		int call;

		word = strtok(line, " \n");
		if (!word || !strcmp(word, "end"))
			break;
		action = (uint32_t)number();
		call = seccomp_syscall_resolve_name(strtok(NULL, " \n"));
		while ((word = strtok(NULL, " \n")) && count < 16) {
			conditions[count].arg = (unsigned)strtoul(word, NULL, 10);
			conditions[count].op = (enum scmp_compare)number();
			conditions[count].datum_a = number();
			conditions[count].datum_b = number();
			count++;
		}
		if (action != fallback && call != __NR_SCMP_ERROR && failed_rule < 0) {
			int rc = add(filter, action, call, count, conditions);

			if (rc < 0) {
				failed_rule = rules;
				failed = -rc;
			}
		}
		rules++;
	}
	if (failed_rule >= 0)
		printf("refused %d %d\n", failed_rule, failed);
	else
		print_program(filter);
	fflush(stdout);
	seccomp_release(filter);
}

/* Reads a profile to its end and leaves it to a child that is given two seconds. */
static void profile_in_time(void)
{
	char *text = NULL;
	size_t size = 0;
	FILE *copy = open_memstream(&text, &size);
	char rule[sizeof(line)], head[1024];
	pid_t child;
	int status;

	while (fgets(rule, sizeof(rule), stdin) && strcmp(rule, "end\n"))
		fputs(rule, copy);
	fclose(copy);
	fflush(stdout);
	snprintf(head, sizeof(head), "%s", strtok(NULL, "\n"));
	child = fork();
	if (child == 0) {
		struct timespec start, end;

		if (!repeats)
			alarm(2);
		clock_gettime(CLOCK_MONOTONIC, &start);
		for (unsigned long i = 0; i == 0 || i < repeats; i++) {
			FILE *rules_text = size ? fmemopen(text, size, "r") : fopen("/dev/null", "r");

			snprintf(line, sizeof(line), "profile %s", head);
			strtok(line, " \n");
			profile(rules_text);
			fclose(rules_text);
		}
		clock_gettime(CLOCK_MONOTONIC, &end);
		if (repeats) {
			long long spent = (end.tv_sec - start.tv_sec) * 1000000000LL + end.tv_nsec - start.tv_nsec;

			printf("time %lld\n", spent / (long long)repeats);
			fflush(stdout);
		}
		_exit(0);
	}
	waitpid(child, &status, 0);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
		printf("hung\n");
	else if (status != 0)
		exit(3);
	free(text);
}

int main(void)
{
	const char *repeat = getenv("OCIKIT_ORACLE_REPEATS");

	repeats = repeat ? strtoul(repeat, NULL, 10) : 0;
	while (fgets(line, sizeof(line), stdin)) {
		char *word = strtok(line, " \n");

		if (!word)
			continue;
		if (!strcmp(word, "profile")) {
			profile_in_time();
		} else if (!strcmp(word, "known")) {
			word = strtok(NULL, " \n");
			printf("%d\n", seccomp_syscall_resolve_name(word) != __NR_SCMP_ERROR);
		} else if (!strcmp(word, "name")) {
			uint32_t arch = (uint32_t)number();
			char *name = seccomp_syscall_resolve_num_arch(arch, (int)number());

			printf("%s\n", name ? name : "-");
			free(name);
		} else {
			fprintf(stderr, "what is %s?\n", word);
			return 2;
		}
	}
	return 0;
}
