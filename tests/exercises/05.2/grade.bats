#!/usr/bin/env bats
load ../../chapters/helpers

@test "the command has the ID that was asked for" {
	needs "a user namespace in a user namespace" unshare --user --map-root-user true
	try "$PROGRAM" 1234 sh -c 'echo $(id -u) $(id -g)'
	alive
	is "$output" "1234 1234" "the first number of uid_map and gid_map is the ID inside: here that of argv[1] of main()"
	try "$PROGRAM" 4000000000 sh -c 'echo $(id -u) $(id -g)'
	is "$output" "4000000000 4000000000" "an ID is a number of 32 bits without a sign, and needs room in the map's text"
	try "$PROGRAM" 0 sh -c 'echo $(id -u) $(id -g)'
	is "$output" "0 0" "0 is an ID like any other"
}

@test "one file, two owners" {
	try "$PROGRAM" 1234 sh -c 'touch file; stat -c "%u %g" file'
	is "$output" "1234 1234" "the maps: inside, the caller's files belong to the new ID"
	is "$(stat -c '%u %g' file)" "$(id -u) $(id -g)" "the second number of the maps is the caller's ID, read before clone()"
	# In the sandbox everyone is 0, so it is tried as another user, too.
	as_user "$PROGRAM" 1234 sh -c 'echo $(cat /proc/self/uid_map), $(cat /proc/self/gid_map)'
	is "$output" "1234 4242 1, 1234 4343 1" "the second number of the maps is the caller's own ID, in uid_map the user's and in gid_map the group's, read before clone()"
}

@test "the rest is as before" {
	try "$PROGRAM" 1234 sh -c 'hostname; echo /proc/[0-9]*; exit 7'
	is "$status" 7 "main() returns the command's status, as before"
	is "$output" $'container\n/proc/1' "child() sets up the container before execvp(), because after it a user other than 0 has no capabilities"
	try "$PROGRAM" 1234 printf '<%s>' 'a b' c
	is "$output" '<a b><c>' "execvp(): the command begins at argv[2] of main()"
	# shellcheck disable=SC2016 # $0 is the program
	try sh -c 'echo "id -u" | SHELL=/bin/sh "$0" 1234' "$PROGRAM"
	is "$output" 1234 "without a command it runs the shell"
}

@test "what is no ID is refused" {
	for id in me 12x -1 ""; do
		try "$PROGRAM" "$id" echo the command ran
		alive
		lacks "$output" "the command ran" "the ID was '$id': atoi() and its like say 0 for what is no number, and 0 is root. strtoul(3), RETURN VALUE and ERRORS"
		differs "$status" 0 "the ID was '$id': err(1, ...) or errx(1, ...)"
	done
	try env SHELL=/bin/true "$PROGRAM"
	differs "$status" 0 "main(): argc < 2 is wrong usage: say so on stderr and return 2"
	differs "$status" 139 "main(): argv[1] is NULL without arguments: look at argc first"
}
