// SPDX-License-Identifier: GPL-2.0-or-later
/* test-align.c - where a list goes on from a store */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "align.h"
#include "stores.h"
#include "unit.h"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

static struct alignment align(const struct store *st, struct list *list)
{
	struct lists lists = { &list, 1 };
	struct alignment a;

	memset(&a, 0xee, sizeof(a));
	CHECK_INT(align_lists(st, &lists, &a, NULL), E_OK);
	CHECK(a.count >= 1 && a.count <= ALIGN_MAX);
	return a;
}

/* The record of the list at an alignment: its number, 0 at the end. */
static uint64_t record_at(struct world *w, struct list *list,
			  const struct lists_place *place)
{
	struct lists lists = { &list, 1 };
	struct lists_place at = *place;
	struct record rec;
	struct list *from;

	if (lists_next(&lists, &at, &rec, &from, NULL))
		return 0;
	CHECK_INT(at.skipped, place->skipped + 1);
	for (size_t n = 0; n < w->count; n++)
		if (rec.raw_len == w->start[n + 1] - w->start[n] &&
		    !memcmp(rec.raw, w->bytes.at + w->start[n], rec.raw_len))
			return n + 1;
	return UINT64_MAX;
}

/* Twelve records in three shards, and more behind them. */
static bool stored(struct world **w, size_t more)
{
	if (!world_new(w, 12 + more))
		return false;
	world_shards(*w, 4, 12);
	return CHECK_INT(store_count((*w)->st), 3);
}

static void without_a_store_a_list_begins_at_its_beginning(void)
{
	struct world *w;

	if (world_new(&w, 5)) {
		struct list *list = world_list(w, 1, 5);
		struct alignment a = align(NULL, list);

		CHECK_INT(a.count, 1);
		CHECK_INT(a.at[0].skipped, 0);
		a = align(w->st, list);
		unit_case("an empty store");
		CHECK_INT(a.count, 1);
		CHECK_INT(a.at[0].skipped, 0);
		CHECK_INT(record_at(w, list, &a.at[0]), 1);
		list_close(list);
	}
	world_free(w);
}

/* From the whole list to only what came after, or nothing. */
static void list_overlaps_by_any_length(void)
{
	for (size_t more = 0; more <= 6; more += 3) {
		struct world *w;

		if (!stored(&w, more))
			return world_free(w);
		for (uint64_t first = 1; first <= 13 && first <= 12 + more;
		     first++) {
			struct list *list = world_list(w, first, 12 + more);
			struct alignment a = align(w->st, list);

			unit_case("list of records %llu..%zu",
				  (unsigned long long)first, 12 + more);
			CHECK_INT(a.at[0].skipped, 13 - first);
			CHECK_INT(record_at(w, list, &a.at[0]),
				  more ? 13 : 0);
			CHECK(!a.cut);
			/* The last resort is always there. */
			CHECK_INT(a.count, first < 13 ? 2 : 1);
			CHECK_INT(a.at[a.count - 1].skipped, 0);
			CHECK_INT(record_at(w, list, &a.at[a.count - 1]),
				  first);
			list_close(list);
		}
		world_free(w);
	}
}

/* A list that ends before the store does adds nothing. */
static void list_shorter_than_the_store(void)
{
	struct world *w;

	if (!stored(&w, 0))
		return world_free(w);
	for (uint64_t last = 1; last < 12; last++) {
		struct list *list = world_list(w, 1, last);
		struct alignment a = align(w->st, list);

		unit_case("records 1..%llu", (unsigned long long)last);
		CHECK_INT(a.count, 1);
		CHECK_INT(a.at[0].skipped, last);
		CHECK_INT(record_at(w, list, &a.at[0]), 0);
		list_close(list);
	}
	world_free(w);
}

static void list_that_has_nothing_to_do_with_the_store(void)
{
	static const char other[] = "/other";
	struct world *w;

	if (stored(&w, 0)) {
		struct made m = { .name = other, .seed = 77 };
		struct list *list, *empty;
		struct alignment a;

		world_add(w, &m);
		list = world_list(w, 13, 13);
		a = align(w->st, list);
		CHECK_INT(a.count, 1);
		CHECK_INT(a.at[0].skipped, 0);
		list_close(list);
		unit_case("empty");
		CHECK_INT(list_open_bytes(&empty, "", 0, "empty", 0, NULL),
			  E_OK);
		a = align(w->st, empty);
		CHECK_INT(a.count, 1);
		CHECK_INT(a.at[0].skipped, 0);
		list_close(empty);
		unit_case("none");
		{
			struct lists none = { NULL, 0 };

			CHECK_INT(align_lists(w->st, &none, &a, NULL), E_OK);
			CHECK_INT(a.count, 1);
			CHECK_INT(a.at[0].skipped, 0);
		}
	}
	world_free(w);
}

/* A list may begin before what the store still has. */
static void list_reaches_further_back_than_the_store(void)
{
	struct world *w;

	if (!stored(&w, 3))
		return world_free(w);
	world_rename(w, "000000000001-000000000004.json",
		     "000000000000-000000000004.json");
	world_unlink(w, "000000000001-000000000004.ima");
	CHECK_INT(store_reload(w->st, NULL), E_OK);
	for (uint64_t first = 1; first <= 13; first++) {
		struct list *list = world_list(w, first, 15);
		struct alignment a = align(w->st, list);

		unit_case("list from record %llu", (unsigned long long)first);
		CHECK_INT(a.at[0].skipped, 13 - first);
		list_close(list);
	}
	world_free(w);
}

/* What is missing or altered is no witness against what lies behind it. */
static void shards_that_are_not_intact_end_the_comparison(void)
{
	static const char ima[] = "000000000005-000000000008.ima";
	static const char json[] = "000000000005-000000000008.json";
	static const struct {
		const char *name;
		bool no_records, no_aggregate, altered;
	} rows[] = {
		{ "no records", true, false, false },
		{ "no aggregate", false, true, false },
		{ "neither", true, true, false },
		{ "records altered", false, false, true },
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct world *w;

		if (!stored(&w, 3))
			return world_free(w);
		if (rows[i].altered)
			world_flip(w, ima, 60);
		if (rows[i].no_records)
			world_unlink(w, ima);
		if (rows[i].no_aggregate)
			world_unlink(w, json);
		CHECK_INT(store_reload(w->st, NULL), E_OK);
		for (uint64_t first = 1; first <= 13; first++) {
			struct list *list = world_list(w, first, 15);
			struct alignment a = align(w->st, list);

			unit_case("%s, list from record %llu", rows[i].name,
				  (unsigned long long)first);
			CHECK_INT(a.at[0].skipped, 13 - first);
			list_close(list);
		}
		world_free(w);
	}
}

/* But an intact one is, whatever is behind it. */
static void shards_that_differ_are_not_overlapped(void)
{
	struct world *w;

	if (stored(&w, 3)) {
		struct bytes b = { .len = 0 };
		struct list *list;
		struct alignment a;

		bytes_put(&b, w->bytes.at, w->bytes.len);
		b.at[w->start[5] + 60] ^= 1;
		CHECK_INT(list_open_bytes(&list, b.at, b.len, "list", 0, NULL),
			  E_OK);
		a = align(w->st, list);
		CHECK_INT(a.count, 1);
		CHECK_INT(a.at[0].skipped, 0);
		list_close(list);
		bytes_free(&b);
	}
	world_free(w);
}

/* --- records that repeat --- */

/* Records named by letters: "abab" is four, two and two the same. */
static void spell(struct world *w, const char *letters)
{
	for (; *letters; letters++) {
		char name[2] = { *letters, '\0' };
		struct made m = { .name = name, .seed = (uint8_t)*letters };

		world_add(w, &m);
	}
}

static const struct {
	const char *store, *list;
	size_t count;
	uint64_t skipped[6];
} repeats[] = {
	/* one record, again and again */
	{ "a", "a", 2, { 1, 0 } },
	{ "a", "aa", 2, { 1, 0 } },
	{ "aa", "aa", 3, { 2, 1, 0 } },
	{ "aa", "aaab", 3, { 2, 1, 0 } },
	{ "aaaa", "aab", 3, { 2, 1, 0 } },
	/* a pattern */
	{ "abab", "ababc", 3, { 4, 2, 0 } },
	{ "xabab", "ababc", 3, { 4, 2, 0 } },
	{ "xabab", "xababc", 2, { 5, 0 } },
	{ "abcab", "abd", 2, { 2, 0 } },
	{ "abcab", "abcabd", 3, { 5, 2, 0 } },
	/* the last record, but nothing like what is before it */
	{ "abc", "xcd", 1, { 0 } },
	{ "abc", "bcxc", 2, { 2, 0 } },
	/* the list goes further back than the store, which begins there */
	{ "abc", "xabcd", 1, { 0 } },
	/* the beginning of the store, again */
	{ "abcd", "ab", 1, { 2 } },
	{ "abcd", "abx", 1, { 0 } },
};

static void where_records_repeat_every_way_is_given(void)
{
	for (size_t i = 0; i < ROWS(repeats); i++) {
		size_t s = strlen(repeats[i].store);
		size_t l = strlen(repeats[i].list);
		struct world *w;

		unit_case("store %s, list %s", repeats[i].store,
			  repeats[i].list);
		if (world_new(&w, 0)) {
			struct list *list;
			struct alignment a;

			spell(w, repeats[i].store);
			spell(w, repeats[i].list);
			world_publish(w, 1, s);
			list = world_list(w, s + 1, s + l);
			a = align(w->st, list);
			CHECK_INT(a.count, repeats[i].count);
			CHECK(!a.cut);
			for (size_t n = 0; n < a.count && n < 6; n++)
				CHECK_INT(a.at[n].skipped,
					  repeats[i].skipped[n]);
			list_close(list);
		}
		world_free(w);
	}
}

static void too_many_ways_are_cut(void)
{
	struct world *w;

	if (world_new(&w, 0)) {
		struct list *list;
		struct alignment a;

		for (size_t i = 0; i < 2 * 60; i++)
			spell(w, "a");
		world_publish(w, 1, 60);
		list = world_list(w, 61, 120);
		a = align(w->st, list);
		CHECK(a.cut);
		CHECK_INT(a.count, ALIGN_MAX);
		CHECK_INT(a.at[ALIGN_MAX - 1].skipped, 0);
		list_close(list);
	}
	world_free(w);
}

/* --- lists of other kinds --- */

/* A per-bank list has other digests, but the same records. */
static void list_of_another_bank_is_aligned(void)
{
	static const struct list_layout layouts[] = {
		{ 32, false }, { 48, false }, { 64, false }
	};
	struct world *w;

	if (!stored(&w, 3))
		return world_free(w);
	for (size_t i = 0; i < ROWS(layouts); i++) {
		struct bytes b = { .len = 0 };
		struct list *list;
		struct alignment a;

		unit_case("digests of %u bytes", layouts[i].digest_size);
		for (size_t n = 0; n < 15; n++) {
			char name[32];
			struct made m = {
				.layout = layouts[i], .seed = (uint8_t)n,
				.name = n ? name : "boot_aggregate"
			};

			snprintf(name, sizeof(name), "/file-%zu", n + 1);
			bytes_record(&b, &m);
		}
		CHECK_INT(list_open_bytes(&list, b.at, b.len, "list", 0, NULL),
			  E_OK);
		a = align(w->st, list);
		CHECK_INT(a.count, 2);
		CHECK_INT(a.at[0].skipped, 12);
		list_close(list);
		bytes_free(&b);
	}
	world_free(w);
}

/* The staged and the current list are read as one, wherever they meet. */
static void several_lists_are_aligned_as_one(void)
{
	struct world *w;

	if (!stored(&w, 3))
		return world_free(w);
	for (uint64_t cut = 9; cut < 15; cut++) {
		struct list *two[2] = { world_list(w, 9, cut),
					world_list(w, cut + 1, 15) };
		struct lists lists = { two, 2 };
		struct lists_place at;
		struct alignment a;
		struct record rec;
		struct list *from;
		uint64_t n = 12;

		unit_case("cut after record %llu", (unsigned long long)cut);
		CHECK_INT(align_lists(w->st, &lists, &a, NULL), E_OK);
		CHECK_INT(a.at[0].skipped, 4);
		at = a.at[0];
		while (!lists_next(&lists, &at, &rec, &from, NULL)) {
			n++;
			CHECK_INT(rec.raw_len, w->start[n] - w->start[n - 1]);
			CHECK(!memcmp(rec.raw, w->bytes.at + w->start[n - 1],
				      rec.raw_len));
			CHECK(from == two[n > cut]);
		}
		CHECK_INT(n, 15);
		list_close(two[0]);
		list_close(two[1]);
	}
	world_free(w);
}

/* Bytes that cannot be read end the search. */
static void malformed_bytes_end_the_search(void)
{
	struct world *w;

	if (stored(&w, 3)) {
		struct bytes b = { .len = 0 };
		struct list *list;
		struct alignment a;

		bytes_put(&b, w->bytes.at + w->start[8],
			  w->start[14] - w->start[8]);
		bytes_put(&b, "stray", 5);
		CHECK_INT(list_open_bytes(&list, b.at, b.len, "list", 0, NULL),
			  E_OK);
		a = align(w->st, list);
		CHECK_INT(a.at[0].skipped, 4);
		list_close(list);
		bytes_free(&b);
		unit_case("from the first byte on");
		CHECK_INT(list_open_bytes(&list, "no list at all", 14, "list",
					  0, NULL), E_OK);
		a = align(w->st, list);
		CHECK_INT(a.count, 1);
		CHECK_INT(a.at[0].skipped, 0);
		list_close(list);
	}
	world_free(w);
}

static void store_whose_end_cannot_be_read_is_an_error(void)
{
	static const struct {
		const char *name, *bytes;
		size_t len;
		int code;
	} rows[] = {
		{ "not there", NULL, 0, E_ABSENT },
		{ "empty", "", 0, E_INCOMPLETE },
		{ "no list", "this is no measurement list, is it?", 36,
		  E_FORMAT },
	};

	for (size_t i = 0; i < 2 * ROWS(rows); i++) {
		struct error err = { 0 };
		struct world *w;

		unit_case("%s, %s words", rows[i / 2].name,
			  i % 2 ? "without" : "with");
		if (stored(&w, 1)) {
			struct list *list = world_list(w, 13, 13);
			struct lists lists = { &list, 1 };
			struct alignment a;

			world_unlink(w, "000000000009-000000000012.ima");
			if (rows[i / 2].bytes)
				world_write(w, "000000000009-000000000012.ima",
					    rows[i / 2].bytes,
					    rows[i / 2].len);
			CHECK_INT(align_lists(w->st, &lists, &a,
					      i % 2 ? NULL : &err),
				  rows[i / 2].code);
			list_close(list);
		}
		world_free(w);
	}
}

#define TEST(fn) { #fn, fn }

const struct unit_test unit_tests[] = {
	TEST(without_a_store_a_list_begins_at_its_beginning),
	TEST(list_overlaps_by_any_length),
	TEST(list_shorter_than_the_store),
	TEST(list_that_has_nothing_to_do_with_the_store),
	TEST(list_reaches_further_back_than_the_store),
	TEST(shards_that_are_not_intact_end_the_comparison),
	TEST(shards_that_differ_are_not_overlapped),
	TEST(where_records_repeat_every_way_is_given),
	TEST(too_many_ways_are_cut),
	TEST(list_of_another_bank_is_aligned),
	TEST(several_lists_are_aligned_as_one),
	TEST(malformed_bytes_end_the_search),
	TEST(store_whose_end_cannot_be_read_is_an_error),
	{ NULL, NULL }
};
