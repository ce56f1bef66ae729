#!/usr/bin/env bats
# apparmor.bats: a machine where AppArmor forbids what it forbids on Ubuntu: what the
# programs and doctor say there is what the pages say. Run as root, in the virtual
# machine of tests/proofs/vm: it loads profiles.
# shellcheck disable=SC2154 # bats sets status and output

setup() {
	cd "$BATS_TEST_DIRNAME/../.." || return
	chmod 755 .
}

# confined RULES COMMAND [ARG...]: runs it as an ordinary user who may do all but what
# the rules say.
confined() {
	apparmor_parser -r <<<"abi <abi/4.0>, profile book { allow all, $1 }"
	run setpriv --reuid=4242 --regid=4242 --clear-groups env HOME=/tmp aa-exec -p book -- "${@:2}"
}

# said STATUS TEXT
said() {
	[ "$status" = "$1" ] && [[ $output == *"$2"* ]] && return
	printf 'expected: %s, with status %s\nseen:     %s, with status %s\n' "$2" "$1" "$output" "$status"
	return 1
}

@test "unconfined, all of it works" {
	run setpriv --reuid=4242 --regid=4242 --clear-groups 05-user/user true
	said 0 ""
}

@test "a user namespace without capabilities: clone() of more namespaces is refused" {
	for program in 05-user/user 06-net/net; do
		confined "userns, deny capability," "$program" true
		said 1 "${program#*/}: clone: Operation not permitted"
	done
	confined "userns, deny capability," unshare -U true
	said 0 ""
	confined "userns, deny capability," unshare -Ur true
	said 1 "write failed /proc/self/uid_map: Operation not permitted"
}

@test "no user namespace at all: clone() says Permission denied" {
	for program in 05-user/user 06-net/net; do
		confined "deny userns," "$program" true
		said 1 "${program#*/}: clone: Permission denied"
	done
}

@test "only the child is confined, as on Ubuntu 24.04: the maps, and then the mounts, are refused" {
	apparmor_parser -r <<<"abi <abi/4.0>, profile child { allow all, userns, deny capability, }"
	cat >/tmp/child.c <<-'END'
		#define _GNU_SOURCE
		#include <dlfcn.h>
		#include <fcntl.h>
		#include <sched.h>
		#include <stdarg.h>
		#include <unistd.h>
		static int (*then)(void *);
		static int child(void *arg)
		{
			int fd = open("/proc/self/attr/current", O_WRONLY | O_CLOEXEC);

			if (write(fd, "changeprofile child", 19) != 19)
				_exit(99);
			close(fd);
			return then(arg);
		}
		int clone(int (*fn)(void *), void *stack, int flags, void *arg, ...)
		{
			int (*real)(int (*)(void *), void *, int, void *, ...) = dlsym(RTLD_NEXT, "clone");
			va_list list;

			va_start(list, arg);
			int *pidfd = va_arg(list, int *);
			va_end(list);
			then = fn;
			return real(child, stack, flags, arg, pidfd);
		}
	END
	cc -shared -fPIC -o /tmp/child.so /tmp/child.c -ldl
	for case in "05-user/user|user: /proc/self/setgroups: Permission denied" \
		"06-net/net|net: /proc/self/setgroups: Permission denied" \
		"09-full-launcher/launcher -Uimnpu|launcher: make / private: Operation not permitted"; do
		# shellcheck disable=SC2086 # a program and its options
		run setpriv --reuid=4242 --regid=4242 --clear-groups env LD_PRELOAD=/tmp/child.so ${case%|*} true
		said 1 "${case#*|}"
	done
}

@test "doctor names AppArmor and a remedy, and does not advise what can't help" {
	for rules in "userns, deny capability," "deny userns,"; do
		confined "$rules" make -s doctor
		[[ $output == *AppArmor* && $output != *systemd-nspawn* ]] || {
			printf 'with: %s\n%s\n' "$rules" "$output"
			return 1
		}
	done
}
