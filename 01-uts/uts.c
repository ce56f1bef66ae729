/* uts: run a command in a UTS namespace, where the host name is its own. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* The child's stack. It grows down, so clone() is given its upper end. */
static char stack[1024 * 1024] __attribute__((aligned(16)));

/* Runs in the new namespace and becomes the command. Does not return. */
static int child(void *arg)
{
	char **argv = arg;

	if (sethostname("container", strlen("container")) == -1)
		err(1, "sethostname");
	execvp(argv[0], argv);
	err(errno == ENOENT ? 127 : 126, "%s", argv[0]);
}

/* Starts the child, waits for it, and ends with its status. */
int main(int argc, char *argv[])
{
	const int flags = /* what the child does not share: clone(2) */
		CLONE_NEWUTS | /* host name, NIS domain name */
		SIGCHLD; /* sent when the child ends: waitpid() needs it */
	char *shell[] = { getenv("SHELL"), NULL };
	int status;
	pid_t pid;

	if (shell[0] == NULL)
		shell[0] = "/bin/sh";
	/* If SIGCHLD is ignored, the status is lost: wait(2). */
	signal(SIGCHLD, SIG_DFL);

	pid = clone(child, stack + sizeof(stack), flags,
		    argc > 1 ? argv + 1 : shell);
	if (pid == -1)
		err(1, "clone");

	/* Ctrl-C and Ctrl-\ are for the command, as in system(3). */
	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	if (waitpid(pid, &status, 0) == -1)
		err(1, "waitpid");
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status)
				   : WEXITSTATUS(status);
}
