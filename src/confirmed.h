/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * confirmed.h - up to which shard all hooks have said that they are done
 *
 * A symbolic link, .hooks/confirmed, in a directory of its own in the store:
 * it leads nowhere, its target is the range of the last such shard. A link is
 * read and replaced in one step and, under ima_policy=tcb, without a record;
 * and that directory's changes leave the store's own, and so the cache of the
 * next snapshot, as they were.
 */
#ifndef CONFIRMED_H
#define CONFIRMED_H

#include <stdint.h>

#include "base/error.h"
#include "shards.h"

#define CONFIRMED_DIR ".hooks"

/*
 * The last record of that shard: 0 where none was confirmed, or the link names
 * one that is neither here nor discarded.
 */
uint64_t confirmed_last(const struct store *st);

/*
 * Wait for nobody, and hold what makes one process at a time run hooks on this
 * store: a descriptor of the directory, which is made. E_BUSY, E_IO.
 */
int confirmed_lock(const struct store *st, int *ret, struct error *err);

/*
 * Which shard @s is, before any hook is told of it: a descriptor of its
 * aggregate that reads nothing, to be closed. E_ABSENT, E_IO.
 */
int confirmed_mark(const struct store *st, const struct shard *s, int *ret,
		   struct error *err);

/*
 * Make @s the last confirmed one, durably; @fd is of confirmed_lock(), @mark of
 * confirmed_mark(). Waits for who holds the store. E_CHANGED: the store was
 * cleared meanwhile, and what bears that name now is another shard, of which
 * no hook was told; E_IO.
 */
int confirmed_set(const struct store *st, int fd, int mark,
		  const struct shard *s, struct error *err);

/* Forget; before the shards of a boot go. Nothing there is no error. E_IO. */
int confirmed_clear(const struct store *st, struct error *err);

#endif
