// SPDX-License-Identifier: GPL-2.0-or-later
/* drafts.c - records on their way to become shards, and the PCRs on the way */
#include "drafts.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "port/list.h"

#define DRAFTS_UNSYNCED 16

static void forget(struct drafts *d)
{
	for (size_t i = 0; i < d->count; i++) {
		draft_free(d->cut[i].draft);
		free(d->cut[i].values);
	}
	draft_free(d->open);
	d->open = NULL;
	d->count = d->synced = 0;
}

void drafts_start(struct drafts *d, uint64_t last)
{
	forget(d);
	d->last = last;
}

void drafts_free(struct drafts *d)
{
	forget(d);
	free(d->cut);
	d->cut = NULL;
	d->room = 0;
}

static size_t packed_size(unsigned int banks, uint32_t pcrs)
{
	size_t n = 0;

	for (unsigned int i = 0; i < HASH_COUNT; i++)
		if (banks & HASH_BIT(i))
			n += hash_row(i)->size *
			     (size_t)__builtin_popcount(pcrs);
	return n;
}

static void pack(uint8_t *packed, const struct pcr_values *values,
		 unsigned int banks, uint32_t pcrs)
{
	for (unsigned int i = 0; i < HASH_COUNT; i++) {
		size_t size = hash_row(i)->size;

		for (uint32_t m = banks & HASH_BIT(i) ? pcrs : 0; m;
		     m &= m - 1) {
			memcpy(packed, values->bank[i].value[__builtin_ctz(m)],
			       size);
			packed += size;
		}
	}
}

static void unpack(struct pcr_values *values, const uint8_t *packed,
		   unsigned int banks, uint32_t pcrs)
{
	for (unsigned int i = 0; i < HASH_COUNT; i++) {
		size_t size = hash_row(i)->size;

		if (!(banks & HASH_BIT(i)))
			continue;
		values->bank[i].mask = pcrs;
		for (uint32_t m = pcrs; m; m &= m - 1) {
			memcpy(values->bank[i].value[__builtin_ctz(m)], packed,
			       size);
			packed += size;
		}
	}
}

/* Remember in @cut where the replay stands. */
static int note_values(struct drafts *d, struct cut *cut, struct error *err)
{
	const struct replay *r = d->replay;
	struct reading readings[HASH_COUNT];
	uint8_t *packed = realloc(cut->values,
				  packed_size(r->banks, replay_pcrs(r)));

	if (!packed)
		return error_set(err, E_NOMEM, "out of memory");
	replay_values(r, &d->scratch);
	replay_readings(r, readings);
	cut->values = packed;
	cut->pcrs = replay_pcrs(r);
	cut->padded = 0;
	pack(packed, &d->scratch, r->banks, cut->pcrs);
	for (unsigned int i = 0; i < HASH_COUNT; i++)
		if (r->banks & HASH_BIT(i) &&
		    reading_padded(&readings[i], r->kernels))
			cut->padded |= HASH_BIT(i);
	return E_OK;
}

void drafts_values(const struct drafts *d, size_t i, struct aggregate *ret)
{
	const struct cut *cut = &d->cut[i];

	unpack(&ret->pcrs, cut->values, d->replay->banks, cut->pcrs);
	ret->padded = cut->padded;
}

/*
 * What one fsync() waits for, others have with it. Those that are left are
 * synced when they are published.
 */
static int sync_some(struct drafts *d, struct error *err)
{
	int rc = E_OK;

	if (d->count - d->synced < DRAFTS_UNSYNCED)
		return E_OK;
	for (; d->synced < d->count && !rc; d->synced++)
		rc = draft_sync(d->cut[d->synced].draft, err);
	return rc;
}

int drafts_cut(struct drafts *d, struct error *err)
{
	struct cut *cut;
	int rc;

	if (!d->open)
		return E_OK;
	if (d->count == d->room) {
		size_t room = d->room ? 2 * d->room : 16;
		struct cut *more = realloc(d->cut, room * sizeof(*more));

		if (!more)
			return error_set(err, E_NOMEM, "out of memory");
		d->cut = more;
		d->room = room;
	}
	cut = &d->cut[d->count++];
	*cut = (struct cut){ .draft = d->open };
	d->open = NULL;
	rc = draft_seal(cut->draft, err);
	if (!rc)
		rc = sync_some(d, err);
	if (!rc)
		rc = note_values(d, cut, err);
	return rc;
}

/* The cut comes before the replay: its values are those after its records. */
int drafts_add(struct drafts *d, const struct record *rec,
	       const struct list_layout *layout, struct error *err)
{
	int rc = E_OK;

	if (d->open && draft_bytes(d->open) + rec->raw_len > d->shard_size)
		rc = drafts_cut(d, err);
	if (!rc)
		rc = replay_record(d->replay, rec, layout, err);
	if (rc)
		return rc;
	if (!d->open)
		rc = draft_new(&d->open, d->store, d->last + 1, err);
	if (!rc)
		rc = draft_add(d->open, rec->raw, rec->raw_len, err);
	if (rc)
		return rc;
	d->last++;
	return d->last == d->must_cut ? drafts_cut(d, err) : E_OK;
}

/* What is done with each record of a draft. */
struct pass {
	drafts_but but;
	void *but_ctx;
	drafts_visit visit;
	void *ctx;
};

static int replay_one(struct drafts *d, struct cut *cut, const struct pass *p,
		      struct error *err)
{
	uint64_t number = draft_first(cut->draft) - 1;
	struct record rec;
	struct list *list;
	int rc = draft_records(cut->draft, &list, err);

	if (rc)
		return rc;
	while (!(rc = list_next(list, &rec, err))) {
		number++;
		if (p->but && p->but(p->but_ctx, number))
			continue;
		rc = replay_record(d->replay, &rec, list_layout(list), err);
		if (!rc && p->visit)
			rc = p->visit(p->ctx, number, err);
		if (rc)
			break;
	}
	list_close(list);
	return rc == LIST_END ? E_OK : rc;
}

int drafts_replay(struct drafts *d, bool note, drafts_visit visit, void *ctx,
		  struct error *err)
{
	const struct pass p = { .visit = visit, .ctx = ctx };
	int rc = E_OK;

	for (size_t i = 0; i < d->count && !rc; i++) {
		rc = replay_one(d, &d->cut[i], &p, err);
		if (!rc && note)
			rc = note_values(d, &d->cut[i], err);
	}
	return rc;
}

int drafts_replay_but(struct drafts *d, drafts_but but, void *but_ctx,
		      drafts_visit visit, void *ctx, struct error *err)
{
	const struct pass p = { but, but_ctx, visit, ctx };
	int rc = E_OK;

	for (size_t i = 0; i < d->count && !rc; i++)
		rc = replay_one(d, &d->cut[i], &p, err);
	return rc;
}
