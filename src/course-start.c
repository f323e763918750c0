// SPDX-License-Identifier: GPL-2.0-or-later
/* course-start.c - where a course begins, and whether that is a start */
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "course.h"
#include "format/aggregate2023.h"

static void set_readings(struct reading readings[HASH_COUNT],
			 unsigned int padded)
{
	for (unsigned int i = 0; i < HASH_COUNT; i++)
		readings[i] = (struct reading){
			.padded = padded & HASH_BIT(i) ? UINT64_MAX : 0,
		};
}

/*
 * The list may go on from a snapshot of the 2023 design, whose aggregate is
 * then its first record. That states all PCRs, of which only IMA's own, and
 * those that records extend, are its business.
 */
static int start_of_list(struct run *run, struct start *s, struct error *err)
{
	struct lists_place at = run->lists;
	struct aggregate2023 *agg;
	struct record rec;
	struct list *from;
	int rc;

	s->zero = true;
	s->from = START_BOOT;
	if (lists_next(&run->ev->lists, &at, &rec, &from, NULL) ||
	    rec.violation || !aggregate2023_is(&rec, list_layout(from)))
		return E_OK;
	agg = malloc(sizeof(*agg));
	if (!agg)
		return error_set(err, E_NOMEM, "out of memory");
	rc = aggregate2023_parse(&rec, list_layout(from), agg, err);
	if (rc) {
		error_place(err, 1, 0);
		error_subject(err, "%s", list_name(from));
	} else {
		s->zero = false;
		s->values = agg->pcrs;
		s->from = START_SNAPSHOT_AGGREGATE;
		s->foreign = ~(1U << IMA_PCR);
	}
	free(agg);
	return rc;
}

static int start_of_lists(struct run *run, struct start *s, struct error *err)
{
	int rc = E_OK;

	if (run->ev->given) {
		s->values = *run->ev->given;
		s->from = START_GIVEN;
	} else {
		rc = start_of_list(run, s, err);
	}
	if (rc)
		return rc;
	if (run->ev->store && store_last(run->ev->store))
		return error_set(err, E_GAP,
				 "records 1..%llu were discarded, nothing says where to start",
				 (unsigned long long)store_last(run->ev->store));
	return E_OK;
}

static int start_at_checkpoint(struct run *run, struct start *s)
{
	const struct state_proven *at = run->resume;

	s->values = at->pcrs;
	s->from = START_CHECKPOINT;
	s->record = at->record;
	s->foreign = at->foreign;
	set_readings(s->readings, at->padded);
	return E_OK;
}

/* The values before segment @i, and the readings to begin with. */
static int find_start(struct run *run, size_t i, struct start *s,
		      struct error *err)
{
	size_t n = course_shards(run->ev);
	int rc;

	memset(s, 0, sizeof(*s));
	if (run->resume)
		return start_at_checkpoint(run, s);
	if (!n)
		return start_of_lists(run, s, err);
	s->from = START_AGGREGATE;
	if (i < n) {
		rc = course_load(run, i, err);
		if (rc)
			return rc;
		set_readings(s->readings, run->agg.padded);
		s->record = run->agg.first - 1;
		if (run->agg.unanchored)
			return error_set(err, E_GAP,
					 "records %llu..%llu are anchored to nothing",
					 (unsigned long long)run->agg.first,
					 (unsigned long long)run->agg.last);
		if (run->agg.gap.present) {
			s->values = run->agg.gap.pcrs;
			memcpy(s->gap, run->agg.gap.reason, sizeof(s->gap));
			return E_OK;
		}
		if (run->agg.first == 1) {
			s->zero = true;
			s->from = START_BOOT;
			return E_OK;
		}
		rc = store_follows(run->ev->store, i, err);
		if (rc)
			return rc;
	}
	rc = i ? course_load(run, i - 1, err) :
		 store_before(run->ev->store, i, &run->agg, err);
	if (rc)
		return rc;
	if (run->agg.unanchored)
		return error_set(err, E_GAP,
				 "the replay is broken after record %llu",
				 (unsigned long long)run->agg.last);
	s->values = run->agg.pcrs;
	s->record = run->agg.last;
	s->foreign = run->agg.foreign;
	if (i == n)
		set_readings(s->readings, run->agg.padded);
	return E_OK;
}

/*
 * The PCRs that the records before the start extend, as a checkpoint or an
 * aggregate names them. At a gap they are what the TPM had, and foreign ones
 * are nobody's to prove.
 */
static uint32_t history(const struct start *s)
{
	uint32_t mask = 0;

	if (s->from != START_CHECKPOINT &&
	    (s->from != START_AGGREGATE || s->gap[0]))
		return 0;
	for (unsigned int i = 0; i < HASH_COUNT; i++)
		mask |= s->values.bank[i].mask;
	return mask & ~(s->foreign & ~(1U << IMA_PCR));
}

/* A PCR that only banks which are not replayed know of, likewise. */
static int knows_history(const struct run *run, const struct start *s,
			 struct error *err)
{
	for (unsigned int i = 0; i < HASH_COUNT && !s->zero; i++) {
		uint32_t lacks = history(s) & ~s->values.bank[i].mask;

		if (run->replay->banks & HASH_BIT(i) && lacks)
			return error_set(err, E_UNDECIDED,
					 "the values after record %llu lack PCR %d of %s, which records extend",
					 (unsigned long long)s->record,
					 __builtin_ctz(lacks),
					 hash_row(i)->name);
	}
	return E_OK;
}

static int begin(struct run *run, const struct start *s, struct error *err)
{
	int rc;

	for (unsigned int i = 0; i < HASH_COUNT && !s->zero; i++)
		if (run->replay->banks & HASH_BIT(i) &&
		    !s->values.bank[i].mask)
			return error_set(err, E_UNDECIDED,
					 "the values after record %llu lack bank %s",
					 (unsigned long long)s->record,
					 hash_row(i)->name);
	/* A PCR known in some banks only would start from zero in others. */
	for (unsigned int i = 0; i < HASH_COUNT && !s->zero; i++)
		for (unsigned int j = 0; j < i; j++)
			if (run->replay->banks & HASH_BIT(i) &&
			    run->replay->banks & HASH_BIT(j) &&
			    s->values.bank[i].mask != s->values.bank[j].mask)
				return error_set(err, E_UNDECIDED,
						 "the values after record %llu have other PCRs in %s than in %s",
						 (unsigned long long)s->record,
						 hash_row(i)->name,
						 hash_row(j)->name);
	rc = knows_history(run, s, err);
	if (rc)
		return rc;
	match_start(&run->match, run->target);
	run->match.ignored = s->foreign;
	run->match.foreign = s->from == START_SNAPSHOT_AGGREGATE ? 0 :
			     s->foreign;
	run->match.history = history(s);
	run->number = s->record;
	run->tail = 0;
	run->snapshots = run->proven = (struct snapshots){ 0 };
	run->moved_on = false;
	run->trailing_bytes = 0;
	if (run->coverage && coverage_start(run->coverage, run->resume ?
					    &run->resume->covered : NULL))
		return error_set(err, E_CRYPTO, "libcrypto failed to hash");
	return replay_start(run->replay, s->zero ? NULL : &s->values,
			    run->readings ? run->readings : s->readings,
			    run->wide, err);
}

int course_start(struct run *run, size_t first, struct start *s,
		 struct error *err)
{
	int rc = find_start(run, first, s, err);

	return rc ? rc : begin(run, s, err);
}
