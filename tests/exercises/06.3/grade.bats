#!/usr/bin/env bats
load ../../chapters/helpers

# Some versions of bats leave descriptors open: the program begins with 0, 1, 2.
run_program() {
	try "$PROGRAM" "$@" 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
}

# hold PORT: runs sleep in the program. Sets $CHILD, its PID. The descriptors from 3 on
# are closed, or, with TAKEN=1, 3 and 4 are open.
hold() {
	ran "$PROGRAM" "$1" sleep 60
	{ [ -z "${TAKEN:-}" ] || exec 3</dev/null 4</dev/null; exec "$PROGRAM" "$1" sleep 60; } \
		</dev/null >said 2>&1 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&- &
	local parent=$!
	disown # else bash tells of its end
	sleeps() { CHILD=$(pgrep -xf 'sleep 60') || ! kill -0 "$parent"; }
	CHILD=
	until_true sleeps
	[ -n "$CHILD" ] || hint "that the command runs" "$(head -c 500 said)" "the calls before execvp(): which of them fails?"
}

# where DESCRIPTOR: on what this descriptor of the command listens, and in whose network.
where() {
	local link inode table address
	link=$(readlink "/proc/$CHILD/fd/$1") || { echo "it is closed"; return; }
	inode=${link//[^0-9]/}
	[[ $link == socket:* ]] || { echo "it is no socket but $link"; return; }
	for table in /proc/net/tcp "/proc/$CHILD/net/tcp"; do
		# Only 0A, TCP_LISTEN. The kernel prints the address in the machine's byte order.
		address=$(awk -v inode="$inode" '$4 == "0A" && $10 == inode { print $2 }' "$table")
		[ -n "$address" ] || continue
		case ${address%:*} in
		0100007F | 7F000001) printf 127.0.0.1 ;;
		00000000) printf 0.0.0.0 ;;
		*) printf %s "${address%:*}" ;;
		esac
		printf ':%d ' "0x${address#*:}"
		if [ "$table" = /proc/net/tcp ]; then echo outside; else echo inside; fi
		return
	done
	echo "it is a socket that does not listen"
}

@test "the command runs" {
	run_program 18080 echo hello
	differs "$status" 124 "it was still running after ten seconds: what does it wait for? listen() is enough, accept() is for the command"
	is "$output" hello "'Address already in use': in one network namespace, the port is for one socket. Which process makes which socket, and when?"
}

@test "descriptors 3 and 4 of the command are listening sockets" {
	hold 18080
	for descriptor in 3 4; do
		seen=$(where "$descriptor")
		has "$seen" "side" "descriptor $descriptor of the command: socket(), bind(), listen(), and open at execvp(): close-on-exec closes it, and dup2(3, 3) leaves that as it is"
		has "$seen" ":18080 " "descriptor $descriptor: bind(), and the order of the port's bytes: ip(7)"
		has "$seen" "127.0.0.1:" "descriptor $descriptor: the address for bind() is INADDR_LOOPBACK: ip(7)"
	done
}

@test "3 listens outside, and 4 inside, on one port" {
	hold 18080
	is "$(where 3)" "127.0.0.1:18080 outside" "descriptor 3: a socket belongs to the network namespace of the process that calls socket(), and stays there"
	is "$(where 4)" "127.0.0.1:18080 inside" "descriptor 4: a socket belongs to the network namespace of the process that calls socket(), and stays there"
}

@test "it is the same where the caller has a descriptor 3 and a 4 of its own" {
	TAKEN=1 hold 18080
	ran bash -c "exec ./$NAME 18080 sleep 60 3</dev/null 4</dev/null"
	is "$(where 3)" "127.0.0.1:18080 outside" "descriptor 3: socket() returns the first free number. dup2(2) makes it the one you want, whatever was there"
	is "$(where 4)" "127.0.0.1:18080 inside" "descriptor 4: socket() returns the first free number. dup2(2) makes it the one you want, whatever was there"
}

@test "where the port is taken outside it fails, and the command does not run" {
	hold 18080
	run_program 18080 echo the command ran
	lacks "$output" "the command ran" "bind() of the socket outside: it fails with EADDRINUSE here. SO_REUSEPORT would hide the error"
	differs "$status" 0 "bind() of the socket outside: err(1, ...)"
	differs "$output" "" "bind() of the socket outside: err(1, ...)"
	run_program 18081 echo hello
	is "$output" hello "a second container with another port: argv[1] of main()"
}

@test "the status is the command's" {
	run_program 18080 sh -c 'exit 7'
	is "$status" 7 "what main() returns"
}
