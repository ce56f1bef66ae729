/* posix_spawn() of itself under another argv[0]; unshare in a middle process for users */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
extern char **environ;
static const char *me;
#define CHECK(x)                                                               \
	do {                                                                   \
		if ((x) < 0) {                                                 \
			fprintf(stderr, "%s: line %d: %s\n", me, __LINE__,     \
				strerror(errno));                              \
			exit(1);                                               \
		}                                                              \
	} while (0)

static void second(char **argv)
{
#if CHAPTER >= 3
	CHECK(prctl(PR_SET_PDEATHSIG, SIGKILL));
#endif
#if CHAPTER >= 4
	CHECK(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL));
	CHECK(mount("none", "/proc", "proc", MS_NOSUID | MS_NOEXEC | MS_NODEV,
		    NULL));
#endif
#if CHAPTER >= 6
	struct ifreq r;
	int s;
	memset(&r, 0, sizeof(r));
	strcpy(r.ifr_name, "lo");
	CHECK(s = socket(AF_INET, SOCK_DGRAM, 0));
	CHECK(ioctl(s, SIOCGIFFLAGS, &r));
	if (!(r.ifr_flags & IFF_UP)) {
		r.ifr_flags |= IFF_UP;
		CHECK(ioctl(s, SIOCSIFFLAGS, &r));
	}
	CHECK(close(s));
#endif
	CHECK(sethostname("container", 9));
	execvp(argv[1], argv + 1);
	int e = errno;
	fprintf(stderr, "%s: %s: %s\n", me, argv[1], strerror(e));
	exit(e == ENOENT ? 127 : 126);
}

#if CHAPTER >= 5
static void map(const char *path, const char *fmt, unsigned id)
{
	int fd;
	CHECK(fd = open(path, O_WRONLY));
	CHECK(dprintf(fd, fmt, id));
	CHECK(close(fd));
}
#endif

int main(int argc, char **argv)
{
	me = argv[0];
	if (!strcmp(argv[0], "-inside-"))
		second(argv);
	posix_spawnattr_t attr;
	sigset_t dfl;
	pid_t pid;
	int status, e, n = 1;
	char **words = calloc(argc + 3, sizeof(*words));

	words[0] = "-inside-";
	for (int i = 1; i < argc; i++)
		words[n++] = argv[i];
	if (n == 1)
		words[n++] = getenv("SHELL") ? getenv("SHELL") : "/bin/sh";
	uid_t u = geteuid();
	gid_t g = getegid();
	(void)u;
	(void)g;
	CHECK(unshare(FLAGS));
#if CHAPTER >= 5
	map("/proc/self/uid_map", "0 %u 1\n", u);
	map("/proc/self/setgroups", "deny\n", 0);
	map("/proc/self/gid_map", "0 %u 1\n", g);
#endif
	signal(SIGCHLD, SIG_DFL);
	posix_spawnattr_init(&attr);
	/* those that the caller ignores stay ignored: only ours are reset */
	sigemptyset(&dfl);
	struct sigaction old[2], ign = { .sa_handler = SIG_IGN };
	sigaction(SIGINT, &ign, &old[0]);
	sigaction(SIGQUIT, &ign, &old[1]);
	if (old[0].sa_handler == SIG_DFL)
		sigaddset(&dfl, SIGINT);
	if (old[1].sa_handler == SIG_DFL)
		sigaddset(&dfl, SIGQUIT);
	posix_spawnattr_setsigdefault(&attr, &dfl);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGDEF);
	e = posix_spawn(&pid, "/proc/self/exe", NULL, &attr, words, environ);
	if (e) {
		fprintf(stderr, "%s: spawn: %s\n", me, strerror(e));
		return 1;
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR) {
			perror(me);
			return 1;
		}
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	return 128 + WTERMSIG(status);
}
