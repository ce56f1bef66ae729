#!/usr/bin/env bats
# Chapter 06: the network namespace.

load helpers

# A server that answers one connection with its host name, and a client. With
# SERVE, what follows waits until the server listens, or until it has given up.
SERVE='busybox nc -l -p 8080 -e hostname & until ss -ltn | grep -q :8080; do kill -0 $! || exit; sleep 0.01; done'
ASK='busybox nc 127.0.0.1 8080 </dev/null'

# The names of the interfaces, as ip and as the kernel's list tell them.
INTERFACES="ip -o link | sed -E 's/^[0-9]+: ([^:@]*).*/\1/' | sort"
DEVICES="sed -nE 's/^ *([^ ]*):.*/\1/p' /proc/net/dev | sort"

# What this test's program is without its flag: the outside's lo is not its to set.
control_in_the_outside_network() {
	control '/CLONE_NEWNET/d; /^\tlo_up\(\);/d'
}

needs_ping() {
	needs "ping (package iputils-ping)" command -v ping
}

needs_nc() {
	needs "busybox with nc -e (package busybox-static)" \
		sh -c 'busybox nc --help 2>&1 | grep -q -e "-e PROG"'
}

needs_veth() {
	needs "a kernel with veth pairs" unshare --net ip link add type veth
}

# must: net
@test "NET-1: inside there is the one interface that a new namespace has, lo; outside are the machine's" {
	needs_veth
	ip link add one0 type veth peer name one1
	outside=$(sh -c "$INTERFACES")
	within sh -c "$INTERFACES"
	ip link del one0
	# Usually lo alone. Some kernels add tunnels to each new namespace.
	is "$output" "$(unshare --net sh -c "$INTERFACES")" "CLONE_NEWNET: one of clone()'s flags, or unshare()'s"
	is "$(grep -x lo <<<"$output")" lo "CLONE_NEWNET: one of clone()'s flags, or unshare()'s"
	has "$outside" one0 "this test: the outside's own interfaces"
}

@test "NS-7: control: without CLONE_NEWNET the outside's interfaces are seen inside" {
	needs_veth
	control_in_the_outside_network
	ip link add two0 type veth peer name two1
	try ./control sh -c "$INTERFACES"
	ip link del two0
	has "$output" two0 "this test: the program without its flag"
}

# must: lo
@test "NET-2: lo is up inside, and 127.0.0.1 answers" {
	inside ip -brief addr show lo
	has "$output" "127.0.0.1/8" \
		"lo: IFF_UP is missing. The child sets it, after CLONE_NEWNET: by SIOCSIFFLAGS, netlink, or ip link"
	inside ip -o link show lo
	has "$output" "<LOOPBACK,UP," \
		"lo: IFF_UP is missing. The child sets it, after CLONE_NEWNET: by SIOCSIFFLAGS, netlink, or ip link"
	needs_ping
	inside ping -c 1 127.0.0.1
	has "$output" "64 bytes from 127.0.0.1" \
		"lo: IFF_UP is missing. The child sets it, after CLONE_NEWNET: by SIOCSIFFLAGS, netlink, or ip link"
}

@test "NET-2, NS-7: control: at birth lo is down, and 127.0.0.1 unreachable, until it is set up" {
	needs_ping
	control '/^\tlo_up\(\);/d'
	try ./control ping -c 1 127.0.0.1
	has "$output" unreachable "network_namespaces(7): this test leaves lo down"
	try ./control sh -c 'ip link set lo up; ping -c 1 127.0.0.1'
	has "$output" "64 bytes from 127.0.0.1" "ip-link(8)"
}

@test "the outside's lo is not the child's to set: without CLONE_NEWNET lo_up() is refused" {
	control '/CLONE_NEWNET/d'
	try ./control echo the command ran
	is "$output" "control: set lo up: Operation not permitted" "user_namespaces(7): who owns the network namespace"
	is "$status" 1 "err(1, ...): no command runs with half a network"
}

# must: net
@test "what root inside does to its network, the outside's does not see" {
	ip -o addr >before
	inside sh -c 'ip addr add 203.0.113.1/24 dev lo && ip link set lo down && ip -brief link show lo'
	has "$output" "<LOOPBACK>" "CLONE_NEWNET, in the same call as CLONE_NEWUSER"
	is "$(ip -o addr)" "$(cat before)" "CLONE_NEWNET: one of clone()'s flags, or unshare()'s"
}

# must: net
@test "NET-3: both sides listen on the same port at once, and each client meets its own server" {
	needs_nc
	eval "$SERVE" 3>&-
	within sh -c "$SERVE; $ASK"
	is "$output" container "CLONE_NEWNET, and IFF_UP for its lo: the server inside can't be reached"
	is "$(eval "$ASK")" host "CLONE_NEWNET: one of clone()'s flags, or unshare()'s"
}

@test "NET-3, NS-7: control: without CLONE_NEWNET the second server finds the port taken" {
	needs_nc
	eval "$SERVE" 3>&-
	control_in_the_outside_network
	try ./control busybox nc -l -p 8080 -e hostname
	has "$output" "bind: Address" "this test: the program without its flag"
}

# must: net
@test "NET-4: /proc/net is the namespace's own" {
	needs_veth
	ip link add one0 type veth peer name one1 # else both sides may have lo alone
	within sh -c "$DEVICES"
	ip link del one0
	is "$output" "$(unshare --net sh -c "$DEVICES")" "CLONE_NEWNET; /proc/net is a link to self/net"
}

# must: net
@test "NET-4: the routes are the namespace's own" {
	ip route add blackhole 198.51.100.0/24
	outside=$(ip route)
	within ip route
	ip route del blackhole 198.51.100.0/24
	has "$outside" 198.51.100.0/24 "this test: the outside's own route"
	is "$output" "" "CLONE_NEWNET: one of clone()'s flags, or unshare()'s"
}

# must: net
@test "NET-4: the firewall's rules are the namespace's own" {
	needs "nft (package nftables) and a kernel with nf_tables" unshare --net nft add table ip test
	nft add table ip outside
	within nft list tables
	is "$output" "" "CLONE_NEWNET: one of clone()'s flags, or unshare()'s"
	within sh -c 'nft add table ip inside; nft list tables'
	is "$output" "table ip inside" "CLONE_NEWNET: one of clone()'s flags, or unshare()'s"
	is "$(nft list tables)" "table ip outside" "CLONE_NEWNET: one of clone()'s flags, or unshare()'s"
	nft delete table ip outside
}

@test "NET-4: /sys/class/net is the outside's, until sysfs is mounted anew" {
	needs "a /sys of which no part is covered, so that sysfs can be mounted" \
		unshare --user --map-root-user --net --mount mount -t sysfs -o ro sysfs /sys
	within ls /sys/class/net
	is "$output" "$(ls /sys/class/net)" "sysfs shows the network namespace in which it was mounted"
	within sh -c 'mount -t sysfs -o ro sysfs /sys && ls /sys/class/net'
	is "$output" "$(unshare --net sh -c "$DEVICES")" "CLONE_NEWNET: one of clone()'s flags, or unshare()'s"

	control_in_the_outside_network
	try ./control mount -t sysfs -o ro sysfs /sys
	has "$output" "permission denied" "this test: sysfs needs a network namespace of one's own"
}

@test "NET-5: ip netns add makes a file that is the namespace; a program joins it by that file" {
	ip netns add name
	is "$(stat -f -c %T /run/netns/name)" nsfs "ip-netns(8)"
	link="net:[$(stat -c %i /run/netns/name)]"
	differs "$link" "$(ns net)" "ip-netns(8)"
	try nsenter --net=/run/netns/name readlink /proc/self/ns/net
	is "$output" "$link" "nsenter(1)"
	try ip netns exec name readlink /proc/self/ns/net
	is "$output" "$link" "ip-netns(8)"
	try nsenter --net=/run/netns/name ip -brief link show lo
	has "$output" DOWN "network_namespaces(7): lo is down at birth"
	ip netns delete name
	is "$(ip netns list)" "" "ip-netns(8)"
}

# must: lo
@test "NET-5: the program's own namespace can be given a name, which outlives it" {
	start sleep 60
	link=$(readlink "/proc/$CHILD/ns/net")
	ip netns attach kept "$CHILD"
	kill -KILL "$CHILD"
	ends "$PARENT"
	try ip netns exec kept readlink /proc/self/ns/net
	is "$output" "$link" "ip-netns(8): the file under /run/netns keeps the namespace"
	try ip netns exec kept ip -brief addr show lo
	has "$output" 127.0.0.1/8 \
		"lo: IFF_UP is missing. The child sets it, after CLONE_NEWNET: by SIOCSIFFLAGS, netlink, or ip link"
	ip netns delete kept
}

@test "NET-6: over veth pairs and a bridge a named namespace and a shell inside ping each other" {
	needs_ping
	needs_veth
	needs "a kernel with bridges" unshare --net ip link add type bridge
	ip -all netns delete # what a failed test has left
	ip netns add switch
	ip -n switch link add br0 type bridge
	ip -n switch link set br0 up
	ip netns add red
	start sh -c 'exec >out 2>&1
		until ip link show net1 >/dev/null 2>&1; do sleep 0.01; done
		ip addr add 10.0.0.2/24 dev net1
		ip link set net1 up
		ping -c 1 10.0.0.1
		touch ready
		sleep 60'
	for end in red net; do
		ip -n switch link add "${end}0" type veth peer name "${end}1"
		ip -n switch link set "${end}0" master br0 up
	done
	ip -n switch link set red1 netns red
	ip -n red addr add 10.0.0.1/24 dev red1
	ip -n red link set red1 up
	ip -n switch link set net1 netns "$CHILD"
	until_true test -e ready
	has "$(cat out)" "64 bytes from 10.0.0.1" "CLONE_NEWNET: net1 was moved to the namespace of the command"
	try ip netns exec red ping -c 1 10.0.0.2
	has "$output" "64 bytes from 10.0.0.2" "CLONE_NEWNET: net1 was moved to the namespace of the command"

	# A veth pair has two ends or none.
	kill -KILL "$CHILD"
	ends "$PARENT"
	gone() { ! ip -n switch link show net0; }
	until_true gone
	ip -all netns delete
}

@test "NET-7: out to the world by forwarding and NAT, and only with both" {
	needs_ping
	needs_veth
	NAT='table ip nat { chain post { type nat hook postrouting priority 100; oifname "world0" masquerade; }; }'
	needs "nft (package nftables) and a kernel with its NAT" unshare --net nft "$NAT"
	ip -all netns delete # what a failed test has left
	ip netns add router
	start sh -c 'exec >out 2>&1
		until ip link show red1 >/dev/null 2>&1; do sleep 0.01; done
		ip addr add 10.0.0.1/24 dev red1
		ip link set red1 up
		ip route add default via 10.0.0.254
		touch ready
		sleep 60'
	ip netns attach red "$CHILD"
	ip netns add world
	for end in red world; do
		ip -n router link add "${end}0" type veth peer name "${end}1"
		ip -n router link set "${end}0" up
		ip -n router link set "${end}1" netns "$end"
	done
	ip -n router addr add 10.0.0.254/24 dev red0
	ip -n router addr add 192.0.2.1/24 dev world0
	ip -n world addr add 192.0.2.2/24 dev world1
	ip -n world link set world1 up
	until_true test -e ready
	has "$(ip -n red route; cat out)" "default via 10.0.0.254" \
		"CLONE_NEWNET: red1 was moved to the namespace of the command"
	# What the world sees, before any filter of its own (rp_filter) drops it.
	world_saw() {
		ip netns exec world nft list ruleset | sed -nE 's/.*(saddr [0-9.]+) counter packets ([0-9]+).*/\1: \2/p'
	}
	ip netns exec world nft 'table ip seen { chain pre { type filter hook prerouting priority 0;
		ip saddr 10.0.0.1 counter; ip saddr 192.0.2.1 counter; }; }'

	# A new namespace starts with the machine's own setting.
	ip netns exec router sh -c 'echo 0 >/proc/sys/net/ipv4/ip_forward'
	try ip netns exec red ping -c 1 -W 1 192.0.2.2
	has "$output" "100% packet loss" "ip_forward in the router"
	is "$(world_saw)" $'saddr 10.0.0.1: 0\nsaddr 192.0.2.1: 0' "ip_forward in the router"

	ip netns exec router sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'
	try ip netns exec red ping -c 1 -W 1 192.0.2.2
	has "$output" "100% packet loss" "this test: without NAT the world has no route for the answer"
	is "$(world_saw)" $'saddr 10.0.0.1: 1\nsaddr 192.0.2.1: 0' "ip_forward in the router"

	ip netns exec router nft "$NAT"
	try ip netns exec red ping -c 1 192.0.2.2
	has "$output" "64 bytes from 192.0.2.2" "nft(8), masquerade"
	is "$(world_saw)" $'saddr 10.0.0.1: 1\nsaddr 192.0.2.1: 1' \
		"nft(8), masquerade: the router's address in the place of the sender's"
	ip -all netns delete
}

@test "each failing call of lo_up() is named, and the command does not run" {
	needs "strace may trace a program" strace -qq -o /dev/null true
	fails_at socket:error=EACCES "set lo up: Permission denied"
	fails_at ioctl:error=EPERM "set lo up: Operation not permitted"
	# The child's fourth: put() closed three files.
	fails_at close:error=ENOSPC:when=4 "set lo up: No space left on device"
}
