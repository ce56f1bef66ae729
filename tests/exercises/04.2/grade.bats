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

@test "/proc inside shows the container's processes" {
	# The outside's processes, of which this test is one, have no other place to be seen.
	inside sh -c 'echo /proc/[0-9]*'
	alive
	lacks "$output " "/proc/$BASHPID " "proc(5): a proc shows the PID namespace of the process that mounts it. Which process mounts it here, and in which namespace is that?"
	is "$output" /proc/1 "/proc inside: is a proc mounted there at all?"
	inside readlink /proc/self
	is "$output" 1 "/proc inside: the command is PID 1 and should find itself there"
}

@test "ps shows the command as PID 1 and itself as its child" {
	inside sh -c 'ps -ef >ps; awk "NR > 1 { print \$3, \$8 }" ps'
	is "$output" $'0 sh\n1 ps' "ps reads /proc: ls /proc inside shows what it finds"
}

@test "the host's own ps still works" {
	# shellcheck disable=SC2016
	sandboxed bash -c '"$0" true; ps -o comm= -C ps' "$PROGRAM"
	is "$output" ps "the new /proc has come out of the container. Before the mount, the container needs a mount namespace of its own, with private mounts"
	# shellcheck disable=SC2016
	sandboxed bash -c '"$0" true; findmnt -n -o PROPAGATION /' "$PROGRAM"
	is "$output" shared "who makes / private? main() is in the host's mount namespace, unless it has left it"
}

@test "the program waits for the command and has its status" {
	inside sh -c 'exit 7'
	is "$status" 7 "main() returns the command's status, as before"
}
