#!/usr/bin/env bats
load ../../chapters/helpers

# sandboxed COMMAND [ARG...]: the same as try, in a sandbox in this one, where every
# mount is shared: what goes wrong with its root leaves the one of these tests alone.
sandboxed() {
	# shellcheck disable=SC2016 # "$@" is for the shell inside
	try unshare --mount --pid --fork --kill-child --propagation private --mount-proc \
		sh -c 'mount --make-rshared / && "$@"; exit' sh "$@"
	ran "$@"
}

# new_root FOLDER: makes a root file system: /proc, and a program /probe that looks
# for a file of the old root by all the ways that root has. Without a file it says
# which PID it finds in /proc.
new_root() {
	local library
	mkdir -p "$1/proc"
	cat >probe.c <<-'END'
		#define _GNU_SOURCE
		#include <fcntl.h>
		#include <sched.h>
		#include <stdio.h>
		#include <stdlib.h>
		#include <string.h>
		#include <sys/mount.h>
		#include <sys/stat.h>
		#include <unistd.h>

		static const char *file;

		static void look(int fd, const char *above, const char *how)
		{
			char path[8192];

			snprintf(path, sizeof(path), "%s%s", above, file);
			if (faccessat(fd, path, F_OK, 0) == 0) {
				printf("found: %s\n", how);
				exit(1);
			}
		}

		/* Looks in a folder and above it. Where the old root was detached,
		 * the path may begin in its middle. */
		static void climb(int fd, const char *how)
		{
			const char *whole = file;

			for (; file; file = strchr(file + 1, '/')) {
				char up[64] = ".";

				for (int n = 0; n < 16; n++, strcat(up, "/.."))
					look(fd, up, how);
			}
			file = whole;
		}

		int main(int argc, char *argv[])
		{
			FILE *mounts = fopen("/proc/self/mountinfo", "re");
			int ns = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
			char line[8192], point[4096];

			if (argc < 2) {
				ssize_t length = readlink("/proc/self", line, 99);

				return printf("%.*s\n", (int)length, line) < 2;
			}
			file = argv[1];
			look(AT_FDCWD, "", "path");
			look(AT_FDCWD, "/..", "mount");
			while (mounts && fgets(line, sizeof(line), mounts))
				if (sscanf(line, "%*s %*s %*s %*s %4095s", point) == 1)
					look(AT_FDCWD, point, "mount");
			climb(AT_FDCWD, "folder");
			for (int fd = 0; fd < 1024; fd++)
				if (fd != ns)
					climb(fd, "descriptor");
			/* The classic way out of a chroot: chroot(2), NOTES. */
			mkdir("/break-out", 0700);
			if (chroot("/break-out") == 0)
				climb(AT_FDCWD, "chroot");
			/* The root of the mount namespace, and what is below that mount. */
			setns(ns, CLONE_NEWNS);
			look(AT_FDCWD, "", "chroot");
			umount2("/", MNT_DETACH);
			setns(ns, CLONE_NEWNS);
			look(AT_FDCWD, "", "covered");
			puts("not found");
			return 0;
		}
	END
	# Without a static libc, its libraries go with it.
	if ! ${CC:-cc} -w -static -o "$1/probe" probe.c 2>/dev/null; then
		${CC:-cc} -w -o "$1/probe" probe.c
		for library in $(ldd "$1/probe" | grep -o '/[^ ]*' | sort -u); do
			mkdir -p "$1${library%/*}"
			cp "$library" "$1$library"
		done
	fi
}

# where: the hint for what try has seen.
where() {
	case $output in
	*Terminated*) echo "it does not come to an end within ten seconds: which call does it wait in, or what does it repeat? strace -f says so" ;;
	"found: path") echo "the root has not changed: pivot_root(2), in child()" ;;
	"found: mount") echo "the old root is still mounted: pivot_root(2) moves it, and then? umount2(2), MNT_DETACH" ;;
	"found: folder") echo "the working directory is still in the old root: pivot_root(2) says which call should follow it" ;;
	"found: descriptor") echo "a descriptor of a folder of the old root reaches the command: open(2), O_CLOEXEC" ;;
	"found: chroot") echo "root leaves a chroot() as it likes: chroot(2), NOTES. pivot_root(2) exchanges the root of all the namespace" ;;
	"found: covered") echo "a mount on / hides the old root, and an umount() brings it back: pivot_root(2) moves it away, so that it can be unmounted" ;;
	*": rootfs: "*) echo "argv[1] of main() is the folder, the command is what follows it; how does child() get both? And in which working directory is a path looked up?" ;;
	*Invalid\ argument*) echo "pivot_root(2), the restrictions: the new root must be a mount point, and nothing shared. A folder becomes one by a bind mount onto itself" ;;
	*busy*) echo "pivot_root(2), EBUSY: the new root is on the mount of the current root. Or is it umount() that says so? The old root is in use: umount2(2), MNT_DETACH" ;;
	*not\ permitted*) echo "is it the mount of proc? Root of a user namespace, as here, may mount a new one only as long as it sees a whole old one" ;;
	*No\ such\ file*) echo "which path is it, and in which working directory is it looked up at that step?" ;;
	*) echo "child(): which of the steps has said this? pivot_root(2), NOTES, has them all" ;;
	esac
}

@test "the command runs in the new root, and can't reach the old one" {
	new_root rootfs
	# shellcheck disable=SC2016
	needs "the root can be exchanged: pivot_root(2)" unshare --mount --propagation private \
		sh -c 'mount --bind "$0" "$0" && cd "$0" && pivot_root . .' rootfs
	touch secret
	sandboxed "$PROGRAM" rootfs /probe "$DIR/secret"
	is "$output" "not found" "$(where)"
	sandboxed "$PROGRAM" rootfs /probe /etc
	is "$output" "not found" "$(where)"
}

@test "it has the new root's /proc, and the status is the command's" {
	new_root rootfs
	sandboxed "$PROGRAM" rootfs /probe
	is "$output" 1 "proc must be mounted on the new root's /proc: before or after pivot_root(2), but while the old one is still there"
	# shellcheck disable=SC2016
	sandboxed sh -c 'SHELL=/probe "$0" rootfs' "$PROGRAM"
	is "$output" 1 "main(): without a command it runs the shell, in the new root"
	sandboxed "$PROGRAM" rootfs /no-such-command
	is "$status" 127 "execvp() in child(), and what follows it"
}

@test "the folder may have any path" {
	new_root "a/new root"
	touch secret
	sandboxed "$PROGRAM" "$DIR/a/new root/." /probe "$DIR/secret"
	is "$output" "not found" "$(where)"
}

@test "the host's mounts are as before" {
	new_root rootfs
	# shellcheck disable=SC2016
	sandboxed bash -c 'cat /proc/self/mountinfo >before; "$0" rootfs /probe /etc
		diff before /proc/self/mountinfo' "$PROGRAM"
	is "$output" "not found" "child(): / is made private before the first mount, the bind mount too"
}

@test "without the new root the command does not run" {
	sandboxed "$PROGRAM" no-such-folder echo the command ran
	lacks "$output" "the command ran" "every call that can fail: err(1, ...), or the command runs in the old root"
	differs "$status" 0 "every call that can fail: err(1, ...)"
	mkdir rootfs # without a /proc, and the shell of the old root not in it
	sandboxed "$PROGRAM" rootfs /bin/sh -c 'echo the command ran'
	lacks "$output" "the command ran" "every call that can fail: err(1, ...), or the command runs in the old root"
	differs "$status" 0 "every call that can fail: err(1, ...)"
}
