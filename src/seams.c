// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * seams.c - shards replayed side by side, where they meet at their seams
 *
 * A shard can be replayed before the ones in front of it are, from the values
 * that the aggregate before it states. Those are an assumption and no more:
 * what came of it counts only if the replay in order, come to that place, is
 * in every value what was assumed. So the result is that of a replay in
 * order, or there is none and the shard is replayed again.
 *
 *	assumed		values: the aggregate's; PCRs extended so far: those
 *			that it states; records so far: by its number
 *	counted on	violations, kernels, what was met
 */
#include "seams.h"

#include <stdlib.h>
#include <string.h>

#include "base/pool.h"

struct piece {
	struct run run;			/* of this shard alone */
	size_t shard;
	struct replay_mark start;	/* what was assumed */
	int rc;
};

struct seams {
	uint32_t ignored, history;	/* of every piece's match */
	uint64_t number, records;	/* before the first shard */
	uint32_t known;
	struct reading readings[HASH_COUNT];
	size_t window;
	struct piece *piece;
};

/* The state that the aggregate before the shard leads to expect. */
static int assume(const struct seams *s, struct piece *p)
{
	struct run *run = &p->run;
	struct replay *r = run->replay;
	int rc = store_aggregate(run->ev->store, p->shard - 1, &run->agg, NULL,
				 NULL);

	if (!rc)
		rc = replay_start(r, &run->agg.pcrs, s->readings, false, NULL);
	if (rc || run->agg.last < s->number)
		return E_CHANGED;
	run->number = run->agg.last;
	r->records = s->records + (run->agg.last - s->number);
	r->touched = r->known;
	r->known = s->known;
	run->match.foreign = run->agg.foreign & ~(1U << IMA_PCR);
	return E_OK;
}

static void replay_piece(void *ctx, size_t slot)
{
	struct seams *s = ctx;
	struct piece *p = &s->piece[slot];
	struct run *run = &p->run;

	match_start(&run->match, run->target);
	run->match.ignored = s->ignored;
	run->match.history = s->history;
	run->snapshots = run->proven = (struct snapshots){ 0 };
	p->rc = assume(s, p);
	replay_mark(run->replay, &p->start);
	if (!p->rc)
		p->rc = course_segment(run, p->shard, false, NULL);
}

/* If it began where @run is, @run is where it ended. */
static bool joined(struct run *run, const struct piece *p)
{
	const struct run *of = &p->run;
	struct snapshots before = run->snapshots;

	if (p->rc || !replay_is_at(run->replay, &p->start))
		return false;
	/* The threads count nothing: they would count for each other. */
	course_count(run, of->number - run->number);
	match_join(&run->match, &of->match, run->replay);
	replay_join(run->replay, of->replay);
	run->number = of->number;
	run->snapshots.equal += of->snapshots.equal;
	run->snapshots.unread += of->snapshots.unread;
	if (of->match.met) {
		run->proven.equal = before.equal + of->proven.equal;
		run->proven.unread = before.unread + of->proven.unread;
	}
	return true;
}

static void go(struct seams *s, struct run *run, struct pool *p, size_t *i,
	       size_t end)
{
	size_t next = *i;

	while (*i < end) {
		while (next < end && pool_room(p)) {
			s->piece[pool_slot(p)].shard = next++;
			pool_add(p);
		}
		if (!joined(run, &s->piece[pool_take(p)]))
			break;
		++*i;
	}
}

static int prepare(struct seams *s, const struct run *run)
{
	s->window = 2 * (size_t)run->opt->jobs;
	s->piece = calloc(s->window, sizeof(*s->piece));
	for (size_t i = 0; i < s->window; i++) {
		if (!s->piece ||
		    replay_new(&s->piece[i].run.replay, run->replay->banks,
			       NULL))
			return E_NOMEM;
		s->piece[i].run.ev = run->ev;
		s->piece[i].run.target = run->target;
		s->piece[i].run.opt = run->opt;
	}
	return E_OK;
}

static void release(struct seams *s)
{
	for (size_t i = 0; i < s->window && s->piece; i++)
		replay_free(s->piece[i].run.replay);
	free(s->piece);
}

/* A rule that changes with the kernel depends on how many were before. */
static bool same_rule_throughout(const struct seams *s)
{
	for (unsigned int i = 0; i < HASH_COUNT; i++)
		if (s->readings[i].padded && s->readings[i].padded != UINT64_MAX)
			return false;
	return true;
}

void seams_go(struct run *run, size_t *i, size_t end)
{
	struct seams s = {
		.ignored = run->match.ignored,
		.history = run->match.history,
		.number = run->number,
		.records = run->replay->records,
		.known = run->replay->known,
	};
	struct pool *p = NULL;

	if (!run->opt || run->opt->jobs < 2 || !run->target || run->wide ||
	    !*i || end < *i + 2)
		return;
	/* Digests over all records in order, and a start within a shard. */
	if (run->coverage || run->resume)
		return;
	replay_readings(run->replay, s.readings);
	if (!same_rule_throughout(&s))
		return;
	/* Without room for it, one after another is as good. */
	if (!prepare(&s, run) &&
	    !pool_new(&p, run->opt->jobs - 1, s.window, replay_piece, &s, NULL))
		go(&s, run, p, i, end);
	pool_free(p);
	release(&s);
}
