// SPDX-License-Identifier: GPL-2.0-or-later
/* test-aggregate2023.c - the text of a snapshot_aggregate record */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format/aggregate2023.h"
#include "records.h"
#include "unit.h"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

#define SHA1_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define SHA256_B \
	"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define COUNTED "Snapshot_Attempt_Count=3;"

static const struct list_layout little = { .digest_size = 20 };

/* An ima-buf record: its fields, nothing that a parser would not look at. */
struct one {
	struct bytes data;
	struct record rec;
};

static void one_make(struct one *o, const char *template, const char *name,
		     const void *buf, size_t len)
{
	static const uint8_t digest[20] = { 1 };

	memset(o, 0, sizeof(*o));
	bytes_u32(&o->data, 8 + 20, false);
	bytes_put(&o->data, "sha1:\0\0", 8);
	bytes_put(&o->data, digest, 20);
	bytes_u32(&o->data, (uint32_t)strlen(name) + 1, false);
	bytes_put(&o->data, name, strlen(name) + 1);
	bytes_u32(&o->data, (uint32_t)len, false);
	bytes_put(&o->data, buf, len);
	o->rec = (struct record){
		.pcr = 10,
		.name = template,
		.name_len = strlen(template),
		.data = o->data.at,
		.data_len = o->data.len,
	};
}

static int parse(const void *text, size_t len, struct aggregate2023 *agg,
		 struct error *err)
{
	struct one o;
	int rc;

	one_make(&o, "ima-buf", "snapshot_aggregate", text, len);
	rc = aggregate2023_parse(&o.rec, &little, agg, err);
	bytes_free(&o.data);
	return rc;
}

static void record_is_known_by_template_and_name(void)
{
	static const struct {
		const char *template, *name;
		bool is;
	} rows[] = {
		{ "ima-buf", "snapshot_aggregate", true },
		{ "ima-buf", "snapshot_aggregates", false },
		{ "ima-buf", "snapshot_aggregat", false },
		{ "ima-buf", "", false },
		{ "ima-ng", "snapshot_aggregate", false },
		{ "ima-sig", "snapshot_aggregate", false },
		{ "ima-buffer", "snapshot_aggregate", false },
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct one o;

		unit_case("%s %s", rows[i].template, rows[i].name);
		one_make(&o, rows[i].template, rows[i].name, "x", 1);
		CHECK_INT(aggregate2023_is(&o.rec, &little), rows[i].is);
		bytes_free(&o.data);
	}
}

/* The grammar and the example of the proposal, and what is between them. */
static void text_in_every_spelling_is_read(void)
{
	static const char *const rows[] = {
		COUNTED "sha1:PCR10:0x" SHA1_A ",sha256:PCR0:0x" SHA256_B
			",sha256:PCR10:0x" SHA256_B ";",
		"PCR_Counter=77;" COUNTED "sha1:PCR10:" SHA1_A ";sha256:PCR0:"
			SHA256_B ";sha256:PCR10:" SHA256_B ";",
		COUNTED "\nsha1:PCR10:0x" SHA1_A ";\nsha256:PCR0:0x" SHA256_B
			",\r\nsha256:PCR10:0x" SHA256_B "\n",
		"sha256:PCR10:0x" SHA256_B "," COUNTED "sha1:PCR10:0x" SHA1_A
			" , sha256:PCR0:0x" SHA256_B,
		COUNTED "sha3_256:PCR10:0x" SHA256_B ",sha1:PCR10:0x" SHA1_A
			",sha256:PCR0:" SHA256_B ",sha256:PCR10:" SHA256_B ";",
	};
	uint8_t value[32];

	for (size_t i = 0; i < 2 * ROWS(rows); i++) {
		const char *text = rows[i / 2];
		struct aggregate2023 agg = { 0 };
		struct error err = { 0 };

		/* With a NUL and without. */
		unit_case("row %zu", i);
		CHECK_INT(parse(text, strlen(text) + i % 2, &agg, &err), E_OK);
		CHECK_STR(err.reason, "");
		CHECK(agg.has_attempts);
		CHECK_INT(agg.attempts, 3);
		CHECK_INT(agg.pcrs.bank[HASH_SHA1].mask, 1U << 10);
		CHECK_INT(agg.pcrs.bank[HASH_SHA256].mask, 1U << 10 | 1);
		CHECK_INT(agg.pcrs.bank[HASH_SHA384].mask, 0);
		memset(value, 0xaa, sizeof(value));
		CHECK_MEM(agg.pcrs.bank[HASH_SHA1].value[10], value, 20);
		memset(value, 0xbb, sizeof(value));
		CHECK_MEM(agg.pcrs.bank[HASH_SHA256].value[0], value, 32);
	}
}

static void without_counts_it_is_one_too(void)
{
	static const char text[] = "sha256:PCR10:0x" SHA256_B;
	struct aggregate2023 agg = { 0 };

	CHECK_INT(parse(text, sizeof(text), &agg, NULL), E_OK);
	CHECK(!agg.has_attempts);
	CHECK_INT(agg.pcrs.bank[HASH_SHA256].mask, 1U << 10);
}

static void refusals(void)
{
	static const struct {
		const char *text, *why;
	} rows[] = {
		{ "", "states no PCR value" },
		{ COUNTED, "states no PCR value" },
		{ "sha3_256:PCR10:0x" SHA256_B, "states no PCR value" },
		{ "hello", "'hello' is no PCR value" },
		{ "sha1:PCR10", "'sha1:PCR10' is no PCR value" },
		{ "sha1:PCR10:", "'sha1:PCR10:' is no PCR value" },
		{ "sha1:PCR10:0x", "'sha1:PCR10:0x' is no PCR value" },
		{ "sha1:PCR10:0x00", "'sha1:PCR10:0x00' is no PCR value" },
		{ "sha1:PCR24:0x" SHA1_A,
		  "'sha1:PCR24:0xaaaaaaaaaaaaaaaaaaaaaaaaaaa' is no PCR value" },
		{ "sha1:PCR-1:0x00", "'sha1:PCR-1:0x00' is no PCR value" },
		{ "sha1:10:0x00", "'sha1:10:0x00' is no PCR value" },
		{ ":PCR1:0x00", "':PCR1:0x00' is no PCR value" },
		{ "sha1:PCR10:0x" SHA1_A "00",
		  "'sha1:PCR10:0xaaaaaaaaaaaaaaaaaaaaaaaaaaa' is no PCR value" },
		{ "Snapshot_Attempt_Count=", "'Snapshot_Attempt_Count=' is no PCR value" },
		{ "Snapshot_Attempt_Count=x", "'Snapshot_Attempt_Count=x' is no PCR value" },
		{ "Snapshot_Attempt_Count=99999999999999999999999999",
		  "'Snapshot_Attempt_Count=99999999999999999' is no PCR value" },
		{ "a\x1b[1mb", "'a\\x1b[1mb' is no PCR value" },
		{ COUNTED COUNTED,
		  "Snapshot_Attempt_Count is given twice" },
		{ "sha1:PCR10:" SHA1_A ",sha1:PCR10:" SHA1_A,
		  "the value of sha1 PCR 10 is given twice" },
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct aggregate2023 agg = { .attempts = 9 };
		struct error err = { 0 };
		char why[200];

		unit_case("'%s'", rows[i].text);
		CHECK_INT(parse(rows[i].text, strlen(rows[i].text), &agg,
				&err), E_FORMAT);
		snprintf(why, sizeof(why), "snapshot_aggregate: %s",
			 rows[i].why);
		CHECK_STR(err.reason, why);
		CHECK_INT(agg.attempts, 9);
	}
}

/* Whatever a record's fields hold, and wherever it ends. */
static void cut_or_changed_anywhere_is_survived(void)
{
	static const char text[] = COUNTED "sha1:PCR10:0x" SHA1_A
		",sha256:PCR10:0x" SHA256_B ";";
	struct aggregate2023 agg;
	struct one o;

	one_make(&o, "ima-buf", "snapshot_aggregate", text, strlen(text));
	for (size_t n = 0; n < o.data.len; n++) {
		uint8_t *copy = malloc(n ? n : 1);
		struct record rec = o.rec;

		if (!copy)
			abort();
		memcpy(copy, o.data.at, n);
		rec.data = copy;
		rec.data_len = n;
		unit_case("%zu bytes", n);
		CHECK_INT(aggregate2023_parse(&rec, &little, &agg, NULL),
			  E_FORMAT);
		free(copy);
	}
	for (size_t i = 0; i < 8 * o.data.len; i++) {
		o.data.at[i / 8] ^= (uint8_t)(1U << i % 8);
		if (aggregate2023_is(&o.rec, &little) &&
		    !aggregate2023_parse(&o.rec, &little, &agg, NULL))
			CHECK(agg.pcrs.bank[HASH_SHA1].mask |
			      agg.pcrs.bank[HASH_SHA256].mask);
		o.data.at[i / 8] ^= (uint8_t)(1U << i % 8);
	}
	bytes_free(&o.data);
}

static void a_nul_within_is_refused(void)
{
	static const char text[] = "sha1:PCR10:0x" SHA1_A ";\0;";
	struct aggregate2023 agg;

	CHECK_INT(parse(text, sizeof(text) - 1, &agg, NULL), E_FORMAT);
	CHECK_INT(parse("sha1\0:PCR1:00", 13, &agg, NULL), E_FORMAT);
}

#define TEST(fn) { #fn, fn }
const struct unit_test unit_tests[] = {
	TEST(record_is_known_by_template_and_name),
	TEST(text_in_every_spelling_is_read),
	TEST(without_counts_it_is_one_too),
	TEST(refusals),
	TEST(cut_or_changed_anywhere_is_survived),
	TEST(a_nul_within_is_refused),
	{ NULL, NULL }
};
