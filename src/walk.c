// SPDX-License-Identifier: GPL-2.0-or-later
/* walk.c - the records that a verdict rests on, shown one by one */
#include <stdlib.h>
#include <string.h>

#include "course.h"

struct showing {
	measurement_show show;
	void *ctx;
	const struct verdict *proven;	/* NULL: to the end */
	bool same;			/* it led there again */
	bool enough;			/* the caller wants no more */
};

/* Is it where it was when it was proven? */
static bool same_values(const struct replay *replay, const struct verdict *v)
{
	for (size_t i = 0; i < replay->count; i++) {
		const struct chain *c = &replay->chain[i];
		const struct pcr_bank *b = &v->values.bank[c->bank];

		for (uint32_t m = v->pcrs & b->mask; m; m &= m - 1) {
			int pcr = __builtin_ctz(m);

			if (memcmp(c->value[pcr], b->value[pcr],
				   hash_row(c->bank)->size))
				return false;
		}
	}
	return true;
}

static int show_one(void *ctx, uint64_t number, const struct record *rec,
		    const struct list_layout *layout,
		    const struct replay *replay)
{
	struct showing *s = ctx;

	/* Nothing was new: what comes first is behind the target. */
	if (s->proven && number > s->proven->proven_to)
		return 1;
	s->enough = s->show(s->ctx, number, rec, layout, replay);
	if (s->enough)
		return 1;
	if (!s->proven || number < s->proven->proven_to)
		return 0;
	s->same = same_values(replay, s->proven);
	return 1;
}

int measurement_walk(const struct evidence *evidence,
		     const struct verdict *verdict, measurement_show show,
		     void *ctx, struct error *err)
{
	struct run *run = calloc(1, sizeof(*run));
	struct showing showing = { .show = show, .ctx = ctx };
	unsigned int banks = 0;
	struct start s;
	int rc;

	if (!run)
		return error_set(err, E_NOMEM, "out of memory");
	run->ev = evidence;
	run->progress = evidence->progress;
	run->lists = verdict->course.lists;
	if (verdict->course.resumed)
		run->resume = evidence->checkpoint;
	run->show = show_one;
	run->show_ctx = &showing;
	if (verdict->kind == VERIFIED) {
		showing.proven = verdict;
		run->readings = verdict->course.readings;
	}
	for (unsigned int i = 0; i < HASH_COUNT; i++)
		if (verdict->bank[i].wanted)
			banks |= HASH_BIT(i);
	rc = replay_new(&run->replay, banks, err);
	if (!rc)
		rc = course_go(run, verdict->course.segment, verdict->course.end,
			false, &s, err);
	replay_free(run->replay);
	free(run);
	if (is_failure(rc))
		return rc;
	if (showing.proven && !showing.same && !showing.enough &&
	    verdict->proven_to >= verdict->proven_from)
		return error_set(err, E_CHANGED,
				 "the evidence changed while it was read");
	return E_OK;
}
