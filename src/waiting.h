/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * waiting.h - what the next snapshot would find, without taking it
 *
 * Nothing is locked, and nothing is written. On a machine that has come to
 * rest nothing is read but a number: the lists only where records wait and
 * their bytes are asked for, the newest aggregate only on a copy kernel and
 * without the cache (cache.h).
 */
#ifndef WAITING_H
#define WAITING_H

#include <stdint.h>

#include "base/error.h"
#include "format/aggregate.h"
#include "shards.h"
#include "snapshot.h"

struct waiting {
	uint64_t records;	/* that no shard has */
	uint64_t staged;	/* of them, in a batch set aside */
	uint64_t bytes;		/* counted up to what was asked for */
};

/*
 * Count what waits. The kernel's own count has no notion of the store, so
 * where stored records are still in the kernel (keep, a delete that failed)
 * they count too: rather a snapshot too many. Bytes are counted by reading,
 * which for a long list is slow, until @enough of them were seen; 0: none.
 * @st is the store where it is open already, or NULL.
 * Returns 0, E_ABSENT (no list), E_BUSY, E_IO, E_NOMEM, and what a damaged
 * newest aggregate gives on a copy kernel.
 */
int snapshot_waiting(const struct snapshot_options *options,
		     const struct store *st, uint64_t enough,
		     struct waiting *ret, struct error *err);

/*
 * The newest aggregate of a store that has one, from the cache or from its
 * file. As store_aggregate().
 */
int snapshot_newest(const struct snapshot_options *options,
		    const struct store *st, struct aggregate *ret,
		    struct error *err);

#endif
