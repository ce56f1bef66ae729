#!/usr/bin/env bats
load ../../chapters/helpers

# The owner of a container, an ordinary user: here the sandbox's own user, with no
# capability but CAP_SETFCAP, which lets him map a 0: user_namespaces(7).
OWNER=(setpriv '--bounding-set=-all,+setfcap' --inh-caps=-all)

# container: the owner starts chapter 06's program. Its PID 1, as seen from outside, is $INIT.
container() {
	needs "a user namespace in a user namespace" unshare --user --map-root-user true
	${CC:-cc} -w -o net "$REPO/06-net/net.c"
	"${OWNER[@]}" ./net sleep 60 3>&- &
	until_true pgrep -P $! -x sleep
	INIT=$(pgrep -P $!)
}

# links PID: the namespaces of a process, one link a line.
links() {
	local type
	for type in cgroup ipc mnt net pid time user uts; do
		[ ! -e "/proc/$1/ns/$type" ] || readlink "/proc/$1/ns/$type"
	done
}

# joined COMMAND...: runs it, the program with some prefix, with a sleep that is told
# by its time, and compares the namespaces of the sleep with the container's.
joined() {
	local try newcomer='' missing
	ran "$@" "$INIT" sleep 61
	(ulimit -f 100 && exec timeout 10 "$@" "$INIT" sleep 61) >said 2>&1 3>&- &
	for ((try = 0; try < 500; try++)); do
		newcomer=$(pgrep -x -f 'sleep 61' || true)
		if [ -n "$newcomer" ] || ! kill -0 $! 2>/dev/null; then break; fi
		sleep 0.01
	done
	[ -n "$newcomer" ] || hint "that the command runs" "$(cat said)" "$hint"
	missing=$(links "$INIT" | grep -vFx "$(links "$newcomer")" | cut -d : -f 1 | xargs)
	kill -KILL "$newcomer"
	case "$missing,$(cat said)" in
	,*) ;;
	pid,*) hint "all namespaces of the container" "not these: $missing" "setns() into a PID namespace moves the children that are made afterwards, and not the caller: main(), after join(). And is pid among the names?" ;;
	*not\ permitted*) hint "all namespaces of the container" "not these: $missing" "a namespace that is not joined is an error, and not one to go on after" ;;
	*) hint "all namespaces of the container" "not these: $missing" "with the mount namespace comes another /proc. It shows the container's processes: what is /proc/self/ns/net in there, and /proc/$INIT/ns/net? Open what you need before, or join this one last" ;;
	esac
}

@test "what is ours already is not joined" {
	try "${OWNER[@]}" sh -c 'exec "$0" $$ echo the command ran' "$PROGRAM"
	differs "$status" 124 "the program has not ended after ten seconds: what does it wait for, or where does it loop?"
	differs "$status" 139 "139 is 128 + 11, SIGSEGV: the program died. Which pointer is wrong?"
	is "$output" "the command ran" "nobody joins his own user namespace again: setns(2), EINVAL. Join only what differs"
}

@test "an ordinary user enters his own container" {
	container
	hint="setns(2), under EPERM: which namespace, of those that names lists, gives the right to join the others?"
	joined "${OWNER[@]}" "$PROGRAM"
}

@test "root enters it" {
	container
	hint="join_process(): the same for root"
	joined "$PROGRAM"
}

@test "the status is the command's, and a namespace file is a target, as before" {
	container
	inside "$INIT" sh -c 'hostname; readlink /proc/self/ns/pid; exit 7'
	is "$output" $'container\n'"$(readlink "/proc/$INIT/ns/pid")" "main(): fork(), where a PID namespace was joined"
	is "$status" 7 "main(): return the command's status, as before"
	inside "/proc/$INIT/ns/uts" sh -c 'hostname; readlink /proc/self/ns/net'
	is "$output" $'container\n'"$(ns net)" "main(): a file is one namespace"
}

@test "what can't be joined is an error, and the command does not run" {
	sleep 60 3>&- &
	gone=$!
	kill -KILL "$gone"
	wait "$gone" || true
	for target in "$gone" /dev/null no/such/file; do
		inside "$target" echo the command ran
		lacks "$output" "the command ran" "what open(), stat(), ioctl() and setns() return"
		differs "$status" 0 "err(1, ...)"
	done
	container
	try "${OWNER[@]}" unshare --user --map-user=1 "$PROGRAM" "$INIT" echo the command ran
	lacks "$output" "the command ran" "what open(), stat(), ioctl() and setns() return: this caller is in a user namespace beside the container's"
	needs "strace may trace a program" strace -qq -o /dev/null true
	inject setns:error=EPERM "$INIT" echo the command ran
	lacks "$output" "the command ran" "what setns() returns: who can't join a namespace ends with an error, and does not go on without it"
}
