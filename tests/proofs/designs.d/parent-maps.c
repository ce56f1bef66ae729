/* The parent writes the maps, and the child waits for its word on a pipe: a byte is
 * go, end of file is the parent's death. The stack comes from mmap(). */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static int go[2];

static void complain(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	vfprintf(stderr, format, list);
	va_end(list);
	fputs(", sorry\n", stderr);
	_exit(99);
}

static int inside(void *arg)
{
	char **argv = arg;
	char word;

	close(go[1]);
#if CHAPTER >= 3
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) == -1)
		complain("No death signal");
#endif
	if (read(go[0], &word, 1) != 1)
		complain("The parent is gone");
	close(go[0]);
	if (sethostname("container", 9) == -1)
		complain("The name can't be set");
#if CHAPTER >= 4
	if (mount("", "/", "", MS_REC | MS_PRIVATE, "") == -1)
		complain("The mounts stay shared");
	if (mount("proc", "/proc", "proc", 0, "") == -1)
		complain("No /proc");
#endif
#if CHAPTER >= 6
	struct ifreq lo = { .ifr_name = "lo",
			    .ifr_flags = IFF_UP | IFF_RUNNING };
	int fd = socket(PF_INET, SOCK_STREAM, 0);

	if (fd == -1 || ioctl(fd, SIOCSIFFLAGS, &lo) == -1)
		complain("lo stays down");
	close(fd);
#endif
	execvp(argv[0], argv);
	fprintf(stderr, "No %s here: %m\n", argv[0]);
	_exit(errno == ENOENT ? 127 : 126);
}

#if CHAPTER >= 5
static void tell(pid_t pid, const char *file, const char *format, unsigned id)
{
	char path[64], text[32];
	int fd;

	sprintf(path, "/proc/%d/%s", pid, file);
	sprintf(text, format, id);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd == -1 || write(fd, text, strlen(text)) == -1)
		complain("%s: %s", path, strerror(errno));
	close(fd);
}
#endif

int main(int argc, char *argv[])
{
	const size_t size = 256 * 1024;
	char *shell[2] = { getenv("SHELL") };
	char *stack = mmap(NULL, size, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
	int status;
	pid_t pid;

	if (!shell[0])
		shell[0] = "/bin/sh";
	if (stack == MAP_FAILED || pipe(go) == -1)
		complain("No memory, or no pipe");
	signal(SIGCHLD, SIG_DFL);
	pid = clone(inside, stack + size, FLAGS | SIGCHLD,
		    argc > 1 ? argv + 1 : shell);
	if (pid == -1)
		complain("No child: %s", strerror(errno));
	close(go[0]);
#if CHAPTER >= 5
	tell(pid, "uid_map", "0 %u 1", geteuid());
	tell(pid, "setgroups", "deny", 0);
	tell(pid, "gid_map", "0 %u 1", getegid());
#endif
	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	if (write(go[1], "!", 1) != 1)
		complain("The child is gone");
	close(go[1]);
	do {
		if (wait4(pid, &status, 0, NULL) == -1)
			complain("No end: %s", strerror(errno));
	} while (!WIFEXITED(status) && !WIFSIGNALED(status));
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
