#!/usr/bin/env bats
load ../../chapters/helpers

# servers: one in a container and one outside, both on port 8000. Each says who it
# is, and sends back the first line it gets. The container's PID 1 is $INIT.
servers() {
	needs "a user namespace in a user namespace" unshare --user --map-root-user true
	${CC:-cc} -w -o net "$REPO/06-net/net.c"
	./net sleep 60 3>&- &
	until_true pgrep -P $! -x sleep
	INIT=$(pgrep -P $!)
	cat >server.c <<-'END'
		#include <arpa/inet.h>
		#include <netinet/in.h>
		#include <string.h>
		#include <unistd.h>
		int main(int argc, char *argv[])
		{
			struct sockaddr_in address = { AF_INET, htons(8000) };
			int s = socket(AF_INET, SOCK_STREAM, 0), client;
			char words[64];
			if (bind(s, (void *)&address, sizeof(address)) || listen(s, 5))
				return 1;
			while ((client = accept(s, 0, 0)) != -1) {
				int n = read(client, words, 64);
				if (n > 0) {
					write(client, argv[1], strlen(argv[1]));
					write(client, " has got: ", 10);
					write(client, words, n);
				}
				close(client);
			}
		}
	END
	${CC:-cc} -w -o server server.c
	./server outside 3>&- &
	nsenter --net="/proc/$INIT/ns/net" ./server inside 3>&- &
	until_true grep -q ':1F40 00000000:0000 0A' /proc/self/net/tcp
	until_true grep -q ':1F40 00000000:0000 0A' "/proc/$INIT/net/tcp"
}

# visit COMMAND: runs it, for sh, with the connection. What it says on stderr is $output.
visit() {
	inside "/proc/$INIT/ns/net" 8000 sh -c "$1"
	differs "$status" 124 "the program has not ended after ten seconds: what does it wait for, or where does it loop? (If stdin is the connection and stdout is not, the command waits for an answer to words that nobody got.)"
	differs "$status" 139 "139 is 128 + 11, SIGSEGV: the program died. Which pointer is wrong?"
}

@test "the command talks to the server inside, and is in your network namespace" {
	servers
	visit 'echo hello; cat >&2; readlink /proc/self/ns/net >&2'
	lacks "$output" "outside has got" "it was the one outside that answered: a socket belongs to the network namespace that its process was in at the call of socket()"
	has "$output" "inside has got: hello" "stdin and stdout of the command are the connection to the server inside"
	lacks "$output" "$(readlink "/proc/$INIT/ns/net")" "the command runs in there: you have to come back, or never to go yourself. What you open as /proc/self/ns/net after the first setns() is not where you came from"
	is "$output" "inside has got: hello"$'\n'"$(ns net)" "the command's network namespace is its caller's"
}

@test "the other namespaces are the caller's too" {
	servers
	visit 'echo hello; cat >&2; readlink /proc/self/ns/uts /proc/self/ns/user /proc/self/ns/mnt /proc/self/ns/pid >&2'
	is "$output" "inside has got: hello"$'\n'"$(readlink "/proc/$BASHPID/ns/uts" "/proc/$BASHPID/ns/user" "/proc/$BASHPID/ns/mnt" "/proc/$BASHPID/ns/pid")" "only the network namespace is visited"
}

@test "the status is the command's" {
	servers
	visit 'exit 7'
	is "$status" 7 "main(): the status of the command"
}

@test "the command gets no other descriptor of yours" {
	servers
	try sh -c 'ls /proc/self/fd >&2'
	outside=$output
	visit 'ls /proc/self/fd >&2'
	is "$output" "$outside" "open(2), O_CLOEXEC: a descriptor of a namespace would let the command in"
}

@test "what can't be done is an error, and the command does not run" {
	servers
	for file in no/such/file /dev/null; do
		inside "$file" 8000 sh -c 'echo the command ran >&2'
		lacks "$output" "the command ran" "FILE is $file: look at what open() and setns() return"
		differs "$status" 0 "FILE is $file: err(1, \"%s\", file)"
	done
	for type in uts pid; do
		inside "/proc/$BASHPID/ns/$type" 8000 sh -c 'echo the command ran >&2'
		lacks "$output" "the command ran" "FILE is a $type namespace, and no network namespace: setns(2), its second argument"
		differs "$status" 0 "FILE is a $type namespace: err(1, \"%s\", file)"
	done
	inside "/proc/$INIT/ns/net" 8001 sh -c 'echo the command ran >&2'
	lacks "$output" "the command ran" "nobody listens at port 8001: no connection, no command"
	differs "$status" 0 "nobody listens at port 8001: err(1, ...), as dial() does"
}
