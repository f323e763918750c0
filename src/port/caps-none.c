// SPDX-License-Identifier: GPL-2.0-or-later
/* caps-none.c - of a build without libcap */
#include <sys/prctl.h>

#include "port/caps.h"

void caps_keep(unsigned int keep)
{
	(void)keep;
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}
