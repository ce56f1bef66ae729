#!/usr/bin/env bats
# Chapter 08: unshare(), the cgroup and the time namespace.

load helpers

# begin NAME ARG...: runs the program in the background, until the command called
# NAME is there. $PARENT is the program, $CHILD the command: the same process, if
# the program does not fork.
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

needs_time() {
	needs "the kernel has time namespaces" test -e /proc/self/ns/time
}

# usage_error ARG...: the program refuses its arguments, and does nothing.
usage_error() {
	inside "$@"
	is "$status" 2 "main(): wrong usage ends with 2"
	has "$output" "Usage: unshare " "main(): the usage follows"
	lacks "$output" "the command ran" "main(): nothing is done before the arguments are understood"
	"$PROGRAM" "$@" >out 2>/dev/null || true
	is "$(cat out)" "" "main(): after wrong usage the usage goes to stderr"
}

@test "UNS-1: the PID printed before is \$\$ afterwards" {
	inside -v -C -i -m -n -u -U sh -c 'echo $$'
	is "$output" "$NAME: PID ${output##*$'\n'}"$'\n'"${output##*$'\n'}" "main(): only -p and -t need a fork"
	"$PROGRAM" -u sh -c 'echo $$' >out 3>&- &
	wait $!
	is "$(cat out)" $! "main(): only -p and -t need a fork"
}

@test "UNS-1: -v prints on stderr; without it nothing is printed" {
	"$PROGRAM" -v -u true >out 2>err
	is "$(cat out)" "" "main(): warnx() writes on stderr"
	has "$(cat err)" "$NAME: PID " "main(): -v"
	"$PROGRAM" -u true >out 2>err
	is "$(cat out err)" "" "main(): the PID is for -v only"
}

@test "UNS-2: each option changes its own link and no other" {
	for option in C=cgroup i=ipc m=mnt n=net p=pid t=time u=uts U=user; do
		type=${option#*=}
		[ -e "/proc/self/ns/$type" ] || continue
		begin sleep "-${option%=*}" sleep 60
		differs "$(readlink "/proc/$CHILD/ns/$type")" "$(ns "$type")" "main(): the flag of -${option%=*}"
		is "$(links "$CHILD" | grep -v "^$type")" "$(links $BASHPID | grep -v "^$type")" "main(): the flag of -${option%=*}"
		kill -KILL "$CHILD"
		wait "$PARENT" || true
	done
}

@test "UNS-2: options add up, together and apart; NS-7: control: without any, nothing is new" {
	begin sleep -Cim -n -p -uU sleep 60
	is "$(links "$CHILD" | grep -Fcx "$(links $BASHPID)")" "$(links $BASHPID | grep -c time)" "main(): flags |= ..."
	kill -KILL "$CHILD"
	begin sleep -v sleep 60 2>err
	is "$(links "$CHILD")" "$(links $BASHPID)" "main(): flags begin as 0"
}

@test "UNS-3: -u, then hostname x, then exec bash: the prompt shows x, and \$\$ stays" {
	# shellcheck disable=SC2016 # for the shells inside
	inside -u bash -c 'echo $$; hostname x; exec bash -c '\''prompt="\h"; echo "${prompt@P} $$"'\'
	is "$output" "${output%%$'\n'*}"$'\n'"x ${output%%$'\n'*}" "unshare() in main()"
	is "$(hostname)" host "CLONE_NEWUTS in main()"
	control 's/unshare\(flags\)/0/'
	./control -u hostname x
	is "$(hostname)" x "this test: without unshare() the sandbox is renamed"
}

@test "UNS-4: -p changes pid_for_children; its own PID stays, and its child is PID 1" {
	begin sleep -p sleep 60
	is "$(readlink "/proc/$PARENT/ns/pid")" "$(ns pid)" "pid_namespaces(7): a process never moves"
	differs "$(readlink "/proc/$PARENT/ns/pid_for_children")" "$(ns pid)" "main(): the flag of -p"
	is "$(readlink "/proc/$CHILD/ns/pid")" "$(readlink "/proc/$PARENT/ns/pid_for_children")" "main()"
	inside -p sh -c 'echo $$'
	is "$output" 1 "main(): main() for -p"
}

@test "UNS-4: control: without the fork the first child is PID 1, and after it fork says ENOMEM" {
	control 's/forks \? fork\(\) : 0/0/'
	# shellcheck disable=SC2016 # for the shells inside
	try ./control -p bash -c 'sh -c "echo \$\$"; sh -c "echo second"; true'
	has "$output" $'1\n' "this test"
	has "${output/Out of/Cannot allocate}" "fork: Cannot allocate memory" "this test" # musl: Out of
	lacks "$output" second "this test"
}

@test "UNS-5: -U without a map is 65534, and without capabilities after exec" {
	as_user "$PROGRAM" -U sh -c 'id -u; id -g; grep CapEff /proc/self/status; cat /proc/self/uid_map'
	is "$status,$output" $'0,65534\n65534\nCapEff:\t0000000000000000' "main(): the flag of -U"
	as_user "$PROGRAM" -U -u hostname x
	differs "$status" 0 "user_namespaces(7): exec drops the capabilities of an unmapped user"
}

@test "UNS-6: -C: /proc/self/cgroup reads / inside, and the full path outside" {
	needs "this process is in a cgroup other than /" grep -qv ':/$' /proc/self/cgroup
	full=$(cat /proc/self/cgroup)
	inside -C sed 's/.*://' /proc/self/cgroup
	is "$(sort -u <<<"$output")" / "main(): the flag of -C"
	begin sleep -C sleep 60
	is "$(cat "/proc/$CHILD/cgroup")" "$full" "cgroup_namespaces(7): the process stays in its cgroup"
	inside -v sed 's/.*://' /proc/self/cgroup
	differs "$(sort -u <<<"$output")" / "this test, NS-7: without -C"
}

# uptime_of COMMAND...: the seconds since boot that `cat /proc/uptime` shows there.
uptime_of() {
	"$@" cat /proc/uptime | cut -d . -f 1
}

# near A B WHERE-TO-LOOK: A and B differ by five seconds at most.
near() {
	local difference=$(($1 - $2))
	((difference >= -5 && difference <= 5)) || hint "about $2" "$1" "$3"
}

@test "UNS-7: -t: the command is in a new time namespace, with the clocks of the outside" {
	needs_time
	begin sleep -t sleep 60
	is "$(readlink "/proc/$PARENT/ns/time")" "$(ns time)" "time_namespaces(7): unshare() moves children only"
	is "$(readlink "/proc/$CHILD/ns/time")" "$(readlink "/proc/$PARENT/ns/time_for_children")" "main(): main() for -t"
	near "$(uptime_of "$PROGRAM" -t)" "$(uptime_of)" "main(): offsets is empty without -T"
}

@test "UNS-7: -T shifts the boot-time and the monotonic clock, inside only" {
	needs_time
	near "$(uptime_of "$PROGRAM" -T 86400)" $((86400 + $(uptime_of))) "put(\"/proc/self/timens_offsets\"), before the fork"
	near "$(uptime_of "$PROGRAM" -T 1000 "$PROGRAM" -T 500)" $((500 + $(uptime_of))) "an offset counts from the first time namespace, not from ours"
	inside -T 86400 cat /proc/self/timens_offsets
	is "$(tr -s ' ' <<<"$output")" $'monotonic 86400 0\nboottime 86400 0' "main(): both clocks"
	inside -T -1 cat /proc/self/timens_offsets
	is "$(tr -s ' ' <<<"$output")" $'monotonic -1 0\nboottime -1 0' "main(): strtoll(), %lld"
	near "$("$PROGRAM" -T 86400 date +%s)" "$(date +%s)" "time_namespaces(7): the time of day has no namespace"
	is "$(tr -s ' ' </proc/self/timens_offsets)" "$(tr -s ' ' <"/proc/$PPID/timens_offsets")" "the outside's clocks"
}

@test "UNS-7: -T with -U: an ordinary user travels in time" {
	needs_time
	as_user "$PROGRAM" -U -T 86400 cat /proc/uptime
	near "${output%%.*}" $((86400 + $(uptime_of))) "main(): one call of unshare() for both"
}

@test "UNS-7: an offset that the kernel refuses is an error, and the command does not run" {
	needs_time
	for seconds in -999999999 99999999999 9223372036854775807; do
		inside -T "$seconds" echo the command ran
		has "$status,$output" "1,$NAME: /proc/self/timens_offsets: " "put()"
		lacks "$output" "the command ran" "put()"
	done
}

@test "UNS-7: clone() can't make a time namespace: its flag is in the byte of the exit signal" {
	needs_time
	# The child waits for the parent's end: execvp() would make SIGCHLD its exit
	# signal again, and waitpid() would or would not find it in time.
	sed 's/CLONE_NEWUTS |/0x80 |/; s/sethostname(.*) == -1/0/
		s/^\texecvp/\tread(0, stack, 1);\n&/' "$REPO/01-uts/uts.c" >uts.c
	${CC:-cc} -w -o uts uts.c
	mkfifo go
	./uts readlink /proc/self/ns/time <go >out 2>&1 3>&- &
	exec 7>go
	wait $! || true
	exec 7>&-
	until_true grep -q time: out
	# As musl has it: glibc has "processes".
	is "$(sed 's/processes$/process/' out)" $'uts: waitpid: No child process\n'"$(ns time)" "clone(2): CSIGNAL, __WCLONE"
}

@test "UNS-8: without arguments, and with wrong ones, it prints the usage, and does nothing" {
	usage_error
	usage_error -x echo the command ran
	usage_error -u -T
	for seconds in '' x 5x 5.0 - 0x10 1e3 99999999999999999999 -99999999999999999999; do
		usage_error -T "$seconds" echo the command ran
		has "$output" "$NAME: -T $seconds: not seconds" "main(): -T"
	done
}

@test "UNS-8: -h prints the usage on stdout" {
	"$PROGRAM" -h >out 2>err && status=0 || status=$?
	is "$status" 0 "main(): -h is no error"
	has "$(cat out)" "Usage: unshare " "main(): -h"
	is "$(cat err)" "" "main(): -h"
}

@test "-m: a mount made inside is not seen outside, nor the reverse, though / is shared there" {
	mkdir here
	inside -m sh -c 'mount -t tmpfs inside here; grep -c -e "- tmpfs inside " /proc/self/mountinfo; grep -c shared: /proc/self/mountinfo'
	is "$output" $'1\n0' "main(): MS_REC | MS_PRIVATE"
	lacks "$(cat /proc/self/mountinfo)" "- tmpfs inside " "main(): MS_REC | MS_PRIVATE"

	begin sleep -m sleep 60
	mount -t tmpfs outside here
	seen=$(cat "/proc/$CHILD/mountinfo")
	umount here
	lacks "$seen" "- tmpfs outside " "main(): MS_PRIVATE: what is mounted outside does not come in"

	control 's/mount\(NULL, .*\) == -1/0/'
	./control -m mount -t tmpfs inside here
	seen=$(cat /proc/self/mountinfo)
	umount here || true
	has "$seen" "- tmpfs inside " "this test: without it the mount comes out"
}

@test "an ordinary user needs -U, and in the same call as the others" {
	as_user "$PROGRAM" -u echo the command ran
	is "$status,$output" "1,$NAME: unshare: Operation not permitted" "main(): the check of unshare()"
	as_user "$PROGRAM" -U "$PROGRAM" -u echo the command ran
	is "$status,$output" "1,$NAME: unshare: Operation not permitted" "user_namespaces(7): exec has dropped the capabilities"
	as_user "$PROGRAM" -CimnptuU echo the command ran
	is "$status,$output" "0,the command ran" "main(): one call of unshare()"
}

@test "the command's exit status is the program's, with a fork and without" {
	for option in -u -p; do
		inside $option sh -c 'exit 7'
		is "$status" 7 "main(): WEXITSTATUS"
		inside $option no-such-command
		is "$status,$output" "127,$NAME: no-such-command: No such file or directory" "what follows execvp()"
		inside $option "$DIR"
		is "$status,$output" "126,$NAME: $DIR: Permission denied" "what follows execvp()"
		begin sleep $option sleep 60
		kill -KILL "$CHILD"
		wait "$PARENT" && status=0 || status=$?
		is "$status" 137 "main(): 128 + WTERMSIG"
	done
	try bash -c "trap '' CHLD; exec '$PROGRAM' -p sh -c 'exit 3'"
	is "$status,$output" 3, "main(): signal(SIGCHLD, SIG_DFL)"
}

@test "the command gets its arguments, its options, environment, folder, input and output" {
	inside -u printf '<%s>' 'a b' '' -h --
	is "$output" '<a b><><-h><-->' "main(): \"+\" in getopt()'s options"
	inside -u -- pwd
	is "$output" "$DIR" "main(): optind"
	GREETING=hello inside -p sh -c 'echo "$GREETING"'
	is "$output" hello "execvp() keeps the environment"
	output=$(echo through | "$PROGRAM" -p cat | cat) || true
	is "$output" through "the program writes nothing of its own"
	"$PROGRAM" -T 1 sh -c 'exit 4' <&- >&- && status=0 || status=$?
	is "$status" 4 "the descriptors of the program: does one take the place of 0 or 1?"
}

@test "without a command it runs \$SHELL, and without \$SHELL /bin/sh" {
	printf '#!/bin/sh\necho "$# arguments"\n' >shell
	chmod +x shell
	SHELL=$DIR/shell inside -u
	is "$output" "0 arguments" "getenv(\"SHELL\") in main()"
	unset SHELL
	output=$(echo 'echo $0' | "$PROGRAM" -p) || true
	is "$output" /bin/sh "the default in main()"
}

@test "no descriptor of the program's own reaches the command" {
	# shellcheck disable=SC2012 # the names are numbers
	outside=$(sh -c 'ls /proc/self/fd' | xargs)
	is "$("$PROGRAM" -CimnuU -T 1 sh -c 'ls /proc/self/fd' | xargs)" "$outside" "put(): close(), or O_CLOEXEC"
}

@test "a Ctrl-C or Ctrl-\\ that the command handles does not end the program" {
	outside=$(grep SigIgn /proc/self/status)
	inside -p grep SigIgn /proc/self/status
	is "$output" "$outside" "signal(..., SIG_IGN): only in the parent"
	for signal in INT QUIT; do
		mkfifo go
		begin sh -p sh -c 'read -r _ <go; exit 5'
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
	sh -c '"$0" "$1" sleep 60 & echo $! >pid; read -r _ <go' "$PROGRAM" -u 3>&- &
	until_true eval 'grep -qx sleep "/proc/$(cat pid)/comm"'
	echo >go
	wait $!
	is "$(ps -o comm= "$(cat pid)")" sleep "prctl(PR_SET_PDEATHSIG): for the child of a fork only"
}

@test "PID-9: the program's death, even by SIGKILL, is the command's" {
	for option in -p -t; do
		for signal in TERM KILL; do
			begin sleep $option -U sleep 60
			kill -"$signal" "$PARENT"
			wait "$PARENT" || true
			until_true test ! -e "/proc/$CHILD" ||
				hint "that the command ends with the program" "it lives on" "prctl(PR_SET_PDEATHSIG, SIGKILL) in main()"
		done
	done
}

@test "each failing call is named, and the command does not run" {
	needs "strace may trace a program" strace -qq -o /dev/null true
	failing() {
		inject "$1" -mp -T 1 echo the command ran
		is "$status,$output" "1,$NAME: $2" "every call that can fail: if it returned -1, err(1, ...)"
	}
	failing unshare:error=ENOSPC "unshare: No space left on device"
	failing mount:error=EPERM "make / private: Operation not permitted"
	failing write:error=EPERM:when=1 "/proc/self/timens_offsets: Operation not permitted"
	failing '/^(clone|fork):error=EAGAIN' "fork: Resource temporarily unavailable"
	failing prctl:error=EINVAL "prctl: PR_SET_PDEATHSIG: Invalid argument"
	# The last close() of the program; those before it are the loader's.
	try strace -qq -o trace -e trace=close "$PROGRAM" -T 1 true
	failing "close:error=ENOSPC:when=$(grep -c '^close' trace)" "/proc/self/timens_offsets: No space left on device"
	# By the file's name, since the loader opens files. Strace has a word on the name.
	try strace -f -qq -o trace -P /proc/self/timens_offsets -e 'inject=?open,openat:error=ENOSPC' \
		"$PROGRAM" -T 1 echo the command ran
	is "$status,${output##*$'\n'}" "1,$NAME: /proc/self/timens_offsets: No space left on device" "put()"
	inject wait4:error=EINVAL -p true
	is "$status,$output" "1,$NAME: waitpid: Invalid argument" "main(): the check of waitpid()"
}

@test "nothing is left behind: no process, mount, interface, host name, IPC object or cgroup" {
	state() {
		ps -e -o comm= >list # no pipe: sort would be in it, or what becomes sort
		sort list
		cat /proc/self/mountinfo /proc/self/cgroup
		hostname
		ip -o link
		ipcs
	}
	state >before
	inside -CimnptuU sh -c 'sleep 0; true'
	inside -imnu sh -c 'hostname x; mount -t tmpfs none /mnt; ipcmk -Q; ip link set lo down'
	inside -p no-such-command
	state >after
	is "$(diff before after)" "" "the lines with < were there before, those with > are new"
}
