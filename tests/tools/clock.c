// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * clock.c - to be preloaded: a monotonic clock that goes as a test wants
 *
 *	LD_PRELOAD=clock.so CLOCK_STEP=MILLISECONDS PROGRAM...
 *
 * Each look at it finds it so much later; 0: it stands still. So what depends
 * on time passing is tested without any.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

int clock_gettime(clockid_t which, struct timespec *ret)
{
	static int (*real)(clockid_t, struct timespec *);
	static long long ms = 1000000;
	const char *step = getenv("CLOCK_STEP");

	if (which != CLOCK_MONOTONIC || !step) {
		if (!real)
			*(void **)&real = dlsym(RTLD_NEXT, "clock_gettime");
		return real(which, ret);
	}
	ms += atoll(step);
	ret->tv_sec = (time_t)(ms / 1000);
	ret->tv_nsec = (long)(ms % 1000 * 1000000);
	return 0;
}
