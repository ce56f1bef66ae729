/* setns: run a command in namespaces that exist already. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
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
#define NS_GET_NSTYPE _IO(0xb7, 0x3)
#define NS_GET_OWNER_UID _IO(0xb7, 0x4)

static const char usage[] =
	"Usage: setns [-h] TARGET [command [arg...]]\n"
	"Runs a command, or $SHELL, in namespaces that exist already.\n"
	"TARGET is a namespace file (/proc/PID/ns/uts, a bind mount of one,\n"
	"/run/netns/net1), or a PID: all namespaces of that process that\n"
	"differ from ours.\n";

/* The user namespace comes first: it gives the right to join the others. */
static const char *const names[] = { "user", "mnt", "uts",    "ipc",
				     "net",  "pid", "cgroup", "time" };
enum { COUNT = sizeof(names) / sizeof(names[0]) };

/* The namespaces to join: open files, in the order of names. */
static int fds[COUNT], fd_count;

/* Opens a namespace to join, and returns its type. Ends with 1 on error. */
static int add(const char *path)
{
	/* O_NONBLOCK: a FIFO would wait for somebody who writes into it. */
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	int type;

	if (fd == -1)
		err(1, "%s", path);
	type = ioctl(fd, NS_GET_NSTYPE);
	if (type == -1)
		errx(1, "%s: not a namespace", path);
	fds[fd_count++] = fd;
	return type;
}

/* add() for the namespaces of a process that are not ours: all their types. */
static int add_process(pid_t pid)
{
	struct stat ours, theirs;
	char self[32] = "", path[32];
	int types = 0;

	/* In the /proc of another PID namespace a PID is another process. */
	if (readlink("/proc/self", self, sizeof(self) - 1) == -1 ||
	    atoi(self) != getpid())
		errx(1, "/proc does not show our PID namespace: mount it");

	for (int i = 0; i < COUNT; i++) {
		snprintf(self, sizeof(self), "/proc/self/ns/%s", names[i]);
		snprintf(path, sizeof(path), "/proc/%d/ns/%s", pid, names[i]);
		if (stat(self, &ours) == -1) {
			if (errno == ENOENT)
				continue; /* not built into this kernel */
			err(1, "%s", self);
		}
		if (stat(path, &theirs) == -1)
			err(1, "%s", path);
		if (ours.st_dev != theirs.st_dev ||
		    ours.st_ino != theirs.st_ino)
			types |= add(path);
	}
	return types;
}

/*
 * Joins the namespaces: in one step, where there is a pidfd. Ends with 1 on
 * error.
 *
 * setns() changes no user ID. In the user namespace of somebody else ours has
 * no place: it reads 65534, and exec drops the capabilities. Yet to the host's
 * files we are who we were, and whoever is root in there may trace us. So we
 * drop our groups, while we have the right, and become user 0, or give up.
 * The namespace's owner meets nobody but himself: he may keep groups that he
 * has no right to drop (EPERM), and his IDs where 0 is not mapped (EINVAL).
 */
static void join(const char *target, int pidfd, int types)
{
	const int user = types & CLONE_NEWUSER;
	uid_t owner;
	const int ours = user && ioctl(fds[0], NS_GET_OWNER_UID, &owner) == 0 &&
		owner == geteuid();

	if (user && setgroups(0, NULL) == -1 && !(ours && errno == EPERM))
		err(1, "%s: setgroups", target);
	if (pidfd == -1 || setns(pidfd, types) == -1) {
		/* Before Linux 5.8 a pidfd is of no use here: EINVAL. */
		if (pidfd != -1 && errno != EINVAL)
			err(1, "%s", target);
		for (int i = 0; i < fd_count; i++)
			if (setns(fds[i], 0) == -1)
				err(1, "%s", target);
	}
	if (user && (setgid(0) == -1 || setuid(0) == -1) &&
	    !(ours && errno == EINVAL))
		err(1, "become user 0");
}

/* Goes on in a child. The parent waits for it, and ends with its status. */
static void fork_and_wait(void)
{
	int status;
	pid_t pid;

	/* Were SIGCHLD ignored, the status would be lost: wait(2). */
	signal(SIGCHLD, SIG_DFL);
	pid = fork();
	if (pid == -1)
		err(1, "fork");
	if (pid == 0) {
		/* The command must not outlive its parent. */
		if (prctl(PR_SET_PDEATHSIG, SIGKILL) == -1)
			err(1, "prctl: PR_SET_PDEATHSIG");
		return;
	}
	/* Ctrl-C and Ctrl-\ are for the command, as in system(3). */
	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	if (waitpid(pid, &status, 0) == -1)
		err(1, "waitpid");
	exit(WIFSIGNALED(status) ? 128 + WTERMSIG(status)
				 : WEXITSTATUS(status));
}

/* Joins TARGET, and becomes the command or, for a PID namespace, its parent. */
int main(int argc, char *argv[])
{
	char *shell[] = { getenv("SHELL"), NULL };
	int opt = getopt(argc, argv, "+h"), pidfd = -1, types;
	const char *target = argv[optind];

	if (opt != -1 || target == NULL) {
		fputs(usage, opt == 'h' ? stdout : stderr);
		return opt == 'h' ? 0 : 2;
	}
	if (shell[0] == NULL)
		shell[0] = "/bin/sh";
	argv = argv[optind + 1] == NULL ? shell : argv + optind + 1;

	if (target[strspn(target, "0123456789")] == '\0') {
		long pid = strtol(target, NULL, 10); /* or LONG_MAX */

		if (pid < 1 || pid > INT_MAX)
			errx(2, "%s: not a PID\n%s", target, usage);
		/* An old libc has no function for it; before Linux 5.3: ENOSYS. */
		pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
		if (pidfd == -1 && errno != ENOSYS)
			err(1, "%s", target);
		types = add_process((pid_t)pid);
	} else {
		types = add(target);
	}
	join(target, pidfd, types);

	/* A process never moves to another PID namespace: its children do. */
	if (types & CLONE_NEWPID)
		fork_and_wait();
	execvp(argv[0], argv);
	err(errno == ENOENT ? 127 : 126, "%s", argv[0]);
}
