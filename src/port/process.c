// SPDX-License-Identifier: GPL-2.0-or-later
/* process.c - a part of the program in a process of its own */
#include "port/process.h"

#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

pid_t process_start(int (*run)(void *ctx), void *ctx)
{
	pid_t parent = getpid(), pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	/* It may have ended before that. */
	_exit(getppid() == parent ? run(ctx) : 1);
}
