/* SPDX-License-Identifier: GPL-2.0-or-later */
/* say.h - one line to the user, and the exit code that goes with an error */
#ifndef CMD_SAY_H
#define CMD_SAY_H

#include "base/error.h"

/* "evmctl VERB: <error>" on stderr, and what to do next if advice() knows. */
void say_error(const char *verb, const struct error *err);

/* "evmctl VERB: <text>" on stderr. */
void say(const char *verb, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * The exit code for an error about evidence: malformed or changed bytes
 * contradict, gaps and the like leave it undecided, all else failed.
 */
int exit_code(int error_code);

#endif
