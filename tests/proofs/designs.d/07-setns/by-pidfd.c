/* argv[0] in front of each message; by a pidfd only; a file is tried as a PID namespace first, then as any. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char *program_invocation_name;

static void die(const char *what, int status)
{
	fprintf(stderr, "%s: could not do it (%s): %s\n", program_invocation_name,
		what, strerror(errno));
	exit(status);
}

/* The user namespace first: it gives the right to the others. */
static const struct {
	const char *name;
	int flag;
} types[] = {
	{ "user", CLONE_NEWUSER }, { "mnt", CLONE_NEWNS },   { "uts", CLONE_NEWUTS },
	{ "ipc", CLONE_NEWIPC },   { "net", CLONE_NEWNET },  { "pid", CLONE_NEWPID },
	{ "cgroup", CLONE_NEWCGROUP }, { "time", 0x80 },
};

static int forks;

static void join(const char *target)
{
	char ours[64], theirs[64], a[64], b[64];
	int flags = 0, fd;

	if (target[strspn(target, "0123456789")]) {
		fd = open(target, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			die(target, 1);
		if (setns(fd, CLONE_NEWPID) == 0)
			forks = 1;
		else if (errno != EINVAL || setns(fd, 0))
			die(target, 1);
		return;
	}
	fd = syscall(SYS_pidfd_open, atoi(target), 0);
	if (fd < 0)
		die(target, 1);
	for (int i = 0; i < 8; i++) {
		snprintf(ours, sizeof(ours), "/proc/self/ns/%s", types[i].name);
		snprintf(theirs, sizeof(theirs), "/proc/%s/ns/%s", target, types[i].name);
		memset(a, 0, sizeof(a));
		memset(b, 0, sizeof(b));
		if (readlink(ours, a, sizeof(a) - 1) < 0)
			continue; /* the kernel has none */
		if (readlink(theirs, b, sizeof(b) - 1) < 0)
			die(theirs, 1);
		if (strcmp(a, b))
			flags |= types[i].flag;
	}
	if (flags && setns(fd, flags))
		die(target, 1);
	forks = !!(flags & CLONE_NEWPID);
}

static void run(char **words)
{
	execvp(words[0], words);
	die(words[0], errno == ENOENT ? 127 : 126);
}

static int wait_for(pid_t pid)
{
	int status;

	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	if (waitpid(pid, &status, 0) < 0)
		die("waitpid", 1);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Goes on in a child. */
static void go_on_in_child(void)
{
	pid_t pid;

	signal(SIGCHLD, SIG_DFL);
	pid = fork();
	if (pid < 0)
		die("fork", 1);
	if (pid > 0)
		exit(wait_for(pid));
	if (prctl(PR_SET_PDEATHSIG, SIGKILL))
		die("prctl", 1);
}

/* The command: what follows TARGET, or a shell. */
static char **command(char **words)
{
	static char *shell[2];

	if (words[0])
		return words;
	shell[0] = getenv("SHELL");
	if (!shell[0] || access(shell[0], X_OK))
		shell[0] = "/bin/sh";
	return shell;
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		fprintf(stderr, "mine TARGET [COMMAND [ARG...]]\n");
		return 2;
	}
	join(argv[1]);
	if (forks)
		go_on_in_child();
	run(command(argv + 2));
}
