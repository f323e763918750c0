// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * orphan.c - an .ima without its .json: a run was killed before the commit
 *
 * Its bytes are whole and durable, for it bears its name. It may be the only
 * copy there is, so it is committed where that can be done, set aside where
 * it cannot, and never removed.
 */
#include <string.h>

#include "port/list.h"
#include "take.h"

long orphan_at(const struct store *st, uint64_t first)
{
	for (size_t i = 0; i < store_orphans(st); i++)
		if (store_orphan(st, i)->first == first)
			return (long)i;
	return -1;
}

int orphan_set_aside(struct take *t, size_t i, const struct error *why,
		     struct error *err)
{
	char name[SHARD_NAME_MAX];
	int rc = store_set_aside(t->store, i, name, err);

	if (!rc)
		t->tell(t->tell_ctx, NOTE_SET_ASIDE, name, why);
	return rc;
}

/* The records of an orphan, through a replay from the store's end. */
static int replay_orphan(struct take *t, struct list *list,
			 struct aggregate *agg, struct error *err)
{
	struct record rec;
	uint64_t n = 0;
	int rc;

	t->start = &t->last->pcrs;
	rc = take_start_replay(t, NULL, false, err);
	while (!rc) {
		rc = list_next(list, &rec, err);
		if (!rc)
			rc = replay_record(t->replay, &rec, list_layout(list),
					   err);
		n += !rc;
	}
	if (rc == LIST_END && n != agg->last - agg->first + 1)
		return error_set(err, E_CHANGED,
				 "has not as many records as its name says");
	agg->bytes = list_tell(list).offset;
	return rc == LIST_END ? E_OK : rc;
}

static int finish_orphan(struct take *t, size_t i, struct error *err)
{
	const struct shard *s = store_orphan(t->store, i);
	struct aggregate *a = t->next;
	struct list *list;
	int rc = store_orphan_records(t->store, i, &list, err);

	if (rc)
		return rc;
	memset(a, 0, sizeof(*a));
	a->first = s->first;
	a->last = s->last;
	rc = replay_orphan(t, list, a, err);
	list_close(list);
	if (rc)
		return rc;
	replay_values(t->replay, &a->pcrs);
	a->padded = t->last->padded;
	a->foreign = t->foreign;
	a->tpm = t->facts;
	memcpy(a->boot_id, t->new_boot ? t->last->boot_id : t->boot_id,
	       sizeof(a->boot_id));
	memcpy(a->how, t->last->how, sizeof(a->how));
	take_now(a->taken);
	rc = store_finish(t->store, a, err);
	return rc ? rc : take_set_last(t, err);
}

int orphans_finish(struct take *t, struct error *err)
{
	struct error why = { 0 };
	long i;
	int rc = E_OK;

	while (!rc && t->last && !t->last->unanchored &&
	       (i = orphan_at(t->store, store_last(t->store) + 1)) >= 0) {
		t->cached = false;
		rc = finish_orphan(t, (size_t)i, &why);
		if (!rc)
			t->tell(t->tell_ctx, NOTE_ADOPTED, "", NULL);
		else if (rc == E_IO || rc == E_NOMEM || rc == E_CRYPTO)
			*err = why;
		else
			rc = orphan_set_aside(t, (size_t)i, &why, err);
	}
	return rc;
}

/* Orphans that no record of the list explains. */
int orphans_set_aside(struct take *t, struct error *err)
{
	struct error why;
	int rc = E_OK;

	error_set(&why, E_CHANGED, "goes on from no shard");
	while (!rc && store_orphans(t->store))
		rc = orphan_set_aside(t, 0, &why, err);
	return rc;
}
