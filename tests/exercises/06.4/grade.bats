#!/usr/bin/env bats
load ../../chapters/helpers

# A veth pair outside: $ONE and $TWO, other names for each test.
cable() {
	needs "a kernel with veth pairs" unshare --net ip link add type veth
	ONE=red$BATS_TEST_NUMBER TWO=blue$BATS_TEST_NUMBER
	ip link add "$ONE" type veth peer name "$TWO"
}

# hold NAME ADDRESS: runs sleep in the program, in the background.
hold() {
	"$PROGRAM" "$1" "$2" sleep 60 </dev/null >said 2>&1 3>&- &
	local parent=$!
	disown # else bash tells of its end
	sleeps() { CHILD=$(pgrep -xf 'sleep 60') || ! kill -0 "$parent"; }
	CHILD=
	until_true sleeps
	[ -n "$CHILD" ] || hint "that the command runs" "$(head -c 500 said)" "the steps before execvp(): which of them fails?"
}

# For a move, and for nothing else, ip takes its time.
slow_move() {
	mkdir bin
	cat >bin/ip <<-END
		#!/bin/sh
		case "\$*" in *netns*) sleep 2 ;; esac
		exec $(command -v ip) "\$@"
	END
	chmod 755 bin/ip
	PATH=$DIR/bin:$PATH
}

@test "the interface is inside, with its address, when the command runs" {
	cable
	inside "$ONE" 10.0.0.1/24 ip addr show dev "$ONE"
	lacks "$output" "Cannot find device" "the interface is still outside when child() uses it. Who is outside and has the right to move it? How does child() learn that it is there?"
	differs "$status" 124 "child() waits for ever: for what, and who sends it?"
	is "$status" 0 "the steps before execvp(): which of them failed?"
	has "$output" 10.0.0.1/24 "child(): the address belongs to the interface inside"
	has "$output" ,UP "child(): the interface has to be up"
}

@test "the command waits, however long the move takes" {
	cable
	slow_move
	inside "$ONE" 10.0.0.1/24 ip -o addr show dev "$ONE"
	has "$output" 10.0.0.1/24 "child() did not wait: here the move takes two seconds. After the move, and not before, the parent has to send it a message"
}

@test "two containers reach each other" {
	cable
	hold "$ONE" 10.0.0.1/24
	differs "$(readlink "/proc/$CHILD/ns/net")" "$(ns net)" "CLONE_NEWNET in the flags: each container has its own network"
	# "Connection refused" is an answer of the other one: no one listens there.
	inside "$TWO" 10.0.0.2/24 bash -c 'exec 9<>/dev/tcp/10.0.0.1/9'
	has "$output" "refused" "both ends of the cable: is each of them moved, does it have its address, and is it up?"
}

@test "no such interface: it fails, the command does not run, and nothing is left" {
	# Slow, so that the child has set its death signal by then: a parent that dies before that is another story.
	slow_move
	# To a file: who is left would keep a pipe open.
	status=0
	timeout -k 1 10 "$PROGRAM" none0 10.0.0.1/24 echo the command ran >said 2>&1 3>&- </dev/null || status=$?
	lacks "$(head -c 500 said)" "the command ran" "the move failed: main() has to end with an error, and child() must not go on"
	differs "$status" 124 "the move failed, and child() or main() waits for ever: who ends whom?"
	differs "$status" 0 "the move failed: main() has to end with an error"
	nobody() { ! pgrep -f none0; }
	until_true nobody >/dev/null || hint "no process" "$(pgrep -fl none0)" "the move failed and main() is gone, but child() still waits: PR_SET_PDEATHSIG ends it. As long as child() has a copy of the pipe's writing end open itself, read() goes on waiting"
}

@test "the status is the command's" {
	cable
	inside "$ONE" 10.0.0.1/24 sh -c 'exit 7'
	is "$status" 7 "what main() returns"
}
