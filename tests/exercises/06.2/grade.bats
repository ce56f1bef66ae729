#!/usr/bin/env bats
load ../../chapters/helpers

# stdout goes to the file out, stderr to err, each a megabyte at most.
run_program() {
	# Where it can be done, /sys shows the sandbox, as yours shows your machine.
	[ -e /sys/class/net/lo ] && [ "$(readlink /sys/class/net/* | wc -l)" = "$(interfaces)" ] ||
		mount -t sysfs sysfs /sys || true
	ran "$PROGRAM" "$@"
	status=0
	output=$(ulimit -f 1024 && exec timeout -k 1 10 "$PROGRAM" "$@" >out 2>err </dev/null) || status=$?
}

# said WORD: the number that it told.
said() {
	sed -nE "s/^(.*[^a-z])?$1: *([0-9]+) *\$/\2/p" err | head -n 2
}

interfaces() {
	ip -o link | wc -l
}

# One that is down and has no address. Which type there is differs from kernel to kernel.
another_interface() {
	local type
	ip link del another 2>/dev/null || true # what a failed test has left
	for type in dummy veth bridge ifb; do
		ip link add name another type "$type" && return
	done
}

WANTED="stderr has to have one line 'outside: N' and one 'inside: N', N in digits"

@test "it says both numbers, on stderr" {
	run_program echo the command
	differs "$status" 124 "it was still running after ten seconds: does the count come to an end?"
	lacks "$(head -n 5 out)" "side:" "stdout is the command's. What printf() has in its buffer is lost at exec, or comes twice: write to stderr"
	has "$(head -n 5 err)" "outside: " "main(), before clone(): count the interfaces. $WANTED"
	has "$(head -n 5 err)" "inside: " "child(), before execvp(): count again. $WANTED"
	is "$(head -n 5 out)" "the command" "stdout is the command's: write to stderr"
	run_program sh -c 'exit 7'
	is "$status" 7 "what main() returns: the command's status, as before"
}

@test "outside: each interface counts once" {
	run_program true
	is "$(said outside)" "$(interfaces)" "what you count: lo is one too, and a heading is none; getifaddrs() gives a line for each address, and an interface can have none, or many; /sys/class/net shows the network of whoever mounted /sys"
}

@test "outside: one that is down and has no address counts too" {
	needs "a kernel with dummy, veth or bridge" another_interface
	run_program true
	is "$(said outside)" "$(interfaces)" "what you count: an interface without an address is one too"
}

@test "inside: only those of the new namespace count" {
	# Usually lo alone. Some kernels add tunnels to each new namespace.
	expected=$(unshare --net ip -o link | wc -l)
	needs "a kernel with dummy, veth or bridge" another_interface
	run_program true
	is "$(said inside)" "$expected" "who counts, when, and where it looks: what was counted before clone() is the outside's, and /sys/class/net shows the network of whoever mounted /sys"
}
