/* launcher: all of it together, a container from its options to its end. */
#define _GNU_SOURCE
#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <ftw.h>
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
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* The two newest flags: a libc may be older. The values are the kernel's. */
#ifndef CLONE_NEWCGROUP
#define CLONE_NEWCGROUP 0x02000000
#endif
#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

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

static const struct {
	int flag;
	unsigned char letter;
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
enum { TYPES = sizeof(types) / sizeof(types[0]), MAX_LIMITS = 16 };

/* For mounts of files that are not programs, nor devices. */
enum { PLAIN = MS_NOSUID | MS_NODEV | MS_NOEXEC };

/* The options: the argument, or "" where there is none; NULL if not given. */
static char *options[128], *limits[MAX_LIMITS];
static int flags, limit_count;
static unsigned int uid, gid; /* who the command is to be: -M, -G */

/* What must be gone at the end: in the child, what it must leave alone. */
static char cgroups[MAX_LIMITS][PATH_MAX];
static int cgroup_count;
static pid_t child_pid;

/* What the command is to get back from us. */
static sigset_t caller_mask, held;
static struct sigaction caller_sigchld;

/* The pipe at which the child waits: a byte means go, end of file abort. */
static int gate[2];

/* The child's stack. It grows down, so clone() is given its upper end. */
static char stack[1024 * 1024] __attribute__((aligned(16)));

/* Ends with 1 if a step's result is -1; else, with -v, tells of the step. */
__attribute__((format(printf, 2, 3))) static void step(long result,
						       const char *format, ...)
{
	va_list args;

	va_start(args, format);
	if (result == -1)
		verr(1, format, args);
	if (options['v'])
		vwarnx(format, args);
	va_end(args);
}

/* As sprintf(), for a path. Ends with 1 if it is too long. */
__attribute__((format(printf, 2, 3))) static void
make_path(char path[PATH_MAX], const char *format, ...)
{
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(path, PATH_MAX, format, args);
	va_end(args);
	if (length < 0 || length >= PATH_MAX)
		errx(1, "%.60s...: the path is too long", path);
}

/* Writes text into a file, in a single write(). Returns -1 on error. */
static long write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);
	long result = fd == -1 ? -1 : write(fd, text, strlen(text));

	if (fd != -1)
		close(fd);
	return result;
}

/* The same, for a file in a folder. Ends with 1 on error. */
static void put(const char *text, const char *folder, const char *name)
{
	char path[PATH_MAX];

	make_path(path, "%s/%s", folder, name);
	step(write_file(path, text), "write \"%s\" to %s", text, path);
}

/* Ends with 2 if an option is wrong, and says why. */
static void check(bool right, const char *why)
{
	if (!right)
		errx(2, "%s\n%s", why, usage);
}

/* Makes -M or -G the kernel's map, a range a line. Finds 0 in it, or the first. */
static void read_map(char *map, unsigned int *id)
{
	check(map[strspn(map, "0123456789 ,")] == '\0',
	      "a map is \"inside outer count[,inside outer count...]\"");
	*id = (unsigned int)strtoul(map, NULL, 10);
	while ((map = strchr(map, ',')) != NULL) {
		*map++ = '\n';
		if (strtoul(map, NULL, 10) == 0)
			*id = 0;
	}
}

/* Takes an option. Ends where it is -h, or wrong. */
static void read_option(int option)
{
	if (option == 'h' || option == '?') {
		fputs(usage, option == 'h' ? stdout : stderr);
		exit(option == 'h' ? 0 : 2);
	}
	if (option == 'l') {
		size_t dot = strcspn(optarg, ".=/");

		check(dot > 0 && optarg[dot] == '.' &&
			      optarg[strcspn(optarg, "=/")] == '=',
		      "-l: a limit is \"controller.file=value\"");
		check(limit_count < MAX_LIMITS, "-l: too many limits");
		limits[limit_count++] = optarg;
	} else {
		options[option] = optarg ? optarg : "";
	}
	if (option == 'M' || option == 'G')
		read_map(options[option], option == 'M' ? &uid : &gid);
}

/* Reads the options. Returns the command. Ends with 2 where they are wrong. */
static char **read_options(int argc, char *argv[])
{
	int option;

	if (argc == 1)
		read_option('?');
	/* "+": the options end where the command stands. */
	while ((option = getopt(argc, argv, "+aCimnptuUdvhM:G:H:N:r:l:")) != -1)
		read_option(option);
	for (int i = 0; i < TYPES; i++)
		if (options['a'] || options[types[i].letter])
			flags |= types[i].flag;
	check(flags & CLONE_NEWUSER || !(options['M'] || options['G']),
	      "-M and -G need -U");
	check(flags & CLONE_NEWUTS || !options['H'],
	      "-H needs -u, or it would rename the host");
	check(flags & CLONE_NEWNS || !options['r'],
	      "-r needs -m, or it would mount on the host");
	if (options['N'])
		flags &= ~CLONE_NEWNET;
	if (options['d']) /* what is read-only must not be so on the host */
		flags |= CLONE_NEWNS;
	return argv + optind;
}

/* Keeps signals for wait_for_end(), so that none ends us before clean_up(). */
static void hold_signals(void)
{
	struct sigaction default_action = { .sa_handler = SIG_DFL };

	sigfillset(&held);
	/* These stop us, as they do the command, and we go on when it does. */
	sigdelset(&held, SIGTSTP);
	sigdelset(&held, SIGTTIN);
	sigdelset(&held, SIGTTOU);
	step(sigprocmask(SIG_BLOCK, &held, &caller_mask), "sigprocmask");
	/* Were SIGCHLD ignored, the status would be lost: wait(2). */
	step(sigaction(SIGCHLD, &default_action, &caller_sigchld),
	     "sigaction(SIGCHLD, SIG_DFL)");
}

/* Joins a network namespace. Ends with 1 if it is none, or not ours to join. */
static void join_netns(const char *name)
{
	char path[PATH_MAX];
	int fd, result;

	make_path(path, "%s%s", strchr(name, '/') ? "" : "/run/netns/", name);
	/* O_NONBLOCK: a FIFO would wait for somebody who writes into it. */
	fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	step(fd, "open %s", path);
	result = setns(fd, CLONE_NEWNET);
	if (result == -1 && errno == EINVAL)
		errx(1, "%s: not a network namespace", path);
	step(result, "setns(CLONE_NEWNET) to %s", path);
	close(fd);
}

/* Finds the cgroup file system of a controller: v2, v1, or both side by side. */
static void find_hierarchy(char path[PATH_MAX], const char *file)
{
	char v1[PATH_MAX];

	make_path(v1, "/sys/fs/cgroup/%.*s", (int)strcspn(file, "."), file);
	if (access("/sys/fs/cgroup/cgroup.procs", F_OK) == 0)
		make_path(path, "/sys/fs/cgroup");
	else if (realpath(v1, path) == NULL) /* a link, for cpu,cpuacct */
		make_path(path, "/sys/fs/cgroup/unified");
}

/* Appends our own place in the hierarchy, as /proc/self/cgroup has it. */
static void append_own_cgroup(char path[PATH_MAX], const char *file)
{
	FILE *list = fopen("/proc/self/cgroup", "re");
	char line[PATH_MAX], pattern[64];

	if (list == NULL)
		err(1, "/proc/self/cgroup");
	/* "ID:controllers:path"; that of cgroup v2, the last line, "0::path". */
	snprintf(pattern, sizeof(pattern), "*[:,]%.*s[:,]*",
		 (int)strcspn(file, "."), file);
	while (fgets(line, sizeof(line), list) != NULL) {
		const char *own = strchr(strchr(line, ':') + 1, ':') + 1;

		line[strcspn(line, "\n")] = '\0';
		if (fnmatch(pattern, line, 0) != 0 && own[-2] != ':')
			continue;
		if (strcmp(own, "/") != 0)
			strncat(path, own, PATH_MAX - strlen(path) - 1);
		break;
	}
	fclose(list);
}

/* For nftw(): kills what is in a cgroup; removes it if it is below the first. */
static int empty_cgroup(const char *path, const struct stat *status, int type,
			struct FTW *place)
{
	char procs[PATH_MAX];
	FILE *file;
	int pid;

	(void)status;
	if (type != FTW_DP)
		return 0;
	make_path(procs, "%s/cgroup.procs", path);
	file = fopen(procs, "re");
	/* 0 is a process that is not in our PID namespace; to kill(), all. */
	while (file != NULL && fscanf(file, "%d", &pid) == 1)
		if (pid > 0)
			kill(pid, SIGKILL);
	if (file != NULL)
		fclose(file);
	if (place->level > 0)
		rmdir(path);
	return 0;
}

/* Removes a cgroup, with all that is in it. Returns -1 if it stays. */
static int remove_cgroup(const char *path)
{
	/* What is killed counts until it has ended, which takes a moment. */
	for (int tries = 0; rmdir(path) == -1; tries++) {
		if (tries == 2000) {
			warn("rmdir %s", path);
			return -1;
		}
		nftw(path, empty_cgroup, 8, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
		usleep(1000);
	}
	step(0, "rmdir %s", path);
	return 0;
}

/*
 * Removes the cgroups that launchers ended by SIGKILL have left. What is not
 * empty stays: its launcher may live, in a PID namespace that we can't see.
 */
static void remove_stale(const char *parent)
{
	DIR *dir = opendir(parent);
	struct dirent *entry;
	char path[PATH_MAX];
	int pid, patience = 50;

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		if (sscanf(entry->d_name, "container-%d", &pid) != 1 ||
		    (pid != getpid() && (kill(pid, 0) == 0 || errno != ESRCH)))
			continue;
		make_path(path, "%s/%s", parent, entry->d_name);
		/* Its last process may be about to end. */
		while (rmdir(path) == -1 && errno == EBUSY && patience-- > 0)
			usleep(1000);
	}
	if (dir != NULL)
		closedir(dir);
}

/* Makes sure that a cgroup has the file of a limit. Returns -1 on error. */
static long enable(const char *cgroup, const char *file)
{
	char path[PATH_MAX], controller[64];

	make_path(path, "%s/%s", cgroup, file);
	if (access(path, F_OK) == 0)
		return 0;
	/* In cgroup v2 the parent has to share its controller. */
	make_path(path, "%s/../cgroup.subtree_control", cgroup);
	snprintf(controller, sizeof(controller), "+%.*s",
		 (int)strcspn(file, "."), file);
	return write_file(path, controller);
}

/*
 * Makes a cgroup that can have a limit: for root at the top; for others in their
 * own, or above it, where they may (in cgroup v2 the children of a cgroup with
 * processes get no controllers). Ends with 1 on error.
 */
static void make_cgroup(char path[PATH_MAX], const char *top, const char *file)
{
	make_path(path, "%s", top);
	if (access(top, W_OK) == -1)
		append_own_cgroup(path, file);
	for (;;) {
		size_t end = strlen(path);

		remove_stale(path);
		snprintf(path + end, PATH_MAX - end, "/container-%d", getpid());
		if (mkdir(path, 0755) == 0) {
			cgroup_count++;
			step(0, "mkdir %s", path);
			if (enable(path, file) != -1)
				return;
			cgroup_count--;
			if (remove_cgroup(path) == -1)
				exit(1);
		}
		path[end] = '\0';
		if (strcmp(path, top) == 0)
			err(1, "-l %s: a cgroup in %s", file, top);
		*strrchr(path, '/') = '\0';
	}
}

/* Sets a limit, in a cgroup that is made for the first. Ends with 1 on error. */
static void set_limit(const char *limit)
{
	char top[PATH_MAX], file[NAME_MAX];
	int i = 0;

	snprintf(file, sizeof(file), "%.*s", (int)strcspn(limit, "="), limit);
	find_hierarchy(top, file);
	while (i < cgroup_count && strncmp(cgroups[i], top, strlen(top)) != 0)
		i++;
	if (i == cgroup_count)
		make_cgroup(cgroups[i], top, file);
	else
		step(enable(cgroups[i], file), "-l %s in %s", limit,
		     cgroups[i]);
	put(strchr(limit, '=') + 1, cgroups[i], file);
}

/* Has the kernel kill us when our parent ends. A change of user clears it. */
static void die_with_parent(void)
{
	step(prctl(PR_SET_PDEATHSIG, SIGKILL), "prctl(PR_SET_PDEATHSIG)");
}

/* Closes all descriptors above 2 but one. Ends with 1 on error. */
static void close_others(int kept)
{
	struct dirent *entry;
	DIR *dir;

	if (syscall(SYS_close_range, kept + 1, ~0U, 0) == 0 &&
	    (kept == 3 || syscall(SYS_close_range, 3, kept - 1, 0) == 0))
		return;
	/* Before Linux 5.9: one by one. */
	dir = opendir("/proc/self/fd");
	if (dir == NULL)
		err(1, "/proc/self/fd");
	while ((entry = readdir(dir)) != NULL) {
		int fd = atoi(entry->d_name);

		if (fd > 2 && fd != kept && fd != dirfd(dir))
			close(fd);
	}
	closedir(dir);
}

/* Waits until the parent has done its part. Ends where it has not. */
static void wait_for_go(void)
{
	char byte;
	ssize_t count = read(gate[0], &byte, 1);

	step(count, "read from the parent: %s", count == 1 ? "go" : "abort");
	if (count != 1)
		_exit(1);
}

/* Becomes the user of -M and -G. Ends with 1 on error. */
static void become_user(void)
{
	struct pollfd parent = { .fd = gate[0] };
	int fd = open("/proc/self/setgroups", O_RDONLY | O_CLOEXEC);
	char rule[8] = "";

	/* Root's own groups are not for the container; others keep theirs. */
	step(fd == -1 ? -1 : read(fd, rule, sizeof(rule) - 1),
	     "read /proc/self/setgroups");
	close(fd);
	if (strncmp(rule, "deny", 4) != 0)
		step(setgroups(0, NULL), "setgroups: none");
	step(setresgid(gid, gid, gid), "setresgid(%u)", gid);
	step(setresuid(uid, uid, uid), "setresuid(%u)", uid);
	die_with_parent();
	/* It may be gone already: then nobody holds the pipe's other end. */
	if (poll(&parent, 1, 0) != 0)
		_exit(1);
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
	int result = mount(source, target, type, how, data);

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
	static const char *const nodes[] = { "/dev/null",    "/dev/zero",
					     "/dev/full",    "/dev/random",
					     "/dev/urandom", "/dev/tty" };
	static const char *const links[][2] = {
		{ "dev/ptmx", "pts/ptmx" },
		{ "dev/fd", "/proc/self/fd" },
		{ "dev/stdin", "/proc/self/fd/0" },
		{ "dev/stdout", "/proc/self/fd/1" },
		{ "dev/stderr", "/proc/self/fd/2" },
	};
	static const char pts[] = "newinstance,ptmxmode=0666,mode=0620";

	for (size_t i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++) {
		const char *target = nodes[i] + 1; /* in the new root */

		step(mknod(target, S_IFREG, 0), "mknod %s", target);
		step(mount(nodes[i], target, NULL, MS_BIND, NULL),
		     "bind-mount %s", nodes[i]);
	}
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++)
		step(symlink(links[i][1], links[i][0]), "symlink %s to %s",
		     links[i][0], links[i][1]);
	step(mkdir("dev/pts", 0755), "mkdir dev/pts");
	step(mount("devpts", "dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, pts),
	     "mount devpts on dev/pts");
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
	const unsigned long how = MS_REMOUNT | MS_BIND | MS_RDONLY | PLAIN;
	char path[PATH_MAX];

	/* In an old /proc this may be mounted, and be writable: hide it. */
	if (!(flags & CLONE_NEWPID))
		mounted("tmpfs", "/proc/sys/fs/binfmt_misc", "tmpfs",
			PLAIN | MS_RDONLY, NULL);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		make_path(path, "/proc/%s", names[i]);
		if (mounted(path, path, NULL, MS_BIND | MS_REC, NULL))
			step(mount(NULL, path, NULL, how, NULL),
			     "mount %s read-only", path);
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
	const char *name = options['H'] ? options['H'] : "container";
	const char *root = options['r'];

	cgroup_count = 0; /* they are the parent's to remove */
	die_with_parent();
	close_others(gate[0]);
	wait_for_go();
	if (flags & CLONE_NEWCGROUP && limit_count > 0)
		step(unshare(CLONE_NEWCGROUP), "unshare(CLONE_NEWCGROUP)");
	/* A shared mount would pass ours on to the host: mount_namespaces(7). */
	if (flags & CLONE_NEWNS)
		step(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL),
		     "make / private");
	if (root) { /* another user may have no right to the way there */
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
	/* A cgroup namespace is rooted where it is made: in the new cgroup. */
	int made = limit_count > 0 ? flags & ~CLONE_NEWCGROUP : flags;

	for (int i = 0; i < TYPES; i++)
		if (made & types[i].flag)
			step(0, "clone with %s", types[i].name);
	if (made & CLONE_NEWTIME) {
		/* To clone() this flag would be a part of the exit signal. */
		const uint64_t clone_args[8] = {
			/* their order: clone(2) */
			[0] = (unsigned int)made,
			[4] = SIGCHLD,
		};

		child_pid = (pid_t)syscall(SYS_clone3, clone_args,
					   sizeof(clone_args));
		if (child_pid == 0)
			child(argv);
		step(child_pid, "clone3 (-t needs it)");
	} else {
		child_pid = clone(child, stack + sizeof(stack), made | SIGCHLD,
				  argv);
		step(child_pid, "clone");
	}
	step(0, "the child is %d", child_pid);
}

/* Maps the users of the child's user namespace. Ends with 1 on error. */
static void write_maps(void)
{
	char self[16] = "", map[32], folder[32];

	/* In the /proc of another PID namespace a PID is another process. */
	if (readlink("/proc/self", self, sizeof(self) - 1) == -1 ||
	    atoi(self) != getpid())
		errx(1, "/proc does not show our PID namespace: mount it");

	snprintf(folder, sizeof(folder), "/proc/%d", child_pid);
	/* Without "deny" an ordinary user may not write gid_map. */
	if (geteuid() != 0)
		put("deny", folder, "setgroups");
	snprintf(map, sizeof(map), "0 %u 1", getegid());
	put(options['G'] ? options['G'] : map, folder, "gid_map");
	snprintf(map, sizeof(map), "0 %u 1", geteuid());
	put(options['M'] ? options['M'] : map, folder, "uid_map");
}

/* Moves the child into its cgroups, and lets it go. Ends with 1 on error. */
static void let_go(void)
{
	char pid[16];

	snprintf(pid, sizeof(pid), "%d", child_pid);
	for (int i = 0; i < cgroup_count; i++)
		put(pid, cgroups[i], "cgroup.procs");
	step(write(gate[1], "", 1), "write to the child: go");
}

/* Passes a signal on to the child, or kills it if it does not listen. */
static void pass_on(int number, const siginfo_t *info)
{
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
	if (number == SIGTERM || number == SIGINT || number == SIGHUP ||
	    number == SIGQUIT || number == SIGUSR1 || number == SIGUSR2 ||
	    number == SIGKILL) {
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

/* Tells whether a limit on memory has killed. v2 and v1 differ in the file. */
static void report_oom(const char *limit, const char *file)
{
	char path[PATH_MAX], key[64];
	unsigned long count;

	for (int i = 0; i < cgroup_count; i++) {
		FILE *events;

		make_path(path, "%s/%s", cgroups[i], file);
		events = fopen(path, "re");
		if (events == NULL)
			continue;
		while (fscanf(events, "%63s %lu", key, &count) == 2)
			if (strcmp(key, "oom_kill") == 0 && count > 0)
				warnx("out of memory: killed at %s", limit);
		fclose(events);
	}
}

/* Removes what is left, whatever ends us: atexit() calls it after err(), too. */
static void clean_up(void)
{
	int result = 0;

	if (child_pid > 0) {
		kill(child_pid, SIGKILL);
		waitpid(child_pid, NULL, 0);
	}
	while (cgroup_count > 0)
		result |= remove_cgroup(cgroups[--cgroup_count]);
	if (result != 0)
		_exit(1);
}

/* The life of a container. */
int main(int argc, char *argv[])
{
	static char line[256];
	int status;

	setvbuf(stderr, line, _IOLBF, sizeof(line)); /* a line, a write() */
	argv = read_options(argc, argv);
	hold_signals();
	if (atexit(clean_up) != 0)
		errx(1, "atexit");
	if (options['N'])
		join_netns(options['N']);
	for (int i = 0; i < limit_count; i++)
		set_limit(limits[i]);
	/* Not in place of a closed 0, 1 or 2, which the command is to have. */
	do
		step(pipe2(gate, O_CLOEXEC), "pipe2");
	while (gate[0] < 3);
	start_child(argv);
	if (flags & CLONE_NEWUSER)
		write_maps();
	let_go();
	status = wait_for_end();
	for (int i = 0; i < limit_count; i++)
		if (strncmp(limits[i], "memory.max=", 11) == 0)
			report_oom(limits[i], "memory.events");
		else if (strncmp(limits[i], "memory.limit_in_bytes=", 22) == 0)
			report_oom(limits[i], "memory.oom_control");
	return status;
}
