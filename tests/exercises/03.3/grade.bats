#!/usr/bin/env bats
load ../../chapters/helpers

# Writes ./terminate, for a shell inside: terminate N sends SIGTERM to PID 1 until the
# shell has counted N in $n; again after a while, since one that comes before PID 1 is ready is lost.
terminate() {
	cat >terminate <<-'END'
		n=0
		terminate() {
			for ((try = 0; try < 100; try++)); do
				[ "$n" -ge "$1" ] && return
				((try % 30)) || kill -TERM 1
				sleep 0.01
			done
			exit "2$n"
		}
	END
}

@test "the command's signals are as its caller had them" {
	try grep -E '^Sig(Ign|Blk):' /proc/self/status
	outside=$output
	inside grep -E '^Sig(Ign|Blk):' /proc/self/status
	alive
	is "$output" "$outside" "what is ignored or blocked before fork() stays so in the child, also after exec"
}

@test "a command whose caller ignores SIGTERM ignores it too" {
	# shellcheck disable=SC2016 # $0 is the program
	try bash -c 'trap "" TERM; exec "$0" grep SigIgn /proc/self/status' "$PROGRAM"
	((0x${output##*[!0-9a-f]} & 1 << 14)) || # the bit of signal 15
		hint "SIGTERM, ignored by the caller, is ignored by the command: bit 0x4000 of SigIgn" "$output" \
			"when is the handler set? A signal with a handler has its default action after exec: set it after fork(), in the init alone"
}

@test "SIGTERM to PID 1 ends a command that does not handle it, with 143" {
	terminate
	inside bash -c '. ./terminate; terminate 1'
	lacks "$output" "Interrupted system call" "a handler interrupts wait(), which then fails with EINTR: SA_RESTART, or try again"
	differs "$status" 20 "the command got no signal: SIGTERM reaches PID 1 only if it has a handler, and the handler has to pass it on"
	differs "$status" 124 "SIGTERM has come, and the program does not end: whom does the handler signal? It should be the command"
	differs "$status" 137 "pass on the same signal: SIGKILL leaves the command no choice"
	is "$status" 143 "128 + 15: the status of the command, which SIGTERM has ended"
}

@test "a command that handles SIGTERM decides how it ends" {
	terminate
	inside bash -c '. ./terminate; trap "n=\$((n + 1))" TERM; terminate 1; exit 3'
	differs "$status" 143 "the command was not asked: it would have ended with 3. Pass the signal on, and wait. Or did others get it too? kill(2) says whom the PIDs 0 and -1 mean"
	differs "$status" 137 "pass on the same signal: SIGKILL leaves the command no choice"
	is "$status" 3 "pass SIGTERM on, and go on to wait for the command"
}

@test "a second SIGTERM is passed on too" {
	terminate
	inside bash -c '. ./terminate; trap "n=\$((n + 1))" TERM
		setsid sleep 60 >/dev/null 2>&1 & other=$!; terminate 1; terminate 2
		kill -0 $other || exit 9; exit 3'
	differs "$status" 9 "another process of the container got the signal too: it is for the command alone. kill(2): whom do the PIDs 0 and -1 mean?"
	is "$status" 3 "a second SIGTERM should reach the command as the first did"
}

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

@test "orphans are still reaped, and their end is not the command's" {
	write_orphans
	inside ./orphans
	is "$output" "0 zombies" "the loop with wait(): it should go on as before"
	is "$status" 7 "the status of the command, as before"
	try timeout -k 1 3 "$PROGRAM" sh -c '(sleep 60 >/dev/null 2>&1 &); exit 6'
	is "$status" 6 "the end of the command is the end of the init, as before"
}
