// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * discard.c - the agreed directory: the first shards go, a marker stays
 *
 *	1. the marker 000000000000-<last>.json, written aside, synced,
 *	   renamed; the directory synced
 *	2. the shards up to <last>, and a marker that was there before
 *
 * From 1 on they count as gone, so that whoever dies in 2 leaves a store that
 * is whole. The newest shard always stays: the next one goes on from it.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "port/file.h"
#include "store.h"

static void named(const struct store *st, uint64_t first, uint64_t last,
		  struct error *err)
{
	char name[SHARD_NAME_MAX];

	shard_name(name, first, last, "json");
	error_subject(err, "%s/%s", st->path, name);
}

int store_marker(const struct store *st, struct discarded *ret,
		 struct error *err)
{
	char name[SHARD_NAME_MAX];
	uint8_t *bytes;
	size_t len;
	int rc;

	if (!st->discarded)
		return error_set(err, E_ABSENT, "nothing was discarded");
	shard_name(name, 0, st->discarded, "json");
	rc = file_read_as(st->fd, name, FILE_INSIDE, AGGREGATE_MAX, &bytes,
			  &len, err);
	if (!rc) {
		rc = discarded_parse(bytes, len, ret, err);
		free(bytes);
	}
	if (!rc && ret->last != st->discarded)
		rc = error_set(err, E_CHANGED, "is of records 1..%llu",
			       (unsigned long long)ret->last);
	if (rc)
		named(st, 0, st->discarded, err);
	return rc;
}

/* The marker, in memory of the caller's to free(). */
static int load(const struct store *st, struct discarded **ret,
		struct error *err)
{
	struct discarded *d = malloc(sizeof(*d));
	int rc = d ? store_marker(st, d, err) :
		     error_set(err, E_NOMEM, "out of memory");

	*ret = rc ? NULL : d;
	if (rc)
		free(d);
	return rc;
}

int store_before(const struct store *st, size_t i, struct aggregate *ret,
		 struct error *err)
{
	struct discarded *d;
	int rc;

	if (i)
		return store_aggregate(st, i - 1, ret, NULL, err);
	if (!st->discarded)
		return error_set(err, E_GAP,
				 "no aggregate stands before record %llu",
				 st->count ?
				 (unsigned long long)st->shard[0].first : 1ULL);
	rc = load(st, &d, err);
	if (!rc)
		*ret = d->aggregate;
	free(d);
	return rc;
}

int discarded_check_prev(const struct store *st, const struct aggregate *agg,
			 struct error *err)
{
	struct discarded *d;
	int rc;

	/* Without a marker what was before it may be gone. */
	if (!st->discarded || agg->first != st->discarded + 1)
		return E_OK;
	rc = load(st, &d, err);
	if (rc)
		return rc;
	if (!agg->has_prev || memcmp(agg->prev, d->sha256, SHA256_SIZE)) {
		rc = error_set(err, E_CHANGED,
			       "prev is not what the marker of discarded records has");
		named(st, agg->first, agg->last, err);
	}
	free(d);
	return rc;
}

/* Does the first shard that stays, at @i, go on from what is before it? */
static int check_cut(const struct store *st, size_t i, struct error *err)
{
	struct aggregate *agg = malloc(sizeof(*agg));
	uint64_t bytes;
	int rc = agg ? E_OK : error_set(err, E_NOMEM, "out of memory");

	for (size_t n = 0; n <= i && !rc; n++)
		rc = store_follows(st, n, err);
	if (!rc)
		rc = store_size(st, i, &bytes, err);
	if (!rc)
		rc = store_aggregate(st, i, agg, NULL, err);
	if (!rc)
		rc = store_check_prev(st, i, agg, err);
	free(agg);
	return rc;
}

static void now(char ret[32])
{
	time_t t = time(NULL);
	struct tm tm;

	gmtime_r(&t, &tm);
	strftime(ret, 32, "%Y-%m-%dT%H:%M:%SZ", &tm);
}

static int write_marker(const struct store *st, size_t i, struct error *err)
{
	struct discarded *d = calloc(1, sizeof(*d));
	char *text;
	size_t len;
	int rc = d ? store_aggregate(st, i, &d->aggregate, d->sha256, err) :
		     error_set(err, E_NOMEM, "out of memory");

	if (!rc) {
		d->last = d->aggregate.last;
		now(d->taken);
		rc = discarded_write(d, &text, &len, err);
	}
	if (!rc) {
		rc = store_write_json(st, 0, d->last, text, len, err);
		free(text);
	}
	free(d);
	return rc;
}

/* What is discarded and still there; oldest first, whatever the order is. */
static int drop_old(struct store *st, struct error *err)
{
	int rc = E_OK;

	for (size_t i = 0; i < st->olds && !rc; i++)
		rc = store_drop(st, &st->old[i], err);
	if (!rc)
		rc = store_sync(st, err);
	return rc ? rc : store_reload(st, err);
}

int store_discard(struct store *st, size_t n, struct error *err)
{
	int rc;

	if (!n)
		return E_OK;
	if (n >= st->count)
		return error_set(err, E_USAGE, "the newest shard has to stay");
	rc = check_cut(st, n, err);
	if (!rc)
		rc = write_marker(st, n - 1, err);
	if (!rc)
		rc = store_reload(st, err);
	return rc ? rc : drop_old(st, err);
}

/* A marker alone: whoever cleared a boot's shards died before it went, too. */
static int drop_marker(struct store *st, struct error *err)
{
	struct shard marker = { .last = st->discarded };
	int rc = store_drop(st, &marker, err);

	return rc ? rc : drop_old(st, err);
}

int store_finish_discarding(struct store *st, struct error *err)
{
	int rc;

	for (size_t i = 0; !st->count && i < st->olds; i++) {
		if (!st->old[i].first)
			continue;
		error_set(err, E_CHANGED,
			  "says that all shards were discarded, which none of our runs does");
		named(st, 0, st->discarded, err);
		return E_CHANGED;
	}
	if (!st->count)
		return st->discarded ? drop_marker(st, err) : E_OK;
	if (!st->olds)
		return E_OK;
	rc = check_cut(st, 0, err);
	return rc ? rc : drop_old(st, err);
}
