/* bare.c: the system calls of launcher -a -r, in the same order, unchecked. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080 /* the kernel's value, for an older libc */
#endif

/* bare ROOT NETWORK COMMAND: NETWORK is 1 for a network namespace. */
int main(int argc, char *argv[])
{
	const int network = argv[2][0] == '1' ? CLONE_NEWNET : 0;
	const unsigned int flags = (unsigned int)network | CLONE_NEWIPC |
		CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWTIME | CLONE_NEWUSER |
		CLONE_NEWUTS;
	const uint64_t args[8] = { flags, 0, 0, 0, SIGCHLD };
	struct ifreq ifr = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	struct sigaction action = { .sa_handler = SIG_DFL };
	const char *const files[] = { "gid_map", "uid_map" };
	char path[64], byte;
	int gate[2], fd, status;
	sigset_t all, old;
	siginfo_t info;
	long pid;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &old);
	sigaction(SIGCHLD, &action, NULL);
	syscall(__NR_close_range, 3, ~0U, 0);
	pipe2(gate, O_CLOEXEC);
	pid = syscall(SYS_clone3, args, sizeof(args));
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(gate[1]);
		if (read(gate[0], &byte, 1) != 1)
			_exit(1);
		unshare(CLONE_NEWCGROUP);
		mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
		mount(argv[1], argv[1], NULL, MS_BIND | MS_REC, NULL);
		if (chdir(argv[1]) == -1)
			_exit(1);
		sethostname("container", 9);
		if (network) {
			fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
			ioctl(fd, SIOCSIFFLAGS, &ifr);
			close(fd);
		}
		mount("proc", "proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC,
		      NULL);
		mount("sysfs", "sys", "sysfs", MS_RDONLY, NULL);
		mount("tmpfs", "dev", "tmpfs", MS_NOSUID, NULL);
		syscall(SYS_pivot_root, ".", ".");
		umount2(".", MNT_DETACH);
		sigprocmask(SIG_SETMASK, &old, NULL);
		execv(argv[3], argv + 3);
		_exit(127);
	}
	for (int i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "/proc/%ld/%s", pid, files[i]);
		fd = open(path, O_WRONLY | O_CLOEXEC);
		if (write(fd, "0 0 1", 5) == -1)
			return 1;
		close(fd);
	}
	if (write(gate[1], "", 1) == -1)
		return 1;
	sigwaitinfo(&all, &info);
	waitpid((pid_t)pid, &status, WNOHANG);
	(void)argc;
	return WEXITSTATUS(status);
}
