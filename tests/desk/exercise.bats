#!/usr/bin/env bats
# The workshop's verbs, typed in the states in which a reader meets them.
# shellcheck disable=SC2034,SC2154 # output and status come from book.bash, and IN is for it

load book

WHERE=tests/verbs/exercise

@test "exercise-1, in a fresh clone: the file, the verdict, the command that was run, a hint" {
	reader make exercise-1
	has "$output" "Made exercise-1.c: work there." "$WHERE"
	has "$output" $'not yet:  the name is the first argument, the command what follows\nran:      ./exercise-1 blue printf '"'<%s>' 'a b' c" "$WHERE"
	has "$output" "hint:     the name is argv[1] of main()" "$WHERE"
	is "$(grep -E '^hint:.{74}' <<<"$output" || true)" "" "$WHERE: the width of a hint"
	has "$output" "Next: edit exercise-1.c, then make exercise-1. Stuck? make hint-1" "$WHERE"
	is "$status" 2 "make's status"
	one_error
	is "$(files)" "exercise-1 exercise-1.c " "what is left in the folder"
	is "$(git -c safe.directory='*' -C "$BOOK" status --short)" "" ".gitignore"
	try "$BOOK/01-uts/exercise-1" hostname
	is "$output" container "./exercise-1: the program, as built, for the reader to run"
}

@test "on a terminal a line says that it is being graded, and the verdict takes its place; in a pipe there is none" {
	needs "script(1), which makes a terminal" script --version
	reader make exercise-1
	lacks "$output" Grading "$WHERE: run_grader()"
	reader script -q -e -c 'make exercise-1' /dev/null
	differs "$status" 0 "$WHERE: the status"
	has "$output" 'Grading exercise-1 ...' "$WHERE: run_grader()"
	is "$(tr '\r' '\n' <<<"$output" | grep -A 2 '^Grading' | sed -E 's/(yet:).*/\1/; s/^ +$/blank/')" \
		$'Grading exercise-1 ...\nblank\nnot yet:' "$WHERE: run_grader()"
}

@test "a statement's commands stay one on a line" {
	IN=06-net
	reader make exercise-4
	has "$output" $'\n    $ ../tests/sandbox\n    # ip link add red type veth peer name blue\n    # ./exercise-4 red' "$WHERE: statement()"
	IN=.
}

@test "a solved exercise: what was learned, how to compare, what is next; the note stays when the file changes" {
	solve 1
	reader make exercise-1
	is "$status" 0 "$WHERE"
	has "$output" $'01.1 solved.\nclone() hands the child one pointer' "the first sentence of solution.patch"
	has "$output" "Compare: make solution-1" "$WHERE"
	has "$output" "Next: 01.2, The stack that is upside down (core): make exercise-2" "$WHERE"
	reader make exercises
	has "$output" "01.1  A name from the command line (warm-up)       solved"$'\n' "$WHERE: list"
	echo '/* more */' >>"$BOOK/01-uts/exercise-1.c"
	reader make exercises
	has "$output" "solved, edited since" "$WHERE: state()"
	reader make progress
	has "$output" "01-uts             1 of 3" "$WHERE: what was solved stays so"
	reader make -s progress-tsv
	has "$output" $'01.1\tsolved, edited since\n01.2\tnew' "$WHERE: progress-tsv"
	reader make reset-1
	is "$output" "exercise-1.c is the starter again. Kept: your work, in exercise-1.old-1.c; that you have solved it; the hints taken, 0." "$WHERE: reset"
	has "$(cat "$BOOK/01-uts/exercise-1.old-1.c")" "/* more */" "$WHERE: reset loses nothing"
	reader make reset-1
	has "$output" "the starter already" "$WHERE: reset"
	is "$(files)" ".exercises exercise-1.c exercise-1.old-1.c " "what is left in the folder"
}

@test "next is the first that is unsolved, in whatever chapter; after the last one there is none" {
	for n in 1 2 3; do echo "$n solved 1 1"; done >"$BOOK/01-uts/.exercises"
	IN=02-ipc
	solve 1
	for n in 2 3; do echo "$n solved 1 1"; done >"$BOOK/02-ipc/.exercises"
	chmod -R a+rwX "$BOOK"
	reader make exercise-1
	has "$output" "Next: 03.1, Both PIDs (warm-up): cd ../03-pid, then make exercise-1" "$WHERE: next_one()"
	for chapter in "$BOOK"/0[3-9]-*; do
		for n in 1 2 3 4; do echo "$n solved 1 1"; done >"$chapter/.exercises"
	done
	reader make exercise-1
	has "$output" "That was the last one: all 34 are solved." "$WHERE: next_one()"
	IN=.
	reader make progress
	has "$output" "total              34 of 34" "$WHERE: progress, with all solved"
}

@test "the starter comes from the committed program, not from an edited one" {
	"${AS_READER[@]}" sed -i 's/"container"/"mine"/g' "$BOOK/01-uts/uts.c"
	reader make exercise-1
	has "$(cat "$BOOK/01-uts/exercise-1.c")" '"container"' "$WHERE: program()"
}

@test "without .git, an edited program is named, and nothing is made; one as in the book will do" {
	rm -rf "$BOOK/.git"
	reader make exercise-2
	has "$output" "Made exercise-2.c" "$WHERE: program(), tests/exercises/programs"
	"${AS_READER[@]}" sed -i 's/"container"/"mine"/g' "$BOOK/01-uts/uts.c"
	reader make exercise-1
	has "$output" "01-uts/uts.c was edited" "$WHERE: program()"
	has "$output" "$NOT_YOURS" "$WHERE"
	is "$(files)" "exercise-2 exercise-2.c " "nothing is left of a starter that could not be made"
}

@test "an empty file, a syntax error, a warning: in the compiler's words, with paths from the chapter's folder" {
	"${AS_READER[@]}" touch "$BOOK/01-uts/exercise-1.c"
	reader make exercise-1
	has "$output" "exercise-1.c is empty" "$WHERE: build()"
	echo 'int main(void) { return 0 }' >"$BOOK/01-uts/exercise-1.c"
	reader make exercise-1
	has "$output" $'\nexercise-1.c:1:' "$WHERE: build() compiles in the chapter's folder"
	has "$output" "hint:     it does not compile yet" "$WHERE: build()"
	one_error
	is "$(files)" "exercise-1.c " "what is left of a failure"
}

@test "a program that hangs is said to hang, and one that dies to have died" {
	echo 'int main(void) { for (;;) ; }' | "${AS_READER[@]}" tee "$BOOK/01-uts/exercise-3.c" >/dev/null
	reader make exercise-3
	has "$output" "ran:      ./exercise-3 true" "tests/chapters/helpers.bash: grader_hint()"
	has "$output" "hint:     the program has not ended after ten seconds" "tests/chapters/helpers.bash: alive()"
	echo 'int main(void) { *(volatile int *)0 = 1; }' >"$BOOK/01-uts/exercise-3.c"
	reader make exercise-3
	has "$output" "hint:     139 is 128 + 11, SIGSEGV: the program died." "tests/chapters/helpers.bash: alive()"
}

@test "a missing tool is named, and neither the reader's fault nor a reason to leave a file" {
	without bats patch gcc cc
	for tool in cc bats patch; do
		reader make exercise-1
		has "$output" "exercise: $tool is missing: make doctor says how to install it" "$WHERE: tools()"
		has "$output" "$NOT_YOURS" "$WHERE"
		is "$(files)" "" "what is left in the folder"
		ln -s "/usr/bin/$tool" "$READER/bin"
	done
	with+=(CC=no-such-compiler)
	reader make exercise-1
	has "$output" "no-such-compiler is missing" "$WHERE: tools()"
}

@test "a compiler that can't build anything is not the reader's fault" {
	starter_of 1
	printf '#!/bin/sh\necho "ld: cannot find crt1.o" >&2\nexit 1\n' >"$READER/cc"
	chmod 755 "$READER/cc"
	with=(CC="$READER/cc")
	reader make exercise-1
	has "$output" "cannot find crt1.o" "$WHERE: build()"
	has "$output" "$NOT_YOURS" "$WHERE: build() tries the smallest program"
}

@test "umask 077, in a clone that was made so" {
	chmod -R go-rwx "$BOOK"
	solve 1
	reader bash -c 'umask 077; make exercise-1'
	has "$output" "01.1 solved." "$WHERE: run_grader()"
}

@test "root grades a book that only root may look at" {
	only_root
	solve 1
	chown -R 0:0 "$READER"
	chmod -R go-rwx "$READER"
	root bash -c 'umask 077; make exercise-1'
	has "$output" "01.1 solved." "$WHERE: run_grader() hands the grader over by a pipe"
	root make exercise-2
	has "$output" "139 is 128 + 11" "$WHERE"
}

@test "TMPDIR missing, private or full makes no difference" {
	solve 1
	mkdir -m 700 "$READER/private"
	mkdir "$READER/full"
	mount -t tmpfs -o size=4k,mode=1777 tmpfs "$READER/full"
	head -c 4096 /dev/zero >"$READER/full/file"
	for folder in "$READER/missing" "$READER/private" "$READER/full" /; do
		with=(TMPDIR="$folder")
		reader make exercise-1
		has "$output" "01.1 solved." "$WHERE, with TMPDIR=$folder"
		reader make exercise-2
		has "$output" "139 is 128 + 11" "$WHERE, with TMPDIR=$folder"
		rm -f "$BOOK/01-uts/exercise-2.c"
	done
	umount "$READER/full"
	is "$(files)" ".exercises exercise-1 exercise-1.c exercise-2 " "what is left in the folder"
}

@test "a full disk is named: nothing is left, nothing is lost" {
	solve 1
	# full: all of the chapter's folder is a file system without room.
	cp -a "$BOOK/01-uts" "$READER/copy"
	mount -t tmpfs -o size=40k,mode=777 tmpfs "$BOOK/01-uts"
	cp -a "$READER/copy/." "$BOOK/01-uts"
	head -c 40960 /dev/zero >"$BOOK/01-uts/fill" 2>/dev/null || true
	reader make exercise-1
	has "$output" "No space left on device" "$WHERE: build()"
	has "$output" "$NOT_YOURS" "$WHERE: build()"
	reader make exercise-2
	has "$output" "No space left on device" "$WHERE: begin()"
	has "$output" "$NOT_YOURS" "$WHERE: begin()"
	cmp "$READER/copy/exercise-1.c" "$BOOK/01-uts/exercise-1.c"
	reader make hint-1
	has "$output" "Hint 1 of 2" "$WHERE: a hint is given, though it can't be noted"
	is "$(files)" "exercise-1.c fill " "what is left in the folder"
	umount "$BOOK/01-uts"
}

@test "a read-only checkout: what writes says so, what reads works" {
	mount --bind "$BOOK" "$BOOK"
	mount -o remount,bind,ro "$BOOK"
	reader make exercise-1
	has "$output" "Read-only file system" "$WHERE: begin()"
	has "$output" "$NOT_YOURS" "$WHERE: begin()"
	one_error
	for verb in exercises progress "-s progress-tsv" hint-1 solution-1; do
		# shellcheck disable=SC2086 # words
		reader make $verb
		is "$status" 0 "$WHERE: $verb. It said: $output"
	done
	umount "$BOOK"
}

@test "a folder that belongs to root: named, with the remedy" {
	only_root
	starter_of 1
	chown 0:0 "$BOOK/01-uts/exercise-1.c"
	chmod 600 "$BOOK/01-uts/exercise-1.c"
	reader make exercise-1
	has "$output" "sudo chown" "$WHERE: attempt()"
	chown 0:0 "$BOOK/01-uts"
	reader make exercise-2
	has "$output" "Permission denied" "$WHERE: begin()"
}

@test "what sudo makes is the reader's" {
	only_root
	root make exercise-1 hint-1
	root make hint-1
	is "$(stat -c %u "$BOOK"/01-uts/{exercise-1.c,exercise-1,.exercises} | uniq)" 4242 "$WHERE: give()"
	solve 1
	reader make exercise-1
	has "$output" "01.1 solved." "$WHERE"
	root make reset-1
	is "$(stat -c %u "$BOOK"/01-uts/exercise-1*.c | uniq)" 4242 "$WHERE: give()"
}

@test "in tests/sandbox, where one is root, and where there is no other user" {
	solve 1
	reader ../tests/sandbox make exercise-1
	has "$output" "01.1 solved." "$WHERE: grade()"
}

@test "where /tmp is a mount already, as it is on Debian 13, a right mount there is right" {
	IN=04-mount
	solve 3
	reader ../tests/sandbox sh -c 'mount --bind /tmp /tmp && make exercise-3'
	has "$output" "04.3 solved." "tests/exercises/04.3/grade.bats: count what was there before"
}

@test "where an ordinary user may make no namespace, sudo grades; without it the machine is named" {
	only_root
	solve 1
	# An unshare(1) that behaves as on a machine that refuses user namespaces.
	mkdir "$READER/bin"
	cat >"$READER/bin/unshare" <<-'END'
		#!/bin/sh
		case $* in *--user*) echo "unshare: unshare failed: Operation not permitted" >&2; exit 1 ;; esac
		exec /usr/bin/unshare "$@"
	END
	chmod 755 "$READER/bin/unshare"
	with=(PATH="$READER/bin:/usr/bin:/bin")
	reader make exercise-1
	has "$output" "this host can't do the exercise" "$WHERE: grade()"
	has "$output" "Operation not permitted" "$WHERE: the tool's own words"
	has "$output" "$NOT_YOURS" "$WHERE: grade()"
	one_error
	root make exercise-1
	has "$output" "01.1 solved." "$WHERE: grade(), as root"
}

@test "a form is made also where git is slow" {
	IN=05-user
	mkdir "$READER/bin"
	printf '#!/bin/sh\nsleep 0.5\nexec /usr/bin/git "$@"\n' >"$READER/bin/git"
	chmod 755 "$READER/bin/git"
	with=(PATH="$READER/bin:/usr/bin:/bin")
	reader make exercise-3
	has "$output" "Made exercise-3.txt" "$WHERE: starter() reads all that program() writes"
}

@test "a path with spaces" {
	mv "$BOOK" "$READER/my books"
	BOOK="$READER/my books"
	solve 1
	reader make exercise-1
	has "$output" "01.1 solved." "$WHERE"
	reader make progress
	has "$output" "01-uts             1 of 3" "$WHERE"
	reader make clean
	is "$(files)" ".exercises exercise-1.c " "make clean leaves the reader's work alone"
}

@test "POSIXLY_CORRECT=1, an env without --default-signal" {
	solve 1
	mkdir "$READER/bin"
	printf '#!/usr/bin/env bash\ncase $1 in --*) echo "error: unexpected argument $1" >&2; exit 125 ;; esac\nexec %s "$@"\n' \
		"$(type -P env)" >"$READER/bin/env"
	chmod 755 "$READER/bin/env"
	with=(POSIXLY_CORRECT=1)
	reader make exercise-1
	has "$output" "01.1 solved." "$WHERE: unset POSIXLY_CORRECT"
	with=(PATH="$READER/bin:/usr/bin:/bin")
	reader make exercise-1
	has "$output" "01.1 solved." "tests/sandbox: signals"
}

@test "with stdout closed it is said on stderr, and no file gets it" {
	starter_of 1
	reader bash -c '../tests/verbs/exercise exercise-1 01-uts >&-'
	has "$output" "hint:     the name is argv[1] of main()" "$WHERE: stdout"
	is "$status" 1 "$WHERE"
	solve 1
	reader bash -c '../tests/verbs/exercise exercise-1 01-uts >&- 2>&-'
	is "$status" 0 "$WHERE, with stdout and stderr closed"
	lacks "$(cat "$BOOK/01-uts/.exercises" "$BOOK/01-uts/exercise-1.c")" "01.1 solved" "$WHERE: a file was opened as descriptor 1"
}

@test "Ctrl-C ends a grading at once, and leaves nothing" {
	echo 'int main(void) { for (;;) ; }' | "${AS_READER[@]}" tee "$BOOK/01-uts/exercise-3.c" >/dev/null
	in_background make exercise-3
	until_true eval 'pgrep -x exercise-3'
	ctrl_c
	((took <= 5)) || hint "at once" "after $took s" "$WHERE: the trap"
	differs "$status" 0 "$WHERE"
	none() { ! pgrep -x exercise-3; }
	until_true none
	lacks "$output" "not yet" "$WHERE: no verdict on what was cut short"
	is "$(files)" "exercise-3 exercise-3.c " "what is left in the folder"
}

@test "two terminals at once: one file, both notes" {
	in_background make exercise-1
	reader make exercise-1
	wait "$job" || true
	is "$(grep -c Made "$READER/said" || true)$(grep -c Made <<<"$output" || true)" "[01][01]" "$WHERE" || true
	has "$(cat "$READER/said")" "hint:     the name" "$WHERE"
	has "$output" "hint:     the name" "$WHERE"
	solve 1
	solve 3
	in_background make exercise-1
	reader make exercise-3
	wait "$job" || true
	is "$(cut -d ' ' -f 1,2 "$BOOK/01-uts/.exercises" | sort)" $'1 solved\n3 solved' "$WHERE: note()"
	is "$(files)" ".exercises exercise-1 exercise-1.c exercise-3 exercise-3.c " "what is left in the folder"
}

@test "watch-3 grades whenever the file is saved, names the next one, and ends with Ctrl-C" {
	in_background make watch-3
	until_true says "Watching exercise-3.c"
	says "hint:     wait(2): what waitpid() stores" || hint "a verdict on the starter" "$(cat "$READER/said")" "$WHERE: watch()"
	solve 3
	until_true says "01.3 solved."
	until_true says "Next: 01.1"
	until_true eval '[ "$(grep -c "Watching exercise-3.c" "$READER/said")" = 2 ]'
	ctrl_c
	((took <= 5)) || hint "at once" "after $took s" "$WHERE: watch()"
	lacks "$output" "***" "$WHERE: the end of a watch is no error"
	is "$(files)" ".exercises exercise-3 exercise-3.c " "what is left in the folder"
}

@test "hints: one after the other, the last one again, an earlier one again" {
	reader make hint-1
	has "$output" "Hint 1 of 2:" "$WHERE: hint"
	reader make hint-1
	has "$output" $'Hint 2 of 2:\nPass `argv + 1`' "$WHERE: hint"
	has "$output" "make hint-1 HINT=1" "$WHERE: hint"
	reader make hint-1
	has "$output" "Hint 2 of 2:" "$WHERE: hint"
	reader make hint-1 HINT=1
	has "$output" "Hint 1 of 2:" "$WHERE: hint"
	is "$(cat "$BOOK/01-uts/.exercises")" "1 hints 2" "$WHERE: hints taken"
}

@test "what there is not: an exercise, something to reset, a chapter" {
	for verb in exercise-9 hint-0 watch-x solution-11 reset-7; do
		reader make "$verb"
		has "$output" "There is no exercise ${verb#*-} in 01-uts: make exercises lists them." "$WHERE"
		is "$status" 2 "$WHERE"
	done
	reader make reset-1
	has "$output" "exercise-1.c: there is nothing to reset." "$WHERE"
	is "$status" 0 "$WHERE"
	IN=.
	reader make exercise-1
	has "$output" "make exercise-1 is for a chapter's folder: cd 01-uts" "Makefile"
	is "$(git -c safe.directory='*' -C "$BOOK" status --short --ignored)" "" "nothing is made"
}

@test "make check PROGRAM=./exercise-1 tests the reader's program, built anew" {
	starter_of 1
	reader make check PROGRAM=./exercise-1
	has "$output" "0 failed" "01-uts/Makefile: with check, exercise-1 is a program"
	lacks "$output" "not yet:" "01-uts/Makefile: it is not graded as an exercise"
	is "$status" 0 "01-uts/Makefile"
}

@test "progress and exercises, in a fresh clone" {
	reader make progress
	is "$output" $'01-uts             0 of 3\ntotal              0 of 3' "$WHERE: progress"
	is "$status" 0 "$WHERE: progress"
	reader make exercises
	has "$output" "01.3  The lost exit status (stretch)               new" "$WHERE: list"
	IN=.
	reader make exercises
	# The longest state is "solved, edited since".
	is "$(awk '{ sub(/new$/, "solved, edited since") } length > 80' <<<"$output")" "" "$WHERE: list, on a terminal of 80 columns"
	reader make progress
	has "$output" "09-full-launcher   0 of 4"$'\n'"total              0 of 34" "$WHERE: progress"
	reader make -s progress-tsv
	is "$(wc -l <<<"$output")" 34 "$WHERE: progress-tsv"
	is "$(grep -cvE $'^0[1-9]\\.[1-9]\tnew$' <<<"$output")" 0 "$WHERE: progress-tsv"
}

# person NAME: a home with a book, in which nothing is done yet.
person() {
	mkdir -p "$READER/home/$1/namespaces"
	cp -r "$BOOK"/{Makefile,0*} "$READER/home/$1/namespaces"
	# Whoever runs anything of theirs leaves a trace.
	echo "\$(shell touch $READER/ran)" >>"$READER/home/$1/namespaces/Makefile"
}

@test "progress BOOKS: who is stuck stands first; their files are data" {
	person ann
	person bob
	person eve
	person 'odd name'
	mkdir "$READER/home/nobody"
	printf '1 solved 1 1\n2 hints 2\n' >"$READER/home/ann/namespaces/01-uts/.exercises"
	touch -d '20 minutes ago' "$READER/home/ann/namespaces/01-uts/exercise-2.c"
	printf '1 solved 1 1\n2 solved 1 1\n' >"$READER/home/bob/namespaces/01-uts/.exercises"
	touch -d '3 minutes ago' "$READER/home/bob/namespaces/03-pid/exercise-4.txt"
	# Eve plays: what she writes is neither waited for, followed, nor shown.
	mkfifo "$READER/home/eve/namespaces/01-uts/.exercises"
	ln -s /dev/zero "$READER/home/eve/namespaces/02-ipc/.exercises"
	printf '1 solved \e[31m\n9 hints $(touch %s)\n' "$READER/ran" >"$READER/home/eve/namespaces/03-pid/.exercises"
	chmod -R a+rwX "$READER/home"
	IN=.
	reader make -s progress-tsv BOOKS="$READER/home/*/namespaces"
	is "$output" "$(printf '%s\n' $'eve\t0\t34\t01.1\t0\t-' $'odd?name\t0\t34\t01.1\t0\t-' \
		$'ann\t1\t34\t01.2\t2\t20' $'bob\t2\t34\t03.4\t0\t3')" "$WHERE: person(), everyone()"
	reader make progress BOOKS="$READER/home/*/namespaces"
	has "$output" "ann                  1 of 34   01.2 The stack that is upside down (core)                  2  20" "$WHERE: progress"
	[ ! -e "$READER/ran" ] || hint "that nothing of theirs is run" "their Makefile was" "$WHERE"
}

@test "progress BOOKS: a closed home is named, with what opens it; a pattern without a book is, too" {
	only_root
	person ann
	person bob
	chmod 700 "$READER/home/ann"
	IN=.
	reader make progress BOOKS="$READER/home/*/namespaces"
	has "$output" "ann: closed to you. Use sudo, or let ann type: chmod o+x $READER/home/ann" "$WHERE: everyone()"
	has "$output" "bob                  0 of 34" "$WHERE: everyone()"
	root make progress BOOKS="$READER/home/*/namespaces"
	has "$output" "ann                  0 of 34" "$WHERE: with sudo"
	# What is said to be typed opens it.
	chmod o+x "$READER/home/ann" "$READER/home/ann/namespaces" "$READER"/home/ann/namespaces/0*
	reader make progress BOOKS="$READER/home/*/namespaces"
	has "$output" "ann                  0 of 34" "$WHERE: everyone()"
	reader make progress BOOKS="$READER/nowhere/*"
	has "$output" "There is no book at $READER/nowhere/*" "$WHERE: everyone()"
}

@test "a clone by git for Windows has the line ends that scripts need" {
	reader env HOME="$READER" git -c core.autocrlf=true clone -q "$BOOK" "$READER/windows"
	is "$status" 0 "git said: $output"
	is "$(grep -rlI $'\r' "$READER/windows" --exclude-dir=.git)" "" ".gitattributes"
}

@test "scripts find bash by PATH, wherever it is" {
	is "$(grep -rnE '^#! *(/usr)?/bin/bash' "$BOOK/tests" "$BOOK/.ci")" "" "the first line: /usr/bin/env bash"
}
