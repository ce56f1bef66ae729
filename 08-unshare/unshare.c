/* unshare: run a command in new namespaces, without a new process. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* The newest flag: a libc may be older. The value is the kernel's. */
#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

static const char usage[] =
	"Usage: unshare [-CimnptuUvh] [-T seconds] [command [arg...]]\n"
	"Runs a command, or $SHELL, in new namespaces:\n"
	"  -C  cgroup      -n  network            -u  UTS\n"
	"  -i  IPC         -p  PID (forks)        -U  user\n"
	"  -m  mount       -t  time (forks)\n"
	"  -T seconds      a time namespace with its clocks so far ahead\n"
	"  -v              print the PID, on stderr, before the command runs\n"
	"  -h              print this\n";

/* Writes text into the file path, in a single write(). Ends with 1 on error. */
static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd == -1 || write(fd, text, strlen(text)) == -1 || close(fd) == -1)
		err(1, "%s", path);
}

/* Leaves namespaces, and becomes the command or, for -p and -t, its parent. */
int main(int argc, char *argv[])
{
	char *shell[] = { getenv("SHELL"), NULL };
	char offsets[96] = "", *end;
	int flags = 0, forks, opt, status, verbose = 0;
	long long seconds;
	pid_t pid;

	/* "+": the options end where the command stands. */
	while ((opt = getopt(argc, argv, "+CimnptuUvhT:")) != -1) {
		switch (opt) {
		case 'C':
			flags |= CLONE_NEWCGROUP;
			break;
		case 'i':
			flags |= CLONE_NEWIPC;
			break;
		case 'm':
			flags |= CLONE_NEWNS;
			break;
		case 'n':
			flags |= CLONE_NEWNET;
			break;
		case 'p':
			flags |= CLONE_NEWPID;
			break;
		case 't':
			flags |= CLONE_NEWTIME;
			break;
		case 'u':
			flags |= CLONE_NEWUTS;
			break;
		case 'U':
			flags |= CLONE_NEWUSER;
			break;
		case 'v':
			verbose = 1;
			break;
		case 'T':
			errno = 0;
			seconds = strtoll(optarg, &end, 10);
			if (errno != 0 || end == optarg || *end != '\0')
				errx(2, "-T %s: not seconds\n%s", optarg,
				     usage);
			flags |= CLONE_NEWTIME;
			snprintf(offsets, sizeof(offsets),
				 "monotonic %lld 0\nboottime %lld 0\n", seconds,
				 seconds);
			break;
		default:
			fputs(usage, opt == 'h' ? stdout : stderr);
			return opt == 'h' ? 0 : 2;
		}
	}
	if (argc == 1) {
		fputs(usage, stderr);
		return 2;
	}
	if (shell[0] == NULL)
		shell[0] = "/bin/sh";
	argv = optind < argc ? argv + optind : shell;

	if (verbose)
		warnx("PID %d", getpid());
	/* One call: the user namespace, made first, gives the right to the rest. */
	if (unshare(flags) == -1)
		err(1, "unshare");
	/* A shared mount would pass ours on to the host: mount_namespaces(7). */
	if (flags & CLONE_NEWNS &&
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == -1)
		err(1, "make / private");
	/* Only before the first process is in there: time_namespaces(7). */
	if (offsets[0] != '\0')
		put("/proc/self/timens_offsets", offsets);
	signal(SIGCHLD, SIG_DFL); /* or the status may be lost: wait(2) */
	/* These two are for children only; this process stays where it is. */
	forks = flags & (CLONE_NEWPID | CLONE_NEWTIME);
	pid = forks ? fork() : 0;
	if (pid == -1)
		err(1, "fork");
	if (pid != 0) {
		/* Ctrl-C and Ctrl-\ are for the command, as in system(3). */
		signal(SIGINT, SIG_IGN);
		signal(SIGQUIT, SIG_IGN);
		if (waitpid(pid, &status, 0) == -1)
			err(1, "waitpid");
		return WIFSIGNALED(status) ? 128 + WTERMSIG(status)
					   : WEXITSTATUS(status);
	}
	if (forks && prctl(PR_SET_PDEATHSIG, SIGKILL) == -1)
		err(1, "prctl: PR_SET_PDEATHSIG");
	execvp(argv[0], argv);
	err(errno == ENOENT ? 127 : 126, "%s", argv[0]);
}
