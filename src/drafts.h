/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * drafts.h - records on their way to become shards, and the PCRs on the way
 *
 * Records are added one by one; whenever a shard is full, it is cut. Nothing
 * of it is in the store before store_publish(): drafts_free() forgets all.
 */
#ifndef DRAFTS_H
#define DRAFTS_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "format/aggregate.h"
#include "format/record.h"
#include "replay.h"
#include "shards.h"

/*
 * A sealed draft and the PCRs after its last record: only those that are
 * known, for there may be thousands of drafts.
 */
struct cut {
	struct draft *draft;
	unsigned int padded;	/* HASH_BITs */
	uint32_t pcrs;
	uint8_t *values;	/* bank by bank, index ascending */
};

struct drafts {
	const struct store *store;
	struct replay *replay;		/* not owned */
	uint64_t shard_size;
	uint64_t last;			/* number of the last record */
	uint64_t must_cut;		/* a shard ends with this one, or 0 */
	struct draft *open;
	struct cut *cut;
	size_t count, room;
	size_t synced;			/* of them, from the first on */
	struct pcr_values scratch;
};

/* Begin, or forget all and begin again, behind record @last. */
void drafts_start(struct drafts *d, uint64_t last);
void drafts_free(struct drafts *d);

/*
 * Replay a record and add it. E_CHANGED: its template digest is wrong; it was
 * not added. Else as replay_record(), draft_add().
 */
int drafts_add(struct drafts *d, const struct record *rec,
	       const struct list_layout *layout, struct error *err);

/* Cut what is open, if anything is. */
int drafts_cut(struct drafts *d, struct error *err);

/*
 * All records that were cut once more, through the replay as it stands, with
 * @visit (may be NULL) after each; it ends the walk by not returning 0. With
 * @note the PCRs after each cut are set to what the replay now says.
 */
typedef int (*drafts_visit)(void *ctx, uint64_t number, struct error *err);
int drafts_replay(struct drafts *d, bool note, drafts_visit visit, void *ctx,
		  struct error *err);

/*
 * The same without the records of which @but says so: what would the PCRs be
 * if their extends had failed?
 */
typedef bool (*drafts_but)(void *ctx, uint64_t number);
int drafts_replay_but(struct drafts *d, drafts_but but, void *but_ctx,
		      drafts_visit visit, void *ctx, struct error *err);

/* pcrs and padded of the aggregate for cut @i. */
void drafts_values(const struct drafts *d, size_t i, struct aggregate *ret);

#endif
