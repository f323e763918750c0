// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * settle.c - how new records go on from the store, and the TPM's word on it
 *
 * The drafts hold all that the kernel still had. Some of it may be in the
 * store already: a run died before it deleted, a kexec carried it over. And
 * between the store and the drafts something may be missing. What the records
 * say of this are ways (align.h); which of them is true, the PCRs decide:
 *
 *  - PCRs that were read before the list must lie on the replay, at a record
 *    that the store has not; that proves the way that was taken;
 *  - PCRs that were read after a list must lie at its end or behind it (a
 *    record is in the list just before its extend is done).
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "align.h"
#include "base/hash.h"
#include "port/host.h"
#include "ways.h"

/* Readings of PCRs and list, after the first, before a mismatch is one. */
#define READINGS 2

/* To find a moment at which no record comes. */
#define ANCHOR_READINGS 8

/* --- the TPM decides --- */

/*
 * "All of this is stored" is met where the PCRs stand still, and also while a
 * new record with the bytes of a stored one waits for its extend: that takes
 * a moment, so such a way must hold twice.
 */
static bool is_certain(struct take *t, const struct lists_place *at)
{
	const struct timespec moment = { .tv_nsec = 200 * 1000 * 1000 };

	if (t->match.at > store_last(t->store))
		return true;
	/* The first to hold is the furthest; others stand back for it. */
	if (t->held || !at->skipped)
		return t->held == at->skipped;
	t->held = at->skipped;
	nanosleep(&moment, NULL);
	return false;
}

static int try_ways(struct take *t, const struct draft_lists *d,
		    const struct alignment *ways, uint64_t not_before,
		    struct error *err)
{
	struct reading readings[HASH_COUNT];
	int rc = E_OK;

	for (size_t i = 0; i < ways->count && !rc; i++) {
		rc = way_walk(t, &d->lists, &ways->at[i], not_before,
			      readings, err);
		if (!rc && !t->match.met)
			rc = way_walk_native(t, d, &ways->at[i], not_before,
					     readings, err);
		if (!rc && t->match.met && !is_certain(t, &ways->at[i]))
			continue;
		if (!rc && t->match.met) {
			rc = way_accept(t, d, &ways->at[i], readings, err);
			if (!rc)
				t->settled = SETTLED_MATCHED;
			break;
		}
	}
	return rc;
}

/*
 * The run before is known to have emptied the kernel: whatever is there now
 * is new, even if it has the bytes of something stored. Violations do repeat.
 */
static bool nothing_left(const struct take *t)
{
	return t->kind != KERNEL_COPY && t->cached && t->cache.complete &&
	       !t->left && !t->new_boot;
}

static int ask_tpm(struct take *t, uint64_t not_before, struct error *err)
{
	struct alignment *ways = malloc(sizeof(*ways));
	struct draft_lists d;
	int rc;

	if (!ways)
		return error_set(err, E_NOMEM, "out of memory");
	memset(ways, 0, sizeof(*ways));
	ways->count = 1;
	rc = draft_lists_open(t, &d, err);
	if (!rc) {
		if (!nothing_left(t))
			rc = align_lists(t->store, &d.lists, ways, err);
		if (!rc && !nothing_left(t))
			rc = align_heads(t->store, &d.lists, ways, err);
		if (!rc)
			rc = try_ways(t, &d, ways, not_before, err);
		draft_lists_close(&d);
	}
	free(ways);
	return rc;
}

static uint64_t drafted(const struct take *t)
{
	return t->drafts.last - store_last(t->store);
}

/*
 * Read the PCRs again, then more of the list: what was drafted before lies at
 * or behind them, but for the last record's extend.
 */
static int again(struct take *t, struct error *err)
{
	uint64_t not_before = drafted(t);
	int rc = take_read_tpm(t, err);

	/* What was signed is not what is asked for any more. */
	t->quote_cut = 0;
	if (t->quoting)
		t->quoting->present = false;

	if (!rc)
		rc = intake_more(t, err);
	if (!rc)
		rc = ask_tpm(t, not_before ? not_before - 1 : 0, err);
	return rc;
}

static int by_tpm(struct take *t, struct error *err)
{
	int rc = E_OK;

	/* Met at a record that is new: nothing else can have led there. */
	if (t->match.met && t->match.at > t->round_last &&
	    (t->match.touched & ~t->foreign || nothing_left(t))) {
		t->settled = SETTLED_MATCHED;
		return E_OK;
	}
	for (int i = 0; i < READINGS && t->settled == SETTLED_NOT && !rc;
	     i++) {
		t->pcrs |= t->match.uncovered;
		rc = again(t, err);
	}
	return rc;
}

/* --- the bytes decide, where no TPM can --- */

/*
 * What a mismatch had stored was not deleted, so that many records the kernel
 * still has from the store, be their bytes as they may. 0: nothing is known.
 */
static uint64_t kept_by_mismatch(struct take *t)
{
	const struct aggregate *last = t->last, *a = t->next;
	uint64_t first;

	if (t->kind == KERNEL_COPY || !last || last->unanchored ||
	    last->tpm.matched != MATCHED_NO)
		return 0;
	/* A batch that was kept is staged still, or another deleted it. */
	if (t->kind == KERNEL_STAGE && !t->pending)
		return 0;
	first = last->first;
	/* It may have become several shards. */
	for (size_t i = store_count(t->store) - 1; i > 0; i--) {
		if (store_aggregate(t->store, i - 1, t->next, NULL, NULL) ||
		    a->unanchored || a->tpm.matched != MATCHED_NO)
			break;
		first = a->first;
	}
	return last->last - first + 1;
}

/* The way that skips just these, if there is one. */
static bool way_of_kept(uint64_t kept, const struct alignment *ways,
			struct lists_place *ret)
{
	for (size_t i = 0; i < ways->count && kept; i++) {
		if (ways->at[i].skipped != kept)
			continue;
		*ret = ways->at[i];
		return true;
	}
	return false;
}

/*
 * The one way that the records' bytes allow. A kernel measures a file once,
 * so a list that begins with what the store ends with has it from there.
 */
static int the_only_way(struct take *t, const struct lists *lists,
			uint64_t kept, struct lists_place *ret,
			uint64_t *first, struct error *err)
{
	struct alignment *ways = malloc(sizeof(*ways));
	int rc;

	if (!ways)
		return error_set(err, E_NOMEM, "out of memory");
	rc = align_lists(t->store, lists, ways, err);
	*first = ways->first;
	if (!rc && way_of_kept(kept, ways, ret)) {
		free(ways);
		return E_OK;
	}
	/* The last one is always "right behind the store". */
	if (!rc && (ways->count > 2 || ways->cut ||
		    (ways->count > 1 && host_repeats_records())))
		rc = error_set(err, E_UNDECIDED,
			       "the list can go on from the shards in several ways, and no TPM tells which");
	/* A kernel that deletes nothing shows what the store has, and more. */
	if (!rc && !t->tpm && t->not_whole && ways->count < 2)
		rc = error_set(err, E_UNDECIDED,
			       "the list does not go on from the shards, and no TPM tells why");
	if (!rc)
		*ret = ways->at[0];
	free(ways);
	return rc;
}

/*
 * Do the records before @way tell a kernel's list from a repetition? Only
 * those do that were compared with the store's, which are from @first on.
 */
static int is_telling(struct take *t, const struct lists *lists,
		      uint64_t kept, const struct lists_place *way,
		      uint64_t first, struct error *err)
{
	struct lists_place at = { 0 };
	uint64_t compared = store_last(t->store) - first + 1;
	/* A list that nothing is deleted from has all, by its length too. */
	bool telling = !way->skipped || way->skipped == kept ||
		       (t->kind == KERNEL_COPY &&
			way->skipped == store_last(t->store));
	bool boot = false;
	struct record rec;
	struct list *from;
	int rc = E_OK;

	while (!rc && at.skipped < way->skipped) {
		rc = lists_next(lists, &at, &rec, &from, err);
		if (rc)
			return rc == LIST_END ? E_OK : rc;
		telling = telling || (!rec.violation &&
				      way->skipped - at.skipped < compared);
		boot = boot || record_is_boot_aggregate(&rec,
							list_layout(from));
	}
	if (telling && !(boot && t->new_boot))
		return E_OK;
	return error_set(err, E_UNDECIDED,
			 "records with the bytes of stored ones: nothing tells whether they are the same");
}

static int by_bytes(struct take *t, struct error *err)
{
	struct reading readings[HASH_COUNT];
	struct lists_place way;
	struct draft_lists d;
	uint64_t kept, first = 1;
	int rc;

	if (nothing_left(t))
		return E_OK;
	/* A batch was left staged: the store may end in what is behind it. */
	if (t->last && t->pending && t->list_staged && !t->seen_last) {
		rc = intake_more(t, err);
		if (rc)
			return rc;
	}
	if (!t->seen_last && !t->not_whole)
		return E_OK;
	rc = draft_lists_open(t, &d, err);
	if (rc)
		return rc;
	kept = kept_by_mismatch(t);
	rc = the_only_way(t, &d.lists, kept, &way, &first, err);
	if (!rc)
		rc = is_telling(t, &d.lists, kept, &way, first, err);
	take_readings(t->last, readings);
	if (!rc)
		rc = way_accept(t, &d, &way, readings, err);
	draft_lists_close(&d);
	return rc;
}

/* --- a mismatch --- */

/* Every record is left out once: that is the square of their number. */
#define EXPLAIN_MAX 1024

static bool is_number(void *ctx, uint64_t number)
{
	return number == *(const uint64_t *)ctx;
}

/*
 * A record whose extend failed is in the list and not in the PCRs. If one
 * such explains the mismatch, it can be named.
 */
static int explain(struct take *t, struct error *err)
{
	uint64_t first = store_last(t->store) + 1;
	int rc = E_OK;

	if (!t->drafts.count || t->drafts.last - first >= EXPLAIN_MAX)
		return E_OK;
	for (uint64_t n = first; n <= t->drafts.last && !rc; n++) {
		way_begin_match(t, t->drafts.last > 1 ?
				   t->drafts.last - 1 : 0);
		rc = take_start_replay(t, NULL, false, err);
		if (!rc)
			rc = drafts_replay_but(&t->drafts, is_number, &n,
					       way_try_here, t, err);
		if (!rc && t->match.met) {
			error_set(&t->mismatch, E_CHANGED,
				  "record %llu is in the list, but the PCRs were not extended by it",
				  (unsigned long long)n);
			break;
		}
	}
	way_begin_match(t, 0);
	return rc;
}

static void set_gap(struct take *t)
{
	const struct aggregate *last = t->last;

	if (last && last->unanchored && last->gap.present) {
		t->gap = last->gap;
	} else {
		t->gap.present = true;
		t->gap.after = store_last(t->store);
		strcpy(t->gap.reason, !last ? "incomplete-list" :
		       t->new_boot ? "kexec-lost" : "pcr-mismatch");
	}
	t->gap.pcrs = t->target.values;
}

/*
 * The TPM's PCRs lie on no way. Once, this is stored and not deleted: it may
 * mend itself. The next time, or where a mend is not to be hoped for, the
 * records are stored anchored to nothing, and what follows starts from the
 * TPM's own values.
 */
static void give_up(struct take *t)
{
	bool hopeless = !t->last || t->new_boot || t->last->unanchored ||
			t->last->tpm.matched == MATCHED_NO;

	error_set(&t->mismatch, E_CHANGED,
		  "the TPM's PCRs do not lie on the list's replay");
	if (!hopeless) {
		t->settled = SETTLED_MISMATCH;
		return;
	}
	t->settled = SETTLED_ANCHORED;
}

/* --- from an anchor --- */

/*
 * What a gap's first shard starts from: the values that were read there, once
 * a replay from them has met a later reading.
 */
static void prove_anchor(struct take *t)
{
	if (t->settled != SETTLED_MATCHED || !t->last || !t->last->unanchored)
		return;
	t->gap = t->last->gap;
	t->gap.pcrs = *t->start;
}

/*
 * The record that was last in the list when the anchor was read may have been
 * extended only after: then the values before it are the anchor.
 */
static int shift_anchor(struct take *t, struct error *err)
{
	struct list_layout layout;
	struct record rec;
	uint8_t *bytes;
	int rc = align_last_stored(t->store, &bytes, &rec, &layout, err);

	if (rc)
		return rc;
	rc = take_start_replay(t, NULL, false, err);
	if (!rc)
		rc = replay_record(t->replay, &rec, &layout, err);
	if (!rc) {
		replay_values(t->replay, &t->shifted);
		t->start = &t->shifted;
	}
	free(bytes);
	return rc;
}

static int by_tpm_shifted(struct take *t, struct error *err)
{
	int rc;

	if (!t->last || !t->last->unanchored)
		return E_OK;
	rc = shift_anchor(t, err);
	if (!rc)
		rc = again(t, err);
	if (!rc && t->settled == SETTLED_NOT)
		t->start = &t->last->pcrs;
	return rc;
}

/*
 * The TPM's values at the end of what was stored: read until no record came
 * between them and the list.
 */
static int read_anchor(struct take *t, struct error *err)
{
	uint64_t had;
	int rc = E_OK;

	for (int i = 0; i < ANCHOR_READINGS && !rc; i++) {
		had = drafted(t);
		rc = take_read_tpm(t, err);
		if (!rc)
			rc = intake_more(t, err);
		if (drafted(t) == had)
			break;
	}
	set_gap(t);
	return rc;
}

/* The drafts' values as a replay from the store's end has them. */
static int replay_plainly(struct take *t, struct error *err)
{
	int rc = take_start_replay(t, NULL, false, err);

	return rc ? rc : drafts_replay(&t->drafts, true, NULL, NULL, err);
}

/*
 * Only a shard can tell of a gap, and a shard needs a record. Until there is
 * one, the kernel keeps what would else be deleted with the gap untold: it
 * costs no more memory, for nothing comes. Where the newest shard tells of
 * the gap already, there is nothing to wait for.
 */
static void wait_for_record(struct take *t)
{
	if (t->drafts.count || (t->last && t->last->unanchored))
		return;
	t->settled = SETTLED_MISMATCH;
	memset(&t->gap, 0, sizeof(t->gap));
	error_set(&t->mismatch, E_CHANGED,
		  "the TPM's PCRs do not lie on the list's replay; nothing is deleted before a new record can tell of the gap");
}

/*
 * Nothing is in the list but what the store has. That is no news, unless the
 * TPM disagreed with it, or nobody knows, and it still does not agree.
 */
static int without_drafts(struct take *t, struct error *err)
{
	const struct aggregate *last = t->last;
	int rc = E_OK;

	if (t->tpm)
		rc = way_try_here(t, store_last(t->store), err);
	t->proven |= t->match.met;
	if (!t->tpm || t->match.met || !last || !last->tpm.present ||
	    last->unanchored || last->tpm.matched == MATCHED_YES)
		t->settled = SETTLED_UNCHECKED;
	return rc;
}

int settle(struct take *t, struct error *err)
{
	int rc = E_OK;

	if (!t->drafts.count)
		rc = without_drafts(t, err);
	if (rc || t->settled != SETTLED_NOT)
		return rc;
	if (!t->tpm) {
		t->settled = SETTLED_UNCHECKED;
		return by_bytes(t, err);
	}
	rc = by_tpm(t, err);
	if (!rc && t->settled == SETTLED_NOT)
		rc = by_tpm_shifted(t, err);
	if (!rc && t->settled == SETTLED_NOT) {
		give_up(t);
		rc = by_bytes(t, err);
	}
	if (!rc && t->settled == SETTLED_ANCHORED)
		rc = read_anchor(t, err);
	if (!rc && (t->settled == SETTLED_MISMATCH ||
		    t->settled == SETTLED_ANCHORED))
		wait_for_record(t);
	if (!rc && t->settled == SETTLED_MISMATCH)
		rc = explain(t, err);
	if (!rc && (t->settled == SETTLED_MISMATCH ||
		    t->settled == SETTLED_ANCHORED))
		rc = replay_plainly(t, err);
	if (!rc)
		prove_anchor(t);
	t->proven |= t->settled == SETTLED_MATCHED;
	return rc;
}
