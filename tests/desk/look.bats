#!/usr/bin/env bats
# make look, make inside, make demo in a chapter's folder: tests/verbs/look. Needs no chapter:
# tests/sandbox bats tests/desk/look.bats

export CHAPTER=05-user PROGRAM_PATH=$BATS_TEST_DIRNAME/../../05-user/user
load ../chapters/helpers

# A book with what tests/verbs/look needs, which every user can read; made once.
book=$TMPDIR/look-book
look=$book/tests/verbs/look
if [ ! -e "$book" ]; then
	mkdir -p "$book/tests/verbs"
	cp "$REPO/tests/sandbox" "$book/tests"
	cp "$REPO/tests/verbs/look" "$book/tests/verbs"
	for folder in "$REPO"/0*; do
		mkdir "$book/${folder##*/}"
		cp "$folder/${folder##*-}" "$book/${folder##*/}"
	done
	chmod -R go+rX "$book"
fi
export LC_ALL=C.UTF-8

# running CHAPTER COMMAND [ARG...]: starts the chapter's program. Sets $PARENT and $CHILD.
running() {
	PROGRAM=$book/$1/${1##*-}
	shift
	start "$@"
}

# row TYPE: what look said of it, in single spaces.
row() { grep "^$1 " <<<"$output" | tr -s ' ' || true; }

# marked: the types with a mark.
marked() { awk '/●/ { printf "%s ", $1 }' <<<"$output"; }

# users: where there is but one, nobody else can have a program.
users() { setpriv --reuid=4242 true 2>/dev/null || skip "an ordinary user's sandbox has one user only"; }

# by USER: sets $by to what runs a command as this user, below a shell of this user.
by() { by=(setpriv --reuid="$1" --regid="$1" --clear-groups sh -c '"$@"; exit' sh); }

# What sudo does, as far as it counts here: root's process below the user's.
make_sudo() {
	cp "$(type -P setpriv)" sudo
	chmod 4755 sudo
	sudo=("$DIR/sudo" --reuid=0 --regid=0 --clear-groups)
}

@test "the demo of each chapter marks the namespaces that are new in it, and no other" {
	new=''
	for chapter in uts:01-uts ipc:02-ipc pid:03-pid mnt:04-mount user:05-user net:06-net; do
		new+="${chapter%:*} "
		try "$look" --demo "${chapter#*:}"
		is "$(marked)" "$new" "$look --demo ${chapter#*:}: $output"
	done
	try "$look" --demo 07-setns
	is "$(marked)" "$new" "$look --demo 07-setns: $output"
	for chapter in 08-unshare 09-full-launcher; do
		try "$look" --demo "$chapter"
		is "$(marked)" "uts ipc pid mnt user net cgroup time " "$look --demo $chapter: $output"
	done
}

@test "the demo leaves no process" {
	try "$look" --demo 06-net
	try pgrep -x 'net|sleep'
	is "$output" "" "start(): its trap"
}

@test "the demo of a program that fails shows its message, and is an error" {
	printf '#!/bin/sh\necho "no such luck" >&2; exit 1\n' >uts
	chmod 755 uts
	PROGRAM=$DIR/uts try "$look" --demo 01-uts
	is "$status" 1 "start()"
	has "$output" "no such luck" "start(): the program's stderr"
	has "$output" "look: uts has ended" "start()"
}

@test "both views, the links, and a mark where they differ" {
	running 06-net sh -c 'ipcmk -Q >/dev/null; hostname other; mount -t tmpfs tmpfs /mnt; echo ready >ready; exec sleep 60'
	until_true grep ready ready
	try "$look" 06-net
	is "$status" 0 "$output"
	is "${output%%$'\n'*}" "net($PARENT)---sleep($CHILD)" "the first line: the program and what it runs"
	links() { echo "$1:[$(stat -L -c %i "/proc/self/ns/$1")] [$(stat -L -c %i "/proc/$CHILD/ns/$1")]"; }
	is "$(row uts)" "uts host other ● $(links uts)" "views(): uts"
	is "$(row ipc)" "ipc 0 msg 0 shm 0 sem 1 msg 0 shm 0 sem ● $(links ipc)" "views(): ipc"
	is "$(row pid)" "pid $CHILD 1 ● $(links pid)" "observe(): NSpid"
	has "$(row mnt)" ", last /mnt ● $(links mnt)" "mounts()"
	has "$(row mnt)" "mnt $(wc -l </proc/self/mountinfo), last " "mounts()"
	has "$(row user)" " 0 root ● $(links user)" "views(): user"
	has "$(row net)" "net lo" "views(): net"
	has "$(row net)" "lo ● $(links net)" "views(): net"
	is "$(row cgroup | tr -d 0-9)" "cgroup $(tail -n 1 /proc/self/cgroup | cut -d : -f 3- | cut -c -17 | tr -d 0-9) the same · cgroup:[]" "views(): cgroup"
	has "$(row time)" " the same · time:[" "views(): time"
}

@test "the clock inside, where a time namespace has another" {
	[ -e /proc/self/ns/time ] || skip "this kernel has no time namespaces"
	PROGRAM=$book/08-unshare/unshare
	run_in -U -T 86400000 -- sleep 60
	try "$look" 08-unshare
	has "$(row time)" " up 1000" "views(): time"
	has "$(row user)" " 65534 " "views(): user"
}

@test "a program that needs no fork becomes its command, and is found all the same" {
	# As typed into a shell, which goes on.
	bash -c '"$0"/08-unshare/unshare -U -u sleep 60; exit' "$book" 3>&- &
	until_true pgrep -P "$!" -x sleep
	command=$(pgrep -P "$!" -x sleep)
	try "$look" --inside 08-unshare
	is "$output" "$command" "find(): the variable _ of bash, in the environment"
	try "$look" 08-unshare
	is "$(marked)" "uts user " "$output"
	is "${output%%$'\n'*}" "sleep($command)" "observe(): the title"
}

@test "a program that forks is one program, though bash has left its name in its environment, too" {
	bash -c '"$0"/08-unshare/unshare -U -p sleep 60; exit' "$book" 3>&- &
	until_true pgrep -P "$!" -x unshare
	program=$(pgrep -P "$!" -x unshare)
	until_true pgrep -P "$program" -x sleep
	try "$look" 08-unshare
	is "${output%%$'\n'*}" "unshare($program)---sleep($(pgrep -P "$program" -x sleep))" "find(): each PID once"
}

@test "PID is a process to look into, whatever started it" {
	unshare --user --map-root-user --net sleep 60 3>&- &
	until_true grep -q sleep "/proc/$!/comm"
	PID=$! try "$look"
	is "${output%%$'\n'*}" "sleep($!)" "observe(): the title"
	is "$(marked)" "user net " "$output"
	PID=999999999 try "$look"
	is "$status" 1 "fail()"
	has "$output" "there is no process 999999999" "fail()"
}

@test "without a program it says what to start, and fails" {
	for chapter in 01-uts:./uts 05-user:./user 06-net:./net 07-setns:./setns 08-unshare:./unshare; do
		try "$look" "${chapter%:*}"
		is "$status" 1 "fail()"
		has "$output" "look: no program of yours is running here. Start it in another window: ${chapter#*:}" "$chapter"
	done
	try "$look"
	has "$output" "cd 01-uts && ./uts" "the last part: the top folder"
	as_user "$look" 01-uts
	has "$output" "window: sudo ./uts" "an ordinary user needs sudo up to chapter 04"
	as_user "$look" 05-user
	has "$output" "window: ./user" "and from there on not"
}

@test "from the top folder it finds the newest program of any chapter" {
	running 05-user sleep 60
	older=$CHILD
	running 06-net sleep 60
	try "$look"
	is "${output%%$'\n'*}" "net($PARENT)---sleep($CHILD), the newest of 2" "find()"
	kill -KILL "$CHILD"
	until_true test ! -e "/proc/$PARENT/ns"
	try "$look" --inside
	is "$output" "$older" "find()"
}

@test "a program of the same name from elsewhere is not yours; with PROGRAM it is" {
	cp "$book/05-user/user" .
	PROGRAM=$DIR/user
	start sleep 60
	try "$look" --inside 05-user
	is "$status" 1 "find(): /proc/PID/exe"
	try env PROGRAM="$DIR/user" "$look" --inside 05-user
	is "$output" "$CHILD" "path_in()"
}

@test "a program that was built anew while it runs is found" {
	running 05-user sleep 60
	cp "$book/05-user/user" new && mv new "$book/05-user/user"
	try "$look" --inside 05-user
	is "$output" "$CHILD" "find(): /proc/PID/exe, (deleted)"
}

@test "two people: each finds their own program, and not the other's" {
	users
	for user in 4242 4343; do
		by $user
		"${by[@]}" "$book/05-user/user" sleep "6$user" 3>&- &
	done
	until_true eval 'pgrep -fx "sleep 64242" && pgrep -fx "sleep 64343"'
	for user in 4242 4343; do
		by $user
		try "${by[@]}" "$look" --inside 05-user
		is "$output" "$(pgrep -fx "sleep 6$user")" "owner()"
		try "${by[@]}" "$look" 05-user
		has "$(row user)" "user $user" "$output"
		has "$(row user)" " 0 root ●" "$output"
	done
	by 4444
	try "${by[@]}" "$look" --inside 05-user
	is "$status" 1 "find()"
	has "$output" "is another user's" "find(): others"
}

@test "two people with sudo: each finds their own program, though both are root's" {
	users
	make_sudo
	for user in 4242 4343; do
		by $user
		"${by[@]}" "${sudo[@]}" "$book/01-uts/uts" sh -c "hostname name$user; exec sleep 6$user" 3>&- &
	done
	until_true eval 'pgrep -fx "sleep 64242" && pgrep -fx "sleep 64343"'
	for user in 4242 4343; do
		by $user
		try "${by[@]}" "$look" --inside 01-uts
		is "$output" "$(pgrep -fx "sleep 6$user")" "owner()"
		try "${by[@]}" "$look" 01-uts
		is "$status" 1 "observe(): what root runs, only root can look into"
		has "$output" "sudo make look" "observe()"
		try "${by[@]}" "${sudo[@]}" "$look" 01-uts
		has "$(row uts)" "uts host name$user ●" "$output"
	done
	try "$look" --inside 01-uts
	is "$status" 1 "owner(): root, who is neither of the two"
}

@test "in a pipe there is no escape sequence, and in another locale no UTF-8" {
	running 06-net sh -c 'ip link set lo down; ip link set lo name "$(printf "a\033[2Jb")"; echo ready >ready; exec sleep 60'
	until_true grep ready ready
	try "$look" 06-net
	lacks "$output" $'\e' "views(): what a terminal would obey"
	has "$(row net)" "a?[2Jb" "$output"
	LC_ALL=C try "$look" 06-net
	is "$(tr -d '\n -~' <<<"$output")" "" "the marks without UTF-8"
	has "$(row net)" " # net:" "the marks without UTF-8"
}

@test "on a terminal it draws anew on a change, and ends with the program" {
	mkfifo name
	running 05-user sh -c 'read -r name <name; hostname "$name"; read -r name <name'
	open_terminal "TERM=xterm $look 05-user; echo status \$?"
	shows "container .*●" "the first view"
	echo changed >name
	shows "changed .*●" "the loop: observe, draw"
	kill -KILL "$CHILD"
	shows "The program has ended" "the loop: observe fails"
	shows "status 0" "its status"
	has "$(<screen)" $'\e[32m●\e[m' "the colour"
	has "$(<screen)" $'\e[?7h' "its trap: lines wrap again"
}

@test "on a terminal Ctrl-C ends it with status 0, and the terminal is as it was" {
	running 05-user sleep 60
	open_terminal "stty -a >before; TERM=xterm NO_COLOR=1 $look 05-user; echo status \$?; stty -a >after; echo end"
	shows "container .*●" "the first view"
	type_in '\003'
	shows "^end" "the loop: read"
	shows "status 0" "its status"
	is "$(<after)" "$(<before)" "its trap: stty"
	lacks "$(<screen)" $'\e[32m' "NO_COLOR"
}

@test "make look, inside and demo in a chapter's folder, and make look at the top" {
	export PROGRAM=$REPO/05-user/user # for look, too
	start sleep 60
	try make -s -C "$REPO/05-user" inside
	is "$output" "$CHILD" "05-user/Makefile"
	try make -s -C "$REPO/05-user" look
	has "$output" "user($PARENT)---sleep($CHILD)" "05-user/Makefile"
	try make -s -C "$REPO" look
	has "$output" "user($PARENT)---sleep($CHILD)" "Makefile"
	try make -s -C "$REPO/01-uts" demo
	is "$(marked)" "uts " "Makefile: demo: $output"
}
