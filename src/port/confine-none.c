// SPDX-License-Identifier: GPL-2.0-or-later
/* confine-none.c - of a build without libseccomp */
#include "port/confine.h"

bool confine_available(void)
{
	return false;
}

bool confine(unsigned int also)
{
	(void)also;
	return false;
}
