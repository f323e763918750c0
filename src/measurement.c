// SPDX-License-Identifier: GPL-2.0-or-later
/* measurement.c - each way through the evidence, until one is a verdict */
#include "measurement.h"

#include <stdlib.h>
#include <string.h>

#include "resume.h"
#include "search.h"

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

	/* Where it goes on behind the checkpoint, that is covered, too. */
	if (run->placed && last < run->resume->record)
		last = run->resume->record;
	v->last_contained = last + count_lists(run);
	v->first_contained = course_shards(run->ev) ?
			     store_shard(run->ev->store, 0)->first :
			     run->placed ? last + 1 - run->lists.skipped : 1;
	v->discarded = run->ev->store ? store_discarded(run->ev->store) : 0;
	v->contains = v->last_contained >= v->first_contained;
	if (v->kind == VERIFIED)
		v->unproven_tail = v->last_contained > v->proven_to ?
				   v->last_contained - v->proven_to : 0;
}

static void require_boot(struct verdict *v)
{
	struct error why = { 0 };

	switch (v->from) {
	case START_BOOT:
	case START_CHECKPOINT:
		return;
	case START_SNAPSHOT_AGGREGATE:
		error_set(&why, E_GAP,
			  "the list begins with a snapshot_aggregate, what was before it is not here");
		break;
	case START_GIVEN:
		error_set(&why, E_GAP,
			  "the replay begins at given PCR values, not at boot");
		break;
	case START_AGGREGATE:
		error_set(&why, E_GAP, "records are missing before record %llu: %s",
			  (unsigned long long)v->proven_from, v->gap);
		break;
	}
	v->kind = UNDECIDED;
	v->why = why;
}

static void require(const struct run *run, struct verdict *v)
{
	if (v->kind == VERIFIED && run->opt->from == FROM_BOOT)
		require_boot(v);
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

/*
 * Between a boot and its first snapshot, which clears them, there are shards
 * that lead nowhere; or, after a kexec, go on in the list. It says which.
 */
static bool of_another_boot(struct run *run)
{
	const struct store *st = run->ev->store;
	size_t count = course_shards(run->ev);

	return count && run->ev->boot_id &&
	       !store_aggregate(st, count - 1, &run->agg, NULL, NULL) &&
	       strcmp(run->agg.boot_id, run->ev->boot_id);
}

/* Words for a target that was looked for everywhere and not met. */
static void conclude(struct run *run, struct verdict *v)
{
	unsigned int met = 0, not_met = 0;
	struct error lost = { 0 };

	if (v->kind == VERIFIED || run->weight != WEIGHT_UNMET)
		return;
	if (search_lost(run, &lost)) {
		v->kind = UNDECIDED;
		v->why = lost;
		return;
	}
	if (of_another_boot(run)) {
		v->kind = UNDECIDED;
		error_set(&v->why, E_UNDECIDED,
			  "the shards are of another boot: a snapshot will tell whether this one goes on from them");
		return;
	}
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
		rc = search_target(run, v, err);
	}
	return rc;
}

static void note_cut(struct run *run, struct verdict *v)
{
	struct error why = { 0 };

	error_set(&why, E_UNDECIDED,
		  "records repeat too often to tell where the list goes on");
	search_note(run, v, &why);
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
		search_note(run, v, &why);
	run->placed = !rc;
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
		search_note(run, v, &why);
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
	run->progress = evidence->progress;
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
	conclude(run, v);
	require(run, v);
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
