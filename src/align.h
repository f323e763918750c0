/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * align.h - where a list goes on from what a store already has
 *
 * A list that follows the shards may be the whole list since boot, only what
 * came after them, or overlap them. Which it is, its records tell; where they
 * repeat, more than one answer fits, and the replay decides.
 */
#ifndef ALIGN_H
#define ALIGN_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "port/list.h"
#include "shards.h"

/* Several lists that are read as one: the staged and the current one. */
struct lists {
	struct list **list;
	size_t count;
};

/* A place in them, and how many records lie before it. */
struct lists_place {
	size_t list;
	struct list_place place;
	uint64_t skipped;
};

/*
 * Read the record at @at and move @at behind it. Returns 0, LIST_END, or
 * what list_next() returns. @from receives the list it came from, of which
 * @rec is valid until the next read. The first call, and any call after
 * another place was read, seeks.
 */
int lists_next(const struct lists *lists, struct lists_place *at,
	       struct record *rec, struct list **from, struct error *err);

/* The same for the records that come with one read: see list_next_piece(). */
int lists_next_piece(const struct lists *lists, struct lists_place *at,
		     struct list_piece *ret, struct list **from,
		     struct error *err);

/* Continuations that are looked into, where records repeat. */
#define ALIGN_MAX 32

struct alignment {
	size_t count;
	struct lists_place at[ALIGN_MAX];
	bool cut;		/* more would have fitted */
	uint64_t first;		/* of the store's records, that were compared */
};

/*
 * Places at which @lists goes on from @st (NULL: no store), the likeliest
 * first. The last one is always "the list comes right after the store", with
 * nothing skipped, unless the list is known to add nothing. Malformed bytes
 * end the search, not the function: whoever replays them reports them.
 * Returns 0, or an error reading the store.
 */
int align_lists(const struct store *st, const struct lists *lists,
		struct alignment *ret, struct error *err);

/*
 * Add places for a list whose beginning is in the store, but not up to the
 * store's end: a kexec carried it over and dropped what came behind. What
 * follows in the list is new, what only the store has closes the gap.
 */
int align_heads(const struct store *st, const struct lists *lists,
		struct alignment *ret, struct error *err);

/* The last record that the store has, kept in @bytes (to be freed). */
int align_last_stored(const struct store *st, uint8_t **bytes,
		      struct record *rec, struct list_layout *layout,
		      struct error *err);

#endif
