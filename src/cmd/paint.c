// SPDX-License-Identifier: GPL-2.0-or-later
/* paint.c - colours, where there is a terminal that wants them */
#include "cmd/paint.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool wanted(FILE *to)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	return !(no && *no) && term && strcmp(term, "dumb") != 0 &&
	       isatty(fileno(to));
}

const char *paint(FILE *to, enum paint what)
{
	static const char *const codes[] = {
		[PAINT_NONE] = "\033[0m",
		[PAINT_GOOD] = "\033[32m",
		[PAINT_WARNING] = "\033[33m",
		[PAINT_BAD] = "\033[1;31m",
		[PAINT_FAINT] = "\033[2m",
	};

	return wanted(to) ? codes[what] : "";
}
