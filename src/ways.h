/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ways.h - one way on which new records may go on from the store, replayed:
 * what settle.c tries one after another, and nobody else uses
 */
#ifndef WAYS_H
#define WAYS_H

#include "align.h"
#include "take.h"

/* The drafts as lists, for align.h. */
struct draft_lists {
	struct lists lists;
	struct list **list;
};

/* draft_lists_close() is due after success only. E_IO, E_NOMEM. */
int draft_lists_open(struct take *t, struct draft_lists *d, struct error *err);
void draft_lists_close(struct draft_lists *d);

/* A new look at the target; a meeting before record @not_before is chance. */
void way_begin_match(struct take *t, uint64_t not_before);

/* A drafts_visit: the first record at which the target is met counts. */
int way_try_here(void *ctx, uint64_t number, struct error *err);

/*
 * Replay @lists from @at, behind the store: narrow, then wide. t->match says
 * whether the target was met; then the readings under which it was go to
 * @readings. @not_before counts records of the lists.
 */
int way_walk(struct take *t, const struct lists *lists,
	     const struct lists_place *at, uint64_t not_before,
	     struct reading readings[HASH_COUNT], struct error *err);

/*
 * The same without the PCRs that would not be met though IMA's own is: others
 * extend them too, and are noted in t->foreign.
 */
int way_walk_native(struct take *t, const struct draft_lists *d,
		    const struct lists_place *at, uint64_t not_before,
		    const struct reading *readings, struct error *err);

/* The way at @at is the one: keep the drafts' records behind it. */
int way_accept(struct take *t, const struct draft_lists *d,
	       const struct lists_place *at, const struct reading *readings,
	       struct error *err);

#endif
