#!/usr/bin/env bats
# Chapter 03: the PID namespace.

load helpers

# state PID: one letter, such as S (sleeping), T (stopped) or Z (zombie): proc(5).
state() { sed -n 's/^State:\t\(.\).*/\1/p' "/proc/$1/status"; }
in_state() { [ "$(state "$2")" = "$1" ]; }

# must: pid
@test "PID-1: \$\$ inside is 1, and there is no parent" {
	within sh -c 'echo $$ $PPID'
	is "$output" "1 0" "CLONE_NEWPID: one of clone()'s flags, or of unshare()'s before the fork"
}

# must: pid
@test "PID-1: NSpid in /proc/PID/status shows both PIDs" {
	start sleep 60
	is "$(grep NSpid "/proc/$CHILD/status")" $'NSpid:\t'"$CHILD"$'\t1' \
		"CLONE_NEWPID: one of clone()'s flags, or of unshare()'s before the fork: proc(5), NSpid"
}

@test "PID-1, NS-7: control: without CLONE_NEWPID \$\$ is what the outside sees" {
	control '/CLONE_NEWPID/d'
	try ./control sh -c 'grep NSpid /proc/$$/status; echo $$'
	is "${output%$'\n'*}" $'NSpid:\t'"${output##*$'\n'}" "this test: the program without its flag"
}

# must: proc
@test "PID-2: ps and top inside still show the outside: /proc is still the host's" {
	# As PID 1: ps looks for its own number in /proc, and that one is there.
	inside ps -e -o pid=,comm=
	has "$output" "$(ps -p 1 -o pid=,comm=)" "mounting /proc is chapter 04's: here it is the outside's"
	has "$output" "$(ps -p $$ -o pid=,comm=)" "mounting /proc is chapter 04's: here it is the outside's"
	TERM=dumb within top -b -n 1 -p $$
	[[ $output =~ $'\n '*$$\  ]] ||
		hint "a line for PID $$" "$output" "mounting /proc is chapter 04's: here it is the outside's"
}

@test "PID-2: /proc/\$\$ inside is the outside's PID 1; /proc/self is right" {
	inside sh -c 'readlink /proc/$$/ns/pid; readlink /proc/self/ns/pid'
	is "${output%$'\n'*}" "$(ns pid)" "mounting /proc is chapter 04's: here it is the outside's"
	differs "${output#*$'\n'}" "$(ns pid)" "CLONE_NEWPID in clone()'s flags"
}

# must: pid
@test "PID-3: the outside can signal the command; inside, nothing outside can be signalled" {
	start sleep 60
	is "$(kill -0 "$CHILD" 2>&1)" "" "pid_namespaces(7): the parent namespace sees the child's processes"
	for pid in $PARENT $CHILD $$; do # the parent's, a sibling's, the test's own
		inside sh -c 'kill -0 "$1"' sh "$pid"
		has "$output" "No such process" "CLONE_NEWPID: $pid is a PID outside, and none inside"
	done
}

@test "PID-3, NS-7: control: without CLONE_NEWPID the command can signal its parent" {
	control '/CLONE_NEWPID/d'
	try ./control sh -c 'kill -0 $PPID && echo it can'
	is "$output" "it can" "this test: the program without its flag"
}

@test "PID-4: PID 1 adopts an orphan; a program that does not reap leaves a zombie" {
	"$PROGRAM" sh -c '(sleep 4321 &); exec sleep 60' 3>&- &
	shell=$!
	until_true pgrep -P "$shell" -x sleep # the shell has become it
	until_true pgrep -fx "sleep 4321"
	orphan=$(pgrep -fx "sleep 4321")
	is "$(ps -o ppid= -p "$orphan" | tr -d ' ')" "$(pgrep -P "$shell")" \
		"CLONE_NEWPID: the command is PID 1, to which orphans go"
	kill "$orphan"
	until_true in_state Z "$orphan"
}

@test "PID-4: bash as PID 1 reaps the orphans it adopts" {
	start bash -c '(sleep 4321 &); sleep 60; true'
	eventually pgrep -P "$CHILD" -fx "sleep 4321" ||
		hint "that bash, PID 1, adopts the sleep" "$(pstree -p "$CHILD")" "CLONE_NEWPID in clone()'s flags"
	orphan=$(pgrep -fx "sleep 4321")
	kill "$orphan"
	until_true test ! -e "/proc/$orphan"
}

# must: pid
@test "PID-5: from inside PID 1 gets no signal without a handler, not even root's SIGKILL" {
	within sh -c 'kill -KILL $$; kill -TERM $$; sh -c "kill -KILL 1"; echo alive'
	is "$output" alive "CLONE_NEWPID: PID 1 of a namespace is immune to signals from inside"
	is "$status" 0 "CLONE_NEWPID: PID 1 of a namespace is immune to signals from inside"
}

@test "PID-5: a signal that PID 1 has a handler for arrives" {
	inside sh -c 'trap "echo caught" TERM; kill -TERM $$; echo alive'
	is "$output" $'caught\nalive' "pid_namespaces(7), 'The namespace init process'"
}

@test "PID-5, NS-7: control: without CLONE_NEWPID the command can kill itself" {
	control '/CLONE_NEWPID/d'
	for signal in TERM:143 KILL:137; do
		try ./control sh -c "kill -${signal%:*} \$\$; echo alive"
		is "$output,$status" ",${signal#*:}" "this test: the program without its flag"
	done
}

# must: pid
@test "PID-6: from outside, PID 1 ignores SIGTERM and SIGHUP; SIGSTOP and SIGKILL work" {
	start sleep 60
	kill -TERM "$CHILD"
	kill -HUP "$CHILD" ||
		hint "that the command is still there" "SIGTERM has ended it" "CLONE_NEWPID: PID 1 ignores what it has no handler for"
	# Were it killed, it would be by the time that a later signal has arrived.
	kill -STOP "$CHILD"
	eventually in_state T "$CHILD" ||
		hint "that the command is stopped" "$(state "$CHILD")" "CLONE_NEWPID: PID 1 ignores what it has no handler for"
	kill -KILL "$CHILD"
	ends "$PARENT"
	is "$status" 137 "pid_namespaces(7): SIGKILL from an ancestor is forced"
}

# must: pid
@test "PID-7: when PID 1 ends, every process in the namespace is killed" {
	# setsid and nohup, which save a process from its terminal, do not help.
	within sh -c 'setsid nohup sleep 4321 >/dev/null 2>&1 &
		until pgrep -fx "sleep 4321"; do :; done >started'
	differs "$(cat started)" "" "this test: the background process should have run"
	is "$(pgrep -fx 'sleep 4321')" "" "CLONE_NEWPID: the kernel ends a namespace with its PID 1"
}

@test "PID-4, PID-7, NS-7: control: without CLONE_NEWPID an orphan goes to the outside's PID 1, and lives on" {
	control '/CLONE_NEWPID/d'
	try ./control sh -c '(sleep 4321 >/dev/null 2>&1 &)'
	until_true pgrep -fx "sleep 4321"
	is "$(ps -o ppid= -p "$(pgrep -fx 'sleep 4321')" | tr -d ' ')" 1 \
		"this test: the orphan of the program without its flag"
}

@test "PID-8, NS-3: an open ns/pid can be joined, until PID 1 ends: then fork says ENOMEM" {
	start sleep 60
	exec 7<"/proc/$CHILD/ns/pid" 8<"/proc/$CHILD/ns/uts"
	try nsenter --pid=/proc/self/fd/7 sh -c 'readlink /proc/self/ns/pid; kill -0 1'
	is "$output,$status" "$(readlink "/proc/$CHILD/ns/pid"),0" "CLONE_NEWPID; nsenter(1) is a second way in"

	kill -KILL "$CHILD"
	ends "$PARENT"
	try nsenter --pid=/proc/self/fd/7 true
	# "Out of memory" is musl's text.
	has "${output/Out of/Cannot allocate}" "Cannot allocate memory" \
		"pid_namespaces(7): no new process where PID 1 has ended"
	# The UTS namespace has no such process: its descriptor keeps it whole.
	try nsenter --uts=/proc/self/fd/8 hostname
	is "$output" container "namespaces(7): an open descriptor keeps a namespace alive"
	exec 7<&- 8<&-
}

@test "PID-9: the death signal is the child's first step, so that the gap before it is small" {
	needs "strace may trace a program" strace -qq -o /dev/null true
	try strace -f -qq -e trace=prctl,sethostname,execve -o trace "$PROGRAM" true
	is "$(grep -oE 'PR_SET_PDEATHSIG|sethostname|execve' trace | head -n 3 | xargs)" \
		"execve PR_SET_PDEATHSIG sethostname" "the order of the calls in child()"
}

@test "PID-9, NS-7: control: without the death signal the command outlives a killed program" {
	control '/PR_SET_PDEATHSIG/d'
	PROGRAM=./control start sleep 60
	kill -KILL "$PARENT"
	ends "$PARENT"
	# A signal sent at the parent's death would have come before this one.
	kill -STOP "$CHILD"
	until_true in_state T "$CHILD"
}

@test "on a terminal PID 1 without a handler ignores Ctrl-C and Ctrl-\\; Ctrl-Z and kill %1 end it" {
	open_terminal "bash --norc"
	type_in "$PROGRAM sleep 60\n"
	until_true pgrep -x "$NAME"
	launcher=$(pgrep -x "$NAME")
	# Only now is it sure that the program is past its calls of signal().
	until_true grep -qE "^Sig(Blk|Ign|Cgt):.*[67ef]$" "/proc/$launcher/status"
	until_true pgrep -P "$launcher" -x sleep
	pid_1=$(pgrep -P "$launcher")
	type_in '\003\034\032'
	shows Stopped "signal(SIGINT, SIG_IGN) in the parent, and none for SIGTSTP"
	is "$(state "$pid_1")" S "CLONE_NEWPID: PID 1 ignores what it has no handler for"
	# The program ends by the SIGTERM of kill, and its death is the command's.
	type_in 'kill %%1\n'
	eventually test ! -e "/proc/$pid_1" ||
		hint "that the command ends with the program" "it lives on" "prctl(PR_SET_PDEATHSIG, SIGKILL) in child()"
}
