#!/usr/bin/env bats
load ../../chapters/helpers

@test "the command runs" {
	inside echo hello
	differs "$status" 139 "139 is 128 + 11, and 11 is SIGSEGV: the child died before it became the command. Which end of the stack does clone() want?"
	alive
	lacks "$output" "No child process" "waitpid(2) finds no child whose end is told by SIGCHLD. clone(2): the lowest byte of the flags holds that signal"
	is "$output" hello "clone(2), 'The child's stack': since the stack grows down, pass its upper end"
	is "$status" 0 "main() returns the command's status"
}

@test "the stack is large enough" {
	# execvp() tries each folder of PATH, with a copy of each path on the stack.
	PATH=$(printf "/no/%0200d:" {1..9})$PATH inside no-such-command
	differs "$status" 139 "the stack: 4 or 8 KiB are too small for execvp(). Take 1 MiB: only the part that is used costs memory"
	is "$status" 127 "main(): it waits for the command and returns its status, as in the chapter's program. Or is the stack too small?"
}

@test "the host name is still the container's own" {
	inside hostname
	is "$output" container "sethostname(), as in the chapter's program"
	is "$(hostname)" host "CLONE_NEWUTS, as in the chapter's program"
}
