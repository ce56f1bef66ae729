#!/usr/bin/env bats
# Chapter 01: the UTS namespace.

load helpers

# must: name
@test "UTS-1: hostname inside is the new name" {
	within hostname
	is "$output" container "sethostname(): in the new namespace, before execvp()"
}

# must: name
@test "UTS-1: the prompt of a shell inside shows the new name" {
	within bash -c 'prompt="\h"; echo "${prompt@P}"'
	is "$output" container "sethostname(): in the new namespace, before execvp(): bash reads the name once"
}

# must: name
@test "UTS-2: a name set inside leaves the host's alone, while the program runs and after it" {
	start sleep 60
	is "$(hostname)" host "CLONE_NEWUTS: without it sethostname() renames the whole machine"
	kill "$CHILD"
	ends "$PARENT"
	is "$(hostname)" host "CLONE_NEWUTS: without it sethostname() renames the whole machine"
}

# must: new
@test "UTS-3: readlink /proc/\$\$/ns/uts differs inside and outside" {
	inside sh -c 'readlink /proc/$$/ns/uts'
	has "$output" "uts:[" "namespaces(7)"
	differs "$output" "$(readlink /proc/$$/ns/uts)" "CLONE_NEWUTS: one of clone()'s flags, or unshare()'s"
}

# must: name
@test "UTS-4: hostname other, inside, changes the name inside only" {
	within sh -c 'hostname other; hostname'
	is "$output" other "sethostname(2)"
	is "$(hostname)" host "CLONE_NEWUTS: one of clone()'s flags, or unshare()'s"
}

@test "UTS-5: the NIS domain name is isolated as well" {
	# An ordinary user's root may call setdomainname(), but not write that file.
	needs "domainname, of the package hostname" command -v domainname
	before=$(cat /proc/sys/kernel/domainname)
	within sh -c 'domainname example; cat /proc/sys/kernel/domainname'
	is "$output" example "uts_namespaces(7)"
	is "$(cat /proc/sys/kernel/domainname)" "$before" "CLONE_NEWUTS: one of clone()'s flags, or unshare()'s"
}

@test "UTS-6, NS-7: control: without CLONE_NEWUTS the host itself is renamed" {
	control '/CLONE_NEWUTS/d'
	./control true
	is "$(hostname)" container "this test: the program without its flag should rename the sandbox"
}

@test "UTS-7: \$\$ inside is the PID that the outside sees, and pstree shows the whole host" {
	start sh -c 'echo $$; pstree -A -p 1; sleep 60' >out
	until_true grep -q pstree out
	is "$(head -n 1 out)" "$CHILD" "clone()'s flags: CLONE_NEWPID belongs to chapter 03"
	has "$(cat out)" "$NAME($PARENT)---sh($CHILD)---pstree" "clone()'s flags: CLONE_NEWPID belongs to chapter 03"
	has "$(cat out)" "bash(1)-" "clone()'s flags: CLONE_NEWPID belongs to chapter 03"
}

# must: new
@test "UTS-8: run inside itself it gives a third name, and leaving it brings back the second" {
	within sh -c 'hostname second; "$0" sh -c "hostname third; hostname"; hostname' "$PROGRAM"
	is "$output" $'third\nsecond' "CLONE_NEWUTS: one of clone()'s flags, or unshare()'s"
	is "$(hostname)" host "CLONE_NEWUTS: one of clone()'s flags, or unshare()'s"
}

@test "BASE-1: with no CLONE_NEW* flag at all, clone() is another fork: all namespaces are the caller's" {
	control '/CLONE_NEWUTS/d; s/sethostname\(.*\) == -1/0/'
	try ./control sh -c 'readlink /proc/$$/ns/*; id; hostname'
	is "$output" "$(readlink /proc/$$/ns/*; id; hostname)" "clone(2)"
}
