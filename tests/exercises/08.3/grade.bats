#!/usr/bin/env bats
load ../../chapters/helpers

# clocks COMMAND...: runs ./clocks by it. Sets $monotonic and $boottime, in seconds.
clocks() {
	needs "the kernel has time namespaces" test -e /proc/self/ns/time
	if [ ! -e clocks ]; then
		cat >clocks.c <<-'END'
			#include <stdio.h>
			#include <time.h>
			int main(void)
			{
				struct timespec m, b;
				clock_gettime(CLOCK_MONOTONIC, &m);
				clock_gettime(CLOCK_BOOTTIME, &b);
				printf("clocks %lld %lld\n", (long long)m.tv_sec, (long long)b.tv_sec);
			}
		END
		${CC:-cc} -w -o clocks clocks.c
	fi
	try "$@" ./clocks
	alive
	[[ $output =~ clocks\ ([0-9]+)\ ([0-9]+) ]] || hint "that the command runs" "$output" "$where"
	monotonic=${BASH_REMATCH[1]} boottime=${BASH_REMATCH[2]}
}

# near SEEN EXPECTED WHAT WHERE-TO-LOOK: they differ by at most nine seconds, for a slow machine.
near() {
	local late=$(($1 - $2))
	((late >= -1 && late <= 9)) || hint "$3: about $2" "$1" "$4"
}

@test "the clocks say what -T has asked for" {
	where="an offset is added to what the clock says: it may be negative, but the sum may not. Which clock does CLOCK_REALTIME read, by the way?"
	clocks
	now=$boottime
	# In a shifted time namespace this test would be about nesting.
	clocks "$PROGRAM" -T 1000000
	late=$((boottime - now * 2 - 1000000))
	((late < -1 || late > 9)) ||
		hint "CLOCK_BOOTTIME: about 1000000" "$boottime" "the wrong direction: the offset is what the clock shall say, less what it says now"
	near "$boottime" 1000000 "CLOCK_BOOTTIME" "an offset is added to what the clock says already, $now seconds here: take these off. clock_gettime(2)"
	near "$monotonic" 1000000 "CLOCK_MONOTONIC" "the monotonic clock has an offset of its own"
	clocks "$PROGRAM" -T 1
	near "$boottime" 1 "CLOCK_BOOTTIME" "the offset may be negative"
	near "$monotonic" 1 "CLOCK_MONOTONIC" "the monotonic clock has an offset of its own"
}

@test "in a time namespace that is shifted already, too" {
	where="offsets count from the first time namespace, but your clock says what the outer -T has made of it: here the sum came out below 0. /proc/self/timens_offsets tells by how much it is shifted"
	for outer in 5000000 20; do
		for inner in 1000 6000000; do
			clocks "$PROGRAM" -T "$outer" "$PROGRAM" -T "$inner"
			near "$boottime" "$inner" "CLOCK_BOOTTIME with -T $inner inside -T $outer" "offsets count from the first time namespace, but your clock says what the outer -T has made of it. /proc/self/timens_offsets tells by how much"
			near "$monotonic" "$inner" "CLOCK_MONOTONIC with -T $inner inside -T $outer" "offsets count from the first time namespace, for each clock"
		done
	done
	# A machine that has slept has two clocks that differ; so has this namespace.
	if unshare --time --fork --monotonic 5000000 --boottime 20 true; then
		clocks unshare --time --fork --monotonic 5000000 --boottime 20 "$PROGRAM" -T 1000
		near "$boottime" 1000 "CLOCK_BOOTTIME where the two clocks differ" "each clock has an offset of its own, outside too: ask for both, and read both lines of /proc/self/timens_offsets"
		near "$monotonic" 1000 "CLOCK_MONOTONIC where the two clocks differ" "each clock says something of its own, outside too: ask for both, and read both lines of /proc/self/timens_offsets"
	fi
}

@test "an ordinary user, and the status, and the time of day" {
	where="-U and -T: an ordinary user travels too"
	clocks "$PROGRAM" -U -T 1000
	near "$boottime" 1000 "CLOCK_BOOTTIME with -U" "the order of unshare() and the offsets is as before"
	inside -T 1000 sh -c 'exit 7'
	is "$status" 7 "the status is the command's"
	near "$(date +%s)" "$("$PROGRAM" -T 1000 date +%s)" "the time of day" "time_namespaces(7): it has no namespace"
	inside -t cat /proc/self/timens_offsets
	is "$(tr -s ' ' <<<"$output")" "$(tr -s ' ' </proc/self/timens_offsets)" "-t without -T shifts nothing"
}

@test "what is no number is refused, and no clock goes below 0" {
	for seconds in x 5x ''; do
		inside -T "$seconds" echo the command ran
		lacks "$output" "the command ran" "-T '$seconds' is not seconds"
	done
	inside -T -1000 echo the command ran
	lacks "$output" "the command ran" "the kernel refuses a clock below 0: look at what write() returns"
}
