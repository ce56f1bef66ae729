#!/usr/bin/env bats
load ../../chapters/helpers

@test "-p and -u together: the command runs, as PID 1" {
	inside -p -u sh -c 'echo $$; hostname'
	alive
	lacks "$output" "fork: " "pid_namespaces(7): who was the first child after unshare(CLONE_NEWPID), and has it ended? The memory is not what is missing"
	lacks "$output" "/proc/sys/" "that file takes a name only from the machine's own root: in a user namespace, as here, sethostname(2) does it"
	is "${output%%$'\n'*}" 1 "the command is PID 1 of the new namespace: no other child is forked into it before, and it is forked once"
	is "${output##*$'\n'}" container "the name of the new UTS namespace is set before the command starts"
	is "$(hostname)" host "the name outside is another one: the name is to be set in the new UTS namespace, after unshare()"
}

@test "each by itself" {
	inside -u hostname
	alive
	is "$output" container "with -u, with or without -p, the name is set"
	is "$status" 0 "main(): return the command's status, as before"
	inside -p sh -c 'echo $$; hostname'
	is "$output" $'1\nhost' "the name is set only with -u"
	is "$status" 0 "main(): return the command's status, as before"
	inside -i hostname
	is "$output" host "the name is set only with -u"
	is "$status" 0 "main(): return the command's status, as before"
	is "$(hostname)" host "the name outside stays as it was: it is set only with -u"
}

@test "PID 1 may fork, and children of its own may end" {
	inside -p -u sh -c 'sh -c true; sh -c "echo second"; exit 7'
	is "$output" second "the PID namespace lives as long as its PID 1: that has to be the command"
	is "$status" 7 "main(): return the command's status, as before"
}
