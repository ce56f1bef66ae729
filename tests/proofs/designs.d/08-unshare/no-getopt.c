/* options by strchr(), without getopt(); one unshare(). */
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

static void die(const char *what, int status)
{
	dprintf(2, "Sorry, %s went wrong, error %d.\n", what, errno);
	_exit(status);
}

static const char letters[] = "CimnptuU";
static const int values[] = { CLONE_NEWCGROUP, CLONE_NEWIPC, CLONE_NEWNS,  CLONE_NEWNET,
			      CLONE_NEWPID,    0x80,	     CLONE_NEWUTS, CLONE_NEWUSER };
static int flags;
static const char *ahead;

static char **options(int argc, char **argv)
{
	const char *letter, *found;
	char *end;

	if (argc < 2)
		exit(fprintf(stderr, "no options\n") ? 1 : 1);
	for (argv++; *argv && (*argv)[0] == '-' && (*argv)[1]; argv++) {
		if (!strcmp(*argv, "--"))
			return argv + 1;
		for (letter = *argv + 1; *letter; letter++) {
			if (*letter == 'T') {
				ahead = letter[1] ? letter + 1 : *++argv;
				flags |= 0x80;
				if (!ahead || (strtol(ahead, &end, 10), *end || end == ahead))
					exit(fprintf(stderr, "bad -T\n") ? 1 : 1);
				break;
			}
			found = strchr(letters, *letter);
			if (!found && *letter != 'v')
				exit(fprintf(stderr, "bad option\n") ? 1 : 1);
			if (found)
				flags |= values[found - letters];
		}
	}
	return argv;
}

static void leave(void)
{
	if (unshare(flags))
		die("unshare", 1);
	if (flags & CLONE_NEWNS && mount("none", "/", NULL, MS_PRIVATE | MS_REC, NULL))
		die("private", 1);
}

static void clocks(void)
{
	int fd = open("/proc/self/timens_offsets", O_RDWR | O_CLOEXEC);

	if (fd < 0 || dprintf(fd, "monotonic %s 0\n", ahead) < 0 || dprintf(fd, "boottime %s 0\n", ahead) < 0)
		die("clock", 1);
}

static void run(char **words)
{
	execvp(words[0], words);
	die(words[0], errno == ENOENT ? 127 : 126);
}

static int wait_for(pid_t pid)
{
	siginfo_t info;

	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	if (waitid(P_PID, pid, &info, WEXITED))
		die("waitid", 1);
	return info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
}

/* Goes on in a child. */
static void go_on_in_child(void)
{
	pid_t pid;

	signal(SIGCHLD, SIG_DFL);
	switch (pid = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0)) {
	case -1:
		die("clone", 1);
	case 0:
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		return;
	}
	exit(wait_for(pid));
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
	char **words = options(argc, argv);

	leave();
	if (ahead)
		clocks();
	if (flags & (CLONE_NEWPID | 0x80))
		go_on_in_child();
	run(command(words));
}
