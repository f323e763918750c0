// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * measurement.c - from a start, through the shards in order, to a verdict
 *
 * A target is looked for in one segment at a time where that is enough
 * (--from nearest), or along all of them (--from boot, --from RECORD), where
 * the replay must meet each aggregate on its way.
 *
 * Every course is gone narrow first, under the readings that the aggregates
 * name (without them: own hash, 0xff), and wide only if that does not lead to
 * the target.
 */
#include "measurement.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "course.h"
#include "quoted.h"
#include "resume.h"

/* --- the verdict --- */

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
	v->values = m->values;
	v->foreign = m->ignored;
	if (run->coverage)
		v->coverage = run->coverage->met;
	v->trailing_bytes = run->trailing_bytes;
	v->trailing = run->trailing;
	v->course = (struct course){ .segment = first, .end = end,
				     .lists = run->lists };
	memcpy(v->course.readings, m->readings, sizeof(m->readings));
	for (unsigned int i = 0; i < HASH_COUNT; i++) {
		struct verdict_bank *b = &v->bank[i];

		if (!(target_banks(run->target) & HASH_BIT(i)) ||
		    !m->values.bank[i].mask)
			continue;
		b->met = true;
		b->alone_at = m->at;
		b->padded = m->padded & HASH_BIT(i);
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

/* Made a sentence of in conclude(), when all attempts are known. */
#define UNMET ""

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
	if (missing_pcrs(m)) {
		list_pcrs(pcrs, sizeof(pcrs), missing_pcrs(m));
		return error_set(err, E_UNDECIDED,
				 "the quote also covers PCR %s: give their values with --quote-pcrs",
				 pcrs);
	}
	if (m->no_ima_pcr)
		return error_set(err, E_UNDECIDED,
				 "no record extends PCR %d, which the target has",
				 IMA_PCR);
	if (m->combinations)
		return error_set(err, E_UNDECIDED,
				 "too many readings: give the values with --quote-pcrs");
	return error_set(err, E_CHANGED, "%s", UNMET);
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

		for (uint32_t m = b->mask; m; m &= m - 1, any = true)
			if (memcmp(b->value[__builtin_ctz(m)], zero,
				   hash_row(i)->size))
				return false;
	}
	return any;
}

/*
 * The weightiest reason not to have verified is the one that is told. A
 * target that was not met contradicts only if nothing else hid it.
 */
enum { WEIGHT_NONE, WEIGHT_UNMET, WEIGHT_UNDECIDED, WEIGHT_CONTRADICTED };

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

static void note_why(struct run *run, struct verdict *v,
		     const struct error *why)
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
		}
		if (!rc && run->match.met) {
			proven(run, &s, first, end, v);
			return 1;
		}
		v->uncovered |= run->match.uncovered;
		for (unsigned int i = 0; i < HASH_COUNT; i++)
			if (run->match.bank_at[i])
				v->bank[i].alone_at = run->match.bank_at[i];
		if (!wide_may_help(run, rc, end))
			break;
	}
	if (!rc)
		unmet(run, &why);
	if (!run->weight)
		v->course = (struct course){ .segment = first, .end = end,
					     .lists = run->lists };
	note_why(run, v, &why);
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
	for (size_t i = n; i-- > 0 && !rc; ) {
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
	note_why(run, v, &why);
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

	for (size_t i = v->course.segment + 1; i-- > 0; ) {
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
		note_why(run, v, &why);
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
			note_why(run, v, &why);
			return E_OK;
		}
	}
	return along(run, i, v, err);
}

static int search(struct run *run, struct verdict *v, struct error *err)
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

/* Records of the lists from where they go on, up to what is malformed. */
static uint64_t count_lists(const struct run *run)
{
	const struct lists_place *from = &run->counted_from;
	struct lists_place at = run->lists;
	struct record rec;
	struct list *list;

	if (run->counted && from->list == at.list &&
	    from->place.offset == at.place.offset &&
	    from->skipped == at.skipped)
		return run->count;
	while (!lists_next(&run->ev->lists, &at, &rec, &list, NULL))
		;
	return at.skipped - run->lists.skipped;
}

/* What the evidence holds, whether or not anything of it is proven. */
static void contained(struct run *run, struct verdict *v)
{
	uint64_t last = run->ev->store ? store_last(run->ev->store) : 0;

	if (run->resume && last < run->resume->record)
		last = run->resume->record;
	v->last_contained = last + count_lists(run);
	v->first_contained = course_shards(run->ev) ?
			     store_shard(run->ev->store, 0)->first :
			     run->resume ? last + 1 - run->lists.skipped : 1;
	v->discarded = run->ev->store ? store_discarded(run->ev->store) : 0;
	v->contains = v->last_contained >= v->first_contained;
	if (v->kind == VERIFIED)
		v->unproven_tail = v->last_contained > v->proven_to ?
				   v->last_contained - v->proven_to : 0;
}

static void require(const struct run *run, struct verdict *v)
{
	if (v->kind == VERIFIED && run->opt->from == FROM_BOOT &&
	    v->from == START_SNAPSHOT_AGGREGATE) {
		v->kind = UNDECIDED;
		error_set(&v->why, E_GAP,
			  "the list begins with a snapshot_aggregate, what was before it is not here");
	}
	if (v->kind == VERIFIED && run->opt->from == FROM_BOOT &&
	    v->from == START_GIVEN) {
		v->kind = UNDECIDED;
		error_set(&v->why, E_GAP,
			  "the replay begins at given PCR values, not at boot");
	}
	if (v->kind == VERIFIED && run->opt->from == FROM_RECORD &&
	    (run->opt->record < v->proven_from ||
	     run->opt->record > v->proven_to)) {
		v->kind = UNDECIDED;
		error_set(&v->why, E_UNDECIDED,
			  "record %llu is not among those proven, %llu..%llu",
			  (unsigned long long)run->opt->record,
			  (unsigned long long)v->proven_from,
			  (unsigned long long)v->proven_to);
	}
	if (v->kind == VERIFIED && run->ev->checkpoint &&
	    v->proven_to < run->ev->checkpoint->record) {
		v->kind = CONTRADICTED;
		error_set(&v->why, E_CHANGED,
			  "the target is met at record %llu, before record %llu, up to which was proven",
			  (unsigned long long)v->proven_to,
			  (unsigned long long)run->ev->checkpoint->record);
	}
}

/* Words for a target that was looked for everywhere and not met. */
static void conclude(const struct run *run, struct verdict *v)
{
	unsigned int met = 0, not_met = 0;

	if (v->kind == VERIFIED || run->weight != WEIGHT_UNMET)
		return;
	for (unsigned int i = 0; i < HASH_COUNT; i++) {
		if (v->bank[i].wanted && v->bank[i].alone_at)
			met = i + 1;
		else if (v->bank[i].wanted && !not_met)
			not_met = i + 1;
	}
	if (met && not_met)
		error_set(&v->why, E_CHANGED,
			  "bank %s never agrees, though %s does at record %llu",
			  hash_row(not_met - 1)->name, hash_row(met - 1)->name,
			  (unsigned long long)v->bank[met - 1].alone_at);
	else
		error_set(&v->why, E_CHANGED, "no record leads to the %s",
			  run->target->quote ? "quoted PCRs" : "PCR values");
}

static void start_verdict(const struct run *run, struct verdict *v)
{
	memset(v, 0, sizeof(*v));
	v->kind = UNDECIDED;
	v->from = START_BOOT;
	v->trust = TRUST_UNPROVEN;
	for (unsigned int i = 0; i < HASH_COUNT; i++)
		v->bank[i].wanted = target_banks(run->target) & HASH_BIT(i);
}

static int search_ways(struct run *run, const struct alignment *ways,
		       size_t first, struct verdict *v, struct error *err)
{
	int rc = E_OK;

	for (size_t i = first; i < ways->count && !rc; i++) {
		run->lists = ways->at[i];
		rc = search(run, v, err);
	}
	return rc;
}

static void note_cut(struct run *run, struct verdict *v)
{
	struct error why = { 0 };

	error_set(&why, E_UNDECIDED,
		  "records repeat too often to tell where the list goes on");
	note_why(run, v, &why);
}

/* The same from a checkpoint; frees @ways. */
static int resume_and_search(struct run *run, struct alignment *ways,
			     struct verdict *v, struct error *err)
{
	struct error why = { 0 };
	int rc = resume_places(run->ev, run->resume, ways, run->coverage,
			       &why);

	if (is_failure(rc))
		*err = why;
	else if (rc)
		note_why(run, v, &why);
	if (!rc)
		rc = search_ways(run, ways, 0, v, err);
	if (!rc && ways->cut)
		note_cut(run, v);
	if (rc != 1)
		run->lists = ways->at[0];
	free(ways);
	return is_failure(rc) || rc == 1 ? rc : E_OK;
}

/*
 * Each way the lists may go on from the store, until one leads there. That a
 * kexec dropped records from the list is looked into only when nothing else
 * does: it means reading all of the store.
 */
static int align_and_search(struct run *run, struct verdict *v,
			    struct error *err)
{
	const struct evidence *ev = run->ev;
	struct alignment *ways = malloc(sizeof(*ways));
	struct error why = { 0 };
	size_t tried;
	int rc;

	if (!ways)
		return error_set(err, E_NOMEM, "out of memory");
	if (run->resume)
		return resume_and_search(run, ways, v, err);
	rc = align_lists(ev->store, &ev->lists, ways, &why);
	if (rc) {
		/* A bad last shard hides the overlap, not what is elsewhere. */
		memset(ways, 0, sizeof(*ways));
		ways->count = 1;
		note_why(run, v, &why);
	}
	rc = search_ways(run, ways, 0, v, err);
	tried = ways->count;
	if (!rc)
		rc = align_heads(ev->store, &ev->lists, ways, err);
	if (!rc)
		rc = search_ways(run, ways, tried, v, err);
	if (!rc && ways->cut)
		note_cut(run, v);
	if (rc != 1)
		run->lists = ways->at[0];
	free(ways);
	return rc;
}

static int want_coverage(struct run *run, struct error *err)
{
	run->coverage = calloc(1, sizeof(*run->coverage));
	if (!run->coverage)
		return error_set(err, E_NOMEM, "out of memory");
	if (coverage_new(run->coverage))
		return error_set(err, E_CRYPTO, "libcrypto failed to hash");
	return E_OK;
}

/*
 * The banks that a checkpoint lacks are not to be had from it. A quote signs
 * its values as one, so those of the other banks are proof enough; where none
 * is left, or its values are not known, begin() tells. Banks that somebody
 * asked for one by one are all to be compared.
 */
static void resume_at(struct run *run, const struct state_proven *at)
{
	struct target *t = &run->resumed;

	run->resume = at;
	if (!run->target->quote)
		return;
	*t = *run->target;
	for (unsigned int i = 0; i < HASH_COUNT; i++)
		if (!at->pcrs.bank[i].mask)
			t->values.bank[i].mask = 0;
	for (unsigned int i = 0; i < HASH_COUNT; i++)
		if (t->values.bank[i].mask)
			run->target = t;
}

int measurement_verify(const struct evidence *evidence,
		       const struct target *target,
		       const struct measurement_options *options,
		       struct verdict *ret, struct error *err)
{
	struct run *run = calloc(1, sizeof(*run));
	struct verdict *v = malloc(sizeof(*v));
	int rc = E_NOMEM;

	if (!run || !v) {
		error_set(err, E_NOMEM, "out of memory");
		goto out;
	}
	run->ev = evidence;
	run->target = target;
	run->opt = options;
	if (options->from == FROM_CHECKPOINT)
		resume_at(run, evidence->checkpoint);
	rc = replay_new(&run->replay, target_banks(run->target), err);
	if (!rc && options->coverage)
		rc = want_coverage(run, err);
	if (rc)
		goto out;
	start_verdict(run, v);
	rc = align_and_search(run, v, err);
	if (rc < 0)
		goto out;
	contained(run, v);
	require(run, v);
	conclude(run, v);
	*ret = *v;
	rc = E_OK;
out:
	if (run)
		replay_free(run->replay);
	if (run && run->coverage)
		coverage_free(run->coverage);
	if (run)
		free(run->coverage);
	free(run);
	free(v);
	return rc;
}

/* --- showing --- */

struct showing {
	measurement_show show;
	void *ctx;
	const struct verdict *proven;	/* NULL: to the end */
	bool same;			/* it led there again */
	bool enough;			/* the caller wants no more */
};

/* Is it where it was when it was proven? */
static bool same_values(const struct replay *replay, const struct verdict *v)
{
	for (size_t i = 0; i < replay->count; i++) {
		const struct chain *c = &replay->chain[i];
		const struct pcr_bank *b = &v->values.bank[c->bank];

		for (uint32_t m = v->pcrs & b->mask; m; m &= m - 1) {
			int pcr = __builtin_ctz(m);

			if (memcmp(c->value[pcr], b->value[pcr],
				   hash_row(c->bank)->size))
				return false;
		}
	}
	return true;
}

static int show_one(void *ctx, uint64_t number, const struct record *rec,
		    const struct list_layout *layout,
		    const struct replay *replay)
{
	struct showing *s = ctx;

	s->enough = s->show(s->ctx, number, rec, layout, replay);
	if (s->enough)
		return 1;
	if (!s->proven || number < s->proven->proven_to)
		return 0;
	s->same = same_values(replay, s->proven);
	return 1;
}

int measurement_walk(const struct evidence *evidence,
		     const struct verdict *verdict, measurement_show show,
		     void *ctx, struct error *err)
{
	struct run *run = calloc(1, sizeof(*run));
	struct showing showing = { .show = show, .ctx = ctx };
	unsigned int banks = 0;
	struct start s;
	int rc;

	if (!run)
		return error_set(err, E_NOMEM, "out of memory");
	run->ev = evidence;
	run->lists = verdict->course.lists;
	if (verdict->kind == VERIFIED && verdict->from == START_CHECKPOINT)
		run->resume = evidence->checkpoint;
	run->show = show_one;
	run->show_ctx = &showing;
	if (verdict->kind == VERIFIED) {
		showing.proven = verdict;
		run->readings = verdict->course.readings;
	}
	for (unsigned int i = 0; i < HASH_COUNT; i++)
		if (verdict->bank[i].wanted)
			banks |= HASH_BIT(i);
	rc = replay_new(&run->replay, banks, err);
	if (!rc)
		rc = course_go(run, verdict->course.segment, verdict->course.end,
			false, &s, err);
	replay_free(run->replay);
	free(run);
	if (is_failure(rc))
		return rc;
	if (showing.proven && !showing.same && !showing.enough &&
	    verdict->proven_to >= verdict->proven_from)
		return error_set(err, E_CHANGED,
				 "the evidence changed while it was read");
	return E_OK;
}
