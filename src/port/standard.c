// SPDX-License-Identifier: GPL-2.0-or-later
/* standard.c - the descriptors 0, 1 and 2, which a caller may have closed */
#include "port/standard.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

bool standard_hold(void)
{
	int held;

	for (int fd = 0; fd <= 2; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			continue;
		if (errno != EBADF)
			return false;
		/* The lowest that is free: those before it are taken by now. */
		held = open("/", O_PATH | O_DIRECTORY);
		if (held != fd)
			return false;
	}
	return true;
}
