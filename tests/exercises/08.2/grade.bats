#!/usr/bin/env bats
load ../../chapters/helpers

@test "-r: an ordinary user is user 0 and group 0 inside" {
	needs "a user namespace in a user namespace" unshare --user --map-root-user true
	as_user "$PROGRAM" -r sh -c 'echo $(id -u) $(id -g)'
	alive
	lacks "$output" "Usage: " "-r is not an option yet: getopt()'s third argument lists them, and the switch needs a case"
	case "$output" in
	*uid_map*|*gid_map*|*setgroups*)
		[ "${output/gid_map/}" = "$output" ] || more=" An ordinary user may write gid_map only when \"deny\" is in setgroups: user_namespaces(7)."
		hint "0 0" "$output" "what is the caller's own ID, and when is it read? After unshare() it is 65534: read it before unshare(), and write the maps after it, each with one ID.${more:-} user_namespaces(7), Defining user and group ID mappings"
		;;
	esac
	differs "$output" "0 65534" "that is the user: the group too, by gid_map"
	differs "$output" "65534 65534" "it is 65534 until a map is written: /proc/self/uid_map and gid_map"
	is "$output" "0 0" "-r implies -U: CLONE_NEWUSER. Then the maps: 0 inside is the caller outside"
	is "$status" 0 "main(): return the command's status, as before"
}

# The sandbox of an ordinary user denies setgroups already, and hands that on: the
# trace shows what would be missing elsewhere.
@test "setgroups is denied before gid_map is written" {
	needs "strace may trace a program" strace -qq -o /dev/null true
	try strace -f -qq -y -o trace -e trace=write,writev,pwrite64 "$PROGRAM" -r true
	try awk '/\/setgroups>, .*deny.* = [0-9]+$/ { denied = 1 }
		/\/gid_map>.* = [0-9]+$/ { print denied ? "in time" : "too late"; exit }' trace
	is "$output" "in time" "user_namespaces(7): an ordinary user may write gid_map only after \"deny\" was written into setgroups. (In this sandbox it is denied already, outside it is not.)"
}

@test "a file made inside is the caller's outside" {
	mkdir folder
	inside -r sh -c 'touch folder/file; stat -c "%u %g" folder/file'
	is "$output" "0 0" "the first number of each map"
	is "$(stat -c '%u %g' folder/file)" "$(id -u) $(id -g)" "the second number of each map: the caller's ID"
	as_user "$PROGRAM" -r cat /proc/self/uid_map /proc/self/gid_map
	is "$(tr -s ' ' <<<"$output" | cut -d ' ' -f 2,4)" $'0 1\n0 1' "one ID, and it is 0 inside"
}

@test "as root it goes on with the other options" {
	for options in "-r -u" "-ru" "-u -r" "-U -r -u" "-r -p -u -i -n -m"; do
		# shellcheck disable=SC2086 # several options
		as_user "$PROGRAM" $options sh -c 'id -u; hostname x; hostname; exit 7'
		is "$output" $'0\nx' \
			"with $options: one call of unshare() for all, and the maps before exec, which drops the capabilities of who is 65534"
		is "$status" 7 "main(): return the command's status, as before"
	done
}

@test "-U alone is as before: 65534" {
	as_user "$PROGRAM" -U sh -c 'id -u; id -g'
	is "$output" $'65534\n65534' "-U alone writes no map: only -r does"
	is "$status" 0 "main(): return the command's status, as before"
	inside -u sh -c 'id -u; readlink /proc/self/ns/user'
	is "$output" "$(id -u)"$'\n'"$(ns user)" "without -r there is no new user namespace"
	is "$status" 0 "main(): return the command's status, as before"
}

@test "a map that can't be written is an error, and the command does not run" {
	needs "strace may trace a program" strace -qq -o /dev/null true
	for file in setgroups gid_map uid_map; do
		try strace -f -qq -o trace -P "/proc/self/$file" -e 'inject=?open,openat:error=EACCES' \
			"$PROGRAM" -r echo the command ran
		grep -q INJECTED trace || continue # by another path, which is as right
		lacks "$output" "the command ran" "$file: what open() and write() return. put() looks at it"
	done
}
