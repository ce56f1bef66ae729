#!/usr/bin/env bats
load ../../chapters/helpers

# calls OPTION...: runs ./calls with these. It says what became of some requests, on
# a descriptor that is none.
calls() {
	needs "a user namespace in a user namespace" unshare --user --map-root-user true
	if [ ! -e calls ]; then
		cat >calls.c <<-'END'
			#define _GNU_SOURCE
			#include <errno.h>
			#include <fcntl.h>
			#include <stdio.h>
			#include <string.h>
			#include <sys/ioctl.h>
			#include <sys/syscall.h>
			#include <unistd.h>
			static void say(const char *what, long result)
			{
				printf("%s: %s\n", what, result == -1 ? strerror(errno) : "ok");
				fflush(stdout);
			}
			int main(int argc, char *argv[])
			{
				int null = open("/dev/null", O_RDWR);
				if (argc > 1) { /* ioctl() of i386, by its own door */
			#ifdef __x86_64__
					long result;
					__asm__ volatile("int $0x80" : "=a"(result)
						: "a"(54), "b"(-1), "c"(TIOCSTI), "d"(0) : "memory");
					errno = result < 0 ? -(int)result : 0;
					say(argv[1], result < 0 ? -1 : 0);
			#endif
					return 0;
				}
				say("TIOCSTI", ioctl(-1, TIOCSTI, "x"));
				say("TIOCSTI on a file", ioctl(null, TIOCSTI, "x"));
				if (sizeof(long) == 8) {
					say("TIOCSTI and bit 32", syscall(SYS_ioctl, -1, TIOCSTI | 1UL << 31 << 1, "x"));
					say("TIOCSTI and bit 63", syscall(SYS_ioctl, -1, TIOCSTI | 1UL << 31 << 32, "x"));
				}
				say("TIOCGWINSZ", ioctl(-1, TIOCGWINSZ, NULL));
				say("TIOCSTI as a descriptor", ioctl(TIOCSTI, TIOCGWINSZ, NULL));
				say("TIOCSTI for fcntl", fcntl(-1, TIOCSTI, "x"));
				int refused = 0;
				for (unsigned int request = 0; request < 1 << 17; request++)
					refused += request != TIOCSTI && ioctl(-1, request, 0) == -1 && errno == EPERM;
				printf("other requests refused: %d\n", refused);
				say("FIOCLEX", ioctl(null, FIOCLEX));
				say("unshare", syscall(SYS_unshare, 0));
				return 0;
			}
		END
		${CC:-cc} -w -o calls calls.c
	fi
	try "$PROGRAM" "$@"
	differs "$status" 139 "139 is 128 + 11, SIGSEGV: which pointer is wrong? Or does the filter refuse more than ioctl()? Count the jumps: each skips so many lines"
	alive
}

@test "with -d the command runs, and TIOCSTI is not permitted" {
	calls -ad ./calls
	differs "$status" 159 "159 is 128 + 31, SIGSYS: the filter has killed the command. Which call, of which arch, does it kill? And what is refused is to go on, with an error"
	has "$output" "unshare: " "the command has to run: install the filter when the launcher needs no more of what it refuses, and see seccomp(2), ERRORS: EACCES is for who has neither no_new_privs nor CAP_SYS_ADMIN"
	has "$output" "TIOCSTI: Operation not permitted" "SECCOMP_RET_ERRNO | EPERM, where the call is ioctl() and its second argument, args[1], is TIOCSTI"
	has "$output" "TIOCSTI on a file: Operation not permitted" "on every descriptor"
}

@test "whatever stands in the upper half of the argument" {
	[ "$(getconf LONG_BIT)" = 64 ] || return 0
	calls -ad ./calls
	has "$output" "TIOCSTI and bit 32: Operation not permitted" "the kernel looks at 32 bits of the request: whoever compares 64 lets TIOCSTI | 1UL << 32 pass. Load the low half alone"
	has "$output" "TIOCSTI and bit 63: Operation not permitted" "the kernel looks at 32 bits of the request: whoever compares 64 lets TIOCSTI | 1UL << 63 pass. Load the low half alone"
}

@test "all else works as before" {
	calls -a ./calls
	free=$output
	calls -ad ./calls
	is "$(grep -v '^TIOCSTI\( on\| and\|:\)' <<<"$output")" "$(grep -v '^TIOCSTI\( on\| and\|:\)' <<<"$free")" "the number of the call, then args[1]: only where both fit, and SECCOMP_RET_ALLOW for the rest"
	has "$free" "TIOCSTI: Bad file descriptor" "without -d nothing is refused"
}

@test "not by the system calls of another architecture" {
	calls -a true # which makes ./calls
	# Killed, refused, or the kernel has them not: then it dies without -d, too.
	try "$PROGRAM" -a ./calls i386
	free=$output
	try "$PROGRAM" -ad ./calls i386
	[[ -n $free && $free == "$output" && $free == *"Bad file descriptor"* ]] &&
		hint "that TIOCSTI by int 0x80 is refused, or kills" "$output" "seccomp(2), Caveats: the numbers of the calls depend on the architecture, and a program may use several: check arch first"
	is "$?" 1 "this test"
}

@test "what the command starts is filtered, too; -d does what it did, for everyone" {
	calls -ad sh -c './calls; grep -E "CapEff|NoNewPrivs" /proc/self/status; exit 7'
	has "$output" "TIOCSTI: Operation not permitted" "the filter is inherited: is it installed in the process that becomes the command?"
	has "$output" $'CapEff:\t0000000000000000' "-d still drops the capabilities"
	has "$output" $'NoNewPrivs:\t1' "-d still sets no_new_privs"
	is "$status" 7 "the status is the command's"
	calls -mpd ./calls
	has "$output" "TIOCSTI: Operation not permitted" "without -r, too"
	as_user "$PROGRAM" -ad ./calls
	has "$output" "TIOCSTI: Operation not permitted" "as an ordinary user"
}
