/* The parent leaves its namespaces and forks; perror() says what failed. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void check(int result, const char *what)
{
	if (result == -1)
		die(what);
}

#if CHAPTER >= 5
/* uid_map before gid_map, which has its deny by then. */
static void map(const char *file, const char *text)
{
	FILE *stream = fopen(file, "we");

	if (stream == NULL || fputs(text, stream) == EOF || fclose(stream))
		die(file);
}
#endif

#if CHAPTER >= 6
/* lo's flags are read, and one is added. */
static void lo(void)
{
	struct ifreq request = { 0 };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	check(fd, "socket");
	strcpy(request.ifr_name, "lo");
	check(ioctl(fd, SIOCGIFFLAGS, &request), "lo's flags");
	request.ifr_flags |= IFF_UP;
	check(ioctl(fd, SIOCSIFFLAGS, &request), "lo up");
	close(fd);
}
#endif

static void become(char **argv)
{
	char *shell = getenv("SHELL");
	int error;

#if CHAPTER >= 3
	check(prctl(PR_SET_PDEATHSIG, SIGKILL), "death signal");
#endif
	check(sethostname("container", 9), "host name");
#if CHAPTER >= 4
	check(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL), "private");
	umount2("/proc", MNT_DETACH); /* the old one; it may be in use */
	check(mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC,
		    NULL),
	      "proc");
#endif
#if CHAPTER >= 6
	lo();
#endif
	if (argv[1] != NULL) {
		execvp(argv[1], argv + 1);
		error = errno; /* perror() may change it */
		perror(argv[1]);
	} else {
		if (shell == NULL)
			shell = "/bin/sh";
		execlp(shell, shell, NULL);
		error = errno;
		perror(shell);
	}
	_exit(error == ENOENT ? 127 : 126);
}

int main(int argc, char *argv[])
{
	int status;
	pid_t child;

	(void)argc;
	signal(SIGCHLD, SIG_DFL);
#if CHAPTER >= 5
	char uid[40], gid[40];

	sprintf(uid, "0 %d 1\n", geteuid());
	sprintf(gid, "0 %d 1\n", getegid());
#endif
	check(unshare(FLAGS), "unshare");
#if CHAPTER >= 5
	map("/proc/self/uid_map", uid);
	map("/proc/self/setgroups", "deny");
	map("/proc/self/gid_map", gid);
#endif
	child = fork();
	check(child, "fork");
	if (child == 0)
		become(argv);
	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	check(waitpid(child, &status, 0), "wait");
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	return 128 + WTERMSIG(status);
}
