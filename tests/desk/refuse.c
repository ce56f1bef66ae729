/* refuse: runs a command under a seccomp filter that refuses system calls.
 *
 * refuse ERRNO CALL[,CALL...] command [arg...]
 *
 * As a container's filter does: of clone() only the calls with CLONE_NEW* flags are
 * refused. "write" is an open() as of /proc/self/setgroups: unshare(1)'s, the book's.
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NEW                                                                    \
	(CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |           \
	 CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWCGROUP)

struct call {
	const char *name;
	unsigned int number;
	int arg; /* -1: whatever its arguments are */
	int test; /* else if this one has any of the bits, or is equal */
	unsigned int value;
};

static const struct call calls[] = {
	{ "clone", SYS_clone, 0, BPF_JSET, NEW },
	{ "clone3", SYS_clone3, -1, 0, 0 },
	{ "unshare", SYS_unshare, -1, 0, 0 },
	{ "setns", SYS_setns, -1, 0, 0 },
	{ "mount", SYS_mount, -1, 0, 0 },
	{ "pivot_root", SYS_pivot_root, -1, 0, 0 },
	{ "sethostname", SYS_sethostname, -1, 0, 0 },
	{ "ptrace", SYS_ptrace, -1, 0, 0 },
	{ "write", SYS_openat, 2, BPF_JEQ, O_WRONLY },
	{ "write_too", SYS_openat, 2, BPF_JEQ, O_WRONLY | O_CLOEXEC },
	{ "clone_cgroup", SYS_clone, 0, BPF_JSET, CLONE_NEWCGROUP },
	{ "clone_user", SYS_clone, 0, BPF_JSET, CLONE_NEWUSER },
	{ "unshare_cgroup", SYS_unshare, 0, BPF_JSET, CLONE_NEWCGROUP },
	{ "unshare_time", SYS_unshare, 0, BPF_JSET, CLONE_NEWTIME },
	{ "unshare_user", SYS_unshare, 0, BPF_JSET, CLONE_NEWUSER },
	{ NULL, 0, 0, 0, 0 },
};

static struct sock_filter filter[64];
static unsigned short length;

/* Adds an instruction; where it is a jump that is not taken, skip others are skipped. */
static void add(int code, unsigned int value, unsigned char skip)
{
	if (length == sizeof(filter) / sizeof(filter[0]))
		errx(2, "too many calls");
	filter[length++] =
		(struct sock_filter){ (unsigned short)code, 0, skip, value };
}

/* Adds what refuses the call of that name. */
static void refuse(const char *name, unsigned int error)
{
	const struct call *call = calls;

	while (call->name && strcmp(call->name, name) != 0)
		call++;
	if (!call->name)
		errx(2, "%s: no such call", name);
	add(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr), 0);
	add(BPF_JMP | BPF_JEQ | BPF_K, call->number, call->arg == -1 ? 1 : 3);
	if (call->arg != -1) {
		/* The low half of the argument, on a little-endian machine. */
		add(BPF_LD | BPF_W | BPF_ABS,
		    (unsigned int)offsetof(struct seccomp_data, args) +
			    8 * (unsigned int)call->arg,
		    0);
		add(BPF_JMP | call->test | BPF_K, call->value, 1);
	}
	add(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error, 0);
}

int main(int argc, char *argv[])
{
	struct sock_fprog program = { 0, filter };
	unsigned int error;
	char *name;

	if (argc < 4)
		errx(2, "Usage: refuse ERRNO CALL[,CALL...] command [arg...]");
	if (strcmp(argv[1], "EPERM") == 0)
		error = EPERM;
	else if (strcmp(argv[1], "EACCES") == 0)
		error = EACCES;
	else if (strcmp(argv[1], "ENOSYS") == 0)
		error = ENOSYS;
	else if (strcmp(argv[1], "EINVAL") == 0)
		error = EINVAL; /* as a kernel that lacks something */
	else
		errx(2, "%s: EPERM, EACCES, ENOSYS or EINVAL", argv[1]);
	for (name = strtok(argv[2], ","); name; name = strtok(NULL, ","))
		refuse(name, error);
	add(BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0);
	program.len = length;

	/* Who has no CAP_SYS_ADMIN must give up set-user-ID programs first. */
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == -1 &&
	    (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 ||
	     prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == -1))
		err(1, "seccomp");
	execvp(argv[3], argv + 3);
	err(errno == ENOENT ? 127 : 126, "%s", argv[3]);
}
