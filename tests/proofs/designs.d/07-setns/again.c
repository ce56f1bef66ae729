/* openat() below a folder, readdir; tries each until none is left; posix_spawn of itself as the child; argv[0] prefix */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
extern char **environ;
static char *me;
static void fail(const char *w)
{
	fprintf(stderr, "%s: %s: %s\n", me, w, strerror(errno));
	exit(1);
}
static void become(char **v)
{
	char *s = getenv("SHELL"),
	     *d[] = { s && !access(s, X_OK) ? s : "/bin/sh", NULL };
	if (!*v)
		v = d;
	execvp(*v, v);
	int e = errno;
	fprintf(stderr, "%s: %s: %s\n", me, *v, strerror(e));
	exit(e == ENOENT ? 127 : 126);
}
int main(int argc, char **argv)
{
	me = argv[0];
	if (!strcmp(me, "@inside")) {
		if (prctl(PR_SET_PDEATHSIG, SIGKILL))
			fail("prctl");
		become(argv + 1);
	}
	if (argc == 1)
		return dprintf(2, "%s TARGET [COMMAND]\n", me), 64;
	int fds[20], n = 0, pidns = 0;
	char *end, a[300], b[300], p[300];
	long pid = strtol(argv[1], &end, 10);
	if (end != argv[1] && !*end) {
		snprintf(p, 300, "/proc/%ld/ns", pid);
		DIR *d = opendir(p);
		struct dirent *e;
		if (!d)
			fail(p);
		while ((e = readdir(d))) {
			if (e->d_name[0] == '.' ||
			    strstr(e->d_name, "_for_children"))
				continue;
			snprintf(p, 300, "/proc/self/ns/%s", e->d_name);
			memset(a, 0, 300);
			memset(b, 0, 300);
			if (readlinkat(dirfd(d), e->d_name, a, 299) < 0)
				fail(e->d_name);
			if (readlink(p, b, 299) < 0)
				fail(p);
			if (!strcmp(a, b))
				continue;
			if ((fds[n++] = openat(dirfd(d), e->d_name,
					       O_RDONLY | O_CLOEXEC)) < 0)
				fail(e->d_name);
			pidns |= !strcmp(e->d_name, "pid");
		}
		closedir(d);
	} else {
		if ((fds[n++] = open(argv[1],
				     O_RDONLY | O_NONBLOCK | O_CLOEXEC)) < 0)
			fail(argv[1]);
		snprintf(p, 300, "/proc/self/fd/%d", fds[0]);
		memset(a, 0, 300);
		readlink(p, a, 299);
		if (!strncmp(a, "pid:", 4))
			pidns = 1;
		char before[100] = "", after[100] = "";
		readlink("/proc/self/ns/pid_for_children", before, 99);
		if (setns(fds[0], 0))
			fail(argv[1]);
		n = 0;
		if (readlink("/proc/self/ns/pid_for_children", after, 99) > 0 &&
		    strcmp(before, after))
			pidns = 1;
	}
	for (int left = n, done = 1; left && done;) {
		done = 0;
		for (int i = 0; i < n; i++)
			if (fds[i] >= 0 && !setns(fds[i], 0)) {
				close(fds[i]);
				fds[i] = -1;
				left--;
				done = 1;
			}
		if (left && !done)
			fail(argv[1]);
	}
	if (!pidns)
		become(argv + 2);
	signal(SIGCHLD, SIG_DFL);
	struct sigaction ign = { .sa_handler = SIG_IGN }, oi, oq;
	posix_spawnattr_t at;
	sigset_t s;
	pid_t c;
	int st;
	sigaction(SIGINT, &ign, &oi);
	sigaction(SIGQUIT, &ign, &oq);
	sigemptyset(&s);
	if (oi.sa_handler != SIG_IGN)
		sigaddset(&s, SIGINT);
	if (oq.sa_handler != SIG_IGN)
		sigaddset(&s, SIGQUIT);
	posix_spawnattr_init(&at);
	posix_spawnattr_setsigdefault(&at, &s);
	posix_spawnattr_setflags(&at, POSIX_SPAWN_SETSIGDEF);
	argv[1] = "@inside";
	errno = posix_spawn(&c, "/proc/self/exe", NULL, &at, argv + 1, environ);
	if (errno)
		fail("spawn");
	if (waitpid(c, &st, 0) < 0)
		fail("wait");
	return WIFEXITED(st) ? WEXITSTATUS(st) : 128 + WTERMSIG(st);
}
