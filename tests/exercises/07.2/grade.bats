#!/usr/bin/env bats
load ../../chapters/helpers

# container: starts chapter 06's program. Its PID 1, as seen from outside, is $INIT.
container() {
	needs "a user namespace in a user namespace" unshare --user --map-root-user true
	${CC:-cc} -w -o net "$REPO/06-net/net.c"
	./net sleep 60 3>&- &
	until_true pgrep -P $! -x sleep
	INIT=$(pgrep -P $!)
}

# The command reads its own link; in another mount namespace there is another /proc,
# so that one is told apart by what is mounted.
@test "the command is in the namespace FILE" {
	container
	inside "/proc/$INIT/ns/uts" hostname
	alive
	differs "$output" "" "nothing comes from the command: has the program ended before it? Who forks also waits: waitpid(2)"
	is "${output%%$'\n'*}" container "open(2) the file, and then: setns(2)"
	is "$output" container "the command has run more than once: after fork() one of the two becomes the command, and the other one waits for it and ends"
	for type in uts ipc net user; do
		inside "/proc/$INIT/ns/$type" readlink "/proc/self/ns/$type"
		differs "$output" "" "nothing comes from the command: has the program ended before it? Who forks also waits: waitpid(2)"
		is "$output" "$(readlink "/proc/$INIT/ns/$type")" "setns(2): its second argument can stand for any type"
	done
	inside "/proc/$INIT/ns/mnt" sh -c 'echo /proc/[0-9]*'
	is "$output" "/proc/1" "setns(2): its second argument can stand for any type"
}

@test "a bind mount of a namespace's file is a FILE too" {
	container
	touch kept
	mount --bind "/proc/$INIT/ns/uts" kept
	inside ./kept hostname
	umount kept
	is "$output" container "the file's name says nothing: open it, and setns()"
}

@test "a PID namespace too" {
	container
	inside "/proc/$INIT/ns/pid" readlink /proc/self/ns/pid
	alive
	differs "$output" "" "nothing comes from the command: has the program ended before it? Who forks also waits: waitpid(2)"
	is "$output" "$(readlink "/proc/$INIT/ns/pid")" "setns() into a PID namespace joins nobody but the children that come afterwards: first setns(), then fork(), and the child becomes the command"
	touch kept
	mount --bind "/proc/$INIT/ns/pid" kept
	inside ./kept readlink /proc/self/ns/pid
	umount kept
	is "$output" "$(readlink "/proc/$INIT/ns/pid")" "is this the name of the file that you look at? NS_GET_NSTYPE, at the top, asks the open file"
}

@test "the status is the command's" {
	container
	for type in uts pid; do
		inside "/proc/$INIT/ns/$type" sh -c 'exit 7'
		alive
		is "$status" 7 "waitpid(2): WEXITSTATUS() of the status is what the parent returns"
		inside "/proc/$INIT/ns/$type" sh -c 'kill -TERM $$'
		is "$status" 143 "waitpid(2): where WIFSIGNALED(), 128 + WTERMSIG()"
		inside "/proc/$INIT/ns/$type" no-such-command
		is "$status" 127 "the last two lines of main() are for the child as well: once"
		lacks "${output#*no-such-command}" "no-such-command" "the last two lines of main() are for one process: once"
	done
}

@test "what is no namespace is refused, and the command does not run" {
	for file in no/such/file /dev/null /proc/self/status; do
		inside "$file" echo the command ran
		alive
		lacks "$output" "the command ran" "FILE is $file: look at what open() and setns() return"
		differs "$status" 0 "FILE is $file: err(1, \"%s\", file)"
	done
}

@test "the command gets no descriptor of yours" {
	container
	try sh -c 'ls /proc/self/fd'
	outside=$output
	for type in uts pid; do
		inside "/proc/$INIT/ns/$type" sh -c 'ls /proc/self/fd'
		is "$output" "$outside" "open(2), O_CLOEXEC"
	done
}
