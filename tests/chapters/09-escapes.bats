#!/usr/bin/env bats
# Chapter 09: ways out of a container that are known, tried as root and as an ordinary
# user. The control of each is the same attack where only chroot() has been there.

load helpers

# make_root: a root file system in ./root, with nothing but the attacks.
make_root() {
	mkdir -p root/proc root/sys root/dev root/tmp
	chmod 1777 root/tmp
	touch /run/outside
	needs "a static libc (libc6-dev has it on Debian, glibc-static on Fedora)" \
		build_static -o root/attack "$REPO/tests/chapters/attacks.c"
}

# refused WHERE-TO-LOOK ATTACK [WHAT]: as root, and as an ordinary user.
refused() {
	local look=$1 caller
	shift
	for caller in try as_user; do
		"$caller" "$PROGRAM" -a -r root /attack "$@"
		is "$output" "" "$look ($*, by $caller)"
		is "$status" 1 "$look ($*, by $caller: 0 says that it got out)"
	done
}

# works ATTACK [WHAT]: the control: where /proc is the host's, and the root is only
# changed by chroot().
works() {
	mount --bind /proc root/proc
	try chroot root /attack "$@"
	umount root/proc
	is "$output" "" "this test: $*"
	is "$status" 0 "this test: $* should work in a chroot"
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

@test "LCH-2: the classic chroot break-out, which gets out of a chroot, does not get out" {
	make_root
	works chroot
	refused "change_root(): pivot_root(), and umount2() with MNT_DETACH" chroot
}

@test "an abstract socket of the host's is out of reach; control: without -n it is not" {
	make_root
	root/attack socket server 3>&- &
	until_true grep -q @test /proc/net/unix
	inside -m -p -U -r root /attack socket
	is "$status" 0 "this test: without -n the socket should be in reach"
	refused "CLONE_NEWNET" socket
}

@test "a folder's descriptor that the caller has left open does not lead out" {
	make_root
	exec 7</ 200</
	works descriptor
	refused "main(): close_range()" descriptor
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
		is "$output" "" "this test: $attack"
		is "$status" 0 "this test: only the user namespace prevents $attack"
	done
}

@test "the host can't be renamed; control: without -u it can, but for -U" {
	make_root
	for caller in try as_user; do
		"$caller" "$PROGRAM" -a -r root /attack hostname
		is "$status" 0 "this test: the name inside may be set"
		is "$(hostname)" host "CLONE_NEWUTS"
		"$caller" "$PROGRAM" -Cimnpt -U -r root /attack hostname
		is "$status" 1 "CLONE_NEWUSER: the UTS namespace belongs to another"
		is "$(hostname)" host "CLONE_NEWUSER: the UTS namespace belongs to another"
	done
	inside -ad -r root /attack hostname
	is "$status" 1 "drop_capabilities()"
	works hostname
	is "$(hostname)" attacked "this test"
}

@test "with -d nothing in /proc that changes the host can be written; control: without it, it can" {
	make_root
	for file in /proc/sys/kernel/core_pattern /proc/sys/kernel/printk /proc/sys/vm/drop_caches \
		/proc/sysrq-trigger /proc/irq/default_smp_affinity; do
		[ -e "$file" ] || continue
		for caller in try as_user; do
			"$caller" "$PROGRAM" -ad -r root /attack write "$file"
			is "$output" "" "this test: $file, by $caller"
			is "$status" 1 "child(): the remount of /proc ($file, by $caller)"
		done
		is_host_root || continue
		try "$PROGRAM" -a -r root /attack write "$file"
		is "$status" 0 "this test: host's root should be able to open $file for writing"
	done
}

@test "with -d no new user namespace uncovers /proc/sys, or mounts another /proc" {
	make_root
	file=/proc/sys/kernel/core_pattern
	for caller in try as_user; do
		"$caller" "$PROGRAM" -ad -r root /attack write-userns $file
		is "$output" "" "this test, by $caller"
		is "$status" 1 "child(): the remount of /proc is locked in a new user namespace (by $caller)"
	done
	is_host_root || return 0
	inside -a -r root /attack write-userns $file
	is "$status" 0 "this test: without -d it should"
}
