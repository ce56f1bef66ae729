/* sh -c 'exec "$@"' runs the command; a table of options; one unshare(). */
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
	if (unshare(flags))
		die("unshare", 1);
	if (flags & CLONE_NEWNS && mount("none", "/", NULL, MS_PRIVATE | MS_REC, NULL))
		die("private", 1);
}

static void clocks(void)
{
	FILE *file = fopen("/proc/self/timens_offsets", "we");

	if (!file || fprintf(file, "boottime %s 0\nmonotonic %s 0\n", ahead, ahead) < 0 || fclose(file))
		die("timens_offsets", 1);
}

static void run(char **words)
{
	int count = 0;

	while (words[count])
		count++;
	char *shell[count + 5];
	shell[0] = "sh";
	shell[1] = "-c";
	shell[2] = "exec \"$@\"";
	shell[3] = "mine";
	memcpy(shell + 4, words, sizeof(char *) * (count + 1));
	execv("/bin/sh", shell);
	die("/bin/sh", 126);
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
