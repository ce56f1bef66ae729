/* All by the shell: system() for the name, mounts, maps (by the parent), and lo. */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static int sock[2];
static void die(const char *what)
{
	perror(what);
	_exit(20);
}
static void sh(const char *command)
{
	int s = system(command);

	if (s != 0) {
		fprintf(stderr, "failed: %s\n", command);
		_exit(20);
	}
}
static int inside(void *p)
{
	char **argv = p, c;
	close(sock[0]);
#if CHAPTER >= 3
	if (prctl(PR_SET_PDEATHSIG, SIGKILL))
		die("prctl");
#endif
	if (read(sock[1], &c, 1) != 1) {
		fprintf(stderr, "no word\n");
		_exit(20);
	}
	close(sock[1]);
	sh("hostname container");
#if CHAPTER >= 4
	sh("mount --make-rprivate /");
	sh("mount -t proc proc /proc");
#endif
#if CHAPTER >= 6
	sh("ip link set lo up");
#endif
	execvp(*argv, argv);
	int e = errno;
	perror(*argv);
	_exit(e == ENOENT ? 127 : 126);
}
int main(int argc, char **argv)
{
	char *stack = malloc(300000), *sh_[2] = { "/bin/sh", 0 }, text[500];
	int status;
	struct sigaction sa = { .sa_handler = SIG_DFL };

	if (getenv("SHELL") && *getenv("SHELL"))
		sh_[0] = getenv("SHELL");
	sigaction(SIGCHLD, &sa, NULL);
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, sock))
		die("socketpair");
	pid_t pid =
		clone(inside, (char *)((unsigned long)(stack + 300000) & ~15ul),
		      FLAGS | SIGCHLD, argc > 1 ? argv + 1 : sh_);
	if (pid < 0)
		die("clone");
	close(sock[1]);
#if CHAPTER >= 5
	snprintf(text, sizeof text,
		 "cd /proc/%d && echo deny >setgroups && echo 0 %d 1 >gid_map "
		 "&& echo 0 %d 1 >uid_map",
		 pid, getegid(), geteuid());
	if (system(text)) {
		fprintf(stderr, "maps\n");
		return 20;
	}
#endif
	sa.sa_handler = SIG_IGN;
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGQUIT, &sa, NULL);
	if (write(sock[0], "x", 1) != 1)
		die("write");
	close(sock[0]);
	while (wait(&status) != pid)
		if (errno == ECHILD)
			die("wait");
	return WIFSIGNALED(status) ? WTERMSIG(status) | 128
				   : WEXITSTATUS(status);
}
