/* setns: run a command in namespaces that exist already. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* From <linux/nsfs.h>, which musl does not have: ioctl_ns(2). */
enum { NS_GET_NSTYPE = _IO(0xb7, 3), NS_GET_OWNER_UID = _IO(0xb7, 4) };

static const char usage[] =
	"Usage: setns [-h] TARGET [command [arg...]]\n"
	"TARGET: a namespace file, or a PID for all that differ from ours.\n";

static int types; /* of the namespaces to join */
static uid_t owner; /* of the user namespace among them */

/* Opens a namespace file, and notes its type. Ends with 1 on error. */
static int add(const char *path)
{
	/* O_NONBLOCK: a FIFO would wait for somebody who writes into it. */
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC), type;

	if (fd == -1)
		err(1, "%s", path);
	type = ioctl(fd, NS_GET_NSTYPE);
	if (type == -1)
		errx(1, "%s: not a namespace", path);
	if (type == CLONE_NEWUSER && ioctl(fd, NS_GET_OWNER_UID, &owner) == -1)
		err(1, "%s: owner", path);
	types |= type;
	return fd;
}

/* Adds those namespaces of a process that are not ours. Returns its pidfd. */
static int add_process(const char *pid)
{
	static const char *const names[] = { "cgroup", "ipc",  "mnt",  "net",
					     "pid",    "time", "user", "uts" };
	int pidfd = (int)syscall(SYS_pidfd_open, strtol(pid, NULL, 10), 0);
	char self[32] = "", path[64];
	struct stat ours, theirs;

	if (pidfd == -1)
		err(1, "%s", pid);
	/* In the /proc of another PID namespace a PID is another process. */
	if (readlink("/proc/self", self, sizeof(self) - 1) == -1 ||
	    atoi(self) != getpid())
		errx(1, "/proc does not show our PID namespace: mount it");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(self, sizeof(self), "/proc/self/ns/%s", names[i]);
		snprintf(path, sizeof(path), "/proc/%s/ns/%s", pid, names[i]);
		if (access(self, F_OK) == -1 && errno == ENOENT)
			continue; /* not built into this kernel */
		if (stat(self, &ours) == -1 || stat(path, &theirs) == -1)
			err(1, "%s", path);
		if (ours.st_ino != theirs.st_ino)
			add(path);
	}
	return pidfd;
}

/* Joins what is in types: a user namespace as its user 0, without groups. */
static void join(const char *target, int fd)
{
	const int user = types & CLONE_NEWUSER, ours = owner == geteuid();

	if (user && setgroups(0, NULL) == -1 && !(ours && errno == EPERM))
		err(1, "setgroups");
	if (types != 0 && setns(fd, types) == -1)
		err(1, "%s", target);
	if (user && (setgid(0) == -1 || setuid(0) == -1) &&
	    !(ours && errno == EINVAL))
		err(1, "become user 0");
}

/* Joins TARGET, and becomes the command or, for a PID namespace, its parent. */
int main(int argc, char *argv[])
{
	char *shell[] = { getenv("SHELL"), NULL };
	int opt = getopt(argc, argv, "+h"), status;
	const char *target = argv[optind];

	if (opt != -1 || target == NULL) {
		fputs(usage, opt == 'h' ? stdout : stderr);
		return opt == 'h' ? 0 : 2;
	}
	if (target[strspn(target, "0123456789")] == '\0')
		join(target, add_process(target));
	else
		join(target, add(target));
	signal(SIGCHLD, SIG_DFL); /* or the status may be lost: wait(2) */
	/* A process never moves to another PID namespace: its children do. */
	const pid_t pid = (types & CLONE_NEWPID) ? fork() : 0;
	if (pid == -1)
		err(1, "fork");
	if (pid != 0) {
		/* Ctrl-C and Ctrl-\ are for the command, as in system(3). */
		signal(SIGINT, SIG_IGN);
		signal(SIGQUIT, SIG_IGN);
		if (waitpid(pid, &status, 0) == -1)
			err(1, "waitpid");
		return WIFSIGNALED(status) ? 128 + WTERMSIG(status)
					   : WEXITSTATUS(status);
	}
	if (types & CLONE_NEWPID && prctl(PR_SET_PDEATHSIG, SIGKILL) == -1)
		err(1, "prctl: PR_SET_PDEATHSIG");
	/* $SHELL is from outside: a container's root may not have it. */
	if (shell[0] == NULL || access(shell[0], X_OK) == -1)
		shell[0] = "/bin/sh";
	argv = argv[optind + 1] == NULL ? shell : argv + optind + 1;
	execvp(argv[0], argv);
	err(errno == ENOENT ? 127 : 126, "%s", argv[0]);
}
