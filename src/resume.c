// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * resume.c - where the evidence goes on from a checkpoint
 *
 * What the checkpoint covers are the last records up to it, two blocks of some
 * megabytes. Looking at more than that would cost as much as there is history;
 * a replay from boot does (--from boot), and must pass through the checkpoint.
 */
#include "resume.h"

#include <string.h>

#include "compare.h"
#include "course.h"

static bool in_store(const struct evidence *ev, const struct state_proven *at)
{
	return ev->store && store_last(ev->store) >= at->record;
}

size_t resume_segment(const struct evidence *ev,
		      const struct state_proven *at)
{
	size_t n = course_shards(ev);

	if (!in_store(ev, at) || store_last(ev->store) == at->record)
		return n;
	return store_find(ev->store, at->record + 1);
}

/* --- in shards --- */

/* Add what shard @i has of the covered records. */
static int compare_shard(const struct store *st, size_t i,
			 struct comparing *cmp, struct error *err)
{
	const struct shard *s = store_shard(st, i);
	struct list *list;
	struct record rec;
	uint64_t n = s->first;
	int rc = store_records(st, i, &list, err);

	if (rc == E_ABSENT)
		rc = error_set(err, E_GAP, "the records of shard %llu..%llu are missing",
			       (unsigned long long)s->first,
			       (unsigned long long)s->last);
	if (rc)
		return rc;
	for (; n <= cmp->c->last && !rc; n++) {
		rc = list_next(list, &rec, err);
		if (!rc)
			rc = compare_add(cmp, &rec, n, err);
	}
	list_close(list);
	return rc == LIST_END ? E_OK : rc;
}

/* What is behind a hole is no reason to look there for what is in it. */
static int see_shard(const struct store *st, uint64_t number,
		     struct error *err)
{
	if (store_find(st, number) < store_count(st))
		return E_OK;
	return error_set(err, E_GAP, "no shard has record %llu",
			 (unsigned long long)number);
}

/* The covered records that the store has, up to the last one of them. */
static int compare_store(const struct evidence *ev,
			 const struct state_proven *at,
			 struct comparing *cmp, struct error *err)
{
	const struct store *st = ev->store;
	uint64_t from = store_shard(st, 0)->first;
	int rc = E_OK;

	if (from < covered_from(&at->covered))
		from = covered_from(&at->covered);
	if (from <= store_last(st))
		rc = see_shard(st, from, err);
	for (size_t i = store_find(st, from);
	     i < store_count(st) && !rc &&
	     store_shard(st, i)->first <= at->record; i++) {
		if (store_shard(st, i)->first > from)
			rc = store_follows(st, i, err);
		if (!rc)
			rc = compare_shard(st, i, cmp, err);
	}
	return rc;
}

static int missing(const struct state_proven *at, uint64_t last,
		   struct error *err)
{
	return error_set(err, E_GAP,
			 "records %llu..%llu, after the checkpoint, are missing",
			 (unsigned long long)at->record + 1,
			 (unsigned long long)last);
}

static int check_store(const struct evidence *ev,
		       const struct state_proven *at,
		       struct coverage *coverage, struct error *err)
{
	uint64_t first = store_shard(ev->store, 0)->first;
	struct comparing cmp;
	int rc;

	if (first > at->record + 1)
		return missing(at, first - 1, err);
	if (first == at->record + 1)
		return E_OK;
	rc = compare_begin(&cmp, &at->covered, first, err);
	if (!rc)
		rc = compare_store(ev, at, &cmp, err);
	if (!rc)
		rc = compare_end(&cmp, coverage, err);
	compare_free(&cmp);
	return rc;
}

/* --- in lists --- */

static int shorter(const struct state_proven *at, uint64_t has,
		   struct error *err)
{
	return error_set(err, E_CHANGED,
			 "has %llu records, fewer than the %llu that were proven",
			 (unsigned long long)has,
			 (unsigned long long)at->record);
}

/*
 * Read from @from on, which comes before record @number, up to the checkpoint,
 * comparing. @from is moved there. 1: it ends before.
 */
static int compare_lists(const struct lists *lists, struct lists_place *from,
			 uint64_t number, const struct state_proven *at,
			 struct comparing *cmp, struct error *err)
{
	struct record rec;
	struct list *list;
	int rc = E_OK;

	for (; number <= at->record && !rc; number++) {
		rc = lists_next(lists, from, &rec, &list, err);
		if (!rc)
			rc = compare_add(cmp, &rec, number, err);
	}
	return rc;
}

/*
 * One list that begins at boot: the place is known to the byte. It may have
 * been cut off, or altered so that no record begins there any more.
 */
static int place_from_boot(const struct lists *lists,
			   const struct state_proven *at, bool text,
			   struct alignment *ret, struct coverage *coverage,
			   struct error *err)
{
	const struct state_covered *c = &at->covered;
	uint64_t from = covered_from(c);
	struct lists_place here = {
		.place = { from - 1, at->bytes - c->bytes - c->before_bytes },
		.skipped = from - 1,
	};
	struct comparing cmp;
	int rc = compare_begin(&cmp, c, from, err);

	/* Only of a binary list are the records' bytes the list's own. */
	if (text) {
		here = (struct lists_place){ 0 };
		from = 1;
	}
	if (!rc)
		rc = compare_lists(lists, &here, from, at, &cmp, err);
	if (rc == LIST_END || rc == E_INCOMPLETE)
		rc = error_set(err, E_CHANGED,
			       "ends before record %llu, up to which it was proven",
			       (unsigned long long)at->record);
	else if (rc == E_FORMAT || rc == E_LIMIT)
		rc = compare_changed(c, err);
	if (!rc && !text && here.place.offset != at->bytes)
		rc = compare_changed(c, err);
	if (!rc)
		rc = compare_end(&cmp, coverage, err);
	compare_free(&cmp);
	if (rc)
		error_subject(err, "%s", list_name(lists->list[0]));
	else
		ret->at[ret->count++] = here;
	return rc;
}

/* The block that ends at @at must be the one that is covered. */
static bool block_before(const struct lists *lists,
			 const struct lists_place *end,
			 const struct state_proven *at)
{
	struct lists_place here = { 0 };
	struct comparing cmp;
	struct record rec;
	struct list *list;
	uint64_t number = at->record - end->skipped;
	int rc = compare_begin(&cmp, &at->covered, number + 1, NULL);

	while (!rc && here.skipped < end->skipped) {
		rc = lists_next(lists, &here, &rec, &list, NULL);
		number++;
		if (!rc)
			rc = compare_add(&cmp, &rec, number, NULL);
	}
	if (!rc)
		rc = compare_end(&cmp, NULL, NULL);
	compare_free(&cmp);
	return !rc;
}

/*
 * Lists of which the beginning was taken away: behind each record that is the
 * checkpoint's, or right at their beginning. The replay decides.
 */
static void places_anywhere(const struct lists *lists,
			    const struct state_proven *at,
			    struct alignment *ret)
{
	struct alignment all = { 0 };
	struct lists_place here = { 0 };
	struct record rec;
	struct list *list;

	while (!lists_next(lists, &here, &rec, &list, NULL)) {
		if (here.skipped > at->record || !compare_is_last(&at->covered, &rec))
			continue;
		if (all.count < ALIGN_MAX - 1)
			all.at[all.count++] = here;
		else
			ret->cut = true;
	}
	for (size_t i = all.count; i && i--; )
		if (block_before(lists, &all.at[i], at))
			ret->at[ret->count++] = all.at[i];
	ret->at[ret->count++] = (struct lists_place){ 0 };
}

static bool begins_at_boot(const struct lists *lists,
			   const struct state_proven *at, bool *text)
{
	uint8_t digest[SHA256_SIZE];
	struct lists_place here = { 0 };
	struct record rec;
	struct list *list;

	if (lists_next(lists, &here, &rec, &list, NULL))
		return false;
	*text = here.place.offset != rec.raw_len;
	return !digest_sha256(rec.raw, rec.raw_len, digest) &&
	       !memcmp(digest, at->first_sha256, SHA256_SIZE);
}

static int lists_alone(const struct lists *lists,
		       const struct state_proven *at, struct alignment *ret,
		       struct coverage *coverage, struct error *err)
{
	bool text = false;

	if (lists->count == 1 && begins_at_boot(lists, at, &text))
		return place_from_boot(lists, at, text, ret, coverage, err);
	places_anywhere(lists, at, ret);
	return E_OK;
}

/* Behind the store, and on to the checkpoint. */
static int behind_store(const struct evidence *ev,
			const struct state_proven *at,
			struct lists_place *place, struct coverage *coverage,
			struct error *err)
{
	uint64_t last = store_last(ev->store);
	uint64_t skipped = place->skipped;
	struct comparing cmp;
	int rc = compare_begin(&cmp, &at->covered,
			       store_shard(ev->store, 0)->first, err);

	if (!rc)
		rc = compare_store(ev, at, &cmp, err);
	if (!rc)
		rc = compare_lists(&ev->lists, place, last + 1, at, &cmp,
				   err);
	if (rc == LIST_END)
		rc = shorter(at, last + place->skipped - skipped, err);
	if (!rc)
		rc = compare_end(&cmp, coverage, err);
	compare_free(&cmp);
	return rc;
}

/* The store ends before the checkpoint: the lists must have what follows. */
static int places_behind_store(const struct evidence *ev,
			       const struct state_proven *at,
			       struct alignment *ret,
			       struct coverage *coverage, struct error *err)
{
	struct alignment ways;
	struct error why = { 0 };
	int rc = align_lists(ev->store, &ev->lists, &ways, err);

	if (rc)
		return rc;
	for (size_t i = 0; i < ways.count && !is_failure(rc); i++) {
		struct lists_place place = ways.at[i];

		/* What is wrong with the likeliest way is what is told. */
		rc = behind_store(ev, at, &place, coverage,
				  i ? NULL : &why);
		if (!rc)
			ret->at[ret->count++] = place;
	}
	ret->cut = ways.cut;
	if (is_failure(rc))
		return error_set(err, rc, "%s", error_text(rc));
	if (ret->count)
		return E_OK;
	*err = why;
	error_subject(err, "%s", store_path(ev->store));
	return why.code;
}

/*
 * A list of another bank, or the shards where it was such a list that was
 * proven, has other bytes for the same records.
 */
static int see_layout(const struct evidence *ev, const struct state_proven *at,
		      struct error *err)
{
	size_t was = at->covered.digest_size, is = was;
	struct lists_place here = { 0 };
	struct record rec;
	struct list *list;

	if (course_shards(ev))
		is = hash_row(HASH_SHA1)->size;
	if (is == was && !lists_next(&ev->lists, &here, &rec, &list, NULL))
		is = record_digest_size(&rec);
	if (is == was && was)
		return E_OK;
	return error_set(err, E_UNDECIDED,
			 "records with digests of %zu bytes cannot be compared with those that were proven: --from boot replays them all",
			 is);
}

int resume_places(const struct evidence *ev, const struct state_proven *at,
		  struct alignment *ret, struct coverage *coverage,
		  struct error *err)
{
	int rc;

	memset(ret, 0, sizeof(*ret));
	if (ev->follows) {
		ret->count = 1;
		return E_OK;
	}
	rc = see_layout(ev, at, err);
	if (rc)
		return rc;
	/* All shards were discarded, with records that were not seen. */
	if (!course_shards(ev) && ev->store &&
	    store_last(ev->store) > at->record) {
		rc = missing(at, store_last(ev->store), err);
		error_subject(err, "%s", store_path(ev->store));
		return rc;
	}
	if (!course_shards(ev))
		return lists_alone(&ev->lists, at, ret, coverage, err);
	if (!in_store(ev, at))
		return places_behind_store(ev, at, ret, coverage, err);
	rc = check_store(ev, at, coverage, err);
	if (!rc && store_last(ev->store) > at->record)
		rc = see_shard(ev->store, at->record + 1, err);
	if (rc) {
		error_subject(err, "%s", store_path(ev->store));
		return rc;
	}
	return align_lists(ev->store, &ev->lists, ret, err);
}
