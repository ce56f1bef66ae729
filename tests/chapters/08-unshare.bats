#!/usr/bin/env bats
# Chapter 08: unshare(), the cgroup and the time namespace. What other tests depend
# on comes first.

load helpers
load symptoms

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

# refused WHERE-TO-LOOK ARG...: the command does not run, and the program says why.
refused() {
	within "${@:2}" touch ran
	[ ! -e ran ] || hint "that the command of '${*:2}' does not run" "it ran, status $status" "$1"
	differs "$status" 0 "the status of '${*:2}'. $1"
	differs "${errors:-}" "" "stderr of '${*:2}': it tells why nothing was run. $1"
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

# uptime_of COMMAND...: the seconds since boot that `cat /proc/uptime` shows there.
uptime_of() {
	"$@" cat /proc/uptime 2>/dev/null | cut -d . -f 1
}

# near A B WHERE-TO-LOOK: A and B differ by five seconds at most.
near() {
	local difference=$((${1:-0} - $2))
	((difference >= -5 * ${SLOW:-1} && difference <= 5 * ${SLOW:-1})) || hint "about $2" "${1:-nothing}" "$3"
}

declare -gA FLAG=([C]=CLONE_NEWCGROUP [i]=CLONE_NEWIPC [m]=CLONE_NEWNS [n]=CLONE_NEWNET [p]=CLONE_NEWPID
	[t]=CLONE_NEWTIME [u]=CLONE_NEWUTS [U]=CLONE_NEWUSER)
FORK="fork(): unshare() with this flag moves the children that are made afterwards, not the caller"
OFFSETS="/proc/self/timens_offsets: written after unshare(CLONE_NEWTIME), and before the fork()"

# --- What the other tests depend on

# must: run
@test "it runs the command true with each option" {
	others_need_this
	for option in u U i n m C p t=time "T 1"=time; do
		[[ $option != *=time ]] || [ -e /proc/self/ns/time ] || continue
		read -ra words <<<"-${option%=*}"
		runs_true "${words[@]}"
	done
}

# must: run
@test "it runs the command, with its arguments as they are" {
	within -u printf '<%s>' 'a b' '' '*' '$HOME' -h -- -u
	alone "$output" '<a b><><*><$HOME><-h><--><-u>' \
		"getopt(): the options end where the command stands: a + in front of its letters"
}

# must: run
@test "it waits for the command's end" {
	for option in -u -p; do
		within "$option" sh -c 'sleep 0.3; echo end'
		alone "$output" end "waitpid(): the program ends when its command does, not before"
	done
}

# must: options
@test "UNS-2: each option makes its own namespace" {
	for option in C=cgroup i=ipc m=mnt n=net p=pid t=time u=uts U=user; do
		type=${option#*=} option=${option%=*}
		[ -e "/proc/self/ns/$type" ] || continue
		export LINE_LIKE="'$option'"
		within "-$option" readlink "/proc/self/ns/$type"
		has "$output" "$type:[" "unshare(): it is called with the flag of -$option"
		where="${FLAG[$option]}: unshare() gets it where -$option is given"
		[[ $option != [pt] ]] || where="$where. $FORK"
		differs "$output" "$(ns "$type")" "$where"
	done
}

# must: options
@test "UNS-2: no option makes another namespace than its own" {
	for option in C=cgroup i=ipc m=mnt n=net p=pid t=time u=uts U=user; do
		type=${option#*=} option=${option%=*}
		[ -e "/proc/self/ns/$type" ] || continue
		LINE_LIKE="'$option'"
		run_in "-$option" -- sleep 600
		same_links "$(links "$CHILD" | grep -v "^$type")" "$(links $BASHPID | grep -v "^$type")" \
			"unshare(): -$option is ${FLAG[$option]} and nothing else. Is a break missing?"
		kill -KILL "$CHILD"
		wait "$PARENT" || true
	done
}

# must: options
@test "UNS-2: options add up, together and apart" {
	runs_true -Cim -n -p -uU
	run_in -Cim -n -p -uU -- sleep 600
	is "$(links "$CHILD" | grep -vFx "$(links $BASHPID)" | sed 's/:.*//' | xargs)" "cgroup ipc mnt net pid user uts" \
		"unshare(): the flags of all options, each added to those before it: flags |= ..."
}

# must: options
@test "-p: \$\$ is 1" {
	within -p sh -c 'echo $$'
	is "$output" 1 "CLONE_NEWPID: $FORK"
}

# must: cgroup
@test "UNS-6: -C: /proc/self/cgroup reads / inside" {
	needs "this process is in a cgroup other than /" grep -qv ':/$' /proc/self/cgroup
	within -C sed 's/.*://' /proc/self/cgroup
	is "$(sort -u <<<"$output")" / "CLONE_NEWCGROUP: unshare() gets it where -C is given"
}

# must: cgroup
@test "UNS-6: -C: outside it reads the full path: the process stays in its cgroup" {
	full=$(cat /proc/self/cgroup)
	run_in -C -- sleep 600
	is "$(cat "/proc/$CHILD/cgroup")" "$full" "cgroup_namespaces(7): nothing else is done to the cgroup"
}

# must: private
@test "the outside's mounts stay shared, with -m and without" {
	for option in -m -u; do
		within $option true
		has "$(awk '$5 == "/"' /proc/self/mountinfo)" " shared:" \
			"MS_PRIVATE: where -m is given, and after unshare(CLONE_NEWNS); else it is done to the outside's mounts"
	done
}

# must: private
@test "-m: a mount made inside is seen there" {
	mkdir here
	within -m sh -c 'mount -t tmpfs inside here && grep -c -e "- tmpfs inside " /proc/self/mountinfo'
	is "$output" 1 "CLONE_NEWNS: unshare() gets it where -m is given"
}

# must: private
@test "-m: a mount made inside is not seen outside, though / is shared there" {
	mkdir here
	within -m mount -t tmpfs inside here
	seen=$(cat /proc/self/mountinfo)
	umount here 2>/dev/null || true
	lacks "$seen" "- tmpfs inside " "MS_REC | MS_PRIVATE on /, after unshare(CLONE_NEWNS): chapter 04"
}

# must: private
@test "-m: what is mounted outside later is not seen inside" {
	mkdir here
	run_in -m -- sleep 600
	mount -t tmpfs outside here
	seen=$(cat "/proc/$CHILD/mountinfo")
	umount here
	lacks "$seen" "- tmpfs outside " "MS_REC | MS_PRIVATE on /, after unshare(CLONE_NEWNS): chapter 04"
}

# --- Users

# must: user
@test "an ordinary user is refused without -U" {
	as_user "$PROGRAM" -u echo the command ran
	lacks "$output" "the command ran" "unshare(): what it returns: the command must not run where it failed"
	differs "$status" 0 "unshare(): the status where it fails"
}

# must: user
@test "an ordinary user makes all of them with -U in the same call" {
	runs_true as_user -CimnpuU
	as_user sh -c 'exec "$0" "$@" 2>&1' "$PROGRAM" -CimnpuU echo the command ran
	has "$output" "the command ran" "CLONE_NEWUSER: in the same unshare() as the others, or in one before them"
}

# must: user
@test "UNS-5: -U without a map is 65534" {
	as_user "$PROGRAM" -U sh -c 'id -u; id -g; cat /proc/self/uid_map'
	is "$output" $'65534\n65534' "uid_map: -U writes none"
}

@test "UNS-5: -U without a map has no capabilities after exec" {
	as_user "$PROGRAM" -U grep CapEff /proc/self/status
	is "$output" $'CapEff:\t0000000000000000' "user_namespaces(7): exec drops the capabilities of an unmapped user"
	as_user "$PROGRAM" -U "$PROGRAM" -u echo the command ran
	is "$output" "$NAME: unshare: Operation not permitted" "user_namespaces(7): exec has dropped the capabilities"
}

@test "the message for an ordinary user names unshare()" {
	as_user "$PROGRAM" -u echo the command ran
	is "$output" "$NAME: unshare: Operation not permitted" "main(): the check of unshare()"
	is "$status" 1 "main(): err()'s first argument"
}

# --- One process

@test "UNS-1: the PID is the caller's own: unshare() makes no process" {
	"$PROGRAM" -u sh -c 'echo $$' >out 3>&- &
	wait $!
	is "$(cat out)" $! "main(): only -p and -t need a fork"
}

@test "UNS-1: -v prints the PID that \$\$ is afterwards" {
	inside -v -C -i -m -n -u -U sh -c 'echo $$'
	is "$output" "$NAME: PID ${output##*$'\n'}"$'\n'"${output##*$'\n'}" "main(): only -p and -t need a fork"
}

@test "UNS-1: -v prints on stderr" {
	"$PROGRAM" -v -u true >out 2>err
	is "$(cat out)" "" "main(): warnx() writes on stderr"
	has "$(cat err)" "$NAME: PID " "main(): -v"
}

@test "UNS-1: without -v nothing is printed" {
	inside -u true
	is "$output" "" "main(): the PID is for -v only"
}

@test "NS-7: control: without any option of a namespace nothing is new" {
	run_in -v -- sleep 600 2>err
	is "$(links "$CHILD")" "$(links $BASHPID)" "main(): flags begin as 0"
}

@test "UNS-3: -u, then hostname x, then exec bash: the prompt shows x, and \$\$ stays" {
	# shellcheck disable=SC2016 # for the shells inside
	inside -u bash -c 'echo $$; hostname x; exec bash -c '\''prompt="\h"; echo "${prompt@P} $$"'\'
	is "$output" "${output%%$'\n'*}"$'\n'"x ${output%%$'\n'*}" "unshare() in main()"
	is "$(hostname)" host "CLONE_NEWUTS in main()"
}

@test "UNS-3: control: without unshare() the outside is renamed" {
	control 's/unshare\(flags\)/0/'
	./control -u hostname x
	is "$(hostname)" x "this test"
}

@test "UNS-4: -p changes pid_for_children, and its own PID namespace stays" {
	run_in -p -- sleep 600
	is "$(readlink "/proc/$PARENT/ns/pid")" "$(ns pid)" "pid_namespaces(7): a process never moves"
	differs "$(readlink "/proc/$PARENT/ns/pid_for_children")" "$(ns pid)" "main(): the flag of -p"
	is "$(readlink "/proc/$CHILD/ns/pid")" "$(readlink "/proc/$PARENT/ns/pid_for_children")" "main(): fork()"
}

@test "UNS-4: control: without the fork the first child is PID 1, and after it fork says ENOMEM" {
	control 's/forks \? fork\(\) : 0/0/'
	# shellcheck disable=SC2016 # for the shells inside
	try ./control -p bash -c 'sh -c "echo \$\$"; sh -c "echo second"; true'
	has "$output" $'1\n' "this test"
	has "$output" "fork: Cannot allocate memory" "this test"
	lacks "$output" second "this test"
}

@test "-m: control: without MS_PRIVATE the mount comes out" {
	mkdir here
	control 's/mount\(NULL, .*\) == -1/0/'
	./control -m mount -t tmpfs inside here
	seen=$(cat /proc/self/mountinfo)
	umount here || true
	has "$seen" "- tmpfs inside " "this test"
}

@test "-m: no mount inside is shared" {
	inside -m grep -c shared: /proc/self/mountinfo
	is "$output" 0 "main(): MS_REC | MS_PRIVATE"
}

@test "UNS-6: control: without -C the path is the full one" {
	needs "this process is in a cgroup other than /" grep -qv ':/$' /proc/self/cgroup
	inside -v sed 's/.*://' /proc/self/cgroup
	differs "$(sort -u <<<"$output")" / "this test"
}

# --- Time

# must: clocks
@test "UNS-7: -t alone leaves the clocks as they are" {
	needs_time
	near "$(uptime_of "$PROGRAM" -t)" "$(uptime_of)" "/proc/self/timens_offsets: nothing is written there without -T"
}

# must: clocks
@test "UNS-7: -T shifts the boot-time clock, which uptime shows" {
	needs_time
	near "$(uptime_of "$PROGRAM" -T 86400)" $((86400 + $(uptime_of))) "$OFFSETS"
}

# must: clocks
@test "UNS-7: -T shifts both clocks by as much" {
	needs_time
	for seconds in 86400 -1; do
		runs_true -T "$seconds"
		within -T "$seconds" cat /proc/self/timens_offsets
		is "$(tr -s ' ' <<<"$output")" "monotonic $seconds 0"$'\n'"boottime $seconds 0" \
			"timens_offsets: two lines, 'monotonic SECONDS 0' and 'boottime SECONDS 0'; SECONDS may be negative"
	done
}

# must: clocks
@test "UNS-7: -T shifts neither the time of day nor the outside's clocks" {
	needs_time
	near "$("$PROGRAM" -T 86400 date +%s 2>/dev/null)" "$(date +%s)" "time_namespaces(7): the time of day has no namespace"
	is "$(tr -s ' ' </proc/self/timens_offsets)" "$(tr -s ' ' <"/proc/$PPID/timens_offsets")" "$OFFSETS"
}

# must: clocks
@test "UNS-7: -T with -U: an ordinary user travels in time" {
	needs_time
	as_user sh -c 'exec "$0" "$@" 2>/dev/null' "$PROGRAM" -U -T 86400 cat /proc/uptime
	near "${output%%.*}" $((86400 + $(uptime_of))) "CLONE_NEWUSER: in the same unshare() as CLONE_NEWTIME, or before it"
}

# must: failure
@test "UNS-7: where the kernel refuses an offset, the command does not run" {
	needs_time
	for seconds in -999999999 99999999999 9223372036854775807; do
		refused "write(): what it returns, for /proc/self/timens_offsets: ERANGE" -T "$seconds"
	done
}

@test "UNS-7: the message for a refused offset names the file" {
	needs_time
	inside -T -999999999 echo the command ran
	has "$output" "$NAME: /proc/self/timens_offsets: " "put()"
}

@test "UNS-7: an offset counts from the first time namespace" {
	needs_time
	near "$(uptime_of "$PROGRAM" -T 1000 "$PROGRAM" -T 500)" $((500 + $(uptime_of))) "time_namespaces(7)"
}

@test "UNS-7: -t: the program stays where it is, and its children are in a new time namespace" {
	needs_time
	run_in -t -- sleep 600
	is "$(readlink "/proc/$PARENT/ns/time")" "$(ns time)" "time_namespaces(7): unshare() moves children only"
	is "$(readlink "/proc/$CHILD/ns/time")" "$(readlink "/proc/$PARENT/ns/time_for_children")" "main(): fork() for -t"
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
	until_true grep -qE 'time:|clone:' out
	# Linux 7.3 takes only what is a signal; 6.18 makes a child that no one waits for.
	[ "$(cat out)" != "uts: clone: Invalid argument" ] || return 0
	# As musl has it: glibc has "processes".
	is "$(sed 's/processes$/process/' out)" $'uts: waitpid: No child process\n'"$(ns time)" \
		"this test: clone(2): CSIGNAL, __WCLONE"
}

# --- Failure

# must: failure
@test "without arguments nothing is done, and the status is not 0" {
	within </dev/null
	differs "$status" 0 "main(): argc is 1: the usage on stderr, and a status that is not 0"
	differs "${errors:-}" "" "main(): argc is 1: the usage on stderr"
}

# must: failure
@test "a wrong option, and what is no number of seconds, is refused" {
	refused "getopt(): it returns '?' for an option that is none" -x
	for seconds in x 5x ''; do
		refused "strtol(): *end, after the number, must be '\\0', and something must stand before it" -T "$seconds"
	done
}

# must: failure
@test "where a step fails, the command does not run, and it says why" {
	needs "strace may trace a program" strace -qq -o /dev/null true
	options=(-m -p)
	[ ! -e /proc/self/ns/time ] || options+=(-T 1)
	calls='unshare|clone3?|v?fork|mount|mount_setattr|write'
	try strace -f -qq -y -o trace -e "trace=execve,unshare,clone,?clone3,?fork,?vfork,mount,?mount_setattr,write" \
		"$PROGRAM" "${options[@]}" true
	is "$status" 0 "run it by hand: ./$NAME ${options[*]} true${output:+. It said: $output}"
	# What the program and its children do before they become the command.
	awk -v calls="^($calls)\$" '
		{ pid = $1; call = $0; sub(/^[0-9]+ +/, "", call); name = call; sub(/\(.*/, "", name) }
		name == "execve" && call ~ /\["true"\]/ { exit }
		name == "execve" && started++ { other[pid] = 1 }
		name !~ calls { next }
		{ n = ++count[pid, name] }
		name == "write" && call !~ /timens_offsets/ { next }
		other[pid] && name !~ /^(unshare|mount)/ { next }
		{ print name, n }' trace >steps
	while read -r call n; do
		try strace -f -qq -o /dev/null -e "trace=$call" -e "inject=$call:error=EPERM:when=$n" \
			"$PROGRAM" "${options[@]}" touch ran
		[ ! -e ran ] || hint "that the command does not run where $call() fails (call $n, EPERM)" "it ran, status $status" \
			"$call(): it fails with -1; then say why on stderr, and end"
		differs "$status" 0 "$call(): the status where it fails with -1 (call $n)"
		differs "$output" "" "$call(): stderr where it fails with -1 (call $n)"
	done <steps
	[[ $(<steps) == *unshare* || $(<steps) == *clone* ]] ||
		hint "a call of unshare() or clone()" "$(<steps)" "unshare(): is it called for $(printf '%s ' "${options[@]}")?"
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

@test "each failing call is named, and the command does not run" {
	needs "strace may trace a program" strace -qq -o /dev/null true
	failing() {
		inject "$1" -mp -T 1 echo the command ran
		is "$output" "$NAME: $2" "every call that can fail: if it returned -1, err(1, ...)"
		is "$status" 1 "err()'s first argument is the exit status"
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
	is "${output##*$'\n'}" "$NAME: /proc/self/timens_offsets: No space left on device" "put()"
	inject wait4:error=EINVAL -p true
	is "$output" "$NAME: waitpid: Invalid argument" "main(): the check of waitpid()"
}

# --- How it ends

# must: status
@test "the command's exit status is the program's, with a fork and without" {
	for option in -u -p; do
		within $option sh -c 'exit 7'
		is "$status" 7 "WEXITSTATUS() of what waitpid() has stored; or exec, which leaves the status to the command"
	done
}

# must: status
@test "a command that a signal killed gives 128 plus the signal's number" {
	for option in -u -p; do
		run_in $option -- sleep 600
		kill -KILL "$CHILD"
		ends "$PARENT"
		is "$status" 137 "WIFSIGNALED() and WTERMSIG(): 128 plus the number: wait(2)"
	done
}

# must: status
@test "a command that is not found gives 127, and a message" {
	for option in -u -p; do
		within $option no-such-command
		is "$status" 127 "execvp(): it returns only on error; then the end is with 127 where errno is ENOENT"
		differs "${errors:-}" "" "execvp(): what follows it says why, on stderr"
	done
}

# must: status
@test "a command that is found but can't be run gives 126, and a message" {
	for option in -u -p; do
		within $option "$DIR"
		is "$status" 126 "execvp(): it returns only on error; then the end is with 126 where errno is not ENOENT"
		differs "${errors:-}" "" "execvp(): what follows it says why, on stderr"
	done
}

@test "the message for a command that can't be run names it" {
	inside -u no-such-command
	is "$output" "$NAME: no-such-command: No such file or directory" "main(): err() after execvp()"
	inside -p "$DIR"
	is "$output" "$NAME: $DIR: Permission denied" "main(): err() after execvp()"
}

# must: SIGCHLD
@test "the caller's ignored SIGCHLD does not lose the status" {
	try bash -c "trap '' CHLD; exec '$PROGRAM' -p sh -c 'exit 3'"
	is "$status" 3 "SIGCHLD: where the caller ignores it, the status is lost: wait(2); signal(SIGCHLD, SIG_DFL) first"
}

# must: shell
@test "without a command it runs \$SHELL" {
	printf '#!/bin/sh\necho "$# arguments"\n' >shell
	chmod +x shell
	SHELL=$DIR/shell within -u
	is "$output" "0 arguments" "getenv(\"SHELL\"): where nothing follows the options, that is the command"
}

# must: shell
@test "without a command and without \$SHELL it runs /bin/sh" {
	try env -u SHELL sh -c 'echo "echo \$0 runs" | "$0" -p 2>/dev/null' "$PROGRAM"
	is "$output" "/bin/sh runs" "getenv(\"SHELL\"): it returns NULL where SHELL is not set; then the shell is /bin/sh"
}

# --- What the command gets

# must: untouched
@test "the command gets its caller's environment" {
	GREETING=hello within -p sh -c 'echo "$GREETING"'
	is "$output" hello "execvp(): it hands on the environment; execve() gets environ"
}

# must: untouched
@test "the command runs in its caller's folder" {
	within -u -- pwd
	is "$output" "$DIR" "chdir(): not here. And -- ends the options"
}

# must: untouched
@test "the command has its caller's standard input and output, and the program uses neither" {
	output=$(echo through | timeout 10 "$PROGRAM" -p cat 2>/dev/null | cat) || true
	is "$output" through "stdout is the command's alone: what the program prints, it prints on stderr"
}

# must: untouched
@test "no descriptor of the program's own reaches the command" {
	# shellcheck disable=SC2012 # the names are numbers
	outside=$(sh -c 'ls /proc/self/fd' | xargs)
	options=(-CimnuU)
	[ ! -e /proc/self/ns/time ] || options+=(-T 1)
	# shellcheck disable=SC2012
	is "$("$PROGRAM" "${options[@]}" sh -c 'ls /proc/self/fd' 2>/dev/null | xargs)" "$outside" \
		"open(): with O_CLOEXEC, or close() what it returns"
}

@test "it works with stdin and stdout closed" {
	needs_time
	"$PROGRAM" -T 1 sh -c 'exit 4' <&- >&- && status=0 || status=$?
	is "$status" 4 "the descriptors of the program: does one take the place of 0 or 1?"
}

# must: terminal
@test "the command ignores no signal that its caller does not" {
	outside=$(signals "$(grep SigIgn /proc/self/status)")
	within -p grep SigIgn /proc/self/status
	is "$(signals "$output")" "$outside" \
		"SIG_IGN: for the parent alone, after fork(); what is ignored before, the command ignores, too"
}

# must: terminal
@test "a Ctrl-C or Ctrl-\\ that the command handles does not end the program" {
	for signal in INT QUIT; do
		mkfifo "go-$signal"
		run_in -p -- sh -c "read -r _ <go-$signal; exit 5"
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
	for option in -p -t; do
		[ $option = -p ] || [ -e /proc/self/ns/time ] || continue
		for signal in TERM KILL; do
			run_in $option -U -- sleep 600
			kill -"$signal" "$PARENT"
			wait "$PARENT" || true
			until_gone "$CHILD" ||
				hint "that the command ends with the program" "it lives on" \
					"PR_SET_PDEATHSIG, with SIGKILL, in the child: prctl(2)"
		done
	done
}

@test "without a fork the command lives on when its caller ends" {
	mkfifo go
	# shellcheck disable=SC2016 # for the shell inside
	sh -c '"$0" "$1" sleep 60 & echo $! >pid; read -r _ <go' "$PROGRAM" -u 3>&- &
	until_true eval 'grep -qx sleep "/proc/$(cat pid)/comm"'
	let_go go
	wait $!
	is "$(ps -o comm= "$(cat pid)")" sleep "prctl(PR_SET_PDEATHSIG): for the child of a fork only"
}

# must: nothing-left
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
	inside -CimnpuU sh -c 'sleep 0; true'
	inside -imnu sh -c 'hostname x; mount -t tmpfs none /mnt; ipcmk -Q; ip link set lo down'
	inside -p no-such-command
	state >after
	is "$(diff before after)" "" "the lines with < were there before, those with > are new"
}
