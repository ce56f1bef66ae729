#!/usr/bin/env bats
load ../../chapters/helpers

# container NAME: a launcher's container of that host name, in which two processes
# sleep. Sets $PARENT and $INIT, the launcher's PID and its child's.
container() {
	needs "a user namespace in a user namespace" unshare --user --map-root-user true
	[ -e setns ] || ${CC:-cc} -w -o setns "$REPO/07-setns/setns.c"
	[ -e launcher ] || ${CC:-cc} -w -o launcher "$REPO/09-full-launcher/launcher.c"
	PATH=$DIR:$PATH
	needs "a busybox that is linked statically" "$REPO/tests/rootfs" "$1"
	touch "$1/this-is-$1"
	./launcher -a -H "$1" -r "$1" sh -c 'sleep 60 & exec sleep 61' 3>&- &
	PARENT=$!
	until_true eval "pgrep -P \$(pgrep -P $PARENT -x sleep) -x sleep"
	INIT=$(pgrep -P "$PARENT")
}

# enter PID COMMAND...: runs the script.
enter() {
	try env -C / bash "$PROGRAM" "$@"
	differs "$status" 124 "the script has not ended after ten seconds: what does it wait for?"
}

# links PID: the namespaces of a process, a link a line.
links() {
	readlink "/proc/$1"/ns/{cgroup,ipc,mnt,net,pid,time,user,uts} || true
}

@test "the command is in the container: its host name, its files" {
	container one
	enter "$PARENT" ls /
	is "$status" 0 "the command is to run, and it says so itself what keeps it from that. Groups: nsenter(1), --preserve-credentials. Namespaces: the PID is the launcher's, and its child is in the container: pgrep(1), -P"
	files=$output
	enter "$PARENT" hostname
	[[ $files != *this-is-one* || $output != host ]] ||
		hint one host "chroot(1) changes the root, and nothing else: join the namespaces"
	differs "$output" host "the PID is the launcher's, which has stayed outside. The process in the container: it is its child. pgrep(1), -P"
	is "$output" one "the host name belongs to the UTS namespace"
	has "$files" this-is-one "the mount namespace brings the root with it: nsenter(1), --mount"
}

@test "in all of its namespaces" {
	container one
	enter "$PARENT" ls -l /proc/self/ns
	missing=
	for link in $(links "$INIT"); do
		[[ $output == *"$link"* ]] || missing+=" ${link%%:*}"
	done
	is "$missing" "" "a namespace that is not joined is the host's: here these. nsenter(1), --all"
	enter "$PARENT" ps -o comm
	has "$output" sleep "the command is to see the container's processes: it has to be in the PID namespace"
}

@test "as its root" {
	container one
	enter "$PARENT" grep 'Uid:\|CapEff' /proc/self/status
	has "$output" $'Uid:\t0\t' "nsenter(1), --setuid: with the user namespace it makes you user 0 of it, if you do not forbid it"
	lacks "$output" 0000000000000000 "user 0 of the container's user namespace, with all capabilities"
}

@test "the right one, where there are two" {
	container one
	first=$PARENT
	container two
	enter "$first" hostname
	is "$output" one "the argument says which launcher it is: a search by the name of a process may find another container's"
	enter "$PARENT" hostname
	is "$output" two "the argument says which launcher it is: a search by the name of a process may find another container's"
}

@test "the arguments arrive as they are, and the status comes back" {
	container one
	enter "$PARENT" sh -c 'echo "$#:$1:$2"; exit 7' sh 'a  b' '*'
	is "$output" "2:a  b:*" 'in bash $@ without quotes is split into words, and * becomes the names of files: "$@"'
	is "$status" 7 "the last command of a script gives its status; or exit \$?"
}

@test "no container: an error, and the command does not run on the host" {
	container one
	sleep 60 3>&- &
	enter "$!" echo the command ran
	lacks "$output" "the command ran" "this PID has no child, so pgrep prints nothing and fails. Who then runs the command, and where?"
	differs "$status" 0 "it could not enter: the status says so"
}
