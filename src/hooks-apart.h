/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hooks-apart.h - hooks, run by a process that has given nothing up
 *
 * What parses hostile bytes gives up capabilities and system calls, and they
 * are lost to all that it starts. Hooks are an administrator's, and need what
 * they need. So a process is started before: it waits for one word, runs the
 * hooks (hooks.h), and says what came of it. It is told nothing else, holds
 * nothing open, and ends with the one that started it.
 */
#ifndef HOOKS_APART_H
#define HOOKS_APART_H

#include <sys/types.h>

#include "hooks.h"

struct hooks_apart {
	pid_t pid;		/* 0: there are no hooks */
	int word, answer;	/* pipes */
	struct error why;	/* it could not be started */
};

/*
 * Start it, where there is any hook. Nothing may be locked, and no list open,
 * as for hooks_run(); nor may there be threads. What goes wrong comes with the
 * answer: a snapshot goes on without hooks.
 */
void hooks_apart_start(struct hooks_apart *a, const struct hooks_options *opt,
		       hooks_tell tell, void *ctx);

/*
 * hooks_run(), there; once. @tell is called there, too. E_IO besides if that
 * process is no more.
 */
int hooks_apart_run(struct hooks_apart *a, struct hooks_result *ret,
		    struct error *err);

/* It ends, whether or not it has run anything; @a may be all zero. */
void hooks_apart_end(struct hooks_apart *a);

#endif
