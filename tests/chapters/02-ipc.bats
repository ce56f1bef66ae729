#!/usr/bin/env bats
# Chapter 02: the IPC namespace.
#
# System V objects stay until someone removes them, so a test that makes some
# outside begins with none: another one may have failed half-way.

load helpers

FLAG="CLONE_NEWIPC in clone()'s flags: ipc_namespaces(7)"

# remove_all: removes the outside's System V objects. Never by a bare --all, which
# from util-linux 2.41 on also empties /dev/shm, and that is the machine's.
remove_all() {
	ipcrm --all=msg && ipcrm --all=shm && ipcrm --all=sem
}

# objects: what ipcs lists outside, one line an object: its key, its ID, and more.
objects() {
	ipcs -q -m -s | grep '^0x'
}

# Builds ./send, which puts an empty message into the queue with the key 42, and
# makes the queue where there is none.
build_send() {
	cat >send.c <<-'END'
		#include <sys/msg.h>
		int main(void)
		{
			long message = 1;
			return msgsnd(msgget(42, IPC_CREAT | 0600), &message, 0, 0) == -1;
		}
	END
	${CC:-cc} -w -o send send.c
}

# messages: reads what ipcs lists, and prints the messages in the queue of ./send.
messages() {
	awk '$1 == "0x0000002a" { print $6 }'
}

# mount_mqueue FOLDER: mounts the POSIX message queues, as files, outside.
mount_mqueue() {
	needs "the kernel has POSIX message queues" grep -qw mqueue /proc/filesystems
	mkdir "$1"
	mount -t mqueue none "$1"
}

# must: ipc
@test "IPC-1: a queue made outside is not listed inside" {
	remove_all
	ipcmk -Q >/dev/null
	has "$(objects)" 0x "this test: ipcmk -Q should make a queue"
	within sh -c 'ipcs -q | grep 0x; cat /proc/sysvipc/msg | tail -n +2'
	is "$output" "" "$FLAG"
}

# must: ipc
@test "IPC-1: a queue made outside can't be removed from inside, not even by root" {
	remove_all
	ipcmk -Q >/dev/null
	before=$(objects)
	id=$(cut -d ' ' -f 2 <<<"$before")
	inside ipcrm -q "$id"
	has "$output" "invalid id" "$FLAG"
	within ipcrm --all=msg
	is "$(objects)" "$before" "$FLAG"
}

# must: ipc
@test "IPC-2: a queue made inside has ID 0, an owner, a mode and no messages, and is not listed outside" {
	remove_all
	ipcmk -Q >/dev/null # so that ID 0 is taken outside
	before=$(objects)
	mkfifo go
	start sh -c 'ipcmk -Q; ipcs -q; echo end; read -r _ <go' >out
	until_true grep -qx end out
	is "$(head -n 1 out)" "Message queue id: 0" "$FLAG: a new one counts from 0"
	is "$(awk '/^0x/ { print $2, $3, $4, $5, $6 }' out)" "0 $(id -un) 644 0 0" "$FLAG"
	is "$(objects)" "$before" "$FLAG"
	let_go go
	ends "$PARENT"
	is "$(objects)" "$before" "$FLAG"
}

# must: ipc
@test "IPC-3: the same holds for shared memory and semaphores" {
	remove_all
	ipcmk -M 4096 >/dev/null
	ipcmk -S 1 >/dev/null
	before=$(objects)
	is "$(wc -l <<<"$before")" 2 "this test: ipcmk should make two objects"
	within sh -c 'ipcs -m -s | grep 0x'
	is "$output" "" "$FLAG"
	within sh -c 'ipcmk -M 4096; ipcmk -S 1; ipcs -m -s | grep -c 0x'
	is "$output" $'Shared memory id: 0\nSemaphore id: 0\n2' "$FLAG"
	is "$(objects)" "$before" "$FLAG"
}

# must: ipc
@test "IPC-3: the same holds for POSIX message queues: a mount made inside shows the inside's" {
	mount_mqueue outside
	touch outside/queue
	within sh -c 'mkdir inside; mount -t mqueue none inside; ls inside; touch inside/other; ls inside'
	seen=$(ls outside)
	umount outside inside # the mount made inside is outside too, until chapter 04
	is "$output" other "$FLAG"
	is "$seen" queue "$FLAG"
}

# must: ipc
@test "IPC-4: the same key names another queue on the other side" {
	remove_all
	build_send
	./send
	./send
	within sh -c './send; ipcs -q'
	is "$(messages <<<"$output")" 1 "$FLAG: a key has a meaning only within a namespace"
	is "$(ipcs -q | messages)" 2 "$FLAG: a key has a meaning only within a namespace"
}

# must: ipc
@test "IPC-4: a key that exists outside only is not found inside" {
	remove_all
	build_send
	./send
	inside ipcrm -Q 42
	has "$output" "invalid key" "$FLAG"
}

# must: ipc
@test "IPC-5: run inside itself it has an empty list again, and leaving it brings back the first list" {
	within sh -c 'ipcmk -Q; "$0" sh -c "ipcs -q | grep 0x; ipcmk -Q; ipcmk -Q"; ipcs -q | grep -c 0x' "$PROGRAM"
	is "$output" $'Message queue id: 0\nMessage queue id: 0\nMessage queue id: 1\n1' "$FLAG"
}

@test "IPC-5: the objects stay as long as a process is inside, and are gone for the next run" {
	remove_all
	mkfifo go
	within sh -c 'ipcmk -Q; (read -r _ <go) >/dev/null 2>&1 & echo $!'
	is "$(objects)" "" "$FLAG"
	last=${output##*$'\n'}
	try nsenter --target "$last" --ipc ipcs -q
	has "$output" 0x "the process that was left behind: it should be in the namespace still"
	let_go go
	within sh -c 'ipcs -q | grep 0x; ipcmk -Q'
	is "$output" "Message queue id: 0" "$FLAG"
}

@test "IPC-5, NS-3: an open file keeps the namespace and its objects; once it is closed, they are gone" {
	remove_all
	mount_mqueue outside
	mkfifo go
	start sh -c 'mkdir inside; mount -t mqueue none inside; ipcmk -Q; echo end; read -r _ <go' >out
	until_true grep -qx end out
	exec {ns}<"/proc/$CHILD/ns/ipc"
	let_go go
	ends "$PARENT"
	is "$(objects)" "" "$FLAG"
	try nsenter --ipc="/proc/self/fd/$ns" ipcs -q
	has "$output" 0x "namespaces(7): an open file descriptor keeps a namespace alive"
	touch inside/queue

	# The mount is still there, but nothing can be made in a namespace that is gone.
	exec {ns}<&-
	eventually eval '! touch inside/another' ||
		hint "that the namespace ends with its last process and file" "queues can still be made in it" "$FLAG"
	umount outside inside
}

@test "the limits in /proc/sys/kernel are the namespace's own" {
	[ -w /proc/sys/kernel/msgmax ] || skip "in this kernel only real root may set msgmax"
	before=$(cat /proc/sys/kernel/msgmax)
	within sh -c 'echo 4096 >/proc/sys/kernel/msgmax; cat /proc/sys/kernel/msgmax'
	after=$(cat /proc/sys/kernel/msgmax)
	echo "$before" >/proc/sys/kernel/msgmax
	is "$output" 4096 "ipc_namespaces(7)"
	is "$after" "$before" "$FLAG"
}

@test "NS-7: control: without CLONE_NEWIPC the lists, IDs and keys of both sides are the same" {
	control '/CLONE_NEWIPC/d'
	remove_all
	build_send
	./send
	ipcmk -M 4096 >/dev/null
	ipcmk -S 1 >/dev/null
	try ./control sh -c './send; ipcmk -Q; ipcs -q -m -s | grep ^0x'
	is "${output#*$'\n'}" "$(objects)" "this test: without its flag the program should see the outside's objects"
	lacks "$output" "Message queue id: 0" "this test: ID 0 should be that of the outside's queue"
	is "$(ipcs -q | messages)" 2 "this test: without its flag the program should send to the outside's queue"
	./control ipcrm --all=msg
	is "$(ipcs -q | messages)" "" "this test: without its flag the program should remove the outside's queue"
}

@test "NS-7: control: without CLONE_NEWIPC a mount made inside shows the outside's POSIX message queues" {
	control '/CLONE_NEWIPC/d'
	mount_mqueue outside
	touch outside/queue
	try ./control sh -c 'mkdir inside; mount -t mqueue none inside; touch inside/other'
	seen=$(ls outside)
	rm inside/queue inside/other
	umount outside inside
	is "$seen" $'other\nqueue' "this test: without its flag the program should make the outside's queue"
}
