/* launcher: all of it together, a container from its options to its end. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <ftw.h>
#include <grp.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080 /* the kernel's value, for an older libc */
#endif

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char usage[] =
	"Usage: launcher [-aCimnptuUdvh] [-M uid_map] [-G gid_map]\n"
	"                [-H hostname] [-N netns] [-r rootfs] [-c parent]\n"
	"                [-l file=value]... [--] [command [arg...]]\n"
	"Runs a command, or $SHELL, in a container. New namespaces:\n"
	"  -C cgroup  -i IPC  -m mount  -n network  -p PID  -t time\n"
	"  -u UTS  -U user  -a all eight\n"
	"  -M, -G map     IDs: inside outside count[,...] (needs -U)\n"
	"  -H hostname    the host name (needs -u)\n"
	"  -N netns       instead of -n: /run/netns/NETNS, or a path\n"
	"  -r rootfs      the root; /proc, /sys, /dev in it (needs -m)\n"
	"  -l file=value  a limit, as memory.max=100M, in a cgroup (needs -p)\n"
	"  -c parent      where that cgroup is made (/sys/fs/cgroup)\n"
	"  -d             no capabilities, /proc read-only (needs -m and -p)\n"
	"  -v, -h         tell each step; print this\n";

/* Without CLONE_NEWCGROUP: child() asks for it, once it is in its cgroup. */
static const struct type {
	int flag, letter; /* the option's */
	const char *name;
} types[] = {
	{ CLONE_NEWIPC, 'i', "CLONE_NEWIPC" },
	{ CLONE_NEWNET, 'n', "CLONE_NEWNET" },
	{ CLONE_NEWNS, 'm', "CLONE_NEWNS" },
	{ CLONE_NEWPID, 'p', "CLONE_NEWPID" },
	{ CLONE_NEWTIME, 't', "CLONE_NEWTIME" },
	{ CLONE_NEWUSER, 'U', "CLONE_NEWUSER" },
	{ CLONE_NEWUTS, 'u', "CLONE_NEWUTS" },
};

/* For file systems that need no programs and no devices. */
enum { PLAIN = MS_NOSUID | MS_NODEV | MS_NOEXEC };

/* For each option its argument, or "" if it has none; NULL if not given. */
static char *options[128];
static int flags; /* the new namespaces, as clone() wants them */
static unsigned int uid, gid; /* who the command is to be: -M, -G */

/* What -l asks for, and the cgroup in which it is set: NULL if there is none. */
static char *limits[16], *cgroup;
static size_t limit_count;

static pid_t pid; /* the child's, while there is one */

/* The caller's settings, for the command; and the signals that we hold. */
static void (*caller_sigchld)(int);
static sigset_t caller_mask, held;

/* The pipe at which the child waits: a byte means go, end of file abort. */
static int gate[2];

/* The child's stack. It grows down, so clone() is given its upper end. */
static char stack[1024 * 1024] __attribute__((aligned(16)));

/* Ends with 1 if a step's result is -1; else, with -v, tells of the step. */
static void step(long result, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	if (result == -1)
		verr(1, format, args);
	if (options['v'])
		vwarnx(format, args);
	va_end(args);
}

/* As printf(), into a new text. We never free one: there are few of them. */
static char *text(const char *format, ...)
{
	va_list args;
	char *line;

	va_start(args, format);
	if (vasprintf(&line, format, args) == -1)
		err(1, "vasprintf");
	va_end(args);
	return line;
}

/* Writes a text into a file, in a single write(). Ends with 1 on error. */
static void put(const char *what, const char *folder, const char *name)
{
	const char *file = text("%s/%s", folder, name);
	int fd = open(file, O_WRONLY | O_CLOEXEC);

	step(fd == -1 ? -1 : write(fd, what, strlen(what)),
	     "write \"%s\" to %s", what, file);
	close(fd);
}

/* Ends with 2 if an option is wrong, and says why. */
static void check(bool right, const char *why)
{
	if (!right)
		errx(2, "%s\n%s", why, usage);
}

/* Makes -M or -G the kernel's map, a range a line. Returns its first ID. */
static unsigned int read_map(char *map)
{
	for (char *c = map; c && *c; c++)
		if (*c == ',')
			*c = '\n';
	return map ? (unsigned int)strtoul(map, NULL, 10) : 0;
}

/* Reads the options. Returns the command. Ends with 2 where they are wrong. */
static char **read_options(int argc, char *argv[])
{
	int c;

	check(argc > 1, "no option and no command");
	/* "+": the options end where the command stands. */
	while ((c = getopt(argc, argv, "+aCimnptuUdvhM:G:H:N:r:c:l:")) != -1)
		if (c == 'l' && limit_count < COUNT(limits))
			limits[limit_count++] = optarg;
		else
			options[c] = optarg ? optarg : "";
	check(!options['?'], "there is no such option, or it needs more");
	if (options['h']) {
		step(fputs(usage, stdout) < 0 ? -1 : fflush(stdout), "usage");
		exit(0);
	}
	for (size_t i = 0; i < COUNT(types); i++)
		if (options['a'] || options[types[i].letter])
			flags |= types[i].flag;
	uid = read_map(options['M']);
	gid = read_map(options['G']);
	if (options['N'])
		flags &= ~CLONE_NEWNET;
	return argv + optind;
}

/* Ends with 2 where an option lacks another, without which it would do harm. */
static void check_options(void)
{
	check(flags & CLONE_NEWUSER || !(options['M'] || options['G']),
	      "-M and -G need -U");
	check(!options['H'] || (flags & CLONE_NEWUTS && *options['H']),
	      "-H needs a name, and -u, or it would rename the host");
	check(flags & CLONE_NEWNS || !options['r'],
	      "-r needs -m, or it would mount on the host");
	check((flags & CLONE_NEWNS && flags & CLONE_NEWPID) || !options['d'],
	      "-d needs -m and -p, for a /proc of its own");
	/* The end of PID 1 ends all others, so the cgroup is empty then. */
	check(flags & CLONE_NEWPID || limit_count == 0, "-l needs -p");
	check(limit_count > 0 || !options['c'], "-c needs -l");
	check(!options['l'], "-l: these are too many"); /* found no room */
	/* FNM_PATHNAME: no slash, since it would lead to another cgroup. */
	for (size_t i = 0; i < limit_count; i++)
		check(!fnmatch("[a-z]*.*=?*", limits[i], FNM_PATHNAME) &&
			      fnmatch("cgroup.*", limits[i], 0),
		      "-l: a limit is \"controller.file=value\"");
}

/* Keeps signals for wait_for_end(), so that none ends us before clean_up(). */
static void hold_signals(void)
{
	sigfillset(&held);
	/* Ctrl-Z still stops us, as it does a command that is not PID 1. */
	sigdelset(&held, SIGTSTP);
	sigdelset(&held, SIGTTIN);
	sigdelset(&held, SIGTTOU);
	step(sigprocmask(SIG_BLOCK, &held, &caller_mask), "sigprocmask");
	/* If SIGCHLD is ignored, the status is lost: wait(2). */
	caller_sigchld = signal(SIGCHLD, SIG_DFL);
}

/* Joins a network namespace. Ends with 1 if it is none, or not ours to join. */
static void join_netns(const char *net)
{
	const char *file = strchr(net, '/') ? net : text("/run/netns/%s", net);
	/* O_NONBLOCK: a FIFO would wait for somebody who writes into it. */
	int fd = open(file, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	step(fd, "open %s", file);
	step(setns(fd, CLONE_NEWNET), "setns(CLONE_NEWNET) to %s", net);
}

/* Makes a cgroup, a folder, with the limits in its files. Ends with 1 on error. */
static void make_cgroup(void)
{
	const char *parent = options['c'] ? options['c'] : "/sys/fs/cgroup";
	char *name = text("%s/container-XXXXXX", parent);

	/* Not our PID: in another PID namespace a launcher may have the same. */
	if (mkdtemp(name) == NULL)
		err(1, "mkdir %s/container-XXXXXX", parent);
	cgroup = name; /* from now on there is one to remove */
	step(chmod(cgroup, 0755), "mkdir %s", cgroup);
	for (size_t i = 0; i < limit_count; i++) {
		char *value = text("%s", limits[i]);
		char *file = strsep(&value, "=");

		/* cgroup v2: for "memory.max" the parent has to share memory. */
		if (!access(text("%s/cgroup.subtree_control", parent), F_OK))
			put(text("+%.*s", (int)strcspn(file, "."), file),
			    parent, "cgroup.subtree_control");
		put(value, cgroup, file);
	}
}

/* Has the kernel kill us when the parent ends. Ends with 1 if it has already. */
static void die_with_parent(void)
{
	struct pollfd parent = { .fd = gate[0] };

	step(prctl(PR_SET_PDEATHSIG, SIGKILL), "prctl(PR_SET_PDEATHSIG)");
	step(poll(&parent, 1, 0), "poll: is the parent there?");
	if (parent.revents & POLLHUP) /* nobody holds the pipe's other end */
		_exit(1);
}

/* Waits for the parent to do what only it can. Ends with 1 if it does not. */
static void wait_at_gate(void)
{
	char byte;

	close(gate[1]); /* or we would wait for ourselves */
	die_with_parent();
	if (read(gate[0], &byte, 1) != 1)
		errx(1, "read from the parent: abort");
	step(0, "read from the parent: go");
}

/* As mount(). Returns false where there is no target; ends with 1 on error. */
static bool mounted(const char *source, const char *target, const char *type,
		    unsigned long how, const char *data)
{
	struct stat place = { 0 };

	if (lstat(target, &place) == -1 && errno == ENOENT) {
		step(0, "no %s to mount on", target);
		return false;
	}
	/* A link in a root that others made could lead out of it. */
	if (S_ISLNK(place.st_mode))
		errx(1, "%s: a link, not a place to mount on", target);
	step(mount(source, target, type, how, data), "mount %s on %s",
	     type ? type : source, target);
	return true;
}

/* Binds -r onto itself and goes there: pivot_root() takes only a mount. */
static void enter_root(void)
{
	/* A full path: "." would still be the folder beneath the mount. */
	const char *root = realpath(options['r'], NULL);

	if (root == NULL)
		err(1, "%s", options['r']);
	mounted(root, root, NULL, MS_BIND | MS_REC, NULL);
	step(chdir(root), "chdir %s", root);
}

/* Becomes the user of -M and -G. Ends with 1 on error. */
static void become_user(void)
{
	int fd = open("/proc/self/setgroups", O_RDONLY | O_CLOEXEC);
	char rule[5] = "";

	/* Root's own groups are not for the container. Others can't drop them. */
	step(fd == -1 ? -1 : read(fd, rule, 4), "read /proc/self/setgroups");
	if (strcmp(rule, "deny") != 0)
		step(setgroups(0, NULL), "setgroups: none");
	step(setresgid(gid, gid, gid), "setresgid(%u)", gid);
	step(setresuid(uid, uid, uid), "setresuid(%u)", uid);
	die_with_parent(); /* a change of user clears it */
}

/* Sets lo up: a new network namespace has it down. Ends with 1 on error. */
static void lo_up(void)
{
	struct ifreq ifr = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	step(fd, "socket(AF_INET)");
	step(ioctl(fd, SIOCSIFFLAGS, &ifr), "ioctl(SIOCSIFFLAGS): set lo up");
	close(fd);
}

/* Fills /dev with bind mounts: only the host's root may make a device. */
static void make_dev(void)
{
	static const char *const nodes[] = { "null",   "zero",    "full",
					     "random", "urandom", "tty" };

	for (size_t i = 0; i < COUNT(nodes); i++) {
		const char *device = text("/dev/%s", nodes[i]);

		step(mknod(device + 1, S_IFREG, 0), /* + 1: without the slash */
		     "mknod %s: an empty file, to mount on", device + 1);
		step(mount(device, device + 1, NULL, MS_BIND, NULL),
		     "bind-mount %s", device);
	}
	step(symlink("/proc/self/fd", "dev/fd"), "symlink dev/fd");
	step(symlink("/proc/self/fd/0", "dev/stdin"), "symlink dev/stdin");
	step(symlink("/proc/self/fd/1", "dev/stdout"), "symlink dev/stdout");
	step(symlink("/proc/self/fd/2", "dev/stderr"), "symlink dev/stderr");
	step(symlink("pts/ptmx", "dev/ptmx"), "symlink dev/ptmx");
	step(mkdir("dev/pts", 0755), "mkdir dev/pts");
	mounted("devpts", "dev/pts", "devpts", MS_NOSUID | MS_NOEXEC,
		"newinstance,ptmxmode=0666,mode=0620");
}

/* Makes the current folder the root, with what programs look for in it. */
static void change_root(void)
{
	/* With -U a new /proc needs -p, and a new /sys needs -n. */
	if (flags & CLONE_NEWPID || !(flags & CLONE_NEWUSER))
		mounted("proc", "proc", "proc", PLAIN, NULL);
	else
		mounted("/proc", "proc", NULL, MS_BIND | MS_REC, NULL);
	if (flags & CLONE_NEWNET || !(flags & CLONE_NEWUSER))
		mounted("sysfs", "sys", "sysfs", PLAIN | MS_RDONLY, NULL);
	if (mounted("tmpfs", "dev", "tmpfs", MS_NOSUID, "mode=755"))
		make_dev();
	/* The old root now lies on the new one, until it is taken off. */
	step(syscall(SYS_pivot_root, ".", "."), "pivot_root");
	step(umount2(".", MNT_DETACH), "umount2(MNT_DETACH) the old root");
}

/* Gives up all capabilities, for good. Ends with 1 on error. */
static void drop_capabilities(void)
{
	uint32_t header[] = { 0x20080522, 0 }, none[6] = { 0 }; /* capset(2) */
	int last = 0;

	while (prctl(PR_CAPBSET_DROP, last, 0, 0, 0) == 0)
		last++;
	step(errno == EINVAL ? 0 : -1, "prctl(PR_CAPBSET_DROP) %d", last);
	step(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl(NO_NEW_PRIVS)");
	step(syscall(SYS_capset, header, none), "capset: none");
}

/* Becomes the command, or a shell. Does not return. */
static void run(char *argv[])
{
	char *shell[] = { getenv("SHELL"), NULL };

	if (argv[0] == NULL) {
		argv = shell;
		if (!shell[0] || (options['r'] && access(shell[0], X_OK) == -1))
			shell[0] = "/bin/sh";
	}
	step(0, "execvp %s", argv[0]);
	signal(SIGCHLD, caller_sigchld);
	step(sigprocmask(SIG_SETMASK, &caller_mask, NULL), "sigprocmask");
	execvp(argv[0], argv);
	err(errno == ENOENT ? 127 : 126, "%s", argv[0]);
}

/* Makes the container from inside, and becomes the command. */
static int child(void *argv)
{
	const char *name = options['H'] ? options['H'] : "container";

	cgroup = NULL; /* the parent's to remove, should we end in clean_up() */
	wait_at_gate();
	/* Its root is the cgroup that we are in: by now it is the new one. */
	if (options['C'] || options['a'])
		step(unshare(CLONE_NEWCGROUP), "unshare(CLONE_NEWCGROUP)");
	/* A shared mount would pass ours on to the host: mount_namespaces(7). */
	if (flags & CLONE_NEWNS)
		step(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL),
		     "make / private");
	if (options['r']) /* now: the user of -M may not get there */
		enter_root();
	if (options['M'] || options['G'])
		become_user();
	if (flags & CLONE_NEWUTS)
		step(sethostname(name, strlen(name)), "sethostname %s", name);
	if (flags & CLONE_NEWNET)
		lo_up();
	if (options['r'])
		change_root();
	else if (flags & CLONE_NEWNS && flags & CLONE_NEWPID)
		mounted("proc", "/proc", "proc", PLAIN, NULL);
	if (options['d']) {
		/* User 0 may write some of /proc without any capability. */
		mounted("/proc", "/proc", NULL,
			MS_REMOUNT | MS_BIND | MS_RDONLY | PLAIN, NULL);
		drop_capabilities();
	}
	run(argv);
	return 1;
}

/* Makes the child, in its namespaces. Ends with 1 on error. */
static void start_child(char *argv[])
{
	const uint64_t args[8] = { (unsigned int)flags, 0, 0, 0, SIGCHLD };

	for (size_t i = 0; i < COUNT(types); i++)
		if (flags & types[i].flag)
			step(0, "clone with %s", types[i].name);
	/* To clone() this flag would be a part of the exit signal, args[4]. */
	if (flags & CLONE_NEWTIME)
		pid = (pid_t)syscall(SYS_clone3, args, sizeof(args));
	else
		pid = clone(child, stack + sizeof(stack), flags | SIGCHLD,
			    argv);
	if (pid == 0) /* clone3() returns there, as fork() does */
		child(argv);
	step(pid, flags & CLONE_NEWTIME ? "clone3" : "clone");
	step(0, "the child is %d", pid);
}

/* Maps the users of the child's user namespace. Ends with 1 on error. */
static void write_maps(void)
{
	const char *folder = text("/proc/%d", pid);

	/* Without "deny" an ordinary user may not write gid_map. */
	if (geteuid() != 0)
		put("deny", folder, "setgroups");
	put(options['G'] ? options['G'] : text("0 %u 1", getegid()), folder,
	    "gid_map");
	put(options['M'] ? options['M'] : text("0 %u 1", geteuid()), folder,
	    "uid_map");
}

/* Waits until the child ends, and passes signals on. Returns its status. */
static int wait_for_end(void)
{
	int asked = 0, status = 0;
	siginfo_t info;
	pid_t ended;

	while ((ended = waitpid(pid, &status, WNOHANG)) == 0) {
		int signal = sigwaitinfo(&held, &info);

		if (signal == -1 && errno != EINTR)
			err(1, "sigwaitinfo");
		/* The terminal has sent it to the command, too. SIGPIPE is our own. */
		if (signal == -1 || info.si_code > 0 || signal == SIGPIPE)
			continue;
		/* PID 1 ignores a SIGTERM that it does not handle. */
		if (signal == SIGTERM && asked++ > 0)
			signal = SIGKILL;
		step(kill(pid, signal), "kill(%d, %d)", pid, signal);
	}
	step(ended, "waitpid");
	pid = 0;
	status = WIFSIGNALED(status) ? 128 + WTERMSIG(status)
				     : WEXITSTATUS(status);
	step(0, "the child ended with %d", status);
	return status;
}

/* Tells whether a limit on memory has killed: v2 and v1 differ in the files. */
static void report_oom(const char *limit)
{
	bool v2 = fnmatch("memory.max=*", limit, 0) == 0;
	bool v1 = fnmatch("memory.limit_in_bytes=*", limit, 0) == 0;
	const char *name = v2 ? "memory.events" : "memory.oom_control";
	FILE *events = v1 || v2 ? fopen(text("%s/%s", cgroup, name), "re") : 0;
	char line[64];

	while (events && fgets(line, sizeof(line), events))
		if (strncmp(line, "oom_kill ", 9) == 0 && atoi(line + 9) > 0)
			warnx("out of memory: killed at %s", limit);
	if (events)
		fclose(events);
}

/* For nftw(): removes a cgroup. The kernel removes the files in it. */
static int remove_folder(const char *name, const struct stat *unused, int type,
			 struct FTW *unused_too)
{
	(void)unused;
	(void)unused_too;
	return type == FTW_F ? 0 : rmdir(name);
}

/* Removes what is left, whatever ends us: atexit() calls it after err(), too. */
static void clean_up(void)
{
	if (pid > 0) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	if (cgroup == NULL)
		return;
	/* A killed process stays in its cgroup until it has ended. */
	for (int i = 0; nftw(cgroup, remove_folder, 8, FTW_DEPTH) == -1; i++) {
		if (i == 2000) {
			warn("rmdir %s", cgroup);
			_exit(1);
		}
		usleep(1000);
	}
	step(0, "rmdir %s", cgroup);
}

/* Makes a container from outside, waits for its end, and removes it. */
int main(int argc, char *argv[])
{
	static char line[256];
	int status;

	setvbuf(stderr, line, _IOLBF, sizeof(line)); /* one write() a line */
	argv = read_options(argc, argv);
	check_options();
	hold_signals();
	step(atexit(clean_up) == 0 ? 0 : -1, "atexit");
	step(syscall(__NR_close_range, 3, ~0U, 0), "close_range");
	/* Not as 0, 1 or 2: a message written to 2 would open the gate. */
	do
		step(pipe2(gate, O_CLOEXEC), "pipe2");
	while (gate[0] < 3);
	if (options['N'])
		join_netns(options['N']);
	if (limit_count > 0)
		make_cgroup();
	start_child(argv);
	if (flags & CLONE_NEWUSER)
		write_maps();
	if (limit_count > 0)
		put(text("%d", pid), cgroup, "cgroup.procs");
	step(write(gate[1], "", 1), "write to the child: go");
	status = wait_for_end();
	for (size_t i = 0; i < limit_count; i++)
		report_oom(limits[i]);
	return status;
}
