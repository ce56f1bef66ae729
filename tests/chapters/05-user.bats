#!/usr/bin/env bats
# Chapter 05: the user namespace.

load helpers

MAPS="uid_map and gid_map: one line each, 0, the caller's effective ID outside, 1; read before CLONE_NEWUSER"

WORD="uid_map: where the parent writes the maps, the child waits for its word before execvp(): a byte from a pipe,\
 written after both maps; sleep() is a race"

# What prints the IDs of the user and the group.
IDS='echo $(id -u) $(id -g)'

@test "USR-1: outside it is the caller; before the maps are written it is 65534" {
	as_user sh -c "$IDS"
	is "$output" "4242 4343" "this test: the caller's own IDs"
	# Four times: before each of the three writes, and after them.
	control 's/^\tput\(/\tsystem("echo $(id -u) $(id -g)");&/'
	as_user ./control sh -c "$IDS"
	is "$output" $'65534 65534\n65534 65534\n65534 0\n0 0' "user_namespaces(7), 'Unmapped user and group IDs'"
}

# must: maps
@test "USR-2: with the maps it is uid 0 and gid 0" {
	apart as_user "$PROGRAM" sh -c "$IDS"
	is "${output% *}" 0 "uid_map: \"0 ID 1\", with geteuid(), read before CLONE_NEWUSER"
	is "${output#* }" 0 "gid_map: \"0 ID 1\", with getegid(), read before CLONE_NEWUSER"
}

# must: maps
@test "USR-2: it is the effective IDs that are mapped" {
	needs_strace
	# To the program, but not to its children, its real IDs are others. (Were they so, a
	# shell that the program starts would give up the effective ones.)
	apart try strace -qq -o /dev/null -e trace=getuid,getgid -e inject=getuid,getgid:retval=4242 "$PROGRAM" \
		sh -c 'echo $(cat /proc/self/uid_map), $(cat /proc/self/gid_map)'
	is "$output" "0 $(id -u) 1, 0 $(id -g) 1" \
		"geteuid() for uid_map, getegid() for gid_map, not getuid() and getgid(): user_namespaces(7)"
}

# must: maps
@test "USR-2: each map has one line: 0 inside is the caller outside" {
	maps='echo $(cat /proc/self/uid_map), $(cat /proc/self/gid_map)'
	apart as_user "$PROGRAM" sh -c "$maps"
	is "$output" "0 4242 1, 0 4343 1" "$MAPS"
	within sh -c "$maps"
	is "$output" "0 $(id -u) 1, 0 $(id -g) 1" "$MAPS"
}

# must: maps
@test "USR-2: the command sees both maps from its start, however late its parent is" {
	needs_strace
	# The parent's return from the call that makes the child takes three seconds. (Without -f:
	# a delay in two processes at once, as with system(), is more than strace can do.)
	PATIENCE=$((PATIENCE + 5 * ${SLOW:-1}))
	forks='clone,?clone3,?fork,?vfork'
	apart try strace -qq -o trace -e "trace=$forks" -e "inject=$forks:delay_exit=2500000" \
		"$PROGRAM" sh -c 'cat /proc/self/uid_map /proc/self/gid_map'
	is "$(xargs <<<"$output")" "0 $(id -u) 1 0 $(id -g) 1" \
		"$WORD"
	# And so do its writes: end of file, as soon as the child runs, is no word.
	apart try strace -qq -o trace -e trace=write -e inject=write:delay_enter=700000 \
		"$PROGRAM" sh -c 'cat /proc/self/uid_map /proc/self/gid_map'
	is "$(xargs <<<"$output")" "0 $(id -u) 1 0 $(id -g) 1" "$WORD"
}

# must: maps
@test "USR-2: a file made inside is root's inside, and the caller's outside" {
	mkdir -m 777 shared
	apart as_user sh -c '"$0" touch shared/file; "$0" stat -c "%u %g" shared/file; stat -c "%u %g" shared/file' "$PROGRAM"
	is "$output" $'0 0\n4242 4343' "$MAPS"
}

@test "control: IDs that are read after clone() are 65534, and can't be mapped" {
	control '/^\tsnprintf/d
		s/^\tchar \*\*argv = arg;/&\n\tsnprintf(gid_map, 32, "0 %u 1", getegid());\n@/
		s/@/\tsnprintf(uid_map, 32, "0 %u 1", geteuid());/'
	as_user ./control true
	is "$output" "control: /proc/self/gid_map: Operation not permitted" \
		"user_namespaces(7): a map must name the caller's own ID"
}

# must: user
@test "USR-3: an ordinary user does all of chapters 01 to 04, and nothing of it is seen outside" {
	apart as_user "$PROGRAM" sh -c 'hostname other; hostname; ipcmk -Q; echo $$; ps -e -o comm=
		mount -t tmpfs tmpfs /mnt && findmnt -n -o FSTYPE /mnt'
	is "$output" $'other\nMessage queue id: 0\n1\nsh\nps\ntmpfs' \
		"CLONE_NEWUSER, and the maps before the rest of child()"
	is "$(hostname)$(ipcs -q | grep 0x)$(findmnt /mnt)" host "the flags of chapters 01 to 04"
}

@test "USR-3, NS-7: control: without CLONE_NEWUSER an ordinary user is refused" {
	control '/CLONE_NEWUSER/d; /^\tput\(/d'
	as_user ./control true
	is "$output" "control: clone: Operation not permitted" "this test: only root may do without the flag"
	# And root stays the root that it was.
	try ./control readlink /proc/self/ns/user
	is "$output" "$(ns user)" "this test: without the flag there is no new user namespace"
}

# must: user
@test "USR-3: run inside itself, three times, it works: each user namespace has a parent" {
	apart as_user "$PROGRAM" "$PROGRAM" "$PROGRAM" sh -c "$IDS; cat /proc/self/uid_map"
	is "$(xargs <<<"$output")" "0 0 0 0 1" "CLONE_NEWUSER and the maps: inside, the caller is 0"
}

@test "USR-4: root inside can't enter the outside's namespaces, to rename the host or kill there" {
	for type in uts ipc pid mount net user; do
		inside nsenter "--$type=/proc/self/fd/4" true 4<"/proc/self/ns/${type/mount/mnt}"
		has "$output" "Operation not permitted" \
			"CLONE_NEWUSER: the $type namespace of the outside is not ruled from inside"
	done
}

@test "USR-4: in the outside's UTS namespace root inside may not set the name" {
	# The same edit renames the machine in chapter 01.
	control '/CLONE_NEWUTS/d'
	try ./control true
	is "$output" "control: sethostname: Operation not permitted" \
		"user_namespaces(7): CAP_SYS_ADMIN counts in the owner of the UTS namespace"
	is "$(hostname)" host "user_namespaces(7): CAP_SYS_ADMIN counts in the owner of the UTS namespace"
}

@test "USR-4: root inside may not look into a process outside, even where it sees it" {
	sleep 60 3>&- &
	inside sh -c "kill -0 $!"
	has "$output" "No such process" "CLONE_NEWPID: chapter 03"
	# Without a PID namespace it is seen, and it is the same user's.
	control '/CLONE_NEWPID/d; /mount\("proc"/,+1d'
	try ./control sh -c "ls -d /proc/$!; cat /proc/$!/environ"
	has "$output" "/proc/$!"$'\n' "this test: the process should be seen"
	has "$output" "Permission denied" \
		"ptrace(2), 'Ptrace access mode checking': CAP_SYS_PTRACE counts in the process's own user namespace"
}

@test "USR-4: root inside can't kill another user's process outside, even where it sees it" {
	! one_user || skip "an ordinary user's sandbox has no second user"
	setpriv --reuid=4242 sleep 60 3>&- &
	until_true grep -q "^Uid:.4242" "/proc/$!/status"
	control '/CLONE_NEWPID/d; /mount\("proc"/,+1d'
	try ./control sh -c "kill -KILL $!"
	has "$output" "Operation not permitted" "kill(2): CAP_KILL counts in the user namespace of the process"
	is "$(lives "$!" && echo it lives)" "it lives" "kill(2): CAP_KILL counts in the user namespace of the process"
}

# must: root
@test "USR-4: root inside can't read another user's file" {
	if one_user && [ -O /etc/shadow ]; then
		skip "here you are root outside, too: no file is another user's"
	fi
	as_user "$PROGRAM" sh -c 'stat -c %u /etc/shadow; cat /etc/shadow'
	has "$output" $'65534\n' "the maps: root outside has no ID inside"
	has "$output" "Permission denied" "user_namespaces(7), 'Operation of file-related capabilities'"

	one_user && return # the rest needs a second user
	echo private >letter
	chown 4242:4242 letter
	chmod 600 letter
	is "$(cat letter)" private "this test: root outside reads it"
	inside cat letter
	has "$output" "Permission denied" "CLONE_NEWUSER: CAP_DAC_OVERRIDE counts where the file's IDs are mapped"
}

# must: root
@test "USR-4: root inside can't make a device node; a bind mount of one does as well" {
	inside mknod null c 1 3
	has "$output" "Operation not permitted" "CLONE_NEWUSER: CAP_MKNOD counts in the initial user namespace"
	within sh -c 'touch null; mount --bind /dev/null null; echo gone >null; cat null; stat -c %F null'
	is "$output" "character special file" \
		"user_namespaces(7): bind mounts are allowed to the mount namespace's root"
}

# must: root
@test "root inside can't touch the network, which is still the outside's" {
	inside ip link set lo down
	has "$output" "Operation not permitted" "CLONE_NEWUSER, without CLONE_NEWNET: that is chapter 06"
	has "$(ip link show lo)" "LOOPBACK,UP" "CLONE_NEWUSER, without CLONE_NEWNET: that is chapter 06"
}

@test "USR-5: mapped to 0, exec keeps all capabilities; unmapped, it drops them" {
	as_user "$PROGRAM" awk '/CapEff|CapBnd/ { print $2 }' /proc/self/status
	is "${output%$'\n'*}" "${output#*$'\n'}" "uid_map: it must be written before execvp()"
	differs "${output%$'\n'*}" 0000000000000000 "uid_map: it must be written before execvp()"
	control '/^\tput\(/d'
	as_user ./control awk '/CapEff/ { print $2 }' /proc/self/status
	is "$output" 0000000000000000 "capabilities(7), 'Capabilities and execution of programs by root'"
}

# must: maps
@test "USR-6: setgroups is denied, and stays so" {
	as_user "$PROGRAM" bash -c 'cat /proc/self/setgroups; echo allow >/proc/self/setgroups'
	has "$output" $'deny\n' "setgroups: \"deny\" is written to it, before gid_map"
	has "$output" "Operation not permitted" "user_namespaces(7), 'The /proc/pid/setgroups file'"
	as_user "$PROGRAM" setpriv --clear-groups true
	has "$output" "Operation not permitted" "user_namespaces(7), 'The /proc/pid/setgroups file'"
	# An ordinary user's sandbox denies it already, and hands that down. So there it counts
	# that the program has looked at it, or written it, before gid_map.
	one_user && strace -qq -o /dev/null true 2>/dev/null || return 0
	as_user strace -f -y -s 64 -o trace -e trace=read,pread64,write,pwrite64,writev "$PROGRAM" true
	try awk '/\/setgroups>, .*deny.* = [0-9]+$/ { denied = 1 }
		/\/gid_map>, .* = [0-9]+$/ { print denied ? "in time" : "too late"; exit }' trace
	is "$output" "in time" "setgroups: write \"deny\" to it before gid_map. Here the sandbox has done it \
for you, but outside of it gid_map is refused: user_namespaces(7)"
}

@test "USR-6: control: without deny, or with deny too late, gid_map is refused" {
	# The namespace of an ordinary user's sandbox has deny, and hands it down.
	! one_user || skip "an ordinary user's sandbox denies setgroups already"
	for script in '/^\tput\("\/proc\/self\/setgroups/d' 's/"deny"/"allow"/' \
		'/^\tput.*setgroups/{h;d}; /^\tput.*gid_map/G'; do
		control "$script"
		as_user ./control true
		is "$output" "control: /proc/self/gid_map: Operation not permitted" "this test, after: $script"
	done
}

@test "USR-6: each map can be written once" {
	for map in uid_map gid_map; do
		as_user "$PROGRAM" bash -c "wc -l </proc/self/$map; echo '0 0 1' >/proc/self/$map"
		has "$output" $'1\n' "put(\"/proc/self/$map\", $map)"
		has "$output" "Operation not permitted" "user_namespaces(7), 'Defining user and group ID mappings'"
		control "/^\tput\(.*$map/p"
		as_user ./control true
		is "$output" "control: /proc/self/$map: Operation not permitted" "this test, with the line for $map twice"
	done
}

@test "USR-6: control: a map of two IDs, of another's ID, or of bad syntax is refused" {
	while IFS=, read -r map error; do
		control "s/0 %u 1/$map/"
		as_user ./control true
		is "$output" "control: /proc/self/gid_map: $error" "this test, with the map: $map"
	done <<-'END'
		0 %u 2,Operation not permitted
		0 1%u 1,Operation not permitted
		0 %u,Invalid argument
		0 %u 0,Invalid argument
	END
}

# must: maps
@test "no other ID can be given to a file; other groups are shown as 65534, and still count" {
	inside sh -c 'touch file; chown 1 file'
	has "$output" "Invalid argument" "the maps: one ID each, chown(2) knows no other"
	! one_user || skip "an ordinary user's sandbox has no second group"
	echo "for the group" >letter
	chown :4444 letter
	chmod 640 letter
	apart try setpriv --reuid=4242 --regid=4343 --groups=4343,4444 "$PROGRAM" sh -c 'id -G; cat letter'
	is "$output" $'0 65534\nfor the group' "the maps: one ID each; user_namespaces(7), 'Accessing files'"
}

# must: failure
@test "where a part of the outside's /proc is covered, the kernel refuses another: the command does not run" {
	try unshare --mount sh -c 'mount --bind /dev/null /proc/version; exec "$0" touch ran' "$PROGRAM"
	[ ! -e ran ] || hint "that the command does not run without a /proc of its own" "it ran, with status $status" \
		"mount(): of proc on /proc fails here, with EPERM; then say so, and end"
	differs "$status" 0 "mount(): of proc on /proc fails here, with EPERM; then end with another status"
	differs "$output" "" "mount(): of proc on /proc fails here, with EPERM; say so on stderr"
}

@test "where a part of the outside's /proc is covered, the error names the mount" {
	try unshare --mount sh -c 'mount --bind /dev/null /proc/version; exec "$0" true' "$PROGRAM"
	is "$output" "$NAME: mount /proc: Operation not permitted" \
		"mount(): where it returns -1, err(1, \"mount /proc\")"
}

@test "each failing step of the maps is named, and the command does not run" {
	needs "strace may trace a program" strace -qq -o /dev/null true
	where="put(): open(), write() and close() can fail; err(1, \"%s\", path)"
	number=0
	for file in setgroups gid_map uid_map; do
		# By the file's name: the loader, too, opens files. Strace has a
		# word to say on the name, the program's is the last.
		try strace -f -qq -o trace -P "/proc/self/$file" \
			-e 'inject=?open,openat:error=EACCES' "$PROGRAM" echo the command ran
		is "${output##*$'\n'}" "$NAME: /proc/self/$file: Permission denied" "$where"
		is "$status" 1 "$where"
		number=$((number + 1))
		fails_at "write:error=EPERM:when=$number" "/proc/self/$file: Operation not permitted"
	done
	fails_at close:error=ENOSPC:when=1 "/proc/self/setgroups: No space left on device"
}
