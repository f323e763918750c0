// SPDX-License-Identifier: GPL-2.0-or-later
/* say.c - one line to the user, and the exit code that goes with an error */
#include "cmd/say.h"

#include <stdarg.h>
#include <stdio.h>

#include "cmd/advice.h"
#include "cmd/progress.h"
#include "evmctl-snapshot.h"

void say_error(const char *verb, const struct error *err)
{
	const char *next = advice(verb, err);
	char line[ERROR_LINE_MAX];

	error_line(err, line, sizeof(line));
	progress_hide();
	fprintf(stderr, "evmctl %s: %s%s%s\n", verb, line, next ? ": " : "",
		next ? next : "");
}

void say(const char *verb, const char *fmt, ...)
{
	va_list ap;

	progress_hide();
	fprintf(stderr, "evmctl %s: ", verb);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

int exit_code(int error_code)
{
	switch (error_code) {
	case E_OK:
		return EVMCTL_OK;
	case E_INCOMPLETE:
	case E_FORMAT:
	case E_LIMIT:
	case E_CHANGED:
		return EVMCTL_CONTRADICTED;
	case E_USAGE:
		return EVMCTL_USAGE;
	case E_GAP:
	case E_UNDECIDED:
	case E_UNSUPPORTED:
		return EVMCTL_UNDECIDED;
	}
	return EVMCTL_FAILED;
}
