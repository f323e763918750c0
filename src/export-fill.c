// SPDX-License-Identifier: GPL-2.0-or-later
/* export-fill.c - which records a chunk has, and what remains behind them */
#include <string.h>

#include "base/hash.h"
#include "export-inner.h"

/* --- what there is --- */

static int check_bounds(const struct export *e, struct error *err)
{
	uint64_t after = e->opt->after, first = stitch_first(e->stitch);
	uint64_t last = stitch_last(e->stitch);
	int rc = E_OK;

	if (after > last)
		rc = error_set(err, E_UNDECIDED,
			       "there is no record %llu, the last one is %llu",
			       (unsigned long long)after,
			       (unsigned long long)last);
	else if (after + 1 < first)
		rc = error_set(err, E_GAP, "records 1..%llu were discarded",
			       (unsigned long long)first - 1);
	error_subject(err, "%s", e->opt->snapshot->shard_dir);
	return rc;
}

static int look(struct export *e, struct error *err)
{
	const struct snapshot_options *o = e->opt->snapshot;
	int rc = stitch_refresh_wait(e->stitch, o->wait, err);

	store_close(e->store);
	e->store = NULL;
	if (!rc && stitch_stored(e->stitch))
		rc = store_open(&e->store, o->shard_dir, err);
	return rc ? rc : check_bounds(e, err);
}

/* Those whose bank is extended by another rule at the shard's end. */
static void drop_changed(struct base *b, unsigned int padded)
{
	for (unsigned int i = 0; i < HASH_COUNT; i++)
		if ((b->padded ^ padded) & HASH_BIT(i))
			b->values.bank[i].mask = 0;
}

/* Zero, in the banks that the aggregate of the first shard has. */
static void base_zero(struct base *b, const struct pcr_values *of)
{
	for (unsigned int i = 0; i < HASH_COUNT; i++)
		b->values.bank[i].mask = of ? of->bank[i].mask :
			i != HASH_SM3_256 ? 1U << IMA_PCR : 0;
}

static void base_is(struct base *b, const struct aggregate *agg)
{
	b->values = agg->pcrs;
	b->padded = agg->padded;
	b->last = agg->last;
}

/* The record to begin with is in shard @i. */
static int base_in_shard(struct export *e, size_t i, struct error *err)
{
	const uint64_t first = e->opt->after + 1;
	struct aggregate *agg = e->agg;
	struct base *b = &e->base;
	unsigned int padded;
	int rc = store_aggregate(e->store, i, agg, NULL, err);

	if (rc)
		return rc;
	b->foreign = agg->foreign;
	b->tpm = agg->tpm;
	padded = b->padded = agg->padded;
	b->last = agg->first - 1;
	if (agg->first == first)
		e->chunk.gap = agg->gap;
	if (agg->gap.present) {
		b->values = agg->gap.pcrs;
	} else if (agg->first == 1) {
		base_zero(b, &agg->pcrs);
	} else {
		rc = store_before(e->store, i, agg, err);
		if (!rc)
			base_is(b, agg);
	}
	if (!rc && b->last < e->opt->after)
		drop_changed(b, padded);
	return rc;
}

static int find_base(struct export *e, struct error *err)
{
	struct base *b = &e->base;
	size_t i;
	int rc;

	memset(b, 0, sizeof(*b));
	memset(&e->chunk.gap, 0, sizeof(e->chunk.gap));
	if (!e->store) {
		b->from_zero = true;
		base_zero(b, NULL);
		return E_OK;
	}
	if (e->opt->after < stitch_stored(e->stitch)) {
		i = store_find(e->store, e->opt->after + 1);
		if (i < store_count(e->store))
			return base_in_shard(e, i, err);
	}
	i = store_find(e->store, stitch_stored(e->stitch));
	if (i == store_count(e->store))
		return error_set(err, E_GAP, "no shard has record %llu",
				 (unsigned long long)stitch_stored(e->stitch));
	rc = store_aggregate(e->store, i, e->agg, NULL, err);
	if (rc)
		return rc;
	base_is(b, e->agg);
	b->foreign = e->agg->foreign;
	b->tpm = e->agg->tpm;
	return E_OK;
}

/* --- what goes into the chunk --- */

/* No replay crosses a gap: there, the next chunk begins. */
static int ends_before(struct export *e, uint64_t number, bool *ret,
		       struct error *err)
{
	size_t i;
	int rc;

	*ret = false;
	if (!e->store || number > stitch_stored(e->stitch) ||
	    number == e->chunk.first)
		return E_OK;
	i = store_find(e->store, number);
	if (i == store_count(e->store) ||
	    store_shard(e->store, i)->first != number)
		return E_OK;
	rc = store_aggregate(e->store, i, e->agg, NULL, err);
	*ret = !rc && e->agg->gap.present;
	return rc;
}

static int measure(struct export *e, struct hash_stream *sha256,
		   struct error *err)
{
	struct progress *p = e->opt->snapshot->progress;
	struct chunk *c = &e->chunk;
	struct record rec;
	int rc;

	c->first = e->opt->after + 1;
	c->last = e->opt->after;
	c->bytes = 0;
	/* With a limit nobody knows how many will do. */
	progress_begin(p, e->opt->max_bytes == UINT64_MAX ?
		       stitch_last(e->stitch) - c->last : 0);
	rc = stitch_seek(e->stitch, c->first, err);
	while (!rc) {
		bool end = c->last == stitch_last(e->stitch);

		if (!end)
			rc = ends_before(e, c->last + 1, &end, err);
		if (rc || end)
			break;
		rc = stitch_next(e->stitch, &rec, err);
		if (rc || (c->bytes && rec.raw_len > e->opt->max_bytes -
						     c->bytes))
			break;
		if (hash_stream_add(sha256, rec.raw, rec.raw_len))
			return error_set(err, E_CRYPTO,
					 "libcrypto failed to hash");
		c->bytes += rec.raw_len;
		c->last++;
		progress_add(p, 1);
		if (c->bytes >= e->opt->max_bytes)
			break;
	}
	if (!rc && hash_stream_end(sha256, c->sha256))
		rc = error_set(err, E_CRYPTO, "libcrypto failed to hash");
	return rc < 0 ? rc : E_OK;
}

static uint64_t bytes_in_memory(const struct export *e, uint64_t from)
{
	struct stitch_recent r;

	stitch_recent(e->stitch, &r);
	return r.count && from < r.first + r.count ?
	       r.start[r.count] - r.start[from - r.first] : 0;
}

/* Of shards the sizes are known; only within one are records counted. */
static int count_remaining(struct export *e, struct error *err)
{
	uint64_t stored = stitch_stored(e->stitch), next = e->chunk.last + 1;
	uint64_t bytes = 0;
	int rc = stitch_seek(e->stitch, next, err);

	for (size_t i = 0; i < stitch_parts(e->stitch) && !rc; i++) {
		const struct stitch_part *p = stitch_part(e->stitch, i);
		struct record rec;

		if (p->last < next)
			continue;
		if (p->first == next) {
			bytes += p->bytes;
			next = p->last + 1;
		}
		for (; next <= p->last && !rc; next++) {
			rc = stitch_next(e->stitch, &rec, err);
			bytes += rc ? 0 : rec.raw_len;
		}
	}
	if (rc)
		return rc;
	if (next <= stored)
		return error_set(err, E_GAP, "no shard has record %llu",
				 (unsigned long long)next);
	e->chunk.remaining_bytes = bytes + bytes_in_memory(e, next);
	e->chunk.remaining_records = stitch_last(e->stitch) - e->chunk.last;
	return E_OK;
}

int export_fill(struct export *e, struct error *err)
{
	struct hash_stream *sha256;
	int rc = look(e, err);

	if (!rc)
		rc = find_base(e, err);
	if (rc)
		return rc;
	if (hash_stream_new(&sha256, HASH_SHA256))
		return error_set(err, E_CRYPTO, "libcrypto failed to hash");
	rc = measure(e, sha256, err);
	hash_stream_free(sha256);
	return rc ? rc : count_remaining(e, err);
}
