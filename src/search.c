// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * search.c - where the target is looked for
 *
 * In one segment at a time where that is enough (--from nearest), or along all
 * of them (--from boot, --from RECORD), where the replay must meet each
 * aggregate on its way.
 *
 * Every course is gone narrow first, under the readings that the aggregates
 * name (without them: own hash, 0xff), and wide only if that does not lead to
 * the target.
 */
#include "search.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "quoted.h"
#include "resume.h"

static void proven(struct run *run, const struct start *s, size_t first,
		   size_t end, struct verdict *v)
{
	const struct match *m = &run->match;

	v->kind = VERIFIED;
	v->from = s->from;
	v->start = s->record;
	memcpy(v->gap, s->gap, sizeof(v->gap));
	v->trust = s->from == START_BOOT ? TRUST_BOOT :
		   s->from == START_CHECKPOINT ? TRUST_CHECKPOINT :
		   TRUST_UNPROVEN;
	v->proven_from = s->record + 1;
	v->proven_to = m->at;
	v->replayed = m->records;
	v->violations = m->violations;
	v->snapshots_equal = run->proven.equal;
	v->snapshots_unread = run->proven.unread;
	v->pcrs = m->pcrs;
	v->resettable = (m->touched | m->history) & RESETTABLE_PCRS;
	v->values = m->values;
	v->foreign = m->ignored;
	if (run->coverage)
		v->coverage = run->coverage->met;
	v->trailing_bytes = run->trailing_bytes;
	v->trailing = run->trailing;
	v->course = (struct course){ .segment = first, .end = end,
				     .resumed = run->resume,
				     .lists = run->lists };
	memcpy(v->course.readings, m->readings, sizeof(m->readings));
	for (unsigned int i = 0; i < HASH_COUNT; i++) {
		struct verdict_bank *b = &v->bank[i];

		if (!(target_banks(run->target) & HASH_BIT(i)) ||
		    !m->values.bank[i].mask)
			continue;
		b->met = b->compared = true;
		b->alone_at = m->at;
		b->padded = m->padded & HASH_BIT(i);
		b->sha1 = m->sha1 & HASH_BIT(i);
		b->zero_violations = m->readings[i].zero_violations;
		b->short_violations = m->readings[i].short_violations;
	}
}

static void list_pcrs(char *buf, size_t size, uint32_t mask)
{
	size_t n = 0;

	buf[0] = '\0';
	for (unsigned int i = 0; i < PCR_COUNT; i++)
		if (mask & 1U << i && n < size)
			n += (size_t)snprintf(buf + n, size - n, "%s%u",
					      n ? "," : "", i);
}

static uint32_t missing_pcrs(const struct match *m)
{
	uint32_t mask = 0;

	for (size_t i = 0; i < m->missing.count; i++)
		mask |= m->missing.bank[i].mask;
	return mask;
}

/* Why a run that came to its end did not meet the target. */
static int unmet(const struct run *run, struct error *err)
{
	const struct match *m = &run->match;
	char pcrs[80];

	/* At a checkpoint, what it has proven is there to be compared. */
	if (!run->replay->records && !run->resume)
		return error_set(err, E_UNDECIDED,
				 "nothing to compare: no records");
	if (m->uncovered) {
		list_pcrs(pcrs, sizeof(pcrs), m->uncovered);
		return error_set(err, E_UNDECIDED,
				 "records extend PCR %s, which the %s not cover",
				 pcrs, m->target->quote ? "quote does" :
				 "values do");
	}
	if (m->ima_pcr_unquoted)
		return error_set(err, E_UNDECIDED,
				 "the quote does not cover PCR %d, where IMA's records go",
				 IMA_PCR);
	if (missing_pcrs(m)) {
		list_pcrs(pcrs, sizeof(pcrs), missing_pcrs(m));
		return error_set(err, E_UNDECIDED,
				 "the quote also covers PCR %s: give their values with --quote-pcrs",
				 pcrs);
	}
	if (m->foreign_differ) {
		list_pcrs(pcrs, sizeof(pcrs), m->foreign_differ);
		return error_set(err, E_UNDECIDED,
				 "PCR %s, which others extend too, is not where records lead: nothing tells by whom",
				 pcrs);
	}
	if (m->apart)
		return error_set(err, E_UNDECIDED,
				 "no record extends a PCR of bank %s that has a value to compare",
				 hash_row((unsigned int)__builtin_ctz(m->apart))->name);
	if (m->no_ima_pcr)
		return error_set(err, E_UNDECIDED,
				 "no record extends PCR %d, which the target has",
				 IMA_PCR);
	if (m->combinations)
		return error_set(err, E_UNDECIDED,
				 "too many readings: give the values with --quote-pcrs");
	return error_set(err, E_CHANGED, "%s", SEARCH_UNMET);
}

/* Is the target the all-zero value of PCRs that no record was to touch? */
static bool met_by_nothing(const struct run *run, const struct start *s)
{
	static const uint8_t zero[HASH_SIZE_MAX];
	bool any = false;

	if (!run->target->zero_will_do || run->replay->records || !s->zero)
		return false;
	for (unsigned int i = 0; i < HASH_COUNT; i++) {
		const struct pcr_bank *b = &run->target->values.bank[i];

		/* Of no other PCR does a value say that IMA measured nothing. */
		if (b->mask && !(b->mask & 1U << IMA_PCR))
			return false;
		for (uint32_t m = b->mask; m; m &= m - 1, any = true)
			if (memcmp(b->value[__builtin_ctz(m)], zero,
				   hash_row(i)->size))
				return false;
	}
	return any;
}

static int weight(const struct error *why)
{
	switch (why->code) {
	case E_GAP:
	case E_UNDECIDED:
	case E_UNSUPPORTED:
	case E_ABSENT:
		return WEIGHT_UNDECIDED;
	case E_CHANGED:
		if (!why->reason[0])
			return WEIGHT_UNMET;
		break;
	}
	return WEIGHT_CONTRADICTED;
}

void search_note(struct run *run, struct verdict *v, const struct error *why)
{
	if (weight(why) <= run->weight)
		return;
	run->weight = weight(why);
	v->why = *why;
	v->kind = run->weight == WEIGHT_UNDECIDED ? UNDECIDED : CONTRADICTED;
}

/* Another reading of the records can help: those at hand led nowhere. */
static bool wide_may_help(const struct run *run, int rc, size_t end)
{
	if (rc)
		return rc == E_CHANGED;
	/* At a seam that the narrow replay met, nothing is left to ask. */
	return run->replay->records && end == course_segments(run->ev);
}

/* One attempt: narrow, then wide if that does not do. 1: verified. */
static int attempt(struct run *run, size_t first, size_t end,
		   struct verdict *v, struct error *err)
{
	struct error why;
	struct start s;
	int rc = E_OK;

	for (int wide = 0; wide <= 1; wide++) {
		memset(&why, 0, sizeof(why));
		rc = course_go(run, first, end, wide, &s, &why);
		if (is_failure(rc)) {
			*err = why;
			return rc;
		}
		if (!rc && met_by_nothing(run, &s)) {
			run->match.met = true;
			run->match.at = s.record;
			run->match.values = run->target->values;
			run->match.compared = run->match.banks;
			run->match.pcrs = UINT32_MAX;
		}
		if (!rc && run->match.met) {
			proven(run, &s, first, end, v);
			return 1;
		}
		v->uncovered |= run->match.uncovered;
		for (unsigned int i = 0; i < HASH_COUNT; i++) {
			v->bank[i].compared |= run->match.compared & HASH_BIT(i);
			if (run->match.bank_at[i])
				v->bank[i].alone_at = run->match.bank_at[i];
		}
		if (!wide_may_help(run, rc, end))
			break;
	}
	if (!rc)
		unmet(run, &why);
	if (!run->weight)
		v->course = (struct course){ .segment = first, .end = end,
					     .resumed = run->resume,
					     .lists = run->lists };
	search_note(run, v, &why);
	return E_OK;
}

/* Is a target at this clock to be looked for behind shard @i's end? */
static bool before_clock(struct run *run, size_t i)
{
	struct aggregate *agg = malloc(sizeof(*agg));
	bool before = false;

	if (agg && !store_aggregate(run->ev->store, i, agg, NULL, NULL))
		before = agg->tpm.present && agg->tpm.clock <= run->opt->clock;
	free(agg);
	return before;
}

/* Is the target behind shard @i, whose aggregate is in run->agg, for sure? */
static bool behind(const struct run *run)
{
	return run->opt->now || (run->opt->has_clock && run->agg.tpm.present &&
				 run->agg.tpm.clock <= run->opt->clock);
}

bool search_lost(struct run *run, struct error *err)
{
	const struct store *st = run->ev->store;
	size_t count = course_shards(run->ev);

	for (size_t i = 0; i < count; i++) {
		if (store_aggregate(st, i, &run->agg, NULL, NULL) ||
		    !run->agg.gap.present || behind(run))
			continue;
		error_set(err, E_GAP, "no record here leads there, and some were lost before record %llu: %s",
			  (unsigned long long)run->agg.first,
			  run->agg.gap.reason);
		return true;
	}
	if (!count || !store_discarded(st) ||
	    (!store_before(st, 0, &run->agg, NULL) && behind(run)))
		return false;
	error_set(err, E_GAP, "no record here leads there, and 1..%llu are gone",
		  (unsigned long long)store_discarded(st));
	return true;
}

/* The segment in which the clock says the target is; segments() if unknown. */
static size_t hinted(struct run *run)
{
	size_t low = 0, high = course_shards(run->ev);

	if (!run->opt->has_clock)
		return course_segments(run->ev);
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (before_clock(run, mid))
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* The lists hold nothing new, so their segment is empty. */
static bool lists_empty(const struct run *run)
{
	struct lists_place at = run->lists;
	struct record rec;
	struct list *from;

	return lists_next(&run->ev->lists, &at, &rec, &from, NULL) == LIST_END;
}

/* Each segment from the aggregate before it: the hinted one, then backwards. */
static int nearest(struct run *run, struct verdict *v, struct error *err)
{
	size_t n = course_segments(run->ev), hint = hinted(run);
	int rc = 0;

	if (hint < n && !(hint == n - 1 && n > 1 && lists_empty(run)))
		rc = attempt(run, hint, hint + 1, v, err);
	for (size_t i = n; i && i-- && !rc; ) {
		if (i == hint || (i == n - 1 && n > 1 && lists_empty(run)))
			continue;
		rc = attempt(run, i, i + 1, v, err);
	}
	return rc;
}

/* --- aggregates that the TPM has signed --- */

/* 1: the values before segment @i are signed by the key we were given. */
static int is_quoted(struct run *run, size_t i, struct verdict *v)
{
	struct error why = { 0 };
	int rc;

	if (!run->opt->ak || (!i && !store_discarded(run->ev->store)))
		return 0;
	/* A start at a gap, or at boot, does not rest on what is before. */
	if (i < course_shards(run->ev) &&
	    (store_aggregate(run->ev->store, i, &run->agg, NULL, NULL) ||
	     run->agg.gap.present || run->agg.first == 1))
		return 0;
	rc = store_before(run->ev->store, i, &run->agg, &why);
	if (!rc)
		rc = quoted_check(run->ev->store, i ? i - 1 : QUOTED_MARKER,
				  &run->agg, run->opt->ak, &why);
	if (!rc)
		return 1;
	if (rc == E_ABSENT)
		return 0;
	/* It is ours, and it lies. */
	search_note(run, v, &why);
	return rc;
}

/*
 * What was verified from an aggregate on trust is worth more from one that
 * was signed: the nearest such, before it, replayed up to the same end.
 */
static int from_quoted(struct run *run, struct verdict *v, struct error *err)
{
	const struct verdict nearest = *v;
	size_t end = v->course.end;
	int rc;

	for (size_t i = v->course.segment + 1; i && i--; ) {
		rc = is_quoted(run, i, v);
		if (rc < 0) {
			v->kind = CONTRADICTED;
			return 1;
		}
		if (!rc)
			continue;
		if (i < v->course.segment) {
			rc = attempt(run, i, end, v, err);
			if (rc < 0)
				return rc;
			/* What is missing in between spoils only this. */
			if (!rc && v->kind != CONTRADICTED)
				*v = nearest;
			if (!rc)
				return 1;
		}
		/* A PCR that it lacks started from a zero nobody signed. */
		if (v->from == START_AGGREGATE && !v->gap[0] &&
		    !(v->pcrs & ~run->replay->known))
			v->trust = TRUST_QUOTED;
		return 1;
	}
	return 1;
}

static int along(struct run *run, size_t first, struct verdict *v,
		 struct error *err)
{
	return attempt(run, first, course_segments(run->ev), v, err);
}

static int boot(struct run *run, struct verdict *v, struct error *err)
{
	const struct store *st = run->ev->store;
	struct error why;

	if (course_shards(run->ev) && store_shard(st, 0)->first != 1) {
		error_set(&why, E_GAP, store_discarded(st) ?
			  "records 1..%llu were discarded" :
			  "records 1..%llu are not here",
			  (unsigned long long)store_shard(st, 0)->first - 1);
		error_subject(&why, "%s", store_path(st));
		search_note(run, v, &why);
		return E_OK;
	}
	return along(run, 0, v, err);
}

static int record(struct run *run, struct verdict *v, struct error *err)
{
	size_t i = course_shards(run->ev);
	struct error why;

	if (i && run->opt->record <= store_last(run->ev->store)) {
		i = store_find(run->ev->store, run->opt->record);
		if (i == course_shards(run->ev)) {
			error_set(&why, E_GAP, "no shard has record %llu",
				  (unsigned long long)run->opt->record);
			error_subject(&why, "%s", store_path(run->ev->store));
			search_note(run, v, &why);
			return E_OK;
		}
	}
	return along(run, i, v, err);
}

int search_target(struct run *run, struct verdict *v, struct error *err)
{
	int rc;

	switch (run->opt->from) {
	case FROM_BOOT:
		return boot(run, v, err);
	case FROM_RECORD:
		return record(run, v, err);
	case FROM_CHECKPOINT:
		return along(run, resume_segment(run->ev, run->resume), v,
			     err);
	case FROM_NEAREST:
		break;
	}
	rc = nearest(run, v, err);
	if (rc == 1 && v->from == START_AGGREGATE && run->opt->ak)
		rc = from_quoted(run, v, err);
	return rc;
}
