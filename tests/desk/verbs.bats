#!/usr/bin/env bats
# The other verbs, typed in the states in which a reader meets them. The workshop's
# are in exercise.bats; doctor's causes in doctor.bats.
# shellcheck disable=SC2034,SC2154 # output and status come from book.bash, and IN is for it

load book

# built: the folders that have their program.
built() {
	local chapter
	for chapter in "$BOOK"/0*; do
		[ ! -x "$chapter/${chapter##*-}" ] || printf '%s ' "${chapter##*/}"
	done
}

@test "make help names each verb of the book, with the words of the Makefile" {
	for IN in . 01-uts; do
		reader make help
		is "$status" 0 "Makefile: help"
		for verb in check demo look doctor exercises progress clean help diff exercise-2 watch-2 hint-2 solution-2 reset-2 \
			rootfs check-mutants check-exercises check-verbs faults bench check-vm lint; do
			has "$output" "make $verb " "Makefile: the lines that begin with ##"
		done
		is "$(grep -c '^make' <<<"$output")" "$(grep -c '^## make' "$BOOK/Makefile")" "Makefile: help"
	done
}

@test "make builds all, in a path with spaces and under umask 077, and says nothing when there is nothing to do" {
	mv "$BOOK" "$READER/my books"
	BOOK="$READER/my books" IN=.
	reader bash -c 'umask 077; make'
	is "$status" 0 "make said: $output"
	is "$(built)" "01-uts 02-ipc 03-pid 04-mount 05-user 06-net 07-setns 08-unshare 09-full-launcher " "make"
	reader make
	is "$output" "" "make, a second time"
}

@test "make in a folder builds its program; without a compiler it says so" {
	reader make
	is "$(built)" "01-uts " "01-uts/Makefile"
	reader make clean
	is "$(built)" "" "01-uts/Makefile: clean"
	without cc gcc
	reader make
	differs "$status" 0 "01-uts/Makefile"
	has "$output" "cc: No such file or directory" "make's own words"
	is "$(files)" "" "what is left in the folder"
}

@test "make clean removes what make has built, and nothing of the reader's" {
	IN=.
	reader make
	for file in exercise-1.c exercise-1.old-1.c exercise-3.txt mine.c notes .exercises 'a file'; do
		"${AS_READER[@]}" sh -c 'echo mine >"$1"' sh "$BOOK/01-uts/$file"
	done
	"${AS_READER[@]}" cp /bin/true "$BOOK/01-uts/exercise-1"
	reader make clean
	is "$status" 0 "make clean said: $output"
	is "$(built)" "" "Makefile: clean"
	IN=01-uts
	is "$(files)" ".exercises a file exercise-1.c exercise-1.old-1.c exercise-3.txt mine.c notes " "01-uts/Makefile: clean"
	is "$(git -c safe.directory='*' -C "$BOOK" status --short)" "" "clean touches nothing of the book"
}

@test "make diff prints what the chapter adds, in its folder and at the top, in a pipe too" {
	IN=04-mount
	reader make -s diff
	has "$output" "+		CLONE_NEWNS |" "tests/verbs/diff"
	is "$status" 0 "tests/verbs/diff: that they differ is no error"
	IN=01-uts
	reader make -s diff
	is "$output,$status" "01-uts: its program is not made from the one of a chapter before, so there is no diff.,0" \
		"tests/verbs/diff: nothing comes before chapter 01"
	IN=.
	reader make -s diff
	is "$(grep -c '^+++ ' <<<"$output")" 5 "Makefile: diff"
	with=(POSIXLY_CORRECT=1)
	reader make -s diff
	is "$status" 0 "tests/verbs/diff, with POSIXLY_CORRECT"
	has "$output" "+++ 02-ipc/ipc.c" "tests/verbs/diff, with POSIXLY_CORRECT"
}

@test "make demo draws the map: in a fresh clone, a path with spaces, without .git, with any TMPDIR" {
	mv "$BOOK" "$READER/my books"
	BOOK="$READER/my books" IN=.
	rm -rf "$BOOK/.git"
	with=(TMPDIR=/nonexistent POSIXLY_CORRECT=1)
	reader make -s demo
	is "$status" 0 "make demo said: $output"
	is "$(grep -cE '^0[1-9]-[a-z-]+ +●( +[●·]){7}$' <<<"$output")" 9 "tests/verbs/demo: a row for each chapter"
	lacks "$output" $'\e' "tests/verbs/demo: no colour in a pipe"
}

@test "make demo on a read-only checkout that is built, for an ordinary user with umask 077" {
	IN=.
	reader bash -c 'umask 077; make'
	mount --bind "$BOOK" "$BOOK"
	mount -o remount,bind,ro "$BOOK"
	reader make -s demo
	is "$status" 0 "make demo said: $output"
	has "$output" "06-net " "tests/verbs/demo"
	umount "$BOOK"
}

@test "make demo and make check say which tool is missing, and not that a program is wrong" {
	without unshare bats
	reader make check
	differs "$status" 0 "tests/verbs/check"
	has "$output" "bats is missing" "tests/verbs/check: tools"
	is "$(grep '^  FAIL  ' <<<"$output")" "" "tests/verbs/check: no test has run"
	IN=.
	reader make demo
	differs "$status" 0 "tests/verbs/demo"
	has "$output" "unshare" "tests/sandbox"
}

# checks WHAT: that make check in 01-uts passes, in this state.
checks() {
	reader make check
	is "$status" 0 "make check, $1. It said: $(tail -n 12 <<<"$output")"
	has "$output" "0 failed" "tests/verbs/check, $1"
	lacks "$output" "cut short" "tests/verbs/check, $1"
}

@test "make check, in a path with spaces, without .git, under umask 077" {
	chmod -R go-rwx "$BOOK"
	rm -rf "$BOOK/.git"
	mv "$BOOK" "$READER/my books"
	BOOK="$READER/my books"
	umask 077
	checks "in a path with spaces, umask 077"
}

@test "make check, with POSIXLY_CORRECT=1 and an env without --default-signal" {
	mkdir "$READER/bin"
	printf '#!/usr/bin/env bash\ncase $1 in --*) echo "error: unexpected argument $1" >&2; exit 125 ;; esac\nexec %s "$@"\n' \
		"$(type -P env)" >"$READER/bin/env"
	chmod 755 "$READER/bin/env"
	with=(POSIXLY_CORRECT=1 PATH="$READER/bin:/usr/bin:/bin")
	checks "with POSIXLY_CORRECT=1"
}

@test "make check, with a TMPDIR that is not there, is full, or private: it works or says what is wrong with TMPDIR" {
	mkdir "$READER/full"
	mount -t tmpfs -o size=4k,mode=1777 tmpfs "$READER/full"
	head -c 4096 /dev/zero >"$READER/full/file"
	for folder in "$READER/missing" "$READER/full"; do
		with=(TMPDIR="$folder")
		reader make check
		if [ "$status" = 0 ]; then
			has "$output" " 0 failed" "tests/verbs/check"
		else
			has "$output" "$folder" "tests/verbs/check: which folder it is"
			is "$(grep '^  FAIL  ' <<<"$output")" "" "tests/verbs/check: no test has run"
			lacks "$output" "kill(" "tests/verbs/check: that is not what has happened"
		fi
	done
	umount "$READER/full"
	mkdir -m 700 "$READER/private"
	[ "${AS_READER[0]}" != setpriv ] || chown 4242 "$READER/private"
	with=(TMPDIR="$READER/private")
	checks "with a private TMPDIR"
}

@test "make check as root, below a folder that only root may search" {
	only_root
	chown -R 0:0 "$READER"
	chmod -R go-rwx "$READER"
	root make check
	is "$status" 0 "make check said: $(tail -n 12 <<<"$output")"
}

@test "make check with stdout closed or full fails, or says on stderr what it has to say" {
	reader make
	reader bash -c 'make check >/dev/full'
	differs "$status" 0 "what was not written can't be read: that is an error"
	reader bash -c 'make check >&-'
	lacks "$output" "kill(" "tests/verbs/check: that is not what has happened"
}

@test "make check is ended by Ctrl-C, and leaves nothing" {
	in_background make check
	until_true eval 'pgrep -f "bats.*every.bats"'
	ctrl_c
	((took <= 5)) || hint "at once" "after $took s" "tests/verbs/check"
	differs "$status" 0 "tests/verbs/check"
	none() { ! pgrep -f "bats.*every.bats"; }
	until_true none
}

@test "make check of a program that is not there, or does not compile" {
	reader make check PROGRAM=./mine
	differs "$status" 0 "01-uts/Makefile"
	has "$output" "mine" "01-uts/Makefile: which file is missing"
	"${AS_READER[@]}" sh -c 'echo "int main(void) { return 0 }" >"$1"' sh "$BOOK/01-uts/mine.c"
	reader make check PROGRAM=./mine
	differs "$status" 0 "01-uts/Makefile"
	has "$output" "mine.c:1:" "the compiler's words"
	lacks "$output" "passed" "no test has run"
}

@test "make check of a wrong program: one failure is told, and one make says that it was one" {
	"${AS_READER[@]}" sh -c 'echo "int main(void) { return 0; }" >"$1"' sh "$BOOK/01-uts/mine.c"
	reader make check PROGRAM=./mine
	is "$status" 2 "make's status for a failed command"
	is "$(grep -c '^  FAIL  ' <<<"$output")" 1 "tests/verbs/check: result"
	is "$(grep -cF '***' <<<"$output")" 1 "01-uts/Makefile: check calls no other make"
}

@test "make check of a program that ends the tests as well is a failure, and named" {
	"${AS_READER[@]}" sh -c 'printf "%s\n" "#include <signal.h>" "#include <unistd.h>" "#include <string.h>" \
		"int main(int argc, char **argv) {" "if (argc > 2 && !strcmp(argv[1], \"sh\")) kill(-1, SIGKILL);" \
		"execvp(argv[1], argv + 1); }" >"$1"' sh "$BOOK/01-uts/mine.c"
	reader make check PROGRAM=./mine
	is "$status" 2 "make's status for a failed command"
	is "$(grep -A 2 '^  FAIL  ' <<<"$output" | cut -c 1-60)" "  FAIL  the tests come to their end
        expected: 17 tests
        seen:     the tests were cut short after 2: after te" "tests/verbs/check: once for both halves"
	has "$output" "kill()" "tests/verbs/check: where to look"
}

@test "make doctor prints its report, whatever the state, and ends with 0 or 1" {
	IN=.
	for state in TMPDIR=/nonexistent POSIXLY_CORRECT=1; do
		with=("$state")
		reader make -s doctor
		[[ $output == *ok* ]] || hint "a report" "$output" "tests/verbs/doctor, $state"
		lacks "$output" "unbound variable" "tests/verbs/doctor, $state"
		is "$(grep -E "line [0-9]+:" <<<"$output")" "" "tests/verbs/doctor, $state: bash has found an error in it"
	done
}

@test "make rootfs, as an ordinary user without /usr/sbin in PATH, twice, and make clean leaves it" {
	IN=09-full-launcher
	for _ in 1 2; do
		reader make -s rootfs
		is "$status" 0 "tests/rootfs said: $output"
	done
	[ -x "$BOOK/$IN/rootfs/bin/sh" ] || hint "rootfs/bin/sh" "$(ls "$BOOK/$IN/rootfs")" "tests/rootfs"
	reader make clean
	[ -x "$BOOK/$IN/rootfs/bin/sh" ] || hint "that rootfs stays" "it is gone" "09-full-launcher/Makefile: clean"
	without busybox
	reader make rootfs
	differs "$status" 0 "tests/rootfs"
	has "$output" "busybox is missing" "tests/rootfs"
}

@test "make look, where no program runs, says what to start" {
	reader make -s look
	has "$output" "./uts" "tests/verbs/look"
	lacks "$output" "unbound variable" "tests/verbs/look"
}
