/* fork() first, and the child unshares; where there is a new PID namespace, it forks
 * once more. argv[0] is the prefix of its messages. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *name;

static void fail(const char *what)
{
	fprintf(stderr, "%s: can't %s: %s\n", name, what, strerror(errno));
	exit(1);
}

static int wait_for(pid_t child)
{
	siginfo_t info;

	if (child == -1)
		fail("fork");
	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	if (waitid(P_PID, child, &info, WEXITED) == -1)
		fail("wait");
	return info.si_code == CLD_EXITED ? info.si_status
					  : 128 + info.si_status;
}

static void put(const char *file, const char *text)
{
	int fd = open(file, O_WRONLY | O_CLOEXEC);

	if (fd == -1 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		fail(file);
	close(fd);
}

/* Inside. The name goes through /proc/sys, where that can be. */
static void run(char **command)
{
#if CHAPTER >= 4
	if (mount(NULL, "/", NULL, MS_PRIVATE | MS_REC, NULL) ||
	    mount("none", "/proc", "proc", 0, NULL))
		fail("mount /proc");
#endif
#if CHAPTER >= 5 /* the file is root's, and root outside is nobody here */
	if (sethostname("container", 9))
		fail("set the host name");
#else
	put("/proc/sys/kernel/hostname", "container");
#endif
#if CHAPTER >= 6
	if (system("ip link set lo up") != 0)
		fail("set lo up");
#endif
	execvp(command[0], command);
	fprintf(stderr, "%s: %s: %s\n", name, command[0], strerror(errno));
	exit(errno == ENOENT ? 127 : 126);
}

int main(int argc, char *argv[])
{
	char *shell[] = { "/bin/sh", NULL };
	char **command = argc > 1 ? argv + 1 : shell;
	pid_t child, parent = getpid();

	name = argv[0];
	if (argc == 1 && getenv("SHELL"))
		shell[0] = getenv("SHELL");
	signal(SIGCHLD, SIG_DFL);
	child = fork();
	if (child != 0)
		return wait_for(child);

#if CHAPTER >= 3
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		exit(1);
#endif
	(void)parent;
#if CHAPTER >= 5
	char text[32], other[32];

	snprintf(text, sizeof(text), "0 %u 1", geteuid());
	snprintf(other, sizeof(other), "0 %u 1", getegid());
#endif
	if (unshare(FLAGS) == -1)
		fail("unshare");
#if CHAPTER >= 5
	put("/proc/self/uid_map", text);
	put("/proc/self/setgroups", "deny");
	put("/proc/self/gid_map", other);
#endif
#if CHAPTER >= 3
	child = fork();
	if (child == 0) {
		if (prctl(PR_SET_PDEATHSIG, SIGKILL) == -1)
			fail("ask for a death signal");
		run(command);
	}
	return wait_for(child);
#else
	run(command);
#endif
}
