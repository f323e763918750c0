// SPDX-License-Identifier: GPL-2.0-or-later
/* retain.c - how much of a boot's history is kept */
#include "retain.h"

#include <stdlib.h>
#include <string.h>

#include "cache.h"
#include "confirmed.h"
#include "shards.h"
#include "waiting.h"

/* The first shards, up to all but the newest, that end before @record. */
static size_t before_record(const struct store *st, uint64_t record)
{
	size_t n = 0;

	while (n + 1 < store_count(st) && store_shard(st, n)->last < record)
		n++;
	return n;
}

/* As few of the first @most as leave no more than @bytes of records. */
static int over_bytes(const struct store *st, uint64_t bytes, size_t most,
		      size_t *ret, struct error *err)
{
	uint64_t sum = 0, size;
	size_t i = store_count(st);
	int rc = E_OK;

	while (!rc && i > 0) {
		rc = store_size(st, i - 1, &size, err);
		if (rc || sum + size > bytes)
			break;
		sum += size;
		i--;
	}
	*ret = i < most ? i : most;
	return rc;
}

/* How many of the first shards are to go. */
static int choose(const struct store *st, const struct retain_options *how,
		  size_t *n, struct retain_result *ret, struct error *err)
{
	uint64_t confirmed = UINT64_MAX;
	size_t most;
	int rc = E_OK;

	*n = before_record(st, how->before ? how->before : UINT64_MAX);
	if (how->bytes)
		rc = over_bytes(st, how->bytes, *n, n, err);
	if (rc || !how->only_confirmed)
		return rc;
	confirmed = confirmed_last(st);
	most = before_record(st, confirmed + 1);
	if (most < *n) {
		ret->unconfirmed = store_shard(st, most)->first;
		*n = most;
	}
	return E_OK;
}

/* What a mismatch has stored the kernel still has: settle.c counts on it. */
static int check_settled(const struct snapshot_options *o,
			 const struct store *st, struct error *err)
{
	struct aggregate *last = malloc(sizeof(*last));
	int rc = last ? snapshot_newest(o, st, last, err) :
			error_set(err, E_NOMEM, "out of memory");

	if (!rc && !last->unanchored && last->tpm.present &&
	    last->tpm.matched == MATCHED_NO) {
		rc = error_set(err, E_UNDECIDED,
			       "the newest records do not match the TPM, so nothing is discarded: take a snapshot first");
		error_subject(err, "%s", store_path(st));
	}
	free(last);
	return rc;
}

static int sum_sizes(const struct store *st, size_t n, uint64_t *ret,
		     struct error *err)
{
	uint64_t size;
	int rc = E_OK;

	*ret = 0;
	for (size_t i = 0; i < n && !rc; i++) {
		rc = store_size(st, i, &size, err);
		if (!rc)
			*ret += size;
	}
	return rc;
}

/* The cache is as true as it was: the newest shard has not changed. */
static int discard(const struct snapshot_options *o, struct store *st,
		   size_t n, struct error *err)
{
	struct cache c;
	bool cached = cache_load(o->run_dir, st, &c);
	int rc = store_discard(st, n, err);

	if (cached && !rc)
		cache_save(o->run_dir, st, &c);
	if (cached)
		free(c.last_raw);
	return rc;
}

static int retain(const struct snapshot_options *o,
		  const struct retain_options *how, struct store *st,
		  struct retain_result *ret, struct error *err)
{
	size_t n = 0;
	int rc = store_finish_discarding(st, err);

	ret->shards = store_count(st);
	if (!rc)
		rc = choose(st, how, &n, ret, err);
	if (!rc && n)
		rc = check_settled(o, st, err);
	if (!rc)
		rc = sum_sizes(st, n, &ret->bytes, err);
	if (!rc && n)
		rc = discard(o, st, n, err);
	if (rc)
		return rc;
	ret->discarded = n;
	ret->last = store_discarded(st);
	return E_OK;
}

int snapshot_retain(const struct snapshot_options *options,
		    const struct retain_options *how,
		    struct retain_result *ret, struct error *err)
{
	struct retain_result result = { 0 };
	struct store *st;
	int rc = store_open(&st, options->shard_dir, err);

	*ret = result;
	if (rc)
		return rc == E_ABSENT ? E_OK : rc;
	store_close(st);
	rc = store_open_write(&st, options->shard_dir, options->group,
			      options->wait, err);
	if (rc)
		return rc;
	rc = retain(options, how, st, &result, err);
	store_close(st);
	if (!rc)
		*ret = result;
	return rc;
}
