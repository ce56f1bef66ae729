#!/usr/bin/env bats
# Chapter 07: setns(). What other tests depend on comes first.

load helpers
load symptoms

# An ordinary user, who can enter his own containers: helpers' as_user is in another
# user namespace each time. Where there is no second user it is the sandbox's own,
# with no capability but CAP_SETFCAP, which lets him map a 0: user_namespaces(7).
USER_IS=(setpriv --reuid=4242 --regid=4242 --clear-groups)
! one_user || USER_IS=(setpriv '--bounding-set=-all,+setfcap' --inh-caps=-all)

# ordinary COMMAND [ARG...]: the same as try, as that user.
ordinary() {
	try "${USER_IS[@]}" "$@"
}

# container [PREFIX...]: starts chapter 06's program, to be joined. Its PID 1, as
# seen from outside, is $INIT; the program is $OUTER. What it runs there before sleep
# is in the array INNER.
INNER=()
container() {
	[ -e "$TMPDIR/net" ] || ${CC:-cc} -w -o "$TMPDIR/net" "$REPO/06-net/net.c"
	"$@" "$TMPDIR/net" "${INNER[@]}" sleep 700 3>&- &
	OUTER=$!
	eventually find_command "$OUTER" sleep 700 ||
		hint "chapter 06's program, to be joined" "it does not start" "this test: ./net sleep 700"
	INIT=$CHILD
}

# end_container: its processes end.
end_container() {
	kill -KILL "$INIT"
	wait "$OUTER" || true
}

# keep_empty: a PID namespace that an open descriptor, $EMPTY, keeps after its end.
keep_empty() {
	container
	exec 7<"/proc/$INIT/ns/pid"
	end_container
	EMPTY=/proc/$BASHPID/fd/7
}

# refused WHERE-TO-LOOK TARGET: the target is not joined, and the command does not run.
refused() {
	within "$2" touch ran
	[ ! -e ran ] || hint "that 'touch ran' does not run where TARGET is $2" "it ran, status $status" "$1"
	differs "$status" 0 "the status where TARGET is $2. $1"
	differs "${errors:-}" "" "stderr where TARGET is $2: it tells why nothing was run. $1"
}

# usage_error ARG...: the program refuses its arguments, and does nothing.
usage_error() {
	inside "$@"
	is "$status" 2 "main(): wrong usage ends with 2"
	has "$output" "Usage: setns " "main(): the usage follows"
	lacks "$output" "the command ran" "main(): nothing is done before the arguments are understood"
	"$PROGRAM" "$@" >out 2>/dev/null || true
	is "$(cat out)" "" "main(): after wrong usage the usage goes to stderr"
}

# links PID: the namespaces of a process, one link a line.
links() {
	local type
	for type in cgroup ipc mnt net pid time user uts; do
		[ ! -e "/proc/$1/ns/$type" ] || readlink "/proc/$1/ns/$type"
	done
}

JOIN="setns(): the file is opened, the descriptor given to setns(), and what both return is looked at"
FORK="fork(): setns() into a PID namespace moves the children that are made afterwards, not the caller"
ALL="setns(): one for each type whose link in /proc/PID/ns differs from ours, all opened before one is joined"

# --- What the other tests depend on

# must: run
@test "it runs the command true, where TARGET is a file and where it is a PID" {
	others_need_this
	container
	runs_true "/proc/$INIT/ns/uts"
	runs_true "$INIT"
}

# must: run
@test "it runs the command, with its arguments as they are" {
	container
	within "/proc/$INIT/ns/uts" printf '<%s>' 'a b' '' '*' '$HOME' -h --
	alone "$output" '<a b><><*><$HOME><-h><-->' \
		"execvp(): the command is the word after TARGET, all that follows is its own, and no shell splits it"
}

# must: run
@test "it waits for the command's end" {
	container
	for target in "/proc/$INIT/ns/uts" "$INIT"; do
		within "$target" sh -c 'sleep 0.3; echo end'
		alone "$output" end "waitpid(): the program ends when its command does, not before"
	done
}

# must: file
@test "SET-1: in a joined UTS namespace, hostname is the target's" {
	container
	within "/proc/$INIT/ns/uts" hostname
	is "$output" container "$JOIN"
}

# must: file
@test "SET-1: in a joined UTS namespace, readlink reads the target's link" {
	container
	within "/proc/$INIT/ns/uts" readlink /proc/self/ns/uts
	is "$output" "$(readlink "/proc/$INIT/ns/uts")" "$JOIN"
}

# must: child
@test "SET-3: in a joined PID namespace the command has a PID in there" {
	container
	within "/proc/$INIT/ns/pid" sh -c 'echo $$'
	is "$output" 2 "$FORK"
}

# must: file
@test "NS-6: a namespace file joins this namespace and no other" {
	container
	for type in uts ipc net mnt user pid; do
		run_in "/proc/$INIT/ns/$type" -- sleep 600
		is "$(readlink "/proc/$CHILD/ns/$type")" "$(readlink "/proc/$INIT/ns/$type")" "$JOIN. The type is $type"
		same_links "$(links "$CHILD" | grep -v "^$type")" "$(links $BASHPID | grep -v "^$type")" \
			"setns(): one file, one namespace. TARGET was that of the $type namespace"
		kill -KILL "$CHILD"
	done
}

# must: process
@test "SET-4: joining a container by its PID joins all its namespaces" {
	# All belong to the container's user namespace: who joins that one first may join them.
	INNER=(unshare --cgroup)
	[ ! -e /proc/self/ns/time ] || INNER+=(--time --fork)
	container
	run_in "$INIT" -- sleep 600
	same_links "$(links "$CHILD")" "$(links "$INIT")" "$ALL"
	is "$(links $BASHPID | grep -Fx "$(links "$INIT")")" "" "this test: all namespaces of the container are its own"
}

# must: process
@test "SET-4: a second shell in a running container sees what the first one sees" {
	container
	within "$INIT" sh -c 'hostname; id -u; echo $$; ps -o pid=,comm= -p 1; ip -o link | wc -l; pwd'
	is "$(tr -s ' ' <<<"$output")" $'container\n0\n2\n 1 sleep\n1\n/' "$ALL"
}

# must: process
@test "SET-4: what is the caller's already is not joined: the own PID needs no right" {
	ordinary sh -c 'exec "$0" $$ sh -c "echo the command ran" 2>/dev/null' "$PROGRAM"
	is "$output" "the command ran" \
		"setns(): nobody joins his own user namespace again (EINVAL), nor what he has no right to: compare the links first"
}

# must: owner
@test "SET-5: an ordinary user enters his own container, by its PID" {
	container "${USER_IS[@]}"
	ordinary sh -c 'exec "$0" "$@" 2>&1' "$PROGRAM" "$INIT" sh -c 'hostname; id -u; grep CapEff /proc/self/status'
	has "$output" $'container\n0\nCapEff:\t0' \
		"setns(): the user namespace first, which gives the right to the others, or all in one call"
	lacks "$output" $'CapEff:\t0000000000000000' \
		"setns(): in the user namespace user 0 keeps its capabilities when it becomes the command"
}

# must: owner
@test "SET-5: he joins its UTS namespace by the file, once he is in its user namespace" {
	container "${USER_IS[@]}"
	ordinary "$PROGRAM" "/proc/$INIT/ns/user" "$PROGRAM" "/proc/$INIT/ns/uts" hostname
	is "$output" container "$JOIN"
}

# must: owner
@test "SET-5: without its user namespace he is refused, and the command does not run" {
	container "${USER_IS[@]}"
	ordinary "$PROGRAM" "/proc/$INIT/ns/uts" echo the command ran
	lacks "$output" "the command ran" "setns(): what it returns: the command must not run where it was not joined"
	differs "$status" 0 "setns(): the status where it fails"
}

@test "SET-5: control: without the user namespace an ordinary user can't join the others" {
	container "${USER_IS[@]}"
	control 's/setns\(fd, types\)/setns(fd, types \& ~CLONE_NEWUSER)/'
	ordinary ./control "$INIT" echo the command ran
	is "$status" 1 "this test"
	is "$output" "control: $INIT: Operation not permitted" "this test"
}

@test "NS-7: control: without setns() the command is where its caller is" {
	container
	control 's/setns\(fd, types\) == -1/0/'
	try ./control "/proc/$INIT/ns/uts" sh -c 'hostname; readlink /proc/self/ns/uts'
	is "$output" "host"$'\n'"$(ns uts)" "this test"
}

@test "SET-1: the PID is the caller's own" {
	container
	"$PROGRAM" "/proc/$INIT/ns/uts" sh -c 'echo $$' >out 3>&- &
	wait $!
	is "$(cat out)" $! "main(): only a PID namespace needs a fork"
}

@test "SET-2: pstree shows the newcomer on its own branch, not below the container" {
	container
	run_in "$INIT" -- sleep 600
	lacks "$(pstree -A -p "$OUTER")" "($CHILD)" "main(): the newcomer is the child of its caller"
	is "$(pstree -A -p "$PARENT")" "$NAME($PARENT)---sleep($CHILD)" "main(): one fork()"
	lacks "$(pstree -A -p -s "$CHILD")" "($INIT)" "main(): the newcomer is the child of its caller"
}

@test "SET-3: joining a PID namespace moves only the children" {
	container
	run_in "/proc/$INIT/ns/pid" -- sleep 600
	is "$(readlink "/proc/$PARENT/ns/pid")" "$(ns pid)" "pid_namespaces(7): a process never moves"
	is "$(readlink "/proc/$PARENT/ns/pid_for_children")" "$(readlink "/proc/$INIT/ns/pid")" "setns() in join()"
	is "$(awk '/^NSpid:/ { print $2 }' "/proc/$CHILD/status")" "$CHILD" "the command's PID, outside"
}

@test "SET-3: control: without the fork the command keeps its PID, and its children move" {
	container
	control 's/\(types & CLONE_NEWPID\) \? fork\(\) : 0/0/'
	# shellcheck disable=SC2016 # for the shell inside
	./control "/proc/$INIT/ns/pid" sh -c 'echo $$; sh -c "echo \$\$"' >out 3>&- &
	wait $!
	is "$(cat out)" $!$'\n'2 "this test"
}

# --- Targets

# must: file
@test "NS-4: a bind mount keeps a namespace that has no process" {
	container
	touch kept
	mount --bind "/proc/$INIT/ns/uts" kept
	end_container
	within "$DIR/kept" hostname
	umount kept
	is "$output" container "open(): TARGET is a path like any other, not always one in /proc"
}

# must: file
@test "NS-3: an open descriptor keeps a namespace that has no process" {
	container
	exec 7<"/proc/$INIT/ns/uts"
	end_container
	within "/proc/$BASHPID/fd/7" hostname
	exec 7<&-
	is "$output" container "open(): TARGET is a path like any other, not always /proc/PID/ns/TYPE"
}

# must: file
@test "NET-5: /run/netns/net1 is a target" {
	ip netns add net1
	within /run/netns/net1 readlink /proc/self/ns/net
	link=$(ip netns exec net1 readlink /proc/self/ns/net)
	ip netns delete net1
	is "$output" "$link" "$JOIN"
}

# must: open
@test "SET-6: a process enters a network namespace, opens a socket, comes back, and uses it" {
	container
	cat >answer.c <<-'END'
		#include <arpa/inet.h>
		#include <netinet/in.h>
		#include <unistd.h>
		int main(void) /* sends one client's first words back */
		{
			struct sockaddr_in address = { AF_INET, htons(8000) };
			int s = socket(AF_INET, SOCK_STREAM, 0), client;
			char words[64];
			if (bind(s, (void *)&address, sizeof(address)) || listen(s, 1))
				return 1;
			client = accept(s, NULL, NULL);
			return write(client, words, read(client, words, 64)) < 0;
		}
	END
	${CC:-cc} -w -o answer answer.c
	"$PROGRAM" "/proc/$INIT/ns/net" ./answer 3>&- &
	eventually grep -q ':1F40 00000000:0000 0A' "/proc/$INIT/net/tcp" ||
		hint "a server in the container's network namespace" "nobody listens there" "$JOIN"

	# The program is run twice, in one process: descriptor 5 is the socket.
	# shellcheck disable=SC2016 # for the shell inside
	within "/proc/$INIT/ns/net" bash -c '
		exec 5<>/dev/tcp/127.0.0.1/8000 &&
		exec "$0" "$1" sh -c "readlink /proc/self/ns/net; echo hello >&5; cat <&5"
		' "$PROGRAM" "/proc/$BASHPID/ns/net"
	is "$output" "$(ns net)"$'\n'hello "close(): the descriptors that the caller has opened stay open in the command"
	try bash -c 'exec 5<>/dev/tcp/127.0.0.1/8000'
	has "$output" "Connection refused" "this test: outside nobody listens"
}

@test "NS-4: after it is unmounted, the file is no namespace" {
	container
	touch kept
	mount --bind "/proc/$INIT/ns/uts" kept
	umount kept
	inside ./kept hostname
	is "$output" "$NAME: ./kept: not a namespace" "add(): NS_GET_NSTYPE"
}

@test "NS-4: a mount namespace can be kept, but not on a mount that has a peer" {
	# All on one CPU: each counts the namespaces that it makes, Linux 6.18 binds
	# only one with a higher count than our own, and says EINVAL to the others.
	cpu=$(awk '/^Cpus_allowed_list/ { print $2 + 0 }' /proc/self/status)
	# shellcheck disable=SC2016 # for the shell inside
	try taskset -c "$cpu" unshare --mount bash -c '
		mkdir here there
		mount -t tmpfs none here
		mount --make-shared here
		mount --bind here there
		touch here/kept
		unshare --mount sleep 60 &
		until grep -qx sleep /proc/$!/comm; do sleep 0.01; done
		mount --bind /proc/$!/ns/mnt here/kept 2>/dev/null && echo "not refused"
		mount --make-private here
		mount --bind /proc/$!/ns/mnt here/kept
		kept=$(readlink /proc/$!/ns/mnt)
		kill $!
		wait
		[ "$kept" = "$("$0" here/kept readlink /proc/self/ns/mnt)" ] && echo joined
		' "$PROGRAM"
	is "$output" joined "add() and join(); mount_namespaces(7)"
}

@test "MNT-8: a file system is mounted into a running container, and the host does not see it" {
	container
	inside "$INIT" mount -t tmpfs late /mnt
	is "$output" "" "add_process() and join()"
	has "$(cat "/proc/$INIT/mountinfo")" "- tmpfs late " "setns() in join()"
	lacks "$(cat /proc/self/mountinfo)" "- tmpfs late " "the container's mounts are private: chapter 04"
}

# --- Failure

# must: failure
@test "without a TARGET nothing is done" {
	within
	differs "$status" 0 "main(): argv[1] is NULL: the usage on stderr, and a status that is not 0"
	differs "${errors:-}" "" "main(): argv[1] is NULL: the usage on stderr"
}

# must: failure
@test "what is not there, or no namespace, is refused" {
	for target in no/such/file "$DIR" /dev/null /proc/self/status; do
		refused "$JOIN" "$target"
	done
}

# must: failure
@test "a process that has ended is refused" {
	sleep 700 3>&- &
	{ kill -KILL $! && wait $!; } 2>/dev/null || true
	refused "open(): the file in /proc/PID/ns is missing; or pidfd_open(): it says ESRCH" $!
	refused "open(): the file is missing" "/proc/$!/ns/uts"
}

# must: failure
@test "a zombie has no namespaces any more: it is refused" {
	bash -c 'sleep 60 & echo $!; exec sleep 60' >out 3>&- &
	until_true grep -qx sleep "/proc/$!/comm"
	pid=$(cat out)
	kill -KILL "$pid"
	until_true grep -q '^State:.Z' "/proc/$pid/status"
	refused "open(): ENOENT of all files in /proc/PID/ns: the process has ended; that is not 'nothing to join'" "$pid"
}

# must: failure
@test "a container of somebody else is refused to an ordinary user" {
	! one_user || skip "the sandbox has one user only, where the tests don't run as root"
	container
	ordinary "$PROGRAM" "$INIT" echo the command ran
	lacks "$output" "the command ran" "open(): what it and setns() return: EACCES, EPERM"
	differs "$status" 0 "open(): what it and setns() return: EACCES, EPERM"
}

# must: failure
@test "PID-8: a PID namespace whose PID 1 has ended is refused" {
	keep_empty
	refused "fork(): it says ENOMEM where the PID namespace takes no new process" "$EMPTY"
	exec 7<&-
}

# must: failure
@test "where a step fails, the command does not run, and it says why" {
	needs "strace may trace a program" strace -qq -o /dev/null true
	container
	all='for type in uts ipc net mnt user pid; do readlink /proc/self/ns/$type; done'
	apart try strace -f -qq -o trace -e trace=execve,setns,clone,?clone3,?fork,?vfork,?pidfd_open \
		"$PROGRAM" "$INIT" sh -c "$all"
	is "$status" 0 "run it by hand: ./$NAME PID true${output:+. It said: $output}"
	joined=$output
	for call in setns clone clone3 fork vfork pidfd_open; do
		for ((n = 1; n <= $(sed '/execve("[^"]*sh"/q' trace | grep -cE "^[0-9]+ +$call\("); n++)); do
			apart try strace -f -qq -o /dev/null -e "trace=$call" -e "inject=$call:error=EPERM:when=$n" \
				"$PROGRAM" "$INIT" sh -c "$all"
			# A program may have another way than a pidfd, or try again what has failed.
			[ "$output" != "$joined" ] || continue
			is "$output" "" "$call(): it fails with -1 (EPERM, call $n); then say so and end"
			differs "$status" 0 "$call(): the status where it fails with -1 (EPERM, call $n)"
			differs "$errors" "" "$call(): stderr where it fails with -1 (EPERM, call $n)"
		done
	done
}

@test "SET-7: without arguments, and with wrong ones, it prints the usage, and does nothing" {
	usage_error
	usage_error --
	usage_error -x $$ echo the command ran
}

@test "SET-7: -h prints the usage on stdout" {
	"$PROGRAM" -h >out 2>err && status=0 || status=$?
	is "$status" 0 "main(): -h is no error"
	has "$(cat out)" "Usage: setns " "main(): -h"
	is "$(cat err)" "" "main(): -h"
}

@test "SET-7: a target that is not there is named" {
	for target in 1x x1 +1 ./1 no/such/file; do
		inside "$target" echo the command ran
		is "$output" "$NAME: $target: No such file or directory" "add(): the check of open()"
		is "$status" 1 "add(): err()'s first argument"
	done
}

@test "SET-7: a target that is no namespace is named; a FIFO is not waited for" {
	mkfifo fifo
	for target in . fifo /dev/null /proc/self/status "$PROGRAM"; do
		inside "$target" echo the command ran
		is "$output" "$NAME: $target: not a namespace" "add(): NS_GET_NSTYPE, O_NONBLOCK for a FIFO"
		is "$status" 1 "add(): errx()'s first argument"
	done
}

@test "SET-7: a number that can't be a PID is refused, and not cut down to one" {
	for pid in 0 00 ''; do
		inside "$pid" echo the command ran
		is "$output" "$NAME: $pid: Invalid argument" "add_process(): the check of pidfd_open()"
	done
	# The first is 1 in 32 bits.
	for pid in 4294967297 99999999999999999999999999 "$(printf '%0100d' 1)"; do
		inside "$pid" echo the command ran
		is "$status" 1 "add_process(): the checks of pidfd_open() and stat()"
		lacks "$output" "the command ran" "add_process(): the checks of pidfd_open() and stat()"
	done
}

@test "the message for a target that has ended names it" {
	sleep 700 3>&- &
	{ kill -KILL $! && wait $!; } 2>/dev/null || true
	inside $! echo the command ran
	is "$output" "$NAME: $!: No such process" "add_process(): the check of pidfd_open()"
	inside "/proc/$!/ns/uts" echo the command ran
	is "$output" "$NAME: /proc/$!/ns/uts: No such file or directory" "add(): the check of open()"
}

@test "the message for a target that is not ours to enter names it" {
	container
	ordinary "$PROGRAM" 1 echo the command ran
	is "$output" "$NAME: /proc/1/ns/cgroup: Permission denied" "add_process(): the check of stat()"
	touch kept
	mount --bind "/proc/$INIT/ns/uts" kept
	ordinary "$PROGRAM" "$DIR/kept" echo the command ran
	umount kept
	is "$output" "$NAME: $DIR/kept: Operation not permitted" "join(): the check of setns()"
	inside /proc/self/ns/user echo the command ran
	is "$output" "$NAME: /proc/self/ns/user: Invalid argument" "setns(2): nobody joins his own user namespace again"
}

@test "the message of fork() in a PID namespace that is closed is the kernel's" {
	keep_empty
	inside "$EMPTY" true
	exec 7<&-
	has "$output" "$NAME: fork: " "main(): the check of fork()'s result"
	has "$output" "memory" "pid_namespaces(7): ENOMEM" # its text is the libc's
}

@test "a PID is refused where /proc counts PIDs of another namespace" {
	try unshare --pid --fork --kill-child "$PROGRAM" 1 echo the command ran
	is "$output" "$NAME: /proc does not show our PID namespace: mount it" "add_process(): /proc/self"
	# A /proc in which we are not at all: that of a PID namespace beside ours.
	# shellcheck disable=SC2016 # for the shell inside
	try unshare --mount sh -c 'unshare --pid --fork mount -t proc proc /proc; exec "$0" 1 echo the command ran' "$PROGRAM"
	is "$output" "$NAME: /proc does not show our PID namespace: mount it" "add_process(): /proc/self"
}

# at PATH CALLS ERROR: these calls with this path fail.
at() {
	try strace -f -qq -o trace -P "$1" -e "trace=$2" -e "inject=$2:error=$3" "$PROGRAM" "$INIT" hostname
}

@test "SET-4: a namespace that the kernel has not is left out" {
	needs "strace may trace a program" strace -qq -o /dev/null true
	container
	at /proc/self/ns/time '?access,faccessat,%%stat' ENOENT
	is "$output" container "add_process(): ENOENT: not built into this kernel"
}

@test "SET-4: an error is not taken for a namespace that the kernel has not" {
	needs "strace may trace a program" strace -qq -o /dev/null true
	container
	at /proc/self/ns/uts '?access,faccessat,%%stat' EACCES
	is "$output" "$NAME: /proc/$INIT/ns/uts: Permission denied" "add_process(): access() and stat() of ours"
	at /proc/self/ns/uts %%stat EACCES
	is "$output" "$NAME: /proc/$INIT/ns/uts: Permission denied" "add_process(): the check of stat() of ours"
	at "/proc/$INIT/ns/uts" %%stat EACCES
	is "$output" "$NAME: /proc/$INIT/ns/uts: Permission denied" "add_process(): the check of stat() of theirs"
}

@test "SET-4: all is joined in one step" {
	needs "strace may trace a program" strace -qq -o /dev/null true
	container unshare --cgroup # which belongs to our user namespace, not to the container's
	try strace -qq -o trace -e trace=setns "$PROGRAM" "$INIT" true
	is "$status" 0 "join(): setns(pidfd, types)"
	is "$(grep -c '^setns' trace)" 1 "join(): setns(pidfd, types)"
	# An older strace does not know all flags, and prints the number.
	[[ $(cat trace) =~ CLONE_NEWUSER|0x7e020000 ]] ||
		hint "CLONE_NEWUSER among the flags" "$(cat trace)" "join(): setns(pidfd, types)"
}

@test "each failing call is named, and the command does not run" {
	needs "strace may trace a program" strace -qq -o /dev/null true
	container
	TARGET=$INIT
	# failing WHAT MESSAGE: with this fault it says so, and ends with 1.
	failing() {
		inject "$1" "$TARGET" echo the command ran
		is "$output" "$NAME: $2" "every call that can fail: if it returned -1, err(1, ...)"
		is "$status" 1 "err()'s first argument is the exit status"
	}
	failing pidfd_open:error=EPERM "$INIT: Operation not permitted"
	failing setns:error=EPERM "$INIT: Operation not permitted"
	failing setgroups:error=EINVAL "setgroups: Invalid argument"
	failing setgid:error=EPERM "become user 0: Operation not permitted"
	failing setuid:error=EPERM "become user 0: Operation not permitted"
	failing '/^(clone|fork):error=EAGAIN' "fork: Resource temporarily unavailable"
	failing prctl:error=EINVAL "prctl: PR_SET_PDEATHSIG: Invalid argument"
	TARGET=/proc/$INIT/ns/user
	failing ioctl:error=EPERM:when=2 "/proc/$INIT/ns/user: owner: Operation not permitted"
	inject wait4:error=EINVAL "$INIT" true
	is "$output" "$NAME: waitpid: Invalid argument" "main(): the check of waitpid()"
}

# --- Somebody else's user namespace

# stranger: a container of an ordinary user, which root is to enter.
stranger() {
	! one_user || skip "the sandbox has one user only, where the tests don't run as root"
	container "${USER_IS[@]}"
}

@test "in somebody else's container root becomes its user 0, and drops its own groups" {
	stranger
	try setpriv --groups=4711 "$PROGRAM" "$INIT" sh -c 'id -u; id -g; cd /proc/self; grep -E "^(Uid|Groups|CapEff)" status'
	has "$output" $'0\n0\nUid:\t0\t0\t0\t0\nGroups:\t \nCapEff:\t0' "join(): setgroups(), setgid(), setuid()"
	lacks "$output" $'CapEff:\t0000000000000000' "join(): setuid() before exec"
}

@test "to the host root in somebody else's container is that container's owner" {
	stranger
	run_in "$INIT" -- sleep 600
	is "$(stat -c %u:%g "/proc/$CHILD")" 4242:4242 "join(): setgid(), setuid()"
}

@test "who can't drop his groups does not enter somebody else's container" {
	stranger
	try setpriv --groups=4711 --bounding-set=-setgid "$PROGRAM" "$INIT" echo the command ran
	is "$output" "$NAME: setgroups: Operation not permitted" "join(): only the owner may keep his groups"
}

@test "the groups go for a user namespace only" {
	stranger
	try setpriv --groups=4711 "$PROGRAM" "/proc/$INIT/ns/uts" sh -c 'hostname; id -G'
	has "$output" $'container\n' "setns() in join()"
	has "$output" 4711 "join(): setgroups() only where a user namespace is joined"
}

@test "control: setns() alone gives user 65534, without capabilities" {
	stranger
	control 's/setgid\(0\) == -1 \|\| setuid\(0\) == -1/0/'
	try ./control "$INIT" sh -c 'id -u; grep CapEff /proc/self/status'
	is "$output" $'65534\nCapEff:\t0000000000000000' "this test: what setns() alone gives"
}

# unmapped: sets $INIT, a process in an ordinary user's user namespace without a map.
unmapped() {
	"${USER_IS[@]}" unshare --user --uts sleep 700 3>&- &
	INIT=$!
	until_true grep -qx sleep "/proc/$INIT/comm"
}

@test "UNS-5: in a user namespace without a map its owner stays 65534" {
	unmapped
	ordinary "$PROGRAM" "$INIT" id -u
	is "$output" 65534 "join(): EINVAL where 0 is not mapped, and the owner is ours"
}

@test "UNS-5: root does not enter a user namespace without a map as itself" {
	! one_user || skip "the sandbox has one user only, where the tests don't run as root"
	unmapped
	inside "$INIT" echo the command ran
	is "$output" "$NAME: become user 0: Invalid argument" "join(): whoever is root in there may trace us"
}

# --- How it ends

# must: status
@test "the command's exit status is the program's" {
	container
	for target in "/proc/$INIT/ns/uts" "$INIT"; do
		within "$target" sh -c 'exit 7'
		is "$status" 7 "WEXITSTATUS() of what waitpid() has stored; or exec, which leaves the status to the command"
	done
}

# must: status
@test "a command that a signal killed gives 128 plus the signal's number" {
	container
	within "$INIT" sh -c 'kill -TERM $$'
	is "$status" 143 "WIFSIGNALED() and WTERMSIG(): 128 plus the number: wait(2)"
}

# must: status
@test "a command that is not found gives 127, and a message" {
	container
	for target in "/proc/$INIT/ns/uts" "$INIT"; do
		PATH=/usr/bin:/bin within "$target" no-such-command
		is "$status" 127 "execvp(): it returns only on error; then the end is with 127 where errno is ENOENT"
		differs "${errors:-}" "" "execvp(): what follows it says why, on stderr"
	done
}

# must: status
@test "a command that is found but can't be run gives 126, and a message" {
	container
	for target in "/proc/$INIT/ns/uts" "$INIT"; do
		within "$target" "$DIR"
		is "$status" 126 "execvp(): it returns only on error; then the end is with 126 where errno is not ENOENT"
		differs "${errors:-}" "" "execvp(): what follows it says why, on stderr"
	done
}

@test "the message for a command that can't be run names it" {
	PATH=/usr/bin:/bin inside "/proc/$BASHPID/ns/uts" no-such-command
	is "$output" "$NAME: no-such-command: No such file or directory" "main(): err() after execvp()"
	inside "/proc/$BASHPID/ns/uts" "$DIR"
	is "$output" "$NAME: $DIR: Permission denied" "main(): err() after execvp()"
}

# must: status
@test "PID-7: the end of the container's PID 1 is the end of who joined it: status 137" {
	container
	run_in "$INIT" -- sleep 600
	kill -KILL "$INIT"
	ends "$PARENT"
	is "$status" 137 "WTERMSIG(): 128 plus the signal's number; the kernel kills all in a PID namespace without a PID 1"
}

# must: SIGCHLD
@test "the caller's ignored SIGCHLD does not lose the status" {
	container
	try bash -c "trap '' CHLD; exec '$PROGRAM' $INIT sh -c 'exit 3'"
	is "$status" 3 "SIGCHLD: where the caller ignores it, the status is lost: wait(2); signal(SIGCHLD, SIG_DFL) first"
}

# must: shell
@test "without a command it runs \$SHELL" {
	printf '#!/bin/sh\necho "$# arguments on $(hostname)"\n' >shell
	chmod +x shell
	container
	SHELL=$DIR/shell within "/proc/$INIT/ns/uts"
	is "$output" "0 arguments on container" "getenv(\"SHELL\"): where nothing follows TARGET, that is the command"
}

# must: shell
@test "without a command and without \$SHELL it runs /bin/sh" {
	container
	try env -u SHELL sh -c 'echo "echo \$0 runs" | "$0" "$1" 2>/dev/null' "$PROGRAM" "/proc/$INIT/ns/uts"
	is "$output" "/bin/sh runs" "getenv(\"SHELL\"): it returns NULL where SHELL is not set; then the shell is /bin/sh"
}

# must: shell
@test "without a command it runs /bin/sh where \$SHELL is not in the container" {
	cp /bin/sh shell
	INNER=(sh -c 'mount -t tmpfs tmpfs "$0" && exec "$@"' "$DIR")
	container
	for target in "/proc/$INIT/ns/mnt" "$INIT"; do
		try env SHELL="$DIR/shell" sh -c 'echo "echo \$0 runs" | "$0" "$1" 2>/dev/null' "$PROGRAM" "$target"
		is "$output" "/bin/sh runs" \
			"getenv(\"SHELL\"): that file may be missing in the container's root, then the shell is /bin/sh"
	done
}

# --- What the command gets

# must: untouched
@test "the command gets its caller's environment" {
	container
	GREETING=hello within "$INIT" sh -c 'echo "$GREETING"'
	is "$output" hello "execvp(): it hands on the environment; execve() gets environ"
}

# must: untouched
@test "the command runs in its caller's folder, unless a mount namespace is joined" {
	container
	within "/proc/$INIT/ns/uts" pwd
	is "$output" "$DIR" "chdir(): not here"
}

# must: untouched
@test "the command has its caller's standard input and output, and the program uses neither" {
	container
	output=$(echo through | timeout 10 "$PROGRAM" "$INIT" cat 2>/dev/null | cat) || true
	is "$output" through "stdout is the command's alone: what the program prints, it prints on stderr"
}

# must: untouched
@test "no descriptor of the program's own reaches the command" {
	container
	# shellcheck disable=SC2012 # the names are numbers
	outside=$(sh -c 'ls /proc/self/fd' | xargs)
	for target in "/proc/$INIT/ns/uts" "$INIT"; do
		# shellcheck disable=SC2012
		is "$("$PROGRAM" "$target" sh -c 'ls /proc/self/fd' 2>/dev/null | xargs)" "$outside" \
			"open(): with O_CLOEXEC, or close() what it returns. TARGET is $target"
	done
}

@test "it works with stdin and stdout closed" {
	container
	"$PROGRAM" "$INIT" sh -c 'kill -0 1 && exit 4' <&- >&- && status=0 || status=$?
	is "$status" 4 "the descriptors of the program: does one take the place of 0 or 1?"
}

@test "it has options of its own: -- ends them" {
	container
	inside -- "/proc/$INIT/ns/uts" hostname
	is "$output" container "main(): optind"
}

@test "it prints nothing of its own" {
	inside "/proc/$BASHPID/ns/uts" true
	is "$output" "" "main(): a message"
}

# must: terminal
@test "the command ignores no signal that its caller does not" {
	container
	outside=$(signals "$(grep SigIgn /proc/self/status)")
	within "$INIT" grep SigIgn /proc/self/status
	is "$(signals "$output")" "$outside" \
		"SIG_IGN: for the parent alone, after fork(); what is ignored before, the command ignores, too"
}

# must: terminal
@test "a Ctrl-C or Ctrl-\\ that the command handles does not end the program" {
	container
	for signal in INT QUIT; do
		mkfifo "go-$signal"
		run_in "$INIT" -- sh -c "read -r _ <$DIR/go-$signal; exit 5"
		if [ "$PARENT" != "$CHILD" ]; then
			# Only now is it sure that the program is past its calls of signal().
			eventually grep -qE "^Sig(Blk|Ign|Cgt):.*[67ef]$" "/proc/$PARENT/status" ||
				hint "that the program ignores SIG$signal while its command runs" "it does not" \
					"SIG$signal: signal(SIG$signal, SIG_IGN) in the parent, after fork()"
			kill -"$signal" "$PARENT"
		fi
		let_go "go-$signal"
		ends "$PARENT"
		is "$status" 5 "SIG$signal: signal(SIG$signal, SIG_IGN) in the parent, after fork()"
	done
}

# must: death
@test "PID-9: the program's death, even by SIGKILL, is the command's" {
	container "${USER_IS[@]}"
	for signal in TERM KILL; do
		run_in "$INIT" -- sleep 600
		kill -"$signal" "$PARENT"
		wait "$PARENT" || true
		until_gone "$CHILD" ||
			hint "that the command ends with the program" "it lives on" \
				"PR_SET_PDEATHSIG, with SIGKILL, in the child, and after setns(), setuid() and the like, which clear it: prctl(2)"
	done
}

@test "without a fork the command lives on when its caller ends" {
	mkfifo go
	# shellcheck disable=SC2016 # for the shell inside
	sh -c '"$0" "$1" sleep 60 & echo $! >pid; read -r _ <go' "$PROGRAM" "/proc/$BASHPID/ns/uts" 3>&- &
	until_true eval 'grep -qx sleep "/proc/$(cat pid)/comm"'
	let_go go
	wait $!
	is "$(ps -o comm= "$(cat pid)")" sleep "prctl(PR_SET_PDEATHSIG): for the child of a fork only"
}

# must: nothing-left
@test "nothing is left behind: no process, mount, interface or host name" {
	container
	state() {
		ps -e -o comm= >list # no pipe: sort would be in it, or what becomes sort
		sort list
		cat /proc/self/mountinfo "/proc/$INIT/mountinfo"
		hostname
		ip -o link
	}
	state >before
	inside "$INIT" sh -c 'sleep 0; true'
	inside "$INIT" no-such-command
	inside "/proc/$INIT/ns/mnt" true
	inside 99999999 true
	state >after
	is "$(diff before after)" "" "the lines with < were there before, those with > are new"
}
