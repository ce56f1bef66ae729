/* the child waits for a word of its parent; a table of options; an unshare() for each flag, the user namespace first. */
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

static const struct {
	char letter;
	int flag;
} types[] = {
	{ 'C', CLONE_NEWCGROUP }, { 'i', CLONE_NEWIPC }, { 'm', CLONE_NEWNS },
	{ 'n', CLONE_NEWNET },    { 'p', CLONE_NEWPID }, { 't', 0x80 },
	{ 'u', CLONE_NEWUTS },    { 'U', CLONE_NEWUSER },
};

static int flags;
static const char *ahead;

static char **options(int argc, char **argv)
{
	char *end;
	int letter;

	while ((letter = getopt(argc, argv, "+CimnptuUvT:")) != -1) {
		for (int i = 0; i < 8; i++)
			if (types[i].letter == letter)
				flags |= types[i].flag;
		if (letter == '?')
			exit(2);
		if (letter != 'T')
			continue;
		strtol(optarg, &end, 10);
		if (*end || end == optarg) {
			fprintf(stderr, "-T wants a number\n");
			exit(2);
		}
		ahead = optarg;
		flags |= 0x80;
	}
	if (argc < 2) {
		fprintf(stderr, "which namespaces?\n");
		exit(2);
	}
	return argv + optind;
}

static void leave(void)
{
	static const int order[] = { CLONE_NEWUSER, CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC,
				     CLONE_NEWNET, CLONE_NEWCGROUP, CLONE_NEWPID, 0x80 };

	for (int i = 0; i < 8; i++)
		if (flags & order[i] && unshare(order[i]))
			die("unshare", 1);
	if (flags & CLONE_NEWNS && mount(NULL, "/", NULL, MS_PRIVATE | MS_REC, NULL))
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
	sigset_t set;
	int status;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGQUIT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			die("waitpid", 1);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* Goes on in a child, which waits for a word: so it can't miss its parent's end. */
static void go_on_in_child(void)
{
	int word[2];
	char byte;
	pid_t pid;

	signal(SIGCHLD, SIG_DFL);
	if (pipe2(word, O_CLOEXEC))
		die("pipe", 1);
	pid = fork();
	if (pid < 0)
		die("fork", 1);
	if (pid > 0) {
		close(word[0]);
		if (write(word[1], "", 1) != 1)
			die("write", 1);
		exit(wait_for(pid));
	}
	close(word[1]);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL))
		die("prctl", 1);
	if (read(word[0], &byte, 1) != 1)
		exit(1);
	close(word[0]);
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
