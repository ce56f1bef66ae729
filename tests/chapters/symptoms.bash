# Why a program does not even run true: by what it says, its status, and what strace sees.
# shellcheck shell=bash disable=SC2154,SC2034 # status, said, WHERE: the try's

# What says why is read by a person: a program that hangs is not waited for long.
BRIEFLY=$((5 * ${SLOW:-1}))

# Where the command stands among the arguments.
case $CHAPTER in
07-*) COMMAND_IS="the command is argv[2] of main(), the word after TARGET" ;;
08-*) COMMAND_IS="the command is argv[optind] of main(), the word after the options" ;;
*) COMMAND_IS="the command is argv[1] of main()" ;;
esac

# runs_true [as_user] ARG...: with these arguments the program runs true, for an ordinary
# user if that is asked for, or the hint says why not.
runs_true() {
	# shellcheck disable=SC2153 # helpers.bash sets it
	local arguments=() program=$PROGRAM use said
	if [ "${1:-}" = as_user ]; then
		shift
		arguments=(setpriv --reuid=4242 --regid=4343 --clear-groups)
		! one_user || arguments=(unshare --user --map-user=4242 --map-group=4343)
	fi
	arguments+=("$PROGRAM" "$@")
	MAY_HANG=yes PATIENCE=$BRIEFLY apart try "${arguments[@]}" true
	[ "$status" != 0 ] || return 0
	use="./$NAME${*:+ $*}"
	said=$errors errors=
	said=$(symptom)
	WHERE=${said#*look at:  } WHERE=${WHERE%%$'\n'*} # for hopeless
	printf '%s\n' "$said"
	return 1
}

# symptom: prints one hint, the first that fits what $status and $said, the program's
# words, tell of the program $program, run as $use true, with its $arguments.
symptom() {
	local text
	text=$( (set +e; diagnose) 2>/dev/null) || true
	# Only the first hint, whatever follows it.
	awk '/^expected:/ && seen++ { exit } { print }' <<<"$text"
}

# seen REGEX: sets $line to the first line of the trace that matches; fails if none does.
seen() { line=$(grep -m 1 -E -e "$1" trace); }

# diagnose: prints the hint on what is wrong, as far as the trace tells.
diagnose() {
	local line seen first names="process,unshare,setns,sethostname,prctl,mount,openat,write,read,socket,ioctl"
	names+=",sendto,sendmsg,nanosleep,clock_nanosleep,?pause,?poll,ppoll,futex,?fsopen,?fsmount,?move_mount,?mount_setattr"
	seen="status $status"
	[ "$status" != 124 ] || seen="no end after $BRIEFLY seconds"
	[ -z "$said" ] || seen+=", and: $said"
	(
		ulimit -f 2048
		exec timeout -k 1 "$BRIEFLY" strace -f -y -qq -s 200 -o trace -e "trace=$names" "${arguments[@]}" true
	) >/dev/null 2>&1 </dev/null || true
	# A call that another process interrupts in the trace stands on two lines.
	awk '
		{ pid = $1 }
		sub(/ *<(unfinished|detached) ?\.*>$/, "") { begun[pid] = $0; next }
		match($0, /<\.\.\. [a-z0-9_]+ resumed>/) { $0 = begun[pid] substr($0, RSTART + RLENGTH); delete begun[pid] }
		# What it was in when the time was over.
		{ sub(/ *= \? ERESTART.*/, " <unfinished>") }
		{ sub(/ +/, " "); print }
		END { for (pid in begun) { sub(/ +/, " ", begun[pid]); print begun[pid] " <unfinished>" } }' trace >merged
	# What runs before the program, as setpriv does, is not its own.
	awk -v begin="execve(\"$program\"" 'index($0, begin) { on = 1 } on' merged >trace
	[ -s trace ] || hint "status 0, of: $use true" "$seen" "the program: run it by hand, in tests/sandbox"
	first=$(head -n 1 trace) first=${first%% *}

	local pointers="pointers: which one is wrong?"
	[[ $CHAPTER == 0[78]-* ]] ||
		pointers="clone(): a stack grows down, so it is given its upper end, stack + size; of its own, not NULL. And argv"

	if [ "$(grep -c "execve(\"$program\", .* = 0" trace)" -gt 2 ]; then
		hint "status 0, of: $use true" "the program runs itself, again and again" \
			"execvp(): argv[0] is the program itself; $COMMAND_IS, and its arguments begin there"
	elif seen '--- SIGSEGV .*si_addr=(NULL|0x[0-9a-f]{1,3})\}'; then
		hint "status 0, of: $use true" "$seen: 139 is 128 + 11, SIGSEGV: it followed a NULL pointer" \
			"execvp(): $COMMAND_IS; its arguments begin there, too, and NULL ends them. And getenv() may return NULL"
	elif seen "^$first .*killed by SIG(SEGV|BUS|ILL|ABRT)"; then
		if seen "^$first .*clone3?\("; then
			hint "status 0, of: $use true" "$seen: the program itself died, of ${line##*killed by }" \
				"pointers after clone(): what waitpid() is given, for one"
		fi
		hint "status 0, of: $use true" "$seen: the program itself died before it had a child" \
			"$pointers"
	elif seen "killed by SIG(SEGV|BUS|ILL)"; then
		hint "status 0, of: $use true" "$seen: the child died (139 is 128 + 11, SIGSEGV) before it became the command" \
			"clone(): the upper end of the stack, stack + size, of 1 MiB, or is it too small? And execvp(): argv ends with NULL"
	elif [ "$status" = 124 ]; then
		if [ "$(grep -cE 'wait(4|id)\(.*= -1 ECHILD' trace)" -gt 9 ]; then
			hint "status 0, of: $use true" "$seen: it calls waitpid() again and again, which says: No child processes" \
				"waitpid(): it returns the PID once, then -1, which is true in C"
		elif seen 'read\([0-9]+<pipe:.*<unfinished>'; then
			hint "status 0, of: $use true" "$seen: it waits in ${line#* }" \
				"read() from a pipe: who writes? And each process closes the end that it does not use, or there is no end of file"
		elif seen 'wait(4|id)\(.*<unfinished>'; then
			hint "status 0, of: $use true" "$seen: it waits in ${line#* }" \
				"waitpid(): for which child? And what does this child do: is execvp() reached?"
		fi
		if seen '<unfinished>'; then
			line=${line#* }
			hint "status 0, of: $use true" "$seen: it waits in $line" \
				"${line%%(*}(): what does it wait for? The program ends as soon as its command has ended"
		fi
		hint "status 0, of: $use true" "$seen: $(tail -n 1 trace | cut -d ' ' -f 2- | cut -c 1-80)" \
			"loops: which one has no end? waitpid() returns the PID once, then -1"
	elif seen 'wait(4|id)\(.*= -1 ECHILD'; then
		if seen '(clone|clone3)\(.*' && [[ $line != *SIGCHLD* && $line == *flags=* ]]; then
			hint "status 0, of: $use true" "$seen: waitpid() knows no child, since clone() got ${line#*, }" \
				"SIGCHLD: it is one of clone()'s flags, joined by | (not || or &)"
		fi
		hint "status 0, of: $use true" "$seen: waitpid() knows no such child" \
			"waitpid(): which PID is it given? Is it called twice, or SIGCHLD ignored?"
	elif [[ $CHAPTER == 0[56]-* ]] && seen 'write\([0-9]+<[^>]*(setgroups|[ug]id_map)>.*= -1 E' &&
		! seen '^[0-9]+ (clone3?|unshare)\(.*CLONE_NEWUSER'; then
		hint "status 0, of: $use true" "$seen: no call makes a user namespace" \
			"CLONE_NEWUSER: one of clone()'s flags, or of unshare()'s; without it the maps can't be written"
	elif seen '^([0-9]+) write\([0-9]+</proc/\1/(setgroups|[ug]id_map)>.*= -1 EPERM' &&
		grep -qE "^${line%% *} clone3?\\(.*CLONE_NEWUSER" trace; then
		hint "status 0, of: $use true" "$seen: ${line#* }: its own, and it is not in the new namespace" \
			"setgroups, gid_map and uid_map: the child writes those of /proc/self, its parent those of /proc/PID, the child's"
	elif seen 'timens_offsets.*= -1 E'; then
		hint "status 0, of: $use true" "$seen: ${line#* }" \
			"timens_offsets: written after unshare(CLONE_NEWTIME), by the process that called it, and before its fork()"
	elif seen 'write\([0-9]+<[^>]*gid_map>.*= -1 EPERM'; then
		[[ $line != *65534* ]] || ids_too_late
		seen 'write\([0-9]+<[^>]*setgroups>, "deny.* = [0-9]' ||
			hint "status 0, of: $use true" "$seen: writing gid_map is refused, as long as setgroups is not denied" \
				"setgroups: write \"deny\" to it before gid_map: user_namespaces(7)"
		hint "status 0, of: $use true" "$seen: writing gid_map is refused" \
			"gid_map: one line, \"0 ID 1\", with the effective group ID that the caller has outside: user_namespaces(7)"
	elif seen 'write\([0-9]+<[^>]*uid_map>.*= -1 EPERM'; then
		[[ $line != *65534* ]] || ids_too_late
		hint "status 0, of: $use true" "$seen: writing uid_map is refused: ${line#* }" \
			"uid_map: one line, \"0 ID 1\", once, with the effective user ID that the caller has outside: user_namespaces(7)"
	elif seen 'write\([0-9]+<[^>]*setgroups>.*= -1 E'; then
		hint "status 0, of: $use true" "$seen: ${line#* }" "setgroups: \"deny\" is written before gid_map, not after it"
	elif seen 'write\([0-9]+<[^>]*[ug]id_map>.*= -1 E'; then
		hint "status 0, of: $use true" "$seen: ${line#* }" \
			"uid_map and gid_map: \"0 ID 1\", in a single write(), of exactly its length: user_namespaces(7)"
	elif seen 'openat\(.*/proc/.*O_(WRONLY|RDWR).*= -1 E'; then
		where=$(grep -oE '(uid_map|gid_map|setgroups)' <<<"$line" | head -n 1) || where="open()"
		hint "status 0, of: $use true" "$seen: ${line#* }" "$where: whose file is this, and may this process write it?"
	elif seen '^[0-9]+ (clone3?|unshare|[a-z_]*mount[a-z_]*|sethostname|setns|fsopen|prctl|socket|ioctl)\(.* = -1 E'; then
		local call=${line#* } LINE_LIKE=
		[[ $call != *mount*proc* ]] || LINE_LIKE='mount *\(.*proc'
		call=${call#"${call%%[! ]*}"}
		case $call in
		setns*) where="setns(): $(why_setns "$call")" ;;
		clone*EINVAL*) where="clone(): is its stack NULL? Do its flags go together? Not CLONE_NEWNS with CLONE_FS" ;;
		sethostname*EINVAL*) where="sethostname(): its second argument is the length of the name, strlen()" ;;
		mount*EINVAL*) where="mount(): its flags, and propagation (MS_PRIVATE, MS_REC) in a call of its own" ;;
		*EPERM*) where=$(why_refused "${call%%(*}" "$call") ;;
		*) where="${call%%(*}(): its arguments" ;;
		esac
		hint "status 0, of: $use true" "$seen: $call" "$where"
	elif ! seen 'execve\(.*\["true"\].* = 0'; then
		if [[ $CHAPTER == 07-* ]] && seen "openat\\(.*(\"${arguments[1]}\"|/ns/).*O_RDONLY.*= -1 E"; then
			hint "status 0, of: $use true" "$seen: ${line#* }" \
				"open(): a TARGET that is a number is a PID, /proc/PID/ns/TYPE; any other is a path, opened as it is"
		elif [ -n "$said" ] && [ "$status" != 127 ] && [ "$status" != 126 ]; then
			where="what it says: this step failed, before the command was run"
			[[ $CHAPTER != 07-* ]] || where+=". A TARGET that is a number is a PID; any other is a path"
			hint "status 0, of: $use true" "$seen" "$where"
		fi
		[ "$(grep -cE 'execve\(' trace)" -gt 1 ] || hint "status 0, of: $use true" "$seen, and nothing was run" \
			"execvp(): it is not reached. What ends the program, or its child, before it? A step that fails says so on stderr"
		line=$(grep -E 'execve\(' trace | tail -n 1)
		line=${line#*(}
		hint "status 0, of: $use true" "$seen: true was never run; the last that was: ${line:0:80}" \
			"execvp(): $COMMAND_IS; its arguments begin there, too, and NULL ends them"
	fi
	hint "status 0, of: $use true" "$seen, though true itself ended with 0" \
		"waitpid(): what does the program make of the status that it stores? WEXITSTATUS(): wait(2)"
}

# why_refused NAME CALL: what to look at where this call has failed with EPERM.
why_refused() {
	local flag=
	case $2 in
	*mount*'"proc"'*) grep -q CLONE_NEWNS trace && flag=CLONE_NEWPID || flag=CLONE_NEWNS ;;
	*mount* | fs*) flag=CLONE_NEWNS ;;
	sethostname*) flag=CLONE_NEWUTS ;;
	socket* | ioctl*) flag=CLONE_NEWNET ;;
	esac
	if [[ $CHAPTER == 08-* && $flag == CLONE_NEWNS ]] && ! grep -q CLONE_NEWNS trace; then
		echo "$1(): only where -m is given: else it would change the mounts of the caller"
	elif [ -n "$flag" ] && ! grep -qE "^[0-9]+ (clone3?|unshare)\\(.*$flag" trace; then
		echo "$flag: no call makes this namespace, before $1()"
	elif [ "$flag" = CLONE_NEWPID ]; then
		echo "$1(): of proc needs a process in the new PID namespace: the child after CLONE_NEWPID"
	else
		echo "$1(): who calls it, and in which namespace? From chapter 05 on, after CLONE_NEWUSER"
	fi
}

# why_setns CALL: what to look at where this call of setns() has failed.
why_setns() {
	local link
	link=$(grep -oE '[a-z]+:\[[0-9]+\]' <<<"$1" | head -n 1)
	if [ -n "$link" ] && [ "$(readlink "/proc/$BASHPID/ns/${link%%:*}")" = "$link" ]; then
		echo "this namespace is the caller's already, which needs no joining, and gives no right to: compare the links first"
	elif [[ $1 == *EPERM* ]]; then
		echo "the user namespace is joined first, if it is another one: that gives the right to the others"
	elif [[ $1 == *EINVAL* ]]; then
		echo "its first argument is what open() returned, its second 0, or the flag of this namespace's type, CLONE_NEW..."
	else
		echo "its first argument is the descriptor that open() returned"
	fi
}

ids_too_late() {
	hint "status 0, of: $use true" "$seen: the ID that was written is 65534" \
		"geteuid() and getegid(): called too late. In the new user namespace, without a map, they say 65534: call them before"
}
