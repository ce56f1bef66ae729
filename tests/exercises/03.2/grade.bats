#!/usr/bin/env bats
load ../../chapters/helpers

# Writes ./orphans, which starts 20 orphans. When all have come to their end it
# says how many are zombies still after three seconds, and ends with 7. (It reads
# the outside's /proc itself: ps looks there for its own PID, and may not find it.)
write_orphans() {
	cat >orphan <<-'END'
		#!/bin/sh
		read -r _ <go # when it surely is an orphan
		echo ended >>ended
		exit 3
	END
	cat >orphans <<-'END'
		#!/usr/bin/env bash
		for ((i = 0; i < 20; i++)); do (setsid ./orphan &); done
		exec 4<>go
		for ((i = 0; i < 20; i++)); do echo >&4; done
		SECONDS=0
		while ((SECONDS < 3)); do
			ended=$(grep -c ended ended)
			left=$(cat /proc/[0-9]*/stat 2>/dev/null | grep -c "(orphan)")
			[ "$ended,$left" = 20,0 ] && break
			sleep 0.01
		done
		echo "$left zombies"
		exit 7
	END
	chmod +x orphan orphans
	touch ended
	mkfifo go
}

@test "orphans are reaped while the command runs, and their end is not the command's" {
	write_orphans
	inside ./orphans
	alive
	has "$output" zombies "what wait() returns: it was an orphan that ended, and not the command. (The kernel kills all others when PID 1 ends.)"
	is "$(grep -o '[0-9]* zombies' <<<"$output")" "0 zombies" "these orphans are PID 1's children and have ended, but nobody waits for them: wait(2). (Some may have a process group of their own.)"
	lacks "$output" "No child process" "where SIGCHLD is ignored, no child is left to wait for, and the status is lost: wait(2), NOTES"
	is "$status" 7 "of all that wait() returns, keep the status of the command"
}

# used: sets $ticks, the CPU time of the process $init in 1/100 s, and $switches, how
# often it has been given the CPU.
used() {
	local stat
	stat=$(<"/proc/$init/stat")
	# shellcheck disable=SC2086 # one word a field; the state is the first
	set -- ${stat##*) }
	ticks=$((${12} + ${13}))
	switches=$(awk '/ctxt_switches/ { n += $2 } END { print n }' "/proc/$init/status")
}

@test "while no process ends, the init uses no CPU time" {
	mkfifo runs
	ran "$PROGRAM" sleep 60
	"$PROGRAM" sh -c 'echo >runs; exec sleep 60' 3>&- &
	read -r _ <runs
	init=$(pgrep -P "$!")
	sleep 0.1 # until it waits
	used
	local ticks_before=$ticks switches_before=$switches
	sleep 0.3
	used
	((ticks - ticks_before < 2 && switches - switches_before < 30)) ||
		hint "an init that sleeps until a child ends" \
			"in 0.3 s, $((ticks - ticks_before))0 ms of CPU time in $((switches - switches_before)) turns" \
			"wait(2) sleeps until a child ends. With WNOHANG it does not: your loop asks again and again"
}

@test "the status is the command's, or 128 plus the signal" {
	inside sh -c 'exit 5'
	is "$status" 5 "keep the status of the command: WEXITSTATUS(). wait() returns each child once"
	inside sh -c 'kill -TERM $$'
	is "$status" 143 "keep the status of the command: 128 + WTERMSIG(), also when the init ends"
	inside no-such-command
	is "$status" 127 "after fork(), the child ends with 127 where the command is not found"
}

@test "an orphan that lives on does not keep the init" {
	try timeout -k 1 3 "$PROGRAM" sh -c '(sleep 60 >/dev/null 2>&1 &); exit 6'
	differs "$status" 124 "the init waits for the command and not for the last of all processes: the kernel ends the others"
	is "$status" 6 "the status of the command"
}

@test "the command's signals are as its caller had them" {
	try grep -E '^Sig(Ign|Blk):' /proc/self/status
	outside=$output
	inside grep -E '^Sig(Ign|Blk):' /proc/self/status
	is "$output" "$outside" "what is ignored or blocked before fork() stays so in the child, also after exec"
}
