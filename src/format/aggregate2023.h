/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * aggregate2023.h - snapshot_aggregate records of the 2023 design
 *
 * Kernels with the patches of "IMA Log Snapshotting" (RFC, 2023; never merged)
 * measure the values of all PCRs when a snapshot is taken: critical data with
 * the template ima-buf and the name snapshot_aggregate.
 */
#ifndef FORMAT_AGGREGATE2023_H
#define FORMAT_AGGREGATE2023_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "format/pcrs.h"
#include "format/record.h"

struct aggregate2023 {
	/* Before the record itself is extended. */
	struct pcr_values pcrs;
	bool has_attempts;
	uint64_t attempts;	/* snapshots that were tried, this one too */
};

/* Is @rec one? That says nothing of what its buffer holds. */
bool aggregate2023_is(const struct record *rec,
		      const struct list_layout *layout);

/*
 * Read the buffer of such a record. Banks that we do not know are left out.
 * Sets all of @ret on success only; E_FORMAT says what is wrong: a value that
 * is given twice or has the wrong length, no value at all, or what is no such
 * text.
 */
int aggregate2023_parse(const struct record *rec,
			const struct list_layout *layout,
			struct aggregate2023 *ret, struct error *err);

#endif
