#!/usr/bin/env bats
load ../../chapters/helpers

@test "the command runs" {
	inside echo hello
	lacks "$output" "Operation not permitted" "the host is in order, but the program asks for the wrong lo. ioctl() looks in the network namespace of its socket. Who makes the socket, and where?"
	differs "$status" 124 "it was still running after ten seconds: what does it wait for?"
	is "$output" hello "does the message above name a call of yours? If there is none, the child still has to become the command"
}

@test "the command is in a network namespace of its own" {
	inside readlink /proc/self/ns/net
	differs "$output" "$(ns net)" "the flags: CLONE_NEWNET stays; without it there is no lo of your own"
	inside readlink /proc/self/ns/user
	differs "$output" "$(ns user)" "the flags: CLONE_NEWUSER stays; an ordinary user needs it"
}

@test "127.0.0.1 answers inside" {
	# "Connection refused" is an answer: it says that no one listens there.
	inside bash -c 'exec 9<>/dev/tcp/127.0.0.1/9'
	lacks "$output" "unreachable" "the lo inside is still down. Was it this lo that was set up, with IFF_UP? Was an error passed over?"
	has "$output" "refused" "the lo inside: ./exercise-1 ip addr show lo"
}

@test "the outside's lo stays as it is" {
	ip link set lo down
	inside true
	seen=$(ip -o link show lo up)
	ip link set lo up
	is "$seen" "" "the lo outside was set up too: it is not the program's. Who calls lo_up()?"
}
