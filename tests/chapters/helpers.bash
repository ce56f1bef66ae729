# What every test file loads. A test runs the chapter's program ($PROGRAM) in a
# sandbox (tests/sandbox), where a broken program can harm nothing.
#
# "Outside" is the shell that runs the test, "inside" is what $PROGRAM runs.
#
# A line "# must: KEY" above a test: it grades a reader's own program, too, and KEY
# is a line of the page's list, "What your own program must do". Such a test looks
# at behaviour alone. The others are for the book's own programs: their wording, the
# calls that they make, and what happens without a line of theirs (control).
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

# ran COMMAND [ARG...]: what a grader shows as the command that was run last.
ran() { RAN=("$@"); }
ran

# Each test starts in an empty folder of its own, which an ordinary user can read.
# (bats' own BATS_TEST_TMPDIR is not there before bats 1.4, and is only root's.) The
# program is copied once, since the repository may lie where only root can look.
#
# Forks are most of what tests cost, so setup, try and teardown are bash alone where
# they can be. bats' trap before each command makes it a hundred times as slow, and
# only tells in which function a test failed: TRACE=1 keeps it.
setup() {
	local name
	[ -n "${TRACE:-}" ] || trap - DEBUG
	# A grader tells of the first failure alone: nobody waits for the others.
	[ -z "${FAIL_FAST:-}" ] || [ ! -e "$TMPDIR/failed" ] || skip "after a failure"
	if [ -e "$TMPDIR/hopeless" ] && [ -z "${ALL:-}" ]; then
		hint "what a test before this one expects" "it has failed, so this one was not run" "$(<"$TMPDIR/hopeless")"
	fi
	hung || true
	SOURCE=$REPO/$CHAPTER/${CHAPTER##*-}.c
	NAME=${PROGRAM_PATH##*/}
	PROGRAM=$TMPDIR/program/$NAME
	export DIR=$TMPDIR/${BATS_TEST_FILENAME##*/}-$BATS_TEST_NUMBER
	umask 022
	if [ -e "$PROGRAM" ]; then
		mkdir "$DIR"
	else
		mkdir -p "$DIR" "$TMPDIR/program"
		cp "$PROGRAM_PATH" "$PROGRAM"
		[ -e "$TMPDIR/never" ] || mkfifo "$TMPDIR/never"
	fi
	cd "$DIR" || return
	read -r name </proc/sys/kernel/hostname
	[ "$name" = host ] || hostname host
	processes=(/proc/[0-9]*)
}

# What a test, or a broken program, left running would disturb the next test: all
# that has this test's folder in its environment ends. The folder itself goes with
# the sandbox. after_test, where a file has it, is that file's own cleaning up.
teardown() {
	local process variables lost=
	[ -z "${FAIL_FAST:-}" ] || [ -n "${BATS_TEST_COMPLETED:-}" ] || : >"$TMPDIR/failed"
	[ -n "${DIR:-}" ] || return 0
	[ -z "${OTHERS_NEED_THIS:-}" ] || [ -n "${BATS_TEST_COMPLETED:-}" ] || hopeless
	# A broken chapter 04 mounts its /proc over this one, or unmounts it.
	if ! has_proc; then
		[ -n "${FAIL_FAST:-}" ] || hint "" "" "" || lost=yes
		mount -t proc proc /proc
	fi
	{
		for process in /proc/[0-9]*; do
			[[ " ${processes[*]} " != *" $process "* ]] || continue
			mapfile -d '' -t variables <"$process/environ" || continue
			[[ " ${variables[*]} " != *" DIR=$DIR "* ]] || kill -KILL "${process##*/}" || true
		done
		wait
		disown -a # or bash tells of those that were killed
	} 2>/dev/null
	! declare -F after_test >/dev/null || after_test
	cd /
	[ -z "$lost" ]
}

# let_go FIFO: lets go on who reads a line from there, or will. (To open it for writing
# would wait without end where the reader has been killed.)
let_go() {
	local fd
	exec {fd}<>"$1"
	echo >&"$fd"
}

# doze: a hundredth of a second, without a process. But until bash 5.2 a read -t whose time is
# over before it waits does so without end (seen with 5.1, that of Ubuntu 22.04).
if ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 502)); then
	doze() { read -r -t 0.01 <>"$TMPDIR/never" || true; }
else
	doze() { sleep 0.01 3>&-; }
fi

# others_need_this: begins a test without which others make no sense: if it fails, they
# are not run, but for ALL=1, and fail for the same cause.
others_need_this() { OTHERS_NEED_THIS=yes; }

# hopeless: notes that the tests that follow make no sense, with what hint said last.
hopeless() { [ -e "$TMPDIR/hopeless" ] || printf '%s\n' "${WHERE:-the first hint above}" >"$TMPDIR/hopeless"; }

# hung [NEW]: notes that the program hung once more; the third time is the last, since
# each test would wait for ten seconds.
hung() {
	local hangs=()
	[ -z "${1:-}" ] || echo x >>"$TMPDIR/hangs"
	[ ! -e "$TMPDIR/hangs" ] || mapfile -t hangs <"$TMPDIR/hangs"
	PATIENCE=$(((${#hangs[@]} ? 3 : 10) * ${SLOW:-1}))
	((${#hangs[@]} < 3)) || hopeless
}

# try COMMAND [ARG...]: sets $output, of stdout and stderr, and $status. As bats'
# run, without its warning about status 127. What hangs is ended, with status 124.
# SLOW=10 makes each time limit ten times as long, for a machine that is emulated.
# (bats' own BATS_TEST_TIMEOUT is not there before bats 1.8.) Where MAY_HANG is set, that
# is no failure.
try() {
	ran "$@"
	local start=$SECONDS
	# Not $(...): it would wait for whoever a broken program left with its output.
	(
		ulimit -f 65536
		if [ -n "${APART:-}" ]; then exec 2>"$DIR.errors"; else exec 2>&1; fi
		exec timeout -k 1 "$PATIENCE" "$@"
	) >"$DIR.output" 2>>"$DIR.bash" && status=0 || status=$? # bash itself tells of signals
	# Who ignores SIGTERM is killed: that is 137, but it has hung all the same.
	[ "$status" != 137 ] || ((SECONDS - start < PATIENCE)) || status=124
	IFS= read -r -N 65536 output <"$DIR.output" || true
	while [[ $output == *$'\n' ]]; do output=${output%$'\n'}; done
	errors=
	[ -z "${APART:-}" ] || IFS= read -r -d '' errors <"$DIR.errors" || true
	errors=${errors%$'\n'}
	[ -z "${FAIL_FAST:-}" ] || return 0
	[ "$status" != 124 ] || [ -n "${MAY_HANG:-}" ] ||
		hangs "'$*' ends" "it goes on after $PATIENCE seconds${output:+, and has said: $output}"
}

# hangs EXPECTED SEEN: says so, and fails.
hangs() {
	hung new || true
	hint "that $1" "$2" \
		"waitpid(): does the program wait for its own child, and for nothing else? Does it close its ends of pipes?"
}

# inside COMMAND [ARG...]: the same, inside the program.
inside() {
	try "$PROGRAM" "$@"
	[ -z "${FAIL_FAST:-}" ] || return 0
	local where="pointers: clone() is given the upper end of a stack of at least 64 KiB,"
	where+=" execvp() an argv that ends with NULL"
	[[ $CHAPTER != 0[78]-* ]] || where="pointers: execvp() gets an argv that ends with NULL; getenv() may return NULL"
	[ "$#" != 0 ] || where="pointers: without arguments argv[1] is NULL; and getenv() may return NULL"
	[ "$status" != 139 ] || hint "that '$NAME $*' runs" "status 139: 128 + 11, SIGSEGV${output:+, and: $output}" "$where"
}

# apart TRY...: a try, inside or as_user that sets $output of stdout alone, and $errors
# of stderr: a program that is graded may say there what it likes.
apart() {
	local APART=yes
	"$@"
}

# within COMMAND [ARG...]: the usual one of them.
within() { apart inside "$@"; }

# start COMMAND [ARG...]: the same in the background, once the command is there.
# Sets $PARENT, the program's PID, and $CHILD, the command's, as seen from outside.
start() { run_in -- "$@"; }

# run_in ARG... -- COMMAND [ARG...]: the same, with arguments of the program's own
# before the command. Where the program itself became the command, both are one.
run_in() {
	local before=() started=$SECONDS
	while [ "$1" != -- ]; do
		before+=("$1")
		shift
	done
	shift
	set -m # else bash starts it with SIGINT and SIGQUIT ignored
	"$PROGRAM" "${before[@]}" "$@" 3>&- &
	set +m
	PARENT=$!
	export CHILD=
	until find_command "$PARENT" "$@"; do
		# "return", since set -e does nothing where this is called before || or &&
		has_proc || hint "" "" "" || return
		lives "$PARENT" || hint "that the program runs '$*', and waits for its end" "it has ended before" \
			"waitpid(): does the program wait? And execvp(): run it by hand, ./$NAME ${before[*]} $*" || return
		((SECONDS - started <= PATIENCE)) || hangs "the program runs '$*'" "no process of it does so" || return
		doze
	done
}

# find_command PID COMMAND [ARG...]: sets $CHILD to the process below PID, or PID
# itself, that is this command. Fails where there is none.
find_command() {
	local process words pid
	for process in /proc/[0-9]*; do
		{ mapfile -d '' -t words <"$process/cmdline"; } 2>/dev/null || continue
		[ "${#words[@]} ${words[*]}" = "$(($# - 1)) ${*:2}" ] || continue
		pid=${process##*/}
		until [ "$pid" = "$1" ] || [ "$pid" = 0 ]; do parent_of "$pid" pid; done
		[ "$pid" = "$1" ] || continue
		CHILD=${process##*/}
		return
	done
	return 1
}

# parent_of PID NAME: sets the variable NAME to the PID of its parent, 0 for none.
parent_of() {
	local line=
	{ read -r line <"/proc/$1/stat"; } 2>/dev/null || true
	line=${line##*) ? }
	printf -v "$2" %s "${line%% *}"
	[ -n "${!2}" ] || printf -v "$2" 0
}

# lives PID: whether it is there, and no zombie.
lives() {
	local line=
	{ read -r line <"/proc/$1/stat"; } 2>/dev/null && [[ ${line##*) } != [ZX]* ]]
}

# until_gone PID: waits for another's end, as long as PATIENCE; fails if it lives on.
until_gone() {
	local started=$SECONDS
	while lives "$1"; do
		((SECONDS - started <= PATIENCE)) || return 1
		doze
	done
}

# ends PID: waits for a process that this shell started, and sets $status.
ends() {
	local started=$SECONDS
	while lives "$1"; do
		((SECONDS - started <= PATIENCE)) ||
			hangs "the program ends when its command does" "it goes on after $PATIENCE seconds" || return
		doze
	done
	wait "$1" && status=0 || status=$?
}

# eventually COMMAND [ARG...]: waits for an event, ten seconds at most; fails if it does
# not come, without a word: the caller's hint follows.
eventually() {
	local started=$SECONDS
	until "$@" >/dev/null 2>&1; do
		has_proc || return
		if ((SECONDS - started > PATIENCE)); then
			hung new || true
			return 1
		fi
		doze
	done
}

# until_true COMMAND [ARG...]: the same, for an event that only this test can fail to bring.
until_true() {
	eventually "$@" || hint "that '$*' succeeds" "it still fails after $PATIENCE seconds" \
		"the command inside does not get so far: run it by hand, ./$NAME"
}

# one_user: whether this sandbox, an ordinary user's, has but one user. What needs
# two can't be done there.
one_user() {
	local inside count
	while read -r inside _ count; do
		((inside > 4242 || inside + count <= 4242)) || return 1
	done </proc/self/uid_map
}

# as_user COMMAND [ARG...]: the same as try, as an ordinary user: another user
# where the tests run as root. A sandbox that is a user namespace has but one: there,
# that one without capabilities, in one namespace more, since who has user 0 of the
# namespace above may not map it without CAP_SETFCAP: user_namespaces(7).
as_user() {
	if one_user; then
		try unshare --user --map-user=4242 --map-group=4343 "$@"
	else
		try setpriv --reuid=4242 --regid=4343 --clear-groups "$@"
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
shows() { eventually grep -q "$1" screen || hint "on the terminal: $1" "$(cat screen)" "$2"; }

# signals TEXT: the lines of /proc/PID/status with Sig, without those two signals, 32 and
# 33, that the libc has for itself: its posix_spawn() ignores them in the child.
signals() {
	local name set
	while read -r name set; do
		[[ $name != Sig* ]] || printf '%s %016x\n' "$name" "$((16#$set & ~16#180000000))"
	done <<<"$1"
}

# same_links SEEN EXPECTED WHERE-TO-LOOK: compares two lists of links, type:[inode], and
# tells of the first that differs.
same_links() {
	local link type
	for link in $2; do
		type=${link%%:*}
		[[ $'\n'$1$'\n' == *$'\n'"$link"$'\n'* ]] ||
			hint "$link" "$(grep "^$type:" <<<"$1" || echo "no link of the type $type")" "$3 (here it is the type $type)" ||
			return
	done
	is "$1" "$2" "$3"
}

needs_strace() { needs "strace may trace a program" strace -qq -o /dev/null true; }

# each_call_fails: runs the program once for each call that matters among those that
# it makes before the command runs, and lets this call fail: the command must not
# run then, the status not be 0, and something be said. What a program may well ignore
# (close(), munmap(), signal(), umount(), what it does to its pipes) is not among them.
each_call_fails() {
	local name number what error filter where
	needs_strace
	strace -f -y -qq -o trace -e "trace=execve,$FAULTS" "$PROGRAM" touch ran >/dev/null 2>&1 ||
		hint "that the program runs 'touch ran'" "status $?, under strace" "run it by hand: strace -f ./$NAME touch ran"
	faults <trace >calls
	[ -s calls ] || hint "calls that make a namespace, and that can fail" "none, in: strace -f ./$NAME touch ran" \
		"clone(): the system calls that this chapter is about"
	while IFS=$'\t' read -r name number what; do
		rm -f ran
		error=EPERM filter=() LINE_LIKE=
		case $name in
		clone* | *fork) error=ENOSPC ;;
		socket) number+=+ ;; # another family would do as well
		open*)
			[[ $what =~ \"(/proc/(self|thread-self|sys)/[^\"]*)\" ]] || continue # a PID is another one each time
			filter=(-P "${BASH_REMATCH[1]}") number=1+ error=EACCES
			;;
		esac
		# -D: it is the program's end that counts. Where the parent fails before its child
		# has asked for a death signal, the child may wait for it longer.
		try strace -D -f -qq -o /dev/null "${filter[@]}" -e "trace=$name" -e "inject=$name:error=$error:when=$number" \
			"$PROGRAM" touch ran
		output=${output#strace: Requested path *$'\n'}
		where="$name(): it fails with -1; then say why on stderr, and end, before anything runs half made"
		case $what in
		*/proc/*)
			where=${what#*/proc/} where=${where%%[\">]*}
			where="${where##*/}: opening and writing it can fail; then say why on stderr, and end"
			;;
		*\"/proc\"*) LINE_LIKE='mount *\(.*"/proc"' ;;
		*mount*) LINE_LIKE='mount *\(.*MS_PRIVATE' ;;
		esac
		[ ! -e ran ] || hint "that the command does not run where this call fails: $what" "it ran, with status $status" \
			"$where"
		differs "$status" 0 "the status where this call fails: $what. $where"
		[ "$name" = write ] || differs "$output" "" "stderr where this call fails: $what. $where"
	done <calls
	LINE_LIKE=
}

# The calls that each_call_fails looks at; ? is for what not every machine has.
FAULTS="clone,?clone3,?fork,?vfork,unshare,setns,sethostname,prctl,mount,?fsopen,?fsconfig,?fsmount,?move_mount,"
FAULTS+="?mount_setattr,?open,openat,write,socket,ioctl,sendto,sendmsg"

# faults: reads a trace, and prints the calls that matter: the name, the how-manieth of
# that name in its process, and the call itself, with tabs between. When the program has
# started another one, as system() does, only that one's mount() and the like matter.
faults() {
	awk '
		function take() { printf "%s\t%d\t%s\n", name, count[pid, name], substr(call, 1, 60); }
		{ pid = $1; call = $0; sub(/^[0-9]+ +/, "", call); name = call; sub(/\(.*/, "", name) }
		name !~ /^[a-z0-9_]+$/ { next }
		name == "execve" && call ~ /\["touch", "ran"\]/ { exit }
		name == "execve" { if (started++) other[pid] = 1; next }
		{ count[pid, name]++ }
		name ~ /^(mount|unshare|sethostname)$/ { take(); next }
		other[pid] { next }
		name ~ /^(clone3?|v?fork|setns|fs.*|move_mount|mount_setattr)$/ { take() }
		name == "prctl" && /PDEATHSIG/ { take() }
		name ~ /^open/ && /"\/proc\// && /O_WRONLY|O_RDWR/ { take() }
		name == "write" && /\([0-9]+<\/proc\// { take() }
		name == "socket" && /AF_INET|AF_NETLINK/ { take() }
		name == "ioctl" && /SIOC/ { take() }
		name ~ /^send/ && /NETLINK|nl_|nlmsg/ { take() }'
}

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
# shows what happens without the edited line: the proof that a test can fail. What
# another test has built already is taken from there.
control() {
	local built=$TMPDIR/control-${1//[^A-Za-z0-9]/_} source edited
	if [ ! -e "$built" ]; then
		sed -E "$1" "$SOURCE" >control.c
		read -r -d '' source <"$SOURCE" || true
		read -r -d '' edited <control.c || true
		if [ "$source" = "$edited" ]; then
			hint "that 's/.../.../' of this test edits $SOURCE" "no change: $1" "this test"
			return 1
		fi
		${CC:-cc} -w -o "$built" control.c
	fi
	cp "$built" control
}

# build_static ARG...: builds a program that runs in an empty root, with cc where $CC
# is a compiler that can't link it, as tcc.
build_static() {
	${CC:-cc} -w -static "$@" || cc -w -static "$@"
}

# ns TYPE: the link of this shell's namespace; $BASHPID, since a test is a subshell.
ns() {
	readlink "/proc/$BASHPID/ns/$1"
}

# has_proc: whether /proc is still the outside's, where this shell has its own PID.
has_proc() {
	local pid=
	{ read -r pid _ </proc/self/stat; } 2>/dev/null || true
	[ "$pid" = "$BASHPID" ]
}

# lost_proc: what a program did not do that has changed the outside's /proc.
HIDDEN_PROC="MS_REC | MS_PRIVATE on /, in a namespace of CLONE_NEWNS, before the first mount:\
 what is mounted or unmounted on a shared mount, is so outside, too"
lost_proc() {
	local word source=
	[ -z "${FAIL_FAST:-}" ] || { # an exercise does not tell its solution
		echo "mount_namespaces(7): what is mounted on a shared mount, its peers get too. What must child() say of / and" \
			"of every mount below it, and when?"
		return
	}
	case $CHAPTER in
	0[1-3]-*)
		echo "mount() and umount(): this chapter's program changes no mount; chapter 04's is the first that does"
		return
		;;
	07-*) echo "mount() and umount(): the program changes no mount"; return ;;
	08-*) echo "mount() and umount(): the program changes no mount, but makes all private where -m is given"; return ;;
	esac
	[ ! -r "$PROGRAM_PATH.c" ] || read -r -d '' source <"$PROGRAM_PATH.c" || true
	for word in CLONE_NEWNS MS_PRIVATE MS_REC; do
		[ -z "$source" ] || [[ $source == *"$word"* ]] || { echo -n "$word is missing. It takes "; break; }
	done
	echo "$HIDDEN_PROC"
}

# hint EXPECTED SEEN WHERE-TO-LOOK: says so, with the line of the program that is
# meant, where that can be known, and fails.
hint() {
	# A grader that looks at /proc has its own words on it.
	has_proc || { [ -n "${FAIL_FAST:-}" ] && [ -n "$1" ]; } ||
		set -- "that the outside keeps its /proc" "it is gone, or the program's is mounted over it" "$(lost_proc)"
	[ -z "${FAIL_FAST:-}" ] || { grader_hint "$@"; return; }
	[ -n "$2" ] || [ -z "${errors:-}" ] || [ "${status:-0}" = 0 ] ||
		set -- "$1" "$2" "first what it says, since it ended with status $status. $3"
	WHERE=$3
	printf 'expected: %s\n' "$1"
	printf 'seen:     %s\n' "$2"
	[ -z "${errors:-}" ] || printf 'it says:  %s\n' "$errors"
	printf 'look at:  %s\n' "$3"
	[ -n "${FAIL_FAST:-}" ] || [[ $3 == "this test"* ]] || show_line "$3"
	return 1
}

# show_line TEXT: the first line of the program's source that has a call, flag or
# file that TEXT names.
show_line() {
	local source=$PROGRAM_PATH.c word words lines
	[ -r "$source" ] || return 0
	mapfile -t lines <"$source"
	[ -z "${LINE_LIKE:-}" ] || show_first "$LINE_LIKE" || return 0
	read -ra words <<<"${1//[^A-Za-z0-9_()]/ }"
	for word in "${words[@]}"; do
		case $word in
		'clone()'*) word='\<(clone3?|unshare|SYS_clone3?|v?fork) ?\(' ;;
		'waitpid()'*) word='\<(wait|waitpid|waitid|wait4) ?\(' ;;
		'execvp()'*) word='\<exec[vl]p?e? ?\(' ;;
		'geteuid()'* | 'getegid()'*) word='\<gete?[ug]id ?\(' ;;
		*'()'*) word="\\<${word%%(*} ?\\(" ;;
		uid_map | gid_map | setgroups | timens_offsets) word="/$word\\>" ;;
		CLONE_NEW* | MS_[A-Z]* | PR_[A-Z]* | SIG[A-Z_]* | IFF_*) word="\\<$word\\>" ;;
		*) continue ;;
		esac
		show_first "$word" || return 0
	done
	return 0
}

# show_first REGEX: the first of show_line's lines that matches, but for comments;
# fails where it has shown one.
show_first() {
	local i text
	for i in "${!lines[@]}"; do
		[[ ${lines[i]%%/[*/]*} =~ $1 && ! ${lines[i]} =~ ^[[:space:]]*(/?\*|#include) ]] || continue
		read -r text <<<"${lines[i]}"
		printf '          %s, line %s: %s\n' "${source##*/}" "$((i + 1))" "$text"
		return 1
	done
}

# The four assertions. The last argument says where to look when they fail.
is() {
	[ "$1" = "$2" ] || hint "$2" "$1" "$3"
}

# alone SEEN EXPECTED WHERE-TO-LOOK: the same for what a command prints, which is to be all.
alone() {
	[[ $1 != "$2"$'\n'"$2"* ]] ||
		hint "$2, once" "$1" "fork() and clone(): the command runs once; which processes come to execvp()?"
	[ "$1" = "$2" ] || [[ $1 != *"$2" && $1 != "$2"* ]] ||
		hint "$2" "$1" \
			"write() and printf(): stdout, descriptor 1, is the command's; what the program has to say goes to stderr"
	is "$@"
}

differs() {
	[ "$1" != "$2" ] || hint "something other than $2" "$1" "$3"
}

has() {
	[[ $1 == *"$2"* ]] || hint "a text with: $2" "$1" "$3"
}

lacks() {
	[[ $1 != *"$2"* ]] || hint "a text without: $2" "$(grep -F -- "${2%%$'\n'*}" <<<"$1")" "$3"
}

# alive: for graders, after try: the program has not looped, nor died of a wrong pointer.
alive() {
	differs "$status" 124 "the program has not ended after ten seconds: what does it wait for, or where does it loop?"
	differs "$status" 139 "139 is 128 + 11, SIGSEGV: the program died. Which pointer is wrong?"
	differs "$status" 153 "the program prints without end: 153 is 128 + 25, SIGXFSZ. Where does it loop?"
}

# grader_hint EXPECTED SEEN WHERE-TO-LOOK: hint for graders. It tells the command that
# was run last, $RAN, and when that hung or died says so, whatever the test is about.
grader_hint() {
	local word text='' where=$3
	for word in "${RAN[@]}"; do
		word=${word/#"${PROGRAM:-}"/./${NAME:-}}
		[[ $word =~ ^[A-Za-z0-9_./=:,@%+-]+$ ]] || word=${word@Q}
		text+=" $word"
	done
	case ${status:-0},$1 in
	*,'something other than '[0-9]*) ;; # the test has its own words on it
	124,*) where="the program has not ended after ten seconds: what does it wait for, or where does it loop?" ;;
	139,*) where="139 is 128 + 11, SIGSEGV: the program died. Which pointer is wrong?" ;;
	esac
	[ -z "$text" ] || printf 'ran:     %s\n' "$text"
	printf 'expected: %s\nseen:     %s\nlook at:  %s\n' "${1:-nothing}" "${2:-nothing}" "$where"
	return 1
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
