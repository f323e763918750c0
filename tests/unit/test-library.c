// SPDX-License-Identifier: GPL-2.0-or-later
/* The library's face, over stores of made records. */
#include "imashards.h"

#include <poll.h>

#include "store.h"
#include "stores.h"

static struct imashards *opened(const struct world *w)
{
	struct imashards *s = imashards_new();

	if (!CHECK(s))
		return NULL;
	if (CHECK_INT(imashards_open(s, w->dir, NULL), IMASHARDS_OK))
		return s;
	imashards_free(s);
	return NULL;
}

static bool publish(struct world *w, uint64_t first, uint64_t last)
{
	world_publish(w, first, last);
	return store_last(w->st) == last;
}

static const struct imashards_record *next(struct imashards *s)
{
	const struct imashards_record *r = NULL;

	CHECK_INT(imashards_next(s, &r), IMASHARDS_OK);
	return r;
}

static void check_record(const struct world *w,
			 const struct imashards_record *r, uint64_t number)
{
	size_t size, len;
	const uint8_t *raw, *data;

	if (!CHECK(r))
		return;
	CHECK_INT(imashards_record_number(r), number);
	CHECK_INT(imashards_record_pcr(r), 10);
	CHECK_INT(imashards_record_violation(r), 0);
	CHECK_STR(imashards_record_template(r), "ima-ng");
	raw = imashards_record_raw(r, &size);
	if (CHECK_INT(size, w->start[number] - w->start[number - 1]))
		CHECK_MEM(raw, w->bytes.at + w->start[number - 1], size);
	CHECK_MEM(imashards_record_digest(r, &size), raw + 4, 20);
	CHECK_INT(size, 20);
	data = imashards_record_data(r, &len);
	imashards_record_raw(r, &size);
	CHECK(data + len == raw + size);
}

static void every_record_from_any_on(void)
{
	const struct imashards_record *r;
	struct imashards *s;
	struct world *w;

	if (world_new(&w, 9) && publish(w, 1, 4) && publish(w, 5, 9) &&
	    (s = opened(w))) {
		CHECK_INT(imashards_first(s), 1);
		CHECK_INT(imashards_last(s), 9);
		CHECK_INT(imashards_stored(s), 9);
		check_record(w, next(s), 1);
		for (uint64_t from = 1; from <= 9; from++) {
			CHECK_INT(imashards_seek(s, from), IMASHARDS_OK);
			for (uint64_t n = from; n <= 9; n++)
				check_record(w, next(s), n);
			CHECK_INT(imashards_next(s, &r), IMASHARDS_END);
		}
		CHECK_INT(imashards_seek(s, 10), IMASHARDS_OK);
		CHECK_INT(imashards_next(s, &r), IMASHARDS_END);
		CHECK_INT(imashards_seek(s, 11), IMASHARDS_ABSENT);
		CHECK_INT(imashards_seek(s, 0), IMASHARDS_ABSENT);
		CHECK(strstr(imashards_message(s), "there are 1..9"));
		imashards_free(s);
	}
	world_free(w);
}

/* From @from's aggregate, or boot, to the last record; compared there. */
static void replay_from(struct world *w, struct imashards *s, uint64_t from)
{
	struct imashards_aggregate *a = NULL, *end = NULL;
	struct imashards_replay *r = NULL;
	const struct pcr_bank *want = &w->after[w->count].bank[HASH_SHA256];
	size_t size = 0;

	if (from)
		CHECK_INT(imashards_aggregate(s, from, &a), IMASHARDS_OK);
	if (!CHECK_INT(imashards_replay_new(s, "sha256", a, &r), IMASHARDS_OK))
		return;
	CHECK_INT(imashards_seek(s, from + 1), IMASHARDS_OK);
	for (uint64_t n = from + 1; n <= w->count; n++)
		CHECK_INT(imashards_replay_record(s, r, next(s)),
			  IMASHARDS_OK);
	CHECK_INT(imashards_replay_number(r), w->count);
	/* Padded SHA-1 is another way, until something was compared. */
	CHECK(!imashards_replay_pcr(r, 10, &size));
	CHECK_INT(imashards_aggregate(s, w->count, &end), IMASHARDS_OK);
	CHECK_INT(imashards_replay_meet_aggregate(s, r, end), IMASHARDS_OK);
	if (CHECK(imashards_replay_pcr(r, 10, &size)) && CHECK_INT(size, 32))
		CHECK_MEM(imashards_replay_pcr(r, 10, &size), want->value[10],
			  32);
	CHECK_INT(imashards_replay_meet(s, r, 10, want->value[10], 32),
		  IMASHARDS_OK);
	CHECK_INT(imashards_replay_meet(s, r, 10, w->after[from].bank
					[HASH_SHA256].value[10], 32),
		  IMASHARDS_CHANGED);
	CHECK(!imashards_replay_pcr(r, 11, &size));
	imashards_aggregate_free(end);
	imashards_aggregate_free(a);
	imashards_replay_free(r);
}

static void a_replay_meets_what_it_should_and_nothing_else(void)
{
	struct imashards *s;
	struct world *w;

	if (world_new(&w, 9) && publish(w, 1, 4) && publish(w, 5, 9) &&
	    (s = opened(w))) {
		replay_from(w, s, 0);
		replay_from(w, s, 4);
		imashards_free(s);
	}
	world_free(w);
}

static void the_nearest_aggregate(void)
{
	struct imashards_aggregate *a = NULL;
	struct imashards *s;
	struct world *w;
	size_t size = 0;

	if (world_new(&w, 9) && publish(w, 1, 4) && publish(w, 5, 9) &&
	    (s = opened(w))) {
		CHECK_INT(imashards_aggregate(s, 3, &a), IMASHARDS_ABSENT);
		CHECK(strstr(imashards_message(s), "no aggregate"));
		for (uint64_t n = 4; n < 12; n++) {
			a = NULL;
			CHECK_INT(imashards_aggregate(s, n, &a), IMASHARDS_OK);
			CHECK_INT(imashards_aggregate_last(a), n < 9 ? 4 : 9);
			CHECK_INT(imashards_aggregate_first(a), n < 9 ? 1 : 5);
			CHECK_INT(imashards_aggregate_matched(a), 1);
			CHECK_INT(imashards_aggregate_gap(a), 0);
			CHECK_STR(imashards_aggregate_boot_id(a),
				  "3363deeb-3620-437e-8036-5d1c288d5d10");
			CHECK_MEM(imashards_aggregate_pcr(a, "sha1", 10, &size),
				  w->after[n < 9 ? 4 : 9].bank[HASH_SHA1]
				  .value[10], 20);
			CHECK_INT(size, 20);
			CHECK(!imashards_aggregate_pcr(a, "sha1", 24, &size));
			CHECK(!imashards_aggregate_pcr(a, "sha1", 3, &size));
			CHECK(!imashards_aggregate_pcr(a, "md5", 10, &size));
			imashards_aggregate_free(a);
		}
		imashards_free(s);
	}
	world_free(w);
}

static bool readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) == 1;
}

static void a_new_shard_is_told_of(void)
{
	struct imashards *s;
	struct world *w;
	int fd = -1;

	if (world_new(&w, 9) && publish(w, 1, 4) && (s = opened(w))) {
		CHECK_INT(imashards_subscribe(s, &fd), IMASHARDS_OK);
		CHECK(!readable(fd));
		CHECK_INT(imashards_last(s), 4);
		world_publish(w, 5, 9);
		CHECK(readable(fd));
		CHECK_INT(imashards_refresh(s), IMASHARDS_OK);
		CHECK(!readable(fd));
		CHECK_INT(imashards_last(s), 9);
		CHECK_INT(imashards_seek(s, 5), IMASHARDS_OK);
		check_record(w, next(s), 5);
		imashards_free(s);
	}
	world_free(w);
}

static void another_list_is_not_read_on(void)
{
	const struct imashards_record *r;
	struct imashards *s;
	struct world *w;

	if (world_new(&w, 9) && publish(w, 1, 4) && (s = opened(w))) {
		unsigned int generation = imashards_generation(s);

		check_record(w, next(s), 1);
		CHECK_INT(store_clear(w->st, NULL, NULL), E_OK);
		CHECK_INT(store_reload(w->st, NULL), E_OK);
		world_publish(w, 1, 2);
		CHECK_INT(imashards_refresh(s), IMASHARDS_OK);
		CHECK(imashards_generation(s) != generation);
		CHECK_INT(imashards_next(s, &r), IMASHARDS_CHANGED);
		CHECK_INT(imashards_seek(s, 2), IMASHARDS_OK);
		check_record(w, next(s), 2);
		imashards_free(s);
	}
	world_free(w);
}

/* The shards that come next go; those behind them have other numbers. */
static void discarded_records_are_missing(void)
{
	const struct imashards_record *r = NULL;
	struct imashards *s;
	struct world *w;

	if (world_new(&w, 16) && publish(w, 1, 4) && publish(w, 5, 8) &&
	    publish(w, 9, 12) && publish(w, 13, 16) && (s = opened(w))) {
		for (uint64_t n = 1; n <= 4; n++)
			check_record(w, next(s), n);
		CHECK_INT(store_discard(w->st, 2, NULL), E_OK);
		CHECK_INT(imashards_refresh(s), IMASHARDS_OK);
		CHECK_INT(imashards_first(s), 9);
		CHECK_INT(imashards_next(s, &r), IMASHARDS_GAP);
		CHECK_INT(imashards_next(s, &r), IMASHARDS_GAP);
		CHECK(!r);
		CHECK(strstr(imashards_message(s), "5..8 are not there"));
		CHECK_INT(imashards_seek(s, 9), IMASHARDS_OK);
		check_record(w, next(s), 9);
		imashards_free(s);
	}
	world_free(w);
}

/* Other records under a name that was seen, and nobody has looked since. */
static void another_file_of_that_name_is_not_read(void)
{
	const struct imashards_record *r = NULL;
	char name[SHARD_NAME_MAX];
	struct imashards *s;
	struct world *w;

	shard_name(name, 5, 8, "ima");
	if (world_new(&w, 12) && publish(w, 1, 4) && publish(w, 5, 8) &&
	    (s = opened(w))) {
		for (uint64_t n = 1; n <= 4; n++)
			check_record(w, next(s), n);
		world_rename(w, name, ".old");
		world_write(w, name, w->bytes.at + w->start[6],
			    w->start[10] - w->start[6]);
		CHECK_INT(imashards_next(s, &r), IMASHARDS_CHANGED);
		CHECK_INT(imashards_next(s, &r), IMASHARDS_CHANGED);
		CHECK(!r);
		imashards_free(s);
	}
	world_free(w);
}

/* As backups do: the file has another name, too, and is the same. */
static void a_hard_link_changes_nothing(void)
{
	char name[SHARD_NAME_MAX];
	struct imashards *s;
	struct world *w;

	shard_name(name, 5, 8, "ima");
	if (world_new(&w, 12) && publish(w, 1, 4) && publish(w, 5, 8) &&
	    (s = opened(w))) {
		unsigned int generation = imashards_generation(s);

		for (uint64_t n = 1; n <= 4; n++)
			check_record(w, next(s), n);
		CHECK_INT(linkat(store_dirfd(w->st), name, store_dirfd(w->st),
				 ".link", 0), 0);
		check_record(w, next(s), 5);
		CHECK_INT(imashards_refresh(s), IMASHARDS_OK);
		world_publish(w, 9, 12);
		CHECK_INT(imashards_refresh(s), IMASHARDS_OK);
		CHECK_INT(imashards_generation(s), generation);
		for (uint64_t n = 6; n <= 12; n++)
			check_record(w, next(s), n);
		imashards_free(s);
	}
	world_free(w);
}

static void what_is_refused(void)
{
	struct imashards_aggregate *a = NULL;
	struct imashards_replay *r = NULL;
	const struct imashards_record *rec;
	struct imashards *s = imashards_new();
	struct world *w;
	uint8_t value[32] = { 0 };
	int fd = -1;

	if (!world_new(&w, 3) || !publish(w, 1, 3) || !CHECK(s))
		return;
	CHECK_STR(imashards_message(s), "");
	CHECK_INT(imashards_refresh(s), IMASHARDS_USAGE);
	CHECK_INT(imashards_seek(s, 1), IMASHARDS_USAGE);
	CHECK_INT(imashards_next(s, &rec), IMASHARDS_USAGE);
	CHECK_INT(imashards_aggregate(s, 1, &a), IMASHARDS_USAGE);
	CHECK_INT(imashards_subscribe(s, &fd), IMASHARDS_USAGE);
	CHECK_STR(imashards_message(s), "is not open");
	CHECK_INT(imashards_last(s), 0);
	CHECK_INT(imashards_open(s, "/nonexistent", NULL), IMASHARDS_ABSENT);
	CHECK(strstr(imashards_message(s), "/nonexistent"));
	CHECK_INT(imashards_open(s, "", NULL), IMASHARDS_USAGE);
	CHECK_INT(imashards_open(s, w->dir, NULL), IMASHARDS_OK);
	CHECK_INT(imashards_open(s, w->dir, NULL), IMASHARDS_USAGE);
	CHECK_INT(imashards_replay_new(s, "md5", NULL, &r), IMASHARDS_USAGE);
	CHECK_STR(imashards_message(s), "'md5' is no bank");
	CHECK_INT(imashards_aggregate(s, 3, &a), IMASHARDS_OK);
	CHECK_INT(imashards_replay_new(s, "sha384", a, &r), IMASHARDS_ABSENT);
	CHECK(!r);
	CHECK_INT(imashards_replay_new(s, "sha256", NULL, &r), IMASHARDS_OK);
	CHECK_INT(imashards_replay_meet(s, r, 10, value, 32), IMASHARDS_USAGE);
	CHECK_INT(imashards_replay_meet(s, r, 10, value, 20), IMASHARDS_USAGE);
	CHECK_INT(imashards_replay_meet(s, r, 24, value, 32), IMASHARDS_USAGE);
	CHECK_INT(imashards_replay_meet_aggregate(s, r, a), IMASHARDS_USAGE);
	imashards_seek(s, 2);
	CHECK_INT(imashards_replay_record(s, r, next(s)), IMASHARDS_USAGE);
	CHECK(strstr(imashards_message(s), "does not come behind 0"));
	CHECK_STR(imashards_error_text(IMASHARDS_GAP), "records are missing");
	CHECK_STR(imashards_error_text(IMASHARDS_END), "no more records");
	CHECK(imashards_error_text(-9999));
	imashards_replay_free(r);
	imashards_replay_free(NULL);
	imashards_aggregate_free(a);
	imashards_aggregate_free(NULL);
	imashards_free(s);
	imashards_free(NULL);
	world_free(w);
}

const struct unit_test unit_tests[] = {
	{ "every record, from any on", every_record_from_any_on },
	{ "a replay meets what it should and nothing else",
	  a_replay_meets_what_it_should_and_nothing_else },
	{ "the nearest aggregate", the_nearest_aggregate },
	{ "a new shard is told of", a_new_shard_is_told_of },
	{ "another list is not read on", another_list_is_not_read_on },
	{ "discarded records are missing", discarded_records_are_missing },
	{ "another file of that name is not read",
	  another_file_of_that_name_is_not_read },
	{ "a hard link changes nothing", a_hard_link_changes_nothing },
	{ "what is refused", what_is_refused },
	{ NULL, NULL },
};
