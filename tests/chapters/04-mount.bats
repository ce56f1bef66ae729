#!/usr/bin/env bats
# Chapter 04: the mount namespace, and a /proc of its own.

load helpers

# sandboxed COMMAND [ARG...]: the same as try, in namespaces inside this sandbox:
# what leaks from a broken program breaks the /proc there, not the one of these tests.
sandboxed() {
	# shellcheck disable=SC2016 # "$@" is for the shell inside
	try unshare --mount --pid --fork --kill-child --propagation private --mount-proc \
		sh -c 'mount --make-rshared / && "$@"; exit' sh "$@"
}

# Four bind mounts of the folder "disk", one of each propagation type, and two
# functions: `into FOLDER` mounts a file system below it and says where it arrived.
# shellcheck disable=SC2016
PROPAGATION='
	mkdir disk shared private slave unbindable copy
	mount -t tmpfs disk disk
	mkdir disk/shared disk/private disk/slave disk/disk disk/unbindable
	mount --make-shared disk
	for type in shared private slave unbindable; do
		mount --bind disk $type
		mount --make-$type $type
	done
	into() { mount -t tmpfs new $1/$1 && touch $1/$1/file && echo */$1/file; }
'

# must: proc
@test "MNT-1: inside, /proc has the namespace's own processes only" {
	within sh -c 'echo /proc/[0-9]*'
	is "$output" /proc/1 \
		"mount(): a proc file system on /proc, by the child, which CLONE_NEWPID has made PID 1, before execvp()"
	within readlink /proc/self
	is "$output" 1 \
		"mount(): a proc file system on /proc, by the child, which CLONE_NEWPID has made PID 1, before execvp()"
	within findmnt -n -o VFS-OPTIONS --mountpoint /proc
	has "$(tail -n 1 <<<"$output")" "rw," "mount(): the fourth argument, for /proc: no MS_RDONLY"
}

@test "MNT-1, NS-7: control: before /proc is mounted anew, it shows the host's processes" {
	control '/"mount \/proc"/d; s/if .mount\("proc".*//'
	try ./control sh -c 'echo /proc/[0-9]*'
	has "$output " "/proc/$BASHPID " "this test: without the second mount(), /proc should be the outside's"
}

# must: proc
@test "MNT-2: ps -ef inside shows the shell as PID 1 of parent 0, and ps as its child" {
	within sh -c 'ps -ef >ps; awk "NR > 1 { print \$2 == 1 ? 1 : \"N\", \$3, \$8 }" ps'
	is "$output" $'1 0 sh\nN 1 ps' \
		"mount(): a proc file system on /proc, by the child, which CLONE_NEWPID has made PID 1, before execvp()"
}

# must: private
@test "MNT-3: a mount made inside is in mountinfo inside and not outside, and gone with the program" {
	mkdir there
	start sh -c 'mount -t tmpfs inside there; sleep 60'
	eventually grep -q " - tmpfs inside " "/proc/$CHILD/mountinfo" ||
		hint "$DIR/there in mountinfo inside" "$(cat "/proc/$CHILD/mountinfo")" "mount_namespaces(7)"
	lacks "$(cat /proc/self/mountinfo)" " $DIR/there " \
		"MS_REC | MS_PRIVATE on /, by the child, before the first mount; and CLONE_NEWNS"
	kill -KILL "$CHILD"
	ends "$PARENT"
	lacks "$(cat /proc/self/mountinfo)" " $DIR/there " \
		"MS_REC | MS_PRIVATE on /, by the child, before the first mount; and CLONE_NEWNS"
}

@test "MNT-3, NS-7: control: without CLONE_NEWNS a mount made inside is the host's" {
	mkdir there
	control '/CLONE_NEWNS/d'
	sandboxed sh -c './control mount -t tmpfs inside there; umount /proc; cat /proc/self/mountinfo'
	has "$output" " $DIR/there " "this test: without its flag the program should mount in the sandbox"
}

# must: proc
@test "MNT-3: the one mount that is new is /proc, and it can be written" {
	points='cut -d " " -f 5 /proc/self/mountinfo | sort -u' # the old /proc may be below it, or gone
	sh -c "$points" >outside
	within sh -c "$points"
	printf '%s\n' "$output" >inside
	is "$(grep -vxFf outside inside)" "" "mount(): one, of proc on /proc: what else does the program mount?"
	is "$(grep -vxFf inside outside)" "" "umount(): what else than /proc does the program unmount?"
	within sh -c 'echo renamed >/proc/self/comm'
	is "$output" "" "mount(2): its flags for /proc"
}

@test "MNT-4: the fields of a mountinfo line" {
	mkdir there
	sandboxed "$PROGRAM" sh -c 'mount -t tmpfs -o ro,size=1m source there
		mountpoint -d there; grep " $PWD/there " /proc/self/mountinfo
		sed -n "s/^mnt_id:[[:space:]]*//p" /proc/self/fdinfo/9 9<.'
	device=$(head -n 1 <<<"$output")
	read -r id above major_minor root target options separator type source super <<<"$(sed -n 2p <<<"$output")"
	is "$major_minor $root $target" "$device / $DIR/there" \
		"proc(5), mountinfo, fields 3 to 5: device, root, mount point"
	is "$options $separator $type $source" "ro,relatime - tmpfs source" "proc(5), mountinfo, fields 6 to 10"
	has "$super," ",size=1024k," "proc(5), mountinfo, field 11: the options of the file system"
	differs "$id" "$above" "proc(5), mountinfo, fields 1 and 2"
	is "$above" "$(tail -n 1 <<<"$output")" \
		"proc(5), mountinfo, field 2: the ID of the mount that holds the mount point"
}

# must: private
@test "MNT-4: outside / is tagged shared:N, inside every mount is private: no tag at all" {
	has "$(awk '$5 == "/"' /proc/self/mountinfo)" " shared:" \
		"MS_PRIVATE: only after clone() or unshare(): before, it changes the outside"
	within awk '$7 != "-" { print $5, $7 }' /proc/self/mountinfo
	is "$(head -n 3 <<<"$output")" "" \
		"MS_REC | MS_PRIVATE on /, by the child, before the first mount: each mount inside is private, not shared or a slave"
}

# must: private
@test "MNT-5: where / is shared, the host's /proc is intact afterwards" {
	apart sandboxed bash -c 'findmnt -n -o PROPAGATION /; "$0" true; ps -o comm= -C ps' "$PROGRAM"
	is "$output" $'shared\nps' "$HIDDEN_PROC"
}

@test "MNT-5, NS-7: control: without MS_PRIVATE, without MS_REC, or too late, the host's /proc breaks" {
	for edit in '/MS_PRIVATE/,+1d' 's/MS_REC \| //' \
		'/MS_PRIVATE/ { N; h; d }; /"mount \/proc"/G' '/CLONE_NEWNS/d'; do
		control "$edit"
		sandboxed bash -c 'findmnt -n -o PROPAGATION /; ./control true; ps -o comm= -C ps'
		is "$(head -n 1 <<<"$output")" shared \
			"MS_PRIVATE in child(), after clone(): in main() it changes the outside (or tests/sandbox)"
		has "$output" "mount -t proc proc /proc" \
			"this test: after this edit, $edit, the sandbox should have no /proc"
	done
}

@test "MNT-6: what is mounted below a shared mount arrives in its peers and its slaves" {
	sandboxed "$PROGRAM" bash -c "$PROPAGATION into disk; into shared"
	is "$output" "$(printf '%s\n' 'disk/disk/file shared/disk/file slave/disk/file' \
		'disk/shared/file shared/shared/file slave/shared/file')" \
		"mount_namespaces(7), MS_SHARED"
}

@test "MNT-6: what is mounted below a private mount arrives nowhere else" {
	sandboxed "$PROGRAM" bash -c "$PROPAGATION into private"
	is "$output" private/private/file "mount_namespaces(7), MS_PRIVATE"
}

@test "MNT-6: what is mounted below a slave arrives nowhere else" {
	sandboxed "$PROGRAM" bash -c "$PROPAGATION into slave"
	is "$output" slave/slave/file "mount_namespaces(7), MS_SLAVE"
}

@test "MNT-6: an unbindable mount is private, can't be bind mounted, and --rbind leaves it out" {
	sandboxed "$PROGRAM" bash -c "$PROPAGATION into unbindable; mount --bind unbindable copy 2>/dev/null || echo refused"
	is "$output" $'unbindable/unbindable/file\nrefused' "mount_namespaces(7), MS_UNBINDABLE"
	rm -r ./*/
	sandboxed "$PROGRAM" bash -c "$PROPAGATION mount --rbind . copy; echo copy/private/*; ls copy/unbindable"
	is "$output" "copy/private/disk copy/private/private copy/private/shared copy/private/slave copy/private/unbindable" \
		"mount_namespaces(7), MS_UNBINDABLE"
}

@test "MNT-7: two containers read one directory, neither can write it, each has its own writable place" {
	mkdir book own
	echo text >book/page
	seen=
	for name in one two; do
		start sh -c 'mount --bind -o ro book book && mount -t tmpfs own own
			{ cat book/page; touch book/page; } >own/seen 2>&1
			echo $1 >own/name; sleep 60' sh "$name"
		containers+=("/proc/$CHILD/cwd")
		until_true test -s "/proc/$CHILD/cwd/own/name"
	done
	for container in "${containers[@]}"; do
		has "$(cat "$container/own/seen")" text "mount --bind: both should read what is in the directory"
		has "$(cat "$container/own/seen")" "Read-only file system" \
			"mount -o bind,ro: mount(2), MS_REMOUNT with MS_BIND and MS_RDONLY"
		seen+=$(cat "$container/own/name")
	done
	is "$seen" onetwo "MS_REC | MS_PRIVATE on /, by the child, before the first mount; and CLONE_NEWNS"
	is "$(ls own)" "" "MS_REC | MS_PRIVATE on /, by the child, before the first mount; and CLONE_NEWNS"
	touch book/page # which the host can write
}

# must: private
@test "MNT-8: a file system mounted later into the running program is seen there, and not by the host" {
	mkdir later
	start sleep 60
	nsenter -t "$CHILD" -m -p mount -t tmpfs later "$DIR/later"
	touch "/proc/$CHILD/cwd/later/file"
	is "$(nsenter -t "$CHILD" -m -p ls "$DIR/later")" file "nsenter(1)"
	is "$(ls later)" "" "MS_REC | MS_PRIVATE on /, by the child, before the first mount; and CLONE_NEWNS"
}

@test "MNT-8: with MS_SLAVE, what is mounted later is seen by two containers and not by the host" {
	control 's/MS_PRIVATE/MS_SLAVE/'
	mkdir later
	mkfifo ready
	# The two run in a sandbox in this one. It mounts; this one plays the host.
	# shellcheck disable=SC2016
	sandboxed bash -c '
		for name in one two; do
			./control sh -c "echo $name >ready; sleep 60" &
			cat ready >>out
		done
		mount -t tmpfs later later
		touch later/file mounted
		until [ -e looked ]; do sleep 0.01; done
		for pid in $(pgrep -P "$(pgrep -d , -x control)"); do
			ls "/proc/$pid/cwd/later"
		done >>out' 3>&- &
	until_true test -e mounted
	seen=$(ls later)
	touch looked
	wait $!
	is "$seen" "" "this test: the sandbox in the sandbox should be private"
	is "$(cat out)" $'one\ntwo\nfile\nfile' "mount_namespaces(7), MS_SLAVE"
}

@test "each failing mount() is named, and the command does not run" {
	needs "strace may trace a program" strace -qq -o /dev/null true
	fails_at mount:error=EINVAL:when=1 "make / private: Invalid argument"
	fails_at mount:error=EPERM:when=2 "mount /proc: Operation not permitted"
}
