/* getopt_long; clone3 for all but time and user; a table of names */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
int unshare(int);
static struct option o[] = { { "cgroup", 0, 0, 'C' }, { "ipc", 0, 0, 'i' },
			     { "mount", 0, 0, 'm' },  { "net", 0, 0, 'n' },
			     { "pid", 0, 0, 'p' },    { "time", 0, 0, 't' },
			     { "uts", 0, 0, 'u' },    { "user", 0, 0, 'U' },
			     { "shift", 1, 0, 'T' },  { 0 } };
static unsigned long long f[256] = {
	['C'] = CLONE_NEWCGROUP, ['i'] = CLONE_NEWIPC, ['m'] = CLONE_NEWNS,
	['n'] = CLONE_NEWNET,    ['p'] = CLONE_NEWPID, ['t'] = CLONE_NEWTIME,
	['T'] = CLONE_NEWTIME,   ['u'] = CLONE_NEWUTS, ['U'] = CLONE_NEWUSER
};
static int shifted;
static long long by;
static void command(char **v)
{
	char *d[2] = { getenv("SHELL") ?: "/bin/sh" };
	if (!*v)
		v = d;
	execvp(*v, v);
	err(errno == ENOENT ? 127 : 126, "exec %s", *v);
}
int main(int argc, char **argv)
{
	unsigned long long flags = 0;
	int c;
	char *e;
	if (argc == 1)
		errx(1, "nothing asked for");
	while ((c = getopt_long(argc, argv, "+CimnptuUT:", o, 0)) != -1) {
		if (c == '?')
			return 1;
		flags |= f[c];
		if (c == 'T') {
			errno = 0;
			by = strtoll(optarg, &e, 0);
			if (errno || *e || e == optarg)
				errx(1, "bad number");
			shifted = 1;
		}
	}
	int first = flags & CLONE_NEWUSER ? CLONE_NEWUSER : 0;
	if (first && unshare(first))
		err(1, "unshare user");
	if (flags & CLONE_NEWTIME) {
		if (unshare(CLONE_NEWTIME))
			err(1, "unshare time");
		if (shifted) {
			int fd = open("/proc/self/timens_offsets",
				      O_WRONLY | O_CLOEXEC);
			char t[99];
			int n = sprintf(t, "1 %lld 0\n7 %lld 0\n", by, by);
			if (fd < 0 || write(fd, t, n) != n)
				err(1, "offsets");
			close(fd);
		}
	}
	signal(SIGCHLD, SIG_DFL);
	struct clone_args a = { .flags = flags &
					~(CLONE_NEWUSER | CLONE_NEWTIME),
				.exit_signal = SIGCHLD };
	pid_t p = syscall(SYS_clone3, &a, sizeof a);
	if (p < 0)
		err(1, "clone3");
	if (!p) {
		if (prctl(PR_SET_PDEATHSIG, SIGKILL))
			err(1, "prctl");
		if (flags & CLONE_NEWNS &&
		    mount("none", "/", 0, MS_PRIVATE | MS_REC, 0))
			err(1, "private");
		command(argv + optind);
	}
	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	int s;
	if (waitpid(p, &s, 0) < 0)
		err(1, "wait");
	return WIFSIGNALED(s) ? 128 + WTERMSIG(s) : WEXITSTATUS(s);
}
