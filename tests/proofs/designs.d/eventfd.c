/* fsopen, mount_setattr, netlink, clone3 with a pidfd, ppoll, execve with a PATH search of its own, own words */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sched.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
extern char **environ;
#define BAD(what)                                                              \
	do {                                                                   \
		dprintf(2, "it went wrong: %s (%m)\n", what);                  \
		_exit(33);                                                     \
	} while (0)
#define MS_PRIV (1 << 18)

#if CHAPTER >= 6
static void lo_up(void)
{
	struct {
		struct nlmsghdr h;
		struct ifinfomsg i;
	} q = { 0 };
	struct {
		struct nlmsghdr h;
		struct nlmsgerr e;
		char more[512];
	} a = { 0 };
	int s = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (s < 0)
		BAD("netlink");
	q.h.nlmsg_len = sizeof q;
	q.h.nlmsg_type = RTM_NEWLINK;
	q.h.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	q.i.ifi_index = 1;
	q.i.ifi_flags = q.i.ifi_change = IFF_UP;
	if (send(s, &q, sizeof q, 0) < 0 || recv(s, &a, sizeof a, 0) < 0)
		BAD("netlink talk");
	errno = -a.e.error;
	if (a.e.error)
		BAD("netlink answer");
	close(s);
}
#endif
static void search(char **v)
{
	const char *p = getenv("PATH");
	int best = ENOENT;
	char full[4096];

	if (strchr(*v, '/')) {
		execve(*v, v, environ);
		best = errno;
		goto end;
	}
	for (p = p ? p : "/bin:/usr/bin"; *p;) {
		size_t n = strcspn(p, ":");
		snprintf(full, sizeof full, "%.*s%s%s", (int)n, p, n ? "/" : "",
			 *v);
		execve(full, v, environ);
		if (errno != ENOENT && errno != ENOTDIR)
			best = errno;
		p += n;
		if (*p)
			p++;
	}
end:
	dprintf(2, "no luck with %s\n", *v);
	_exit(best == ENOENT ? 127 : 126);
}
#if CHAPTER >= 5
static void into(int dir, const char *name, const char *text)
{
	int fd = openat(dir, name, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, text, strlen(text)) < 0 || close(fd))
		BAD(name);
}
#endif
int main(int argc, char **argv)
{
	int pidfd = -1, ev = eventfd(0, EFD_CLOEXEC);
	struct clone_args ca = { .flags = (FLAGS) | CLONE_PIDFD,
				 .pidfd = (uintptr_t)&pidfd,
				 .exit_signal = SIGCHLD };
	char *dflt[] = { getenv("SHELL") ? getenv("SHELL") : "/bin/sh", 0 },
	     **cmd = argc > 1 ? argv + 1 : dflt;
	uint64_t word = 1;
	pid_t outer = getpid();

	if (ev < 0)
		BAD("eventfd");
	struct sigaction dfl = { .sa_handler = SIG_DFL };
	sigaction(SIGCHLD, &dfl, 0);
	long pid = syscall(SYS_clone3, &ca, sizeof ca);
	if (pid < 0)
		BAD("clone3");
	if (!pid) {
#if CHAPTER >= 3
		if (prctl(PR_SET_PDEATHSIG, SIGKILL))
			BAD("pdeathsig");
#endif
		struct pollfd pf = { ev, POLLIN, 0 };
		if (poll(&pf, 1, 60000) != 1 || read(ev, &word, 8) != 8)
			BAD("go");
		if (sethostname("container", 9))
			BAD("name");
#if CHAPTER >= 4
		struct mount_attr ma = { .propagation = MS_PRIV };
		if (syscall(SYS_mount_setattr, -1, "/", AT_RECURSIVE, &ma,
			    sizeof ma))
			BAD("private");
		int fs = syscall(SYS_fsopen, "proc", FSOPEN_CLOEXEC), m;
		if (fs < 0 ||
		    syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, 0, 0, 0))
			BAD("fsopen");
		m = syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, 0);
		if (m < 0 ||
		    syscall(SYS_move_mount, m, "", -100, "/proc",
			    MOVE_MOUNT_F_EMPTY_PATH))
			BAD("move_mount");
#endif
#if CHAPTER >= 6
		lo_up();
#endif
		search(cmd);
	}
	(void)outer;
#if CHAPTER >= 5
	char t[40];
	sprintf(t, "/proc/%ld", pid);
	int dir = open(t, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		BAD(t);
	sprintf(t, "0 %u 1", geteuid());
	into(dir, "uid_map", t);
	into(dir, "setgroups", "deny");
	sprintf(t, "0 %u 1", getegid());
	into(dir, "gid_map", t);
#endif
	struct sigaction ig = { .sa_handler = SIG_IGN };
	sigaction(SIGINT, &ig, 0);
	sigaction(SIGQUIT, &ig, 0);
	if (write(ev, &word, 8) != 8)
		BAD("word");
	struct pollfd pf = { pidfd, POLLIN, 0 };
	while (ppoll(&pf, 1, NULL, NULL) < 0 && errno == EINTR)
		;
	siginfo_t si;
	if (waitid(P_PIDFD, pidfd, &si, WEXITED))
		BAD("waitid");
	return si.si_code == CLD_EXITED ? si.si_status : 128 + si.si_status;
}
