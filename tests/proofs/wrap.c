/*
 * wrap.c: linked to a program by faults, it makes calls in vain in a new process
 * before the program goes on in it. So the calls that follow can be told by
 * their number from those of the parent.
 */
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

int __real_clone(int (*function)(void *), void *stack, int flags,
		 void *argument, ...);
long __real_syscall(long number, ...);
pid_t __real_fork(void);

static int (*child)(void *);

static long spend(long result)
{
	const char *number = getenv("FAULT_CALL");

	for (int i = 0; result == 0 && number && i < 200; i++)
		__real_syscall(atol(number), -1L, -1L, -1L, -1L, -1L, -1L);
	return result;
}

static int start(void *argument)
{
	spend(0);
	return child(argument);
}

int __wrap_clone(int (*function)(void *), void *stack, int flags,
		 void *argument)
{
	child = function;
	return __real_clone(start, stack, flags, argument);
}

pid_t __wrap_fork(void)
{
	return (pid_t)spend(__real_fork());
}

long __wrap_syscall(long number, long a, long b, long c, long d, long e, long f)
{
	long result = __real_syscall(number, a, b, c, d, e, f);

	return number == SYS_clone3 ? spend(result) : result;
}
