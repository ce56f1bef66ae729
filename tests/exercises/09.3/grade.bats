#!/usr/bin/env bats
load ../../chapters/helpers

# with_init COMMAND...: tries the program with all namespaces and -I.
with_init() {
	needs "a user namespace in a user namespace" unshare --user --map-root-user true
	inside -aI "$@"
	alive
	lacks "$output" "Usage: " "-I is not an option yet: getopt()'s third argument lists them"
}

# start_init COMMAND...: the same in the background. Sets $PARENT, the launcher's PID.
start_init() {
	set -m # else bash starts it with SIGINT and SIGQUIT ignored
	"$PROGRAM" -aI "$@" >said 2>&1 3>&- &
	set +m
	PARENT=$!
	until_true eval "pgrep -P \$(pgrep -P $PARENT) -x '$1' || ! kill -0 $PARENT"
	pgrep -P "$(pgrep -P "$PARENT")" -x "$1" >/dev/null ||
		hint "the launcher, its child the init, and its child the command" "$(pstree -p "$PARENT"; cat said)" "main() starts one child, PID 1 of the container: it forks once"
}

# end_of SIGNAL WHERE-TO-LOOK: waits for the launcher's end, at most five seconds. Sets $status.
end_of() {
	local end=$((SECONDS + 6))
	while kill -0 "$PARENT" 2>/dev/null && [ "$SECONDS" -lt "$end" ]; do sleep 0.01; done
	! kill -0 "$PARENT" 2>/dev/null || hint "that $1 ends all" "it still runs after five seconds" "$2"
	wait "$PARENT" && status=0 || status=$?
}

@test "-I: PID 1 is an init, the command its child" {
	with_init sh -c 'echo $PPID'
	is "$output" 1 "child(), just before run(): fork(). The child returns and becomes the command, PID 1 stays, and ends by _exit(): nobody waits for its return from child()"
}

@test "the status is the command's" {
	with_init sh -c 'exit 7'
	is "$status" 7 "the init's last step: exit with the command's status, as wait_for_end() has it"
	with_init sh -c 'kill -USR1 $$'
	is "$status" 138 "128 + the signal: as wait_for_end() has it. A signal sent to PID 1 itself may be ignored, so exit with the number"
	with_init no-such-command
	is "$status" 127 "execvp() is called in the command's process, and its status passed on"
}

@test "it reaps orphans" {
	# Four processes lose their parent, and end. The last word is the number of zombies.
	with_init sh -c '
		for i in 1 2 3 4; do (sleep 0.1 & sleep 0.1 &); done
		i=0
		while pgrep sleep >/dev/null && [ $i -lt 20 ]; do i=$((i + 1)); sleep 0.1 2>/dev/null; done &
		wait
		cat /proc/[0-9]*/status 2>/dev/null | grep -c "^State:.Z"'
	is "$output" 0 "orphans become children of PID 1: wait(2) has them all with -1. And for one SIGCHLD several may have ended"
}

@test "it reaps all, where several end before it looks" {
	needs "a user namespace in a user namespace" unshare --user --map-root-user true
	start_init sh -c 'for i in 1 2 3 4; do (sleep 60 &); done; sleep 61 & wait'
	init=$(pgrep -P "$PARENT")
	orphans() { pgrep -P "$init" -x sleep; }
	four() { [ "$(orphans | wc -l)" = 4 ]; }
	until_true four
	orphans=$(orphans)
	kill -STOP "$init"
	until_true grep -q '^State:.T' "/proc/$init/status"
	# shellcheck disable=SC2086 # one word a PID
	kill -KILL $orphans
	dead() { [ "$(orphans | sed 's|.*|/proc/&/status|' | xargs grep -l '^State:.Z' | wc -l)" = 4 ]; }
	until_true dead
	kill -CONT "$init"
	none() { [ -z "$(orphans)" ]; }
	until_true none >/dev/null || hint "no zombie" "$(ps -o pid,stat,comm --ppid "$init")" "for one SIGCHLD several may have ended: waitpid(-1, ...) until it gives no more, with WNOHANG"
}

@test "it ends when the command does, whoever else still runs" {
	inside -aI sh -c 'setsid sleep 60 >/dev/null 2>&1 & exit 3'
	differs "$status" 124 "not the last child counts, but the command: the init has waited for the other one, too"
	is "$status" 3 "not the last child counts, but the command: compare what waitpid() returns"
	is "$(pgrep -x sleep)" "" "with PID 1 all of its namespace ends"
}

@test "signals are passed on: sleep ends at the first SIGTERM" {
	needs "a user namespace in a user namespace" unshare --user --map-root-user true
	start_init sleep 60
	kill -TERM "$PARENT"
	end_of SIGTERM "wait_for_end() sends it to PID 1, the init: what does the init do with it? kill(2)"
	is "$status" 143 "128 + 15: the command was killed by SIGTERM, not by the SIGKILL that comes later"
	for signal in TERM INT QUIT USR1 USR2; do
		start_init bash -c "trap 'echo got; exit 5' $signal"'; echo ready; while :; do sleep 0.1; done'
		until_true grep ready said
		kill "-$signal" "$PARENT"
		end_of "SIG$signal" "all signals that wait_for_end() passes on, not SIGTERM alone"
		is "$status,$(grep -cx got said)" 5,1 "SIG$signal: the command handles it, once, and its status counts"
	done
}

@test "the command has the caller's signal mask and dispositions" {
	outside=$(grep -E '^Sig(Blk|Ign|Cgt)' /proc/self/status)
	with_init grep -E '^Sig(Blk|Ign|Cgt)' /proc/self/status
	is "$output" "$outside" "what the init blocks, ignores or handles is the init's: fork() before it, or set it back; run() does so for the mask"
}

@test "the launcher's end, by SIGKILL too, is the end of all" {
	needs "a user namespace in a user namespace" unshare --user --map-root-user true
	start_init sleep 60
	kill -KILL "$PARENT"
	gone() { [ -z "$(pgrep -x sleep)" ]; }
	until_true gone >/dev/null || hint "no process is left" "$(pstree -p)" "PID 1 has the death signal: it is die_with_parent() before the fork"
}

@test "it comes to its end while others end, and twenty runs leave nothing" {
	before=$(cat /proc/mounts)
	for ((run = 0; run < 20; run++)); do
		with_init sh -c 'for i in 1 2 3 4 5; do (sleep 0.0$i &); done; exit 3'
		is "$status" 3 "the command and orphans end at the same moment: one SIGCHLD for several. Then waitpid() until it gives no more, with WNOHANG"
	done
	is "$(pgrep -l -x "${NAME:0:15}|sh|sleep")" "" "what is left of a container that has ended?"
	is "$(cat /proc/mounts)" "$before" "what is left of a container that has ended?"
}

@test "without -I the command is PID 1; -I without -p is wrong usage" {
	inside -p sh -c 'echo $$'
	is "$output" 1 "the init is made with -I only"
	inside -I echo the command ran
	lacks "$output" "the command ran" "read_options(): check(); without -p it would be no PID 1"
	is "$status" 2 "read_options(): check()"
}
