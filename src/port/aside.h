/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * aside.h - a file that is there whole, or not at all
 *
 * It is written under a name of its own beside the one it is to have, synced,
 * renamed, and the directory synced.
 */
#ifndef PORT_ASIDE_H
#define PORT_ASIDE_H

#include <sys/types.h>

#include "base/error.h"

struct aside;

/*
 * Begin @path, with @mode where the umask allows it. What is there under that
 * name stays until aside_commit(). E_IO, E_NOMEM.
 */
int aside_open(struct aside **ret, const char *path, mode_t mode,
	       struct error *err);

/* To be written to; not to be closed. */
int aside_fd(const struct aside *a);

/* Give it its name. @a is freed in any case. E_IO. */
int aside_commit(struct aside *a, struct error *err);

/* Forget it. Takes NULL. */
void aside_drop(struct aside *a);

#endif
