# What every test file loads. A test runs the chapter's program ($PROGRAM) in a
# sandbox (tests/sandbox), where a broken program can harm nothing.
#
# "Outside" is the shell that runs the test, "inside" is what $PROGRAM runs.
# shellcheck shell=bash

if [ -z "${SANDBOX:-}" ]; then
	echo "These tests run in a sandbox: start them with 'make check'." >&2
	exit 1
fi

REPO=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

# A folder in PATH that this user can't search would make execvp() say "Permission
# denied" (126) for what is not found (127).
searchable=
for folder in ${PATH//:/ }; do
	[ ! -x "$folder" ] || searchable+=${searchable:+:}$folder
done
PATH=$searchable

# Each test starts in an empty folder of its own, which an ordinary user can
# read, with a copy of the program: the repository may lie where only root can look.
setup() {
	export DIR
	# A grader tells of the first failure alone: nobody waits for the others.
	[ -z "${FAIL_FAST:-}" ] || [ ! -e "$TMPDIR/failed" ] || skip "after a failure"
	DIR=$(mktemp -d)
	chmod 755 "$DIR"
	cd "$DIR" || return
	SOURCE=$REPO/$CHAPTER/${CHAPTER##*-}.c
	cp "$PROGRAM_PATH" .
	PROGRAM=$DIR/${PROGRAM_PATH##*/}
	NAME=${PROGRAM##*/}
	hostname host
}

# What a test, or a broken program, left running would disturb the next test: all
# that has this test's folder in its environment ends.
teardown() {
	local pids
	[ -z "${FAIL_FAST:-}" ] || [ -n "${BATS_TEST_COMPLETED:-}" ] || touch "$TMPDIR/failed"
	[ -n "${DIR:-}" ] || return 0
	# A broken chapter 04 mounts its /proc over this one.
	until [ -e /proc/self ]; do umount /proc || break; done
	pids=$(grep -slzx "DIR=$DIR" /proc/[0-9]*/environ | cut -d / -f 3)
	# shellcheck disable=SC2086 # one word a PID; grep's own is gone by now
	kill -KILL $pids 2>/dev/null || true
	wait 2>/dev/null
	cd / && rm -rf "$DIR" "$DIR.output"
}

# try COMMAND [ARG...]: sets $output, of stdout and stderr, and $status. As bats'
# run, without its warning about status 127. What hangs is ended, with status 124.
# SLOW=10 makes each time limit ten times as long, for a machine that is emulated.
try() {
	local start=$SECONDS limit=$((10 * ${SLOW:-1}))
	# Not $(...): it would wait for whoever a broken program left with its output.
	(ulimit -f 65536 && exec timeout -k 1 "$limit" "$@") >"$DIR.output" 2>&1 && status=0 || status=$?
	# Who ignores SIGTERM is killed: that is 137, but it has hung all the same.
	[ "$status" != 137 ] || ((SECONDS - start < limit)) || status=124
	output=$(head -c 65536 "$DIR.output" | tr -d '\0')
}

# inside COMMAND [ARG...]: the same, inside the program.
inside() {
	try "$PROGRAM" "$@"
}

# start COMMAND [ARG...]: the same in the background, once the command is there.
# Sets $PARENT, the program's PID, and $CHILD, the command's, as seen from outside.
start() {
	set -m # else bash starts it with SIGINT and SIGQUIT ignored
	"$PROGRAM" "$@" 3>&- &
	set +m
	PARENT=$!
	until_true eval "pgrep -P $PARENT -x '${1##*/}' || ! kill -0 $PARENT"
	export CHILD
	CHILD=$(pgrep -P "$PARENT") ||
		hint "that the program runs '$*'" "it has ended without" "the program, run by hand: ./$NAME $*"
	[[ $CHILD != *$'\n'* ]] || hint "one child of the program" "$CHILD" "main(): one clone(), and no fork()"
}

# until_true COMMAND [ARG...]: waits for an event, ten seconds at most.
until_true() {
	local try
	for ((try = 0; try < 1000 * ${SLOW:-1}; try++)); do
		"$@" >/dev/null 2>&1 && return
		[ -e /proc/self ] || hint "the host's own /proc" "the program's, mounted over it" \
			"CLONE_NEWNS, and MS_REC | MS_PRIVATE on / before the first mount" || return
		sleep 0.01
	done
	hint "that '$*' succeeds" "it still fails after ten seconds" "what this test does before it waits"
}

# as_user COMMAND [ARG...]: the same as try, as an ordinary user: another user
# where the tests run as root. A sandbox that is a user namespace has but one: there,
# that one without capabilities, in one namespace more, since who has user 0 of the
# namespace above may not map it without CAP_SETFCAP: user_namespaces(7).
as_user() {
	if setpriv --reuid=4242 true 2>/dev/null; then
		try setpriv --reuid=4242 --regid=4343 --clear-groups "$@"
	else
		try unshare --user --map-user=4242 --map-group=4343 "$@"
	fi
}

# open_terminal COMMAND: runs it on a terminal of its own, with script(1). What is
# said with type_in is typed there, and what is shown there is added to ./screen.
open_terminal() {
	needs "script(1), which makes a terminal" script --version
	mkfifo keys
	set -m # or what runs in the background ignores SIGINT and SIGQUIT
	SHELL=/bin/sh timeout -k 1 "$((20 * ${SLOW:-1}))" script -q -e -f -c "$1" screen <keys >script.log 2>&1 3>&- &
	export SCRIPT=$!
	set +m
	exec 9>keys
}
# shellcheck disable=SC2059 # for the escapes
type_in() { printf "$1" >&9; }
shows() { until_true grep -q "$1" screen || hint "on the terminal: $1" "$(cat screen)" "$2"; }

# inject WHAT COMMAND [ARG...]: runs the program under strace, which makes system
# calls fail: `inject mount:error=EPERM:when=2 true` fails the second mount().
inject() {
	local what=$1
	shift
	try strace -f -qq -o trace -e "trace=${what%%:*}" \
		-e "inject=$what" "$PROGRAM" "$@"
}

# fails_at WHAT MESSAGE: a system call that fails is named, the status is 1, and
# the command does not run.
fails_at() {
	inject "$1" echo "the command ran"
	is "$output" "$NAME: $2" "every call that can fail: if it returned -1, err(1, ...)"
	is "$status" 1 "err()'s first argument is the exit status"
}

# control SED-SCRIPT: builds ./control, the chapter's program after an edit. It
# shows what happens without the edited line: the proof that a test can fail.
control() {
	sed -E "$1" "$SOURCE" >control.c
	if cmp -s "$SOURCE" control.c; then
		hint "that 's/.../.../' of this test edits $SOURCE" "no change: $1" "this test"
		return 1
	fi
	${CC:-cc} -w -o control control.c
}

# ns TYPE: the link of this shell's namespace; $BASHPID, since a test is a subshell.
ns() {
	readlink "/proc/$BASHPID/ns/$1"
}

# hint EXPECTED SEEN WHERE-TO-LOOK: says so, and fails.
hint() {
	printf 'expected: %s\n' "$1"
	printf 'seen:     %s\n' "$2"
	printf 'look at:  %s\n' "$3"
	return 1
}

# The four assertions. The last argument says where to look when they fail.
is() {
	[ "$1" = "$2" ] || hint "$2" "$1" "$3"
}

differs() {
	[ "$1" != "$2" ] || hint "something other than $2" "$1" "$3"
}

has() {
	[[ $1 == *"$2"* ]] || hint "a text with: $2" "$1" "$3"
}

lacks() {
	[[ $1 != *"$2"* ]] || hint "a text without: $2" "$1" "$3"
}

# alive: for graders, after try: the program has not looped, nor died of a wrong pointer.
alive() {
	differs "$status" 124 "the program has not ended after ten seconds: what does it wait for, or where does it loop?"
	differs "$status" 139 "139 is 128 + 11, SIGSEGV: the program died. Which pointer is wrong?"
	differs "$status" 153 "the program prints without end: 153 is 128 + 25, SIGXFSZ. Where does it loop?"
}

# needs REASON COMMAND [ARG...]: skips the test, with the reason, where the machine
# can't do what it needs. With STRICT=1 that is a failure.
needs() {
	local reason=$1 said
	shift
	said=$("$@" 2>&1) && return
	[ -n "${STRICT:-}" ] || skip "$reason (see: make doctor)"
	hint "$reason" "$*: $said" "make doctor (STRICT=1 makes a skip a failure)"
}
