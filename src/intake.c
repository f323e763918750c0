// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * intake.c - what a snapshot reads of the kernel's lists, and deletes there
 *
 * One list is open at a time, and stays open from the first record read to
 * the delete, so that nobody can change it in between. Only where the TPM
 * could not be satisfied by the staged list alone, the current one is read
 * behind it; then each is opened once more and compared before it goes.
 */
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "port/list.h"
#include "take.h"

/* --- the kernel's lists --- */

void intake_close(struct take *t)
{
	list_close(t->list);
	t->list = NULL;
}

static struct batch *batch_now(struct take *t)
{
	return &t->batch[t->batches - 1];
}

/* What is in the batch now: known when its list is left. */
static int end_batch(struct take *t, struct error *err)
{
	if (hash_stream_end(t->batch_hash, batch_now(t)->sha256))
		return error_set(err, E_CRYPTO, "libcrypto failed to hash");
	return E_OK;
}

int intake_open(struct take *t, bool staged, struct error *err)
{
	int rc;

	intake_close(t);
	rc = kernel_open(t->kernel, staged, &t->list, err);
	if (rc)
		return rc;
	t->list_staged = staged;
	t->batch[t->batches++] = (struct batch){ .staged = staged };
	/* Forget what an earlier one left in it. */
	return end_batch(t, err);
}

/* Has a dead run, or another agent, staged a batch? */
static int is_pending(struct take *t, bool *ret, struct error *err)
{
	struct record rec;
	int rc = list_next(t->list, &rec, err);

	*ret = rc != LIST_END;
	if (rc && rc != LIST_END)
		return rc;
	return list_restart(t->list, err);
}

static int refused(struct take *t, int answer, const struct error *why)
{
	t->keep = t->left = true;
	t->tell(t->tell_ctx, NOTE_NOT_DELETED,
		answer == KERNEL_SUSPENDED ? "suspended" : "refused", why);
	return E_OK;
}

int intake_pending(struct take *t, struct error *err)
{
	int rc = intake_open(t, true, err);

	return rc ? rc : is_pending(t, &t->pending, err);
}

int intake_stage(struct take *t, struct error *err)
{
	struct error why = { 0 };
	int rc = intake_pending(t, err);

	if (rc || t->pending)
		return rc;
	rc = kernel_stage(t->list, &why);
	switch (rc) {
	case KERNEL_DONE:
	case KERNEL_NOTHING:
		return list_restart(t->list, err);
	case KERNEL_SUSPENDED:
		t->batches = 0;
		refused(t, rc, &why);
		return intake_open(t, false, err);
	}
	*err = why;
	return E_IO;
}

/* --- records that a copy kernel shows again and again --- */

/* Records are hashed as they pass, all from the list's head on. */
static int pass_record(struct take *t, const struct record *rec,
		       struct hash_stream *also, struct error *err)
{
	t->list_bytes += rec->raw_len;
	if (hash_stream_add(t->list_hash, rec->raw, rec->raw_len) ||
	    (also && hash_stream_add(also, rec->raw, rec->raw_len)))
		return error_set(err, E_CRYPTO, "libcrypto failed to hash");
	return E_OK;
}

/* All that the store has, recognised by the one digest that was cached. */
static int skip_cached(struct take *t, bool *same, struct error *err)
{
	uint8_t digest[SHA256_SIZE];
	struct record rec;
	int rc = E_OK;

	while (!rc && t->list_bytes < t->cache.list_bytes) {
		*same = !list_next(t->list, &rec, NULL);
		if (!*same)
			return E_OK;
		rc = pass_record(t, &rec, NULL, err);
		progress_add(t->opt->progress, 1);
	}
	if (!rc && hash_stream_peek(t->list_hash, digest))
		rc = error_set(err, E_CRYPTO, "libcrypto failed to hash");
	*same = !rc && t->list_bytes == t->cache.list_bytes &&
		!memcmp(digest, t->cache.list_sha256, SHA256_SIZE);
	return rc;
}

/* One shard's records in the list, recognised by their digest. */
static int skip_shard(struct take *t, size_t i, struct hash_stream *sha256,
		      bool *same, struct error *err)
{
	uint8_t digest[SHA256_SIZE];
	struct record rec;
	int rc = store_aggregate(t->store, i, t->next, NULL, err);

	for (uint64_t n = t->next->first; n <= t->next->last && !rc; n++) {
		*same = !list_next(t->list, &rec, NULL);
		if (!*same)
			return E_OK;
		rc = pass_record(t, &rec, sha256, err);
		progress_add(t->opt->progress, 1);
	}
	if (!rc && hash_stream_end(sha256, digest))
		rc = error_set(err, E_CRYPTO, "libcrypto failed to hash");
	if (!rc)
		*same = !memcmp(digest, t->next->sha256, SHA256_SIZE);
	return rc;
}

static int skip_shards(struct take *t, bool *same, struct error *err)
{
	struct hash_stream *sha256;
	int rc = E_OK;

	*same = true;
	if (hash_stream_new(&sha256, HASH_SHA256))
		return error_set(err, E_CRYPTO, "libcrypto failed to hash");
	for (size_t i = 0; i < store_count(t->store) && *same && !rc; i++)
		rc = skip_shard(t, i, sha256, same, err);
	hash_stream_free(sha256);
	return rc;
}

static int start_list(struct take *t, struct error *err)
{
	hash_stream_free(t->list_hash);
	t->list_hash = NULL;
	t->list_bytes = 0;
	if (hash_stream_new(&t->list_hash, HASH_SHA256))
		return error_set(err, E_CRYPTO, "libcrypto failed to hash");
	return list_restart(t->list, err);
}

int intake_skip(struct take *t, struct error *err)
{
	bool same = false;
	int rc = start_list(t, err);

	if (rc || !store_count(t->store))
		return rc;
	if (t->cached && t->cache.has_list)
		rc = skip_cached(t, &same, err);
	else if (store_shard(t->store, 0)->first == 1)
		rc = skip_shards(t, &same, err);
	if (rc || same)
		return rc;
	/* Then it is drafted whole, and settle.c finds out. */
	t->not_whole = true;
	return start_list(t, err);
}

/* --- collecting --- */

static bool is_last_stored(const struct take *t, const struct record *rec)
{
	return t->last_raw && rec->raw_len == t->last_len &&
	       !memcmp(rec->raw, t->last_raw, rec->raw_len);
}

/* The next run will want to know the last one. */
static int keep_tail(struct take *t, const struct record *rec,
		     struct error *err)
{
	if (rec->raw_len > t->tail_room) {
		uint8_t *more = realloc(t->tail_raw, rec->raw_len);

		if (!more)
			return error_set(err, E_NOMEM, "out of memory");
		t->tail_raw = more;
		t->tail_room = rec->raw_len;
	}
	memcpy(t->tail_raw, rec->raw, rec->raw_len);
	t->tail_len = rec->raw_len;
	return E_OK;
}

static int collect_one(struct take *t, const struct record *rec,
		       struct error *err)
{
	struct batch *b = batch_now(t);
	int rc = drafts_add(&t->drafts, rec, list_layout(t->list), err);

	if (!rc)
		rc = keep_tail(t, rec, err);
	if (!rc && t->list_hash)
		rc = pass_record(t, rec, NULL, err);
	if (rc)
		return rc;
	/* To know it again before it is deleted, as a copy never is. */
	if (t->kind != KERNEL_COPY &&
	    hash_stream_add(t->batch_hash, rec->raw, rec->raw_len))
		return error_set(err, E_CRYPTO, "libcrypto failed to hash");
	b->records++;
	b->bytes += rec->raw_len;
	t->seen_last |= is_last_stored(t, rec);
	if (t->tpm)
		rc = match_try(&t->match, t->replay, t->drafts.last, err);
	return rc ? rc : quoting_cut(t, err);
}

/* Bytes that will never be a record; evidence all the same. */
struct spilling {
	struct spill *spill;
	struct error *err;
};

static int spill_some(void *ctx, const void *bytes, size_t len)
{
	struct spilling *s = ctx;

	return spill_add(s->spill, bytes, len, s->err);
}

static int spill_rest(struct take *t, struct error *err)
{
	struct spilling s = { .spill = t->spill, .err = err };
	uint64_t bytes;

	return list_rest(t->list, spill_some, &s, &bytes, err);
}

/* Behind a staged list comes the current one, which nobody reads until then. */
static int keep_unparsed(struct take *t, const struct record *bad,
			 struct error *err)
{
	int rc = spill_new(&t->spill, t->store, err);

	if (!rc && bad)
		rc = spill_add(t->spill, bad->raw, bad->raw_len, err);
	if (!rc)
		rc = spill_rest(t, err);
	if (rc || !t->list_staged)
		return rc;
	rc = end_batch(t, err);
	if (!rc)
		rc = intake_open(t, false, err);
	return rc ? rc : spill_rest(t, err);
}

/* Nearly a shard: what comes next may not fit any more. */
static bool is_piece(const struct take *t)
{
	return t->drafts.open && draft_bytes(t->drafts.open) >=
				 t->opt->shard_size / 8 * 7;
}

static bool is_malformed(int rc)
{
	return rc == E_FORMAT || rc == E_INCOMPLETE || rc == E_LIMIT;
}

int intake_collect(struct take *t, bool piece, bool *more,
		   struct error *err)
{
	struct record rec;
	int rc;

	*more = false;
	while (!(rc = list_next(t->list, &rec, err))) {
		if (list_layout(t->list)->digest_size != 20) {
			rc = error_set(err, E_FORMAT,
				       "is not in the sha1 layout");
			error_subject(err, "%s", list_name(t->list));
			return rc;
		}
		rc = collect_one(t, &rec, err);
		if (rc == E_CHANGED)
			error_subject(err, "%s", list_name(t->list));
		if (rc)
			break;
		progress_add(t->opt->progress, 1);
		*more = piece && is_piece(t);
		if (*more)
			return drafts_cut(&t->drafts, err);
	}
	if (is_malformed(rc) || rc == E_CHANGED) {
		t->unparsed = *err;
		t->keep = true;
		rc = keep_unparsed(t, rc == E_CHANGED ? &rec : NULL, err);
	}
	if (!rc || rc == LIST_END)
		rc = drafts_cut(&t->drafts, err);
	return rc;
}

int intake_more(struct take *t, struct error *err)
{
	bool more;
	int rc = E_OK;

	if (t->unparsed.code)
		return E_OK;
	if (t->list_staged) {
		rc = end_batch(t, err);
		if (!rc)
			rc = intake_open(t, false, err);
	} else {
		list_more(t->list);
	}
	return rc ? rc : intake_collect(t, false, &more, err);
}

/* --- deleting --- */

/* What was stored may be deleted: all of it, or nothing of it. */
static bool may_delete(const struct take *t)
{
	return t->kind != KERNEL_COPY && !t->keep &&
	       t->settled != SETTLED_MISMATCH && t->settled != SETTLED_NOT;
}

/* The list was closed meanwhile: is it still what was stored? */
static int same_batch(struct take *t, const struct batch *b, bool *same,
		      struct error *err)
{
	uint8_t digest[SHA256_SIZE];
	struct record rec;
	uint64_t n = 0;
	int rc = E_OK;

	for (; n < b->records && !rc; n++) {
		rc = list_next(t->list, &rec, err);
		if (!rc && hash_stream_add(t->batch_hash, rec.raw,
					   rec.raw_len))
			rc = E_CRYPTO;
	}
	if (!rc && b->staged)
		rc = list_next(t->list, &rec, err) == LIST_END ? E_OK :
		     LIST_END;
	if (hash_stream_end(t->batch_hash, digest))
		rc = E_CRYPTO;
	*same = !rc && !memcmp(digest, b->sha256, SHA256_SIZE);
	if (rc == E_CRYPTO)
		return error_set(err, rc, "libcrypto failed to hash");
	return rc == E_IO ? rc : E_OK;
}

/* One batch, whose list is open and has been nobody else's since. */
static int delete_batch(struct take *t, const struct batch *b,
			struct snapshot_result *ret, struct error *err)
{
	struct error why = { 0 };
	int rc;

	if (!b->records)
		return E_OK;
	rc = b->staged ? kernel_delete_staged(t->list, &why) :
			 kernel_trim(t->list, b->records, &why);
	switch (rc) {
	case KERNEL_DONE:
		ret->deleted += b->records;
		return E_OK;
	case KERNEL_SUSPENDED:
	case KERNEL_REFUSED:
	case KERNEL_NOTHING:
		return refused(t, rc, &why);
	}
	*err = why;
	return rc;
}

static int reopen_and_delete(struct take *t, size_t i,
			     struct snapshot_result *ret, struct error *err)
{
	struct batch b = t->batch[i];
	struct error why;
	bool same;
	int rc = kernel_open(t->kernel, b.staged, &t->list, err);

	if (!rc)
		rc = same_batch(t, &b, &same, err);
	if (!rc && same) {
		rc = delete_batch(t, &b, ret, err);
	} else if (!rc) {
		error_set(&why, E_CHANGED, "the list is not what it was");
		refused(t, KERNEL_REFUSED, &why);
	}
	intake_close(t);
	return rc;
}

int intake_delete(struct take *t, struct snapshot_result *ret,
		  struct error *err)
{
	int rc = E_OK;

	if (!may_delete(t)) {
		t->left = t->kind != KERNEL_COPY;
		return E_OK;
	}
	/* Also for what was found to be stored already, by a run that died. */
	rc = store_sync(t->store, err);
	if (rc)
		return rc;
	if (t->batches == 1)
		return delete_batch(t, &t->batch[0], ret, err);
	rc = end_batch(t, err);
	intake_close(t);
	/*
	 * The kernel's list stays the end of all records: what is behind a
	 * batch that it does not let go stays too.
	 */
	for (size_t i = 0; i < t->batches && !rc && !t->keep; i++)
		rc = reopen_and_delete(t, i, ret, err);
	return rc;
}

/* The record at which the list stands, before it is trimmed up to there. */
static int next_raw(struct take *t, uint8_t **ret, size_t *len,
		    struct error *err)
{
	struct record rec;
	int rc = list_next(t->list, &rec, err);

	*ret = NULL;
	if (rc)
		return rc == LIST_END ? E_OK : rc;
	*ret = malloc(rec.raw_len);
	if (!*ret)
		return error_set(err, E_NOMEM, "out of memory");
	memcpy(*ret, rec.raw, rec.raw_len);
	*len = rec.raw_len;
	return E_OK;
}

/* After a trim: is the head what was behind the last record published? */
static int check_head(struct take *t, const uint8_t *raw, size_t len,
		      struct error *err)
{
	struct record rec;
	int rc = list_next(t->list, &rec, err);

	/* There was none: what is there now has come since. */
	if (!raw)
		return rc < 0 ? rc : list_restart(t->list, err);
	if (rc < 0)
		return rc;
	if (rc || rec.raw_len != len || memcmp(rec.raw, raw, len)) {
		rc = error_set(err, E_CHANGED,
			       "the list does not go on where it was trimmed");
		error_subject(err, "%s", list_name(t->list));
		return rc;
	}
	return list_restart(t->list, err);
}

int intake_trim(struct take *t, struct snapshot_result *ret,
		struct error *err)
{
	struct batch *b = batch_now(t);
	struct list_place here = list_tell(t->list);
	size_t len = 0;
	uint8_t *raw;
	int rc = next_raw(t, &raw, &len, err);

	if (!rc)
		rc = delete_batch(t, b, ret, err);
	if (!rc && t->keep)
		rc = list_seek(t->list, here, err);
	else if (!rc)
		rc = check_head(t, raw, len, err);
	free(raw);
	if (rc || t->keep)
		return rc;
	rc = end_batch(t, err);
	*b = (struct batch){ 0 };
	return rc;
}
