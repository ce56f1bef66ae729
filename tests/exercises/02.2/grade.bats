#!/usr/bin/env bats
load ../../chapters/helpers

# Builds ./queue send TYPE TEXT, which makes the queue 42 where there is none, and
# ./queue receive, which prints the type, the length and the text.
queue() {
	ipcrm --all=msg
	cat >queue.c <<-'END'
		#include <err.h>
		#include <stdio.h>
		#include <stdlib.h>
		#include <string.h>
		#include <sys/msg.h>
		static struct { long type; char text[8192]; } message;
		int main(int argc, char *argv[])
		{
			int queue = msgget(42, argc > 2 ? IPC_CREAT | 0600 : 0), length;
			if (queue == -1)
				err(1, "no queue");
			if (argc > 2) {
				message.type = atol(argv[2]);
				strcpy(message.text, argv[3]);
				strtok(message.text, "@"); /* puts a zero in its place */
				if (msgsnd(queue, &message, strlen(argv[3]), IPC_NOWAIT) == -1)
					err(1, "msgsnd");
				return 0;
			}
			length = (int)msgrcv(queue, &message, sizeof(message.text), 0, IPC_NOWAIT);
			if (length == -1)
				errx(1, "no message");
			printf("%ld %d %.*s\n", message.type, length, length, message.text);
		}
	END
	${CC:-cc} -w -o queue queue.c
}

# waiting: how many messages there are in the outside's queue.
waiting() {
	ipcs -q | awk '$1 == "0x0000002a" { print $6 }'
}

@test "the message is in the inside's queue, and no longer in the outside's" {
	queue
	./queue send 1 hello
	inside ./queue send 1 more
	alive
	if [ "$status" != 0 ]; then
		hint "status 0" "status $status: $output" "'Invalid argument' from msgrcv() means that there is no such ID. 'No message' means that the ID is another queue's. You found an ID in one namespace: in which namespace do you use it? If msgsnd() fails: does the child have the message and its length by then? It has a copy of the memory as it was at clone()"
	fi
	differs "$(waiting)" "" "the outside's queue itself stays: it is not yours to remove"
	is "$(waiting)" 0 "the message is to be moved, not copied. If a message from inside is here, the two queues are one: CLONE_NEWIPC"

	./queue send 1 hello
	inside ./queue receive
	is "$output" "1 5 hello" "msgsnd(): does it use the inside's queue, and does it send what msgrcv() got? msgrcv() returns how long the text is"
}

@test "it is the oldest one, and only that one" {
	queue
	./queue send 3 first
	./queue send 2 second
	inside ./queue receive
	is "$output" "3 5 first" "msgrcv(2), called once: which message does its fourth argument ask for? And the type goes with the message"
	try ./queue receive
	is "$output" "2 6 second" "call msgrcv() once"
}

@test "it has the length that it had, be it 0 or 8192" {
	queue
	./queue send 1 ''
	inside ./queue receive
	is "$output" "1 0 " "msgrcv() returns how long the text is. 0 is no error: msgsnd() has to send 0 bytes then"
	./queue send 1 'a@b'
	inside ./queue receive
	is "$output" "1 3 a" "a message is no string, so a zero byte does not end it. msgrcv() returns how long it is"
	text=$(printf 'x%.0s' {1..8192})
	./queue send 1 "$text"
	inside ./queue receive
	is "${output:0:10}, ${#output} characters" "1 8192 xxx, 8199 characters" "the length of the text: nothing is cut off"
}

@test "where no message waits outside, the command does not run" {
	for outside in "no queue" "an empty queue"; do
		queue
		if [ "$outside" = "an empty queue" ]; then
			./queue send 1 hello
			./queue receive >/dev/null
		fi
		try timeout 3 "$PROGRAM" echo the command ran
		differs "$status" 124 "$outside: msgrcv() waits for a message, unless IPC_NOWAIT says otherwise"
		lacks "$output" "the command ran" "$outside: the error ends the program, and the child must not run on"
		differs "$status" 0 "$outside: err(1, ...)"
	done
}

@test "the status is the command's" {
	queue
	./queue send 1 hello
	inside sh -c 'exit 7'
	is "$status" 7 "main(): return the command's status, as before"
}
