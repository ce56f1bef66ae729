#!/usr/bin/env bats
# Chapter 09: the full launcher.

load helpers

ALL=(cgroup ipc mnt net pid time user uts)

# The sandbox of an ordinary user has but one user.
one_user() {
	! setpriv --reuid=4242 true 2>/dev/null
}

# as_caller COMMAND [ARG...]: as try, as user 4242 of group 4343, without rights.
as_caller() {
	if one_user; then
		try unshare --user --map-user=4242 --map-group=4343 "$@"
	else
		try setpriv --reuid=4242 --regid=4343 --clear-groups "$@"
	fi
}

# run_in OPTION... -- COMMAND [ARG...]: start with options: waits for the command's
# name among the program's children.
run_in() {
	local options=()
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	set -m # else bash starts it with SIGINT and SIGQUIT ignored
	"$PROGRAM" "${options[@]}" "$@" 3>&- &
	set +m
	PARENT=$!
	until_true pgrep -P "$PARENT" -x "${1##*/}"
	CHILD=$(pgrep -P "$PARENT")
}

ended() {
	[ ! -e "/proc/$1" ] || grep -q '^State:.Z' "/proc/$1/status"
}

# end_with SIGNAL: sends it to the program, and sets $status to how it ended.
end_with() {
	kill -"$1" "$PARENT"
	until_true ended "$PARENT" ||
		hint "that SIG$1 ends the program" "it lives on" "pass_on()"
	wait "$PARENT" && status=0 || status=$?
}

# make_root: a root file system in ./root, with nothing but busybox.
make_root() {
	local applet busybox
	busybox=$(type -P busybox) || busybox=
	mkdir -p root/bin root/proc root/sys root/dev root/tmp
	[ -z "$busybox" ] || cp "$busybox" root/bin/busybox
	needs "a busybox that is linked statically" unshare --user --map-root-user chroot root /bin/busybox true
	for applet in awk cat grep head hostname id ls mknod mount nc od ping ps pwd sh sleep sort test touch true wc xargs; do
		ln -s busybox "root/bin/$applet"
	done
	chmod 1777 root/tmp
}

# own_cgroups: the top of each hierarchy is a folder of this test's, so that what
# a broken program leaves there goes with it. Sets MEMORY, the limit's name.
own_cgroups() {
	local top folder
	TOPS=(/sys/fs/cgroup) MEMORY=memory.max
	if [ ! -e /sys/fs/cgroup/cgroup.procs ]; then
		TOPS=(/sys/fs/cgroup/memory /sys/fs/cgroup/pids) MEMORY=memory.limit_in_bytes
	fi
	if [ "$MEMORY" = memory.max ] && [ ! -w /sys/fs/cgroup ]; then
		# What was delegated to this user: the nearest that has no process itself.
		top=/sys/fs/cgroup$(sed -n 's/^0:://p' /proc/self/cgroup)
		while [ "${#top}" -gt 15 ] && grep -q . "$top/cgroup.procs"; do top=${top%/*}; done
		[ ! -w "$top/cgroup.procs" ] || mount --bind "$top" /sys/fs/cgroup
	fi
	for top in "${TOPS[@]}"; do
		[ -w "$top" ] || setpriv --reuid=4242 true 2>/dev/null ||
			skip "an ordinary user was given no cgroup here"
		needs "the right to make a cgroup in $top" test -w "$top"
		folder=$(mktemp -d "$top/test.XXXXXX")
		FOLDERS+=("$folder")
		chmod 755 "$folder"
		if [ "$MEMORY" = memory.max ]; then
			echo "+memory +pids" >"$top/cgroup.subtree_control"
		fi
	done
	for folder in "${FOLDERS[@]}"; do
		mount --bind "$folder" "${folder%/*}"
	done
}

# containers: the cgroups that the program has made.
containers() {
	local top
	for top in "${TOPS[@]}"; do
		(cd "$top" && compgen -G 'container-*') || true
	done
}

eval "common_$(declare -f teardown)"
teardown() {
	local folder
	common_teardown
	for folder in "${FOLDERS[@]}"; do
		umount "${folder%/*}"
		find "$folder" -depth -type d -exec rmdir {} \;
	done
}

# --- All eight, and each

@test "LCH-1: with -a all eight namespaces are new" {
	for type in "${ALL[@]}"; do
		inside -a readlink "/proc/self/ns/$type"
		has "$output" "$type:[" "the table of options: is $type in it?"
		differs "$output" "$(ns "$type")" "start_child(): the flags of clone3()"
	done
}

@test "LCH-1, NS-7: control: without an option none is new" {
	inside sh -c 'readlink /proc/self/ns/*; hostname; id'
	is "$output" "$(readlink /proc/self/ns/*; hostname; id)" "read_options(): flags starts as 0"
}

@test "NS-6: each option makes its own namespace new, and no other" {
	local letters=(C i m n p t U u)
	for i in "${!ALL[@]}"; do
		# The others are made with a user namespace, which is for everybody.
		inside "-U${letters[$i]}" readlink "${ALL[@]/#//proc/self/ns/}"
		mapfile -t inside <<<"$output"
		for j in "${!ALL[@]}"; do
			outside=$(ns "${ALL[$j]}")
			if [ "$i" = "$j" ] || [ "${ALL[$j]}" = user ]; then
				differs "${inside[$j]}" "$outside" "the table of options: -${letters[$i]} is ${ALL[$i]}"
			else
				is "${inside[$j]}" "$outside" "the table of options: -${letters[$i]} is ${ALL[$i]} only"
			fi
		done
	done
}

@test "LCH-1: hostname, ipcs, \$\$, ps, id and ip addr show the container's own" {
	ipcmk -Q >/dev/null
	inside -a sh -c 'hostname; ipcs -q | grep -c 0x; echo $$; ps -e -o comm= >ps; xargs <ps; id -u; ip -o addr show up | grep -c "lo *inet 127"; ip -o link | wc -l'
	is "$output" $'container\n0\n1\nsh ps\n0\n1\n1' "child(): sethostname(), mount proc, lo_up()"
}

@test "-H sets the host name, inside only" {
	inside -u -U -H other hostname
	is "$output" other "child(): sethostname()"
	is "$(hostname)" host "CLONE_NEWUTS"
}

@test "nothing of it is seen outside: no mount, host name, interface or process is left" {
	state() { pgrep -x sleep || true; cat /proc/self/mountinfo; hostname; ip -o link; }
	make_root
	state >before
	# Without a user namespace, which would keep the mounts in by itself.
	inside -m -p -u -n -r root sh -c 'mount -t tmpfs x /tmp; hostname x; sleep 60 &'
	inside -m -p no-such-command
	state >after || hint "the sandbox's own /proc" "another" "child(): MS_REC | MS_PRIVATE before the first mount"
	is "$(diff before after)" "" "child(): MS_REC | MS_PRIVATE before the first mount"
}

# --- The root

@test "LCH-2: the classic chroot break-out, which gets out of a chroot, does not get out" {
	make_root
	cat >breakout.c <<-'END'
		#include <sys/stat.h>
		#include <unistd.h>
		int main(void)
		{
			mkdir("jail", 0755);
			if (chroot("jail") == -1)
				return 2;
			for (int i = 0; i < 64; i++)
				if (chdir("..") == -1)
					return 2;
			return chroot(".") == -1 || access("run/outside", F_OK) == -1;
		}
	END
	needs "a static libc (libc6-dev has it on Debian, glibc-static on Fedora)" build_static -o root/breakout breakout.c
	touch /run/outside
	try unshare --user --map-root-user chroot root /breakout
	is "$status" 0 "this test: a chroot should be no wall"
	inside -a -r root /breakout
	is "$status" 1 "change_root(): pivot_root(), and umount2() with MNT_DETACH"
}

@test "LCH-2: the old root can't be reached, and none of its mounts stays" {
	make_root
	touch /run/outside
	inside -a -r root sh -c 'for root in "" /proc/1/root /proc/self/cwd; do ! test -e $root/run/outside || echo "seen in $root"; done'
	is "$status,$output" "0," "change_root(): umount2() with MNT_DETACH"
	inside -a -r root sh -c 'cd /; pwd; grep -c . /proc/self/mountinfo; awk "{print \$5}" /proc/self/mountinfo | sort | xargs'
	is "$output" $'/\n11\n/ /dev /dev/full /dev/null /dev/pts /dev/random /dev/tty /dev/urandom /dev/zero /proc /sys' "change_root(): no mount of the old root stays"
}

@test "LCH-2: an ordinary user gets a root of his own, too" {
	make_root
	as_caller "$PROGRAM" -a -r root sh -c 'id -u; ls -d /bin /home; ls /; echo $$'
	is "$output" $'0\nls: /home: No such file or directory\n/bin\nbin\ndev\nproc\nsys\ntmp\n1' "change_root()"
}

@test "LCH-5: /dev has what programs look for, and it works" {
	make_root
	inside -a -r root sh -c 'ls /dev | xargs; head -c 5 /dev/urandom | wc -c; head -c 5 /dev/random | wc -c
		echo gone >/dev/null; head -c 3 /dev/zero | od -An -tx1; echo x 2>&1 >/dev/full; cat /dev/null; test -c /dev/tty && test -c /dev/ptmx && echo tty
		cat </dev/fd/0; echo out >>/dev/stdout' <<<through
	is "$output" $'fd full null ptmx pts random stderr stdin stdout tty urandom zero\n5\n5\n 00 00 00\nsh: write error: No space left on device\ntty\nthrough\nout' "make_dev()"
}

@test "with -r /proc and /dev/pts are its own, and /sys is read-only" {
	make_root
	inside -a -r root sh -c 'echo /proc/[0-9]*; ls /dev/pts; touch /sys/x; ls /sys/class/net'
	is "$output" $'/proc/1\nptmx\ntouch: /sys/x: Read-only file system\nlo' "change_root()"
	touch "$DIR/x"
	inside -a -r root pwd
	is "$output" / "change_root(): chdir(\"/\")"
}

@test "folders that the new root lacks are left out; a root that is none is an error" {
	make_root
	rm -r root/sys root/dev
	inside -a -r root ls /
	is "$output" $'bin\nproc\ntmp' "mounted(): ENOENT"
	inside -a -r nowhere true
	is "$status,$output" "1,$NAME: nowhere: No such file or directory" "child(): realpath()"
	cd root || return
	inside -a -r . ls /
	is "$output" $'bin\nproc\ntmp' "child(): realpath(): the folder is below the mount, and . stays there"
	ln -s . dev
	inside -a -r . echo the command ran
	is "$status,$output" "1,$NAME: dev: a link, not a place to mount on" "mounted(): readlink()"
}

# --- Networks

@test "LCH-3: -N joins a named network; two containers ping each other, localhost and the outside" {
	make_root
	needs "ip netns" ip netns add net1
	ip netns add net2
	needs "a bridge" ip link add br0 type bridge
	ip addr add 10.9.0.254/24 dev br0
	ip link set br0 up
	for i in 1 2; do
		ip link add "veth$i" type veth peer name eth0 netns "net$i"
		ip link set "veth$i" master br0 up
		ip -n "net$i" addr add "10.9.0.$i/24" dev eth0
		ip -n "net$i" link set eth0 up
		ip -n "net$i" link set lo up
	done
	run_in -Cimptu -N net2 -- sleep 60
	for address in 10.9.0.2 10.9.0.254 127.0.0.1; do
		inside -Cimptu -N net1 -r root ping -c 1 -w 5 "$address"
		is "$status" 0 "join_netns(): setns() before clone()"
	done
	inside -a -N net1 readlink /proc/self/ns/net
	is "$output" "$(nsenter --net=/run/netns/net1 readlink /proc/self/ns/net)" "join_netns(), and no CLONE_NEWNET with -N"
	inside -a -N "/proc/$CHILD/ns/net" readlink /proc/self/ns/net
	is "$output" "$(readlink "/proc/$CHILD/ns/net")" "join_netns(): a path with a slash"
	end_with KILL
	ip link del br0
	ip netns del net1
	ip netns del net2
}

@test "-N takes nothing but a network namespace" {
	inside -N nothing true
	is "$status,$output" "1,$NAME: open /run/netns/nothing: No such file or directory" "join_netns(): open()"
	for file in /proc/self/ns/uts /etc/passwd; do
		inside -N "$file" true
		is "$status,$output" "1,$NAME: setns(CLONE_NEWNET) to $file: Invalid argument" "join_netns(): setns() with CLONE_NEWNET"
	done
	mkfifo ./fifo
	inside -N ./fifo true
	is "$status,$output" "1,$NAME: setns(CLONE_NEWNET) to ./fifo: Invalid argument" "join_netns(): O_NONBLOCK"
}

# --- Limits

@test "LCH-4: a greedy process is killed at the memory limit, and the launcher says so" {
	own_cgroups
	inside -a -l "$MEMORY=20M" tail /dev/zero
	is "$output" "$NAME: out of memory: killed at $MEMORY=20M" "report_oom()"
	is "$status" 137 "wait_for_end(): 128 + WTERMSIG"
	is "$(containers)" "" "clean_up()"
	inside -a -l "$MEMORY=20M" sh -c '(tail /dev/zero) 2>/dev/null; exit 3'
	has "$output" "$NAME: out of memory: killed at $MEMORY=20M" "report_oom(): it may be a child of the command"
	is "$status" 3 "wait_for_end()"
}

@test "LCH-10: control: namespaces alone limit no memory; below the limit nobody is killed" {
	own_cgroups
	inside -a sh -c 'head -c 60M /dev/zero | tail | wc -c'
	is "$output" 62914560 "this test"
	inside -a -l "$MEMORY=20M" sh -c 'head -c 60M /dev/zero | tail | wc -c'
	differs "$output" 62914560 "set_limit()"
	inside -a -l "$MEMORY=200M" sh -c 'head -c 60M /dev/zero | tail | wc -c'
	is "$output" 62914560 "report_oom(): only where oom_kill is not 0"
}

@test "LCH-10: no CPU and no number of processes is limited without a cgroup; pids.max does" {
	own_cgroups
	inside -a sh -c 'for i in 1 2 3 4 5 6 7 8 9; do sleep 60 & n=$i; done; echo $n'
	is "$output" 9 "this test"
	inside -a -l pids.max=5 sh -c 'for i in 1 2 3 4 5 6 7 8 9; do sleep 60 & done'
	has "$output" "annot fork" "main(): the child's PID in cgroup.procs, before the byte"
}

@test "LCH-6: a new cgroup has control files and lists its process, and is gone afterwards" {
	own_cgroups
	# A second one in the same cgroup: memory.high, in v1 memory.soft_limit_in_bytes.
	other=${MEMORY/max/high}
	run_in -a -l pids.max=9 -l "$MEMORY=50M" -l "${other/limit/soft_limit}=40M" -- sleep 60
	for top in "${TOPS[@]}"; do
		is "$(cd "$top" && echo container-*)" "container-$PARENT" "make_cgroup()"
		has "$(ls "$top/container-$PARENT")" cgroup.procs "make_cgroup()"
		is "$(cat "$top/container-$PARENT/cgroup.procs")" "$CHILD" "main(): put(pid, ...)"
	done
	is "$(cat "$top/container-$PARENT/pids.max")" 9 "set_limit()"
	is "$(cat "${TOPS[0]}/container-$PARENT/$MEMORY")" $((50 * 1024 * 1024)) "set_limit()"
	end_with KILL
	differs "$(containers)" "" "this test: SIGKILL leaves the cgroup"
	# The process itself ends with its launcher.
	until_true test ! -e "/proc/$CHILD"
	inside -l pids.max=9 -l "$MEMORY=50M" true
	is "$(containers)" "" "remove_stale(): the next run removes what SIGKILL has left"
}

@test "a cgroup that a live launcher has made stays, though it has no process yet, or the same PID" {
	own_cgroups
	top=${TOPS[-1]}
	mkdir "$top/container-99999"
	flock -s "$top/container-99999" sh -c 'touch locked; exec sleep 60' 3>&- &
	until_true test -e locked
	inside -l pids.max=9 true
	is "$(containers)" container-99999 "remove_stale(): flock() fails, since another holds it"
	kill "$(pgrep -P $! -x sleep)"
	wait $! || true
	inside -l pids.max=9 true
	is "$(containers)" "" "remove_stale(): nobody holds it"
	run_in -l pids.max=9 -- sleep 60
	try flock -n "$top/container-$PARENT" true
	is "$status" 1 "make_locked(): flock()"
	end_with KILL

	# In a PID namespace of its own each launcher is PID 1.
	run_in -p -- "$PROGRAM" -l pids.max=9 sh -c 'touch there; exec sleep 60'
	until_true test -e there
	inside -p "$PROGRAM" -l pids.max=9 echo the command ran
	is "$status,$output" "0,the command ran" "make_locked(): EEXIST"
	end_with KILL
}

@test "the cgroup namespace's root is the container's cgroup" {
	own_cgroups
	inside -aC -l pids.max=9 grep -E '^0:|pids' /proc/self/cgroup
	lacks "$output" container "child(): unshare(CLONE_NEWCGROUP) after read()"
	inside -ip -l pids.max=9 grep -E '^0:|pids' /proc/self/cgroup
	has "$output" /container- "this test: without -C the path is seen"
}

@test "what the command leaves running ends with its cgroup, and a second cgroup in it goes" {
	own_cgroups
	top=${TOPS[-1]}
	inside -l pids.max=9 sh -c 'cd "$0"/container-*; mkdir sub; setsid sleep 60 >/dev/null 2>&1 & exit 7' "$top"
	is "$status,$output" "7," "this test"
	is "$(pgrep -x sleep)" "" "remove_cgroup(): kill()"
	is "$(containers)" "" "remove_cgroup(): what is below"
}

@test "a limit that can't be set is an error, and leaves no cgroup" {
	own_cgroups
	inside -l pids.max=many echo the command ran
	has "$output" "pids.max: Invalid argument" "set_limit(): put()"
	lacks "$output" "the command ran" "set_limit(): put()"
	is "$status,$(containers)" "1," "clean_up(), by atexit()"
	inside -l pids.nothing=1 echo the command ran
	has "$output" "$NAME: -l pids.nothing: a cgroup in " "make_cgroup()"
	is "$status,$(containers)" "1," "make_cgroup(): rmdir()"
	inside -a -l pids.max=9 -N nothing true
	is "$status,$(containers)" "1," "clean_up(), by atexit()"
	inside -a -l pids.max=9 no-such-command
	is "$status,$(containers)" "127," "clean_up(), by atexit()"
}

@test "an ordinary user's limit goes into the cgroup that was given to him; else it is an error" {
	own_cgroups
	as_caller "$PROGRAM" -l pids.max=9 echo the command ran
	is "$status" 1 "make_cgroup()"
	is "$output" "$NAME: -l pids.max: a cgroup in ${TOPS[-1]}: Permission denied" "make_cgroup()"

	# The bind mount would hide the path.
	top=${TOPS[-1]} where=
	umount "$top"
	for folder in "${FOLDERS[@]}"; do
		[ "${folder%/*}" != "$top" ] || given=$folder
	done
	mount --bind "$top" "$top" # for teardown
	chown -R 4242 "$given"
	if [ "$MEMORY" = memory.max ]; then
		# In cgroup v2 the shell has a cgroup beside the container's.
		mkdir "$given/shell"
		chown -R 4242 "$given"
		where=/shell
	fi
	in_given() {
		try sh -c 'echo $$ >"$0/cgroup.procs"; exec setpriv --reuid=4242 --regid=4343 --clear-groups "$@"' \
			"$given$where" "$PROGRAM" -l pids.max=9 "$@"
	}
	in_given grep -E '^0:|pids' /proc/self/cgroup
	has "$output" "${given##*/}/container-" "append_own_cgroup()"
	is "$(find "$given" -mindepth 1 -type d ! -name shell)" "" "clean_up()"
	[ "$MEMORY" = memory.max ] || return 0
	# Its own processes are in the way, and it may not be changed because of that.
	where=
	echo -pids >"$given/cgroup.subtree_control"
	in_given echo the command ran
	is "$status" 1 "is_crowded()"
	has "$output" "$NAME: -l pids.max: a cgroup in " "is_crowded()"
	is "$(cat "$given/cgroup.subtree_control")" "" "is_crowded()"
}

# --- Users

@test "-U maps the caller to 0; only an ordinary user gives up setgroups()" {
	maps='xargs </proc/self/uid_map; xargs </proc/self/gid_map; cat /proc/self/setgroups; id -u; id -g'
	as_caller "$PROGRAM" -U sh -c "$maps"
	is "$output" $'0 4242 1\n0 4343 1\ndeny\n0\n0' "write_maps()"
	inside -U sh -c "$maps"
	is "$output" $'0 0 1\n0 0 1\n'"$(cat /proc/self/setgroups)"$'\n0\n0' "write_maps()"
}

@test "-M and -G map ranges, and the command is user 0 of them" {
	if one_user; then
		inside -U -M '7 0 1' -G '8 0 1' id -u
		is "$output" 7 "write_maps()"
		return
	fi
	# A group that the container should not get.
	try setpriv --groups=4242 "$PROGRAM" -U -M '0 100000 1000,5000 200000 10' -G '0 300000 1000' \
		sh -c 'id -u; id -g; id -G; xargs </proc/self/uid_map; xargs </proc/self/gid_map; touch /run/tmp/x; chown 5 /run/tmp/x; stat -c %u:%g /run/tmp/x'
	is "$output" $'0\n0\n0\n0 100000 1000 5000 200000 10\n0 300000 1000\n5:0' "read_map(), write_maps(), become_user()"
	is "$(stat -c %u:%g /run/tmp/x)" 100005:300000 "become_user()"
	inside -U -M '7 100000 1' -G '8 100000 1' sh -c 'id -u; id -g'
	is "$output" $'7\n8' "read_map(): 0 where it is mapped, else the first"
	as_caller "$PROGRAM" -U -M '7 4242 1' -G '8 4343 1' sh -c 'id -u; id -g'
	is "$output" $'7\n8' "become_user(): setgroups() is not for an ordinary user"
	as_caller "$PROGRAM" -U -M '0 1 1' true
	has "$output" "uid_map: Operation not permitted" "put(): the error of write()"
	is "$status" 1 "put()"
}

@test "-d drops all capabilities, for good, and /proc/sys is read-only" {
	make_root
	grep /proc /proc/self/mountinfo >before
	for options in -d -ad "-ad -r root"; do
		# shellcheck disable=SC2086 # the options are words
		inside $options sh -c 'grep -E "Cap(Prm|Eff|Bnd|Inh|Amb)|NoNewPrivs" /proc/self/status | cut -f 2 | sort -u; echo x >/proc/sys/kernel/domainname; hostname x'
		has "$output" $'0000000000000000\n1' "drop_capabilities()"
		has "$output" "Read-only file system" "protect_proc()"
		is "$(hostname)" host "drop_capabilities()"
		is "$(wc -l <<<"$output")" 4 "drop_capabilities(): the only lines are two values and two errors"
	done
	try setpriv --inh-caps=+chown,+net_admin "$PROGRAM" -d grep Cap /proc/self/status
	is "$(cut -f 2 <<<"$output" | sort -u)" 0000000000000000 "drop_capabilities(): capset()"
	is "$(grep /proc /proc/self/mountinfo)" "$(cat before)" "read_options(): -d makes a mount namespace"
}

@test "control: without -d root inside has all capabilities" {
	inside -a grep CapEff /proc/self/status
	differs "$output" $'CapEff:\t0000000000000000' "drop_capabilities() is for -d"
}

# --- Signals, descriptors, the parent

@test "each of the six signals is passed on" {
	for signal in TERM INT HUP QUIT USR1 USR2; do
		rm -f ready got
		# shellcheck disable=SC2094 # got is read when all is over
		run_in -a -- bash -c 'trap "echo got >>got; exit 9" '"$signal"'; echo >ready; while :; do read -r -t 0.01 <> <(:); done'
		until_true test -e ready
		end_with "$signal"
		is "$status,$(cat got)" "9,got" "pass_on(): SIG$signal"
	done
}

@test "a second SIGTERM, or ten seconds after the first, is SIGKILL" {
	own_cgroups
	run_in -a -l pids.max=9 -- sleep 60
	kill -TERM "$PARENT"
	until_true grep -q "^SigPnd.*0$" "/proc/$PARENT/status"
	SECONDS=0
	end_with TERM
	is "$status,$((SECONDS < 5)),$(containers)" "137,1," "pass_on(): asked"
	# What alarm() sends, when its time is over.
	run_in -a -- sleep 60
	end_with ALRM
	is "$status" 137 "pass_on(): SIGALRM"
	needs "strace may trace a program" strace -qq -o /dev/null true
	run_in -a -- sleep 60
	strace -qq -e trace=setitimer,alarm -o trace -p "$PARENT" 3>&- &
	until_true grep -q "^TracerPid:.[1-9]" "/proc/$PARENT/status"
	kill -TERM "$PARENT"
	until_true grep -qE '(tv_sec=|alarm\()10[,)]' trace
	kill -TERM "$PARENT"
}

@test "a Ctrl-C at the terminal arrives once" {
	needs "script(1)" script -qec true /dev/null
	mkfifo keys
	export PROGRAM
	set -m # else bash starts it with SIGINT ignored
	script -qec 'exec "$PROGRAM" -v -a bash -c "trap \"echo got >>got\" INT; echo >ready; until [ -e finished ]; do read -r -t 0.02 _ <> <(:); done; exit 6"' /dev/null <keys >out 3>&- &
	script=$!
	set +m
	exec 4>keys
	until_true test -e ready
	printf '\003' >&4
	until_true test -e got
	touch finished
	wait "$script" && status=0 || status=$?
	exec 4>&-
	is "$status" 6 "pass_on(): the launcher itself goes on"
	has "$(cat out)" "ended with 6" "this test"
	lacks "$(cat out)" "kill(" "pass_on(): si_code > 0 is not passed on"
}

@test "no descriptor above 2 reaches the command, also not a folder's" {
	seen='for fd in 3 4 5 6 9; do [ ! -e /proc/$$/fd/$fd ] || echo "$fd is open"; done'
	try sh -c "$seen" 5</ 9</etc/passwd
	has "$output" "5 is open" "this test"
	inside -a sh -c "$seen" 5</ 9</etc/passwd
	is "$status,$output" "0," "close_others()"
	"$PROGRAM" -a sh -c 'echo ran >ran' <&- >&-
	is "$(cat ran)" ran "main(): the pipe may not take the place of 0"
	run_in -a -- sleep 60 <&- 2>&-
	has "$(ls -x "/proc/$PARENT/fd")" "3  4" "main(): nor of 2, where messages go"
	end_with KILL
	"$PROGRAM" -N /proc/self/ns/net sh -c '[ -e /proc/$$/fd/0 ] || touch closed' <&-
	has "$(ls)" closed "join_netns(): O_CLOEXEC: it may take the place of 0"
	needs "strace may trace a program" strace -qq -o /dev/null true
	try strace -f -qq -o trace -e trace=close_range -e inject=close_range:error=ENOSYS "$PROGRAM" -a sh -c "$seen" 5</ 9</etc/passwd
	is "$status,$output" "0," "close_others(): /proc/self/fd, where the kernel has no close_range()"
}

@test "the command gets the caller's signal mask and dispositions" {
	try bash -c "trap '' CHLD HUP; exec '$PROGRAM' -a grep -E 'Sig(Blk|Ign)' /proc/self/status"
	is "$output" "$(trap '' CHLD HUP; exec grep -E 'Sig(Blk|Ign)' /proc/self/status)" "run(): sigprocmask() and signal()"
	try bash -c "trap '' CHLD; exec '$PROGRAM' -a sh -c 'exit 3'"
	is "$status" 3 "hold_signals(): SIGCHLD"
}

@test "the launcher's death, even by SIGKILL, is the command's, also after a change of user" {
	for options in -a -u "-a -M 0:100000:1 -G 0:100000:1"; do
		! one_user || [[ $options != *M* ]] || continue
		# shellcheck disable=SC2086 # the options are words
		set -- $options
		run_in "${@//:/ }" -- sleep 60
		end_with KILL
		until_true test ! -e "/proc/$CHILD" ||
			hint "that the command ends with the launcher" "it lives on" "PR_SET_PDEATHSIG, in child() and become_user()"
	done
}

@test "the command never runs in a container that is half made" {
	needs "strace may trace a program" strace -qq -o /dev/null true
	make_root
	own_cgroups
	before=$(grep -c . /proc/self/mountinfo)
	# In cgroup v2 two come before, to share controllers that are shared already.
	first=1
	[ "$MEMORY" != memory.max ] || first=3
	# The last write() of the launcher is the one that lets the child go.
	for what in prctl:error=EPERM "write:error=EPERM:when=$first" "write:error=ENOSPC:when=$((first + 1))" \
		"write:error=EPERM:when=$((first + 2))" "write:error=EPERM:when=$((first + 3))" "write:error=EPERM:when=$((first + 4))" \
		mount:error=EPERM:when=1 mount:error=ENOMEM:when=2 mount:error=EPERM:when=4 pivot_root:error=EPERM umount2:error=EPERM \
		mknod,mknodat:error=ENOSPC:when=2 symlink,symlinkat:error=ENOSPC sethostname:error=EPERM socket:error=EPERM ioctl:error=EPERM:when=1 \
		unshare:error=EPERM clone3:error=ENOSYS pipe2:error=EMFILE rt_sigprocmask:error=EINVAL chdir:error=EPERM; do
		try strace -f -qq -o trace -e "trace=${what%%:*}" -e "inject=$what" "$PROGRAM" -a -r root -l pids.max=20 echo the command ran
		has "$(cat trace)" INJECTED "this test: $what should hit a call"
		lacks "$output" "the command ran" "the check after $what"
		has "$output" "$NAME: " "the check after $what: err() says what failed"
		is "$status" 1 "the check after $what"
		is "$(containers)" "" "clean_up(), after $what"
	done
	is "$(grep -c . /proc/self/mountinfo)" "$before" "child(): MS_PRIVATE"
}

@test "a launcher that is gone before the child has the death signal is noticed, by end of file" {
	needs "strace may trace a program" strace -qq -o /dev/null true
	SECONDS=0
	# The prctl() of the child does nothing; the launcher dies when it writes the map.
	try strace -f -qq -o trace -e trace=prctl,write -e inject=prctl:retval=0:when=1 -e inject=write:signal=KILL:when=1 \
		"$PROGRAM" -a sh -c 'echo the command ran >ran'
	is "$((SECONDS < 9 * ${SLOW:-1}))" 1 "child(): close(gate[1]), or it waits for itself"
	until_true bash -c '! pgrep -x "$0"' "$NAME"
	[ ! -e ran ] || hint "that the command does not run" "it ran" "child(): read(): end of file means abort"
}

@test "SIGKILL of the child or the launcher, at any step, leaves no process" {
	needs "strace may trace a program" strace -qq -o /dev/null true
	make_root
	for what in clone3 prctl mount:when=3 pivot_root write:when=2 write:when=3 sethostname; do
		inject "${what/:/:signal=KILL:}$([[ $what == *:* ]] || echo :signal=KILL)" -a -r root echo the command ran
		# 137, or 1 where the launcher has met the corpse.
		differs "$status" 0 "wait_for_end(), after $what"
		lacks "$output" "the command ran" "child(): read(), after $what"
		until_true bash -c '! pgrep -x "$0"' "$NAME"
	done
}

# --- Escapes

@test "the container's root is not the host's: no signal, no ptrace, no disk, no device, no name" {
	make_root
	sleep 60 3>&- &
	outside=$!
	for caller in try as_caller; do
		"$caller" "$PROGRAM" -a -r root sh -c 'kill -9 "$0"; mknod /tmp/disk b 7 0; mount /dev/vda /tmp; mount -t ext4 /dev/loop0 /tmp; ls "/proc/$0"; mount -o remount,rw /sys && touch /sys/x; echo end' "$outside"
		has "$output" "No such process" "CLONE_NEWPID"
		has "$output" "mknod: /tmp/disk: Operation not permitted" "CLONE_NEWUSER"
		lacks "$output" "cmdline" "change_root(): a /proc of its own"
		has "$output" end "this test"
		is "$(ps -o comm= "$outside")" sleep "CLONE_NEWPID"
	done
}

@test "an abstract socket of the host's is out of reach; control: without -n it is not" {
	cat >abstract.c <<-'END'
		#include <sys/socket.h>
		#include <sys/un.h>
		#include <unistd.h>
		int main(int argc, char *argv[])
		{
			struct sockaddr_un name = { AF_UNIX, "\0test" };
			int fd = socket(AF_UNIX, SOCK_STREAM, 0);

			if (argc > 1) /* a client */
				return connect(fd, (void *)&name, sizeof(name)) == -1;
			if (bind(fd, (void *)&name, sizeof(name)) == 0 && listen(fd, 9) == 0)
				pause();
			(void)argv;
			return 1;
		}
	END
	${CC:-cc} -w -o abstract abstract.c
	./abstract 3>&- &
	until_true grep -q @test /proc/net/unix
	inside -m -p -U ./abstract client
	is "$status" 0 "this test: the socket should be in reach"
	inside -a ./abstract client
	is "$status" 1 "CLONE_NEWNET"
}

# --- Sharing with the container

@test "LCH-8: a program that is shared read-only runs in two containers, and neither can change it" {
	make_root
	cp -r root root2
	mkdir shared root/shared root2/shared
	printf '#!/bin/sh\necho shared\n' >shared/program
	chmod +x shared/program
	for root in root root2; do
		mount --bind shared "$root/shared"
		mount -o remount,bind,ro "$root/shared"
		inside -a -r "$root" sh -c '/shared/program; touch /shared/x; touch /tmp/own && ls /tmp'
		is "$output" $'shared\ntouch: /shared/x: Read-only file system\nown' "child(): MS_REC, for what is mounted in the new root"
		umount "$root/shared"
	done
}

@test "LCH-9: the host finds the container's processes, enters it, and mounts something into it" {
	make_root
	run_in -m -u -i -p -r root -- sleep 60
	is "$(ps -o comm= "$CHILD")" sleep "ps(1)"
	enter=(nsenter -t "$CHILD" -m -u -i -p)
	is "$("${enter[@]}" /bin/hostname)" container "nsenter(1)"
	"${enter[@]}" /bin/mount -t tmpfs x /tmp
	"${enter[@]}" /bin/touch /tmp/new
	is "$(ls "/proc/$CHILD/root/tmp")" new "/proc/PID/root shows the container's files"
	is "$(ls root/tmp)" "" "child(): MS_PRIVATE"
	end_with KILL
}

# --- The command line

@test "LCH-7: -h prints the usage; no argument, an unknown option and options that lack another end with 2" {
	"$PROGRAM" -h >out 2>err
	has "$(cat out)" "Usage: $NAME" "read_options()"
	is "$(cat err)" "" "read_options(): -h prints on stdout"
	for wrong in "" -z -M "-M 0:0:1 true" "-G 0:0:1 true" "-U -M x true" "-H name true" "-r . true" "-l x=1 true" "-l memory.max true" "-l ../x.y=1 true" \
		"-l pids.max= true" "-l cgroup.type=x true" "-U -M 0 true" "-U -M 0:0 true" "-U -M 0:0:1, true" "-U -M 0:0:1:11:0:1 true" "-U -M 0,0,1 true" \
		"-U -M 0:4294967296:1 true" "-U -M 0:0:99999999999999999999 true"; do
		# shellcheck disable=SC2086 # the options are words
		set -- $wrong
		"$PROGRAM" "${@//:/ }" >out 2>err && status=0 || status=$?
		is "$status" 2 "read_options(): '$wrong' is wrong"
		has "$(cat err)" "Usage: $NAME" "read_options(): '$wrong' is wrong"
		is "$(cat out)" "" "read_options(): the usage is printed on stderr"
	done
}

@test "LCH-7: -v tells the steps, the child's PID, and the end, on stderr" {
	make_root
	"$PROGRAM" -v -a -r root sh -c 'exit 4' >out 2>err && status=0 || status=$?
	is "$status,$(cat out)" "4," "step()"
	for what in CLONE_NEWUSER clone3 "the child is" uid_map "make / private" pivot_root sethostname "execvp sh" waitpid "ended with 4"; do
		has "$(cat err)" "$what" "step()"
	done
	is "$(grep -vc "^$NAME: " err)" 0 "main(): setvbuf()"
	"$PROGRAM" -a -r root true >out 2>err
	is "$(cat out err)" "" "step(): only with -v"
}

@test "the exit status: the command's, 128 + the signal, 126, 127, 1" {
	inside -a sh -c 'exit 7'
	is "$status" 7 "wait_for_end()"
	run_in -a -- sleep 60
	kill -KILL "$CHILD"
	wait "$PARENT" && status=0 || status=$?
	is "$status" 137 "wait_for_end()"
	inside -a no-such-command
	is "$status,$output" "127,$NAME: no-such-command: No such file or directory" "run()"
	touch not-executable
	inside -a ./not-executable
	is "$status,$output" "126,$NAME: ./not-executable: Permission denied" "run()"
	as_user "$PROGRAM" -u echo the command ran
	is "$status,$output" "1,$NAME: clone: Operation not permitted" "start_child()"
}

@test "the command gets its arguments, environment and folder; without one it is the shell" {
	inside -a printf '<%s>' 'a b' '' -h --help
	is "$output" '<a b><><-h><--help>' "read_options(): the + in getopt()'s options"
	GREETING=hello inside -a -- sh -c 'echo "$GREETING"; pwd'
	is "$output" $'hello\n'"$DIR" "run()"
	printf '#!/bin/sh\necho "the shell got $# arguments"\n' >shell
	chmod +x shell
	SHELL=$DIR/shell inside -a
	is "$output" "the shell got 0 arguments" "run(): getenv(\"SHELL\")"
	make_root
	output=$(echo 'echo $0' | SHELL=$DIR/shell "$PROGRAM" -a -r root)
	is "$output" /bin/sh "run(): where the new root does not have \$SHELL"
}
