#!/usr/bin/env bats
load ../../chapters/helpers

# lines [FILE]: the lines of a form that hold a prediction, "WORD COMMAND".
lines() {
	tr -d '\r' <"${1:-$PROGRAM}" | sed -E '/^[[:blank:]]*(#|$)/d
		s/^[[:blank:]]*([^[:blank:]]+)[[:blank:]]*/\1 /; s/[[:blank:]]+$//'
}

# why COMMAND: where to look when the prediction of this command was wrong.
why() {
	case $1 in
	hostname*) echo "which user namespace owns the UTS namespace inside? It was made in the same clone() call" ;;
	mount*) echo "which user namespace owns the mount namespace inside? A mount changes what is seen there, and not the file system below" ;;
	cat*) echo "ls -l /etc/shadow inside: has its owner an ID there? user_namespaces(7), 'Operation of file-related capabilities'" ;;
	rm*) echo "who owns the file and the folder, seen from outside, and who runs the command?" ;;
	chown* | setpriv*) echo "cat /proc/self/uid_map inside: which user outside would that ID be?" ;;
	chroot*) echo "chroot(2) needs CAP_SYS_CHROOT in the caller's own user namespace. Whose root directory does it change?" ;;
	mknod*) echo "a device node reaches the host's hardware: user_namespaces(7), 'Interaction of user namespaces and other types of namespaces'" ;;
	kill*) echo "before any question of rights: what does this PID mean inside? pid_namespaces(7)" ;;
	ip*) echo "is the network namespace a new one here? readlink /proc/self/ns/net inside and outside: who owns it?" ;;
	unshare*) echo "who owns a network namespace that is made by this root?" ;;
	date*) echo "there is one clock for the whole host: user_namespaces(7) says of such things which user namespace counts" ;;
	*) echo "user_namespaces(7): which user namespace owns what the command wants to change?" ;;
	esac
}

@test "each line has its prediction" {
	needs "a user namespace in a user namespace" unshare --user --map-root-user true
	needs "the commands of the form are installed" type chroot ip mknod setpriv unshare
	while read -r prediction command; do
		[[ ${prediction,,} =~ ^(yes|no)$ ]] || hint "yes or no" "$prediction $command" "exercise-3.txt: replace the ? by what you expect; the kernel answers afterwards"
	done < <(lines)
	while read -r _ command; do
		has "$(lines | cut -d ' ' -f 2-)"$'\n' "$command"$'\n' "exercise-3.txt: keep its commands as they are; make reset-3 brings them back"
	done < <(lines "$BATS_TEST_DIRNAME/starter.txt")
}

@test "what you predict is what happens" {
	${CC:-cc} -w -o user "$SOURCE"
	sleep 600 3>&- &
	export OUTSIDE=$!
	while read -r prediction command <&4; do
		rm -rf here mine
		mkdir here
		touch mine
		try ./user sh -c "$command" </dev/null 4<&-
		seen=yes
		[ "$status" = 0 ] || seen=no
		[ "${prediction,,}" = "$seen" ] || hint "${prediction,,}, you say: $command" "$seen${output:+: $output}" "$(why "$command")"
	done 4< <(lines)
}
