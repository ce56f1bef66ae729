/* clone by its number, without a stack: it returns twice, as fork() does. The flags are
 * given at once, CLONE_NEWUSER among them; the steps are a table. */
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
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static char uid[32], gid[32];

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd == -1)
		return -1;
	if (write(fd, text, strlen(text)) == -1)
		return -1;
	return close(fd);
}

#if CHAPTER >= 3
static int die_with_parent(void)
{
	return prctl(PR_SET_PDEATHSIG, SIGKILL);
}
#endif

#if CHAPTER >= 5
static int deny(void)
{
	return write_file("/proc/self/setgroups", "deny");
}

static int map_user(void)
{
	return write_file("/proc/self/uid_map", uid);
}

static int map_group(void)
{
	return write_file("/proc/self/gid_map", gid);
}
#endif

static int name(void)
{
	return sethostname("container", 9);
}

#if CHAPTER >= 4
static int private(void)
{
	return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
}

static int proc(void)
{
	return mount("proc", "/proc", "proc", 0, NULL);
}
#endif

#if CHAPTER >= 6
static int lo(void)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	int result = fd == -1 ? -1 : ioctl(fd, SIOCSIFFLAGS, &request);

	close(fd);
	return result;
}
#endif

static const struct {
	int (*step)(void);
	const char *what;
} steps[] = {
#if CHAPTER >= 3
	{ die_with_parent, "the death signal" },
#endif
#if CHAPTER >= 6
	{ lo, "lo" },
#endif
#if CHAPTER >= 4
	{ private, "private mounts" },
#endif
#if CHAPTER >= 5
	{ map_user, "the user's map" },
	{ deny, "setgroups" },
	{ map_group, "the group's map" },
#endif
#if CHAPTER >= 4
	{ proc, "/proc" },
#endif
	{ name, "the host name" },
};

int main(int argc, char **argv)
{
	char *shell[] = { "/bin/sh", NULL };
	int status;
	long pid;

	if (getenv("SHELL") != NULL)
		shell[0] = getenv("SHELL");
	snprintf(uid, sizeof(uid), "0 %ld 1", (long)geteuid());
	snprintf(gid, sizeof(gid), "0 %ld 1", (long)getegid());
	signal(SIGCHLD, SIG_DFL);
	pid = syscall(SYS_clone, FLAGS | SIGCHLD, 0, 0, 0, 0);
	if (pid == 0) {
		for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++)
			if (steps[i].step() == -1) {
				fprintf(stderr, "step %zu, %s: error %d\n", i,
					steps[i].what, errno);
				return 4;
			}
		argv = argc > 1 ? argv + 1 : shell;
		execvp(argv[0], argv);
		status = errno == ENOENT ? 127 : 126;
		fprintf(stderr, "exec: error %d\n", errno);
		return status;
	}
	(void)write_file;
	if (pid < 0) {
		fprintf(stderr, "clone: error %d\n", errno);
		return 4;
	}
	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	while (waitpid(pid, &status, 0) == -1)
		if (errno != EINTR) {
			fprintf(stderr, "waitpid: error %d\n", errno);
			return 4;
		}
	if (WIFSIGNALED(status))
		exit(128 + WTERMSIG(status));
	exit(WEXITSTATUS(status));
}
