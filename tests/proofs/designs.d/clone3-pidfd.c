/* clone3() by its number, which is fork() with flags; poll() on a pidfd, waitid(). */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
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

static void put(const char *path, const char *text)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		err(3, "cannot write %s", path);
	close(fd);
}

int main(int argc, char *argv[])
{
	char *command[] = { getenv("SHELL") ? getenv("SHELL") : "/bin/sh",
			    NULL };
	char uid[32], gid[32];
	int pidfd = -1;
	struct clone_args args = {
		.flags = FLAGS | CLONE_PIDFD,
		.pidfd = (uintptr_t)&pidfd,
		.exit_signal = SIGCHLD,
	};
	struct pollfd event = { .events = POLLIN };
	siginfo_t info = { 0 };
	sigset_t keys, before;
	pid_t child;

	sprintf(uid, "0 %u 1", geteuid());
	sprintf(gid, "0 %u 1", getegid());
	signal(SIGCHLD, SIG_DFL);
	sigemptyset(&keys);
	sigaddset(&keys, SIGINT);
	sigaddset(&keys, SIGQUIT);
	sigprocmask(SIG_BLOCK, &keys, &before); /* blocked, not ignored */
	child = syscall(SYS_clone3, &args, sizeof(args));
	if (child == -1)
		err(3, "no new process");
	if (child == 0) {
		sigprocmask(SIG_SETMASK, &before, NULL);
#if CHAPTER >= 3
		if (prctl(PR_SET_PDEATHSIG, SIGKILL))
			err(3, "prctl");
#endif
#if CHAPTER >= 5
		put("/proc/self/setgroups", "deny");
		put("/proc/self/uid_map", uid);
		put("/proc/self/gid_map", gid);
#endif
		if (sethostname("container", 9))
			err(3, "name");
#if CHAPTER >= 4
		if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
			err(3, "private mounts");
		if (mount("p", "/proc", "proc", MS_NOSUID, NULL))
			err(3, "proc");
#endif
#if CHAPTER >= 6
		struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP };
		int fd = socket(AF_INET6, SOCK_DGRAM, 0);

		if (fd == -1)
			fd = socket(AF_INET, SOCK_DGRAM, 0);
		if (ioctl(fd, SIOCSIFFLAGS, &lo))
			err(3, "lo");
		close(fd);
#endif
		execvp(argc > 1 ? argv[1] : command[0],
		       argc > 1 ? argv + 1 : command);
		err(errno == ENOENT ? 127 : 126, "cannot run it");
	}
	(void)put;
	event.fd = pidfd;
	while (poll(&event, 1, -1) == -1)
		if (errno != EINTR)
			err(3, "poll");
	if (waitid(P_PID, child, &info, WEXITED) == -1)
		err(3, "waitid");
	return info.si_status + (info.si_code == CLD_EXITED ? 0 : 128);
}
