#!/usr/bin/env bats
load ../../chapters/helpers

outside() {
	ipcs -q | grep 0x0000002a || true
}

@test "the command finds a queue with the key 42, mode 600" {
	inside ipcs -q
	alive
	if [[ -n $(outside) ]]; then
		hint "no queue with the key 42 outside" "$(outside)" "who calls msgget(), and in which namespace does that process run?"
	fi
	lacks "$output" 0x00000000 "IPC_PRIVATE is not a key: what is made with it has the key 0, by which nobody finds it"
	has "$output" 0x0000002a "msgget(2): the key 42, and IPC_CREAT, which makes the queue where there is none (ipcs writes 42 as 0x2a)"
	is "$(awk '$1 == "0x0000002a" { print $4 }' <<<"$output")" 600 "msgget(2) takes the permissions from its second argument too: IPC_CREAT | 0600"
}

@test "outside nobody sees it, while the program runs and after it" {
	mkfifo runs end
	"$PROGRAM" sh -c 'echo >runs; read -r _ <end' 3>&- &
	read -r _ <runs
	is "$(outside)" "" "who calls msgget(), and in which namespace does that process run?"
	echo >end
	wait "$!" || true
	is "$(outside)" "" "who calls msgget(), and in which namespace does that process run?"
}

@test "the status is the command's" {
	inside sh -c 'exit 7'
	is "$status" 7 "main(): return the command's status, as before"
}

@test "without the queue the command does not run" {
	strace -qq -o trace true || return 0 # only strace can make msgget() fail here
	inject '?msgget,?ipc:error=ENOSPC' echo the command ran
	lacks "$output" "the command ran" "msgget(): if it returned -1, err(1, ...)"
	differs "$status" 0 "msgget(): if it returned -1, err(1, ...)"
}
