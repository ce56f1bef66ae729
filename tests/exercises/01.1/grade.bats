#!/usr/bin/env bats
load ../../chapters/helpers

@test "the name is the first argument, the command what follows" {
	try "$PROGRAM" blue printf '<%s>' 'a b' c
	alive
	is "$output" '<a b><c>' "the name is argv[1] of main(), and the command begins at argv[2]: how does child() get both, and what does execvp() get?"
	try "$PROGRAM" blue hostname
	is "$output" blue "sethostname() in child(): the name is argv[1] of main(). How does child() get it?"
	try "$PROGRAM" a-longer-name hostname
	is "$output" a-longer-name "sethostname(): the length too must be that of argv[1]: strlen(3)"
}

@test "without a command it runs the shell" {
	# shellcheck disable=SC2016 # $0 is the program
	try sh -c 'echo hostname | SHELL=/bin/sh "$0" blue' "$PROGRAM"
	is "$output" blue "main(): without a command argc is 2 now, and then the shell runs"
}

@test "the host keeps its name, and the status is the command's" {
	try "$PROGRAM" blue sh -c 'exit 7'
	is "$status" 7 "main(): return the command's status, as before"
	is "$(hostname)" host "CLONE_NEWUTS in the flags"
}

@test "without a name it says how it is used, and does nothing" {
	try env SHELL=/bin/sh "$PROGRAM" </dev/null
	differs "$status" 139 "main(): argv[1] is NULL without arguments: look at argc first"
	alive
	differs "$status" 0 "main(): argc < 2 is wrong usage: say so on stderr and return 2"
	[ -n "$output" ] || hint "a line that says how it is used" "nothing" "main(): argc < 2 is wrong usage: say so on stderr"
}

@test "a name that the kernel refuses ends the program with an error" {
	try "$PROGRAM" "$(printf 'x%.0s' {1..65})" echo the command ran
	alive
	lacks "$output" "the command ran" "sethostname() in child() fails with EINVAL for more than 64 bytes. End with err(1, ...) then"
	differs "$status" 0 "sethostname() in child(): err(1, ...)"
}
