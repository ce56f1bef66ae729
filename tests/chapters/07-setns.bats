#!/usr/bin/env bats
# Chapter 07: setns().

load helpers

# An ordinary user, who can enter his own containers: helpers' as_user is in another
# user namespace each time. Where there is no second user it is the sandbox's own,
# with no capability but CAP_SETFCAP, which lets him map a 0: user_namespaces(7).
USER_IS=(setpriv --reuid=4242 --regid=4242 --clear-groups)
"${USER_IS[@]}" true 2>/dev/null || USER_IS=(setpriv '--bounding-set=-all,+setfcap' --inh-caps=-all)

# ordinary COMMAND [ARG...]: the same as try, as that user.
ordinary() {
	try "${USER_IS[@]}" "$@"
}

# container [PREFIX...]: starts chapter 06's program, to be joined. Its PID 1, as
# seen from outside, is $INIT; the program is $OUTER.
container() {
	[ -e net ] || ${CC:-cc} -w -o net "$REPO/06-net/net.c"
	"$@" ./net sleep 60 3>&- &
	OUTER=$!
	until_true pgrep -P "$OUTER" -x sleep
	INIT=$(pgrep -P "$OUTER")
}

# begin NAME TARGET COMMAND...: runs the program in the background, until the
# command called NAME is there. $PARENT is the program, $CHILD the command: the
# same process, if the program does not fork.
begin() {
	set -m # else bash starts it with SIGINT and SIGQUIT ignored
	"$PROGRAM" "${@:2}" 3>&- &
	set +m
	PARENT=$!
	until_true running "$1"
	CHILD=$(pgrep -P "$PARENT") || CHILD=$PARENT
}

running() {
	[ "$(ps -o comm= "$PARENT")" = "$1" ] || pgrep -P "$PARENT" -x "$1"
}

# links PID: the namespaces of a process, one link a line.
links() {
	local type
	for type in cgroup ipc mnt net pid time user uts; do
		[ ! -e "/proc/$1/ns/$type" ] || readlink "/proc/$1/ns/$type"
	done
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

@test "SET-1: in a joined UTS namespace, hostname and readlink are the target's" {
	container
	inside "/proc/$INIT/ns/uts" sh -c 'hostname; readlink /proc/self/ns/uts'
	is "$output" "container"$'\n'"$(readlink "/proc/$INIT/ns/uts")" "setns() in join()"
}

@test "SET-1: the PID is the caller's own" {
	container
	"$PROGRAM" "/proc/$INIT/ns/uts" sh -c 'echo $$' >out 3>&- &
	wait $!
	is "$(cat out)" $! "main(): only a PID namespace needs a fork"
}

@test "NS-6: a namespace file joins this namespace and no other" {
	container
	for type in uts ipc net mnt user pid; do
		begin sleep "/proc/$INIT/ns/$type" sleep 60
		is "$(readlink "/proc/$CHILD/ns/$type")" "$(readlink "/proc/$INIT/ns/$type")" "setns() in join()"
		is "$(links "$CHILD" | grep -v "^$type")" "$(links $BASHPID | grep -v "^$type")" "add(): one file, one namespace"
		kill "$CHILD"
	done
}

@test "NS-7: control: without setns() the command is where its caller is" {
	container
	control 's/setns\(fd, types\) == -1/0/'
	try ./control "/proc/$INIT/ns/uts" sh -c 'hostname; readlink /proc/self/ns/uts'
	is "$output" "host"$'\n'"$(ns uts)" "this test"
}

@test "SET-2: pstree shows the newcomer on its own branch, not below the container" {
	container
	begin sleep "$INIT" sleep 60
	lacks "$(pstree -A -p "$OUTER")" "($CHILD)" "main(): the newcomer is the child of its caller"
	is "$(pstree -A -p "$PARENT")" "$NAME($PARENT)---sleep($CHILD)" "main()"
	lacks "$(pstree -A -p -s "$CHILD")" "($INIT)" "main(): the newcomer is the child of its caller"
}

@test "SET-3: joining a PID namespace moves only the children: the command has a PID in there" {
	container
	inside "/proc/$INIT/ns/pid" sh -c 'echo $$'
	is "$output" 2 "main(): main() after CLONE_NEWPID"

	begin sleep "/proc/$INIT/ns/pid" sleep 60
	is "$(readlink "/proc/$CHILD/ns/pid")" "$(readlink "/proc/$INIT/ns/pid")" "main()"
	is "$(readlink "/proc/$PARENT/ns/pid")" "$(ns pid)" "pid_namespaces(7): a process never moves"
	is "$(readlink "/proc/$PARENT/ns/pid_for_children")" "$(readlink "/proc/$INIT/ns/pid")" "setns() in join()"
	is "$(awk '/^NSpid:/ { print $2 }' "/proc/$CHILD/status")" "$CHILD" "the command's PID, outside"
}

@test "SET-3: control: without the fork the command keeps its PID, and its children move" {
	container
	control 's/types & CLONE_NEWPID \? fork\(\) : 0/0/'
	# shellcheck disable=SC2016 # for the shell inside
	./control "/proc/$INIT/ns/pid" sh -c 'echo $$; sh -c "echo \$\$"' >out 3>&- &
	wait $!
	is "$(cat out)" $!$'\n'2 "this test"
}

@test "SET-4: joining a container by its PID joins all its namespaces" {
	all=(--cgroup)
	[ ! -e /proc/self/ns/time ] || all+=(--time)
	container unshare "${all[@]}"
	begin sleep "$INIT" sleep 60
	is "$(links "$CHILD")" "$(links "$INIT")" "add_process(), join()"
	is "$(links $BASHPID | grep -Fx "$(links "$INIT")")" "" "this test: all namespaces of the container are its own"
}

@test "SET-4: a second shell in a running container sees what the first one sees" {
	container
	inside "$INIT" sh -c 'hostname; id -u; echo $$; ps -o pid=,comm= -p 1; ls /sys/class/net >/dev/null; ip -o link | wc -l; pwd'
	is "$(tr -s ' ' <<<"$output")" $'container\n0\n2\n 1 sleep\n1\n/' "add_process(), join(), main()"
}

@test "SET-4: what is ours already is not joined: the own PID joins nothing, and needs no right" {
	ordinary sh -c 'exec "$0" $$ sh -c "echo the command ran"' "$PROGRAM"
	is "$status,$output" "0,the command ran" "add_process(): only what differs is joined"
}

@test "SET-4: a namespace that the kernel has not is left out; an error is not taken for that" {
	needs "strace may trace a program" strace -qq -o /dev/null true
	container
	# at PATH CALLS ERROR: these calls with this path fail.
	at() {
		try strace -f -qq -o trace -P "$1" -e "trace=$2" -e "inject=$2:error=$3" "$PROGRAM" "$INIT" hostname
	}
	at /proc/self/ns/time '?access,faccessat' ENOENT
	is "$status,$output" 0,container "add_process(): ENOENT: not built into this kernel"
	at /proc/self/ns/uts %%stat EACCES
	is "$status,$output" "1,$NAME: /proc/$INIT/ns/uts: Permission denied" "add_process(): the check of stat()"
	at "/proc/$INIT/ns/uts" %%stat EACCES
	is "$status,$output" "1,$NAME: /proc/$INIT/ns/uts: Permission denied" "add_process(): the check of stat()"
}

@test "SET-4: all is joined in one step" {
	needs "strace may trace a program" strace -qq -o /dev/null true
	container
	try strace -qq -o trace -e trace=setns "$PROGRAM" "$INIT" true
	is "$(grep -c '^setns' trace)" 1 "join(): setns(pidfd, types)"
	# An older strace does not know all flags, and prints the number.
	[[ $(cat trace) =~ CLONE_NEWUSER|0x7c020000 ]] || hint "CLONE_NEWUSER among the flags" "$(cat trace)" "join(): setns(pidfd, types)"
}

@test "SET-5: the owner of a container can join its UTS namespace only by way of its user namespace" {
	container "${USER_IS[@]}"
	ordinary "$PROGRAM" "/proc/$INIT/ns/uts" echo the command ran
	is "$status,$output" "1,$NAME: /proc/$INIT/ns/uts: Operation not permitted" "join(): the check of setns()"
	ordinary "$PROGRAM" "/proc/$INIT/ns/user" "$PROGRAM" "/proc/$INIT/ns/uts" sh -c 'hostname; id -u'
	is "$status,$output" $'0,container\n0' "join(): user first"
	ordinary "$PROGRAM" "$INIT" sh -c 'hostname; id -u; grep CapEff /proc/self/status'
	has "$output" $'container\n0\nCapEff:\t0' "join(): the user namespace in the same call"
	lacks "$output" $'CapEff:\t0000000000000000' "user 0 keeps the capabilities in exec"
}

@test "SET-5: control: without the user namespace an ordinary user can't join the others" {
	container "${USER_IS[@]}"
	control 's/setns\(fd, types\)/setns(fd, types \& ~CLONE_NEWUSER)/'
	ordinary ./control "$INIT" echo the command ran
	is "$status,$output" "1,control: $INIT: Operation not permitted" "this test"
}

@test "root becomes the container's user 0 in somebody else's container, and drops its own groups" {
	[ "${USER_IS[1]}" = --reuid=4242 ] || skip "the sandbox has one user only, where the tests don't run as root"
	container "${USER_IS[@]}"
	try setpriv --groups=4711 "$PROGRAM" "$INIT" sh -c 'id -u; id -g; cd /proc/self; grep -E "^(Uid|Groups|CapEff)" status'
	has "$output" $'0\n0\nUid:\t0\t0\t0\t0\nGroups:\t \nCapEff:\t0' "join(): setgroups(), setgid(), setuid()"
	lacks "$output" $'CapEff:\t0000000000000000' "join(): setuid() before exec"
	begin sleep "$INIT" sleep 60
	is "$(stat -c %u:%g "/proc/$CHILD")" 4242:4242 "join(): setuid(): to the host it is the container's owner"

	try setpriv --groups=4711 --bounding-set=-setgid "$PROGRAM" "$INIT" echo the command ran
	is "$status,$output" "1,$NAME: setgroups: Operation not permitted" "join(): only the owner may keep his groups"
	try setpriv --groups=4711 "$PROGRAM" "/proc/$INIT/ns/uts" sh -c 'hostname; id -G'
	has "$output" $'container\n' "setns() in join()"
	has "$output" 4711 "join(): the groups go for a user namespace only"

	control 's/setgid\(0\) == -1 \|\| setuid\(0\) == -1/0/'
	try ./control "$INIT" sh -c 'id -u; grep CapEff /proc/self/status'
	is "$output" $'65534\nCapEff:\t0000000000000000' "this test: what setns() alone gives"
}

@test "UNS-5: in a namespace without a map its owner stays 65534; root won't go in as itself" {
	"${USER_IS[@]}" unshare --user --uts sleep 60 3>&- &
	until_true grep -qx sleep "/proc/$!/comm"
	ordinary "$PROGRAM" $! id -u
	is "$status,$output" 0,65534 "join(): EINVAL where 0 is not mapped"
	[ "${USER_IS[1]}" = --reuid=4242 ] || return 0 # there is nobody else
	inside $! echo the command ran
	is "$status,$output" "1,$NAME: become user 0: Invalid argument" "join(): whoever is root in there may trace us"
}

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
	until_true grep -q ':1F40 00000000:0000 0A' "/proc/$INIT/net/tcp"

	# The program is run twice, in one process: descriptor 5 is the socket.
	# shellcheck disable=SC2016 # for the shell inside
	inside "/proc/$INIT/ns/net" bash -c '
		exec 5<>/dev/tcp/127.0.0.1/8000 &&
		exec "$0" "$1" sh -c "readlink /proc/self/ns/net; echo hello >&5; cat <&5"
		' "$PROGRAM" "/proc/$BASHPID/ns/net"
	is "$output" "$(ns net)"$'\n'hello "the descriptors of the caller stay open"
	try bash -c 'exec 5<>/dev/tcp/127.0.0.1/8000'
	has "$output" "Connection refused" "this test: outside nobody listens"
}

@test "NET-5: /run/netns/net1 is a target" {
	ip netns add net1
	ip -n net1 link add test0 type dummy || ip -n net1 link set lo up
	inside /run/netns/net1 sh -c 'readlink /proc/self/ns/net; ip -o link'
	is "$output" "$(ip netns exec net1 sh -c 'readlink /proc/self/ns/net; ip -o link')" "add() and join()"
	ip netns delete net1
}

@test "NS-3: an open descriptor keeps a namespace that has no process" {
	container
	exec 7<"/proc/$INIT/ns/uts"
	link=$(readlink "/proc/$INIT/ns/uts")
	kill -KILL "$INIT"
	wait "$OUTER" || true
	inside "/proc/$BASHPID/fd/7" sh -c 'hostname; readlink /proc/self/ns/uts'
	exec 7<&-
	is "$output" $'container\n'"$link" "add() and join()"
}

@test "NS-4: a bind mount keeps a namespace that has no process, until it is unmounted" {
	container
	touch kept
	mount --bind "/proc/$INIT/ns/uts" kept
	kill -KILL "$INIT"
	wait "$OUTER" || true
	inside ./kept hostname
	is "$status,$output" 0,container "add() and join()"
	umount kept
	inside ./kept hostname
	is "$status,$output" "1,$NAME: ./kept: not a namespace" "add(): NS_GET_NSTYPE"
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

@test "PID-8: a PID namespace whose PID 1 has ended can be joined, but not forked into" {
	container
	exec 7<"/proc/$INIT/ns/pid"
	kill -KILL "$INIT"
	wait "$OUTER" || true
	inside "/proc/$BASHPID/fd/7" echo the command ran
	exec 7<&-
	has "$status,$output" "1,$NAME: fork: " "the check of fork()'s result"
	has "$output" "memory" "pid_namespaces(7): ENOMEM" # its text is the libc's
	lacks "$output" "the command ran" "the check of fork()'s result"
}

@test "MNT-8: a file system is mounted into a running container, and the host does not see it" {
	container
	inside "$INIT" mount -t tmpfs late /mnt
	is "$status,$output" 0, "add_process() and join()"
	has "$(cat "/proc/$INIT/mountinfo")" "- tmpfs late " "setns() in join()"
	lacks "$(cat /proc/self/mountinfo)" "- tmpfs late " "the container's mounts are private: chapter 04"
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

@test "SET-7: a target that is mistyped, or no namespace, is named, and nothing is done" {
	mkfifo fifo
	for target in 1x x1 +1 ./1 no/such/file; do
		inside "$target" echo the command ran
		is "$status,$output" "1,$NAME: $target: No such file or directory" "add(): the check of open()"
	done
	for pid in 0 00; do
		inside "$pid" echo the command ran
		is "$status,$output" "1,$NAME: $pid: Invalid argument" "add_process(): the check of pidfd_open()"
	done
	# More than a PID may have: cut down to 32 bits, it would be PID 1.
	for pid in 4294967297 99999999999999999999999999 0000000000000000000000000000000000000000000000000000000000000000001; do
		inside "$pid" echo the command ran
		is "$status" 1 "add_process(): the checks of pidfd_open() and stat()"
		lacks "$output" "the command ran" "add_process(): the checks of pidfd_open() and stat()"
	done
	for target in . fifo /dev/null /proc/self/status "$PROGRAM"; do
		inside "$target" echo the command ran
		is "$status,$output" "1,$NAME: $target: not a namespace" "add(): NS_GET_NSTYPE, O_NONBLOCK for a FIFO"
	done
}

@test "a target that has ended, or waits for its parent, is reported" {
	needs "strace may trace a program" strace -qq -o /dev/null true
	sleep 60 3>&- &
	pid=$!
	link=/proc/$pid/ns/uts
	kill -KILL "$pid"
	wait "$pid" || true
	inside "$pid" echo the command ran
	is "$status,$output" "1,$NAME: $pid: No such process" "main(): the check of pidfd_open()"
	inside "$link" echo the command ran
	is "$status,$output" "1,$NAME: $link: No such file or directory" "add(): the check of open()"

	# A zombie: its parent, sleep, never waits.
	bash -c 'sleep 60 & echo $!; exec sleep 60' >out 3>&- &
	until_true grep -qx sleep "/proc/$!/comm"
	pid=$(cat out)
	kill -KILL "$pid"
	until_true grep -q '^State:.Z' "/proc/$pid/status"
	inside "$pid" echo the command ran
	is "$status" 1 "add_process(): a zombie has no namespaces any more"
	has "$output" "$NAME: /proc/$pid/ns/" "add_process(): the check of stat()"
}

@test "a target that is not ours to enter is refused" {
	container
	ordinary "$PROGRAM" 1 echo the command ran
	is "$status,$output" "1,$NAME: /proc/1/ns/cgroup: Permission denied" "add_process(): the check of stat()"
	touch kept
	mount --bind "/proc/$INIT/ns/uts" kept
	ordinary "$PROGRAM" "$DIR/kept" echo the command ran
	umount kept
	is "$status,$output" "1,$NAME: $DIR/kept: Operation not permitted" "join(): the check of setns()"
	inside /proc/self/ns/user echo the command ran
	is "$status,$output" "1,$NAME: /proc/self/ns/user: Invalid argument" "setns(2): nobody joins his own user namespace again"
}

@test "a PID is refused where /proc counts PIDs of another namespace" {
	try unshare --pid --fork --kill-child "$PROGRAM" 1 echo the command ran
	is "$status,$output" "1,$NAME: /proc does not show our PID namespace: mount it" "add_process(): /proc/self"
	# A /proc in which we are not at all: that of a PID namespace beside ours.
	# shellcheck disable=SC2016 # for the shell inside
	try unshare --mount sh -c 'unshare --pid --fork mount -t proc proc /proc; exec "$0" 1 echo the command ran' "$PROGRAM"
	is "$status,$output" "1,$NAME: /proc does not show our PID namespace: mount it" "add_process(): /proc/self"
}

@test "the command's exit status is the program's, with a fork and without" {
	container
	for target in "/proc/$INIT/ns/uts" "$INIT"; do
		inside "$target" sh -c 'exit 7'
		is "$status" 7 "main(): WEXITSTATUS"
		inside "$target" sh -c 'kill -TERM $$'
		is "$status" 143 "main(): 128 + WTERMSIG"
		PATH=/usr/bin:/bin inside "$target" no-such-command
		is "$status,$output" "127,$NAME: no-such-command: No such file or directory" "what follows execvp()"
		inside "$target" "$DIR"
		is "$status,$output" "126,$NAME: $DIR: Permission denied" "what follows execvp()"
	done
	try bash -c "trap '' CHLD; exec '$PROGRAM' $INIT sh -c 'exit 3'"
	is "$status,$output" 3, "main(): signal(SIGCHLD, SIG_DFL)"
}

@test "the command gets its arguments, its options, environment, input and output" {
	container
	inside "/proc/$INIT/ns/uts" printf '<%s>' 'a b' '' -h --
	is "$output" '<a b><><-h><-->' "main(): \"+\" in getopt()'s options"
	inside -- "/proc/$INIT/ns/uts" hostname
	is "$output" container "main(): optind"
	GREETING=hello inside "$INIT" sh -c 'echo "$GREETING"'
	is "$output" hello "execvp() keeps the environment"
	output=$(echo through | "$PROGRAM" "$INIT" cat | cat) || true
	is "$output" through "the program writes nothing of its own"
	"$PROGRAM" "$INIT" sh -c 'kill -0 1 && exit 4' <&- >&- && status=0 || status=$?
	is "$status" 4 "the descriptors of the program: does one take the place of 0 or 1?"
}

@test "without a command it runs \$SHELL, and without \$SHELL /bin/sh" {
	printf '#!/bin/sh\necho "$# arguments on $(hostname)"\n' >shell
	chmod +x shell
	container
	SHELL=$DIR/shell inside "/proc/$INIT/ns/uts"
	is "$output" "0 arguments on container" "getenv(\"SHELL\") in main()"
	unset SHELL
	output=$(echo 'echo $0' | "$PROGRAM" "/proc/$INIT/ns/uts") || true
	is "$output" /bin/sh "the default in main()"
	output=$(echo 'echo $0' | SHELL=/only/outside "$PROGRAM" "/proc/$INIT/ns/uts") || true
	is "$output" /bin/sh "main(): the check with access()"
}

@test "no descriptor of the program's own reaches the command" {
	container
	# shellcheck disable=SC2012 # the names are numbers
	outside=$(sh -c 'ls /proc/self/fd' | xargs)
	is "$("$PROGRAM" "/proc/$INIT/ns/uts" sh -c 'ls /proc/self/fd' | xargs)" "$outside" "O_CLOEXEC in add()"
	is "$("$PROGRAM" "$INIT" sh -c 'ls /proc/self/fd' | xargs)" "$outside" "O_CLOEXEC in add()"
}

@test "a Ctrl-C or Ctrl-\\ that the command handles does not end the program" {
	container
	outside=$(grep SigIgn /proc/self/status)
	inside "$INIT" grep SigIgn /proc/self/status
	is "$output" "$outside" "signal(..., SIG_IGN): only in the parent"
	for signal in INT QUIT; do
		mkfifo go
		begin sh "$INIT" sh -c "read -r _ <$DIR/go; exit 5"
		until_true grep -q "^SigIgn:.*[67ef]$" "/proc/$PARENT/status"
		kill -"$signal" "$PARENT"
		echo >go
		wait "$PARENT" && status=0 || status=$?
		is "$status" 5 "main(): signal(SIG$signal, SIG_IGN)"
		rm go
	done
}

@test "without a fork the command lives on when its caller ends" {
	mkfifo go
	# shellcheck disable=SC2016 # for the shell inside
	sh -c '"$0" "$1" sleep 60 & echo $! >pid; read -r _ <go' "$PROGRAM" "/proc/$BASHPID/ns/uts" 3>&- &
	until_true eval 'grep -qx sleep "/proc/$(cat pid)/comm"'
	echo >go
	wait $!
	is "$(ps -o comm= "$(cat pid)")" sleep "prctl(PR_SET_PDEATHSIG): for the child of a fork only"
}

@test "PID-9: the program's death, even by SIGKILL, is the command's" {
	container "${USER_IS[@]}"
	for signal in TERM KILL; do
		begin sleep "$INIT" sleep 60
		kill -"$signal" "$PARENT"
		wait "$PARENT" || true
		until_true test ! -e "/proc/$CHILD" ||
			hint "that the command ends with the program" "it lives on" "prctl(PR_SET_PDEATHSIG, SIGKILL), after the last setuid()"
	done
}

@test "PID-7: the end of the container's PID 1 is the end of who joined it: status 137" {
	container
	begin sleep "$INIT" sleep 60
	kill -KILL "$INIT"
	wait "$PARENT" && status=0 || status=$?
	is "$status" 137 "main(): 128 + WTERMSIG"
}

@test "each failing call is named, and the command does not run" {
	needs "strace may trace a program" strace -qq -o /dev/null true
	container
	failing() {
		inject "$1" "$INIT" echo the command ran
		is "$status,$output" "1,$NAME: $2" "every call that can fail: if it returned -1, err(1, ...)"
	}
	failing pidfd_open:error=EPERM "$INIT: Operation not permitted"
	failing setns:error=EPERM "$INIT: Operation not permitted"
	failing setgroups:error=EINVAL "setgroups: Invalid argument"
	failing setgid:error=EPERM "become user 0: Operation not permitted"
	failing setuid:error=EPERM "become user 0: Operation not permitted"
	failing prctl:error=EINVAL "prctl: PR_SET_PDEATHSIG: Invalid argument"
	inject ioctl:error=EPERM:when=2 "/proc/$INIT/ns/user" echo the command ran
	is "$status,$output" "1,$NAME: /proc/$INIT/ns/user: owner: Operation not permitted" "add(): the check of NS_GET_OWNER_UID"
	inject wait4:error=EINVAL "$INIT" true
	is "$status,$output" "1,$NAME: waitpid: Invalid argument" "main(): the check of waitpid()"
}

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
