// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * snapshot.c - from the kernel's list into the store, losing nothing
 *
 *	read the PCRs
 *	stage the list, or read it as it stands		(port/kernel.h)
 *	write what is new into drafts, replaying it	(drafts.h)
 *	find out how it goes on, and ask the TPM	(settle.c)
 *	publish the drafts				(publish.c)
 *	only now: tell the kernel to delete
 *
 * A run may die behind every line of this. What it leaves, the next one
 * finds: a staged batch, an .ima without its .json, records both in the store
 * and in the kernel.
 */
#include "snapshot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "align.h"
#include "base/hash.h"
#include "port/host.h"
#include "port/list.h"
#include "take.h"

/* --- publishing --- */

void take_now(char ret[32])
{
	time_t now = time(NULL);
	struct tm tm;

	gmtime_r(&now, &tm);
	strftime(ret, 32, "%Y-%m-%dT%H:%M:%SZ", &tm);
}

static enum aggregate_matched matched(const struct take *t)
{
	switch (t->settled) {
	case SETTLED_MATCHED:
		return MATCHED_YES;
	case SETTLED_MISMATCH:
	case SETTLED_ANCHORED:
		return MATCHED_NO;
	case SETTLED_NOT:
	case SETTLED_UNCHECKED:
		break;
	}
	return MATCHED_UNKNOWN;
}

static void describe(struct take *t, size_t i)
{
	struct aggregate *a = t->next;

	memset(a, 0, sizeof(*a));
	drafts_values(&t->drafts, i, a);
	a->tpm = t->facts;
	if (t->tpm)
		a->tpm.matched = matched(t);
	memcpy(a->boot_id, t->boot_id, sizeof(a->boot_id));
	strcpy(a->how, kernel_kind_name(t->kind));
	take_now(a->taken);
	a->last = draft_last(t->drafts.cut[i].draft);
	quoting_describe(t, a);
	a->foreign = t->foreign;
	a->gap = t->gap;
	if (t->settled == SETTLED_ANCHORED) {
		a->unanchored = true;
		a->pcrs = t->gap.pcrs;
	} else {
		/* Only the first shard behind it tells of the gap. */
		memset(&t->gap, 0, sizeof(t->gap));
	}
}

static int publish_one(struct take *t, size_t i, struct error *err)
{
	struct draft *draft = t->drafts.cut[i].draft;
	long orphan = orphan_at(t->store, draft_first(draft));
	struct error why = { 0 };
	int rc;

	describe(t, i);
	if (orphan >= 0) {
		rc = store_adopt(t->store, draft, t->next, &why);
		if (!rc) {
			t->tell(t->tell_ctx, NOTE_ADOPTED, "", NULL);
			return E_OK;
		}
		if (rc != E_CHANGED && rc != E_ABSENT) {
			*err = why;
			return rc;
		}
		rc = orphan_set_aside(t, (size_t)orphan, &why, err);
		if (rc)
			return rc;
	}
	return store_publish(t->store, draft, t->next, err);
}

static int publish(struct take *t, struct snapshot_result *ret,
		   struct error *err)
{
	int rc = E_OK;

	for (size_t i = 0; i < t->drafts.count && !rc; i++) {
		rc = publish_one(t, i, err);
		if (rc)
			break;
		if (!ret->shards)
			ret->first = t->next->first;
		ret->last = t->next->last;
		ret->bytes += t->next->bytes;
		ret->matched = t->next->tpm.matched;
		ret->shards++;
		rc = take_set_last(t, err);
	}
	return rc;
}

/* --- the whole --- */

/* The last stored record, to notice if the kernel still has it. */
static int load_last_record(struct take *t, struct error *err)
{
	struct list_layout layout;
	struct record rec;
	uint8_t *bytes;
	int rc;

	if (!t->last || t->kind == KERNEL_COPY)
		return E_OK;
	if (t->cached) {
		t->last_raw = t->cache.last_raw;
		t->last_len = t->cache.last_len;
		t->cache.last_raw = NULL;
		return E_OK;
	}
	rc = align_last_stored(t->store, &bytes, &rec, &layout, err);
	if (rc)
		return rc;
	t->last_raw = bytes;
	t->last_len = rec.raw_len;
	return E_OK;
}

static void expect_orphan(struct take *t)
{
	long orphan = orphan_at(t->store, t->drafts.last + 1);

	t->drafts.must_cut = orphan < 0 ? 0 :
			     store_orphan(t->store, (size_t)orphan)->last;
}

/* Before anything is staged: what is, cannot be put back. */
static int check_free(const struct take *t, struct error *err)
{
	uint64_t left = UINT64_MAX;
	int rc = t->opt->min_free ? store_free(t->store, &left, err) : E_OK;

	if (rc || left >= t->opt->min_free)
		return rc;
	rc = error_set(err, E_IO,
		       "only %llu bytes of disk are free, and min_free is %llu",
		       (unsigned long long)left,
		       (unsigned long long)t->opt->min_free);
	error_subject(err, "%s", store_path(t->store));
	return rc;
}

/* Begin a round: the replay stands where the store ends. */
static int start_round(struct take *t, struct error *err)
{
	int rc = take_load_last(t, err);

	t->start = t->last ? &t->last->pcrs : NULL;
	t->settled = SETTLED_NOT;
	t->seen_last = false;
	t->pending = false;
	t->held = 0;
	t->round_last = store_last(t->store);
	t->batches = 0;
	if (!rc)
		rc = take_read_tpm(t, err);
	if (!rc)
		rc = quoting_start(t, err);
	if (!rc)
		rc = take_start_replay(t, NULL, false, err);
	match_start(&t->match, &t->target);
	t->match.exempt = t->foreign;
	expect_orphan(t);
	return rc;
}

static int store_and_delete(struct take *t, struct snapshot_result *ret,
			    struct error *err)
{
	int rc = settle(t, err);

	if (rc && t->list)
		error_subject(err, "%s", list_name(t->list));
	/* Nothing is deleted there, so readers need not wait. */
	if (!rc && t->kind == KERNEL_COPY)
		intake_close(t);
	if (!rc)
		rc = publish(t, ret, err);
	if (!rc)
		rc = intake_delete(t, ret, err);
	intake_close(t);
	return rc;
}

/*
 * Reading a long list costs the square of its length, for each read() walks
 * it from the head: better to shorten it as it is read. The pieces but the
 * last are stored unchecked; the last one carries the check for all.
 */
static int take_pieces(struct take *t, struct snapshot_result *ret,
		       struct error *err)
{
	bool more = true;
	int rc = E_OK;

	while (!rc && more && !t->keep) {
		rc = intake_collect(t, true, &more, err);
		/* An overlap can only be told when all of it is here. */
		if (rc || !more || t->seen_last)
			break;
		t->settled = SETTLED_UNCHECKED;
		rc = publish(t, ret, err);
		if (!rc)
			rc = intake_trim(t, ret, err);
		if (rc)
			break;
		t->start = &t->last->pcrs;
		t->settled = SETTLED_NOT;
		drafts_start(&t->drafts, store_last(t->store));
	}
	return rc;
}

/* Is the current list one that is better taken in pieces? */
static bool is_long(struct take *t)
{
	uint64_t n = 0;

	/* An overlap that is longer than a piece could not be told. */
	if (t->last && !(t->cached && t->cache.complete))
		return false;
	/* The kernel would refuse to trim. */
	if (host_flushes_htable())
		return false;
	/* Nor would the first piece behind an anchor prove it. */
	if (t->last && t->last->unanchored)
		return false;
	return t->kind != KERNEL_COPY && !t->keep &&
	       !kernel_count(t->opt->ima_dir, &n, NULL) &&
	       n > t->opt->piece_records;
}

/*
 * Of a kernel that can stage, whatever kind it is taken for: another agent may
 * have done it, and such a batch comes before the current list.
 */
static int open_behind_batch(struct take *t, struct error *err)
{
	int rc = intake_pending(t, err);

	if (rc || (t->pending && t->kind != KERNEL_COPY))
		return rc;
	if (t->pending) {
		rc = error_set(err, E_UNDECIDED,
			       "a batch is staged, before the list that kernel 'copy' reads");
		error_subject(err, "%s", list_name(t->list));
		return rc;
	}
	intake_close(t);
	t->batches = 0;
	return intake_open(t, false, err);
}

static int open_lists(struct take *t, bool is_long_list, struct error *err)
{
	/* A batch that had to be left staged is in its way no more. */
	if (t->left ||
	    (t->kind != KERNEL_STAGE && !kernel_stages(t->opt->ima_dir)))
		return intake_open(t, false, err);
	if (t->kind == KERNEL_STAGE && !is_long_list)
		return intake_stage(t, err);
	return open_behind_batch(t, err);
}

static int round_of(struct take *t, bool *more, struct snapshot_result *ret,
		    struct error *err)
{
	bool pieces = is_long(t);
	int rc = start_round(t, err);

	if (!rc)
		rc = open_lists(t, pieces, err);
	if (!rc && t->kind == KERNEL_COPY)
		rc = intake_skip(t, err);
	if (!rc && pieces && !t->pending)
		rc = take_pieces(t, ret, err);
	if (!rc)
		rc = intake_collect(t, false, more, err);
	/* What is behind a batch that was pending is the next round's. */
	*more = t->pending && !t->unparsed.code;
	if (!rc)
		rc = store_and_delete(t, ret, err);
	if (t->settled == SETTLED_MISMATCH || t->settled == SETTLED_ANCHORED)
		*more = false;
	return rc;
}

/* For the next run, so that it comes to rest where nothing happens. */
static void save_cache(struct take *t)
{
	struct cache c = { .complete = !t->left && t->kind != KERNEL_COPY };

	if (!t->last || !store_newest(t->store, c.digest))
		return;
	c.last = *t->last;
	c.last_raw = t->tail_len ? t->tail_raw : t->last_raw;
	c.last_len = t->tail_len ? t->tail_len : t->last_len;
	c.has_list = t->list_hash && !t->unparsed.code &&
		     !hash_stream_peek(t->list_hash, c.list_sha256);
	c.list_bytes = t->list_bytes;
	if (c.last_len)
		cache_save(t->opt->run_dir, t->store, &c);
}

/* Named by the record it comes behind, which is known once all are stored. */
static int keep_unparsed(struct take *t, struct error *err)
{
	struct spill *s = t->spill;

	t->spill = NULL;
	return s ? spill_end(s, store_last(t->store), err) : E_OK;
}

static int run(struct take *t, struct snapshot_result *ret, struct error *err)
{
	bool more = true;
	int rc = take_open_store(t, err);

	if (!rc)
		rc = check_free(t, err);
	if (!rc)
		rc = take_look(t, err);
	if (!rc)
		rc = orphans_finish(t, err);
	if (!rc)
		rc = load_last_record(t, err);
	for (int i = 0; i < 2 && !rc && more; i++)
		rc = round_of(t, &more, ret, err);
	if (!rc)
		rc = keep_unparsed(t, err);
	if (!rc)
		rc = orphans_set_aside(t, err);
	if (!rc)
		store_sweep(t->store, !t->proven);
	if (!rc)
		save_cache(t);
	return rc;
}

static int finish(struct take *t, struct snapshot_result *ret,
		  struct error *err)
{
	ret->tpm = t->tpm;
	ret->kind = t->kind;
	if (t->unparsed.code) {
		t->tell(t->tell_ctx, NOTE_UNPARSED, "", &t->unparsed);
		*err = t->unparsed;
		return E_CHANGED;
	}
	ret->gap = t->settled == SETTLED_ANCHORED;
	if (ret->gap)
		return error_set(err, E_UNDECIDED,
				 "%s: a gap begins after record %llu: %s",
				 t->mismatch.reason,
				 (unsigned long long)t->gap.after,
				 t->gap.reason);
	if (t->settled == SETTLED_MISMATCH) {
		*err = t->mismatch;
		return E_CHANGED;
	}
	return E_OK;
}

void take_release(struct take *t)
{
	drafts_free(&t->drafts);
	spill_drop(t->spill);
	list_close(t->list);
	hash_stream_free(t->batch_hash);
	kernel_free(t->kernel);
	replay_free(t->replay);
	tpm_close(t->tpm);
	hash_stream_free(t->list_hash);
	free(t->cache.last_raw);
	free(t->quoting);
	free(t->last_raw);
	free(t->tail_raw);
	free(t->last);
	free(t->next);
	store_close(t->store);
}

int take_start(struct take *t, const struct snapshot_options *options,
	       snapshot_tell tell, void *ctx, struct error *err)
{
	*t = (struct take){ .opt = options, .tell = tell, .tell_ctx = ctx };
	t->next = calloc(1, sizeof(*t->next));
	if (!t->next)
		return error_set(err, E_NOMEM, "out of memory");
	if (hash_stream_new(&t->batch_hash, HASH_SHA256))
		return error_set(err, E_CRYPTO, "libcrypto failed to hash");
	return E_OK;
}

int snapshot_take(const struct snapshot_options *options, snapshot_tell tell,
		  void *ctx, struct snapshot_result *ret, struct error *err)
{
	struct snapshot_result result = { .first = 1 };
	struct take t;
	int rc = take_start(&t, options, tell, ctx, err);

	if (!rc)
		rc = run(&t, &result, err);
	if (!rc)
		rc = finish(&t, &result, err);
	take_release(&t);
	*ret = result;
	return rc;
}
