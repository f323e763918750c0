// SPDX-License-Identifier: GPL-2.0-or-later
/* test-stitch.c - shards, staged and current list as the one list they are */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stitch.h"
#include "store.h"
#include "stores.h"
#include "unit.h"
#include "view.h"

/* A copy of lists beside the store: what a kernel of kind copy shows. */
static void world_kernel(struct world *w, uint64_t first, uint64_t last)
{
	static const char id[] = "3363deeb-3620-437e-8036-5d1c288d5d10\n";

	world_write(w, "boot_id", id, sizeof(id) - 1);
	world_write(w, "binary_runtime_measurements",
		    w->bytes.at + w->start[first - 1],
		    w->start[last] - w->start[first - 1]);
}

/* The lists lie in the store's own directory, where nobody looks for them. */
static bool look(const struct world *w, struct stitch **ret)
{
	struct stitch_options o = {
		.ima_dir = w->dir, .shard_dir = w->dir,
		.kernel = KERNEL_COPY,
	};

	return CHECK_INT(stitch_new(ret, &o, NULL), E_OK) &&
	       CHECK_INT(stitch_refresh(*ret, NULL), E_OK);
}

/* Every record from @from on is the world's, and none is left out. */
static void check_from(struct stitch *s, const struct world *w,
		       uint64_t from, uint64_t last)
{
	struct record rec;

	CHECK_INT(stitch_seek(s, from, NULL), E_OK);
	for (uint64_t n = from; n <= last; n++) {
		size_t at = w->start[n - 1];

		if (!CHECK_INT(stitch_next(s, &rec, NULL), E_OK))
			return;
		if (!CHECK_INT(rec.raw_len, w->start[n] - at) ||
		    !CHECK_MEM(rec.raw, w->bytes.at + at, rec.raw_len))
			return;
	}
	CHECK_INT(stitch_next(s, &rec, NULL), LIST_END);
}

static void every_record_once_and_in_order(void)
{
	/* Shards of 4 up to @stored; the kernel has @first..@last. */
	static const struct row {
		const char *name;
		uint64_t stored, first, last;
	} rows[] = {
		{ "no shard", 0, 1, 9 },
		{ "nothing was deleted", 8, 1, 9 },
		{ "all is stored, and still there", 8, 1, 8 },
		{ "some lie over each other", 8, 6, 13 },
		{ "one behind the other", 12, 13, 20 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *r = &rows[i];
		struct stitch *s = NULL;
		struct world *w;

		unit_case("%s", r->name);
		if (!world_new(&w, 20))
			return;
		world_shards(w, 4, r->stored);
		world_kernel(w, r->first, r->last);
		if (look(w, &s)) {
			CHECK_INT(stitch_first(s), 1);
			CHECK_INT(stitch_last(s), r->last);
			CHECK_INT(stitch_stored(s), r->stored);
			for (uint64_t from = 1; from <= r->last + 1; from++)
				check_from(s, w, from, r->last);
			CHECK_INT(stitch_seek(s, 0, NULL), E_ABSENT);
			CHECK_INT(stitch_seek(s, r->last + 2, NULL),
				  E_ABSENT);
		}
		stitch_free(s);
		world_free(w);
	}
}

static void a_new_shard_and_new_records_raise_nothing(void)
{
	struct stitch *s = NULL;
	struct world *w;

	if (!world_new(&w, 20))
		return;
	world_shards(w, 4, 8);
	world_kernel(w, 1, 10);
	if (look(w, &s)) {
		unsigned int was = stitch_generation(s);

		world_publish(w, 9, 10);
		world_kernel(w, 1, 15);
		CHECK_INT(stitch_refresh(s, NULL), E_OK);
		CHECK_INT(stitch_generation(s), was);
		CHECK_INT(stitch_stored(s), 10);
		check_from(s, w, 1, 15);
	}
	stitch_free(s);
	world_free(w);
}

static void another_file_in_a_shards_place_raises_the_generation(void)
{
	char name[SHARD_NAME_MAX];
	struct stitch *s = NULL;
	struct world *w;

	if (!world_new(&w, 20))
		return;
	world_shards(w, 4, 8);
	world_kernel(w, 1, 10);
	shard_name(name, 5, 8, "ima");
	if (look(w, &s)) {
		unsigned int was = stitch_generation(s);

		world_rename(w, name, ".old");
		world_write(w, name, w->bytes.at + w->start[4],
			    w->start[8] - w->start[4]);
		world_kernel(w, 1, 12);
		CHECK_INT(stitch_refresh(s, NULL), E_OK);
		CHECK(stitch_generation(s) != was);
		check_from(s, w, 1, 12);
	}
	stitch_free(s);
	world_free(w);
}

static void a_missing_shard_is_a_gap(void)
{
	struct stitch_options o = { .kernel = KERNEL_COPY };
	char name[SHARD_NAME_MAX];
	struct stitch *s = NULL;
	struct world *w;

	if (!world_new(&w, 12))
		return;
	world_shards(w, 4, 12);
	shard_name(name, 5, 8, "ima");
	world_unlink(w, name);
	o.shard_dir = w->dir;
	if (CHECK_INT(stitch_new(&s, &o, NULL), E_OK))
		CHECK_INT(stitch_refresh(s, NULL), E_GAP);
	stitch_free(s);
	world_free(w);
}

/* Whoever cleared the shards died, or removed them by hand. */
static void a_marker_without_shards_leaves_no_place_to_view(void)
{
	struct view *v = NULL;
	struct world *w;
	uint64_t count;

	if (!world_new(&w, 12))
		return;
	world_shards(w, 4, 8);
	CHECK_INT(store_discard(w->st, 1, NULL), E_OK);
	world_unlink(w, "000000000005-000000000008.ima");
	world_unlink(w, "000000000005-000000000008.json");
	world_kernel(w, 9, 12);
	if (CHECK_INT(view_new(&v, &(struct stitch_options){
			.ima_dir = w->dir, .shard_dir = w->dir,
			.kernel = KERNEL_COPY }, NULL), E_OK))
		CHECK_INT(view_count(v, NULL, NULL, &count, NULL), E_GAP);
	view_free(v);
	world_free(w);
}

const struct unit_test unit_tests[] = {
	{ "every record once, and in order", every_record_once_and_in_order },
	{ "a new shard and new records raise nothing",
	  a_new_shard_and_new_records_raise_nothing },
	{ "another file in a shard's place raises the generation",
	  another_file_in_a_shards_place_raises_the_generation },
	{ "a missing shard is a gap", a_missing_shard_is_a_gap },
	{ "a marker without shards leaves no place to view",
	  a_marker_without_shards_leaves_no_place_to_view },
	{ NULL, NULL }
};
