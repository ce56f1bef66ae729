/* sh does what it can: hostname, mount, ip link, and exec "$@". The stack is malloc'ed. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#if CHAPTER >= 5
static char uid_map[32], gid_map[32];

/* In C: sh would have no capability left, as long as it is mapped to no ID. */
static void put(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	if (file == NULL || fprintf(file, "%s", text) < 0 || fclose(file) != 0)
		err(1, "%s", path);
}
#endif

static const char script[] = "set -e\n"
			     "hostname container\n"
#if CHAPTER >= 4
			     "mount --make-rprivate /\n"
			     "mount -t proc proc /proc\n"
#endif
#if CHAPTER >= 6
			     "ip link set lo up\n"
#endif
			     "exec \"$@\"\n";

static int child(void *arg)
{
	char **argv = arg;
	char *words[200];
	int n = 0;

#if CHAPTER >= 3
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) == -1)
		err(1, "prctl");
#endif
	words[n++] = "sh";
	words[n++] = "-c";
	words[n++] = (char *)script;
	words[n++] = "sh";
	while (*argv && n < 199)
		words[n++] = *argv++;
	words[n] = NULL;
#if CHAPTER >= 5
	put("/proc/self/setgroups", "deny");
	put("/proc/self/uid_map", uid_map);
	put("/proc/self/gid_map", gid_map);
#endif
	execv("/bin/sh", words);
	err(127, "/bin/sh");
}

int main(int argc, char *argv[])
{
	char *shell[] = { getenv("SHELL") ?: "/bin/sh", NULL };
	char *stack = malloc(1 << 20);
	int status;
	pid_t pid;

	signal(SIGCHLD, SIG_DFL);
#if CHAPTER >= 5
	sprintf(gid_map, "0 %u 1", getegid());
	sprintf(uid_map, "0 %u 1", geteuid());
#endif
	if (stack == NULL)
		err(1, NULL);
	pid = clone(child, stack + (1 << 20), FLAGS | SIGCHLD,
		    argc > 1 ? argv + 1 : shell);
	if (pid == -1)
		err(1, "clone");
	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	if (waitpid(pid, &status, 0) != pid)
		err(1, "waitpid");
	free(stack);
	return WIFSIGNALED(status) ? WTERMSIG(status) + 128
				   : WEXITSTATUS(status);
}
