// SPDX-License-Identifier: GPL-2.0-or-later
/* ahead.c - records hashed by other threads, ahead of their extends */
#include "ahead.h"

#include <stdlib.h>
#include <string.h>

#include "base/pool.h"

/* A batch ends with either; one record alone may be of any size. */
#define BATCH_RECORDS 512
#define BATCH_BYTES (128U << 10)

struct one {
	struct record rec;		/* in the batch's bytes */
	struct lists_place behind;
	struct record_digests digests;
};

struct batch {
	struct hasher *hasher;
	uint8_t *bytes;
	size_t len, room;
	size_t count;
	size_t good;			/* records before the first bad one */
	struct list *from;
	struct list_layout layout;
	struct one one[BATCH_RECORDS];
};

struct ahead {
	const struct run *run;
	unsigned int want;		/* digests */
	struct lists_place at;		/* where reading goes on */
	bool read;			/* as far as it goes */
	size_t window;
	struct batch *batch;
};

/* --- a batch: read, hashed --- */

static void move_record(struct record *rec, const uint8_t *from,
			const uint8_t *to)
{
	rec->digest = to + (rec->digest - from);
	rec->data = to + (rec->data - from);
	rec->name = (const char *)to + ((const uint8_t *)rec->name - from);
	rec->raw = to + (rec->raw - from);
}

static int batch_room(struct batch *b, size_t more)
{
	size_t room = b->room ? b->room : BATCH_BYTES;
	uint8_t *bytes;

	if (more <= b->room - b->len)
		return E_OK;
	if (room < b->len + more)
		room = b->len + more;
	bytes = malloc(room);
	if (!bytes)
		return E_NOMEM;
	if (b->len)
		memcpy(bytes, b->bytes, b->len);
	for (size_t i = 0; i < b->count; i++)
		move_record(&b->one[i].rec, b->bytes, bytes);
	free(b->bytes);
	b->bytes = bytes;
	b->room = room;
	return E_OK;
}

static int batch_put(struct batch *b, const struct record *rec,
		     const struct lists_place *behind)
{
	struct one *one = &b->one[b->count];
	uint8_t *to;

	if (batch_room(b, rec->raw_len))
		return E_NOMEM;
	to = b->bytes + b->len;
	memcpy(to, rec->raw, rec->raw_len);
	one->rec = *rec;
	one->behind = *behind;
	move_record(&one->rec, rec->raw, to);
	b->len += rec->raw_len;
	b->count++;
	return E_OK;
}

/* Forget what was in it, and the room that an extraordinary record took. */
static void batch_empty(struct batch *b)
{
	b->len = b->count = b->good = 0;
	if (b->room <= 2 * BATCH_BYTES)
		return;
	free(b->bytes);
	b->bytes = NULL;
	b->room = 0;
}

/* Read on into @b: records of one list. */
static void fill(struct ahead *a, struct batch *b)
{
	const struct lists *lists = &a->run->ev->lists;

	batch_empty(b);
	while (b->count < BATCH_RECORDS && b->len < BATCH_BYTES) {
		struct lists_place at = a->at;
		struct list *from;
		struct record rec;

		if (lists_next(lists, &at, &rec, &from, NULL)) {
			a->read = true;
			return;
		}
		/* Read again for the next batch: its layout may differ. */
		if (b->count && from != b->from)
			return;
		b->from = from;
		b->layout = *list_layout(from);
		if (batch_put(b, &rec, &at)) {
			a->read = true;
			return;
		}
		a->at = at;
	}
}

static void hash(void *ctx, size_t slot)
{
	struct ahead *a = ctx;
	struct batch *b = &a->batch[slot];

	for (b->good = 0; b->good < b->count; b->good++) {
		struct one *one = &b->one[b->good];

		if (record_digests(&one->digests, b->hasher, a->want,
				   &one->rec, &b->layout, NULL))
			return;
	}
}

/* --- the extends --- */

/* 1: the caller is to go on from @at. */
static int extend(struct run *run, const struct batch *b,
		  struct lists_place *at, struct error *err)
{
	for (size_t i = 0; i < b->good; i++) {
		const struct one *one = &b->one[i];
		uint64_t number = run->number, offset = at->place.offset;
		int rc;

		if (match_left(&run->match, one->rec.pcr))
			return 1;
		rc = course_record(run, &one->rec, &b->layout, &one->digests,
				   err);
		/* Refused before anything was done: to be told by others. */
		if (rc && run->number == number && !is_failure(rc))
			return 1;
		if (rc) {
			error_place(err, run->number + 1, offset);
			error_subject(err, "%s", list_name(b->from));
			return rc;
		}
		*at = one->behind;
	}
	return b->good < b->count;
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
		rc = extend(run, &a->batch[pool_take(p)], at, err);
	} while (!rc && (!a->read || pool_busy(p)));
	return rc < 0 ? rc : E_OK;
}

static void release(struct ahead *a)
{
	for (size_t i = 0; i < a->window && a->batch; i++) {
		hasher_free(a->batch[i].hasher);
		free(a->batch[i].bytes);
	}
	free(a->batch);
}

static int prepare(struct ahead *a, unsigned int jobs)
{
	a->window = jobs + 2;
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

	if (jobs < 2 || !run->target)
		return E_OK;
	/* Without room for it, the caller's way is as good. */
	if (!prepare(&a, jobs) &&
	    !pool_new(&p, jobs - 1, a.window, hash, &a, NULL))
		rc = go(&a, run, p, at, err);
	pool_free(p);
	release(&a);
	return rc;
}
