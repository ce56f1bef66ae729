#!/usr/bin/env bats
load ../../chapters/helpers

# roots: ./root with another file system mounted in it, on a file system that
# forbids set-user-ID programs and devices.
roots() {
	needs "a user namespace in a user namespace" unshare --user --map-root-user true
	mkdir strict free
	mount -t tmpfs tmpfs free
	mount -t tmpfs -o nosuid,nodev,noexec,noatime tmpfs strict
	needs "a busybox that is linked statically" "$REPO/tests/rootfs" free/root
	cp -a free/root strict
	mount --bind free/root/bin strict/root/bin
	mkdir strict/root/data
	mount -t tmpfs tmpfs strict/root/data
	cd strict || return
}

# Unmounted first, so that a program that makes it read-only can't stop the cleaning.
eval "common_$(declare -f teardown)"
teardown() {
	cd "$DIR" || return
	umount strict/root/data strict/root/bin strict free || true
	common_teardown
}

# in_root OPTION...: tries the program with these, and some tests of the root.
in_root() {
	# On one line, since a failure shows it.
	local script='touch /new && echo "/ is writable"; touch /etc/new && echo "/etc is writable"; '
	script+='touch /data/new && echo "/data is writable"; touch /dev/new && echo "/dev is writable"; '
	script+='echo >/dev/null && echo "/dev/null works"; '
	script+='ls /proc/self/status && awk "\$5 == \"/\"" /proc/self/mountinfo'
	try "$PROGRAM" "$@" -r root sh -c "$script"
	alive
	lacks "$output" "Usage: " "-R is not an option yet: getopt()'s third argument lists them"
	lacks "$output" "Operation not permitted" "mount(2): without MS_BIND the flag is the file system's, and that belongs to another user namespace. With it: flags that were set are locked. nosuid and nodev were set here. And with -d: drop_capabilities() comes last"
	has "$output" /proc/self/status "the command runs, and finds what change_root() has mounted"
}

@test "-R: the root is read-only" {
	roots
	in_root -aR
	lacks "$output" "/ is writable" "mount(2), MS_REMOUNT with MS_BIND and MS_RDONLY, on / when it is the new root"
	lacks "$output" "/etc is writable" "all of the root, not some folders"
}

@test "what is mounted below it stays as it is" {
	roots
	in_root -aR
	has "$output" "/data is writable" "the root is one mount, /data another: no mount but / changes"
	has "$output" "/dev is writable" "the root is one mount, /dev another: no mount but / changes"
	has "$output" "/dev/null works" "/dev stays as it is"
}

@test "the folder outside stays writable" {
	roots
	for options in -aR -CimnptuR; do
		in_root "$options"
		lacks "$output" "/ is writable" "with $options: mount(2), MS_REMOUNT with MS_BIND and MS_RDONLY"
		try touch root/outside
		is "$output" "" "without MS_BIND a remount makes the file system read-only: for the host, too"
	done
}

@test "what was forbidden before still is" {
	roots
	for options in -aR -CimnptuR; do
		in_root "$options"
		has "$output" nosuid "with $options: a remount replaces all flags of the mount, so those that were set are given again. statvfs(3)"
		has "$output" noexec "with $options: a remount replaces all flags of the mount, so those that were set are given again. statvfs(3)"
		has "$output" nodev "with $options: a remount replaces all flags of the mount, so those that were set are given again. statvfs(3)"
	done
}

@test "nothing else is forbidden" {
	roots
	cd ../free || return
	in_root -aR
	lacks "$output" nosuid "the flags that were set, and no others: statvfs(3)"
	lacks "$output" nodev "the flags that were set, and no others: statvfs(3)"
}

@test "it goes with -d, the status comes back, and without -R the root is writable" {
	roots
	in_root -aRd
	lacks "$output" "/ is writable" "with -d, too"
	in_root -a
	has "$output" "/ is writable" "only with -R"
	try "$PROGRAM" -aR -r root sh -c 'exit 7'
	is "$status" 7 "the status is the command's"
}

@test "-R without -r is wrong usage" {
	roots
	in_root -aR
	try "$PROGRAM" -aR echo the command ran
	alive
	lacks "$output" "the command ran" "read_options(): check(); without -r there is no root but the host's"
	is "$status" 2 "read_options(): check()"
}
