#!/usr/bin/env bats
# tests/sandbox, as a reader types it: its promises, in the states in which it is met.
# shellcheck disable=SC2034,SC2154 # output and status come from book.bash, and IN is for it

load book

@test "the sandbox has the whole book, also where the clone lies below /run or /dev/shm" {
	clone=$BOOK
	for place in /run /dev/shm; do
		cp -a "$clone" "$place/book"
		touch "$place/other"
		BOOK=$place/book
		reader ../tests/sandbox sh -c "pwd; grep ^NAME ../02-ipc/Makefile; ls $place/other"
		rm -rf "$place/book" "$place/other"
		has "$output" "$place/book/01-uts"$'\nNAME = ipc\n' "tests/sandbox: the book, mounted below $place"
		has "$output" "No such file" "tests/sandbox: the rest of $place is not there"
	done
}

@test "the sandbox's shell has root's tools, a host name, lo and folders of its own" {
	reader ../tests/sandbox sh -c 'id -u; hostname; type chroot; ls -A "$TMPDIR" /dev/shm; cat /sys/class/net/lo/operstate; findmnt -n -o PROPAGATION /'
	is "$(head -n 2 <<<"$output")" $'0\nhost' "tests/sandbox"
	has "$output" "sbin/chroot" "tests/sandbox: PATH"
	has "$output" "shared" "tests/sandbox: --make-rshared"
}

@test "the sandbox's status is the command's, and variables of the caller that change tools do no harm" {
	with=(CDPATH=..:. POSIXLY_CORRECT=1)
	reader ../tests/sandbox sh -c 'exit 7'
	is "$status" 7 "tests/sandbox: exit"
	is "$output" "" "tests/sandbox: CDPATH, with which cd prints"
}
