#!/usr/bin/env bats
# What each chapter's program does, whatever its namespaces are. `make check` runs
# this file once for every chapter, before the chapter's own. What other tests depend
# on comes first: the first failure is the one that a learner reads.

load helpers
load symptoms

# The namespaces that are new, and the chapters' numbers.
declare -gA ADDS=([1]=uts [2]=ipc [3]=pid [4]=mnt [5]=user [6]=net)
declare -gA FLAGS=([uts]=CLONE_NEWUTS [ipc]=CLONE_NEWIPC [pid]=CLONE_NEWPID [mnt]=CLONE_NEWNS
	[user]=CLONE_NEWUSER [net]=CLONE_NEWNET [cgroup]=CLONE_NEWCGROUP [time]=CLONE_NEWTIME)
NUMBER=${CHAPTER:1:1}
NEW=
for ((number = 1; number <= NUMBER; number++)); do
	NEW+=" ${ADDS[$number]}"
done

# not_here: ends a test that "# must: KEY 3-6" or "# only: 3-6" above it keeps out of this
# chapter. (make check does not run it then; who runs the file alone does.)
not_here() { skip "this is for other chapters"; }

has_pid_namespace() { ((NUMBER >= 3)); }
needs_no_root() { ((NUMBER >= 5)); }

# attributes: what a command inherits besides signals and namespaces, a line each.
# A program may run the command through a shell, which counts and names some itself.
# shellcheck disable=SC2016 # for the shell inside
ATTRIBUTES='env | grep -vE "^(_|SHLVL|PWD|OLDPWD)=" | sort; echo "umask $(umask)"; ulimit -a
	echo "nice $(nice)"; grep NoNewPrivs /proc/self/status'
((NUMBER >= 5)) || ATTRIBUTES+='; grep -E "^Cap(Eff|Bnd)" /proc/self/status'

# later TEXT: whether it arrives within a second in what the last try's command prints.
later() {
	local i text
	for ((i = 0; i < 100; i++)); do
		IFS= read -r -d '' text <"$DIR.output" || true
		[[ $text != *"$1"* ]] || return 0
		doze
	done
	return 1
}

# never_waits: whether, as strace tells, the program ends without having waited for a child.
never_waits() {
	try strace -f -qq -o trace -e trace=wait4,waitid "$PROGRAM" true || return
	! grep -qE 'wait(4|id)\(.*= [0-9]' trace || grep -q 'WNOHANG.*= 0$' trace
}

# --- What the other tests depend on

# must: run
@test "it runs the command" {
	others_need_this
	within echo "the command ran"
	[[ $output != *"the command ran"* ]] || return 0
	if later "the command ran"; then
		hint "that the program waits for the command" "it ended first, with status $status" \
			"waitpid(): the parent calls it, without WNOHANG, and with the PID of its child"
	elif [ -s "$DIR.output" ] && [ -z "$output" ]; then
		hint "what 'echo the command ran' prints" "an empty line: echo ran, without its arguments" \
			"execvp(): it gets all words, argv[1] and what follows, not the first alone"
	elif [[ $errors$output == *"the command ran"* ]]; then
		hint "what 'echo \"the command ran\"' prints" "the text was taken for the command: status $status" \
			"execvp(): the command is argv[1] of main(), the arguments are what follows"
	elif [ "$status" = 0 ] && never_waits; then
		hint "what 'echo the command ran' prints" "nothing, and status 0: the program ended before its command" \
			"waitpid(): the parent calls it, without WNOHANG, and with the PID of its child"
	elif [ -z "$output$errors" ] && [ "$status" = 0 ]; then
		hint "what 'echo the command ran' prints" "nothing, and status 0: something else ran, or nothing" \
			"execvp(): is it reached, and does it run the command given (argc > 1), not always a shell?"
	else
		hint "what 'echo the command ran' prints" "status $status${output:+: $output}" \
			"execvp(): is it reached? Each call before it can fail: say so, with errno"
	fi
}

# must: run
@test "the command gets its arguments, each as it is" {
	others_need_this
	within printf '<%s>' 'a b' '' '*' '$HOME' --help
	alone "$output" '<a b><><*><$HOME><--help>' \
		"execvp(): it gets the words of main()'s argv themselves, from argv[1] to the NULL at the end; no shell splits them"
}

# must: run
@test "it waits for the command's end" {
	others_need_this
	within sh -c 'sleep 0.3; echo end'
	alone "$output" end \
		"waitpid(): the program ends when its command does, not before: no WNOHANG, and the child's PID"
}

# must: status
@test "the command's exit status is the program's" {
	inside true
	is "$status" 0 "WEXITSTATUS() of what waitpid() has stored, which is more than the exit status: wait(2)"
	inside sh -c 'exit 7'
	is "$status" 7 "WEXITSTATUS() of what waitpid() has stored, which is more than the exit status: wait(2)"
	inside sh -c 'exit 255'
	is "$status" 255 "WEXITSTATUS() of what waitpid() has stored, which is more than the exit status: wait(2)"
}

# must: new
@test "NS-6: the chapter's namespaces are new, every other is the outside's" {
	links='for type in uts ipc pid mnt user net cgroup time pid_for_children; do readlink /proc/self/ns/$type; done'
	outside=$(sh -c "$links" 2>/dev/null)
	within sh -c "$links"
	[[ $errors != *[Ff]ork* ]] || hint "that the command can start another one" "it says: $errors" \
		"CLONE_NEWPID: unshare() with it moves only children made afterwards, and the first is PID 1: fork() follows it"
	has "$output" "uts:[" "/proc inside: can the command read /proc/self/ns? What did the program do to /proc?"
	for link in $outside; do
		type=${link%%:*} flag=${FLAGS[${link%%:*}]}
		if [[ " $NEW " != *" $type "* ]]; then
			has "$output" "$link" "$flag: this chapter's program makes no new $type namespace"
		elif [[ $output == *"$link"* ]]; then
			where="$flag: one of clone()'s flags, or of unshare() in the process that becomes the command"
			[ "$type" != pid ] || where="$flag: one of clone()'s flags, or of unshare() before the fork: it moves children only"
			hint "a namespace of the command's own, of the type $type" "the outside's: $link" "$where"
		fi
	done
}

# must: name
@test "UTS-1: the host name inside is the program's, in every chapter" {
	within hostname
	is "$output" container \
		"sethostname(): with \"container\" and its length, in the new namespace, before execvp()"
}

# must: name
@test "UTS-2: the host keeps its name" {
	within true
	is "$(hostname)" host \
		"sethostname(): who calls it? Only the child is in the namespace that CLONE_NEWUTS made"
}

# --- What chapters 04 and 05 promise, there and in the later ones

# must: proc 5-6
@test "MNT-1: inside, /proc has the namespace's own processes only, in later chapters, too" {
	((NUMBER >= 5)) || not_here
	within sh -c 'echo /proc/[0-9]*'
	is "$output" /proc/1 \
		"mount(): a proc file system on /proc, by the child, which CLONE_NEWPID has made PID 1, before execvp()"
}

# must: private 4-6
@test "MNT-8: what the host mounts later does not arrive: inside all is private" {
	((NUMBER >= 4)) || not_here
	mkdir later
	start sleep 60
	mount -t tmpfs later later
	touch later/file
	seen=$(ls "/proc/$CHILD/cwd/later")
	umount later
	is "$seen" "" "MS_REC | MS_PRIVATE on /: with MS_SLAVE, which CLONE_NEWUSER leaves, or without MS_REC, it arrives"
}

# must: maps 6-6
@test "USR-2: each map has one line, in chapter 06, too" {
	((NUMBER >= 6)) || not_here
	apart as_user "$PROGRAM" sh -c 'echo $(cat /proc/self/uid_map), $(cat /proc/self/gid_map)'
	is "$output" "0 4242 1, 0 4343 1" "uid_map and gid_map: \"0 ID 1\", both, with geteuid() and getegid(): chapter 05"
}

# --- How it ends

# must: status
@test "a command that a signal killed gives 128 plus the signal's number" {
	start sleep 60
	kill -KILL "$CHILD"
	ends "$PARENT"
	is "$status" 137 \
		"WIFSIGNALED() and WTERMSIG(): 128 plus the number; WEXITSTATUS() has no meaning then: wait(2)"

	! has_pid_namespace || return 0 # where PID 1 is immune to what follows
	inside sh -c 'kill -TERM $$'
	is "$status" 143 \
		"WIFSIGNALED() and WTERMSIG(): 128 plus the number; WEXITSTATUS() has no meaning then: wait(2)"
}

# must: status
@test "a command that is not found gives 127, and a message" {
	inside no-such-command
	is "$status" 127 "execvp(): it returns only on error; the child then ends with 127 where errno is ENOENT"
	differs "$output" "" "execvp(): what follows it says why, on stderr"
}

# must: status
@test "a command that is found but can't be run gives 126, and a message" {
	touch not-executable
	inside ./not-executable
	is "$status" 126 "execvp(): it returns only on error; the child then ends with 126 where errno is not ENOENT"
	differs "$output" "" "execvp(): what follows it says why, on stderr"
}

# must: shell
@test "without a command it runs \$SHELL" {
	printf '#!/bin/sh\necho "the shell got $# arguments"\n' >shell
	chmod +x shell
	SHELL=$DIR/shell within
	is "$output" "the shell got 0 arguments" \
		"getenv(\"SHELL\"): where argc is 1, that is the command, without arguments"
}

# must: shell
@test "without a command and without \$SHELL it runs /bin/sh" {
	apart try env -u SHELL sh -c 'echo "echo \$0 runs" | "$0"' "$PROGRAM"
	is "$output" "/bin/sh runs" \
		"getenv(\"SHELL\"): it returns NULL where SHELL is not set; then the shell is /bin/sh"
}

# must: SIGCHLD
@test "the caller's ignored SIGCHLD does not lose the status" {
	apart try bash -c "trap '' CHLD; exec '$PROGRAM' sh -c 'exit 3'"
	is "$status" 3 \
		"SIGCHLD: where the caller ignores it, the status is lost; signal(SIGCHLD, SIG_DFL) first: wait(2), NOTES"
}

# must: status
@test "a stopped command is not an ended one" {
	start sleep 60
	kill -STOP "$CHILD"
	where="waitpid(): without WUNTRACED, or the program ends while its command is stopped"
	eventually grep -q "^State:.T" "/proc/$CHILD/status" ||
		hint "that the command is stopped by SIGSTOP, and the program waits" "one of them has ended" "$where"
	kill -CONT "$CHILD"
	eventually grep -q "^State:.S" "/proc/$CHILD/status" ||
		hint "that a stopped command goes on after SIGCONT" "it does not" "$where"
	kill -KILL "$CHILD"
	ends "$PARENT"
	is "$status" 137 "waitpid(): without WUNTRACED, which returns for a stopped child, too"
}

# must: failure
@test "when a step fails, the command does not run, the status is not 0, and it says why" {
	each_call_fails
}

# must: failure
@test "when the wait fails, the status is not 0, and it says why" {
	needs_strace
	for call in wait4 waitid; do
		# A program may also ask again and again: in truth a wait never fails in this way.
		MAY_HANG=yes PATIENCE=$((3 * ${SLOW:-1})) try strace -f -qq -o trace -e "trace=$call,execve" \
			-e "inject=$call:error=EINVAL" "$PROGRAM" true
		grep -q "$call(.*INJECTED" trace || continue
		differs "$status" 0 "waitpid(): it fails with -1, and then nothing is known of the command"
		differs "$output" "" "waitpid(): it fails with -1; say so on stderr"
	done
}

# must: user 1-4
@test "an ordinary user is refused: the command does not run, and the program says why" {
	! needs_no_root || not_here
	as_user "$PROGRAM" touch "$DIR/ran"
	[ ! -e ran ] || hint "that the command does not run" "it ran" \
		"clone(): its result, or unshare()'s: -1 is an error, and nothing may run without the namespace"
	differs "$status" 0 "clone(): where it fails, or unshare(), the program ends with a status that is not 0"
	differs "$output" "" "clone(): where it fails, or unshare(), say why on stderr: perror(), err()"
}

# must: user 5-6
@test "an ordinary user is refused nothing: root inside, without sudo" {
	needs_no_root || not_here
	runs_true as_user
	apart as_user "$PROGRAM" echo the command ran
	is "$output" "the command ran" "CLONE_NEWUSER: in the same call as the other flags, or before; then the maps"
	is "$status" 0 "CLONE_NEWUSER: in the same call as the other flags, or before; then the maps"
	apart as_user "$PROGRAM" id -u
	is "$output" 0 "uid_map: \"0 ID 1\", with the effective ID that the caller has outside"
}

# --- What the command gets from its caller

# must: untouched
@test "the command gets its caller's environment" {
	GREETING=hello within sh -c 'echo "$GREETING"'
	is "$output" hello "execvp(): it keeps the environment; execve() and the like hand on the environ they get"
}

# must: untouched
@test "the command runs in its caller's folder" {
	within pwd -P
	is "$output" "$DIR" "chdir(): the program changes no folder"
}

# must: untouched
@test "the command has its caller's standard input and output, and the program uses neither" {
	apart try sh -c 'echo through | "$0" cat | cat' "$PROGRAM"
	is "$output" through \
		"read() and printf(): the program reads no input, and prints nothing of its own on stdout"
}

# must: untouched
@test "no descriptor of the program's own reaches the command" {
	# A program may also close those that the caller has left open.
	list='for fd in /proc/self/fd/*; do [ "${fd##*/}" -lt 3 ] || readlink "$fd"; done; true'
	sh -c "$list" >outside
	within sh -c "$list"
	is "$(grep -vxFf outside <<<"$output")" "" \
		"open(), socket() and pipe(): close what they return before execvp(), or ask for O_CLOEXEC"
}

# must: untouched
@test "the command gets its caller's umask, limits, priority, capabilities, and no variable more or less" {
	try sh -c "$ATTRIBUTES"
	printf '%s\n' "$output" >outside
	within sh -c "$ATTRIBUTES"
	printf '%s\n' "$output" >inside
	# What is there on one side only: a line of each is enough.
	is "$(grep -vxFf outside inside | head -n 3)" "$(grep -vxFf inside outside | head -n 3)" \
		"what the program changes before execvp(): setenv(), umask(), setrlimit(), setpriority(), the capabilities"
}

# must: untouched
@test "nothing else of the UTS namespace is changed: the NIS domain name is the caller's" {
	within cat /proc/sys/kernel/domainname
	is "$output" "$(cat /proc/sys/kernel/domainname)" "setdomainname(): sethostname() is all"
}

# must: terminal
@test "the command ignores no signal that its caller does not" {
	trap '' HUP USR1 # as nohup does
	try grep -E 'Sig(Ign|Blk)' /proc/self/status
	outside=$(signals "$output")
	within grep -E 'Sig(Ign|Blk)' /proc/self/status
	is "$(signals "$output")" "$outside" \
		"SIG_IGN and signal masks: the child inherits them, so set them in the parent, after the fork or clone()"
}

# --- On a terminal

# must: terminal
@test "a Ctrl-C or Ctrl-\\ that the command handles does not end the program" {
	for signal in INT QUIT; do
		mkfifo go
		start sh -c 'read -r _ <go; exit 5'
		# Where it ignores, blocks or handles the signal: only now is it past that call.
		for ((i = 0; i < 30; i++)); do
			! grep -qE "^Sig(Blk|Ign|Cgt):.*[67ef]$" "/proc/$PARENT/status" || break
			doze
		done
		kill -"$signal" "$PARENT"
		let_go go
		ends "$PARENT"
		is "$status" 5 \
			"SIG$signal: the parent ignores it while it waits, as system(3) does; the command decides what it means"
		rm go
	done
}

# must: terminal
@test "on a terminal the shell inside has job control: Ctrl-C and Ctrl-Z reach the command, and no other" {
	open_terminal "$PROGRAM bash --norc"
	# In what is typed, and echoed, the words that are waited for are cut in two.
	type_in 'sh -c "echo rea\"\"dy; exec sleep 60"\n'
	shows ready "setsid() and setpgid(): the program calls neither, or the shell has no terminal"
	lacks "$(cat screen)" "job control" "setsid(): the terminal is lost by it"
	lacks "$(cat screen)" "terminal process group" "setsid(): the terminal is lost by it"
	type_in '\003'
	type_in 'echo status=$?\n'
	shows status=130 "SIGINT: only the parent ignores it, and only after clone() or fork()"
	type_in 'sh -c "echo rea\"\"dy again; exec sleep 60"\n'
	shows "ready again" "SIGINT: it ends neither the program nor the shell inside"
	type_in '\032'
	type_in 'jobs\n'
	shows Stopped "setsid() and setpgid(): the program calls neither"
	# Twice: while the stopped job dies, bash may refuse the first.
	type_in 'kill -KILL %%1\nexit 7\nexit 7\n'
	ends "$SCRIPT"
	is "$status" 7 "the program and its shell: one of them has ended too early"
}

# --- What it leaves

# must: death 3-6
@test "PID-9: when the program dies, even by SIGKILL, the command dies with it" {
	has_pid_namespace || not_here
	start sleep 60
	kill -KILL "$PARENT"
	ends "$PARENT"
	until_gone "$CHILD" ||
		hint "that the command ends with the program" "it lives on" \
			"PR_SET_PDEATHSIG: prctl(PR_SET_PDEATHSIG, SIGKILL) in the child; PID 1 ignores other signals"
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
	within sh -c 'ipcmk -Q; true'
	within no-such-command
	[[ $NEW == *ipc* ]] || ipcrm --all=msg
	state >after
	is "$(diff before after)" "" \
		"what the program makes and does not end: < was there before, > is new. A mount needs MS_PRIVATE, a child waitpid()"
}

# --- The book's own programs, beyond what a reader's must do

@test "NS-1: /proc/PID/ns lists one type:[inode] link for each namespace" {
	inside sh -c 'ls -l /proc/$$/ns'
	is "$status" 0 "the program, run by hand: ./$NAME true"
	for type in cgroup ipc mnt net pid pid_for_children user uts; do
		[[ ${output//\'/} =~ " $type -> ${type%_for_children}:["[0-9]+"]" ]] ||
			hint "$type -> ${type%_for_children}:[inode]" "$output" "namespaces(7), 'The /proc/pid/ns/ directory'"
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

@test "NS-5: from outside, pstree shows the program as the parent of the command" {
	start sleep 60
	try pstree -A -p "$PARENT"
	is "$output" "$NAME($PARENT)---sleep($CHILD)" \
		"clone() and waitpid(): one child, and the program waits for it"
}

@test "the message for a command that is not found, or can't be run, names it" {
	inside no-such-command
	is "$output" "$NAME: no-such-command: No such file or directory" "execvp(): err() after it names the command"
	touch not-executable
	inside ./not-executable
	is "$output" "$NAME: ./not-executable: Permission denied" "execvp(): err() after it names the command"
}

@test "it prints nothing of its own, on stdout or stderr" {
	within true
	is "$output" "" "printf(): what it prints before exec is lost or doubled in a pipe"
	is "$errors" "" "warn() and printf(): the program says nothing where nothing is wrong"
	within no-such-command
	is "$output" "" "err() and warn(): they write on stderr; so should you"
}

@test "it works with stdin, stdout or both closed" {
	closed() {
		rm -f ran
		"$PROGRAM" sh -c 'echo ran >ran' && status=0 || status=$?
		is "$status" 0 "the descriptors of the program: does one of them take the place of $1?"
		is "$(cat ran)" ran "the descriptors of the program: does one of them take the place of $1?"
	}
	closed 0 <&-
	closed 1 >&-
	closed "0 and 1" <&- >&-
}

@test "the status is the command's, not that of another child of the program's" {
	# exec keeps the PID: what this shell has started is the program's child then.
	try bash -c 'sleep 0.1 & exec "$0" sh -c "sleep 0.5; exit 3"' "$PROGRAM"
	is "$status" 3 "waitpid(pid, ...): wait() and waitpid(-1, ...) take any child"
}

@test "it has no options: --help and -h are commands that are not found" {
	for option in -h --help --; do
		inside "$option"
		is "$status" 127 "main(): argv + 1 goes to execvp() as it is, no getopt()"
	done
}

# only: 1-4
@test "an ordinary user's error message names clone()" {
	! needs_no_root || not_here
	as_user "$PROGRAM" echo the command ran
	is "$output" "$NAME: clone: Operation not permitted" "clone(): where it returns -1, err(1, \"clone\")"
	is "$status" 1 "err(): its first argument is the exit status"
}

@test "PID-9: SIGTERM ends the program, and from chapter 03 on its command" {
	start sleep 60
	kill -TERM "$PARENT"
	ends "$PARENT"
	is "$status" 143 "SIG_IGN: only SIGINT and SIGQUIT are ignored"
	if has_pid_namespace; then
		until_gone "$CHILD" ||
			hint "that the command ends with the program" "it lives on" "prctl(PR_SET_PDEATHSIG, SIGKILL) in child()"
	else
		is "$(ps -o comm= "$CHILD")" sleep "chapter 03 has the line that ends the command: here it lives on"
	fi
}

@test "each failing call is named" {
	needs_strace
	fails_at clone:error=ENOSPC "clone: No space left on device"
	fails_at sethostname:error=EPERM "sethostname: Operation not permitted"
	inject wait4:error=EINVAL true
	is "$output" "$NAME: waitpid: Invalid argument" "waitpid(): err(1, \"waitpid\") where it returns -1"
	is "$status" 1 "err(): its first argument is the exit status"
	has_pid_namespace || return 0
	fails_at prctl:error=EINVAL "prctl: PR_SET_PDEATHSIG: Invalid argument"
}
