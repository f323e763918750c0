// SPDX-License-Identifier: GPL-2.0-or-later
/* course.c - one way through the evidence, from a start */
#include "course.h"

#include <stdlib.h>
#include <string.h>

#include "ahead.h"
#include "base/hash.h"
#include "format/aggregate2023.h"
#include "seams.h"

size_t course_shards(const struct evidence *ev)
{
	return ev->store ? store_count(ev->store) : 0;
}

bool is_failure(int rc)
{
	return rc == E_IO || rc == E_NOMEM || rc == E_CRYPTO;
}

/* --- one record, one segment --- */

/*
 * A kernel with the patches of 2023 has measured what the PCRs were, before
 * this record. PCRs that others extend too are no reason to stop. What cannot
 * be read states nothing: keyrings too give names to records.
 */
static int meet_snapshot(struct run *run, const struct record *rec,
			 const struct list_layout *layout, struct error *err)
{
	struct replay *r = run->replay;
	struct aggregate2023 *agg;
	struct error why;
	int rc;

	if (!run->target || rec->violation || !aggregate2023_is(rec, layout))
		return E_OK;
	memset(&why, 0, sizeof(why));
	agg = malloc(sizeof(*agg));
	if (!agg)
		return error_set(err, E_NOMEM, "out of memory");
	if (aggregate2023_parse(rec, layout, agg, NULL)) {
		run->snapshots.unread++;
		free(agg);
		return E_OK;
	}
	rc = replay_meet(r, &agg->pcrs, replay_pcrs(r) &
			 ~(run->match.ignored & ~(1U << IMA_PCR)), &why);
	free(agg);
	run->snapshots.equal += !rc;
	return rc ? error_set(err, rc, "snapshot_aggregate: %.300s",
			      why.reason) : E_OK;
}

static int try_target(struct run *run, struct error *err)
{
	int rc = match_try(&run->match, run->replay, run->number, err);

	if (!rc && run->match.met && run->match.at == run->number)
		run->proven = run->snapshots;
	return rc;
}

/* A replay from boot must come by where the checkpoint is. */
static int pass_checkpoint(struct run *run, struct error *err)
{
	const struct state_proven *at = run->ev->checkpoint;
	bool any = false;
	int rc;

	if (!at || run->resume || run->number != at->record)
		return E_OK;
	for (unsigned int i = 0; i < HASH_COUNT; i++)
		if (run->replay->banks & HASH_BIT(i) && at->pcrs.bank[i].mask)
			any = true;
	if (!any)
		return error_set(err, E_UNDECIDED,
				 "records 1..%llu were proven in other banks",
				 (unsigned long long)at->record);
	/* One that it lacks was not extended, and is zero. */
	rc = replay_meet(run->replay, &at->pcrs, UINT32_MAX, err);
	return rc ? error_set(err, rc,
			      "records 1..%llu lead to other PCR values than when they were proven",
			      (unsigned long long)at->record) : E_OK;
}

int course_record(struct run *run, const struct record *rec,
		  const struct list_layout *layout,
		  const struct record_digests *digests, struct error *err)
{
	int rc = meet_snapshot(run, rec, layout, err);

	if (!rc && digests)
		rc = replay_extend(run->replay, rec, digests, err);
	else if (!rc)
		rc = replay_record(run->replay, rec, layout, err);
	if (rc)
		return rc;
	run->number++;
	course_count(run, 1);
	rc = pass_checkpoint(run, err);
	if (!rc && run->target)
		rc = try_target(run, err);
	if (!rc && run->coverage &&
	    coverage_add(run->coverage, rec, run->number,
			 run->match.met && run->match.at == run->number))
		rc = error_set(err, E_CRYPTO, "libcrypto failed to hash");
	if (rc || run->target)
		return rc;
	if (run->show(run->show_ctx, run->number, rec, layout, run->replay))
		return COURSE_SHOWN;
	return E_OK;
}

/* Digest and count what a shard really holds. */
struct counted {
	struct hash_stream *sha256;
	uint64_t records, bytes;
};

static int shard_is_its_aggregates(const struct run *run,
				   struct counted *seen, struct error *err)
{
	uint64_t records = run->agg.last - run->agg.first + 1;
	uint8_t digest[SHA256_SIZE];

	if (seen->records != records)
		return error_set(err, E_CHANGED,
				 "has %llu records, its aggregate says %llu",
				 (unsigned long long)seen->records,
				 (unsigned long long)records);
	if (seen->bytes != run->agg.bytes)
		return error_set(err, E_CHANGED,
				 "has %llu bytes, its aggregate says %llu",
				 (unsigned long long)seen->bytes,
				 (unsigned long long)run->agg.bytes);
	if (hash_stream_end(seen->sha256, digest))
		return error_set(err, E_CRYPTO, "libcrypto failed to hash");
	if (memcmp(digest, run->agg.sha256, SHA256_SIZE))
		return error_set(err, E_CHANGED,
				 "sha256 is not that of its aggregate");
	return E_OK;
}

static int shard_records(struct run *run, struct list *list,
			 struct counted *seen, struct error *err)
{
	struct list_place here;
	struct record rec;
	int rc;

	for (;;) {
		here = list_tell(list);
		rc = list_next(list, &rec, err);
		if (rc)
			return rc == LIST_END ? E_OK : rc;
		seen->records++;
		seen->bytes += rec.raw_len;
		if (hash_stream_add(seen->sha256, rec.raw, rec.raw_len))
			return error_set(err, E_CRYPTO,
					 "libcrypto failed to hash");
		/* What the checkpoint has proven is only digested. */
		if (run->agg.first - 1 + seen->records <= run->number)
			continue;
		rc = course_record(run, &rec, list_layout(list), NULL, err);
		if (rc < 0)
			error_place(err, seen->records, here.offset);
		if (rc)
			return rc;
	}
}

/* What is at @where, for errors: the aggregate's own file. */
static void name_aggregate(const struct run *run, size_t i, struct error *err)
{
	const struct shard *s = store_shard(run->ev->store, i);

	error_subject(err, "%s/%012llu-%012llu.json",
		      store_path(run->ev->store), (unsigned long long)s->first,
		      (unsigned long long)s->last);
}

/*
 * Does the aggregate state every PCR that its records extend? One that it
 * leaves out would never be compared, and the next shard start from anything.
 */
static int aggregate_covers(const struct run *run, struct error *err)
{
	for (unsigned int i = 0; i < HASH_COUNT; i++) {
		uint32_t has = run->agg.pcrs.bank[i].mask;

		if (run->replay->banks & HASH_BIT(i) && has &&
		    run->replay->touched & ~has)
			return error_set(err, E_CHANGED,
					 "lacks a PCR of %s that its records extend",
					 hash_row(i)->name);
	}
	return E_OK;
}

/* All of shard @i, whose aggregate is in run->agg; then its aggregate. */
static int take_shard(struct run *run, size_t i, struct error *err)
{
	struct counted seen = { 0 };
	struct list *list;
	uint32_t foreign;
	int rc = store_records(run->ev->store, i, &list, err);

	if (rc == E_ABSENT)
		return error_set(err, E_GAP, "the records of %s/%012llu-%012llu.ima are missing",
				 store_path(run->ev->store),
				 (unsigned long long)run->agg.first,
				 (unsigned long long)run->agg.last);
	if (rc)
		return rc;
	if (hash_stream_new(&seen.sha256, HASH_SHA256))
		rc = error_set(err, E_CRYPTO, "libcrypto failed to hash");
	if (!rc)
		rc = shard_records(run, list, &seen, err);
	if (!rc)
		rc = shard_is_its_aggregates(run, &seen, err);
	if (rc < 0)
		error_subject(err, "%s", list_name(list));
	list_close(list);
	hash_stream_free(seen.sha256);
	if (rc || run->agg.unanchored)
		return rc;
	rc = aggregate_covers(run, err);
	/* IMA's own PCR is always compared: what else is there to go by? */
	foreign = run->agg.foreign & ~(1U << IMA_PCR);
	run->match.foreign = foreign;
	if (!rc)
		rc = replay_meet(run->replay, &run->agg.pcrs,
				 replay_pcrs(run->replay) & ~foreign, err);
	if (rc)
		name_aggregate(run, i, err);
	return rc;
}

/* What is left of the lists from @at on, which holds no record. */
static void note_trailing(struct run *run, const struct lists_place *at,
			  const struct error *why)
{
	uint64_t bytes = 0, more;

	for (size_t i = at->list; i < run->ev->lists.count; i++) {
		struct list_place from = { 0 };

		if (i == at->list)
			from = at->place;
		if (!list_seek(run->ev->lists.list[i], from, NULL) &&
		    !list_rest(run->ev->lists.list[i], NULL, NULL, &more,
			       NULL))
			bytes += more;
	}
	run->trailing = *why;
	run->trailing_bytes = bytes;
}

/* The lists were read to their end: nobody has to count them again. */
static void note_count(struct run *run, uint64_t count)
{
	run->counted = true;
	run->counted_from = run->lists;
	run->count = count;
}

/*
 * The lists. Behind the target nothing is claimed any more: records there are
 * counted, not replayed, and what cannot be parsed is counted in bytes.
 */
static int take_lists(struct run *run, struct error *err)
{
	struct lists_place at = run->lists;
	uint64_t before = at.skipped;
	struct record rec;
	struct list *from;
	int rc = ahead_lists(run, &at, err);

	run->tail = at.skipped - before;
	if (rc && run->match.met && !is_failure(rc)) {
		note_trailing(run, &at, err);
		return E_OK;
	}
	while (!rc) {
		struct lists_place here = at;

		rc = lists_next(&run->ev->lists, &at, &rec, &from, err);
		if (rc == LIST_END) {
			note_count(run, at.skipped - before);
			rc = E_OK;
		} else if (!rc && !run->moved_on && match_left(&run->match,
							     rec.pcr)) {
			run->moved_on = true;
		}
		if (!rc && run->moved_on)
			course_count(run, 1);
		if (!rc && at.skipped == here.skipped)
			break;
		if (!rc && !run->moved_on) {
			rc = course_record(run, &rec, list_layout(from),
					   NULL, err);
			if (rc < 0) {
				error_place(err, run->number + 1,
					    here.place.offset);
				error_subject(err, "%s", list_name(from));
			}
		}
		if (rc < 0 && run->match.met && !is_failure(rc)) {
			note_trailing(run, &here, err);
			rc = E_OK;
			break;
		}
		if (rc)
			break;
		run->tail = at.skipped - before;
	}
	return rc;
}

/* --- a course: segments one after another --- */

int course_load(struct run *run, size_t i, struct error *err)
{
	int rc = store_aggregate(run->ev->store, i, &run->agg, NULL, err);

	if (!rc)
		rc = store_check_prev(run->ev->store, i, &run->agg, err);
	return rc;
}

/* Segment @i on a way that has begun before it. */
int course_segment(struct run *run, size_t i, bool first, struct error *err)
{
	int rc;

	if (i == course_shards(run->ev))
		return take_lists(run, err);
	rc = course_load(run, i, err);
	if (rc)
		return rc;
	if (!first) {
		rc = store_follows(run->ev->store, i, err);
		if (rc)
			return rc;
	}
	/* A gap right behind the checkpoint lies on the way. */
	if (run->resume && run->agg.first == run->number + 1)
		first = false;
	if (!first && (run->agg.gap.present || run->agg.unanchored)) {
		error_set(err, E_GAP, "records are missing after record %llu: %s",
			  (unsigned long long)run->agg.first - 1,
			  run->agg.gap.present ? run->agg.gap.reason :
			  "unanchored");
		name_aggregate(run, i, err);
		return E_GAP;
	}
	return take_shard(run, i, err);
}

int course_go(struct run *run, size_t first, size_t end, bool wide,
	      struct start *s, struct error *err)
{
	size_t i = first, shards = course_shards(run->ev);
	int rc;

	run->wide = wide;
	rc = course_start(run, first, s, err);
	if (!rc)
		course_counting(run, end);
	/* Nothing may have come since. */
	if (!rc && run->resume && run->target)
		rc = match_try(&run->match, run->replay, run->number, err);
	if (!rc && first < shards && first < end)
		rc = course_segment(run, i++, true, err);
	if (!rc)
		seams_go(run, &i, end < shards ? end : shards);
	for (; i < end && !rc; i++)
		rc = course_segment(run, i, i == first, err);
	return rc;
}
