#!/usr/bin/env bats
load ../../chapters/helpers

# Runs a command that prints its PID as the outside counts: /proc is still the outside's.
# Sets $parent and $number, the PIDs, and what was printed on stderr: $inside, $outside.
pids() {
	try sh -c 'echo $$; exec "$0" sh -c "read -r pid rest </proc/self/stat; echo \$pid" 2>err' "$PROGRAM"
	parent=$(head -n 1 <<<"$output")
	number=$(tail -n +2 <<<"$output")
	inside=$(grep -oE 'inside [0-9]+' err) || inside="no line with \"inside N\": $(cat err)"
	outside=$(grep -oE 'outside [0-9]+' err) || outside="no line with \"outside N\": $(cat err)"
}

@test "stdout is the command's alone" {
	inside true
	alive
	try sh -c '"$0" echo hello 2>/dev/null' "$PROGRAM"
	is "$output" hello "print on stderr: stdout is the command's"
}

@test "the PID that the command has inside is on stderr" {
	pids
	[ "$inside" != "inside $number" ] || hint "inside 1" "$inside" "\"inside\" is a process's own view: what does getpid() say there?"
	is "$inside" "inside 1" "getpid() in the child says how its own namespace counts. Print on stderr: a buffer of stdout's is lost at exec"
}

@test "the PID that it has outside is on stderr" {
	pids
	differs "$outside" "outside $parent" "that is the program's own PID: what does clone() return?"
	differs "$outside" "outside 0" "0 is what getppid() says where the parent is in another namespace. Who knows the child's PID outside?"
	differs "$outside" "outside 1" "1 is the PID inside. Who knows the one outside: what does clone() return, and to whom?"
	is "$outside" "outside $number" "clone(2), RETURN VALUE"
}

@test "the status is the command's" {
	inside sh -c 'exit 7'
	is "$status" 7 "main(): return the command's status, as before"
}
