#!/usr/bin/env bats
load ../../chapters/helpers

@test "the command is root inside, of user and of group" {
	needs "a user namespace in a user namespace" unshare --user --map-root-user true
	inside sh -c 'echo $(id -u) $(id -g)'
	alive
	lacks "$output" "not permitted" "which file can't be written? user_namespaces(7), 'Defining user and group ID mappings', and 'The /proc/pid/setgroups file': what comes before a map, and can't come after it?"
	is "$output" "0 0" "child(): each of uid_map and gid_map is written once, before the command starts"
	inside readlink /proc/self/ns/user
	differs "$output" "$(ns user)" "the flags: CLONE_NEWUSER stays; without it there is nothing to map"
	inside sh -c 'echo $(cat /proc/self/uid_map), $(cat /proc/self/gid_map); exit 7'
	is "$output" "0 $(id -u) 1, 0 $(id -g) 1" "the maps: 0 inside is the caller outside, 1 ID long"
	is "$status" 7 "main() returns the command's status, as before"
	# In the sandbox everyone is 0, so it is tried as another user, too.
	as_user "$PROGRAM" sh -c 'echo $(cat /proc/self/uid_map), $(cat /proc/self/gid_map)'
	is "$output" "0 4242 1, 0 4343 1" "the maps: their second number is the caller's own ID, user and group, as geteuid() and getegid() tell before clone()"
}

@test "an ordinary user needs no sudo" {
	needs "strace may trace a program" strace -qq -o /dev/null true
	# The sandbox is a user namespace in which setgroups is denied already, and what
	# denies it may do without. So what counts is the order of the writes.
	try strace -f -y -s 64 -o trace -e trace=write,pwrite64,writev "$PROGRAM" true
	try awk '/\/setgroups>, .*deny.* = [0-9]+$/ { denied = 1 }
		/\/gid_map>.* = [0-9]+$/ { print denied ? "in time" : "too late"; exit }' trace
	is "$output" "in time" "run the program as yourself, outside of a sandbox: it can't write gid_map. user_namespaces(7), 'Defining user and group ID mappings': what has an ordinary user to do before?"
	is "$status" 0 "this grader: awk"
}

@test "setgroups stays denied" {
	inside cat /proc/self/setgroups
	is "$output" deny "user_namespaces(7), 'The /proc/pid/setgroups file'"
}
