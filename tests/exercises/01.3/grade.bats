#!/usr/bin/env bats
load ../../chapters/helpers

@test "the command's exit status is the program's" {
	inside true
	alive
	is "$status" 0 "wait(2): the command has exited, with 0, and no signal has killed it. Which macros tell these apart, and take the number out?"
	inside sh -c 'exit 7'
	is "$status" 7 "wait(2): what waitpid() stores in status is not yet the exit status; WEXITSTATUS() takes it out"
	inside sh -c 'exit 255'
	is "$status" 255 "wait(2): WEXITSTATUS()"
}

@test "a command that a signal killed gives 128 plus the signal" {
	inside sh -c 'kill -KILL $$'
	differs "$status" 9 "9 is the number of the signal. Return 128 plus that number"
	is "$status" 137 "wait(2): after a signal WEXITSTATUS() means nothing. Ask WIFSIGNALED() first, then WTERMSIG()"
	inside sh -c 'kill -TERM $$'
	is "$status" 143 "wait(2): WTERMSIG(): each signal has its own number"
}

@test "a command that is not found still gives 127" {
	inside no-such-command
	is "$status" 127 "child() ends with 127, and main() has only to return that"
}
