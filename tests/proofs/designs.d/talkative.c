/* Says each step on stderr, has -h, closes all descriptors above 2, and has handlers
 * for the keys in the place of SIG_IGN. */
#define _GNU_SOURCE
#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static _Alignas(16) unsigned char stack[64 * 1024];
static uid_t uid;
static gid_t gid;
static pid_t parent;

#define STEP(call)                                                             \
	do {                                                                   \
		fprintf(stderr, "talkative: " #call "\n");                     \
		if ((call) == -1)                                              \
			err(7, #call);                                         \
	} while (0)

#if CHAPTER >= 5
static int line(const char *path, const char *format, unsigned id)
{
	int fd = open(path, O_WRONLY);
	int written = fd == -1 ? -1 : dprintf(fd, format, id);

	close(fd);
	return written < 0 ? -1 : 0;
}
#endif

static int command(void *arg)
{
	char **argv = arg;
	int fd;

	signal(SIGINT, SIG_DFL);
	signal(SIGQUIT, SIG_DFL);
#if CHAPTER >= 3
	STEP(prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0));
	if (getppid() != 0 && getppid() != parent)
		errx(7, "the parent is gone");
#endif
#if CHAPTER >= 5
	STEP(line("/proc/self/setgroups", "deny", 0));
	STEP(line("/proc/self/uid_map", "0 %u 1\n", uid));
	STEP(line("/proc/self/gid_map", "0 %u 1\n", gid));
#endif
#if CHAPTER >= 4
	STEP(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	STEP(mount("proc", "/proc", "proc", MS_NOEXEC | MS_NOSUID | MS_NODEV,
		   NULL));
#endif
#if CHAPTER >= 6
	struct ifreq lo = { .ifr_name = "lo" };

	STEP(fd = socket(AF_INET, SOCK_DGRAM, 0));
	STEP(ioctl(fd, SIOCGIFFLAGS, &lo));
	lo.ifr_flags |= IFF_UP;
	STEP(ioctl(fd, SIOCSIFFLAGS, &lo));
#endif
	STEP(sethostname("container", 9));
	for (fd = 3; fd < 256; fd++)
		close(fd);
	fprintf(stderr, "talkative: %s is PID %d\n", argv[0], getpid());
	execvp(argv[0], argv);
	err(errno == ENOENT ? 127 : 126, "there is no %s", argv[0]);
}

static void nothing(int signal)
{
	(void)signal;
}

int main(int argc, char *argv[])
{
	struct sigaction act = { .sa_handler = nothing,
				 .sa_flags = SA_RESTART };
	char *shell[] = { getenv("SHELL"), NULL };
	int status;
	pid_t pid;

	if (argc > 1 && strcmp(argv[1], "-h") == 0) {
		puts("Usage: talkative [command [arg...]]");
		return 0;
	}
	if (shell[0] == NULL)
		shell[0] = "/bin/sh";
	uid = geteuid();
	gid = getegid();
	parent = getpid();
	sigaction(SIGINT, &act, NULL);
	sigaction(SIGQUIT, &act, NULL);
	act.sa_handler = SIG_DFL;
	sigaction(SIGCHLD, &act, NULL);
	STEP(pid = clone(command, stack + sizeof(stack), FLAGS | SIGCHLD,
			 argc > 1 ? argv + 1 : shell));
	STEP(waitpid(pid, &status, 0));
	fprintf(stderr, "talkative: status %#x\n", status);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
