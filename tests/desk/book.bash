# What the tests of the verbs load: a copy of the book, as a reader has it after git
# clone, in a home, and a reader who types there.
# shellcheck shell=bash disable=SC2034,SC2154 # output and status are for the tests
#
# A test types with "reader COMMAND" or "root COMMAND" and looks at $output and $status.
# $with holds variables for the environment, $IN the folder in the book.

load ../chapters/helpers

# A real other user, where the sandbox is root's. Else root without capabilities.
if setpriv --reuid=4242 --regid=4343 --clear-groups true 2>/dev/null; then
	AS_READER=(setpriv --reuid=4242 --regid=4343 --clear-groups)
else
	AS_READER=(unshare --user --map-user=4242 --map-group=4343)
fi

# The homes are a file system of their own, so that nothing of the machine's is touched,
# and /tmp is, too, unless the book itself lies there.
setup() {
	local folder master=$TMPDIR/master
	if [ ! -e "$master" ]; then
		mkdir "$master"
		tar -C "$REPO" -c --exclude=./.git --exclude='./0*/exercise-*' --exclude='./0*/.exercises' \
			--exclude='./09-full-launcher/rootfs' . | tar -C "$master" -xo
		find "$master"/0* -maxdepth 1 -type f -perm /111 -delete # what was built
		chmod -R a+rX "$master"
		git -C "$master" init -q
		git -C "$master" add .
		git -C "$master" -c user.name=b -c user.email=b@example.org commit -qm book
		for folder in /home /tmp; do
			[[ $REPO/ = $folder/* ]] || mount -t tmpfs -o mode=1777 tmpfs "$folder"
		done
	fi
	READER=/home/you-$BATS_TEST_NUMBER-$$
	[[ $REPO/ != /home/* ]] || READER=$TMPDIR/you-$BATS_TEST_NUMBER-$$
	BOOK="$READER/namespaces" IN=01-uts
	mkdir "$READER"
	cp -a "$master" "$BOOK"
	[ "${AS_READER[0]}" != setpriv ] || chown -R 4242:4343 "$READER"
	with=()
	PATIENCE=$((60 * ${SLOW:-1})) # a grading may take its time
	cd "$READER" || return
	DIR=$READER
	before=$(elsewhere)
}

# elsewhere: what there is in folders in which no verb has to leave anything. (A compiler
# that was killed leaves its files.)
elsewhere() {
	local folders=(/ /dev/shm)
	[[ $REPO/ = /tmp/* ]] || folders+=(/tmp) # else it is the machine's, and others write there
	ls -A --ignore='cc??????.*' "${folders[@]}"
}

# Nothing is ever written elsewhere.
teardown() {
	local left
	left=$(elsewhere)
	cd /
	chmod -R u+rwX "$READER" 2>/dev/null || true
	rm -rf "$READER" 2>/dev/null || true
	is "$(diff <(echo "$before") <(echo "$left"))" "" "/, /tmp and /dev/shm: what has this verb left there?"
}

# reader COMMAND [ARG...]: types it in $BOOK/$IN, with the environment of a login on
# stock Debian, and what is in $with. Sets $output and $status. root: the same, as root.
reader() { run_as "${AS_READER[@]}" env -i "${login[@]}" "${with[@]}" "$@"; }
root() { run_as env -i "${login[@]}" "${with[@]}" "$@"; }
login=(PATH=/usr/local/bin:/usr/bin:/bin:/usr/local/games:/usr/games SHELL=/bin/bash LANG=C.UTF-8 USER=you TERM=dumb)
run_as() {
	output=$(cd "$BOOK/$IN" && exec timeout -k 1 "$((300 * ${SLOW:-1}))" "$@" 2>&1 </dev/null) && status=0 || status=$?
}

# in_background COMMAND [ARG...]: the same, with its output in $READER/said, in a session
# of its own. Sets $job, whose group is what a Ctrl-C on a terminal goes to.
in_background() {
	(cd "$BOOK/$IN" && exec setsid "${AS_READER[@]}" env -i "${login[@]}" "${with[@]}" \
		env --default-signal "$@" >"$READER/said" 2>&1 </dev/null 3>&-) &
	job=$!
}

# ctrl_c: as the terminal does. Sets $status, and $took, in seconds.
ctrl_c() {
	local start=$SECONDS
	kill -INT -- "-$job"
	wait "$job" && status=0 || status=$?
	took=$((SECONDS - start))
	output=$(cat "$READER/said")
}

# says TEXT: it is in what the background has said by now.
says() { grep -qF -- "$1" "$READER/said"; }

# only_root: for what two users are needed for, or somebody who may look everywhere.
only_root() {
	[ "${AS_READER[0]}" = setpriv ] || skip "the sandbox of an ordinary user has one user"
}

# files: what there is in the chapter's folder beside the book's own.
files() {
	(cd "$BOOK/$IN" && find . -mindepth 1 -maxdepth 1 ! -name Makefile ! -name README.md ! -name "${IN#*-}.c" \
		-printf '%f\n' | sort | tr '\n' ' ')
}

# solve N: writes the reference into the reader's file.
solve() {
	local n=$1 file=$BOOK/$IN/exercise-$1.c
	[ -e "$file" ] || starter_of "$n"
	"${AS_READER[@]}" patch -s --no-backup-if-mismatch "$file" "$BOOK/tests/exercises/${IN%%-*}.$n/solution.patch"
}

# starter_of N: makes the reader's file, without grading it.
starter_of() {
	local file=$BOOK/$IN/exercise-$1.c
	"${AS_READER[@]}" cp "$BOOK/$IN/${IN#*-}.c" "$file"
	"${AS_READER[@]}" patch -s --no-backup-if-mismatch "$file" "$BOOK/tests/exercises/${IN%%-*}.$1/starter.patch"
}

# without TOOL...: PATH has all tools but these.
without() {
	local tool
	mkdir "$READER/bin"
	cp -s /usr/local/bin/* /usr/bin/* "$READER/bin" 2>/dev/null || true
	for tool; do rm -f "$READER/bin/$tool"; done
	with+=(PATH="$READER/bin")
}

# one_error: make says at most once that something failed.
one_error() {
	is "$(grep -c '^make.*\*\*\*' <<<"$output")" 1 "the lines of make: one make for each folder says it again"
}

NOT_YOURS="Your program is not at fault"
