#!/usr/bin/env bats
load ../../chapters/helpers

# container: starts chapter 01's program. Its command, as seen from outside, is $INIT.
container() {
	${CC:-cc} -w -o uts "$REPO/01-uts/uts.c"
	./uts sleep 60 3>&- &
	OUTER=$!
	until_true pgrep -P "$OUTER" -x sleep
	INIT=$(pgrep -P "$OUTER")
}

# release FILE...: unmounts what is kept there, so that the test's folder can go.
release() {
	local file
	for file; do
		while umount "$file" 2>/dev/null; do :; done
	done
}

# comes_back FILE LINK WHERE-TO-LOOK: a namespace kept at FILE outlives its last process.
comes_back() {
	local link=$2 ours kept linked='' there='a file' first second
	inside -k "$1" "/proc/$INIT/ns/uts"
	first=("${RAN[@]}")
	ours=$(pgrep -x "$NAME" || true)
	kill -KILL "$INIT"
	wait "$OUTER" || true
	kept=$status:$output
	[ -e "$1" ] || [ -L "$1" ] || there='no file'
	try timeout 5 "$PROGRAM" "$1" sh -c 'hostname; readlink /proc/self/ns/uts'
	[ ! -L "$1" ] || linked=$(readlink "$1")
	release "$1"
	second=("${RAN[@]}")
	ran "${first[@]}"
	differs "${kept%%:*}" 124 "-k has not ended after ten seconds: what does it wait for, or where does it loop?"
	differs "${kept%%:*}" 139 "139 is 128 + 11, SIGSEGV: the program died. Which pointer is wrong?"
	is "${ours:-no process}" "no process" "a process of yours stays, and keeps the namespace. It can be kept by no process at all: mount(2)"
	is "${linked:-no link}" "no link" "a link is a name that leads into /proc, where it goes with the process. The kernel has to hold the namespace itself: mount(2), MS_BIND"
	is "$1: $there" "$1: a file" "FILE has not been made. A mount needs something to be mounted on: open(2), O_CREAT; and then mount(2), MS_BIND"
	[ "${kept%%:*}" = 0 ] || hint "that -k ends with 0" "$kept" "$3"
	ran "${second[@]}"
	is "$output" $'container\n'"$link" "$3"
}

@test "a namespace is kept when its last process has ended" {
	container
	comes_back ./kept "$(readlink "/proc/$INIT/ns/uts")" "mount(2), MS_BIND: the file of the namespace, mounted on FILE, keeps it"
}

@test "a FILE that is there will do" {
	container
	touch kept
	comes_back ./kept "$(readlink "/proc/$INIT/ns/uts")" "FILE is there already: open(2), O_CREAT without O_EXCL, is content with that. And mount(2), MS_BIND: the file of the namespace, mounted on FILE, keeps it"
}

@test "a FILE that is there stays as it is, beneath the namespace" {
	container
	echo words >kept
	inside -k kept "/proc/$INIT/ns/uts"
	release kept
	is "$(cat kept)" words "open(2): O_TRUNC, and creat(), empty a file that is there"
}

@test "a TARGET that is no namespace is refused, and no FILE is made" {
	echo words >plain
	for target in ./plain /dev/null no/such/file; do
		inside -k kept "$target"
		made=$(ls kept 2>/dev/null || true)
		release kept
		differs "$status" 0 "the target is $target, no namespace, and is taken: find out what TARGET is before you make anything. What does add() do?"
		is "$made" "" "the target is $target, no namespace, and the file is there: find out what TARGET is before you make anything"
	done
}

@test "an error of mount() is reported" {
	container
	mkdir folder
	inside -k folder "/proc/$INIT/ns/uts"
	release folder
	differs "$status" 0 "FILE is a folder here: what do open() and mount() return?"
}

@test "without -k all is as before" {
	container
	inside "/proc/$INIT/ns/uts" sh -c 'hostname; exit 7'
	is "$output" container "main(): -k is one more option"
	is "$status" 7 "main(): return the command's status, as before"
	inside "$INIT" hostname
	is "$output" container "main(): -k is one more option"
	is "$status" 0 "main(): return the command's status, as before"
}
