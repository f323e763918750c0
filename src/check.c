// SPDX-License-Identifier: GPL-2.0-or-later
/* check.c - every shard of a store, against itself and its neighbours */
#include "check.h"

#include <stdlib.h>
#include <string.h>

#include "course.h"
#include "quoted.h"

static int count(void *ctx, uint64_t number, const struct record *rec,
		 const struct list_layout *layout, const struct replay *replay)
{
	progress_add(ctx, 1);
	(void)number;
	(void)rec;
	(void)layout;
	(void)replay;
	return 0;
}

static unsigned int banks_of(const struct aggregate *agg)
{
	unsigned int banks = 0;

	for (unsigned int i = 0; i < HASH_COUNT; i++)
		if (agg->pcrs.bank[i].mask)
			banks |= HASH_BIT(i);
	return banks;
}

/* From the aggregate before it to its own: narrow, or else wide. */
static int replay_shard(struct run *run, size_t i, const struct aggregate *agg,
			struct error *err)
{
	struct start s;
	int rc;

	replay_free(run->replay);
	run->replay = NULL;
	rc = replay_new(&run->replay, banks_of(agg), err);
	if (!rc)
		rc = course_go(run, i, i + 1, false, &s, err);
	if (rc == E_CHANGED)
		rc = course_go(run, i, i + 1, true, &s, err);
	return rc;
}

static void check_one(struct run *run, const struct quote_blob *ak,
		      struct checked *c, struct aggregate *agg)
{
	const struct store *st = run->ev->store;

	c->rc = store_aggregate(st, c->shard, agg, NULL, &c->why);
	c->agg = c->rc ? NULL : agg;
	if (!c->rc)
		c->rc = store_follows(st, c->shard, &c->why);
	if (!c->rc)
		c->rc = replay_shard(run, c->shard, agg, &c->why);
	c->quoted = E_ABSENT;
	if (c->agg && ak)
		c->quoted = quoted_check(st, c->shard, agg, ak,
					 &c->quoted_why);
}

static uint64_t records_of(const struct store *st)
{
	uint64_t n = 0;

	for (size_t i = 0; i < store_count(st); i++)
		n += store_shard(st, i)->last - store_shard(st, i)->first + 1;
	return n;
}

int check_store(const struct store *st, const struct quote_blob *ak,
		check_tell tell, void *ctx, struct progress *progress,
		struct error *err)
{
	struct evidence ev = { .store = st };
	struct run *run = calloc(1, sizeof(*run));
	struct aggregate *agg = malloc(sizeof(*agg));
	int rc = E_OK;

	if (!run || !agg)
		rc = error_set(err, E_NOMEM, "out of memory");
	else
		*run = (struct run){ .ev = &ev, .show = count,
				     .show_ctx = progress };
	progress_begin(progress, records_of(st));
	for (size_t i = 0; i < store_count(st) && !rc; i++) {
		struct checked c = { .shard = i };

		check_one(run, ak, &c, agg);
		if (is_failure(c.rc)) {
			*err = c.why;
			rc = c.rc;
		} else {
			tell(ctx, &c);
		}
	}
	if (run)
		replay_free(run->replay);
	free(run);
	free(agg);
	return rc;
}
