#!/usr/bin/env bats
# What each chapter's program does, whatever its namespaces are. `make check` runs
# this file once for every chapter, before the chapter's own.

load helpers

# The namespaces that are new, and the chapters' numbers.
declare -A ADDS=([1]=uts [2]=ipc [3]=pid [4]=mnt [5]=user [6]=net)
NUMBER=${CHAPTER:1:1}
NEW=
for ((number = 1; number <= NUMBER; number++)); do
	NEW+=" ${ADDS[$number]}"
done

has_pid_namespace() { ((NUMBER >= 3)); }
needs_no_root() { ((NUMBER >= 5)); }

@test "NS-1: /proc/PID/ns lists one type:[inode] link for each namespace" {
	inside sh -c 'ls -l /proc/$$/ns'
	is "$status" 0 "the program, run by hand: ./$NAME true"
	for type in cgroup ipc mnt net pid pid_for_children user uts; do
		[[ $output =~ " $type -> ${type%_for_children}:["[0-9]+"]" ]] ||
			hint "$type -> ${type%_for_children}:[inode]" "$output" "namespaces(7), 'The /proc/pid/ns/ directory'"
	done
}

# must: new
@test "NS-6: the chapter's namespaces are new, every other is the outside's" {
	links='for type in uts ipc pid mnt user net cgroup time; do readlink /proc/self/ns/$type; done'
	outside=$(sh -c "$links")
	inside sh -c "$links"
	for link in $outside; do
		type=${link%%:*}
		if [[ " $NEW " == *" $type "* ]]; then
			has "$output" "$type:[" "namespaces(7)"
			lacks "$output" "$link" "clone()'s flags: is the one for $type among them?"
		else
			has "$output" "$link" "clone()'s flags: the one for $type is not this chapter's"
		fi
	done
}

@test "NS-2: two processes inside read the same links, and stat -L gives the same inode" {
	# /proc/self, since in chapter 03 $$ is 1, and /proc/1 still the outside's.
	inside sh -c 'for type in uts ipc mnt; do
		a=$(readlink /proc/self/ns/$type) b=$(stat -L -c "$type:[%i]" /proc/self/ns/$type)
		[ "$a" = "$b" ] || echo "$a is not $b"
	done'
	is "$output" "" "namespaces(7): the links of two processes in one namespace"
}

# must: name
@test "UTS-1: the host name inside is the program's, in every chapter" {
	inside hostname
	is "$output" container "sethostname() in child(), before execvp()"
}

@test "NS-5: from outside, pstree shows the program as the parent of the command" {
	start sleep 60
	try pstree -A -p "$PARENT"
	is "$output" "$NAME($PARENT)---sleep($CHILD)" "clone() and waitpid(): one child, and the program waits for it"
}

# must: status
@test "the command's exit status is the program's" {
	inside true
	is "$status" 0 "WEXITSTATUS in main()"
	inside sh -c 'exit 7'
	is "$status" 7 "WEXITSTATUS in main()"
	inside sh -c 'exit 255'
	is "$status" 255 "WEXITSTATUS in main()"
}

# must: status
@test "a command that a signal killed gives 128 plus the signal's number" {
	start sleep 60
	kill -KILL "$CHILD"
	wait "$PARENT" && status=0 || status=$?
	is "$status" 137 "WIFSIGNALED and WTERMSIG in main(): wait(2)"

	has_pid_namespace && return # where PID 1 is immune to what follows
	inside sh -c 'kill -TERM $$'
	is "$status" 143 "WIFSIGNALED and WTERMSIG in main(): wait(2)"
}

@test "a command that is not found gives 127, one that can't be run 126, and a message" {
	inside no-such-command
	is "$status" 127 "what follows execvp(): errno is ENOENT; or argc > 1 in main(): was the command run at all?"
	is "$output" "$NAME: no-such-command: No such file or directory" "what follows execvp(): err() names the command"

	touch not-executable
	inside ./not-executable
	is "$status" 126 "what follows execvp(): errno is not ENOENT"
	is "$output" "$NAME: ./not-executable: Permission denied" "what follows execvp(): err() names the command"
}

# must: run
@test "the command gets its arguments, environment, folder, and standard input and output" {
	inside printf '<%s>' 'a b' '' '*' '$HOME' --help
	is "$output" '<a b><><*><$HOME><--help>' "execvp(argv[0], argv) with argv + 1 of main()"
	GREETING=hello inside sh -c 'echo "$GREETING"'
	is "$output" hello "execvp() keeps the environment"
	inside pwd
	is "$output" "$DIR" "the program changes no folder"
	output=$(echo through | "$PROGRAM" cat | cat) || true
	is "$output" through "the program reads no input and writes no output of its own"
}

# must: shell
@test "without a command it runs \$SHELL, and without \$SHELL /bin/sh" {
	printf '#!/bin/sh\necho "the shell got $# arguments"\n' >shell
	chmod +x shell
	SHELL=$DIR/shell inside
	is "$output" "the shell got 0 arguments" "getenv(\"SHELL\") in main()"

	unset SHELL
	output=$(echo 'echo $0' | "$PROGRAM") || true
	is "$output" /bin/sh "the default in main(), where getenv() returns NULL"
}

@test "it prints nothing of its own, on stdout or stderr" {
	"$PROGRAM" true >out 2>err
	is "$(cat out)" "" "a printf() in the program: what it prints before exec is lost or doubled in a pipe"
	is "$(cat err)" "" "a message of the program's"
	"$PROGRAM" no-such-command >out 2>err || true
	is "$(cat out)" "" "err() and warn() write on stderr; so should you"
}

@test "it works with stdin, stdout or both closed" {
	"$PROGRAM" sh -c 'echo ran >ran' <&- && status=0 || status=$?
	is "$status,$(cat ran)" "0,ran" "the descriptors of the program: does one of them take the place of 0?"
	rm ran
	"$PROGRAM" sh -c 'echo ran >ran' >&- && status=0 || status=$?
	is "$status,$(cat ran)" "0,ran" "the descriptors of the program: does one of them take the place of 1?"
	rm ran
	"$PROGRAM" sh -c 'echo ran >ran' <&- >&- && status=0 || status=$?
	is "$status,$(cat ran)" "0,ran" "the descriptors of the program: do they take the places of 0 and 1?"
}

@test "no descriptor of the program's own reaches the command" {
	# shellcheck disable=SC2012 # the names are numbers
	outside=$(sh -c 'ls /proc/self/fd' | xargs)
	is "$("$PROGRAM" sh -c 'ls /proc/self/fd' | xargs)" "$outside" "open() and socket(): close() what they return, or O_CLOEXEC"
}

@test "nothing else of the UTS namespace is changed: the NIS domain name is the caller's" {
	inside cat /proc/sys/kernel/domainname
	is "$output" "$(cat /proc/sys/kernel/domainname)" "child(): sethostname() is all"
}

# must: SIGCHLD
@test "the caller's ignored SIGCHLD does not lose the status" {
	try bash -c "trap '' CHLD; exec '$PROGRAM' sh -c 'exit 3'"
	is "$output" "" "signal(SIGCHLD, SIG_DFL) before clone(): wait(2), NOTES"
	is "$status" 3 "signal(SIGCHLD, SIG_DFL) before clone(): wait(2), NOTES"
}

@test "the status is the command's, not that of another child of the program's" {
	# exec keeps the PID: what this shell has started is the program's child then.
	try bash -c 'sleep 0.1 & exec "$0" sh -c "sleep 0.5; exit 3"' "$PROGRAM"
	is "$status" 3 "waitpid(pid, ...): wait() and waitpid(-1, ...) take any child"
}

@test "a stopped command is not an ended one" {
	start sleep 60
	kill -STOP "$CHILD"
	until_true grep -q "^State:.T" "/proc/$CHILD/status"
	kill -CONT "$CHILD"
	until_true grep -q "^State:.S" "/proc/$CHILD/status"
	kill -KILL "$CHILD"
	wait "$PARENT" && status=0 || status=$?
	is "$status" 137 "waitpid()'s options: 0, without WUNTRACED"
}

@test "the command gets its caller's environment, umask, limits, priority, and capabilities" {
	# shellcheck disable=SC2016
	attributes='env | grep -v "^_="; umask; ulimit -a; nice
		grep NoNewPrivs /proc/self/status'
	((NUMBER >= 5)) || attributes+='; grep -E "^Cap(Eff|Bnd)" /proc/self/status'
	outside=$(umask 027; trap '' HUP USR1; sh -c "$attributes")
	inside=$(umask 027; trap '' HUP USR1; "$PROGRAM" sh -c "$attributes")
	is "$(diff <(echo "$outside") <(echo "$inside"))" "" "what child() changes before execvp(): the lines with < are outside, those with > inside"
}

@test "it has no options: --help and -h are commands that are not found" {
	for option in -h --help --; do
		inside "$option"
		is "$status" 127 "main(): argv + 1 goes to execvp() as it is, no getopt()"
	done
}

@test "a Ctrl-C or Ctrl-\\ that the command handles does not end the program" {
	for signal in INT QUIT; do
		mkfifo go
		start sh -c 'read -r _ <go; exit 5'
		# Only now is it sure that the program is past its calls of signal().
		until_true grep -qE "^Sig(Blk|Ign|Cgt):.*[67ef]$" "/proc/$PARENT/status"
		kill -"$signal" "$PARENT"
		echo >go
		wait "$PARENT" && status=0 || status=$?
		is "$status" 5 "signal(SIG$signal, SIG_IGN) in the parent, after clone()"
		rm go
	done
}

@test "the command ignores no signal that its caller does not" {
	trap '' HUP USR1 # as nohup does
	try grep -E 'Sig(Ign|Blk)' /proc/self/status
	outside=$output
	inside grep -E 'Sig(Ign|Blk)' /proc/self/status
	is "$output" "$outside" "signal(..., SIG_IGN) in main(): it belongs after clone(), or the child inherits it"
}

@test "on a terminal the shell inside has job control: Ctrl-C and Ctrl-Z reach the command, and no other" {
	open_terminal "$PROGRAM bash --norc"
	# In what is typed, and echoed, the words that are waited for are cut in two.
	type_in 'sh -c "echo rea\"\"dy; exec sleep 60"\n'
	shows ready "the program: does it start the command? no setsid() or setpgid() in it"
	lacks "$(cat screen)" "job control" "no setsid() in the program: the terminal is lost by it"
	lacks "$(cat screen)" "terminal process group" "no setsid() in the program: the terminal is lost by it"
	type_in '\003'
	type_in 'echo status=$?\n'
	shows status=130 "signal(SIGINT, SIG_IGN) in the parent; no setsid()"
	type_in 'sh -c "echo rea\"\"dy again; exec sleep 60"\n'
	shows "ready again" "the program: does it start the command?"
	type_in '\032'
	type_in 'jobs\n'
	shows Stopped "no setsid() or setpgid() in the program"
	# Twice: while the stopped job dies, bash may refuse the first.
	type_in 'kill -KILL %%1\nexit 7\nexit 7\n'
	wait "$SCRIPT" && status=0 || status=$?
	is "$status" 7 "the program and its shell: one of them has ended too early"
}

@test "an ordinary user is refused by clone(), or needs no root at all" {
	as_user "$PROGRAM" echo the command ran
	if needs_no_root; then
		is "$output" "the command ran" "CLONE_NEWUSER and the maps"
		is "$status" 0 "CLONE_NEWUSER and the maps"
		as_user "$PROGRAM" id -u
		is "$output" 0 "uid_map: it maps the caller to 0"
	else
		is "$output" "$NAME: clone: Operation not permitted" "the check of clone()'s result: err(1, \"clone\")"
		is "$status" 1 "err()'s first argument is the exit status"
	fi
}

@test "PID-9: from chapter 03 on, the program's death, even by SIGKILL, is the command's" {
	for signal in TERM KILL; do
		start sleep 60
		kill -"$signal" "$PARENT"
		until_true test ! -e "/proc/$PARENT" ||
			hint "that SIG$signal ends the program" "it goes on" "signal() in main(): only SIGINT and SIGQUIT are ignored"
		wait "$PARENT" || true
		if has_pid_namespace; then
			until_true test ! -e "/proc/$CHILD" ||
				hint "that the command ends with the program" "it lives on" "prctl(PR_SET_PDEATHSIG, SIGKILL) in child()"
		else
			is "$(ps -o comm= "$CHILD")" sleep "chapter 03 has the line that ends the command: here it lives on"
		fi
	done
}

@test "each failing call is named, and the command does not run" {
	needs "strace may trace a program" strace -qq -o /dev/null true
	fails_at clone:error=ENOSPC "clone: No space left on device"
	fails_at sethostname:error=EPERM "sethostname: Operation not permitted"
	inject wait4:error=EINVAL true
	is "$status,$output" "1,$NAME: waitpid: Invalid argument" "the check of waitpid()'s result"
	has_pid_namespace || return 0
	fails_at prctl:error=EINVAL "prctl: PR_SET_PDEATHSIG: Invalid argument"
}

# must: nothing-left
@test "nothing is left behind: no process, mount, interface, host name or IPC object" {
	state() {
		processes=$(ps -e -o comm=)
		sort <<<"$processes"
		cat /proc/self/mountinfo
		hostname
		ip -o link
		ipcs
	}
	state >before
	inside sh -c 'ipcmk -Q; true'
	inside no-such-command
	[[ $NEW == *ipc* ]] || ipcrm --all=msg
	is "$(ls -d /proc/self)" /proc/self "CLONE_NEWNS, and MS_REC | MS_PRIVATE on / before the first mount"
	state >after
	is "$(diff before after)" "" "the lines with < were there before, those with > are new"
}
