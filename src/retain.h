/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * retain.h - how much of a boot's history is kept
 *
 * A machine that is never rebooted would fill its disk. What is discarded are
 * whole shards, oldest first, never the newest; the marker that stays
 * (shards.h) keeps the aggregate at the cut. A verdict can then no longer
 * start at boot.
 */
#ifndef RETAIN_H
#define RETAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "snapshot.h"

struct retain_options {
	uint64_t before;	/* records before this one may go; 0: all */
	uint64_t bytes;		/* of records to keep, 0: however many; */
				/* no more goes than is over it */
	bool only_confirmed;	/* and of those what all hooks have confirmed */
};

struct retain_result {
	size_t shards;		/* that there were */
	size_t discarded;	/* of them, by this call */
	uint64_t bytes;		/* of records, in those */
	uint64_t last;		/* records 1 to this one are gone; 0: none */
	uint64_t unconfirmed;	/* kept, though its time had come: or 0 */
};

/*
 * Discard under the store's lock. No directory is no error. E_UNDECIDED where
 * the newest records are stored, but a mismatch keeps them in the kernel: how
 * many, the shards tell, so none goes before that is settled. Else as
 * store_discard() and store_open_write().
 */
int snapshot_retain(const struct snapshot_options *options,
		    const struct retain_options *how,
		    struct retain_result *ret, struct error *err);

#endif
