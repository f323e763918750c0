/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hook.h - executables of an administrator, in a directory: which, and run
 *
 * The rules are those of run-parts(8): a name of letters, digits, '-' and '_'
 * only, in the order of the names as bytes, and executable. What root runs
 * must be root's alone besides: the file belongs to root, or to the user that
 * we are, nobody else may write to it, nor to the way there (port/trusted.h).
 */
#ifndef PORT_HOOK_H
#define PORT_HOOK_H

#include <stddef.h>

#include "base/error.h"

struct hook {
	char *path;
	struct error unsafe;	/* code 0: it may be run */
};

/*
 * The hooks in @dir, to be hooks_free()d. What has another name or is no
 * executable file is not among them; what is, but not safe, says why. No
 * directory: none. E_IO, also where the directory itself is not safe; E_NOMEM.
 */
int hooks_list(const char *dir, struct hook **ret, size_t *count,
	       struct error *err);
void hooks_free(struct hook *hooks, size_t count);

/*
 * Run one: @argv[0] is its path, @set are "NAME=value" on top of our own
 * environment, both end with NULL. It is in "/" and in a process group of its
 * own, has no input, and its output is our standard error. After @timeout
 * seconds that group gets SIGTERM, some seconds later SIGKILL.
 * Returns 0 where it ended with 0, else E_IO, with how it ended; E_NOMEM.
 */
int hook_run(char *const argv[], char *const set[], unsigned int timeout,
	     struct error *err);

#endif
