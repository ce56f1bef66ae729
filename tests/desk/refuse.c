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

static const struct {
	const char *name;
	int number;
	int arg; /* -1: whatever its arguments are */
	int test; /* else if this one has any of the bits, or is equal */
	unsigned int value;
} calls[] = {
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
};

static const struct {
	const char *name;
	int number;
} errors[] = { { "EPERM", EPERM }, { "EACCES", EACCES }, { "ENOSYS", ENOSYS } };

int main(int argc, char *argv[])
{
	struct sock_filter filter[64];
	struct sock_fprog program = { 0, filter };
	unsigned int number = 0;
	char *name;
	size_t i;

	if (argc < 4)
		errx(2, "Usage: refuse ERRNO CALL[,CALL...] command [arg...]");
	for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (strcmp(errors[i].name, argv[1]) == 0)
			number = errors[i].number;
	if (number == 0)
		errx(2, "%s: no such error", argv[1]);

	for (name = strtok(argv[2], ","); name; name = strtok(NULL, ",")) {
		struct sock_filter *next = filter + program.len;

		for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
			if (strcmp(calls[i].name, name) == 0)
				break;
		if (i == sizeof(calls) / sizeof(calls[0]) || program.len > 50)
			errx(2, "%s: no such call", name);
		*next++ = (struct sock_filter)BPF_STMT(
			BPF_LD | BPF_W | BPF_ABS,
			offsetof(struct seccomp_data, nr));
		*next++ = (struct sock_filter)BPF_JUMP(
			BPF_JMP | BPF_JEQ | BPF_K, calls[i].number, 0,
			calls[i].arg == -1 ? 1 : 3);
		if (calls[i].arg != -1) {
			/* Little-endian, as nearly all: the low half first. */
			*next++ = (struct sock_filter)BPF_STMT(
				BPF_LD | BPF_W | BPF_ABS,
				offsetof(struct seccomp_data,
					 args[calls[i].arg]));
			*next++ = (struct sock_filter)BPF_JUMP(
				BPF_JMP | calls[i].test | BPF_K, calls[i].value,
				0, 1);
		}
		*next++ = (struct sock_filter)BPF_STMT(
			BPF_RET | BPF_K, SECCOMP_RET_ERRNO | number);
		program.len = next - filter;
	}
	filter[program.len++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
							     SECCOMP_RET_ALLOW);

	/* Who has no CAP_SYS_ADMIN must give up set-user-ID programs first. */
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == -1 &&
	    (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 ||
	     prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == -1))
		err(1, "seccomp");
	execvp(argv[3], argv + 3);
	err(errno == ENOENT ? 127 : 126, "%s", argv[3]);
}
