/* Where there is a user namespace it comes first, with its maps, and then the rest. The
 * new mount API makes /proc; lo comes up by netlink. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#if CHAPTER >= 5
static void map_ids(void)
{
	static const char *const files[] = { "setgroups", "uid_map",
					     "gid_map" };
	char text[3][40] = { "deny" };
	char path[40];

	sprintf(text[1], "0 %u 1", geteuid());
	sprintf(text[2], "0 %u 1", getegid());
	if (unshare(CLONE_NEWUSER) == -1)
		err(1, "new user namespace");
	for (int i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "/proc/self/%s", files[i]);
		int fd = open(path, O_WRONLY | O_CLOEXEC);

		if (fd == -1 || write(fd, text[i], strlen(text[i])) == -1)
			err(1, "%s", files[i]);
		close(fd);
	}
}
#endif

#if CHAPTER >= 4
static void new_proc(void)
{
	struct mount_attr attr = { .propagation = 1 << 18 /* MS_PRIVATE */ };
	int fs, mnt;

	if (syscall(SYS_mount_setattr, -1, "/", 0x8000 /* AT_RECURSIVE */,
		    &attr, sizeof(attr)) == -1)
		err(1, "mount_setattr");
	fs = syscall(SYS_fsopen, "proc", FSOPEN_CLOEXEC);
	if (fs == -1 ||
	    syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == -1)
		err(1, "a proc file system");
	mnt = syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, 0);
	if (mnt == -1 ||
	    syscall(SYS_move_mount, mnt, "", AT_FDCWD, "/proc",
		    MOVE_MOUNT_F_EMPTY_PATH) == -1)
		err(1, "mounting it on /proc");
	close(mnt);
	close(fs);
}
#endif

#if CHAPTER >= 6
static void raise_lo(void)
{
	struct {
		struct nlmsghdr head;
		struct ifinfomsg info;
	} request = {
		.head = { .nlmsg_len = sizeof(request),
			  .nlmsg_type = RTM_NEWLINK,
			  .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK },
		.info = { .ifi_index = 1,
			  .ifi_flags = IFF_UP,
			  .ifi_change = IFF_UP },
	};
	struct {
		struct nlmsghdr head;
		struct nlmsgerr error;
		char more[200];
	} answer;
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (fd == -1 || send(fd, &request, sizeof(request), 0) == -1 ||
	    recv(fd, &answer, sizeof(answer), 0) == -1)
		err(1, "netlink");
	errno = -answer.error.error;
	if (errno != 0)
		err(1, "lo");
	close(fd);
}
#endif

int main(int argc, char *argv[])
{
	const char *shell = getenv("SHELL") ? getenv("SHELL") : "/bin/sh";
	char *alone[] = { (char *)shell, NULL };
	char **command = argc > 1 ? &argv[1] : alone;
	int status;
	pid_t pid;

	signal(SIGCHLD, SIG_DFL);
#if CHAPTER >= 5
	map_ids();
#endif
	if (unshare(FLAGS & ~CLONE_NEWUSER) == -1)
		err(1, "unshare");
	switch (pid = fork()) {
	case -1:
		err(1, "fork");
	case 0:
#if CHAPTER >= 3
		if (prctl(PR_SET_PDEATHSIG, SIGKILL) == -1)
			err(1, "prctl");
#endif
#if CHAPTER >= 4
		new_proc();
#endif
#if CHAPTER >= 6
		raise_lo();
#endif
		if (sethostname("container", 9) == -1)
			err(1, "sethostname");
		execvp(*command, command);
		err(errno == ENOENT ? 127 : 126, "%s", *command);
	}
	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	if (waitpid(pid, &status, 0) == -1)
		err(1, "wait");
	if (WIFSIGNALED(status))
		status = 128 + WTERMSIG(status);
	else
		status = WEXITSTATUS(status);
	return status;
}
