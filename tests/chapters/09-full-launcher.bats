#!/usr/bin/env bats
# Chapter 09: the full launcher.

load helpers

ALL=(cgroup ipc mnt net pid time user uts)

# gives STATUS OUTPUT WHERE-TO-LOOK: what `try` has seen, each half by itself.
gives() {
	is "$output" "$2" "$3"
	is "$status" "$1" "the exit status. $3"
}

# fails MESSAGE WHERE-TO-LOOK: the program said this and ended with 1.
fails() {
	gives 1 "$NAME: $1" "$2"
}

# wait_for WHERE-TO-LOOK: waits until the program ends, and sets $status.
wait_for() {
	ends "$PARENT" || hint "that the program ends" "it still runs" "$1"
}

# end_with SIGNAL: sends it to the program, and sets $status to how it ended.
end_with() {
	kill -"$1" "$PARENT"
	wait_for "wait_for_end(): what becomes of SIG$1?"
}

# child_ends WHERE-TO-LOOK: waits for the end of the command, which is not our child.
child_ends() {
	ended() { ! lives "$CHILD"; }
	until_true ended || hint "that the command ends with the launcher" "it lives on" "$1"
}

# none_left: no process of this program is left.
none_left() {
	! pgrep -x "${NAME:0:15}" >/dev/null
}

# make_root: a root file system in ./root, with nothing but busybox.
make_root() {
	local busybox
	busybox=$(type -P busybox) || busybox=
	mkdir -p root/bin root/proc root/sys root/dev root/tmp
	[ -z "$busybox" ] || cp "$busybox" root/bin/busybox
	needs "a busybox that is linked statically" \
		unshare --user --map-root-user chroot root /bin/busybox --install -s /bin
	chmod 1777 root/tmp
}

# parent_cgroup FILE...: makes a cgroup for this test, in which the launcher is to
# make the container's, with a controller that has one of these files, in cgroup v2
# or v1. Sets $TOP and $FILE. What a broken program leaves in it goes with it.
parent_cgroup() {
	local controller top delegated
	# What was delegated to an ordinary user: the nearest that has no process itself.
	delegated=/sys/fs/cgroup$(sed -n 's/^0:://p' /proc/self/cgroup)
	while [ "${#delegated}" -gt 15 ] && grep -q . "$delegated/cgroup.procs"; do delegated=${delegated%/*}; done
	for FILE in "$@"; do
		controller=${FILE%%.*}
		for top in /sys/fs/cgroup /sys/fs/cgroup/unified "/sys/fs/cgroup/$controller" "$delegated"; do
			[ -w "$top/cgroup.procs" ] || continue
			[ -z "${UNIFIED:-}" ] || [ -e "$top/cgroup.subtree_control" ] || continue
			TOP=$(mktemp -d "$top/test.XXXXXX") || continue
			FOLDERS+=("$TOP")
			chmod 755 "$TOP"
			[ ! -e "$top/cgroup.subtree_control" ] ||
				(echo "+$controller" >"$top/cgroup.subtree_control") 2>/dev/null || true
			[ ! -e "$TOP/$FILE" ] || return 0
		done
	done
	! one_user || skip "an ordinary user was given no cgroup here"
	needs "a cgroup with $1, and the right to make it" false
}

# unified_cgroup: the same in cgroup v2, with whatever controller is left for it.
# Sets $VALUE, too, which is good for $FILE.
unified_cgroup() {
	local -A values=([pids.max]=9 [hugetlb.2MB.max]=0 [hugetlb.1GB.max]=0 [hugetlb.64KB.max]=0 [cpu.weight]=50)
	UNIFIED=yes parent_cgroup "${!values[@]}"
	VALUE=${values[$FILE]}
}

# containers: the cgroups that the program has made.
containers() {
	(cd "$TOP" && compgen -G 'container-*') || true
}

after_test() {
	local folder
	for folder in "${FOLDERS[@]}"; do
		find "$folder" -depth -type d -exec rmdir {} \;
	done
}

# --- All eight, and each

@test "LCH-1: with -a all eight namespaces are new" {
	inside -a readlink "${ALL[@]/#//proc/self/ns/}"
	for type in "${ALL[@]}"; do
		has "$output" "$type:[" "the table of types: is $type in it?"
		lacks "$output" "$(ns "$type")" "start_child(): the flags of clone3(), and unshare() for the cgroup"
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
				differs "${inside[$j]}" "$outside" "the table of types: -${letters[$i]} is ${ALL[$i]}"
			else
				is "${inside[$j]}" "$outside" "the table of types: -${letters[$i]} is ${ALL[$i]} only"
			fi
		done
	done
}

@test "LCH-1: hostname is the container's" {
	inside -a hostname
	is "$output" container "child(): sethostname()"
}

@test "LCH-1: ipcs lists none of the host's queues" {
	ipcmk -Q >/dev/null
	inside -a sh -c 'ipcs -q | grep -c 0x'
	is "$output" 0 "the table of types: CLONE_NEWIPC"
}

@test "LCH-1: \$\$ is 1, and ps shows the container's processes alone" {
	inside -a sh -c 'echo $$; ps -e -o comm= >ps; xargs <ps'
	is "$output" $'1\nsh ps' "child(): without -r, a new proc on /proc, for -m with -p"
}

@test "LCH-1: id says root" {
	as_user "$PROGRAM" -a id -u
	is "$output" 0 "write_maps()"
}

@test "LCH-1: ip addr shows one interface, lo, and it is up" {
	inside -a sh -c 'ip -o addr show up | grep -c "lo *inet 127"; ip -o link | wc -l'
	is "$output" $'1\n1' "lo_up()"
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

@test "LCH-2: no file of the old root can be reached" {
	make_root
	touch /run/outside
	inside -a -r root sh -c 'for root in "" /.. /proc/1/root /proc/self/cwd; do
		[ ! -e $root/run/outside ] || echo "seen in $root"; done'
	gives 0 "" "change_root(): umount2() with MNT_DETACH"
}

@test "LCH-2: none of the old root's mounts stays" {
	make_root
	inside -a -r root sh -c 'awk "{print \$5}" /proc/self/mountinfo | sort | xargs'
	is "$output" "/ /dev /dev/full /dev/null /dev/pts /dev/random /dev/tty /dev/urandom /dev/zero /proc /sys" \
		"change_root(): umount2() takes the old root off, with all that is mounted below it"
}

@test "LCH-2: an ordinary user gets a root of his own, too" {
	make_root
	as_user "$PROGRAM" -a -r root sh -c 'id -u; ls /'
	gives 0 $'0\nbin\ndev\nproc\nsys\ntmp' "change_root()"
}

@test "with -r the command starts in /" {
	make_root
	inside -a -r root pwd
	is "$output" / "enter_root(): chdir(), after which pivot_root() makes that folder the root"
}

@test "LCH-5: /dev has what programs look for" {
	make_root
	inside -a -r root sh -c 'ls /dev | xargs; test -c /dev/tty && test -c /dev/ptmx && echo "tty and ptmx are devices"'
	is "$output" $'fd full null ptmx pts random stderr stdin stdout tty urandom zero\ntty and ptmx are devices' \
		"make_dev()"
}

@test "LCH-5: the devices work" {
	make_root
	inside -a -r root sh -c 'head -c 5 /dev/urandom | wc -c; head -c 5 /dev/random | wc -c; echo gone >/dev/null
		head -c 3 /dev/zero | od -An -tx1; cat /dev/null; echo x 2>&1 >/dev/full'
	is "$output" $'5\n5\n 00 00 00\nsh: write error: No space left on device' \
		"make_dev(): the bind mounts of the host's nodes"
}

@test "/dev/fd and its links lead to the command's own descriptors" {
	make_root
	inside -a -r root sh -c 'cat </dev/fd/0; echo out >>/dev/stdout; echo error 2>&1 >>/dev/stderr' <<<through
	is "$output" $'through\nout\nerror' "make_dev(): symlink()"
}

@test "with -r /proc is the container's own" {
	make_root
	inside -a -r root sh -c 'echo /proc/[0-9]*'
	is "$output" /proc/1 "change_root(): a new proc"
}

@test "with -r /dev/pts is a new one, empty but for ptmx" {
	make_root
	inside -a -r root sh -c 'ls /dev/pts; stat -c %d /dev/pts'
	is "${output%%$'\n'*}" ptmx "make_dev(): a new devpts"
	differs "${output##*$'\n'}" "$(stat -c %d /dev/pts)" "make_dev(): a new devpts, and not the host's"
}

@test "with -r /sys shows the container's network, and is read-only" {
	make_root
	inside -a -r root sh -c 'ls /sys/class/net; touch /sys/x'
	is "$output" $'lo\ntouch: /sys/x: Read-only file system' "change_root(): a new sysfs with MS_RDONLY"
}

@test "in a user namespace without a PID namespace /proc is the old one; without a network /sys is left out" {
	make_root
	inside -mU -r root sh -c 'ls -d "/proc/$1" && ls /sys' sh "$$"
	gives 0 "/proc/$$" "change_root(): the bind mount of /proc, and no sysfs"
}

@test "folders that the new root lacks are left out" {
	make_root
	rm -r root/sys root/dev
	inside -a -r root ls /
	gives 0 $'bin\nproc\ntmp' "mounted(): ENOENT"
}

@test "a root that is none is an error" {
	inside -a -r nowhere true
	fails "nowhere: No such file or directory" "enter_root(): realpath()"
}

@test "the root may be the working directory" {
	make_root
	cd root || return
	inside -a -r . ls /
	gives 0 $'bin\ndev\nproc\nsys\ntmp' "enter_root(): realpath(): the folder is below the mount, and . stays there"
}

@test "a link in the root leads no mount out of it" {
	make_root
	rm -r root/dev
	ln -s "$DIR" root/dev
	inside -a -r root echo the command ran
	fails "dev: a link, not a place to mount on" "mounted(): lstat()"
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
	end_with KILL
	ip link del br0
	ip netns del net1
	ip netns del net2
}

@test "LCH-3: with -a, -N is the network all the same; it may be a path" {
	needs "ip netns" ip netns add net1
	net1=$(nsenter --net=/run/netns/net1 readlink /proc/self/ns/net)
	for net in net1 /run/netns/net1; do
		inside -a -N "$net" readlink /proc/self/ns/net
		is "$output" "$net1" "join_netns(), and no CLONE_NEWNET with -N"
	done
	ip netns del net1
}

@test "-N takes nothing but a network namespace" {
	inside -N nothing true
	fails "open /run/netns/nothing: No such file or directory" "join_netns(): open()"
	mkfifo ./fifo
	for file in /proc/self/ns/uts /etc/passwd ./fifo; do
		inside -N "$file" true
		fails "setns(CLONE_NEWNET) to $file: Invalid argument" "join_netns(): setns() with CLONE_NEWNET; O_NONBLOCK"
	done
}

# --- Limits: in cgroup v2 or v1, whichever has the controller

@test "LCH-4: a greedy process is killed at the memory limit, and the launcher says so" {
	parent_cgroup memory.max memory.limit_in_bytes
	inside -a -c "$TOP" -l "$FILE=20M" tail /dev/zero
	gives 137 "$NAME: out of memory: killed at $FILE=20M" "report_oom(), and wait_for_end(): 128 + WTERMSIG"
	is "$(containers)" "" "clean_up()"
}

@test "LCH-4: it says so, too, when it was a child of the command" {
	parent_cgroup memory.max memory.limit_in_bytes
	inside -a -c "$TOP" -l "$FILE=20M" sh -c '(tail /dev/zero) 2>/dev/null; exit 3'
	has "$output" "$NAME: out of memory: killed at $FILE=20M" "report_oom(): it counts the kills in the cgroup"
	is "$status" 3 "wait_for_end()"
}

@test "LCH-10: control: namespaces alone limit no memory" {
	inside -a sh -c 'head -c 60M /dev/zero | tail | wc -c'
	is "$output" 62914560 "this test"
}

@test "LCH-10: below the limit nobody is killed, and nothing is said" {
	parent_cgroup memory.max memory.limit_in_bytes
	inside -a -c "$TOP" -l "$FILE=200M" sh -c 'head -c 60M /dev/zero | tail | wc -c'
	gives 0 62914560 "report_oom(): only where oom_kill is not 0"
}

@test "LCH-10: no number of processes is limited without a cgroup; pids.max does" {
	parent_cgroup pids.max
	inside -a sh -c 'for i in 1 2 3 4 5 6 7 8 9; do sleep 60 & n=$i; done; echo $n'
	is "$output" 9 "this test"
	inside -a -c "$TOP" -l pids.max=5 sh -c 'for i in 1 2 3 4 5 6 7 8 9; do sleep 60 & done'
	has "$output" "annot fork" "main(): the child's PID goes into cgroup.procs, before the byte"
}

@test "LCH-6: a new cgroup has control files, and lists its process" {
	parent_cgroup pids.max
	run_in -a -c "$TOP" -l pids.max=9 -- sleep 60
	is "$(cat "$TOP"/container-*/cgroup.procs)" "$CHILD" "main(): the child's PID goes into cgroup.procs"
	is "$(cat "$TOP"/container-*/pids.max)" 9 "make_cgroup(): each limit is put() into its file"
	is "$(stat -c %a "$TOP"/container-*)" 755 "make_cgroup(): mkdtemp() makes it for its owner alone; others may look"
	kill -KILL "$CHILD"
	wait_for "wait_for_end()"
	is "$(containers)" "" "clean_up()"
}

@test "LCH-6: two limits are set in one cgroup" {
	parent_cgroup memory.max memory.limit_in_bytes
	# memory.high, in cgroup v1 memory.soft_limit_in_bytes.
	other=${FILE/max/high} other=${other/limit/soft_limit}
	run_in -a -c "$TOP" -l "$FILE=50M" -l "$other=40M" -- sleep 60
	is "$(containers | wc -l)" 1 "make_cgroup(): one, for all limits"
	is "$(cat "$TOP/$(containers)/$FILE" "$TOP/$(containers)/$other" | xargs)" "52428800 41943040" \
		"make_cgroup(): the loop over the limits"
	kill -KILL "$CHILD"
	wait_for "wait_for_end()"
}

@test "SIGKILL of the launcher leaves a cgroup, but no process in it" {
	parent_cgroup pids.max
	run_in -a -c "$TOP" -l pids.max=9 -- sleep 60
	end_with KILL
	child_ends "die_with_parent()"
	differs "$(containers)" "" "this test: nobody is left who could remove it"
}

@test "a cgroup that another launcher has made is left alone, and is no error" {
	parent_cgroup pids.max
	# In a PID namespace of its own each launcher is PID 1.
	alone=(unshare --pid --fork --kill-child "$PROGRAM" -p -c "$TOP" -l pids.max=9)
	"${alone[@]}" sleep 60 3>&- &
	until_true compgen -G "$TOP/container-*"
	first=$(containers)
	try "${alone[@]}" echo the command ran
	gives 0 "the command ran" "make_cgroup(): a name that nobody has: mkdtemp(3)"
	is "$(containers)" "$first" "clean_up(): each removes its own"
}

@test "the cgroup namespace's root is the container's cgroup" {
	parent_cgroup pids.max
	inside -ip -c "$TOP" -l pids.max=9 grep -E '^0:|pids' /proc/self/cgroup
	has "$output" /container- "this test: without -C the path is seen"
	inside -a -c "$TOP" -l pids.max=9 grep -E '^0:|pids' /proc/self/cgroup
	lacks "$output" container "child(): unshare(CLONE_NEWCGROUP) after wait_at_gate()"
}

@test "what the command leaves running ends with PID 1, and cgroups that it made in its own go" {
	parent_cgroup pids.max
	inside -p -c "$TOP" -l pids.max=9 sh -c 'cd "$0"/container-*; mkdir -p sub/sub .sub
		setsid sleep 60 >/dev/null 2>&1 & exit 7' "$TOP"
	gives 7 "" "clean_up()"
	is "$(pgrep -x sleep)" "" "check_options(): -l needs -p: with PID 1 all of its namespace ends"
	is "$(containers)" "" "clean_up(): nftw() removes what is below first"
}

@test "a cgroup that can't be removed is an error" {
	parent_cgroup pids.max
	run_in -p -c "$TOP" -l pids.max=9 -- sleep 60 2>err
	sleep 60 3>&- & # not the container's, but in its cgroup
	echo $! >"$TOP/$(containers)/cgroup.procs"
	kill -KILL "$CHILD"
	wait_for "clean_up(): it tries for two seconds"
	has "$(cat err)" "$NAME: rmdir $TOP/container-" "clean_up(): warn()"
	is "$status" 1 "clean_up(): _exit()"
}

@test "a value that the kernel refuses is an error, and leaves no cgroup" {
	parent_cgroup pids.max
	inside -p -c "$TOP" -l pids.max=many echo the command ran
	has "$output" "$NAME: write \"many\" to $TOP/container-" "put(): what was written, and where"
	has "$output" "/pids.max: Invalid argument" "put(): what was written, and where"
	lacks "$output" "the command ran" "put()"
	is "$status" 1 "put()"
	is "$(containers)" "" "clean_up(), by atexit()"
}

@test "a limit without such a file is an error that names the file" {
	parent_cgroup pids.max
	inside -p -c "$TOP" -l pids.nothing=1 echo the command ran
	has "$output" "$NAME: write \"1\" to $TOP/container-" "put()"
	has "$output" "/pids.nothing: No such file or directory" "put()"
	is "$(containers)" "" "clean_up(), by atexit()"
}

@test "any other error leaves no cgroup either" {
	parent_cgroup pids.max
	inside -a -c "$TOP" -l pids.max=9 -U -M x true
	is "$status" 1 "put()"
	is "$(containers)" "" "clean_up(), by atexit()"
	inside -a -c "$TOP" -l pids.max=9 no-such-command
	is "$status" 127 "run()"
	is "$(containers)" "" "clean_up(), by atexit()"
}

@test "a cgroup's parent that is none, or not the caller's, is an error" {
	inside -p -U -c nowhere -l pids.max=9 true
	fails "mkdir nowhere/container-XXXXXX: No such file or directory" "make_cgroup(): mkdtemp()"
	parent_cgroup pids.max
	chmod a-w "$TOP" # it may be this user's own
	as_user "$PROGRAM" -pU -c "$TOP" -l pids.max=9 echo the command ran
	fails "mkdir $TOP/container-XXXXXX: Permission denied" "make_cgroup(): mkdtemp()"
	is "$(containers)" "" "make_cgroup()"
}

# --- The same in cgroup v2, whose parent has to share the controller. Where v1 has
# most controllers, one or two are often left for v2.

@test "cgroup v2: the parent shares the controller, and the limit is set" {
	unified_cgroup
	run_in -p -c "$TOP" -l "$FILE=$VALUE" -- sleep 60
	is "$(cat "$TOP/cgroup.subtree_control")" "${FILE%%.*}" \
		"make_cgroup(): \"+${FILE%%.*}\" is put() into cgroup.subtree_control"
	is "$(cat "$TOP"/container-*/"$FILE")" "$VALUE" "make_cgroup(): each limit is put() into its file"
	is "$(cat "$TOP"/container-*/cgroup.procs)" "$CHILD" "main(): the child's PID goes into cgroup.procs"
	kill -KILL "$CHILD"
	wait_for "wait_for_end()"
	is "$(containers)" "" "clean_up()"
}

@test "cgroup v2: without -c it is made in /sys/fs/cgroup" {
	unified_cgroup
	mount --bind "$TOP" /sys/fs/cgroup
	run_in -p -l "$FILE=$VALUE" -- sleep 60
	has "$(echo /sys/fs/cgroup/*)" /container- "make_cgroup()"
	kill -KILL "$CHILD"
	wait_for "wait_for_end()"
	lacks "$(echo /sys/fs/cgroup/*)" /container- "clean_up()"
	umount /sys/fs/cgroup
}

@test "cgroup v2: a controller that the parent does not have is an error that says so" {
	unified_cgroup
	inside -p -c "$TOP" -l nothing.max=1 echo the command ran
	fails "write \"+nothing\" to $TOP/cgroup.subtree_control: Invalid argument" "make_cgroup(): put()"
	is "$(containers)" "" "clean_up()"
}

@test "cgroup v2: what is made in the container's cgroup goes with it" {
	unified_cgroup
	inside -p -c "$TOP" -l "$FILE=$VALUE" sh -c 'cd "$0"/container-*; mkdir -p one/two
		echo 0 >one/two/cgroup.procs; exit 7' "$TOP"
	gives 7 "" "clean_up()"
	is "$(containers)" "" "clean_up(): nftw()"
}

@test "cgroup v2: a container in a container has its cgroup in the outer one's" {
	unified_cgroup
	# A cgroup with processes of its own shares no controller: so a leaf for the shell.
	inside -p -c "$TOP" -l "$FILE=$VALUE" sh -c 'cd "$0"/container-*; mkdir leaf; echo 0 >leaf/cgroup.procs
		"$1" -p -c "$PWD" -l "$2" grep ^0: /proc/self/cgroup' "$TOP" "$PROGRAM" "$FILE=$VALUE"
	is "$(grep -o container- <<<"$output" | wc -l)" 2 "make_cgroup(): -c"
	is "$(containers)" "" "clean_up()"
}

@test "cgroup v2: a user's limit is set in the cgroup that was delegated to him" {
	unified_cgroup
	local user=(setpriv --reuid=4242 --regid=4343 --clear-groups)
	mkdir "$TOP/shell"
	if one_user; then # to whom it is delegated already
		user=(unshare --user --map-user=4242 --map-group=4343)
	else
		chown -R 4242 "$TOP"
	fi
	try sh -c 'echo 0 >"$0/shell/cgroup.procs"; exec "$@"' \
		"$TOP" "${user[@]}" "$PROGRAM" -pU -c "$TOP" -l "$FILE=$VALUE" grep ^0: /proc/self/cgroup
	has "$output" "${TOP##*/}/container-" "make_cgroup()"
	is "$status" 0 "main(): the child's PID goes into cgroup.procs"
	is "$(containers)" "" "clean_up()"
}

# --- Users

@test "-U maps the caller to 0" {
	as_user "$PROGRAM" -U sh -c 'xargs </proc/self/uid_map; xargs </proc/self/gid_map; id -u; id -g'
	is "$output" $'0 4242 1\n0 4343 1\n0\n0' "write_maps()"
}

@test "only an ordinary user gives up setgroups()" {
	as_user "$PROGRAM" -U cat /proc/self/setgroups
	is "$output" deny "write_maps(): without it he may not write gid_map"
	inside -U cat /proc/self/setgroups
	is "$output" "$(cat /proc/self/setgroups)" "write_maps(): root need not"
}

@test "-M and -G: the command becomes the first ID of the maps" {
	local outer=100000
	! one_user || outer=0
	inside -U -M "7 $outer 1" -G "8 $outer 1" sh -c 'id -u; id -g'
	gives 0 $'7\n8' "read_map(), write_maps(), become_user()"
}

@test "a map has several ranges, and a file belongs to the ID outside" {
	! one_user || skip "an ordinary user has one ID to map"
	inside -U -M '0 100000 1000,5000 200000 10' -G '0 300000 1000' \
		sh -c 'xargs </proc/self/uid_map; xargs </proc/self/gid_map; touch /run/tmp/x; chown 5 /run/tmp/x'
	gives 0 $'0 100000 1000 5000 200000 10\n0 300000 1000' "read_map(): a comma becomes a line's end"
	is "$(stat -c %u:%g /run/tmp/x)" 100005:300000 "become_user()"
}

@test "root's groups are not for the container" {
	! one_user || skip "an ordinary user can't change his groups"
	try setpriv --groups=4242 "$PROGRAM" -U -M '0 100000 1000' -G '0 300000 1000' id -G
	gives 0 0 "become_user(): setgroups()"
}

@test "an ordinary user may be another ID inside" {
	as_user "$PROGRAM" -U -M '7 4242 1' -G '8 4343 1' sh -c 'id -u; id -g'
	gives 0 $'7\n8' "become_user(): setgroups() is not for an ordinary user"
}

@test "a map is judged by the kernel, and the error says what was written where" {
	as_user "$PROGRAM" -U -M '0 1 1' true
	has "$output" "$NAME: write \"0 1 1\" to /proc/" "put()"
	has "$output" "/uid_map: Operation not permitted" "put()"
	is "$status" 1 "put()"
	for map in x 0 "0 0" "0 0 0" "0,0,1" "0 0 1,x" ""; do
		inside -U -M "$map" echo the command ran
		has "$output" "/uid_map: Invalid argument" "put(): the map '$map'"
		lacks "$output" "the command ran" "put(): the map '$map'"
	done
}

# --- Capabilities

@test "-d drops all capabilities, for good" {
	make_root
	for options in -mpd -ad "-ad -r root"; do
		# shellcheck disable=SC2086 # the options are words
		inside $options sh -c 'grep -E "Cap(Prm|Eff|Bnd|Inh|Amb)|NoNewPrivs" /proc/self/status | cut -f 2 | sort -u'
		is "$output" $'0000000000000000\n1' "drop_capabilities(), with $options"
	done
}

@test "-d drops what the caller has made inheritable, too" {
	try setpriv --inh-caps=+chown,+net_admin "$PROGRAM" -mpd grep Cap /proc/self/status
	is "$(cut -f 2 <<<"$output" | sort -u)" 0000000000000000 "drop_capabilities(): capset()"
}

@test "with -d /proc is read-only, and the host's is not" {
	make_root
	grep /proc /proc/self/mountinfo >before
	for options in -mpd -ad "-ad -r root"; do
		# shellcheck disable=SC2086 # the options are words
		inside $options sh -c 'echo x >/proc/sys/kernel/domainname'
		has "$output" "Read-only file system" "child(): the remount of /proc, with $options"
	done
	is "$(grep /proc /proc/self/mountinfo)" "$(cat before)" "check_options(): -d needs -m and -p"
}

@test "control: without -d root inside has all capabilities" {
	inside -a grep CapEff /proc/self/status
	differs "$output" $'CapEff:\t0000000000000000' "drop_capabilities() is for -d"
}

# --- Signals, descriptors, the parent

@test "each signal that a process sends is passed on" {
	for signal in TERM INT HUP QUIT USR1 USR2 ALRM; do
		rm -f ready got
		# shellcheck disable=SC2094 # got is read when all is over
		# Not read -t: until bash 5.2 that uses SIGALRM itself.
		run_in -a -- bash -c 'trap "echo got >>got; exit 9" '"$signal"'
			echo >ready; while :; do sleep 0.05; done'
		until_true test -e ready
		end_with "$signal"
		is "$status" 9 "wait_for_end(): SIG$signal: kill(), and the command's status"
		is "$(cat got)" got "wait_for_end(): SIG$signal, once"
	done
}

@test "a second SIGTERM is SIGKILL" {
	run_in -a -- sleep 60
	kill -TERM "$PARENT"
	until_true grep -q "^ShdPnd.*0$" "/proc/$PARENT/status"
	end_with TERM
	is "$status" 137 "wait_for_end(): PID 1 ignores a SIGTERM that it does not handle"
}

@test "a Ctrl-C at the terminal arrives once" {
	needs "script(1)" script -qec true /dev/null
	mkfifo keys
	export PROGRAM
	set -m # else bash starts it with SIGINT ignored
	script -qec 'exec "$PROGRAM" -v -a bash -c "trap \"echo got >>got\" INT
		echo >ready; until [ -e finished ]; do sleep 0.05; done; exit 6"' /dev/null <keys >out 3>&- &
	script=$!
	set +m
	exec 4>keys
	until_true test -e ready
	printf '\003' >&4
	until_true test -e got
	touch finished
	wait "$script" && status=0 || status=$?
	exec 4>&-
	is "$status" 6 "hold_signals(): the launcher itself goes on"
	has "$(cat out)" "ended with 6" "this test"
	lacks "$(cat out)" "kill(" "wait_for_end(): si_code > 0 is not passed on"
}

@test "with -v into a pipe that nobody reads, the command gets no SIGPIPE" {
	mkfifo said
	cat said >/dev/null 3>&- &
	reader=$!
	# Not PID 1, which would ignore it.
	"$PROGRAM" -v sh -c 'echo >ready; until [ -e end ]; do sleep 0.05; done; exit 5' 2>said 3>&- &
	PARENT=$!
	until_true test -e ready
	kill "$reader"
	wait "$reader" || true
	kill -WINCH "$PARENT" # -v tells of it, by a write() that fails
	until_true grep -q "^S..Pnd.*0$" "/proc/$PARENT/status"
	touch end
	wait_for "wait_for_end()"
	is "$status" 5 "wait_for_end(): SIGPIPE is for the launcher itself"
}

@test "no descriptor above 2 reaches the command, also not a folder's" {
	seen='for fd in 3 4 5 6 9; do [ ! -e /proc/$$/fd/$fd ] || echo "$fd is open"; done'
	try sh -c "$seen" 5</ 9</etc/passwd
	has "$output" "5 is open" "this test"
	inside -a sh -c "$seen" 5</ 9</etc/passwd
	gives 0 "" "main(): close_range(), and O_CLOEXEC for our own"
}

@test "the pipe takes the place of no descriptor that is closed" {
	"$PROGRAM" -a sh -c 'echo ran >ran' <&- >&-
	is "$(cat ran)" ran "main(): nor of 0"
	run_in -a -- sleep 60 <&- 2>&-
	has "$(ls -x "/proc/$PARENT/fd")" "3  4" "main(): nor of 2, where messages go: one would open the gate"
	end_with KILL
}

@test "no descriptor of the launcher's own reaches the command, also where 0 is closed" {
	"$PROGRAM" -N /proc/self/ns/net sh -c 'for fd in 0 3 4 5 6; do [ ! -e /proc/$$/fd/$fd ] || echo "$fd"; done' <&- >open
	is "$(cat open)" "" "join_netns(), pipe2(): O_CLOEXEC"
}

@test "the command gets the caller's signal mask and dispositions" {
	try bash -c "trap '' CHLD HUP; exec '$PROGRAM' -a grep -E 'Sig(Blk|Ign)' /proc/self/status"
	is "$output" "$(trap '' CHLD HUP; exec grep -E 'Sig(Blk|Ign)' /proc/self/status)" "run(): sigprocmask() and signal()"
}

@test "the status is known, too, where the caller ignores SIGCHLD" {
	try bash -c "trap '' CHLD; exec '$PROGRAM' -a sh -c 'exit 3'"
	is "$status" 3 "hold_signals(): SIGCHLD"
}

@test "the launcher's death, even by SIGKILL, is the command's" {
	for options in -a -Uu; do
		run_in "$options" -- sleep 60
		end_with KILL
		child_ends "die_with_parent()"
	done
}

@test "the launcher's death is the command's also after a change of user" {
	! one_user || skip "an ordinary user has one ID to map"
	run_in -a -M '0 100000 1' -G '0 100000 1' -- sleep 60
	end_with KILL
	child_ends "become_user(): a change of user clears the death signal"
}

@test "a launcher that is gone before its go is noticed, by end of file" {
	needs "strace may trace a program" strace -qq -o /dev/null true
	SECONDS=0
	# The child's prctl() does nothing, and its poll() sees nothing; the launcher dies when it writes the map.
	try strace -f -qq -o trace -e trace=prctl,poll,write -e inject=prctl:retval=0:when=1 -e inject=poll:retval=0 \
		-e inject=write:signal=KILL:when=1 "$PROGRAM" -a sh -c 'echo the command ran >ran'
	is "$((SECONDS < 9 * ${SLOW:-1}))" 1 "wait_at_gate(): close(gate[1]), or it waits for itself"
	until_true none_left
	[ ! -e ran ] || hint "that the command does not run" "it ran" "wait_at_gate(): read(): end of file means abort"
}

@test "a launcher that is gone right after its go is noticed, by poll()" {
	needs "strace may trace a program" strace -qq -o /dev/null true
	# The launcher dies when it waits. Until then the child is kept from its prctl(), which then does nothing.
	try strace -f -qq -o trace -e trace=prctl,wait4 -e inject=prctl:retval=0:delay_enter=500000:when=1 \
		-e inject=wait4:signal=KILL:when=1 "$PROGRAM" -a sh -c 'echo the command ran >ran'
	until_true none_left
	[ ! -e ran ] || hint "that the command does not run" "it ran" "die_with_parent(): POLLHUP: nobody holds the other end"
}

@test "a step of the child that fails is named, and the command does not run" {
	needs "strace may trace a program" strace -qq -o /dev/null true
	make_root
	inject mount:error=EPERM:when=2 -a -r root echo the command ran
	fails "mount $DIR/root on $DIR/root: Operation not permitted" "step(): it ends where the result is -1"
}

@test "a step of the parent that fails is named, and leaves no child" {
	needs "strace may trace a program" strace -qq -o /dev/null true
	# The third write() is the go; two maps come before it.
	inject write:error=ENOSPC:when=3 -a echo the command ran
	has "$output" "$NAME: write to the child: go: No space left on device" "step(): it ends where the result is -1"
	lacks "$output" "the command ran" "wait_at_gate()"
	is "$status" 1 "step()"
	until_true none_left
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
		is "$output" $'shared\ntouch: /shared/x: Read-only file system\nown' \
			"enter_root(): MS_REC, for what is mounted in the new root"
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

# wrong OPTION...: is wrong usage: 2, the usage on stderr, and nothing on stdout.
wrong() {
	"$PROGRAM" "$@" >out 2>err && status=0 || status=$?
	is "$status" 2 "'$*' is wrong usage: $look"
	has "$(cat err)" "Usage: launcher" "'$*' is wrong usage: $look"
	is "$(cat out)" "" "'$*' is wrong usage: it is told on stderr"
}

@test "LCH-7: -h prints the usage on stdout" {
	"$PROGRAM" -h >out 2>err
	has "$(cat out)" "Usage: launcher" "read_options()"
	is "$(cat err)" "" "read_options(): -h prints on stdout"
}

@test "-h into a full disk is an error" {
	"$PROGRAM" -h >/dev/full 2>err && status=0 || status=$?
	is "$status" 1 "read_options(): fflush()"
	is "$(cat err)" "$NAME: usage: No space left on device" "read_options(): fflush()"
}

@test "LCH-7: no argument, an unknown option, or one that lacks its argument is wrong usage" {
	look="read_options(): check()"
	wrong
	wrong -z
	wrong -M
}

@test "LCH-7: an option that lacks another is wrong usage" {
	look="check_options()"
	wrong -M '0 0 1' true
	wrong -G '0 0 1' true
	wrong -H name true
	wrong -r . true
	wrong -l pids.max=9 true
	wrong -p -c /sys/fs/cgroup true
	wrong -d true
	wrong -md true
	wrong -pd true
}

@test "an empty host name is wrong usage" {
	look="check_options(): sethostname() would take it"
	wrong -u -H '' true
}

@test "a limit that is none is wrong usage" {
	look="check_options(): the patterns"
	for limit in memory.max pids.max= =1 .max=1 x=1 ../x.y=1 a.b/c=1 cgroup.procs=1; do
		wrong -p -l "$limit" true
	done
}

@test "more limits than there is room for are wrong usage" {
	look="read_options(): COUNT(limits)"
	mapfile -t limits < <(printf -- '-l\npids.max=9\n%.0s' {1..17})
	wrong -p "${limits[@]}" true
}

@test "LCH-7: -v tells the steps, the child's PID, and the end, on stderr" {
	make_root
	"$PROGRAM" -v -a -r root sh -c 'exit 4' >out 2>err && status=0 || status=$?
	is "$(cat out)" "" "step()"
	is "$status" 4 "wait_for_end()"
	for what in CLONE_NEWUSER clone3 "the child is" uid_map "make / private" pivot_root sethostname "execvp sh" waitpid \
		"mknod dev/null: an empty file" "ended with 4"; do
		has "$(cat err)" "$what" "step()"
	done
	is "$(grep -vc "^$NAME: " err)" 0 "main(): setvbuf(): a line, a write()"
}

@test "without -v it says nothing" {
	make_root
	inside -a -r root true
	gives 0 "" "step(): only with -v"
}

@test "the exit status is the command's" {
	inside -a sh -c 'exit 7'
	is "$status" 7 "wait_for_end(): WEXITSTATUS"
}

@test "the exit status is 128 + N, when signal N has killed the command" {
	run_in -a -- sleep 60
	kill -KILL "$CHILD"
	wait_for "wait_for_end()"
	is "$status" 137 "wait_for_end(): WTERMSIG"
}

@test "the exit status is 127 for a command that is not there, 126 for one that can't run" {
	inside -a no-such-command
	gives 127 "$NAME: no-such-command: No such file or directory" "run()"
	touch not-executable
	inside -a ./not-executable
	gives 126 "$NAME: ./not-executable: Permission denied" "run()"
}

@test "the exit status is 1, when a step of the launcher's own fails" {
	as_user "$PROGRAM" -u echo the command ran
	fails "clone: Operation not permitted" "start_child()"
}

@test "the command gets its arguments as they are" {
	inside -a printf '<%s>' 'a b' '' -h --help
	is "$output" '<a b><><-h><--help>' "read_options(): the + in getopt()'s options"
}

@test "the command gets the caller's environment and folder" {
	GREETING=hello inside -a -- sh -c 'echo "$GREETING"; pwd'
	is "$output" $'hello\n'"$DIR" "run()"
}

@test "without a command it runs \$SHELL" {
	printf '#!/bin/sh\necho "the shell got $# arguments"\n' >shell
	chmod +x shell
	SHELL=$DIR/shell inside -a
	is "$output" "the shell got 0 arguments" "run(): getenv(\"SHELL\")"
}

@test "without a command it runs /bin/sh, where \$SHELL is not in the new root, or not set" {
	make_root
	output=$(echo 'echo $0' | SHELL=$DIR/shell "$PROGRAM" -a -r root) || true
	is "$output" /bin/sh "run(): access()"
	output=$(echo 'echo $0' | env -u SHELL "$PROGRAM" -a) || true
	is "$output" /bin/sh "run(): getenv() gives NULL"
}
