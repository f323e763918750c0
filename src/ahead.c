// SPDX-License-Identifier: GPL-2.0-or-later
/* ahead.c - records hashed by other threads, ahead of their extends */
#include "ahead.h"

#include <stdlib.h>
#include <string.h>

#include "base/pool.h"

/*
 * Batches that are read and not yet extended: enough that no thread has to
 * sleep, which is dear, and with what they hold 4 MiB. Of more threads than
 * that some have nothing to do; the one that extends is busy long before.
 */
#define WINDOW 12

/*
 * Bytes that go from one processor's cache to another's are dear, and dearer
 * where they are not side by side or go forth and back. So a batch is what one
 * read() brought; each thread parses it for itself; and of the digests there
 * are only those that are wanted, one record's behind the other's.
 */
struct batch {
	struct hasher *hasher;
	struct list_piece piece;
	struct list *from;
	struct lists_place start;
	size_t good;			/* records before the first bad one */
	uint8_t *digests;
	size_t room;			/* in records */
};

struct ahead {
	const struct run *run;
	unsigned int want;		/* digests, */
	size_t size;			/* all of a record, and a byte */
	struct lists_place at;		/* where reading goes on */
	bool read;			/* as far as it goes */
	size_t window;
	struct batch *batch;
};

/* --- a record's digests, side by side --- */

static size_t digests_size(unsigned int want)
{
	size_t size = 1;

	for (; want; want &= want - 1)
		size += hash_row((unsigned int)__builtin_ctz(want))->size;
	return size;
}

/* A violation has none; nobody looks at what is there instead. */
static void pack(const struct ahead *a, uint8_t *to,
		 const struct record_digests *d)
{
	*to++ = d->boot_aggregate;
	for (unsigned int m = a->want & d->have; m; m &= m - 1) {
		unsigned int id = (unsigned int)__builtin_ctz(m);

		memcpy(to, d->of[id], hash_row(id)->size);
		to += hash_row(id)->size;
	}
}

static void unpack(const struct ahead *a, const uint8_t *from,
		   const struct record *rec, struct record_digests *d)
{
	d->boot_aggregate = *from++;
	d->have = rec->violation ? 0 : a->want;
	for (unsigned int m = d->have; m; m &= m - 1) {
		unsigned int id = (unsigned int)__builtin_ctz(m);

		memcpy(d->of[id], from, hash_row(id)->size);
		from += hash_row(id)->size;
	}
}

/* --- a batch: read, hashed --- */

static int digests_room(const struct ahead *a, struct batch *b)
{
	uint8_t *digests;

	if (b->piece.records <= b->room)
		return E_OK;
	digests = realloc(b->digests, b->piece.records * a->size);
	if (!digests)
		return E_NOMEM;
	b->digests = digests;
	b->room = b->piece.records;
	return E_OK;
}

/* Read on into @b: records of one list. */
static void fill(struct ahead *a, struct batch *b)
{
	struct lists_place behind = a->at;

	b->piece.records = 0;
	if (lists_next_piece(&a->run->ev->lists, &behind, &b->piece, &b->from,
			     NULL) || digests_room(a, b)) {
		b->piece.records = 0;
		a->read = true;
		return;
	}
	b->start = behind;
	b->start.skipped -= b->piece.records;
	b->start.place.records -= b->piece.records;
	b->start.place.offset -= b->piece.end - b->piece.start;
	a->at = behind;
}

/* The record at *@at, which goes behind it. It was parsed when it was read. */
static int next(const struct batch *b, size_t *at, struct record *rec)
{
	size_t need;
	int rc = record_parse(&b->piece.layout, b->piece.bytes + *at,
			      b->piece.end - *at, rec, &need, NULL);

	if (!rc)
		*at += rec->raw_len;
	return rc;
}

static void hash(void *ctx, size_t slot)
{
	struct ahead *a = ctx;
	struct batch *b = &a->batch[slot];
	size_t i, at = b->piece.start;

	for (i = 0; i < b->piece.records; i++) {
		struct record_digests d;
		struct record rec;

		if (next(b, &at, &rec) ||
		    record_digests(&d, b->hasher, a->want, &rec,
				   &b->piece.layout, NULL))
			break;
		pack(a, b->digests + i * a->size, &d);
	}
	b->good = i;
}

/* --- the extends --- */

/* 1: the caller is to go on from @at. */
static int extend(const struct ahead *a, struct run *run,
		  const struct batch *b, struct lists_place *at,
		  struct error *err)
{
	size_t here = b->piece.start;

	/* No record is passed over. */
	if (!b->piece.records || b->start.skipped != at->skipped)
		return 1;
	*at = b->start;
	for (size_t i = 0; i < b->good; i++) {
		uint64_t number = run->number;
		struct record_digests d;
		struct record rec;
		int rc = next(b, &here, &rec);

		if (rc || match_left(&run->match, rec.pcr))
			return 1;
		unpack(a, b->digests + i * a->size, &rec, &d);
		rc = course_record(run, &rec, &b->piece.layout, &d, err);
		/* Refused before anything was done: to be told by others. */
		if (rc && run->number == number && !is_failure(rc))
			return 1;
		if (rc) {
			error_place(err, run->number + 1, at->place.offset);
			error_subject(err, "%s", list_name(b->from));
			return rc;
		}
		at->place.records++;
		at->place.offset += rec.raw_len;
		at->skipped++;
	}
	return b->good < b->piece.records;
}

static int go(struct ahead *a, struct run *run, struct pool *p,
	      struct lists_place *at, struct error *err)
{
	int rc = E_OK;

	do {
		while (!a->read && pool_room(p)) {
			fill(a, &a->batch[pool_slot(p)]);
			pool_add(p);
		}
		rc = extend(a, run, &a->batch[pool_take(p)], at, err);
	} while (!rc && (!a->read || pool_busy(p)));
	return rc < 0 ? rc : E_OK;
}

static void release(struct ahead *a)
{
	for (size_t i = 0; i < a->window && a->batch; i++) {
		hasher_free(a->batch[i].hasher);
		list_piece_free(&a->batch[i].piece);
		free(a->batch[i].digests);
	}
	free(a->batch);
}

static int prepare(struct ahead *a)
{
	a->window = WINDOW;
	a->batch = calloc(a->window, sizeof(*a->batch));
	for (size_t i = 0; i < a->window; i++)
		if (!a->batch || hasher_new(&a->batch[i].hasher, HASH_ALL,
					    NULL))
			return E_NOMEM;
	return E_OK;
}

int ahead_lists(struct run *run, struct lists_place *at, struct error *err)
{
	unsigned int jobs = run->opt ? run->opt->jobs : 1;
	struct ahead a = {
		.run = run,
		.want = replay_wants(run->replay),
		.at = *at,
	};
	struct pool *p = NULL;
	int rc = E_OK;

	a.size = digests_size(a.want);
	if (jobs < 2 || !run->target)
		return E_OK;
	/* Without room for it, the caller's way is as good. */
	if (!prepare(&a) &&
	    !pool_new(&p, jobs - 1, a.window, hash, &a, NULL))
		rc = go(&a, run, p, at, err);
	pool_free(p);
	release(&a);
	return rc;
}
