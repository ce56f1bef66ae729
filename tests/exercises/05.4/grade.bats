#!/usr/bin/env bats
load ../../chapters/helpers

# Under strace luck plays no part: the parent is late after clone(), and late again
# at each write, while in the child no sleep lasts. (? is for a call that not every
# architecture has.)
LATE='?clone,?clone3,?fork,?vfork:delay_exit=1000000'
WRITE='write,writev,pwrite64'
NO_SLEEP='?nanosleep,?clock_nanosleep:retval=0'

# ended PID: the process has ended.
ended() {
	! kill -0 "$1"
}

# settle: waits until strace has ended, or what is left below it waits for something;
# not for ever, since a child may also ask again and again.
settle() {
	local try
	for ((try = 0; try < 100; try++)); do
		if ended "$TRACER" || ! grep -slx "TracerPid:.$TRACER" /proc/[0-9]*/status |
			xargs grep -qs '^State:.[^S]'; then
			return
		fi
		sleep 0.01
	done
}

# orphan [STRACE-OPTION...]: ends the parent when it is about to write for the first
# time, long after clone().
orphan() {
	strace -f -q -o trace -e "inject=$LATE" -e "inject=$WRITE:signal=SIGKILL:when=1" \
		-e "inject=$NO_SLEEP" "$@" "$PROGRAM" touch ran 2>err 3>&- &
	TRACER=$!
	until_true grep -q 'killed by SIGKILL' trace
}

@test "the command never runs before the maps are written" {
	needs "a user namespace in a user namespace" unshare --user --map-root-user true
	needs "strace may trace a program" strace -qq -o /dev/null true
	try strace -f -qq -y -o trace -e "inject=$LATE" -e "inject=$WRITE:delay_enter=300000" \
		-e "inject=$NO_SLEEP" "$PROGRAM" awk '/^[UG]id/ { print $1, $2 } /^CapEff/' /proc/self/status
	differs "$status" 124 "it does not come to an end within ten seconds: does the child wait for a message that the parent never sends?"
	has "$output" $'Uid: 0\nGid: 0\n' "the parent may be slower than any sleep(), so the child has to wait for a message from the parent: pipe(7). The parent sends no message before both maps are written"
	lacks "$output" 0000000000000000 "execvp() drops the capabilities of a user who is not yet mapped: the child has to wait for a message from the parent"
}

@test "it is the parent that writes them" {
	try strace -f -qq -y -o trace -e "trace=$WRITE" "$PROGRAM" true
	try awk '/\/uid_map>/ { split($0, part, /<\/proc\/|\/uid_map>/); print part[2] == $1 ? "child" : "parent" }' trace
	is "$output" parent "a map of more than one ID can't be written by the child. Write this map of one ID in the same way: main() writes it into /proc/PID/uid_map"
}

@test "in the usual case it runs, and has the right status" {
	inside sh -c 'echo $(id -u) $(id -g); exit 7'
	lacks "$output" 65534 "the command ran before the maps were written: what was to stop the child did not. (PID 1 can't stop itself: pid_namespaces(7))"
	is "$output" "0 0" "the parent writes the child's setgroups, gid_map and uid_map, sends the message, and waits"
	is "$status" 7 "after its message the parent waits, and main() returns the command's status, as before"
}

@test "a parent that dies before the maps are written lets nothing run" {
	# The child gets no death signal here: what counts is how it takes the silence.
	orphan -e inject=prctl:retval=0
	settle
	is "$(ls ran 2>/dev/null)" "" "read(2), RETURN VALUE: 0, the end of the file, is what the child sees when its parent is dead. That is not the message that it waits for"
}

@test "the child ends with its parent, also while it waits" {
	orphan
	until_true ended "$TRACER" >/dev/null || hint "no child is left" "it waits for ever" "prctl(PR_SET_PDEATHSIG) comes before the waiting. Or the child closes its own copy of the writing end, and then sees the end of the file"
}

@test "the command gets no descriptor of the handshake" {
	try ls /proc/self/fd
	outside=$output
	inside ls /proc/self/fd
	is "$output" "$outside" "pipe2(2), O_CLOEXEC; or close() both ends in the child before execvp()"
}
