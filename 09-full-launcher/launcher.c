/* launcher: all of it together, a container from its options to its end. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <glob.h>
#include <grp.h>
#include <limits.h>
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
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* A libc may be older than these two. The values are the kernel's. */
#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif
#ifndef SYS_close_range
#define SYS_close_range 436
#endif

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char usage[] =
	"Usage: launcher [-aCimnptuUdvh] [-M uid_map] [-G gid_map]\n"
	"                [-H hostname] [-N netns] [-r rootfs]\n"
	"                [-l file=value]... [--] [command [arg...]]\n"
	"Runs a command, or $SHELL, in a container. New namespaces:\n"
	"  -C cgroup  -i IPC  -m mount  -n network  -p PID  -t time\n"
	"  -u UTS  -U user  -a all eight\n"
	"What is in them:\n"
	"  -M, -G map     IDs: inside outer count[,...] (needs -U)\n"
	"  -H hostname    the host name (needs -u)\n"
	"  -N netns       instead of -n: /run/netns/NETNS, or a path\n"
	"  -r rootfs      the root; /proc, /sys, /dev in it (needs -m)\n"
	"  -l file=value  a limit, as in memory.max=100M, in a new cgroup\n"
	"  -d             no capabilities, /proc/sys read-only (makes -m)\n"
	"  -v, -h         tell each step; print this\n";

static const struct type {
	int flag;
	unsigned char letter; /* the option */
	const char *name;
} types[] = {
	{ CLONE_NEWCGROUP, 'C', "CLONE_NEWCGROUP" },
	{ CLONE_NEWIPC, 'i', "CLONE_NEWIPC" },
	{ CLONE_NEWNET, 'n', "CLONE_NEWNET" },
	{ CLONE_NEWNS, 'm', "CLONE_NEWNS" },
	{ CLONE_NEWPID, 'p', "CLONE_NEWPID" },
	{ CLONE_NEWTIME, 't', "CLONE_NEWTIME" },
	{ CLONE_NEWUSER, 'U', "CLONE_NEWUSER" },
	{ CLONE_NEWUTS, 'u', "CLONE_NEWUTS" },
};

/* For mounts of files that are not programs, nor devices. */
enum { PLAIN = MS_NOSUID | MS_NODEV | MS_NOEXEC };

/* The options: the argument, or "" where there is none; NULL if not given. */
static char *options[128];
static int flags, flags_later; /* for clone(); for unshare(), in the cgroup */
static unsigned int uid, gid; /* who the command is to be: -M, -G */

/* What -l asks for, and the cgroup for it, which may be another limit's, too. */
static struct limit {
	char controller[64], *file, *value, cgroup[PATH_MAX];
	const char *top; /* the file system that the cgroup is in */
} limits[16];
static size_t limit_count;

static pid_t child_pid;

/* What the command is to get back from us. */
static sigset_t caller_mask, held;
static struct sigaction caller_sigchld;

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

/* As printf(), into a path that is good until the next call. */
static const char *path(const char *format, ...)
{
	static char text[PATH_MAX];
	va_list args;

	va_start(args, format);
	if (vsnprintf(text, sizeof(text), format, args) >= PATH_MAX)
		errx(1, "%.60s...: the path is too long", text);
	va_end(args);
	return text;
}

/* Writes text into a file, in a single write(). Returns -1 on error. */
static long write_file(const char *file, const char *text)
{
	int fd = open(file, O_WRONLY | O_CLOEXEC);
	long result = fd == -1 ? -1 : write(fd, text, strlen(text));

	if (fd != -1)
		close(fd);
	return result;
}

/* The same, for a file in a folder. Ends with 1 on error. */
static void put(const char *text, const char *folder, const char *name)
{
	const char *file = path("%s/%s", folder, name);

	step(write_file(file, text), "write \"%s\" to %s", text, file);
}

/* Ends with 2 if an option is wrong, and says why. */
static void check(bool right, const char *why)
{
	if (!right)
		errx(2, "%s\n%s", why, usage);
}

/*
 * Makes -M or -G the kernel's map, a range a line. Finds 0 in it, or the first.
 * Ends with 2 if it is none.
 */
static void read_map(char *map, unsigned int *id)
{
	static const char wrong[] =
		"a map is \"inside outer count[,inside outer count...]\"";
	char *end;

	check(map[strspn(map, "0123456789 ,")] == '\0', wrong);
	for (int i = 0;; i++) {
		unsigned long long number = strtoull(map, &end, 10);

		/* The kernel would take 4294967296 for 0. */
		check(end != map && number <= UINT_MAX, wrong);
		if (i == 0 || (i % 3 == 0 && number == 0))
			*id = (unsigned int)number;
		map = end + strspn(end, " ");
		if (i % 3 < 2)
			continue;
		if (*map == '\0')
			return;
		check(*map == ',', wrong);
		*map++ = '\n';
	}
}

/* Takes -l. Ends with 2 if it is wrong. */
static void read_limit(char *text)
{
	struct limit *limit = &limits[limit_count++];

	check(limit_count <= COUNT(limits), "-l: too many limits");
	snprintf(limit->controller, sizeof(limit->controller), "+%.*s",
		 (int)strcspn(text, ".=/"), text);
	limit->file = strsep(&text, "=");
	limit->value = text;
	check(text && *text &&
		      !fnmatch("?*.*", limit->file, FNM_PATHNAME | FNM_PERIOD),
	      "-l: a limit is \"controller.file=value\"");
	check(strcmp(limit->controller, "+cgroup") != 0,
	      "-l: a cgroup's own files, as cgroup.procs, are no limits");
}

/* Reads the options. Returns the command. Ends with 2 where they are wrong. */
static char **read_options(int argc, char *argv[])
{
	int option;

	check(argc > 1, "no option and no command");
	/* "+": the options end where the command stands. */
	while ((option = getopt(argc, argv, "+aCimnptuUdvhM:G:H:N:r:l:")) != -1)
		if (option == 'l' && optarg)
			read_limit(optarg);
		else
			options[option] = optarg ? optarg : "";
	check(!options['?'], "there is no such option, or it needs more");
	if (options['h']) {
		fputs(usage, stdout);
		exit(0);
	}
	for (size_t i = 0; i < COUNT(types); i++)
		if (options['a'] || options[types[i].letter])
			flags |= types[i].flag;
	check(flags & CLONE_NEWUSER || !(options['M'] || options['G']),
	      "-M and -G need -U");
	check(flags & CLONE_NEWUTS || !options['H'],
	      "-H needs -u, or it would rename the host");
	check(flags & CLONE_NEWNS || !options['r'],
	      "-r needs -m, or it would mount on the host");
	if (options['M'])
		read_map(options['M'], &uid);
	if (options['G'])
		read_map(options['G'], &gid);
	if (!options['H'])
		options['H'] = "container";
	if (options['N'])
		flags &= ~CLONE_NEWNET;
	if (options['d']) /* what is read-only must not be so on the host */
		flags |= CLONE_NEWNS;
	/* A cgroup namespace is rooted where it is made: in the new cgroup. */
	if (limit_count > 0)
		flags_later = flags & CLONE_NEWCGROUP;
	flags &= ~flags_later;
	return argv + optind;
}

/* Keeps signals for wait_for_end(), so that none ends us before clean_up(). */
static void hold_signals(void)
{
	struct sigaction default_action = { .sa_handler = SIG_DFL };

	sigfillset(&held);
	/* These stop us, as they do a command that is not PID 1. */
	sigdelset(&held, SIGTSTP);
	sigdelset(&held, SIGTTIN);
	sigdelset(&held, SIGTTOU);
	step(sigprocmask(SIG_BLOCK, &held, &caller_mask), "sigprocmask");
	/* Were SIGCHLD ignored, the status would be lost: wait(2). */
	step(sigaction(SIGCHLD, &default_action, &caller_sigchld),
	     "sigaction(SIGCHLD, SIG_DFL)");
}

/* Closes all descriptors above 2. Ends with 1 on error. */
static void close_others(void)
{
	glob_t fds;

	if (syscall(SYS_close_range, 3, ~0U, 0) == 0)
		return;
	/* Before Linux 5.9, or where a seccomp profile is older: one by one. */
	if (glob("/proc/self/fd/*", 0, NULL, &fds) != 0)
		err(1, "/proc/self/fd");
	for (size_t i = 0; i < fds.gl_pathc; i++) {
		int fd = atoi(fds.gl_pathv[i] + strlen("/proc/self/fd/"));

		if (fd > 2)
			close(fd);
	}
	globfree(&fds);
}

/* Joins a network namespace. Ends with 1 if it is none, or not ours to join. */
static void join_netns(const char *name)
{
	const char *folder = strchr(name, '/') ? "" : "/run/netns/";
	/* O_NONBLOCK: a FIFO would wait for somebody who writes into it. */
	int fd = open(path("%s%s", folder, name),
		      O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	step(fd, "open %s%s", folder, name);
	step(setns(fd, CLONE_NEWNET), "setns(CLONE_NEWNET) to %s", name);
}

/* Finds the file system of a controller: cgroup v2, v1, or both side by side. */
static const char *find_top(const char *controller)
{
	const char *v1;

	if (access("/sys/fs/cgroup/cgroup.procs", F_OK) == 0)
		return "/sys/fs/cgroup";
	/* It may be a link, as is cpu to cpu,cpuacct. */
	v1 = realpath(path("/sys/fs/cgroup/%s", controller), NULL);
	return v1 ? v1 : "/sys/fs/cgroup/unified";
}

/* Appends our own cgroup, as /proc/self/cgroup has it: "ID:controllers:path". */
static void append_own_cgroup(char *folder, const char *controller)
{
	FILE *list = fopen("/proc/self/cgroup", "re");
	char line[PATH_MAX], pattern[64];

	snprintf(pattern, sizeof(pattern), "*[:,]%s[:,]*", controller);
	while (list && fgets(line, sizeof(line), list))
		/* That of cgroup v2 is the last one, "0::path". */
		if (fnmatch(pattern, line, 0) == 0 || line[0] == '0') {
			line[strcspn(line, "\n")] = '\0';
			strncat(folder, strchr(line, '/'), PATH_MAX / 2);
			break;
		}
	if (list)
		fclose(list);
}

/*
 * Removes the cgroups that launchers ended by SIGKILL have left: those that are
 * not locked, and empty. (A PID tells nothing: it may be of another namespace.)
 */
static void remove_stale(const char *folder)
{
	glob_t found = { 0 };

	glob(path("%s/container-*", folder), GLOB_NOESCAPE, NULL, &found);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		const char *stale = found.gl_pathv[i];
		int fd = open(stale, O_RDONLY | O_CLOEXEC);

		if (fd != -1 && flock(fd, LOCK_EX | LOCK_NB) == 0)
			rmdir(stale);
		if (fd != -1)
			close(fd);
	}
	globfree(&found);
}

/*
 * Tells whether a cgroup has processes of its own: then, in cgroup v2, its
 * children are no cgroups to start processes in, save at the very top.
 */
static bool is_crowded(const char *folder)
{
	FILE *procs;
	bool crowded;

	/* At the top, and in cgroup v1, there is no such file. */
	if (access(path("%s/cgroup.type", folder), F_OK) == -1)
		return false;
	procs = fopen(path("%s/cgroup.procs", folder), "re");
	if (procs == NULL)
		return true;
	crowded = fgetc(procs) != EOF || ferror(procs);
	fclose(procs);
	return crowded;
}

/* Makes a limit's cgroup, locked as long as we live. Returns -1 on error. */
static int make_locked(struct limit *limit, const char *folder)
{
	/* container-1 may be there: PID 1 of another PID namespace has made it. */
	for (int n = 0; n < 100; n++) {
		int fd;

		snprintf(limit->cgroup, PATH_MAX, "%s",
			 n ? path("%s/container-%d-%d", folder, getpid(), n)
			   : path("%s/container-%d", folder, getpid()));
		if (mkdir(limit->cgroup, 0755) == -1) {
			if (errno == EEXIST)
				continue;
			return -1;
		}
		fd = open(limit->cgroup, O_RDONLY | O_CLOEXEC);
		if (fd != -1 && flock(fd, LOCK_SH | LOCK_NB) == 0 &&
		    access(limit->cgroup, F_OK) == 0)
			return 0;
		/* Another launcher took it for stale. */
		if (fd != -1)
			close(fd);
		rmdir(limit->cgroup);
	}
	return -1;
}

/* Has a limit's cgroup show its file. Returns -1 on error. */
static int enable(const struct limit *limit)
{
	/* In cgroup v2 the parent has to share its controller: "+memory". */
	write_file(path("%s/../cgroup.subtree_control", limit->cgroup),
		   limit->controller);
	return access(path("%s/%s", limit->cgroup, limit->file), F_OK);
}

/*
 * Makes the cgroup of a limit: for root at the top; for others in their own, or
 * above it, where they may. Ends with 1 on error.
 */
static void make_cgroup(struct limit *limit)
{
	char folder[PATH_MAX];

	snprintf(folder, sizeof(folder), "%s", limit->top);
	if (access(folder, W_OK) == -1)
		append_own_cgroup(folder, limit->controller + 1);
	for (;; *strrchr(folder, '/') = '\0') {
		remove_stale(folder);
		if (is_crowded(folder)) {
			errno = EBUSY;
		} else if (make_locked(limit, folder) == 0) {
			step(0, "mkdir %s", limit->cgroup);
			if (enable(limit) == 0)
				return;
			rmdir(limit->cgroup);
		}
		limit->cgroup[0] = '\0'; /* it is not ours to remove */
		if (strcmp(folder, limit->top) == 0)
			err(1, "-l %s: a cgroup in %s", limit->file, folder);
	}
}

/* Sets a limit, in another's cgroup or a new one. Ends with 1 on error. */
static void set_limit(struct limit *limit)
{
	struct limit *other = limits;

	limit->top = find_top(limit->controller + 1);
	while (strcmp(other->top, limit->top) != 0)
		other++;
	if (other == limit)
		make_cgroup(limit);
	else
		memcpy(limit->cgroup, other->cgroup, PATH_MAX);
	enable(limit);
	put(limit->value, limit->cgroup, limit->file);
}

/* Has the kernel kill us when the parent ends. Ends with 1 if it has already. */
static void die_with_parent(void)
{
	struct pollfd parent = { .fd = gate[0] };

	step(prctl(PR_SET_PDEATHSIG, SIGKILL), "prctl(PR_SET_PDEATHSIG)");
	if (poll(&parent, 1, 0) == -1)
		err(1, "poll");
	if (parent.revents & POLLHUP) /* nobody holds the pipe's other end */
		_exit(1);
}

/* Becomes the user of -M and -G. Ends with 1 on error. */
static void become_user(void)
{
	int fd = open("/proc/self/setgroups", O_RDONLY | O_CLOEXEC);
	char rule[5] = "";

	/* Root's own groups are not for the container; others keep theirs. */
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

/* As mount(). Returns false where there is no target; ends with 1 on error. */
static bool mounted(const char *source, const char *target, const char *type,
		    unsigned long how, const char *data)
{
	char byte;
	int result;

	/* A link in a root that others made could lead out of it. */
	if (readlink(target, &byte, 1) != -1)
		errx(1, "%s: a link, not a place to mount on", target);
	if (errno != EINVAL && errno != ENOENT) /* no link; nothing at all */
		err(1, "%s", target);
	result = mount(source, target, type, how, data);
	if (result == -1 && errno == ENOENT) {
		step(0, "no %s to mount on", target);
		return false;
	}
	step(result, "mount %s on %s", type ? type : source, target);
	return true;
}

/* Fills /dev. Only the real root may mknod() a device; all may bind-mount it. */
static void make_dev(void)
{
	static const char *const nodes[] = { "null",   "zero",    "full",
					     "random", "urandom", "tty" };
	static const char *const links[][2] = {
		{ "pts/ptmx", "dev/ptmx" },
		{ "/proc/self/fd", "dev/fd" },
		{ "/proc/self/fd/0", "dev/stdin" },
		{ "/proc/self/fd/1", "dev/stdout" },
		{ "/proc/self/fd/2", "dev/stderr" },
	};

	for (size_t i = 0; i < COUNT(nodes); i++) {
		const char *device = path("/dev/%s", nodes[i]);

		step(mknod(device + 1, S_IFREG, 0), "mknod %s", device + 1);
		step(mount(device, device + 1, NULL, MS_BIND, NULL),
		     "bind-mount %s", device);
	}
	for (size_t i = 0; i < COUNT(links); i++)
		step(symlink(links[i][0], links[i][1]), "symlink %s",
		     links[i][1]);
	step(mkdir("dev/pts", 0755), "mkdir dev/pts");
	mounted("devpts", "dev/pts", "devpts", MS_NOSUID | MS_NOEXEC,
		"newinstance,ptmxmode=0666,mode=0620");
}

/*
 * Makes the current folder the root, with what programs look for in it. Where a
 * user namespace is new but not the PID or network namespace, the kernel gives
 * no new /proc or /sys: then /proc is the old one, and /sys is left out.
 */
static void change_root(void)
{
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

/* Makes read-only what in /proc user 0 may write even without capabilities. */
static void protect_proc(void)
{
	static const char *const names[] = {
		"acpi", "asound", "bus",  "driver", "dynamic_debug", "fs",
		"irq",  "mtrr",   "scsi", "sys",    "sysrq-trigger", "tty",
	};

	/* In an old /proc this may be mounted, and be writable: hide it. */
	if (!(flags & CLONE_NEWPID))
		mounted("tmpfs", "/proc/sys/fs/binfmt_misc", "tmpfs",
			PLAIN | MS_RDONLY, NULL);
	for (size_t i = 0; i < COUNT(names); i++) {
		const char *file = path("/proc/%s", names[i]);

		if (mounted(file, file, NULL, MS_BIND | MS_REC, NULL))
			step(mount(NULL, file, NULL,
				   MS_REMOUNT | MS_BIND | MS_RDONLY | PLAIN,
				   NULL),
			     "mount %s read-only", file);
	}
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
	if (caller_sigchld.sa_handler == SIG_IGN)
		signal(SIGCHLD, SIG_IGN);
	step(sigprocmask(SIG_SETMASK, &caller_mask, NULL), "sigprocmask");
	execvp(argv[0], argv);
	err(errno == ENOENT ? 127 : 126, "%s", argv[0]);
}

/* Makes the container from inside, and becomes the command. */
static int child(void *argv)
{
	const char *name = options['H'];
	char *root = options['r'];
	ssize_t count;
	char byte;

	limit_count = 0; /* the cgroups are the parent's to remove */
	close(gate[1]);
	die_with_parent();
	count = read(gate[0], &byte, 1);
	step(count, "read from the parent: %s", count == 1 ? "go" : "abort");
	if (count != 1)
		_exit(1);
	if (flags_later)
		step(unshare(flags_later), "unshare(CLONE_NEWCGROUP)");
	/* A shared mount would pass ours on to the host: mount_namespaces(7). */
	if (flags & CLONE_NEWNS)
		step(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL),
		     "make / private");
	if (root) { /* another user may have no right to the way there */
		root = realpath(root, NULL);
		if (root == NULL) /* "." would be the folder below the mount */
			err(1, "%s", options['r']);
		step(mount(root, root, NULL, MS_BIND | MS_REC, NULL),
		     "bind-mount %s", root);
		step(chdir(root), "chdir %s", root);
	}
	if (options['M'] || options['G'])
		become_user();
	if (flags & CLONE_NEWUTS)
		step(sethostname(name, strlen(name)), "sethostname %s", name);
	if (flags & CLONE_NEWNET)
		lo_up();
	if (root)
		change_root();
	else if (flags & CLONE_NEWNS && flags & CLONE_NEWPID)
		mounted("proc", "/proc", "proc", PLAIN, NULL);
	if (options['d']) {
		protect_proc();
		drop_capabilities();
	}
	run(argv);
	return 1;
}

/* Makes the child, in its namespaces. Ends with 1 on error. */
static void start_child(char *argv[])
{
	const uint64_t clone_args[8] = { (unsigned int)flags, 0, 0, 0,
					 SIGCHLD };

	for (size_t i = 0; i < COUNT(types); i++)
		if (flags & types[i].flag)
			step(0, "clone with %s", types[i].name);
	/* To clone() this flag would be a part of the exit signal. */
	if (flags & CLONE_NEWTIME)
		child_pid = (pid_t)syscall(SYS_clone3, clone_args,
					   sizeof(clone_args));
	else
		child_pid = clone(child, stack + sizeof(stack), flags | SIGCHLD,
				  argv);
	if (child_pid == 0) /* clone3() returns there, as fork() does */
		child(argv);
	step(child_pid, flags & CLONE_NEWTIME ? "clone3" : "clone");
	step(0, "the child is %d", child_pid);
}

/* Maps the users of the child's user namespace. Ends with 1 on error. */
static void write_maps(void)
{
	char map[32], folder[32];

	snprintf(folder, sizeof(folder), "/proc/%d", child_pid);
	/* Without "deny" an ordinary user may not write gid_map. */
	if (geteuid() != 0)
		put("deny", folder, "setgroups");
	snprintf(map, sizeof(map), "0 %u 1", getegid());
	put(options['G'] ? options['G'] : map, folder, "gid_map");
	snprintf(map, sizeof(map), "0 %u 1", geteuid());
	put(options['M'] ? options['M'] : map, folder, "uid_map");
}

/* Passes a signal on to the child, or kills it if it does not listen. */
static void pass_on(int number, const siginfo_t *info)
{
	static const char passed[] = { SIGTERM, SIGINT,  SIGHUP, SIGQUIT,
				       SIGUSR1, SIGUSR2, SIGKILL };
	static bool asked;

	/* PID 1 ignores a SIGTERM that it does not handle. */
	if (number == SIGALRM || (number == SIGTERM && asked))
		number = SIGKILL;
	else if (info->si_code > 0)
		return; /* from the terminal, which sends it to both */
	if (number == SIGTERM) {
		asked = true;
		alarm(10);
	}
	if (memchr(passed, number, sizeof(passed))) {
		step(0, "kill(%d, %d)", child_pid, number);
		if (kill(child_pid, number) == -1)
			warn("kill");
	}
}

/* Waits until the child ends. Returns its status, in the way of a shell. */
static int wait_for_end(void)
{
	int status = 0;
	siginfo_t info;
	pid_t pid;

	do {
		int number = sigwaitinfo(&held, &info);

		if (number == -1 && errno != EINTR)
			err(1, "sigwaitinfo");
		/* SIGCHLD comes for a stop, too, and for a child not ours. */
		pid = waitpid(child_pid, &status, WNOHANG);
		step(pid, "waitpid");
		if (pid == 0 && number != -1)
			pass_on(number, &info);
	} while (pid == 0);
	child_pid = 0;
	step(0, WIFSIGNALED(status) ? "killed by signal %d" : "ended with %d",
	     WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status)
				   : WEXITSTATUS(status);
}

/* Tells whether a limit on memory has killed: v2 and v1 differ in the files. */
static void report_oom(const struct limit *limit)
{
	bool v2 = strcmp(limit->file, "memory.max") == 0;
	const char *name = v2 ? "memory.events" : "memory.oom_control";
	FILE *events = fopen(path("%s/%s", limit->cgroup, name), "re");
	char line[64];

	while (events && fgets(line, sizeof(line), events))
		if ((v2 || strcmp(limit->file, "memory.limit_in_bytes") == 0) &&
		    strncmp(line, "oom_kill ", 9) == 0 && atoi(line + 9) > 0)
			warnx("out of memory: killed at %s=%s", limit->file,
			      limit->value);
	if (events)
		fclose(events);
}

/* Removes a cgroup, or kills what is in it and below. Returns -1 if it stays. */
static int remove_cgroup(const char *cgroup)
{
	glob_t below = { 0 };
	FILE *procs;
	int pid;

	if (rmdir(cgroup) == 0 || errno == ENOENT)
		return 0;
	glob(path("%s/*/", cgroup), GLOB_NOESCAPE, NULL, &below);
	for (size_t i = 0; i < below.gl_pathc; i++)
		remove_cgroup(below.gl_pathv[i]);
	globfree(&below);
	procs = fopen(path("%s/cgroup.procs", cgroup), "re");
	/* 0 is a process that is not in our PID namespace; to kill(), all. */
	while (procs && fscanf(procs, "%d", &pid) == 1)
		if (pid > 0)
			kill(pid, SIGKILL);
	if (procs)
		fclose(procs);
	return -1;
}

/* Removes what is left, whatever ends us: atexit() calls it after err(), too. */
static void clean_up(void)
{
	/* What is killed counts until it has ended, which takes a moment. */
	int tries = 2000;

	if (child_pid > 0) {
		kill(child_pid, SIGKILL);
		waitpid(child_pid, NULL, 0);
	}
	while (limit_count > 0) {
		const char *cgroup = limits[--limit_count].cgroup;

		while (remove_cgroup(cgroup) == -1 && tries-- > 0)
			usleep(1000);
		step(0, "rmdir %s", cgroup);
	}
	if (tries < 0) {
		warnx("a cgroup is left: it has processes that don't end");
		_exit(1);
	}
}

/* The life of a container. */
int main(int argc, char *argv[])
{
	static char line[256];
	char pid[16];
	int status;

	setvbuf(stderr, line, _IOLBF, sizeof(line)); /* a line, a write() */
	argv = read_options(argc, argv);
	hold_signals();
	if (atexit(clean_up) != 0)
		errx(1, "atexit");
	close_others(); /* before we open what is ours */
	if (options['N'])
		join_netns(options['N']);
	for (size_t i = 0; i < limit_count; i++)
		set_limit(&limits[i]);
	/* Not in place of a closed 2: the messages there would open the gate. */
	do
		step(pipe2(gate, O_CLOEXEC), "pipe2");
	while (gate[0] < 3);
	start_child(argv);
	if (flags & CLONE_NEWUSER)
		write_maps();
	snprintf(pid, sizeof(pid), "%d", child_pid);
	for (size_t i = 0; i < limit_count; i++)
		put(pid, limits[i].cgroup, "cgroup.procs");
	step(write(gate[1], "", 1), "write to the child: go");
	status = wait_for_end();
	for (size_t i = 0; i < limit_count; i++)
		report_oom(&limits[i]);
	return status;
}
