#!/usr/bin/env bats
# The pages: each console block is executed, each in a sandbox of its own
# (tests/pages/session), each diff is compared with the programs, each link followed.

load "${BOOK:-$BATS_TEST_DIRNAME/../..}/tests/chapters/helpers.bash"

setup() {
	[ -n "${TRACE:-}" ] || trap - DEBUG # as in helpers.bash
	cd "$REPO" || return
}

teardown() { :; }

# block: runs the block that the test's name tells: "FOLDER, block N". tests/pages/run
# makes such a test for each.
block() {
	local folder=${BATS_TEST_DESCRIPTION%,*} number=${BATS_TEST_DESCRIPTION##* } said status=0
	said=$(timeout -k 1 "$((60 * ${SLOW:-1}))" tests/sandbox tests/pages/session "$folder" "$number") || status=$?
	[ "$status" != 77 ] || skip "$said"
	[ "$status" = 0 ] || printf '%s\n' "$said"
	return "$status"
}

@test "the diff in each page is what make diff prints" {
	for page in 0[2-6]*/README.md; do
		awk '/^```diff$/ { inside = 1; next } /^```/ && inside { exit } inside' "$page" >"$TMPDIR/page"
		make -s -C "${page%/*}" diff >"$TMPDIR/make"
		is "$(diff "$TMPDIR/page" "$TMPDIR/make")" "" "$page: < is what the page has, > what make diff prints"
	done
}

@test "each listing of C in a page stands in the chapter's program" {
	for page in 0*/README.md; do
		source=${page%/*}
		source=$source/${source##*-}.c
		listing=
		while IFS= read -r line; do
			if [ "$line" != '```' ]; then
				listing+=$line$'\n'
				continue
			fi
			[[ $(<"$source")$'\n' == *"$listing"* ]] || hint "lines of $source" "$listing" "$page"
			listing=
		done < <(awk '/^```c$/ { inside = 1; next } inside; /^```/ { inside = 0 }' "$page")
	done
}

@test "each function of the last three programs is named in its page" {
	for page in 0[789]*/README.md; do
		source=${page%/*}
		source=$source/${source##*-}.c
		while read -r function; do
			grep -qE "\\b$function\\(\\)|^(static|int) [^=]*\\b$function\\(" "$page" ||
				hint "that $page says what $function() is for" "the page does not name it" "$page"
		done < <(sed -nE 's/^(static|int) [^=]*[ *]([a-z_]+)\([^;]*$/\2/p' "$source")
	done
}

@test "each link to a file or a heading leads somewhere" {
	declare -A headings
	# GitHub's anchors: lower case, hyphens for spaces, no other punctuation.
	anchors() {
		[ -n "${headings[$1]:-}" ] || headings[$1]=$'\n'$(sed -nE 's/^#+ +//p' "$1" |
			sed -E 's/.*/\L&/; s/[^a-z0-9 _-]//g; s/ /-/g')$'\n'
	}
	for page in README.md 0*/README.md tests/README.md; do
		while read -r link; do
			file=${link%%#*} anchor=
			[[ $link != *"#"* ]] || anchor=${link#*#}
			folder=./$page
			file=${file:+${folder%/*}/$file}
			file=${file:-$page}
			[ -e "$file" ] || hint "a file: $link" "there is none" "$page"
			[ -n "$anchor" ] || continue
			anchors "$file"
			has "${headings[$file]}" $'\n'"$anchor"$'\n' "$page: a heading for $link"
		done < <(grep -oE '\]\([^)]+\)' "$page" | sed 's/^](//; s/)$//' | grep -vE '^https?:' || true)
	done
}

# promises CHAPTER [alone]: the keys of the page's list of what a reader's program must
# do, with those of the lists that it builds on.
promises() {
	local section
	section=$(awk '/^## What your own program must do/ { inside = 1; next } /^## / { inside = 0 } inside' "$1/README.md")
	sed -nE 's/^- \*\*([A-Za-z-]+)\*\*.*/\1/p' <<<"$section"
	[ -z "${2:-}" ] || return 0
	while read -r other; do
		promises "$other"
	done < <(grep -oE '\.\./[^/]+/README.md#what-your-own-program-must-do' <<<"$section" | cut -d / -f 2)
}

@test "each test that grades a reader's program belongs to a promise of its page, and each promise has one" {
	for chapter in 0[1-8]-*; do
		files=("tests/chapters/${chapter%%-*}"-*.bats)
		[[ $chapter != 0[1-6]-* ]] || files+=(tests/chapters/every.bats)
		grep -hE '^# must: ' "${files[@]}" | awk -v n="${chapter:1:1}" '
			$4 == "" || (n >= substr($4, 1, 1) && n <= substr($4, 3, 1)) { print $3 }' | sort -u >"$TMPDIR/graded"
		promises "$chapter" | sort -u >"$TMPDIR/promised"
		is "$(comm -23 "$TMPDIR/graded" "$TMPDIR/promised")" "" "$chapter/README.md: it lacks these, which tests grade"
		promises "$chapter" alone | sort -u >"$TMPDIR/promised"
		is "$(comm -13 "$TMPDIR/graded" "$TMPDIR/promised")" "" "$chapter: no test is marked with these promises"
	done
}

@test "each observation that is listed is cited by a test, and each that is cited is listed" {
	list=tests/chapters/OBSERVATIONS.md
	grep -oE '^\| [A-Z]+-[0-9]+ ' "$list" | tr -d '| ' | sort >"$TMPDIR/listed"
	types=$(cut -d - -f 1 "$TMPDIR/listed" | sort -u | paste -s -d '|')
	grep -ohE "\b($types)-[0-9]+\b" tests/chapters/*.bats | sort -u >"$TMPDIR/cited"
	is "$(comm -23 "$TMPDIR/listed" "$TMPDIR/cited")" "" "tests/chapters: no test there cites these facts of $list"
	is "$(comm -13 "$TMPDIR/listed" "$TMPDIR/cited")" "" "$list: it lacks these, which a test cites"
}

@test "the Makefiles of the chapters differ in the name only" {
	for makefile in 0*/Makefile; do
		is "$(sed '/^NAME =/d' "$makefile")" "$(sed '/^NAME =/d' 01-uts/Makefile)" "$makefile"
	done
}

# Two readers on one machine: see tests/pages/session.
@test "the commands of a page act on the reader's own program, not on a neighbour's" {
	for page in README.md 0*/README.md; do
		seen=$(awk '
			/^```/ { inside = !inside; sandbox = 0 }
			inside && /tests\/sandbox/ { sandbox = 1 }
			(inside || /\$\((pgrep|pidof)|sudo (pkill|killall)/) && /(pgrep|pkill|killall|pidof) / &&
				!sandbox && !/-P \$!/ && !/-u \$USER/ { print FILENAME ":" FNR ": " $0 }' "$page")
		is "$seen" "" "in their place \$(make -s inside), or the sandbox, or -P \$!, or -u \$USER"
	done
}

# of_page INFO LINE...: runs a page's block of these lines with tests/pages/session, by
# the command in the array before.
before=()
of_page() {
	local info=$1
	shift
	mkdir -p "$TMPDIR/01-page"
	printf '#!/bin/sh\n' >"$TMPDIR/01-page/page"
	chmod 755 "$TMPDIR/01-page" "$TMPDIR/01-page/page"
	printf '%s\n' "\`\`\`console$info" "$@" '```' >"$TMPDIR/01-page/README.md"
	session=("${before[@]}" unshare --mount tests/pages/session "$TMPDIR/01-page" 1) # it mounts on /tmp, where the book may lie
	run env STRICT= "${session[@]}"
}

@test "a session that differs from its page is a failure, which shows both" {
	of_page '' '$ echo one; echo two; echo three' one ... three '$ echo 1' 1
	is "$status" 0 "compare(): $output"
	of_page '' '$ echo mnt a b' 'mnt    ...               b'
	is "$status" 0 "like(): columns of any width: $output"
	of_page '' '$ echo one' two '$ true'
	is "$status" 1 "compare()"
	has "$output" "after: echo one" "check_last()"
	of_page '' '$ echo one; echo two' one
	is "$status" 1 "compare(): a line that the page does not have"
	of_page '' '$ bash' '$ true'
	is "$status" 1 "the prompt of a shell inside is #"
	for line in 'uts:[4026531838]' 'uts:[4026531838] [4026531838]'; do
		of_page '' '$ echo "uts:[7]"; echo "uts:[8] [8]"; echo "uts:[7] [8]"' 'uts:[4026531831]' "$line" '...'
		is "$status" "$((${#line} < 20))" "like(): the inodes of $line"
	done
}

@test "a session has the environment of a login, and nothing of the tests' own" {
	of_page ' user' '$ id -un; umask; echo "${TMPDIR:-none} ${SANDBOX:-none} ${CHAPTER:-none}"' you 0022 'none none none' \
		'(second window)' '$ id -un; [ -w ~ ] && echo home' you home
	is "$status" 0 "$output"
	# shellcheck disable=SC2016 # for the page's shell
	[ ! -e /etc/debian_version ] || [ -e /etc/lsb-release ] || {
		of_page ' user' '$ case :$PATH: in *sbin*) echo "$PATH";; esac'
		is "$status" 0 "an ordinary user of Debian has no sbin in PATH: $output"
		of_page '' '$ sudo bash -c '"'type -P chroot'" ...sbin/chroot
		is "$status" 0 "sudo's PATH has: $output"
	}
}

@test "a session's user is you, also where the reader has the same ID, in the last line of /etc/passwd" {
	{ grep -v :1000: /etc/passwd; echo reader:x:1000:1000::/:/bin/sh; } >"$TMPDIR/passwd"
	# shellcheck disable=SC2016 # for the shell inside
	before=(unshare --mount sh -c 'mount --bind "$0" /etc/passwd && exec "$@"' "$TMPDIR/passwd")
	of_page ' user' '$ id -un' you
	is "$status" 0 "$output"
}

@test "a block that says what it needs is skipped without it, with the reason, and a failure with STRICT=1" {
	of_page ' needs=sh,no-such-tool' '$ true'
	is "$status" 77 "skip()"
	is "$output" "no-such-tool is missing here" "skip()"
	run env STRICT=1 "${session[@]}"
	is "$status" 1 "STRICT"
	of_page ' needs=sh' '$ true'
	is "$status" 0 "$output"
}
