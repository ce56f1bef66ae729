/*
 * rounds.c: runs each command (an argument, its words apart by spaces) so often,
 * in turn. Prints a line for each: number, median in microseconds, median of the
 * ratios to the first, peak resident size in KiB, lower quartile.
 */
#define _GNU_SOURCE
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int compare(const void *a, const void *b)
{
	return (*(const double *)a > *(const double *)b) -
		(*(const double *)a < *(const double *)b);
}

static double run(char *words[], long *peak)
{
	struct timespec start, end;
	struct rusage usage;
	int status;
	pid_t pid;

	clock_gettime(CLOCK_MONOTONIC, &start);
	if (words[0] == NULL ||
	    posix_spawnp(&pid, words[0], NULL, NULL, words, environ) != 0)
		exit(1);
	wait4(pid, &status, 0, &usage);
	clock_gettime(CLOCK_MONOTONIC, &end);
	if (status != 0) {
		fprintf(stderr, "%s: status %d\n", words[0], status);
		exit(1);
	}
	if (usage.ru_maxrss > *peak)
		*peak = usage.ru_maxrss;
	return (double)(end.tv_sec - start.tv_sec) * 1e6 +
		(double)(end.tv_nsec - start.tv_nsec) / 1e3;
}

int main(int argc, char *argv[])
{
	static char *words[16][64];
	static double took[16][10000], ratios[10000];
	const int rounds = atoi(argv[1]), count = argc - 2;
	long peak[16] = { 0 };

	for (int i = 0; i < count; i++)
		for (int j = 0; (words[i][j] = strtok(j ? NULL : argv[i + 2],
						      " ")) != NULL;
		     j++)
			;
	for (int round = -3; round < rounds; round++) /* three to warm up */
		for (int i = 0; i < count; i++)
			took[i][round < 0 ? 0 : round] =
				run(words[i], &peak[i]);
	for (int i = count - 1; i >= 0; i--) {
		for (int round = 0; round < rounds; round++)
			ratios[round] = took[i][round] / took[0][round];
		qsort(ratios, (size_t)rounds, sizeof(double), compare);
		qsort(took[i], (size_t)rounds, sizeof(double), compare);
		printf("%d %.0f %.3f %ld %.0f\n", i, took[i][rounds / 2],
		       ratios[rounds / 2], peak[i], took[i][rounds / 4]);
	}
	return 0;
}
