#!/usr/bin/env bats
load ../../chapters/helpers

# hooked HOOK COMMAND [ARG...]: runs it with -p -x HOOK. What the two say is in ./hook
# and ./command; the command waits until the hook has told it to go, by ./go.
hooked() {
	rm -f go hook command
	mkfifo go
	try timeout -k 1 5 "$PROGRAM" -p -x "exec >hook 2>&1; $1" sh -c "$2"
	touch hook command
	# Here a hang is the symptom of what each test names.
	[ "$status" != 124 ] || status="none after five seconds"
}

@test "the hook runs outside, the command inside" {
	hooked 'echo $$; readlink /proc/self/ns/pid; echo >go' 'readlink /proc/self/ns/pid >command; echo $$ >>command; read -r _ <go; exit 7'
	lacks "$output" "Usage: " "-x is not an option yet: getopt()'s third argument lists them, and a colon follows what has an argument"
	differs "$status" 139 "139 is 128 + 11, SIGSEGV: the program died. Which pointer is wrong?"
	lacks "$output" "fork: " "the PID namespace is without PID 1: somebody was its first child, and has ended"
	[ -s command ] || hint "that the command runs while the hook does" "the command has not begun" "the hook waits for the command here, so the command has to be forked first. And system() waits for the hook's end. (Or does your program loop?)"
	is "$(tail -n 1 command)" 1 "the command has to be PID 1 in there. Was the way back taken before the command is there?"
	differs "$(head -n 1 command)" "$(ns pid)" "the command's PID namespace is the new one"
	differs "$(cat hook)" "" "the hook has not run while the command runs: the command waits for it here"
	is "$(tail -n +2 hook)" "$(ns pid)" "the hook is in the command's PID namespace: unshare() has changed where its children are born, pid_for_children. setns(2) changes it too, and a child made before unshare() is not concerned"
}

@test "\$PID is the command's PID outside" {
	hooked 'echo "$PID"; readlink "/proc/$PID/ns/pid"; grep NSpid "/proc/$PID/status"; echo >go' 'readlink /proc/self/ns/pid >command; read -r _ <go; exit 7'
	pid=$(head -n 1 hook)
	[[ $pid =~ ^[0-9]+$ ]] || hint "a PID" "$pid" "the hook gets it in its environment: setenv(3)"
	differs "$pid" 1 "1 is the PID inside. Outside it is the PID that fork() returned to the parent"
	is "$(grep -o '[[:space:]]1$' hook | tr -d '[:space:]')" 1 "it is not the PID of the command: the PID that fork() returned to the parent"
	is "$(sed -n 2p hook)" "$(cat command)" "the PID that fork() returned to the parent"
}

@test "the status is the command's" {
	hooked 'echo >go; exit 3' 'read -r _ <go; exit 7'
	is "$status" 7 "the command's status, not the hook's"
	# The hook has ended here before the command does. The command sees the old /proc.
	hooked 'echo $$ >go; exit 3' 'read -r hook <go; while grep -qs "^State:.[^ZX]" "/proc/$hook/status"; do :; done; exit 7'
	is "$status" 7 "the command's status, not the hook's: with two children, wait() tells of whichever ends first. waitpid(2)"
	hooked 'echo >go' 'read -r _ <go; kill -KILL $$; exit 4'
	is "$status" 4 "the command's status. PID 1 is immune to its own SIGKILL"
	try timeout -k 1 5 "$PROGRAM" -p -x true no-such-command
	is "$status" 127 "the command's status, also where there is none to run"
}

@test "without -x all is as before" {
	inside -p sh -c 'echo $$; echo "${PID-unset}"; exit 7'
	alive
	is "$output" $'1\nunset' "main(): the hook is for -x only"
	is "$status" 7 "main(): return the command's status, as before"
	inside -u sh -c 'exit 7'
	is "$status" 7 "main(): -u forks nothing"
}

@test "the command gets no descriptor of yours" {
	try sh -c 'ls /proc/self/fd'
	outside=$output
	hooked 'echo >go' 'read -r _ <go; ls /proc/self/fd'
	is "$output" "$outside" "open(2), O_CLOEXEC: a descriptor of your PID namespace is no business of the command"
}
