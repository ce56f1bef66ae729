#!/usr/bin/env bats
# Chapter 09: ways out of a container that are known, tried as root and as an ordinary
# user. The control of each is the same attack where only chroot() has been there.

load helpers

# What each does is what it is called with; 0 if it got what it wants, 1 if not.
ATTACK='
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
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static int can_write(const char *file)
{
	return open(file, O_WRONLY | O_CLOEXEC) != -1;
}

static int attack(const char *name, const char *what)
{
	const int pid = what ? atoi(what) : 0;
	char path[64], byte;

	if (strcmp(name, "descriptor") == 0) {
		for (int fd = 3; fd < 256; fd++)
			if (fchdir(fd) == 0 && access("run/outside", F_OK) == 0)
				return 1;
	} else if (strcmp(name, "proc") == 0) {
		const char *const links[] = { "root", "cwd" };

		for (int i = 0; i < 4; i++) {
			snprintf(path, sizeof(path), "/proc/%d/%s/run/outside", i & 1 ? pid : 1, links[i / 2]);
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
		return mknod("/tmp/disk", S_IFBLK | 0600, makedev(7, 0)) == 0 && unlink("/tmp/disk") == 0;
	} else if (strcmp(name, "disk") == 0) {
		/* Who may mount disks gets another error: there is no such disk. */
		return mount("/nothing", "/tmp", "ext4", MS_RDONLY, NULL) == -1 && errno != EPERM;
	} else if (strcmp(name, "hostname") == 0) {
		return sethostname("attacked", 8) == 0;
	} else if (strcmp(name, "write") == 0) {
		return can_write(what);
	} else if (strcmp(name, "write-userns") == 0) {
		/* All capabilities again, in a user namespace: can it uncover /proc/sys? */
		if (unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID) == -1 || fork() != 0)
			return wait(NULL) == -1 ? 0 : access("/tmp/attacked", F_OK) == 0;
		umount2("/proc/sys", MNT_DETACH);
		mount(NULL, "/proc/sys", NULL, MS_REMOUNT | MS_BIND, NULL);
		if (can_write(what) || mount("proc", "/dev", "proc", 0, NULL) == 0)
			mkdir("/tmp/attacked", 0700);
		exit(0);
	}
	return 0;
}

int main(int argc, char *argv[])
{
	(void)argc;
	return !attack(argv[1], argv[2]);
}'

# make_root: a root file system in ./root, with nothing but the attacks.
make_root() {
	mkdir -p root/proc root/sys root/dev root/tmp
	chmod 1777 root/tmp
	touch /run/outside
	echo "$ATTACK" >attack.c
	needs "a static libc" build_static -o root/attack attack.c
}

# refused WHERE-TO-LOOK ATTACK [WHAT]: as root, and as an ordinary user.
refused() {
	local look=$1 caller
	shift
	for caller in try as_user; do
		"$caller" "$PROGRAM" -a -r root /attack "$@"
		is "$*, by $caller: $status,$output" "$*, by $caller: 1," "$look"
	done
}

# works ATTACK [WHAT]: the control: where /proc is the host's, and the root is only
# changed by chroot().
works() {
	mount --bind /proc root/proc
	try chroot root /attack "$@"
	umount root/proc
	is "$*: $status,$output" "$*: 0," "this test: its attack should work in a chroot"
}

# victim: a process outside. Sets $victim.
victim() {
	sleep 60 3>&- &
	victim=$!
}

# The sandbox of an ordinary user has no rights on the host to begin with.
is_host_root() {
	[ "$(xargs </proc/self/uid_map)" = "0 0 4294967295" ]
}

@test "a folder's descriptor that the caller has left open does not lead out" {
	make_root
	exec 7</ 200</
	works descriptor
	refused "close_others()" descriptor
	exec 7<&- 200<&-
}

@test "/proc/PID/root and /proc/PID/cwd of no process lead out" {
	make_root
	victim
	works proc "$victim"
	refused "change_root(): a /proc of its own" proc "$victim"
}

@test "no process outside can be signalled, traced, or read" {
	make_root
	victim
	for attack in kill pidfd ptrace memory; do
		[ $attack = kill ] || [ $attack = pidfd ] || needs "the right to trace" strace -qq -o /dev/null true
		works "$attack" "$victim"
		refused "CLONE_NEWPID: the PID names nobody inside" "$attack" "$victim"
	done
	is "$(ps -o comm= "$victim")" sleep "CLONE_NEWPID"
}

@test "a disk can't be made by mknod, nor mounted" {
	make_root
	if is_host_root; then
		works mknod
		works disk
	fi
	refused "CLONE_NEWUSER" mknod
	refused "CLONE_NEWUSER" disk
}

@test "control: without -U root makes a disk's node, and may mount what is in it" {
	make_root
	is_host_root || return 0 # who has nothing to lose
	for attack in mknod disk; do
		inside -Cimnptu -r root /attack "$attack"
		is "$attack: $status,$output" "$attack: 0," "this test: only the user namespace prevents it"
	done
}

@test "the host can't be renamed; control: without -u it can, but for -U" {
	make_root
	for caller in try as_user; do
		"$caller" "$PROGRAM" -a -r root /attack hostname
		is "$status,$(hostname)" "0,host" "CLONE_NEWUTS"
		"$caller" "$PROGRAM" -Cimnpt -U -r root /attack hostname
		is "$status,$(hostname)" "1,host" "CLONE_NEWUSER: the UTS namespace belongs to another"
	done
	inside -ad -r root /attack hostname
	is "$status" 1 "drop_capabilities()"
	works hostname
	is "$(hostname)" attacked "this test"
}

@test "with -d nothing in /proc that changes the host can be written; control: without it, it can" {
	make_root
	for file in /proc/sys/kernel/core_pattern /proc/sys/kernel/printk /proc/sys/vm/drop_caches /proc/sysrq-trigger /proc/irq/default_smp_affinity; do
		[ -e "$file" ] || continue
		for caller in try as_user; do
			"$caller" "$PROGRAM" -ad -r root /attack write "$file"
			is "$file, by $caller: $status,$output" "$file, by $caller: 1," "protect_proc()"
		done
		is_host_root || continue
		try "$PROGRAM" -a -r root /attack write "$file"
		is "$file: $status" "$file: 0" "this test: host's root should be able to open it for writing"
	done
}

@test "with -d no new user namespace uncovers /proc/sys, or mounts another /proc" {
	make_root
	file=/proc/sys/kernel/core_pattern
	for caller in try as_user; do
		"$caller" "$PROGRAM" -ad -r root /attack write-userns $file
		is "$status,$output" "1," "protect_proc()"
	done
	is_host_root || return 0
	inside -a -r root /attack write-userns $file
	is "$status" 0 "this test: without -d it should"
}
