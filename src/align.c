// SPDX-License-Identifier: GPL-2.0-or-later
/* align.c - where a list goes on from what a store already has */
#include "align.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

/* The list that @at is in, at that place. */
static int list_at(const struct lists *lists, const struct lists_place *at,
		   struct list **ret, struct error *err)
{
	struct list_place is;

	*ret = lists->list[at->list];
	is = list_tell(*ret);
	if (is.offset == at->place.offset && is.records == at->place.records)
		return E_OK;
	return list_seek(*ret, at->place, err);
}

/* Behind what was read of it. */
static void moved(struct lists_place *at, const struct list *list)
{
	struct list_place is = list_tell(list);

	at->skipped += is.records - at->place.records;
	at->place = is;
}

static void next_list(struct lists_place *at)
{
	at->list++;
	at->place = (struct list_place){ 0 };
}

int lists_next(const struct lists *lists, struct lists_place *at,
	       struct record *rec, struct list **from, struct error *err)
{
	int rc;

	for (; at->list < lists->count; next_list(at)) {
		rc = list_at(lists, at, from, err);
		if (!rc)
			rc = list_next(*from, rec, err);
		if (!rc)
			moved(at, *from);
		if (rc != LIST_END)
			return rc;
	}
	return LIST_END;
}

int lists_next_piece(const struct lists *lists, struct lists_place *at,
		     struct list_piece *ret, struct list **from,
		     struct error *err)
{
	int rc;

	for (; at->list < lists->count; next_list(at)) {
		rc = list_at(lists, at, from, err);
		if (!rc)
			rc = list_next_piece(*from, ret, err);
		if (!rc)
			moved(at, *from);
		if (rc != LIST_END)
			return rc;
	}
	return LIST_END;
}

/* A record that outlives the list it was read from. */
struct kept {
	uint8_t *bytes;
	struct record rec;
};

static int keep(struct kept *k, const struct record *rec,
		const struct list_layout *layout)
{
	uint8_t *bytes = malloc(rec->raw_len);
	size_t need;
	int rc;

	if (!bytes)
		return E_NOMEM;
	memcpy(bytes, rec->raw, rec->raw_len);
	rc = record_parse(layout, bytes, rec->raw_len, &k->rec, &need, NULL);
	if (rc) {
		free(bytes);
		return rc;
	}
	free(k->bytes);
	k->bytes = bytes;
	return E_OK;
}

/* The last record that the store has. */
static int last_stored(const struct store *st, struct kept *ret,
		       struct error *err)
{
	struct list *list;
	struct record rec;
	struct list_place last = { 0 }, next = { 0 };
	int rc = store_records(st, store_count(st) - 1, &list, err);

	if (rc)
		return rc;
	while (!(rc = list_next(list, &rec, err))) {
		last = next;
		next = list_tell(list);
	}
	if (rc == LIST_END && !next.records)
		rc = error_set(err, E_INCOMPLETE, "has no records");
	if (rc == LIST_END)
		rc = list_seek(list, last, err);
	if (!rc)
		rc = list_next(list, &rec, err);
	if (!rc && keep(ret, &rec, list_layout(list)))
		rc = error_set(err, E_NOMEM, "out of memory");
	if (rc)
		error_subject(err, "%s", list_name(list));
	list_close(list);
	return rc;
}

/* Reading a store's records one after another, across its shards. */
struct stored {
	const struct store *st;
	size_t shard;
	struct list *list;
	bool broken;		/* a hole, or bytes that cannot be read */
};

static void stored_next(struct stored *s, struct record *rec, bool *end)
{
	for (;;) {
		if (s->broken || (!s->list && s->shard >= store_count(s->st)))
			break;
		if (!s->list &&
		    store_records(s->st, s->shard, &s->list, NULL)) {
			s->broken = true;
			break;
		}
		switch (list_next(s->list, rec, NULL)) {
		case E_OK:
			*end = false;
			return;
		case LIST_END:
			list_close(s->list);
			s->list = NULL;
			s->shard++;
			continue;
		default:
			s->broken = true;
		}
	}
	*end = true;
}

/* Go to record @number, which a committed shard has. */
static void stored_seek(struct stored *s, uint64_t number)
{
	struct record rec;
	bool end = false;

	list_close(s->list);
	s->list = NULL;
	s->shard = store_find(s->st, number);
	s->broken = s->shard == store_count(s->st);
	if (s->broken)
		return;
	for (uint64_t n = store_shard(s->st, s->shard)->first; n < number && !end;
	     n++)
		stored_next(s, &rec, &end);
}

/*
 * Whether the first @skip records of the lists are the last ones of the
 * store, as far back as the lists go and record @first.
 */
static bool overlaps(const struct store *st, const struct lists *lists,
		     uint64_t skip, uint64_t first)
{
	uint64_t last = store_last(st);
	struct stored s = { .st = st };
	struct lists_place at = { 0 };
	struct record theirs, ours;
	struct list *from;
	bool end = false, same = true;

	/* Nothing was before record 1. */
	if (skip > last)
		return false;
	/* The list may reach further back than that. */
	while (skip - at.skipped > last - first + 1)
		if (lists_next(lists, &at, &theirs, &from, NULL))
			return false;
	stored_seek(&s, last - (skip - at.skipped) + 1);
	while (same && at.skipped < skip) {
		stored_next(&s, &ours, &end);
		same = !end && !lists_next(lists, &at, &theirs, &from, NULL) &&
		       record_same(&ours, &theirs);
	}
	list_close(s.list);
	return same;
}

/* Whether the whole list is the beginning of what the store has. */
static bool is_beginning(const struct store *st, const struct lists *lists,
			 struct lists_place *ret)
{
	struct stored s = { .st = st };
	struct lists_place at = { 0 };
	struct record theirs, ours;
	struct list *from;
	bool end = false, same = true;
	int rc = 0;

	while (same && !(rc = lists_next(lists, &at, &theirs, &from, NULL))) {
		stored_next(&s, &ours, &end);
		same = !end && record_same(&ours, &theirs);
	}
	list_close(s.list);
	*ret = at;
	return same && rc == LIST_END && at.skipped;
}

static void add(struct alignment *a, const struct lists_place *at)
{
	if (a->count < ALIGN_MAX - 1)
		a->at[a->count++] = *at;
	else
		a->cut = true;
}

/*
 * Places right behind a record that is the store's last one, the furthest
 * first: a whole list has more before its end than behind it.
 */
static void candidates(const struct lists *lists, const struct record *last,
		       struct alignment *ret)
{
	struct lists_place at = { 0 };
	struct record rec;
	struct list *from;

	while (!lists_next(lists, &at, &rec, &from, NULL)) {
		if (!record_same(&rec, last))
			continue;
		/* Of too many, those near the list's end are kept. */
		if (ret->count == ALIGN_MAX - 1) {
			memmove(&ret->at[0], &ret->at[1],
				(ALIGN_MAX - 2) * sizeof(ret->at[0]));
			ret->count--;
			ret->cut = true;
		}
		add(ret, &at);
	}
	for (size_t i = 0; i < ret->count / 2; i++) {
		struct lists_place swap = ret->at[i];

		ret->at[i] = ret->at[ret->count - 1 - i];
		ret->at[ret->count - 1 - i] = swap;
	}
}

static int add_to_digest(void *ctx, const void *bytes, size_t len)
{
	return hash_stream_add(ctx, bytes, len);
}

/* Whether shard @i is there, with the bytes that its aggregate says. */
static bool is_intact(const struct store *st, size_t i)
{
	struct aggregate *agg = malloc(sizeof(*agg));
	struct hash_stream *sha256 = NULL;
	uint8_t digest[SHA256_SIZE];
	struct list *list = NULL;
	uint64_t bytes;
	bool ok;

	ok = agg && !store_aggregate(st, i, agg, NULL, NULL) &&
	     !store_records(st, i, &list, NULL) &&
	     !hash_stream_new(&sha256, HASH_SHA256) &&
	     !list_rest(list, add_to_digest, sha256, &bytes, NULL) &&
	     !hash_stream_end(sha256, digest) &&
	     !memcmp(digest, agg->sha256, SHA256_SIZE);
	hash_stream_free(sha256);
	list_close(list);
	free(agg);
	return ok;
}

/* Where the intact shards begin that lead up to the store's end. */
static uint64_t first_intact(const struct store *st)
{
	size_t i = store_count(st) - 1;

	while (i && !store_follows(st, i, NULL) && is_intact(st, i - 1))
		i--;
	return store_shard(st, i)->first;
}

static void add_overlapping(const struct store *st, const struct lists *lists,
			    const struct alignment *all, uint64_t first,
			    struct alignment *ret)
{
	for (size_t i = 0; i < all->count; i++)
		if (overlaps(st, lists, all->at[i].skipped, first))
			add(ret, &all->at[i]);
}

int align_lists(const struct store *st, const struct lists *lists,
		struct alignment *ret, struct error *err)
{
	struct alignment all = { 0 };
	struct kept last = { 0 };
	struct lists_place end;
	int rc;

	memset(ret, 0, sizeof(*ret));
	if (!st || !store_count(st)) {
		ret->count = 1;
		return E_OK;
	}
	rc = last_stored(st, &last, err);
	if (!rc)
		candidates(lists, &last.rec, &all);
	free(last.bytes);
	ret->cut = all.cut;
	ret->first = store_shard(st, 0)->first;
	add_overlapping(st, lists, &all, ret->first, ret);
	if (!rc && !ret->count && is_beginning(st, lists, &end)) {
		ret->at[ret->count++] = end;
		return E_OK;
	}
	/* What is missing or altered is no witness. */
	if (!ret->count && all.count) {
		ret->first = first_intact(st);
		add_overlapping(st, lists, &all, ret->first, ret);
	}
	ret->count++;		/* right behind the store: nothing skipped */
	return rc;
}

int align_last_stored(const struct store *st, uint8_t **bytes,
		      struct record *rec, struct list_layout *layout,
		      struct error *err)
{
	struct kept last = { 0 };
	int rc = last_stored(st, &last, err);

	if (rc) {
		free(last.bytes);
		return rc;
	}
	*bytes = last.bytes;
	*rec = last.rec;
	/* Shards are in the sha1 layout. */
	*layout = (struct list_layout){ .digest_size = 20 };
	return E_OK;
}

/* From record @number of the store on: how far is the list the same? */
static void common_run(const struct store *st, const struct lists *lists,
		       uint64_t number, uint64_t *budget,
		       struct alignment *ret)
{
	struct stored s = { .st = st };
	struct lists_place at = { 0 }, behind = { 0 };
	struct record theirs, ours;
	struct list *from;
	bool end = false, same = true;

	stored_seek(&s, number);
	while (same && *budget) {
		--*budget;
		behind = at;
		stored_next(&s, &ours, &end);
		same = !end && !lists_next(lists, &at, &theirs, &from, NULL) &&
		       record_same(&ours, &theirs);
	}
	list_close(s.list);
	/* Up to the store's very end: align_lists() has it. */
	if (!end && behind.skipped)
		add(ret, &behind);
}

static void spend(uint64_t *budget, uint64_t n)
{
	*budget -= n < *budget ? n : *budget;
}

int align_heads(const struct store *st, const struct lists *lists,
		struct alignment *ret, struct error *err)
{
	struct stored s = { .st = st };
	struct lists_place at = { 0 };
	struct kept first = { 0 };
	struct record rec;
	struct list *from;
	uint64_t budget;
	bool end = false;
	int rc;

	if (!st || !store_count(st))
		return E_OK;
	rc = lists_next(lists, &at, &rec, &from, NULL);
	if (rc)
		return E_OK;
	if (keep(&first, &rec, list_layout(from)))
		return error_set(err, E_NOMEM, "out of memory");
	/* Records that repeat could make this the square of their number. */
	budget = 4 * store_last(st) + 4096;
	for (uint64_t n = store_shard(st, 0)->first;
	     !end && budget && ret->count < ALIGN_MAX - 1; n++) {
		stored_next(&s, &rec, &end);
		if (end || !record_same(&rec, &first.rec))
			continue;
		/* Going there reads a shard from its beginning. */
		spend(&budget, n - store_shard(st, store_find(st, n))->first);
		common_run(st, lists, n, &budget, ret);
	}
	ret->cut = ret->cut || !end;
	list_close(s.list);
	free(first.bytes);
	return E_OK;
}
