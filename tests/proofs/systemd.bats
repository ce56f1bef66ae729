#!/usr/bin/env bats
# systemd.bats: what chapter 09's page tells an ordinary user who has logged in with
# systemd. Run as that user, in the virtual machine of tests/proofs/vm.
# shellcheck disable=SC2154 # bats sets status and output

@test "systemd has made / shared, and the user has a manager and no capabilities" {
	[ "$(findmnt -n -o PROPAGATION /)" = shared ]
	systemctl --user is-system-running || systemctl --user status | head -n 5
	[ -n "$XDG_RUNTIME_DIR" ]
	grep -qx $'CapEff:\t0*' /proc/self/status
}

@test "09, as its page has it: systemd-run, a cgroup below, and a limit with -c" {
	cd "$BATS_TEST_DIRNAME/../../09-full-launcher"
	awk '/^```sh$/ { block = ""; inside = 1; next }
		/^```/ { if (inside && block ~ /^systemd-run/) printf "%s", block; inside = 0 }
		inside { block = block $0 "\n" }' README.md >"$BATS_TMPDIR/block"
	[ "$(grep -c . "$BATS_TMPDIR/block")" -gt 2 ]
	# The first line starts the shell that the others are typed into.
	run bash -c "$(head -n 1 "$BATS_TMPDIR/block")" < <(sed 1d "$BATS_TMPDIR/block")
	printf 'seen: %s\nstatus: %s\n' "$output" "$status"
	[ "$status" = 137 ]
	[[ $output == *"launcher: out of memory: killed at memory.max=20M"* ]]
}
