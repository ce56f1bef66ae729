#!/usr/bin/env bats
load ../../chapters/helpers

# Builds ./jobs, and makes the outside's queue anew. ./jobs QUEUE TEXT puts a
# message into a queue, ./jobs QUEUE takes one out; QUEUE is a name or a descriptor.
jobs() {
	cat >jobs.c <<-'END'
		#include <err.h>
		#include <fcntl.h>
		#include <mqueue.h>
		#include <stdio.h>
		#include <stdlib.h>
		#include <string.h>
		#include <time.h>
		static char text[65536];
		int main(int argc, char *argv[])
		{
			struct timespec past = { 0, 0 };
			ssize_t length;
			mqd_t queue;
			if (argc == 1) {
				mq_unlink("/jobs");
				queue = mq_open("/jobs", O_RDWR | O_CREAT | O_EXCL, 0600, NULL);
			} else if (argv[1][0] == '/') {
				queue = mq_open(argv[1], O_RDWR);
			} else {
				queue = atoi(argv[1]);
			}
			if (queue == -1)
				err(1, "mq_open");
			if (argc > 2 && mq_timedsend(queue, argv[2], strlen(argv[2]), 0, &past) == -1)
				err(1, "mq_send");
			if (argc != 2)
				return 0;
			length = mq_timedreceive(queue, text, sizeof(text), NULL, &past);
			if (length == -1)
				err(1, "mq_receive");
			printf("%.*s\n", (int)length, text);
		}
	END
	${CC:-cc} -w -o jobs jobs.c -lrt
	needs "the kernel has POSIX message queues" ./jobs
}

@test "the command takes a job from descriptor 3" {
	jobs
	./jobs /jobs "job 1"
	inside ./jobs 3
	alive
	lacks "$output" "No such file" "in which process is mq_open() called, and in whose namespace does it look the name up?"
	lacks "$output" "timed out" "descriptor 3 is an empty queue: O_CREAT made another queue of the same name"
	is "$output" "job 1" "descriptor 3 inside: which descriptor did mq_open() return, does it stay open after exec (dup2(2)), and was it opened for reading too?"
	is "$status" 0 "the program and its command"
}

@test "descriptor 3 is for writing too" {
	jobs
	inside ./jobs 3 result
	differs "$status" 124 "the program has not ended after ten seconds: does it take a job itself? It has only to open the queue"
	is "$output" "" "mq_open(): O_RDWR, for writing too"
	try ./jobs /jobs
	is "$output" result "descriptor 3 inside: is it the outside's queue?"
}

@test "it is the same whether the caller has a descriptor 3 or not" {
	jobs
	for closed in '' '3>&-' '3>&- 4</dev/null' '0<&- 3>&-'; do
		./jobs /jobs "job 2"
		try bash -c "exec \"\$0\" ./jobs 3 $closed" "$PROGRAM"
		is "$output" "job 2" "here the caller has no descriptor 3, so mq_open() returns 3. What does dup2() do when both descriptors are the same? Is close-on-exec off then?"
	done
}

@test "inside, the name /jobs does not lead to the outside's queue" {
	jobs
	./jobs /jobs "job 3"
	inside ./jobs /jobs
	lacks "$output" "job 3" "CLONE_NEWIPC in the flags: the same queue under its name would mean that the namespace is the outside's"
	is "$(./jobs /jobs)" "job 3" "the program takes no job itself"
}

@test "descriptor 3 is the only one that reaches the command" {
	jobs
	inside sh -c 'for fd in /proc/self/fd/*; do readlink $fd; done | grep -c "^/jobs"'
	is "$output" 1 "the descriptor that mq_open() returned: close-on-exec, or close() it"
}

@test "where there is no such queue outside, the command does not run, and none is made" {
	jobs
	./jobs /jobs "the last job"
	mkdir mqueue
	mount -t mqueue none mqueue
	rm mqueue/jobs
	inside echo the command ran
	left=$(ls mqueue)
	umount mqueue
	is "$left" "" "mq_open(): O_CREAT makes a queue where there is none"
	lacks "$output" "the command ran" "mq_open(): if it returned -1, err(1, ...)"
	differs "$status" 0 "mq_open(): if it returned -1, err(1, ...)"
}

@test "the status is the command's" {
	jobs
	inside sh -c 'exit 7'
	is "$status" 7 "main(): return the command's status, as before"
}
