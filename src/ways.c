// SPDX-License-Identifier: GPL-2.0-or-later
/* ways.c - one way on which new records may go on from the store */
#include "ways.h"

#include <stdlib.h>
#include <string.h>

int way_try_here(void *ctx, uint64_t number, struct error *err)
{
	struct take *t = ctx;

	if (t->match.met)
		return E_OK;
	return match_try(&t->match, t->replay, number, err);
}

void way_begin_match(struct take *t, uint64_t not_before)
{
	match_start(&t->match, &t->target);
	t->match.exempt = t->foreign;
	t->match.not_before = not_before;
}

void draft_lists_close(struct draft_lists *d)
{
	for (size_t i = 0; i < d->lists.count; i++)
		list_close(d->list[i]);
	free(d->list);
}

int draft_lists_open(struct take *t, struct draft_lists *d, struct error *err)
{
	int rc = E_OK;

	d->lists.count = 0;
	d->list = calloc(t->drafts.count + 1, sizeof(struct list *));
	d->lists.list = d->list;
	if (!d->list)
		return error_set(err, E_NOMEM, "out of memory");
	for (size_t i = 0; i < t->drafts.count && !rc; i++) {
		rc = draft_records(t->drafts.cut[i].draft, &d->list[i], err);
		d->lists.count += !rc;
	}
	if (rc)
		draft_lists_close(d);
	return rc;
}

/*
 * Replay the lists from @at, behind the store. @not_before counts records of
 * the lists; a meeting earlier than that proves nothing.
 */
static int walk(struct take *t, const struct lists *lists,
		struct lists_place at, uint64_t not_before,
		const struct reading *readings, struct error *err)
{
	uint64_t number = store_last(t->store), skipped = at.skipped;
	struct record rec;
	struct list *from;
	int rc;

	way_begin_match(t, number + (not_before > skipped ?
				     not_before - skipped : 0));
	rc = take_start_replay(t, readings, !readings, err);
	if (!rc)
		rc = way_try_here(t, number, err);
	while (!rc) {
		rc = lists_next(lists, &at, &rec, &from, err);
		if (!rc)
			rc = replay_record(t->replay, &rec, list_layout(from),
					   err);
		if (!rc)
			rc = way_try_here(t, ++number, err);
	}
	return rc == LIST_END ? E_OK : rc;
}

int way_walk(struct take *t, const struct lists *lists,
	     const struct lists_place *at, uint64_t not_before,
	     struct reading readings[HASH_COUNT], struct error *err)
{
	int rc;

	take_readings(t->last, readings);
	rc = walk(t, lists, *at, not_before, readings, err);
	if (rc || t->match.met)
		return rc;
	rc = walk(t, lists, *at, not_before, NULL, err);
	if (!rc && t->match.met)
		memcpy(readings, t->match.readings,
		       HASH_COUNT * sizeof(*readings));
	return rc;
}

/* Make drafts anew of what lies behind @at, under @readings. */
static int redraft(struct take *t, const struct lists *lists,
		   struct lists_place at, const struct reading *readings,
		   struct error *err)
{
	struct drafts fresh = {
		.store = t->store,
		.replay = t->replay,
		.shard_size = t->drafts.shard_size,
		.must_cut = t->drafts.must_cut,
	};
	struct record rec;
	struct list *from;
	int rc;

	drafts_start(&fresh, store_last(t->store));
	rc = take_start_replay(t, readings, false, err);
	while (!rc) {
		rc = lists_next(lists, &at, &rec, &from, err);
		if (!rc)
			rc = drafts_add(&fresh, &rec, list_layout(from), err);
	}
	if (rc == LIST_END)
		rc = drafts_cut(&fresh, err);
	if (rc) {
		drafts_free(&fresh);
		return rc;
	}
	drafts_free(&t->drafts);
	t->drafts = fresh;
	return E_OK;
}

int way_accept(struct take *t, const struct draft_lists *d,
	       const struct lists_place *at, const struct reading *readings,
	       struct error *err)
{
	struct match met = t->match;
	int rc;

	if (at->skipped) {
		rc = redraft(t, &d->lists, *at, readings, err);
		/* Then the last one collected may not be the last stored. */
		if (!t->drafts.count)
			t->tail_len = 0;
	} else {
		rc = take_start_replay(t, readings, false, err);
		if (!rc)
			rc = drafts_replay(&t->drafts, true, NULL, NULL, err);
	}
	t->match = met;
	return rc;
}

/* --- foreign PCRs --- */

/*
 * The PCRs that alone would have been met, of those that are replayed and
 * read. Somebody else's extends to one of them must not stop the others.
 */
static int met_alone(struct take *t, const struct draft_lists *d,
		     const struct lists_place *at, uint64_t not_before,
		     const struct reading *readings, uint32_t *ret,
		     struct error *err)
{
	uint32_t foreign = t->foreign, pcrs = replay_pcrs(t->replay);
	int rc = E_OK;

	*ret = 0;
	for (uint32_t m = pcrs & ~foreign; m && !rc; m &= m - 1) {
		uint32_t one = m & ~(m - 1);

		t->foreign = ~one;
		rc = walk(t, &d->lists, *at, not_before, readings, err);
		if (!rc && t->match.met)
			*ret |= one;
	}
	t->foreign = foreign;
	return rc;
}

int way_walk_native(struct take *t, const struct draft_lists *d,
		    const struct lists_place *at, uint64_t not_before,
		    const struct reading *readings, struct error *err)
{
	uint32_t pcrs = replay_pcrs(t->replay) & ~t->foreign, alone;
	int rc;

	if (!(pcrs & (pcrs - 1)))
		return E_OK;
	rc = met_alone(t, d, at, not_before, readings, &alone, err);
	if (rc || !(alone & 1U << IMA_PCR))
		return rc;
	t->foreign |= pcrs & ~alone;
	return walk(t, &d->lists, *at, not_before, readings, err);
}

