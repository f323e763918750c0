// SPDX-License-Identifier: GPL-2.0-or-later
/* test-measurement.c - verdicts on stores and lists, good and bad */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measurement.h"
#include "moments.h"
#include "quote.h"
#include "stores.h"
#include "unit.h"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))
#define PCR10 (1U << 10)

/* Twenty shards of five records, and three records behind them. */
#define SHARDS 20
#define SIZE 5
#define STORED (SHARDS * SIZE)
#define ALL (STORED + 3)

struct asked {
	struct measurement_options options;
	struct target target;
	struct quote quote;
};

/* The values after record @n, as a TPM's. */
static struct asked asked_values(const struct world *w, uint64_t n)
{
	struct asked a = { .target = { .values = w->after[n] } };

	return a;
}

/* The same as a quote of sha256, PCRs @mask, whose values nobody has. */
static void ask_quote(struct asked *a, const struct world *w, uint64_t n,
		      uint32_t mask)
{
	struct pcr_values v = w->after[n];
	struct hasher *h;

	memset(a, 0, sizeof(*a));
	a->quote.selection.count = 1;
	a->quote.selection.bank[0].alg = hash_row(HASH_SHA256)->tpm;
	a->quote.selection.bank[0].mask = mask;
	a->quote.digest_alg = HASH_SHA256;
	v.bank[HASH_SHA256].mask |= mask;
	if (CHECK(!hasher_new(&h, HASH_ALL, NULL)))
		CHECK_INT(quote_digest(&a->quote, h, &v, a->quote.pcr_digest,
				       NULL), E_OK);
	hasher_free(h);
	a->target.quote = &a->quote;
}

static struct verdict judge(const struct store *st, struct list *list,
			    const struct asked *a)
{
	struct evidence ev = { .store = st };
	struct error err = { 0 };
	struct verdict v;

	memset(&v, 0, sizeof(v));
	ev.lists.list = &list;
	ev.lists.count = list ? 1 : 0;
	CHECK_INT(measurement_verify(&ev, &a->target, &a->options, &v, &err),
		  E_OK);
	CHECK_STR(err.reason, "");
	return v;
}

/* A world of SHARDS shards, whose list is what came after them. */
static bool shards(struct world **w, struct list **list)
{
	*list = NULL;
	if (!world_new(w, ALL))
		return false;
	world_shards(*w, SIZE, STORED);
	*list = world_list(*w, STORED + 1, ALL);
	return CHECK(*list);
}

static void done(struct world *w, struct list *list)
{
	list_close(list);
	world_free(w);
}

static void check_proven(const struct verdict *v, uint64_t from, uint64_t to,
			 uint64_t tail)
{
	CHECK_INT(v->kind, VERIFIED);
	CHECK_STR(v->why.reason, "");
	CHECK_INT(v->start, from - 1);
	CHECK_INT(v->proven_from, from);
	CHECK_INT(v->proven_to, to);
	CHECK_INT(v->replayed, to - from + 1);
	CHECK_INT(v->unproven_tail, tail);
}

/* --- where it starts --- */

static const struct {
	const char *name;
	enum measurement_from from;
	uint64_t record, start;
	enum start_from is;
	enum start_trust trust;
} starts[] = {
	{ "nearest", FROM_NEAREST, 0, STORED, START_AGGREGATE,
	  TRUST_UNPROVEN },
	{ "boot", FROM_BOOT, 0, 0, START_BOOT, TRUST_BOOT },
	{ "record 1", FROM_RECORD, 1, 0, START_BOOT, TRUST_BOOT },
	{ "record 50", FROM_RECORD, 50, 45, START_AGGREGATE, TRUST_UNPROVEN },
	{ "record 51", FROM_RECORD, 51, 50, START_AGGREGATE, TRUST_UNPROVEN },
	{ "record 101, of the list", FROM_RECORD, 101, STORED,
	  START_AGGREGATE, TRUST_UNPROVEN },
};

static void twenty_shards_from_wherever(void)
{
	struct world *w;
	struct list *list;

	if (!shards(&w, &list))
		return done(w, list);
	for (size_t i = 0; i < 2 * ROWS(starts); i++) {
		struct asked a = asked_values(w, ALL);
		struct verdict v;

		unit_case("%s, %s", starts[i / 2].name,
			  i % 2 ? "quote alone" : "values");
		if (i % 2)
			ask_quote(&a, w, ALL, PCR10);
		a.options.from = starts[i / 2].from;
		a.options.record = starts[i / 2].record;
		v = judge(w->st, list, &a);
		check_proven(&v, starts[i / 2].start + 1, ALL, 0);
		CHECK_INT(v.from, starts[i / 2].is);
		CHECK_INT(v.trust, starts[i / 2].trust);
		CHECK_INT(v.first_contained, 1);
		CHECK_INT(v.last_contained, ALL);
		CHECK_INT(v.pcrs, PCR10);
		CHECK(v.bank[HASH_SHA256].wanted && v.bank[HASH_SHA256].met);
		CHECK_INT(v.bank[HASH_SHA1].wanted, i % 2 == 0);
	}
	done(w, list);
}

/* Every record of all, nearest: the aggregate before it, if there is one. */
static void target_anywhere_is_met_from_the_aggregate_before_it(void)
{
	struct world *w;
	struct list *list;

	if (!shards(&w, &list))
		return done(w, list);
	for (uint64_t n = 1; n <= ALL; n++) {
		/* At an aggregate itself: from the one before. */
		uint64_t start = (n - 1) / SIZE * SIZE;
		struct asked a = asked_values(w, n);
		struct verdict v;

		unit_case("record %llu", (unsigned long long)n);
		v = judge(w->st, list, &a);
		check_proven(&v, start + 1, n, ALL - n);
		a.options.from = FROM_BOOT;
		v = judge(w->st, list, &a);
		check_proven(&v, 1, n, ALL - n);
	}
	done(w, list);
}

/* Right, early, late or mad: the clock only says where to look first. */
static void clock_hints_never_change_the_verdict(void)
{
	static const uint64_t clocks[] = {
		0, 1, 41999, 42000, 45000, 99999, 100000, 100001, UINT64_MAX
	};
	static const uint64_t records[] = { 1, 42, 45, 100, 102 };
	struct world *w;
	struct list *list;

	if (!shards(&w, &list))
		return done(w, list);
	for (size_t i = 0; i < ROWS(clocks) * ROWS(records); i++) {
		uint64_t n = records[i % ROWS(records)];
		struct asked a = asked_values(w, n);
		struct verdict v;

		a.options.has_clock = true;
		a.options.clock = clocks[i / ROWS(records)];
		unit_case("record %llu, clock %llu", (unsigned long long)n,
			  (unsigned long long)a.options.clock);
		v = judge(w->st, list, &a);
		check_proven(&v, (n - 1) / SIZE * SIZE + 1, n, ALL - n);

		/* And where there is no such record. */
		a.target.values.bank[HASH_SHA256].value[10][0] ^= 1;
		v = judge(w->st, list, &a);
		CHECK_INT(v.kind, CONTRADICTED);
	}
	done(w, list);
}

/* The verdict itself, not its options, says whether it is from boot. */
static void the_start_is_what_was_gone_from(void)
{
	struct world *w;
	struct list *list;

	if (shards(&w, &list)) {
		struct asked a = asked_values(w, ALL);
		struct verdict v = judge(w->st, list, &a);

		check_proven(&v, 101, ALL, 0);
		CHECK_INT(v.from, START_AGGREGATE);
		a.options.from = FROM_BOOT;
		v = judge(w->st, list, &a);
		check_proven(&v, 1, ALL, 0);
		CHECK_INT(v.from, START_BOOT);
		/* In the first shard the nearest start is boot. */
		a = asked_values(w, 3);
		v = judge(w->st, list, &a);
		check_proven(&v, 1, 3, ALL - 3);
		CHECK_INT(v.from, START_BOOT);
	}
	done(w, list);
}

/* The whole list, or any part of it that reaches back to the store's end. */
static void list_may_overlap_the_shards(void)
{
	struct world *w;
	struct list *list;

	if (!shards(&w, &list))
		return done(w, list);
	for (uint64_t first = 1; first <= STORED + 1; first += 10) {
		struct list *more = world_list(w, first, ALL);
		struct asked a = asked_values(w, ALL);
		struct verdict v;

		unit_case("list from record %llu", (unsigned long long)first);
		v = judge(w->st, more, &a);
		check_proven(&v, STORED + 1, ALL, 0);
		a.options.from = FROM_BOOT;
		v = judge(w->st, more, &a);
		check_proven(&v, 1, ALL, 0);
		CHECK_INT(v.last_contained, ALL);
		list_close(more);
	}
	done(w, list);
}

static void several_lists_are_read_as_one(void)
{
	struct world *w;
	struct list *list;

	if (shards(&w, &list)) {
		struct list *two[2] = { world_list(w, 98, 101),
					world_list(w, 102, ALL) };
		struct evidence ev = { .store = w->st,
				       .lists = { two, 2 } };
		struct asked a = asked_values(w, ALL);
		struct verdict v;

		CHECK_INT(measurement_verify(&ev, &a.target, &a.options, &v,
					     NULL), E_OK);
		check_proven(&v, STORED + 1, ALL, 0);
		list_close(two[0]);
		list_close(two[1]);
	}
	done(w, list);
}

static void values_given_are_where_a_list_starts(void)
{
	struct world *w;

	if (world_new(&w, 20)) {
		struct asked a = asked_values(w, 20);
		struct list *list = world_list(w, 11, 20);
		struct evidence ev = { .lists = { &list, 1 },
				       .given = &w->after[10] };
		struct verdict v;

		CHECK_INT(measurement_verify(&ev, &a.target, &a.options, &v,
					     NULL), E_OK);
		CHECK_INT(v.kind, VERIFIED);
		CHECK_INT(v.from, START_GIVEN);
		CHECK_INT(v.trust, TRUST_UNPROVEN);
		CHECK_INT(v.replayed, 10);
		ev.given = &w->after[9];
		CHECK_INT(measurement_verify(&ev, &a.target, &a.options, &v,
					     NULL), E_OK);
		CHECK_INT(v.kind, CONTRADICTED);
		list_close(list);
	}
	world_free(w);
}

/* --- what lies behind the target, and before it --- */

/* Records 1..20 with @n stray bytes put in before record @at. */
static struct verdict with_stray(struct world *w, uint64_t at, size_t n,
				 const struct asked *a)
{
	uint8_t stray[64];
	struct bytes b = { .len = 0 };
	struct list *list;
	struct verdict v;

	memset(stray, 0xee, sizeof(stray));
	bytes_put(&b, w->bytes.at, w->start[at - 1]);
	bytes_put(&b, stray, n);
	bytes_put(&b, w->bytes.at + w->start[at - 1],
		  w->bytes.len - w->start[at - 1]);
	CHECK_INT(list_open_bytes(&list, b.at, b.len, "list", 0, NULL), E_OK);
	v = judge(NULL, list, a);
	list_close(list);
	bytes_free(&b);
	return v;
}

static void stray_bytes_behind_the_target_are_reported(void)
{
	struct world *w;

	if (!world_new(&w, 20))
		return world_free(w);
	for (size_t n = 1; n <= 40; n++) {
		struct asked a = asked_values(w, 20);
		struct verdict v;

		unit_case("%zu bytes behind all", n);
		v = with_stray(w, 21, n, &a);
		check_proven(&v, 1, 20, 0);
		CHECK_INT(v.trailing_bytes, n);
		CHECK(v.trailing.code && v.trailing.record == 21);
		CHECK_INT(v.trailing.offset, w->bytes.len);
		a = asked_values(w, 15);
		unit_case("%zu bytes behind record 17 of 15", n);
		v = with_stray(w, 18, n, &a);
		check_proven(&v, 1, 15, 2);
		CHECK_INT(v.trailing_bytes, n + w->bytes.len - w->start[17]);
		unit_case("%zu bytes before record 15", n);
		v = with_stray(w, 15, n, &a);
		CHECK_INT(v.kind, CONTRADICTED);
		CHECK_INT(v.why.record, 15);
		CHECK_INT(v.why.offset, w->start[14]);
	}
	world_free(w);
}

static void list_cut_before_the_target_is_not_verified(void)
{
	struct world *w;

	if (!world_new(&w, 12))
		return world_free(w);
	for (size_t len = 1; len < w->bytes.len; len++) {
		struct asked a = asked_values(w, 12);
		struct list *list;
		struct verdict v;

		unit_case("%zu bytes", len);
		CHECK_INT(list_open_bytes(&list, w->bytes.at, len, "list", 0,
					  NULL), E_OK);
		v = judge(NULL, list, &a);
		CHECK(v.kind != VERIFIED);
		CHECK(v.why.code);
		list_close(list);
	}
	world_free(w);
}

/* --- a store that is not as it was --- */

static const char third_ima[] = "000000000011-000000000015.ima";
static const char third_json[] = "000000000011-000000000015.json";
static const char last_json[] = "000000000096-000000000100.json";
static const char last_ima[] = "000000000096-000000000100.ima";

static void no_records(struct world *w)
{
	world_unlink(w, third_ima);
}

static void no_shard(struct world *w)
{
	world_unlink(w, third_ima);
	world_unlink(w, third_json);
}

static void no_aggregate(struct world *w)
{
	world_unlink(w, third_json);
}

/* In the digest of a file that record 12 names. */
#define AT_DIGEST 60

static void altered_records(struct world *w)
{
	world_flip(w, third_ima,
		   w->start[11] - w->start[10] + AT_DIGEST);
}

static void altered_template_digest(struct world *w)
{
	world_flip(w, third_ima, w->start[11] - w->start[10] + 10);
}

/* No hash covers a template name, but the shard's own does. */
static void altered_template_name(struct world *w)
{
	world_flip(w, third_ima, 4 + 20 + 4 + 5);
}

static void cut_records(struct world *w)
{
	size_t len;
	uint8_t *bytes = world_read(w, third_ima, &len);

	if (CHECK(bytes))
		world_write(w, third_ima, bytes, w->start[14] - w->start[10]);
	free(bytes);
}

static void one_record_more(struct world *w)
{
	world_write(w, third_ima, w->bytes.at + w->start[10],
		    w->start[16] - w->start[10]);
}

static void swapped_records(struct world *w)
{
	static const char fourth[] = "000000000016-000000000020.ima";

	world_rename(w, third_ima, "aside");
	world_rename(w, fourth, third_ima);
	world_rename(w, "aside", fourth);
}

static void swapped_aggregates(struct world *w)
{
	static const char fourth[] = "000000000016-000000000020.json";

	world_rename(w, third_json, "aside");
	world_rename(w, fourth, third_json);
	world_rename(w, "aside", fourth);
}

/* Write aggregate @name of records up to @last anew, with other values. */
static void lie(struct world *w, const char *name, uint64_t last,
		uint64_t says)
{
	size_t i = store_find(w->st, last), len;
	struct aggregate agg;
	char *text;

	CHECK_INT(store_aggregate(w->st, i, &agg, NULL, NULL), E_OK);
	agg.pcrs = w->after[says];
	CHECK_INT(aggregate_write(&agg, &text, &len, NULL), E_OK);
	world_write(w, name, text, len);
	free(text);
}

/* Valid by itself, but no longer the one that the next one names. */
static void other_words_in_an_aggregate(struct world *w)
{
	struct aggregate agg;
	char *text;
	size_t len;

	CHECK_INT(store_aggregate(w->st, 2, &agg, NULL, NULL), E_OK);
	strcpy(agg.how, "trim");
	CHECK_INT(aggregate_write(&agg, &text, &len, NULL), E_OK);
	world_write(w, third_json, text, len);
	free(text);
}

static void lying_aggregate(struct world *w)
{
	lie(w, third_json, 15, 14);
}

static void lying_last_aggregate(struct world *w)
{
	lie(w, last_json, 100, 99);
}

static void altered_last_records(struct world *w)
{
	world_flip(w, last_ima, w->start[96] - w->start[95] + AT_DIGEST);
}

static void garbled_aggregate(struct world *w)
{
	world_write(w, third_json, "{\"type\":", 8);
}

static void range_twice(struct world *w)
{
	struct aggregate agg = world_aggregate(w, 17);
	char *text;
	size_t len;

	agg.first = 13;
	agg.last = 17;
	CHECK_INT(aggregate_write(&agg, &text, &len, NULL), E_OK);
	world_write(w, "000000000013-000000000017.json", text, len);
	world_write(w, "000000000013-000000000017.ima",
		    w->bytes.at + w->start[12], w->start[17] - w->start[12]);
	free(text);
}

static const struct {
	const char *name;
	void (*harm)(struct world *w);
	/* From boot over the harm; behind it; a target in the third shard. */
	enum verdict_kind boot, nearest, in_third;
	int code;		/* of the verdict from boot */
	const char *reason;	/* its beginning */
} harms[] = {
	{ "records missing", no_records, UNDECIDED, VERIFIED, UNDECIDED,
	  E_GAP, "the records of " },
	{ "a shard missing", no_shard, UNDECIDED, VERIFIED, UNDECIDED, E_GAP,
	  "no shard has records 11..15" },
	{ "an aggregate missing", no_aggregate, UNDECIDED, VERIFIED, UNDECIDED,
	  E_GAP, "no shard has records 11..15" },
	{ "records altered", altered_records, CONTRADICTED, VERIFIED,
	  CONTRADICTED, E_CHANGED, "template digest is not that" },
	{ "a template digest altered", altered_template_digest, CONTRADICTED,
	  VERIFIED, CONTRADICTED, E_CHANGED, "template digest is not that" },
	{ "a template name altered", altered_template_name, CONTRADICTED,
	  VERIFIED, CONTRADICTED, E_CHANGED, "sha256 is not that of" },
	{ "a record too few", cut_records, CONTRADICTED, VERIFIED,
	  CONTRADICTED, E_CHANGED, "has 4 records, its aggregate says 5" },
	{ "a record too many", one_record_more, CONTRADICTED, VERIFIED,
	  CONTRADICTED, E_CHANGED, "has 6 records, its aggregate says 5" },
	{ "records swapped", swapped_records, CONTRADICTED, VERIFIED,
	  CONTRADICTED, E_CHANGED, "" },
	{ "aggregates swapped", swapped_aggregates, CONTRADICTED, VERIFIED,
	  CONTRADICTED, E_CHANGED, "is of records 16..20" },
	{ "an aggregate lies", lying_aggregate, CONTRADICTED, VERIFIED,
	  CONTRADICTED, E_CHANGED, "" },
	{ "an aggregate with other words", other_words_in_an_aggregate,
	  CONTRADICTED, VERIFIED, VERIFIED, E_CHANGED,
	  "prev is not the digest of 000000000011-000000000015.json" },
	{ "an aggregate garbled", garbled_aggregate, CONTRADICTED, VERIFIED,
	  CONTRADICTED, E_FORMAT, "not JSON" },
	{ "the last aggregate lies", lying_last_aggregate, CONTRADICTED,
	  CONTRADICTED, VERIFIED, E_CHANGED, "" },
	{ "the last records altered", altered_last_records, CONTRADICTED,
	  VERIFIED, VERIFIED, E_CHANGED, "template digest is not that" },
	{ "records in two shards", range_twice, CONTRADICTED, VERIFIED,
	  VERIFIED, E_CHANGED, "" },
};

/* The same where the kernel still has all records, also the stored ones. */
static void check_whole_list(struct world *w, enum verdict_kind nearest,
			     enum verdict_kind from_boot)
{
	struct list *whole = world_list(w, 1, ALL);
	struct asked a = asked_values(w, ALL);
	struct verdict v = judge(w->st, whole, &a);

	CHECK_INT(v.kind, nearest);
	a.options.from = FROM_BOOT;
	v = judge(w->st, whole, &a);
	CHECK_INT(v.kind, from_boot);
	list_close(whole);
}

static void harm_done_to_a_store_is_seen(void)
{
	for (size_t i = 0; i < ROWS(harms); i++) {
		const char *reason = harms[i].reason;
		struct list *list;
		struct world *w;

		unit_case("%s", harms[i].name);
		if (shards(&w, &list)) {
			struct asked a = asked_values(w, ALL);
			struct verdict v;

			harms[i].harm(w);
			CHECK_INT(store_reload(w->st, NULL), E_OK);
			v = judge(w->st, list, &a);
			CHECK_INT(v.kind, harms[i].nearest);
			a.options.from = FROM_BOOT;
			v = judge(w->st, list, &a);
			CHECK_INT(v.kind, harms[i].boot);
			CHECK_INT(v.why.code, harms[i].code);
			v.why.reason[strlen(reason)] = '\0';
			CHECK_STR(v.why.reason, reason);
			a = asked_values(w, 13);
			v = judge(w->st, list, &a);
			CHECK_INT(v.kind, harms[i].in_third);
			/* Of an altered last shard it is seen to differ. */
			check_whole_list(w, harms[i].harm ==
					 altered_last_records ? CONTRADICTED :
					 harms[i].nearest, harms[i].boot);
		}
		done(w, list);
	}
}

/* A gap after record 50; its anchor stands at @anchor of record 60. */
static void gap_world(struct world *w, struct list **list, bool unanchored)
{
	struct aggregate agg = world_aggregate(w, 70);

	world_shards(w, SIZE, 50);
	if (unanchored) {
		struct aggregate loose = world_aggregate(w, 60);

		loose.unanchored = true;
		world_publish_as(w, 51, 60, &loose);
	}
	agg.gap.present = true;
	strcpy(agg.gap.reason, "kexec");
	agg.gap.after = 50;
	agg.gap.pcrs = w->after[60];
	world_publish_as(w, 61, 70, &agg);
	world_publish(w, 71, STORED);
	*list = world_list(w, STORED + 1, ALL);
}

static const struct {
	const char *name;
	bool unanchored;
	enum measurement_from from;
	uint64_t record, target;
	enum verdict_kind kind;
	uint64_t start;
} gaps[] = {
	{ "behind it", false, FROM_NEAREST, 0, ALL, VERIFIED, STORED },
	{ "over it from boot", false, FROM_BOOT, 0, ALL, UNDECIDED, 0 },
	{ "before it from boot", false, FROM_BOOT, 0, 48, UNDECIDED, 0 },
	{ "before it", false, FROM_NEAREST, 0, 48, VERIFIED, 45 },
	{ "in the shard that it opens", false, FROM_NEAREST, 0, 65, VERIFIED,
	  60 },
	{ "from the shard that it opens", false, FROM_RECORD, 61, ALL,
	  VERIFIED, 60 },
	{ "over it from record 46", false, FROM_RECORD, 46, ALL, UNDECIDED,
	  0 },
	{ "behind, unanchored records", true, FROM_NEAREST, 0, ALL, VERIFIED,
	  STORED },
	{ "in unanchored records", true, FROM_NEAREST, 0, 55, UNDECIDED, 0 },
	{ "from unanchored records", true, FROM_RECORD, 55, ALL, UNDECIDED,
	  0 },
	{ "behind unanchored records", true, FROM_NEAREST, 0, 65, VERIFIED,
	  60 },
	{ "from boot over unanchored records", true, FROM_BOOT, 0, ALL,
	  UNDECIDED, 0 },
	{ "in records that were lost", false, FROM_NEAREST, 0, 55, UNDECIDED,
	  0 },
	{ "at the anchor", false, FROM_NEAREST, 0, 60, UNDECIDED, 0 },
};

static void replay_does_not_cross_a_gap(void)
{
	for (size_t i = 0; i < ROWS(gaps); i++) {
		struct world *w;
		struct list *list = NULL;

		unit_case("%s", gaps[i].name);
		if (world_new(&w, ALL)) {
			struct asked a = asked_values(w, gaps[i].target);
			struct verdict v;

			gap_world(w, &list, gaps[i].unanchored);
			a.options.from = gaps[i].from;
			a.options.record = gaps[i].record;
			v = judge(w->st, list, &a);
			CHECK_INT(v.kind, gaps[i].kind);
			if (gaps[i].kind == VERIFIED) {
				CHECK_INT(v.start, gaps[i].start);
				CHECK_INT(v.trust, TRUST_UNPROVEN);
				CHECK_INT(v.proven_to, gaps[i].target);
			} else {
				CHECK_INT(v.why.code, E_GAP);
			}
		}
		done(w, list);
	}
}

/* What was lost may have led there, unless the target is behind it. */
static void only_what_was_lost_before_the_target_is_no_excuse(void)
{
	static const struct {
		bool now, has_clock;
		uint64_t clock;
		enum verdict_kind kind;
	} rows[] = {
		{ false, false, 0, UNDECIDED },
		{ true, false, 0, CONTRADICTED },
		{ false, true, 55000, UNDECIDED },
		{ false, true, 69999, UNDECIDED },
		{ false, true, 70000, CONTRADICTED },
	};
	struct list *list = NULL;
	struct world *w;

	if (world_new(&w, ALL))
		gap_world(w, &list, false);
	for (size_t i = 0; list && i < ROWS(rows); i++) {
		struct asked a = asked_values(w, ALL);
		struct verdict v;

		unit_case("row %zu", i);
		a.target.values.bank[HASH_SHA256].value[10][0] ^= 1;
		a.target.values.bank[HASH_SHA1].mask = 0;
		a.options.now = rows[i].now;
		a.options.has_clock = rows[i].has_clock;
		a.options.clock = rows[i].clock;
		v = judge(w->st, list, &a);
		CHECK_INT(v.kind, rows[i].kind);
		CHECK_INT(v.why.code, rows[i].kind == UNDECIDED ? E_GAP :
				      E_CHANGED);
	}
	done(w, list);
}

static void records_that_were_discarded_cannot_be_had(void)
{
	static const struct {
		enum measurement_from from;
		uint64_t record;
		enum verdict_kind kind;
		int code;
	} rows[] = {
		{ FROM_NEAREST, 0, VERIFIED, E_OK },
		{ FROM_BOOT, 0, UNDECIDED, E_GAP },
		{ FROM_RECORD, 3, UNDECIDED, E_GAP },
		{ FROM_RECORD, 40, VERIFIED, E_OK },
	};
	struct world *w;
	struct list *list = NULL;

	if (!world_new(&w, ALL))
		return done(w, list);
	world_shards(w, SIZE, 50);
	for (uint64_t n = 1; n < 30; n += SIZE) {
		char name[64];

		snprintf(name, sizeof(name), "%012llu-%012llu.ima",
			 (unsigned long long)n, (unsigned long long)n + 4);
		world_unlink(w, name);
		snprintf(name, sizeof(name), "%012llu-%012llu.json",
			 (unsigned long long)n, (unsigned long long)n + 4);
		world_unlink(w, name);
	}
	CHECK_INT(store_reload(w->st, NULL), E_OK);
	list = world_list(w, 51, ALL);
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct asked a = asked_values(w, ALL);
		struct verdict v;

		unit_case("row %zu", i);
		a.options.from = rows[i].from;
		a.options.record = rows[i].record;
		v = judge(w->st, list, &a);
		CHECK_INT(v.kind, rows[i].kind);
		CHECK_INT(v.why.code, rows[i].code);
		CHECK_INT(v.first_contained, 31);
	}
	done(w, list);
}

/* --- what the target has, and lacks --- */

/* Ten records, the fifth of which is in PCR 11. */
static bool two_pcrs(struct world **w, struct list **list)
{
	struct made m = { .pcr = 11, .name = "/other" };

	*list = NULL;
	if (!world_new(w, 4))
		return false;
	world_add(*w, &m);
	world_fill(*w, 5);
	*list = world_list(*w, 1, 10);
	return CHECK(*list);
}

static void pcr_that_the_target_lacks_leaves_it_undecided(void)
{
	struct world *w;
	struct list *list;

	if (two_pcrs(&w, &list)) {
		struct asked a = asked_values(w, 10);
		struct verdict v = judge(NULL, list, &a);

		unit_case("both PCRs");
		check_proven(&v, 1, 10, 0);
		CHECK_INT(v.pcrs, PCR10 | 1U << 11);
		unit_case("values of one");
		for (unsigned int i = 0; i < HASH_COUNT; i++)
			a.target.values.bank[i].mask &= PCR10;
		v = judge(NULL, list, &a);
		CHECK_INT(v.kind, UNDECIDED);
		CHECK_INT(v.uncovered, 1U << 11);
		CHECK_STR(v.why.reason,
			  "records extend PCR 11, which the values do not cover");
		unit_case("a quote of one");
		ask_quote(&a, w, 10, PCR10);
		v = judge(NULL, list, &a);
		CHECK_INT(v.kind, UNDECIDED);
		CHECK_STR(v.why.reason,
			  "records extend PCR 11, which the quote does not cover");
		unit_case("a quote of both");
		ask_quote(&a, w, 10, PCR10 | 1U << 11);
		v = judge(NULL, list, &a);
		check_proven(&v, 1, 10, 0);
	}
	done(w, list);
}

static void quote_of_more_pcrs_wants_their_values(void)
{
	struct world *w;
	struct list *list;

	if (two_pcrs(&w, &list)) {
		uint32_t mask = PCR10 | 1U << 11 | 1U << 0 | 1U << 7;
		struct pcr_bank *bank = &w->after[10].bank[HASH_SHA256];
		struct asked a;
		struct verdict v;

		memset(bank->value[0], 0xaa, 32);
		memset(bank->value[7], 0xbb, 32);
		ask_quote(&a, w, 10, mask);
		v = judge(NULL, list, &a);
		CHECK_INT(v.kind, UNDECIDED);
		CHECK_STR(v.why.reason,
			  "the quote also covers PCR 0,7: give their values with --quote-pcrs");
		/* With values, those that no record touches are not proof. */
		bank->mask |= mask;
		CHECK_INT(target_from_quote(&a.target, &a.quote,
					    &w->after[10], NULL), E_OK);
		v = judge(NULL, list, &a);
		check_proven(&v, 1, 10, 0);
		CHECK_INT(v.pcrs, PCR10 | 1U << 11);
	}
	done(w, list);
}

static void values_that_no_record_touches_prove_nothing(void)
{
	struct world *w;

	if (world_new(&w, 5)) {
		struct list *list = world_list(w, 1, 5);
		struct asked a = { .options = { .from = FROM_NEAREST } };
		struct verdict v;

		a.target.values.bank[HASH_SHA256].mask = 1U << 3;
		v = judge(NULL, list, &a);
		CHECK(v.kind != VERIFIED);
		list_close(list);
	}
	world_free(w);
}

/* A bank of which no PCR is extended was not compared, and contradicts nothing. */
static void bank_that_no_record_touches_contradicts_nothing(void)
{
	struct list *list = NULL;
	struct world *w;

	if (world_new(&w, 5)) {
		struct asked a = asked_values(w, 5);
		struct pcr_bank *sha1 = &a.target.values.bank[HASH_SHA1];
		struct verdict v;

		list = world_list(w, 1, 5);
		sha1->mask = 1U << 3;
		sha1->value[3][0] = 0x11;
		v = judge(NULL, list, &a);
		CHECK_INT(v.kind, UNDECIDED);
		CHECK_STR(v.why.reason,
			  "no record extends a PCR of bank sha1 that has a value to compare");
		CHECK(!v.bank[HASH_SHA1].compared);
		CHECK(v.bank[HASH_SHA256].compared);
		unit_case("and the other bank differs");
		a.target.values.bank[HASH_SHA256].value[10][0] ^= 1;
		v = judge(NULL, list, &a);
		CHECK_INT(v.kind, CONTRADICTED);
		unit_case("a quote signs both as one");
		a = asked_values(w, 5);
		a.target.values.bank[HASH_SHA1].mask = 1U << 3;
		a.target.quote = &a.quote;
		v = judge(NULL, list, &a);
		check_proven(&v, 1, 5, 0);
		CHECK(v.bank[HASH_SHA1].wanted && !v.bank[HASH_SHA1].compared);
		unit_case("a quote selects no PCR of a bank");
		ask_quote(&a, w, 5, PCR10);
		a.quote.selection.bank[1].alg = hash_row(HASH_SHA1)->tpm;
		a.quote.selection.count = 2;
		v = judge(NULL, list, &a);
		check_proven(&v, 1, 5, 0);
		CHECK(!v.bank[HASH_SHA1].wanted);
	}
	done(w, list);
}

/* No list of records is missing where another PCR than IMA's is zero. */
static void only_ima_s_own_pcr_tells_that_nothing_was_measured(void)
{
	static const struct {
		uint32_t mask;
		enum verdict_kind kind;
	} rows[] = {
		{ PCR10, VERIFIED },
		{ PCR10 | 1U << 5, VERIFIED },
		{ 1U << 5, UNDECIDED },
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct asked a = { .target.zero_will_do = true };
		struct verdict v;

		unit_case("row %zu", i);
		a.target.values.bank[HASH_SHA256].mask = rows[i].mask;
		v = judge(NULL, NULL, &a);
		CHECK_INT(v.kind, rows[i].kind);
		CHECK_INT(v.bank[HASH_SHA256].met, rows[i].kind == VERIFIED);
	}
}

/* Others extend PCR 11, too, as the aggregate behind record 5 says. */
static void what_others_extend_contradicts_nothing(void)
{
	static const struct {
		const char *name;
		enum measurement_from from;
		bool known;		/* the values that are quoted */
		unsigned int jobs;
		uint64_t quoted;
		const char *why;
	} rows[] = {
		{ "a quote alone", FROM_NEAREST, false, 1, 9,
		  "the quote also covers PCR 11: give their values with --quote-pcrs" },
		{ "values, not touched again", FROM_NEAREST, true, 1, 9, "" },
		{ "values, touched again", FROM_NEAREST, true, 1, 11,
		  "PCR 11, which others extend too, is not where records lead: nothing tells by whom" },
		{ "values, from boot", FROM_BOOT, true, 1, 11,
		  "PCR 11, which others extend too, is not where records lead: nothing tells by whom" },
		{ "values, from boot, with threads", FROM_BOOT, true, 3, 11,
		  "PCR 11, which others extend too, is not where records lead: nothing tells by whom" },
	};
	struct made m = { .pcr = 11, .name = "/other" };
	struct aggregate agg;
	struct world *w;

	if (!world_new(&w, 4))
		return world_free(w);
	world_add(w, &m);
	world_fill(w, 4);
	world_add(w, &m);
	world_fill(w, 1);
	agg = world_aggregate(w, 5);
	agg.foreign = 1U << 11;
	world_publish_as(w, 1, 5, &agg);
	agg = world_aggregate(w, 7);
	agg.foreign = 1U << 11;
	world_publish_as(w, 6, 7, &agg);
	agg = world_aggregate(w, 8);
	agg.foreign = 1U << 11;
	world_publish_as(w, 8, 8, &agg);
	for (size_t i = 0; i < ROWS(rows); i++) {
		uint64_t n = rows[i].quoted;
		struct list *list = world_list(w, 9, n);
		struct pcr_values kept = w->after[n];
		struct asked a;
		struct verdict v;

		unit_case("%s", rows[i].name);
		w->after[n].bank[HASH_SHA256].value[11][0] ^= 1;
		ask_quote(&a, w, n, PCR10 | 1U << 11);
		if (rows[i].known)
			CHECK_INT(target_from_quote(&a.target, &a.quote,
						    &w->after[n], NULL), E_OK);
		a.options.from = rows[i].from;
		a.options.jobs = rows[i].jobs;
		v = judge(w->st, list, &a);
		CHECK_INT(v.kind, *rows[i].why ? UNDECIDED : VERIFIED);
		CHECK_STR(v.why.reason, rows[i].why);
		unit_case("%s, and IMA's own differs", rows[i].name);
		w->after[n].bank[HASH_SHA256].value[10][0] ^= 1;
		ask_quote(&a, w, n, PCR10 | 1U << 11);
		CHECK_INT(target_from_quote(&a.target, &a.quote,
					    &w->after[n], NULL), E_OK);
		a.options.from = rows[i].from;
		a.options.jobs = rows[i].jobs;
		v = judge(w->st, list, &a);
		CHECK_INT(v.kind, CONTRADICTED);
		w->after[n] = kept;
		list_close(list);
	}
	world_free(w);
}

static void bank_that_never_agrees_is_named(void)
{
	static const enum hash_id wrong[] = { HASH_SHA1, HASH_SHA256 };
	static const char *const reasons[] = {
		"bank sha1 never agrees, though sha256 does at record 103",
		"bank sha256 never agrees, though sha1 does at record 103",
	};
	struct world *w;
	struct list *list;

	if (!shards(&w, &list))
		return done(w, list);
	for (size_t i = 0; i < ROWS(wrong); i++) {
		struct asked a = asked_values(w, ALL);
		struct verdict v;

		unit_case("%s", hash_row(wrong[i])->name);
		a.target.values.bank[wrong[i]].value[10][19] ^= 1;
		v = judge(w->st, list, &a);
		CHECK_INT(v.kind, CONTRADICTED);
		CHECK_INT(v.why.code, E_CHANGED);
		CHECK_STR(v.why.reason, reasons[i]);
		CHECK(!v.bank[wrong[i]].met && !v.bank[wrong[i]].alone_at);
		CHECK_INT(v.bank[wrong[1 - i]].alone_at, ALL);
	}
	unit_case("one bank a record behind");
	{
		struct asked a = asked_values(w, ALL);
		struct verdict v;

		a.target.values.bank[HASH_SHA1] =
			w->after[ALL - 1].bank[HASH_SHA1];
		v = judge(w->st, list, &a);
		CHECK_INT(v.kind, CONTRADICTED);
	}
	unit_case("both");
	{
		struct asked a = asked_values(w, ALL);
		struct verdict v;

		a.target.values.bank[HASH_SHA1].value[10][0] ^= 1;
		a.target.values.bank[HASH_SHA256].value[10][0] ^= 1;
		v = judge(w->st, list, &a);
		CHECK_INT(v.kind, CONTRADICTED);
		CHECK_STR(v.why.reason, "no record leads to the PCR values");
		ask_quote(&a, w, ALL, PCR10);
		a.quote.pcr_digest[0] ^= 1;
		v = judge(w->st, list, &a);
		CHECK_INT(v.kind, CONTRADICTED);
		CHECK_STR(v.why.reason, "no record leads to the quoted PCRs");
	}
	done(w, list);
}

/* An aggregate may lack a bank that the target has. */
static void bank_that_the_aggregates_lack_is_undecided(void)
{
	struct world *w;
	struct list *list = NULL;

	if (world_new(&w, 20)) {
		struct aggregate agg = world_aggregate(w, 10);
		struct asked a = asked_values(w, 20);
		struct verdict v;

		agg.pcrs.bank[HASH_SHA256].mask = 0;
		world_publish_as(w, 1, 10, &agg);
		list = world_list(w, 11, 20);
		v = judge(w->st, list, &a);
		CHECK_INT(v.kind, UNDECIDED);
		CHECK_STR(v.why.reason,
			  "the values after record 10 lack bank sha256");
		a.options.from = FROM_BOOT;
		v = judge(w->st, list, &a);
		check_proven(&v, 1, 20, 0);
	}
	done(w, list);
}

/* A bank that is extended with padded SHA-1, on both sides of a seam. */
static void padded_bank_is_found_across_shards(void)
{
	for (int told = 0; told <= 1; told++) {
		struct pcr_values at[21] = { { .bank[0].mask = 0 } };
		struct world *w;
		struct list *list = NULL;

		unit_case("extend is %stold", told ? "" : "not ");
		if (world_new(&w, 20)) {
			struct bytes b = { .len = 0 };
			struct aggregate agg = world_aggregate(w, 10);
			struct asked a = { .options.from = FROM_BOOT };
			struct verdict v;

			for (size_t n = 1; n <= 20; n++) {
				char name[32];
				struct made m = { .seed = (uint8_t)(n - 1) };

				snprintf(name, sizeof(name), "/file-%zu", n);
				m.name = n > 1 ? name : "boot_aggregate";
				at[n] = at[n - 1];
				bytes_record(&b, &m);
				model_extend(&at[n], HASH_SHA256, 10, &b,
					     PADDED_SHA1);
			}
			CHECK_MEM(b.at, w->bytes.at, b.len);
			agg.pcrs = at[10];
			agg.padded = told ? HASH_BIT(HASH_SHA256) : 0;
			world_publish_as(w, 1, 10, &agg);
			list = world_list(w, 11, 20);
			a.target.values = at[20];
			v = judge(w->st, list, &a);
			check_proven(&v, 1, 20, 0);
			CHECK(v.bank[HASH_SHA256].padded);
			a.options.from = FROM_NEAREST;
			v = judge(w->st, list, &a);
			check_proven(&v, 11, 20, 0);
			CHECK(v.bank[HASH_SHA256].padded);
			bytes_free(&b);
		}
		done(w, list);
	}
}

/* The rule that went before a kexec counts as much as the one behind it. */
static void padding_of_an_earlier_kernel_is_told(void)
{
	struct asked a = { .options.from = FROM_BOOT };
	struct bytes b = { .len = 0 };
	struct list *list = NULL;
	struct verdict v;

	for (uint8_t n = 1; n <= 4; n++) {
		struct made m = { .seed = n, .name = n % 2 ?
				  "boot_aggregate" : "/file" };

		bytes_record(&b, &m);
		model_extend(&a.target.values, HASH_SHA256, 10, &b,
			     n < 3 ? PADDED_SHA1 : OWN_HASH);
	}
	if (CHECK_INT(list_open_bytes(&list, b.at, b.len, "list", 0, NULL),
		      E_OK)) {
		v = judge(NULL, list, &a);
		check_proven(&v, 1, 4, 0);
		CHECK(!v.bank[HASH_SHA256].padded);
		CHECK(v.bank[HASH_SHA256].sha1);
	}
	list_close(list);
	bytes_free(&b);
}

/* --- nothing to replay --- */

static void nothing_to_compare_is_undecided(void)
{
	struct list *list;
	struct asked a = { .options.from = FROM_NEAREST };
	struct pcr_bank *bank = &a.target.values.bank[HASH_SHA256];

	bank->mask = PCR10;
	for (int i = 0; i < 2 * 3; i++) {
		struct verdict v;
		bool with_list = i % 2;

		unit_case("%s, case %d", with_list ? "an empty list" :
			  "no list", i / 2);
		a.target.zero_will_do = i / 2 > 0;
		bank->value[10][31] = i / 2 > 1;
		CHECK_INT(list_open_bytes(&list, "", 0, "list", 0, NULL),
			  E_OK);
		v = judge(NULL, with_list ? list : NULL, &a);
		CHECK_INT(v.kind, i / 2 == 1 ? VERIFIED : UNDECIDED);
		CHECK(!v.contains);
		if (v.kind == VERIFIED)
			CHECK(v.proven_to < v.proven_from);
		else
			CHECK_STR(v.why.reason,
				  "nothing to compare: no records");
		list_close(list);
	}
}

/* Zero will do only where nothing went before, and no record is there. */
static void zero_will_do_is_not_for_records(void)
{
	struct world *w;

	if (world_new(&w, 5)) {
		struct asked a = asked_values(w, 0);
		struct list *list = world_list(w, 1, 5);
		struct list *empty = NULL;
		struct verdict v;

		a.target.zero_will_do = true;
		for (unsigned int i = 0; i < 2; i++)
			a.target.values.bank[i].mask = PCR10;
		v = judge(NULL, list, &a);
		CHECK_INT(v.kind, CONTRADICTED);
		world_publish(w, 1, 5);
		CHECK_INT(list_open_bytes(&empty, "", 0, "list", 0, NULL),
			  E_OK);
		v = judge(w->st, empty, &a);
		CHECK(v.kind != VERIFIED);
		list_close(empty);
		list_close(list);
	}
	world_free(w);
}

/* The store alone: the list adds nothing, or there is none. */
static void store_alone_is_enough(void)
{
	struct world *w;
	struct list *list;

	if (shards(&w, &list)) {
		struct asked a = asked_values(w, STORED);
		struct list *known = world_list(w, 90, STORED);
		struct verdict v = judge(w->st, NULL, &a);

		check_proven(&v, 96, STORED, 0);
		a.options.from = FROM_BOOT;
		v = judge(w->st, NULL, &a);
		check_proven(&v, 1, STORED, 0);
		v = judge(w->st, known, &a);
		check_proven(&v, 1, STORED, 0);
		list_close(known);
	}
	done(w, list);
}

/* --- a kexec that lost records --- */

/* The list goes on where the store's end was dropped from it. */
static void records_that_a_kexec_dropped_are_in_the_store(void)
{
	struct world *w;
	struct list *list;

	if (!shards(&w, &list))
		return done(w, list);
	for (uint64_t first = 1; first < STORED; first += 33) {
		struct asked a = asked_values(w, ALL);
		struct bytes b = { .len = 0 };
		struct list *cut;
		struct verdict v;

		unit_case("list of %llu..99, %d..%d",
			  (unsigned long long)first, STORED + 1, ALL);
		bytes_put(&b, w->bytes.at + w->start[first - 1],
			  w->start[STORED - 1] - w->start[first - 1]);
		bytes_put(&b, w->bytes.at + w->start[STORED],
			  w->start[ALL] - w->start[STORED]);
		CHECK_INT(list_open_bytes(&cut, b.at, b.len, "list", 0, NULL),
			  E_OK);
		v = judge(w->st, cut, &a);
		CHECK_INT(v.kind, VERIFIED);
		CHECK_INT(v.start, STORED);
		CHECK_INT(v.proven_to, ALL);
		a.options.from = FROM_BOOT;
		v = judge(w->st, cut, &a);
		check_proven(&v, 1, ALL, 0);
		list_close(cut);
		bytes_free(&b);
	}
	done(w, list);
}

/* Publish all of a list as one shard, at whose end the replay stands. */
static void publish_list(struct store *st, const struct source *s,
			 struct replay *r)
{
	struct aggregate agg = { .how = "stage" };
	struct draft *d = NULL;
	struct record rec;
	struct list *list;

	CHECK_INT(list_open_bytes(&list, s->list, s->len, "shard", 0, NULL),
		  E_OK);
	CHECK_INT(draft_new(&d, st, store_last(st) + 1, NULL), E_OK);
	while (!list_next(list, &rec, NULL)) {
		CHECK_INT(draft_add(d, rec.raw, rec.raw_len, NULL), E_OK);
		CHECK_INT(replay_record(r, &rec, list_layout(list), NULL),
			  E_OK);
	}
	list_close(list);
	CHECK_INT(draft_seal(d, NULL), E_OK);
	replay_values(r, &agg.pcrs);
	CHECK_INT(store_publish(st, d, &agg, NULL), E_OK);
	draft_free(d);
}

/* The real one: 001 002 003 staged current, then the list after the kexec. */
static void real_kexec_that_lost_records_is_verified(void)
{
	static const char after[] = "k73-stage-kexec/after-kexec/3-after-kexec";
	char *dir = unit_shared(after);
	const struct special *sp = special_of(after);
	struct asked a = { .options.from = FROM_NEAREST };
	struct list *list = NULL;
	struct replay *r;
	struct world *w;
	struct verdict v;
	uint8_t *bytes;
	size_t len;

	if (!dir)
		SKIP("the shared data: k73-stage-kexec");
	read_values(dir, &a.target.values);
	bytes = read_below(dir, "binary_runtime_measurements", &len);
	free(dir);
	if (!world_new(&w, 0) || !CHECK(bytes))
		return world_free(w);
	CHECK_INT(replay_new(&r, HASH_ALL, NULL), E_OK);
	CHECK_INT(replay_start(r, NULL, NULL, false, NULL), E_OK);
	for (const struct part *p = sp->part; p->file; p++) {
		struct source s = { .list = NULL };

		append_part(&s, p);
		publish_list(w->st, &s, r);
		free(s.list);
	}
	CHECK_INT(list_open_bytes(&list, bytes, len, "list", 0, NULL), E_OK);
	v = judge(w->st, list, &a);
	CHECK_INT(v.kind, VERIFIED);
	CHECK_INT(v.start, 1347);
	CHECK_INT(v.proven_to, 1398);
	a.options.from = FROM_BOOT;
	v = judge(w->st, list, &a);
	check_proven(&v, 1, 1398, 0);
	for (unsigned int i = 0; i < HASH_SM3_256; i++)
		CHECK(v.bank[i].met);
	list_close(list);
	replay_free(r);
	free(bytes);
	world_free(w);
}

/* --- showing --- */

struct seen {
	uint64_t first, last, count, stop;
	bool ordered;
};

static int see(void *ctx, uint64_t number, const struct record *rec,
	       const struct list_layout *layout, const struct replay *replay)
{
	struct seen *s = ctx;

	if (!s->count)
		s->first = number;
	else
		s->ordered = s->ordered && number == s->last + 1;
	s->last = number;
	s->count++;
	CHECK(rec->raw_len && layout->digest_size == 20);
	CHECK_INT(replay->records, s->count);
	return s->stop && s->count == s->stop;
}

static void course_of_a_verdict_can_be_gone_again(void)
{
	static const struct {
		enum measurement_from from;
		uint64_t target, stop, first, last;
	} rows[] = {
		{ FROM_NEAREST, ALL, 0, 101, ALL },
		{ FROM_NEAREST, 42, 0, 41, 42 },
		{ FROM_BOOT, 42, 0, 1, 42 },
		{ FROM_BOOT, ALL, 0, 1, ALL },
		{ FROM_BOOT, ALL, 7, 1, 7 },
	};
	struct world *w;
	struct list *list;

	if (!shards(&w, &list))
		return done(w, list);
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct asked a = asked_values(w, rows[i].target);
		struct seen seen = { .stop = rows[i].stop, .ordered = true };
		struct evidence ev = { .store = w->st, .lists = { &list, 1 } };
		struct verdict v;

		unit_case("row %zu", i);
		a.options.from = rows[i].from;
		v = judge(w->st, list, &a);
		CHECK_INT(measurement_walk(&ev, &v, see, &seen,
					   NULL), E_OK);
		CHECK_INT(seen.first, rows[i].first);
		CHECK_INT(seen.last, rows[i].last);
		CHECK(seen.ordered);
	}
	done(w, list);
}

#define TEST(fn) { #fn, fn }

const struct unit_test unit_tests[] = {
	TEST(twenty_shards_from_wherever),
	TEST(target_anywhere_is_met_from_the_aggregate_before_it),
	TEST(clock_hints_never_change_the_verdict),
	TEST(the_start_is_what_was_gone_from),
	TEST(list_may_overlap_the_shards),
	TEST(several_lists_are_read_as_one),
	TEST(values_given_are_where_a_list_starts),
	TEST(stray_bytes_behind_the_target_are_reported),
	TEST(list_cut_before_the_target_is_not_verified),
	TEST(harm_done_to_a_store_is_seen),
	TEST(replay_does_not_cross_a_gap),
	TEST(only_what_was_lost_before_the_target_is_no_excuse),
	TEST(records_that_were_discarded_cannot_be_had),
	TEST(pcr_that_the_target_lacks_leaves_it_undecided),
	TEST(quote_of_more_pcrs_wants_their_values),
	TEST(values_that_no_record_touches_prove_nothing),
	TEST(bank_that_no_record_touches_contradicts_nothing),
	TEST(only_ima_s_own_pcr_tells_that_nothing_was_measured),
	TEST(what_others_extend_contradicts_nothing),
	TEST(bank_that_never_agrees_is_named),
	TEST(bank_that_the_aggregates_lack_is_undecided),
	TEST(padded_bank_is_found_across_shards),
	TEST(padding_of_an_earlier_kernel_is_told),
	TEST(nothing_to_compare_is_undecided),
	TEST(zero_will_do_is_not_for_records),
	TEST(store_alone_is_enough),
	TEST(records_that_a_kexec_dropped_are_in_the_store),
	TEST(real_kexec_that_lost_records_is_verified),
	TEST(course_of_a_verdict_can_be_gone_again),
	{ NULL, NULL }
};
