/* SPDX-License-Identifier: GPL-2.0-or-later */
/* progress.h - how far a verb has come, on one line of stderr that goes again */
#ifndef CMD_PROGRESS_H
#define CMD_PROGRESS_H

#include <stdbool.h>

#include "base/progress.h"

enum progress_when {
	PROGRESS_AUTO,		/* on a terminal, after a second */
	PROGRESS_ALWAYS,
	PROGRESS_NEVER
};

/*
 * What is to be counted on, or NULL where nobody looks on. @what, a literal,
 * goes before it. There is one line for the process, which is the terminal's.
 * To be called before system calls are given up: it asks how wide that is.
 */
struct progress *progress_start(const char *what, enum progress_when when);

/* Whether progress_start() would return one. */
bool progress_wanted(enum progress_when when);

/*
 * Erase what is shown, so that something else can be printed; it comes back.
 * Whoever prints while records are worked on calls it before; say() does.
 */
void progress_hide(void);

/* Erase it for good. */
void progress_stop(void);

#endif
