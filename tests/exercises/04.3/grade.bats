#!/usr/bin/env bats
load ../../chapters/helpers

# host SCRIPT: runs a script in a sandbox in this one, where every mount is shared,
# with a /tmp that has a file in it: the reader's own /tmp is out of reach.
host() {
	# shellcheck disable=SC2016 # $1 is for the shell inside
	PROGRAM=$PROGRAM try unshare --mount --pid --fork --kill-child --propagation private --mount-proc \
		sh -c 'mount --make-rshared / && mount -t tmpfs host /tmp && echo host >/tmp/file && eval "$1"; exit' \
		sh "$1"
	ran sh -c "PROGRAM=./$NAME; $1"
}

@test "inside, /tmp is empty" {
	host '$PROGRAM ls -A /tmp'
	alive
	lacks "$output" "Invalid argument" "which mount() says so? If it is the one for /tmp: tmpfs(5) lists what the last argument may hold, and how sizes are written"
	is "$output" "" "/tmp inside: mount(2), a tmpfs on it"
	is "$status" 0 "child(): the mount, and the command after it"
}

@test "what the container writes to /tmp is gone with it, and the host's /tmp is as before" {
	host '$PROGRAM sh -c "echo inside >/tmp/file && cat /tmp/file"; cat /tmp/*'
	is "$output" $'inside\nhost' "the mount on /tmp: it is a file system of its own, open for writing. Mount it only after / is private, else the host gets it too"
	# Debian 13's /tmp is a mount already, before this one.
	host 'before=$(grep -c " /tmp " /proc/self/mountinfo); $PROGRAM true
		echo $(($(grep -c " /tmp " /proc/self/mountinfo) - before))'
	is "$output" 0 "the mount on /tmp: do it only after / is private, else the host gets it too"
}

@test "each container has a /tmp of its own" {
	mkfifo ready
	# shellcheck disable=SC2016
	host '$PROGRAM sh -c "touch /tmp/first; echo >ready; sleep 60" &
		read -r _ <ready; $PROGRAM ls -A /tmp'
	is "$output" "" "/tmp inside: two containers share it. A bind mount of a folder shares it; a new file system does not"
}

@test "everyone may write there, and remove only what is theirs" {
	host '$PROGRAM stat -c %a /tmp'
	is "$output" 1777 "the last argument of mount(): tmpfs(5), mode. What does ls -ld /tmp say on the host?"
}

@test "it holds 16 MiB and no more" {
	fill='dd if=/dev/zero of=/tmp/fill bs=1M count=$1 2>&1'
	export fill
	host '$PROGRAM sh -c "$fill" sh 16'
	is "$status" 0 "tmpfs(5), size: 16 MiB are $((16 << 20)) bytes, or 16m. It said: $output"
	host '$PROGRAM sh -c "$fill" sh 17'
	differs "$status" 0 "the last argument of mount(): tmpfs(5), size. The default is half of the host's memory"
	has "$output" "No space left on device" "the last argument of mount(): tmpfs(5), size"
}

@test "/proc is still the container's, and the status the command's" {
	host '$PROGRAM sh -c "echo /proc/[0-9]*; exit 7"'
	is "$status" 7 "main() returns the command's status, as before"
	is "$output" /proc/1 "child(): the rest stays as in the chapter's program"
	host '$PROGRAM true; ps -o comm= -C ps'
	is "$output" ps "MS_REC | MS_PRIVATE, before the first mount"
}
