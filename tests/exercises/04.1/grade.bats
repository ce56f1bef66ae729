#!/usr/bin/env bats
load ../../chapters/helpers

# sandboxed COMMAND [ARG...]: the same as try, in a sandbox in this one, where every
# mount is shared: what leaks breaks the /proc there, not the one of these tests.
sandboxed() {
	# shellcheck disable=SC2016 # "$@" is for the shell inside
	try unshare --mount --pid --fork --kill-child --propagation private --mount-proc \
		sh -c 'mount --make-rshared / && "$@"; exit' sh "$@"
	ran "$@"
}

@test "the command runs, with a /proc of its own" {
	inside sh -c 'echo /proc/[0-9]*; exit 7'
	alive
	is "$output" /proc/1 "child(): has one of its calls failed? The mount of proc stays as it is in the chapter's program"
	is "$status" 7 "main() returns the command's status, as before"
}

@test "the host's /proc is intact afterwards" {
	sandboxed bash -c '"$0" true; ps -o comm= -C ps' "$PROGRAM"
	is "$output" ps "mount_namespaces(7): what is mounted on a shared mount is mounted on its peers, too. What must child() say of / and of every mount below it, and when?"
}

@test "what the command mounts is not seen by the host" {
	mkdir there
	# shellcheck disable=SC2016
	sandboxed bash -c '"$0" mount -t tmpfs inside there; findmnt -n -o TARGET there' "$PROGRAM"
	is "$output" "" "which mount() changes the propagation, and of which mounts? mount(2), MS_REC"
}

@test "the host's own mounts stay shared" {
	# shellcheck disable=SC2016
	sandboxed bash -c '"$0" true; findmnt -n -o PROPAGATION /' "$PROGRAM"
	is "$output" shared "who changes the propagation? main() is in the host's mount namespace"
}
