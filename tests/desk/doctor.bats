#!/usr/bin/env bats
# Hosts that say no: each refusal is staged, as far as a sandbox can; doctor, or what
# tests/sandbox says where it can't start, has to name the cause and a remedy. Where
# the remedy can be typed here, it is, and has to help.

load ../chapters/helpers

# shellcheck disable=SC2016 # $NAME in what is run inside
# shellcheck disable=SC2154 # try sets output and status

# A copy of the book that every user can read, and the filter, made once; not below
# /run, which a sandbox covers.
setup() {
	local place
	for place in /mnt /media /srv; do
		[[ $REPO/ = $place/* ]] || break
	done
	BOOK=$place/book REFUSE=$place/refuse
	if [ ! -e "$REFUSE" ]; then
		mount -t tmpfs -o mode=755 tmpfs "$place"
		mkdir "$BOOK"
		tar -C "$REPO" -c --exclude=./.git --exclude=./09-full-launcher/rootfs . | tar -C "$BOOK" -x --no-same-owner
		chmod -R go+rX "$BOOK"
		make -s -C "$BOOK"
		cc -o "$REFUSE" "$REPO/tests/desk/refuse.c"
	fi
	unset SANDBOX STRICT
	export DIR BOOK REFUSE TMPDIR=/tmp
	DIR=$(mktemp -d -p "$place")
	chmod 755 "$DIR"
	cd "$BOOK" || return
}

teardown() {
	umount /proc/sys 2>/dev/null || true
	cd / && rm -rf "$DIR" "$DIR.output"
}

# staged COMMANDS: in mounts of their own.
staged() {
	try timeout -k 1 120 unshare --mount --propagation private bash -c "$1"
}

# A long run is no fault here.
try() {
	output=$("$@" 2>&1 </dev/null) && status=0 || status=$?
}

# How a command becomes an ordinary user's.
if setpriv --reuid=4242 true 2>/dev/null; then
	YOU=(setpriv --reuid=4242 --regid=4343 --clear-groups)
else
	YOU=(unshare --user --map-user=4242 --map-group=4343)
fi

# you_refused ERROR CALLS COMMAND [ARG...]: runs a command as that user, under the
# filter. Where the user is made by unshare(1), the filter has to come later.
you_refused() {
	case ${YOU[0]} in
	setpriv) "$REFUSE" "$1" "$2" "${YOU[@]}" "${@:3}" ;;
	*) "${YOU[@]}" "$REFUSE" "$@" ;;
	esac
}

remedy_is() {
	has "$output" "-> $1" "tests/verbs/remedy"
}

# sysctl_is NAME VALUE: makes it seem to exist, in the mounts of this test.
sysctl_is() {
	mount -t tmpfs tmpfs /proc/sys
	mkdir -p /proc/sys/kernel/yama /proc/sys/user
	echo "$2" >"/proc/sys/${1//.//}"
}

@test "a namespace that a sysctl forbids: its name, and the sysctl helps" {
	for type in uts ipc pid mnt net user; do
		export FILE=/proc/sys/user/max_${type}_namespaces
		try unshare --user --map-root-user bash -c '
			echo 0 >$FILE
			said=$(06-net/net true 2>&1) || echo "$said"
			remedy=$(tests/verbs/remedy "$said")
			echo "-> $remedy"
			$remedy && 06-net/net echo it helps'
		has "$output" "net: clone: No space left on device" "the program's own words"
		remedy_is "sysctl user.max_${type}_namespaces=15000"
		has "$output" "it helps" "the remedy, as printed"
	done
}

@test "the sandbox says it, too, and first what to type" {
	try unshare --user --map-root-user bash -c 'echo 0 >/proc/sys/user/max_ipc_namespaces; tests/sandbox true'
	is "$status" 125 "tests/sandbox"
	is "${output%%$'\n'*}" "sandbox: not on this host as it is -> sysctl user.max_ipc_namespaces=15000" "tests/sandbox"
	has "$output" "unshare: unshare failed: No space left on device" "the tool's own words"
}

@test "as many namespaces as are allowed are in use: the sysctl, and it helps" {
	try unshare --user --map-root-user bash -c '
		echo 1 >/proc/sys/user/max_uts_namespaces
		unshare --uts bash -c "tests/sandbox true; sysctl -q user.max_uts_namespaces=15000; tests/sandbox true"'
	remedy_is "sysctl user.max_uts_namespaces=15000: all that are allowed"
	is "$status" 0 "the remedy"
}

@test "32 user namespaces deep: leave some" {
	cat >"$DIR/deeper" <<-'END'
		if [ "$1" -gt 0 ] && unshare --user --map-root-user true 2>/dev/null; then
			exec unshare --user --map-root-user bash "$0" $(($1 - 1))
		fi
		exec tests/verbs/remedy "$(05-user/user true 2>&1)"
	END
	try bash "$DIR/deeper" 40
	has "$output" "user namespaces nest 32 deep" "tests/verbs/remedy"
}

@test "a limit that lies outside is not looked for inside" {
	try unshare --user --map-root-user bash -c '
		echo 0 >/proc/sys/user/max_net_namespaces
		exec unshare --user --map-root-user tests/sandbox true'
	has "$output" "Or type there, not here: sudo sysctl" "tests/verbs/remedy"
}

# lacking TYPE COMMAND [ARG...]: as on a kernel without these namespaces: nobody makes one,
# and the command itself (not what it starts) has no link of that type in /proc/self/ns.
lacking() {
	local calls=unshare_$1 link
	[ "$1" = time ] || calls+=,clone_$1
	mkdir -p "$DIR/$1"
	for link in cgroup ipc mnt net pid time user uts; do
		[ $link = "$1" ] || touch "$DIR/$1/$link"
	done
	try unshare --mount --propagation private sh -c \
		'mount --bind $DIR/$1 /proc/$$/ns && shift && exec "$@"' sh "$1" "$REFUSE" EINVAL "$calls" "${@:2}"
}

@test "a kernel without a type of namespace: its name, and another kernel" {
	for type in cgroup user; do
		lacking $type bash -c 'exec tests/verbs/remedy "$(08-unshare/unshare -CU true 2>&1)"'
		is "$output" "another kernel, or a virtual machine: this one has no namespaces of these types: $type" \
			"tests/verbs/remedy"
	done
	lacking time bash -c 'exec tests/verbs/remedy "$(08-unshare/unshare -UT 9 true 2>&1)"'
	is "$output" "another kernel for time namespaces; without them no -t and no -T, and -CimnpuU in the place of -a" \
		"tests/verbs/remedy"
}

@test "a kernel without time namespaces: the map is drawn, and check says what fails for that reason" {
	SANDBOX=1 lacking time tests/verbs/demo
	has "$output" "08-unshare          " "tests/verbs/demo: the options"
	lacks "$output" "unshare: Invalid argument" "tests/verbs/demo: the options"
	mkdir "$DIR/bin"
	printf '#!/bin/sh\necho 1..0\n' >"$DIR/bin/bats"
	chmod 755 "$DIR/bin/bats"
	lacking time env PATH="$DIR/bin:$PATH" tests/verbs/check 08-unshare
	has "$output" "check: what needs time namespaces fails, since this kernel has none" \
		"tests/verbs/check"
}

@test "seccomp refuses unshare() and clone(), with each of its errors" {
	for error in EPERM EACCES ENOSYS; do
		try "$REFUSE" $error clone,clone3,unshare tests/sandbox true
		is "$status" 125 "tests/sandbox"
		has "$output" "docker run --privileged" "tests/verbs/remedy"
		has "$output" "seccomp" "tests/verbs/remedy"
		lacks "$output" sysctl "a sysctl does not lift a filter"
		try you_refused $error clone,clone3,unshare tests/sandbox true
		has "$output" "seccomp" "tests/verbs/remedy"
		lacks "$output" sysctl "a sysctl does not lift a filter"
	done
}

@test "clone() is refused where unshare(1) works: the programs find it" {
	try "$REFUSE" EPERM clone,clone3 tests/verbs/doctor
	is "$status" 1 "tests/verbs/doctor"
	has "$output" "01-uts: uts: clone: Operation not permitted" "the program's own words"
	has "$output" "eccomp filter refuses it" "tests/verbs/remedy"
}

@test "clone3() is refused with ENOSYS, as by an old filter: no program needs it" {
	try "$REFUSE" ENOSYS clone3 tests/verbs/doctor
	[[ $output != *clone3* ]] || has "$output" "as things are: 09" "only the launcher may ask for it"
}

@test "setns() is refused: chapter 07 is named, and no other" {
	try "$REFUSE" EPERM setns tests/verbs/doctor
	has "$output" "07-setns: setns: " "the program's own words"
	has "$output" "as things are: 07" "tests/verbs/doctor"
}

@test "sethostname() is refused: check stops, with its reason" {
	try "$REFUSE" EPERM sethostname tests/verbs/check 01-uts
	is "$status" 2 "tests/verbs/check"
	has "$output" "eccomp filter refuses it" "tests/verbs/remedy"
	try "$REFUSE" EPERM sethostname 01-uts/uts true
	is "$output" "uts: sethostname: Operation not permitted" "the program's own words"
}

@test "mount() is refused: what was mounted is said" {
	try "$REFUSE" EPERM mount tests/sandbox true
	has "$output" "propagation: Operation not permitted" "the tool's own words"
	has "$output" "seccomp" "tests/verbs/remedy"
}

@test "pivot_root() is refused: only the launcher's -r" {
	try "$REFUSE" EPERM pivot_root tests/verbs/doctor
	has "$output" "launcher -r: launcher: " "the program's own words"
	has "$output" "as things are: 09" "tests/verbs/doctor"
}

@test "strace may not trace" {
	try "$REFUSE" EPERM ptrace tests/verbs/doctor
	has "$output" "--cap-add SYS_PTRACE" "tests/verbs/remedy"
}

@test "root without CAP_SYS_ADMIN, as in a container" {
	try setpriv --bounding-set -sys_admin --inh-caps -sys_admin tests/sandbox true
	is "$status" 125 "tests/sandbox"
	remedy_is "docker run --privileged (podman: the same), or a virtual machine: this root has no CAP_SYS_ADMIN"
	try "${YOU[@]}" 09-full-launcher/launcher -a -d tests/sandbox true
	has "$output" "launcher -d, which you can exit" "tests/verbs/remedy"
}

@test "root without another capability: it is named" {
	for capability in setfcap setgid net_admin; do
		try setpriv --bounding-set -$capability --inh-caps -$capability \
			tests/verbs/remedy "user: /proc/self/uid_map: Operation not permitted"
		has "$output" "this root has no CAP_${capability^^}" "tests/verbs/remedy"
	done
	[ "${YOU[0]}" = setpriv ] || skip "the programs: the sandbox of an ordinary user has one user"
	try setpriv --bounding-set -setfcap --inh-caps -setfcap 05-user/user true
	is "$output" "user: /proc/self/uid_map: Operation not permitted" "the program's own words"
	try setpriv --bounding-set -net_admin --inh-caps -net_admin tests/verbs/check 01-uts
	is "$status" 2 "tests/verbs/check"
	has "$output" "has no CAP_NET_ADMIN" "tests/verbs/remedy"
}

@test "root who may not change owners: doctor works, and leaves nothing" {
	try setpriv --bounding-set -chown,-dac_override --inh-caps -chown,-dac_override \
		env TMPDIR="$DIR" tests/verbs/doctor
	is "$status" 0 "tests/verbs/doctor"
	lacks "$output" "chown" "tests/verbs/doctor"
	is "$(ls "$DIR")" "" "tests/verbs/doctor: rm"
}

@test "stock Ubuntu 24.04: an ordinary user is told the one command first" {
	sysctl_is kernel.apparmor_restrict_unprivileged_userns 1
	try you_refused EACCES write,write_too make -s demo
	first=${output%%$'\n'*}
	has "$first" "sysctl kernel.apparmor_restrict_unprivileged_userns=0" "tests/sandbox: what to type stands first"
	is "$(wc -l <<<"$output")" 3 "no report: the line, the tool's own words, and make's error"
	try you_refused EACCES write,write_too tests/verbs/check 01-uts
	first=${output%%$'\n'*}
	has "$first" "sysctl kernel.apparmor_restrict_unprivileged_userns=0" "tests/sandbox: what to type stands first"
	is "$status" 2 "tests/verbs/check: the machine is at fault"
}

@test "stock Ubuntu 24.04: the program's own words" {
	sysctl_is kernel.apparmor_restrict_unprivileged_userns 1
	try you_refused EACCES write_too 05-user/user true
	is "$output" "user: /proc/self/setgroups: Permission denied" "the page of chapter 05 has it so"
}

@test "a container's filter on Ubuntu: the sysctl would not help, and is not named" {
	sysctl_is kernel.apparmor_restrict_unprivileged_userns 1
	try you_refused EPERM clone,unshare tests/sandbox true
	lacks "$output" sysctl "a sysctl does not lift a filter"
}

@test "Debian's own sysctl: kernel.unprivileged_userns_clone" {
	sysctl_is kernel.unprivileged_userns_clone 0
	try you_refused EACCES write,write_too tests/sandbox true
	has "$output" "sysctl kernel.unprivileged_userns_clone=1" "tests/verbs/remedy"
}

@test "a part of /proc is covered: an umount, where it helps" {
	staged 'mount --bind /dev/null /proc/version && exec unshare --user --map-root-user tests/sandbox true'
	has "$output" "/proc failed: Operation not permitted" "the tool's own words"
	has "$output" "a part of /proc is covered" "tests/verbs/remedy"
	staged 'mount --bind /dev/null /proc/version
		tests/verbs/remedy "user: mount /proc: Operation not permitted" user'
	is "$output" "umount /proc/version (what covers a part of /proc forbids a new one)" "as root it was tried"
	staged 'mount --bind /proc/sys /proc/sys && mount -o remount,bind,ro /proc/sys
		tests/verbs/remedy "launcher: mount proc on proc: Operation not permitted" user'
	is "$output" "umount /proc/sys (what covers a part of /proc forbids a new one)" "a part that is read-only is one, too"
}

@test "/proc is read-only" {
	staged 'mount -o remount,bind,ro /proc && exec tests/sandbox true'
	[ "$status" = 0 ] || has "$output" "read-only" "tests/verbs/remedy"
	try unshare --user --map-root-user --mount sh -c 'mount -o remount,bind,ro /proc && exec 05-user/user true'
	is "$output" "user: /proc/self/setgroups: Read-only file system" "the program's own words"
	staged 'mount -o remount,bind,ro /proc && tests/verbs/remedy "user: /proc/self/setgroups: Read-only file system"'
	has "$output" "remount,rw /proc" "tests/verbs/remedy"
}

@test "a part of /sys is covered, or there is none: an umount or a mount, and it helps" {
	export ROOT=$DIR/root
	mkdir -m 755 "$ROOT"
	try tests/rootfs "$ROOT"
	# The control: it works here.
	try 09-full-launcher/launcher -a -r "$ROOT" true
	is "$status" 0 "09-full-launcher/launcher"
	for stage in 'mount -t tmpfs tmpfs /sys/firmware' 'umount -l /sys'; do
		[ "${YOU[0]}" = setpriv ] || [ "${stage%% *}" = mount ] || continue # there /sys is locked
		STAGE=$stage staged 'eval "$STAGE"; said=$(09-full-launcher/launcher -a -r $ROOT true 2>&1) || echo "$said"
			remedy=$(tests/verbs/remedy "$said") && echo "-> $remedy"
			eval "${remedy%% (*}" && 09-full-launcher/launcher -a -r $ROOT echo it helps'
		has "$output" "launcher: mount sysfs on sys: Operation not permitted" "the program's own words"
		has "$output" "it helps" "the remedy, as printed: tests/verbs/remedy"
	done
}

@test "/dev/null is a file" {
	staged 'touch $DIR/null; mount --bind $DIR/null /dev/null
		exec tests/verbs/remedy "strace: Can'"'"'t fopen '"'/dev/null'"': Permission denied"'
	has "$output" "mknod -m 666 /dev/null c 1 3" "tests/verbs/remedy"
}

# limits_say COMMANDS: after these, what doctor's function says.
limits_say() {
	staged "mount -t tmpfs tmpfs /sys/fs/cgroup; cd /sys/fs/cgroup; $1
		$(sed -n '/^limits()/,/^}/p' tests/verbs/doctor)
		sudo=; note() { echo \"\$*\"; }; limits"
}

@test "no cgroup v2, or one without the controllers: why" {
	needs "cgroups" test -e /sys/fs/cgroup
	limits_say :
	is "$output" "no cgroup file system is mounted -> mount -t cgroup2 cgroup2 /sys/fs/cgroup" "limits()"
	limits_say 'mkdir memory; touch memory/cgroup.procs'
	has "$output" "is no cgroup v2: chapter 09 says" "limits()"
	limits_say 'echo pids >cgroup.controllers; mount --bind cgroup.controllers /proc/cgroups'
	has "$output" "has no memory controller: switched off, or not in this kernel (Raspberry Pi: " "limits()"
	has "$output" "has no cpu controller" "limits()"
	lacks "$output" "no pids controller" "limits()"
	limits_say 'touch cgroup.controllers cgroup.type; mount --bind cgroup.controllers /proc/cgroups'
	has "$output" "has no memory controller: the cgroup above, outside of this container, does not share it" "limits()"
	limits_say 'touch cgroup.controllers; printf "memory\\t4\\t1\\t1\\n" >v1; mount --bind v1 /proc/cgroups'
	has "$output" "has no memory controller: cgroup v1 has it" "limits()"
}

@test "there is no /proc" {
	staged 'mount -t tmpfs tmpfs /proc; exec tests/verbs/doctor'
	has "$output" "/proc is not mounted" "tests/verbs/doctor"
	has "$output" "-> mount -t proc proc /proc" "tests/verbs/doctor"
}

@test "in the shell of chapter 03, whose /proc is the outside's" {
	try 03-pid/pid tests/verbs/doctor
	has "$output" "/proc is that of another PID namespace" "tests/verbs/doctor"
}

@test "a plain chroot: a way that has a mount as its root, and it helps" {
	export ROOT=$DIR/root
	mkdir "$ROOT"
	staged 'mount -t tmpfs tmpfs $ROOT; mkdir $ROOT/top; cd $ROOT/top; mkdir proc dev run tmp sys
		for f in bin sbin lib lib64 usr etc; do [ ! -e /$f ] || { mkdir -p $f; mount --rbind /$f $f; }; done
		mount --rbind /proc proc; mount --rbind /dev dev; mount --rbind /sys sys; cp -a $BOOK book
		chroot . bash -c "cd book && tests/sandbox true"
		export BODY="cd book && tests/sandbox true && echo it works"
		remedy=$(chroot . bash -c "cd book && tests/sandbox true" 2>&1 | sed -n "s/.*chroot DIR: //p")
		remedy=${remedy//DIR/$PWD}
		eval "${remedy/chroot . bash/chroot . bash -c \"\$BODY\"}"'
	has "$output" "a root that is a mount" "tests/verbs/remedy"
	has "$output" "it works" "the remedy, as printed"
}

@test "in a user namespace without a map" {
	try unshare --user tests/sandbox true
	has "$output" "without an ID map" "tests/verbs/remedy"
}

@test "another program's sandbox: bubblewrap that forbids namespaces" {
	needs "bubblewrap" bwrap --version
	try "${YOU[@]}" bwrap --dev-bind / / --unshare-user --disable-userns tests/sandbox true
	is "$status" 125 "tests/sandbox"
	has "$output" "user.max_user_namespaces" "tests/verbs/remedy"
}

@test "veth and bridges are missing from the kernel, and NAT" {
	mkdir "$DIR/bin"
	printf '#!/bin/sh\ncase "$*" in *type*) echo "Error: Unknown device type." >&2; exit 2 ;; esac\nexec %s "$@"\n' \
		"$(command -v ip)" >"$DIR/bin/ip"
	cat >"$DIR/bin/nft" <<-'END'
		#!/bin/sh
		[ "$1" = --version ] || { echo "Error: Could not process rule: No such file or directory" >&2; exit 1; }
	END
	chmod 755 "$DIR/bin/"*
	try env PATH="$DIR/bin:$PATH" tests/verbs/doctor
	has "$output" "veth and bridge: Error: Unknown device type." "the tool's own words"
	has "$output" "NAT: Error: Could not process rule: No such file or directory" "the tool's own words"
	has "$output" "as things are: 06" "tests/verbs/doctor"
	lacks "$output" systemd-nspawn "tests/verbs/remedy"
}

@test "the kernel was upgraded, and not booted yet" {
	staged 'mkdir -p $DIR/modules/1.2.3; touch $DIR/modules/1.2.3/modules.dep
		mkdir -p /lib/modules; mount --bind $DIR/modules /lib/modules; tests/verbs/remedy "Error: Unknown device type."'
	has "$output" "reboot: the modules of the kernel that runs" "tests/verbs/remedy"
	sysctl_is kernel.modules_disabled 1
	try tests/verbs/remedy "Error: Unknown device type."
	has "$output" "reboot, and load them before something sets kernel.modules_disabled=1" "tests/verbs/remedy"
}

# without TOOL...: a PATH that has all but these.
without() {
	local folder tool
	mkdir "$DIR/path"
	for folder in /usr/sbin /sbin /usr/bin /bin /usr/local/bin; do
		[ ! -d $folder ] || ln -sf $folder/* "$DIR/path/"
	done
	for tool; do rm -f "$DIR/path/$tool"; done
}

@test "each missing tool is named, with where it is, if only PATH lacks it" {
	local tools=(make bats ip ipcs unshare nsenter setpriv ps pgrep ping busybox nft pstree strace diff patch)
	without "${tools[@]}"
	staged "mount -t tmpfs tmpfs /usr/local/bin; PATH=$DIR/path exec bash -c '
		sed \"s,^export LC_ALL=C PATH=.*,export LC_ALL=C,\" tests/verbs/doctor >tests/verbs/doctor.short
		bash tests/verbs/doctor.short tools'"
	rm tests/verbs/doctor.short
	is "$status" 1 "tests/verbs/doctor"
	remedy=
	for tool in "${tools[@]}"; do
		[[ $output =~ "FAILS  $tool: "[^$'\n']*$'\n'?[^$'\n']*"-> "([^$'\n']*) ]] ||
			hint "FAILS  $tool: ..., and what to type" "$output" "tests/verbs/doctor"
		[ "${BASH_REMATCH[1]}" = "the same" ] || remedy=${BASH_REMATCH[1]}
		folder=${remedy#export PATH=} folder=${folder%%:*}
		[ -x "$folder/$tool" ] || hint "export PATH=..., with a folder that has $tool" "$remedy" "astray()"
	done
	lacks "$output" install "all are installed"
}

@test "busybox in the place of the real tools, which are elsewhere in PATH" {
	mkdir "$DIR/bin"
	for tool in ip ipcs unshare ps ping; do ln -s "$(command -v busybox)" "$DIR/bin/$tool"; done
	try env PATH="$DIR/bin:$PATH" tests/verbs/doctor tools
	has "$output" "export PATH=" "astray()"
	lacks "$output" install "what is installed needs no installing"
	try env PATH="$DIR/bin:$PATH" tests/sandbox true
	has "$output" "-> the tools of util-linux and coreutils, first in PATH" "tests/verbs/remedy"
	try tests/verbs/remedy "unshare: Unknown option 'kill-child' (see \"unshare --help\")"
	has "$output" "export PATH=/usr/bin:\$PATH" "tests/verbs/remedy: toybox"
}

@test "coreutils without env --default-signal: the sandbox works" {
	mkdir "$DIR/bin"
	cat >"$DIR/bin/env" <<-END
		#!/bin/sh
		[ "\$1" != --default-signal ] || { echo "error: Found argument which was not expected" >&2; exit 1; }
		exec $(command -v env) "\$@"
	END
	chmod 755 "$DIR/bin/env"
	try /usr/bin/env PATH="$DIR/bin:$PATH" bash tests/sandbox hostname
	is "$output" host "tests/sandbox"
}

@test "coreutils whose timeout leaves SIGINT ignored: check's tests don't have it so" {
	mkdir "$DIR/bin"
	printf '#!/bin/sh\nwhile [ "$1" != tests/sandbox ]; do shift; done; exec "$@"\n' >"$DIR/bin/timeout"
	printf '#!/bin/sh\n[ "$1" != --default-signal ] || exit 1; exec %s "$@"\n' "$(command -v env)" >"$DIR/bin/env"
	cat >"$DIR/bin/bats" <<-'END'
		#!/bin/sh
		echo 1..1
		grep -q '^SigIgn.*[2367abef]$' /proc/self/status && echo not ok 1 SIGINT || echo ok 1 SIGINT
	END
	chmod 755 "$DIR/bin/"*
	try env PATH="$DIR/bin:$PATH" bash tests/verbs/check 01-uts
	has "$output" "ok    SIGINT" "tests/verbs/check: -m"
	lacks "$output" "FAIL  SIGINT" "tests/verbs/check: -m"
}

# compiler SCRIPT: doctor with a cc that is this shell script.
compiler() {
	mkdir "$DIR/bin"
	printf '#!/bin/sh\n%s\n' "$1" >"$DIR/bin/cc"
	chmod 755 "$DIR/bin/cc"
	touch 01-uts/uts.c # so that it is built anew
	try env PATH="$DIR/bin:$PATH" tests/verbs/doctor tools
}

@test "a compiler without libc's headers: its own words, whole" {
	compiler "exec $(command -v cc) -nostdinc \"\$@\""
	has "$output" "to build 01-uts" "build()"
	has "$output" "no include path in which to search" "the compiler's own words"
}

@test "a compiler that is too old" {
	compiler 'echo "cc: error: unrecognized command line option -std=gnu17" >&2; exit 1'
	has "$output" "-> a newer compiler: gcc 8" "compiler()"
	lacks "$output" install "it is installed"
}

@test "CC names what can't compile, and cc can" {
	touch 01-uts/uts.c
	try env CC=false tests/verbs/doctor tools
	has "$output" "-> unset CC: it is false" "compiler()"
}

@test "a temporary folder that does not exist, is full, read-only, or noexec" {
	export PLACE=$DIR/place
	try env TMPDIR="$PLACE" tests/verbs/doctor tools
	has "$output" "No such file or directory" "mktemp's own words"
	has "$output" "-> export TMPDIR=/tmp" "folder()"
	lacks "$output" install "nothing is to be installed"
	mkdir -m 700 "$PLACE"
	try "${YOU[@]}" env TMPDIR="$PLACE" tests/verbs/doctor tools
	[ "${YOU[0]}" != setpriv ] || is "$(grep -c FAILS <<<"$output")" 1 "bats is not at fault"
	for options in size=64k ro noexec; do
		staged "mount -t tmpfs -o $options tmpfs \$PLACE && TMPDIR=\$PLACE exec tests/verbs/doctor tools"
		has "$output" "-> export TMPDIR=/tmp" "folder(), with a tmpfs of $options"
		has "$output" "built: 01-uts" "only the temporary folder is at fault"
	done
}

@test "the book's own folder is noexec, read-only, or has lost its modes" {
	mkdir "$DIR/new"
	tar -C "$BOOK" -c --exclude=./.git . | tar -C "$DIR/new" -x
	make -s -C "$DIR/new" clean
	staged 'mount --bind $DIR/new $DIR/new; mount -o remount,bind,noexec $DIR/new; bash $DIR/new/tests/verbs/doctor'
	has "$output" "its file system is mounted noexec" "tests/verbs/doctor"
	remedy_is "a copy elsewhere: cp -a '$DIR/new' /var/tmp"
	staged 'mount --bind $DIR/new $DIR/new; mount -o remount,bind,ro $DIR/new; $DIR/new/tests/verbs/doctor tools'
	has "$output" "to build in $DIR/new: it is read-only" "tests/verbs/doctor"
	remedy_is "a copy of your own: cp -r"
	chmod -x "$DIR/new/tests/sandbox"
	try bash "$DIR/new/tests/verbs/doctor"
	has "$output" "to run tests/sandbox: the files have lost their mode" "tests/verbs/doctor"
}

@test "a program that was built for another machine" {
	printf 'not a program of this machine' >01-uts/uts
	printf '\177ELFnot of this machine' >01-uts/uts
	try tests/verbs/doctor
	cp "$REPO/01-uts/uts" 01-uts/uts
	has "$output" "-> make clean && make" "judge()"
}

@test "an edited program is not the machine's fault" {
	needs "git" git --version
	cp -a "$BOOK" "$DIR/edited"
	cd "$DIR/edited"
	git init -q . && git add . && git -c user.name=a -c user.email=a@b commit -qm all
	echo 'mistake' >>01-uts/uts.c
	printf '#!/bin/sh\nexit 3\n' >01-uts/uts
	try tests/verbs/doctor
	lacks "$output" "01-uts:" "build(): the committed text counts"
}

@test "too many processes: the limit is named, that of a cgroup, too" {
	try tests/verbs/remedy "bash: fork: retry: Resource temporarily unavailable"
	has "$output" "ulimit -u" "tests/verbs/remedy"
	staged 'mount -t tmpfs tmpfs /sys/fs/cgroup; mkdir -p /sys/fs/cgroup/pids/a/b; echo 20 >/sys/fs/cgroup/pids/a/pids.max
		printf "4:pids:/a/b\n0::/x\n" >$DIR/cgroup; mount --bind $DIR/cgroup /proc/$$/cgroup
		exec tests/verbs/remedy "bash: fork: retry: Resource temporarily unavailable"'
	has "$output" "/sys/fs/cgroup/pids/a/pids.max is 20" "tests/verbs/remedy"
}

@test "a limit of the shell is too low for anything: it is named first, and to raise it helps" {
	for limit in n:16 f:100 d:1000; do
		try bash -c 'ulimit -S -$0 $1; tests/verbs/doctor tools; remedy=$(tests/verbs/remedy limits)
			${remedy% (*} && tests/verbs/remedy limits && echo it helps' "${limit%:*}" "${limit#*:}"
		has "$output" "-> ulimit -${limit%:*} " "tests/verbs/doctor"
		is "$(grep -c FAILS <<<"$output")" 1 "tests/verbs/doctor: what follows from it is not told"
		has "$output" "it helps" "the remedy, as printed: tests/verbs/remedy"
	done
	try bash -c 'ulimit -n 16; exec tests/verbs/remedy limits'
	has "$output" "a login that has higher limits: here ulimit -n is 16" "tests/verbs/remedy"
}

# posing FILE TEXT MESSAGE [user]: what remedy says where /proc/self/FILE has that text.
posing() {
	printf '%b\n' "$2" >"$DIR/posing"
	try unshare --mount --propagation private sh -c \
		'mount --bind $DIR/posing /proc/$$/$0 && exec tests/verbs/remedy "$@"' "$1" "${@:3}"
}

@test "a shell that AppArmor confines, an initramfs, a /proc of PIDs alone: by what /proc tells" {
	posing attr/current 'book (enforce)' "user: clone: Permission denied" user
	has "$output" "a shell that AppArmor's profile book (enforce) does not confine" "tests/verbs/remedy"
	posing mountinfo '1 1 0:1 / / rw - rootfs rootfs rw' "launcher: pivot_root: Invalid argument"
	has "$output" "here / is the initramfs, which can't be moved" "tests/verbs/remedy"
	posing mountinfo '1 1 0:1 / / rw - ext4 a rw\n2 1 0:2 / /proc rw - proc proc rw,subset=pid' \
		"user: mount /proc: Operation not permitted" user
	has "$output" "/proc(subset=pid)" "tests/verbs/remedy"
}

@test "Windows: WSL 1, and a WSL 2 whose kernel lacks a type of namespace" {
	mkdir "$DIR/bin"
	printf '#!/bin/sh\n[ "$1" = -s ] && echo Linux || echo $RELEASE\n' >"$DIR/bin/uname"
	chmod 755 "$DIR/bin/uname"
	PATH=$DIR/bin:$PATH RELEASE=4.4.0-19041-Microsoft try tests/verbs/remedy "uts: clone: Invalid argument"
	is "$output" "wsl --set-version NAME 2, in Windows: WSL 1 has no namespaces" "tests/verbs/remedy"
	PATH=$DIR/bin:$PATH RELEASE=5.10.16.3-microsoft-standard-WSL2 \
		lacking time tests/verbs/remedy "unshare: unshare: Invalid argument"
	is "$output" "wsl --update, in Windows: this kernel has no namespaces of these types: time" "tests/verbs/remedy"
}

@test "SELinux, and Yama's two settings that forbid strace" {
	staged 'mount -t tmpfs tmpfs /sys/fs && mkdir /sys/fs/selinux && echo 1 >/sys/fs/selinux/enforce
		exec tests/verbs/remedy "user: clone: Permission denied"'
	has "$output" "whether SELinux denied it" "tests/verbs/remedy"
	sysctl_is kernel.yama.ptrace_scope 3
	try tests/verbs/remedy "strace: ptrace(PTRACE_SEIZE): Operation not permitted"
	has "$output" "reboot without kernel.yama.ptrace_scope=3" "tests/verbs/remedy"
	umount /proc/sys
	sysctl_is kernel.yama.ptrace_scope 2
	try "${YOU[@]}" tests/verbs/remedy "strace: ptrace(PTRACE_SEIZE): Operation not permitted"
	has "$output" "sysctl kernel.yama.ptrace_scope=1" "tests/verbs/remedy"
}

@test "what can't be explained is said to be so" {
	try tests/verbs/remedy "user: clone: Owner died"
	has "$output" "not explained" "tests/verbs/remedy"
}

@test "another system than Linux: a virtual machine, and where it is told" {
	mkdir "$DIR/bin"
	printf '#!/bin/sh\necho Darwin\n' >"$DIR/bin/uname"
	chmod 755 "$DIR/bin/uname"
	try env PATH="$DIR/bin:$PATH" tests/verbs/doctor
	has "$output" "This is Darwin -> a virtual machine" "tests/verbs/doctor"
}

@test "an image of another processor, by qemu-user: clone() can't, though unshare(1) can" {
	needs "an x86-64 machine" test "$(uname -m)" = x86_64
	needs "qemu-x86_64-static" qemu-x86_64-static --version
	needs "binfmt_misc in a user namespace" unshare --user --map-root-user --mount \
		mount -t binfmt_misc binfmt_misc /mnt
	# The copy differs in a byte that is not used, so that it is no program for itself.
	cp "$(command -v qemu-x86_64-static)" "$DIR/qemu"
	printf '\3' | dd of="$DIR/qemu" bs=1 seek=7 conv=notrunc status=none
	cat >"$DIR/register" <<-'END'
		mkdir $DIR/binfmt && mount -t binfmt_misc binfmt_misc $DIR/binfmt
		magic='\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x03\x00\x3e\x00'
		mask='\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x00'
		echo ":qemu:M::$magic:$mask:$DIR/qemu:F" >$DIR/binfmt/register
		exec bash -c 'unshare --uts true && echo unshare works; 01-uts/uts true
			tests/verbs/remedy "uts: clone: Invalid argument"'
	END
	try timeout 60 unshare --user --map-root-user --mount bash "$DIR/register"
	has "$output" "unshare works" "the stage: qemu"
	has "$output" "uts: clone: Invalid argument" "the program's own words"
	has "$output" "an image or a machine of this processor's own kind" "tests/verbs/remedy"
}

@test "a clone by Git for Windows works in WSL: no script has its line ends" {
	needs "git" git -C "$REPO" rev-parse
	try git -c core.autocrlf=true -c safe.directory='*' clone -q "$REPO" "$DIR/clone"
	is "$(grep -rlI $'\r' "$DIR/clone" --exclude-dir=.git || true)" "" ".gitattributes"
}

@test "the dev container installs what the front page installs, and doctor names the same packages" {
	packages=$(sed -nE '/apt-get install -y/,/\x27/ { s/^ +//; s/\\$//; p; }' "$REPO/README.md" | tr -d '\n' |
		grep -o "apt-get install -y --no-install-recommends [^']*")
	has "$(<"$REPO/.devcontainer/devcontainer.json")" "$packages" ".devcontainer/devcontainer.json"
	column=0
	for system in Debian Fedora Arch Alpine; do
		row=$(grep "^| $system" "$REPO/README.md" | head -n 1)
		# shellcheck disable=SC2013 # one word a package
		for package in $(awk -v n="$column" '/^tools=/, /-.$/ { if (NF > 4) print $(NF - 3 + n) }' tests/verbs/doctor); do
			case $package in -*) continue ;; esac
			# Each system has these from the start.
			case $package in mawk | gawk | findutils | coreutils | diffutils | findmnt | util-linux-misc) continue ;; esac
			[[ $row == *[\ \`]"$package"[\ \`]* ]] ||
				hint "$package in README.md's row of $system" "$row" "README.md, 'What each system needs'"
		done
		column=$((column + 1))
	done
}
