/* mount: + a mount namespace, with a /proc that shows the new PIDs. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* The child's stack. It grows down, so clone() is given its upper end. */
static char stack[1024 * 1024] __attribute__((aligned(16)));

/* Runs in the new namespace and becomes the command. Does not return. */
static int child(void *arg)
{
	char **argv = arg;

	/* PID 1 ignores most signals, so it is killed when its parent ends. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) == -1)
		err(1, "prctl: PR_SET_PDEATHSIG");
	if (sethostname("container", strlen("container")) == -1)
		err(1, "sethostname");
	/* A shared mount would pass ours on to the host: mount_namespaces(7). */
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == -1)
		err(1, "make / private");
	if (mount("proc", "/proc", "proc", 0, NULL) == -1)
		err(1, "mount /proc");
	execvp(argv[0], argv);
	err(errno == ENOENT ? 127 : 126, "%s", argv[0]);
}

/* Starts the child, waits for it, and ends with its status. */
int main(int argc, char *argv[])
{
	const int flags = /* what the child does not share: clone(2) */
		CLONE_NEWUTS | /* host name, NIS domain name */
		CLONE_NEWIPC | /* System V IPC, POSIX message queues */
		CLONE_NEWPID | /* process IDs */
		CLONE_NEWNS | /* mounts */
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
