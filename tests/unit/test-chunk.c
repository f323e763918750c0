// SPDX-License-Identifier: GPL-2.0-or-later
/* test-chunk.c - chunks that must be read, and what must not be */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "format/chunk.h"
#include "records.h"
#include "unit.h"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

#define H20 "000102030405060708090a0b0c0d0e0f10111213"
#define H32 "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define BOOT "\"3363deeb-3620-437e-8036-5d1c288d5d10\""
#define QUOTE "{\"attest\":\"/1RDR4AY\",\"signature\":\"ABQACw==\",\"ak\":\"" \
	H32 "\",\"pcrs\":{\"sha1\":{\"10\":\"" H20 "\"}}}"
#define START "{\"sha1\":{\"10\":\"" H20 "\"},\"sha256\":{\"10\":\"" H32 "\"}}"

/* Every key there is; the refusals below change it in one place. */
static const char full[] =
"{\"type\":\"chunk\",\"version\":1,\"boot_id\":" BOOT ",\"tpm\":"
"{\"reset_count\":7,\"restart_count\":1,\"clock\":81234,"
"\"pcr_update_counter\":8312,\"matched\":true},\"first\":11,\"last\":20,"
"\"bytes\":514,\"sha256\":\"" H32 "\",\"remaining_records\":0,"
"\"remaining_bytes\":0,\"pcrs\":" START ",\"extend\":"
"{\"sha256\":\"sha1-padded\"},\"foreign\":[9],\"gap\":{\"reason\":\"kexec\","
"\"after\":8,\"pcrs\":{\"sha1\":{\"10\":\"" H20 "\"}}},\"quote\":" QUOTE
"}\n";

static int parse(const char *text, size_t len, struct chunk *ret, size_t *line,
		 struct error *err)
{
	/* Exact, so that tools see a byte too many. */
	uint8_t *exact = malloc(len ? len : 1);
	int rc;

	if (!CHECK(exact))
		return E_NOMEM;
	memcpy(exact, text, len);
	rc = chunk_parse(exact, len, ret, line, err);
	free(exact);
	return rc;
}

/* @full with @from, which must be there once, in the place of @to. */
static char *changed(const char *from, const char *to)
{
	const char *at = strstr(full, from);
	char *text;

	if (!CHECK(at) || !CHECK(!strstr(at + 1, from)) ||
	    asprintf(&text, "%.*s%s%s", (int)(at - full), full, to,
		     at + strlen(from)) < 0)
		return NULL;
	return text;
}

/* --- taken --- */

static void check_quote(const struct chunk_quote *q, const uint8_t *bytes)
{
	CHECK(q->present);
	CHECK_INT(q->attest_len, 6);
	CHECK_MEM(q->attest, "\xff\x54\x43\x47\x80\x18", 6);
	CHECK_INT(q->signature_len, 4);
	CHECK_MEM(q->signature, "\x00\x14\x00\x0b", 4);
	CHECK(q->has_ak);
	CHECK_STR(q->ak, H32);
	CHECK_INT(q->pcrs.bank[HASH_SHA1].mask, 1U << 10);
	CHECK_MEM(q->pcrs.bank[HASH_SHA1].value[10], bytes, 20);
}

static void every_key_is_read(void)
{
	struct error err = { 0 };
	uint8_t bytes[32];
	struct chunk c;
	size_t line = 0;

	for (unsigned int i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)i;
	if (!CHECK_INT(parse(full, strlen(full), &c, &line, &err), E_OK))
		return;
	CHECK_STR(err.reason, "");
	CHECK_INT(line, strlen(full));
	CHECK_STR(c.boot_id, "3363deeb-3620-437e-8036-5d1c288d5d10");
	CHECK(c.tpm.present);
	CHECK_INT(c.tpm.reset_count, 7);
	CHECK_INT(c.tpm.pcr_update_counter, 8312);
	CHECK_INT(c.tpm.matched, MATCHED_YES);
	CHECK_INT(c.first, 11);
	CHECK_INT(c.last, 20);
	CHECK_INT(c.bytes, 514);
	CHECK_MEM(c.sha256, bytes, 32);
	CHECK_INT(c.remaining_records, 0);
	CHECK_INT(c.remaining_bytes, 0);
	CHECK_MEM(c.pcrs.bank[HASH_SHA256].value[10], bytes, 32);
	CHECK_INT(c.padded, HASH_BIT(HASH_SHA256));
	CHECK_INT(c.foreign, 1U << 9);
	CHECK(c.gap.present);
	CHECK_STR(c.gap.reason, "kexec");
	CHECK_INT(c.gap.after, 8);
	CHECK_MEM(c.gap.pcrs.bank[HASH_SHA1].value[10], bytes, 20);
	check_quote(&c.quote, bytes);
}

static void every_key_is_written(void)
{
	struct chunk c;
	char *text = NULL;
	size_t len = 0, line;

	if (!CHECK_INT(parse(full, strlen(full), &c, &line, NULL), E_OK))
		return;
	CHECK_INT(chunk_write(&c, &text, &len, NULL), E_OK);
	CHECK_INT(len, strlen(full));
	CHECK_STR(text, full);
	free(text);
}

/* One place of @full changed, and it still is a chunk. */
static const struct {
	const char *name, *from, *to;
} taken[] = {
	{ "no TPM", "{\"reset_count\":7,\"restart_count\":1,\"clock\":81234,"
	  "\"pcr_update_counter\":8312,\"matched\":true}", "null" },
	{ "no ak", "\"ak\":\"" H32 "\",", "" },
	{ "a key of another version's", "\"version\":1", "\"version\":1,"
	  "\"later\":[{}]" },
	{ "one byte a record", "\"bytes\":514", "\"bytes\":10" },
	{ "one record", "\"last\":20", "\"last\":11" },
	{ "the last number there is", "\"last\":20,\"bytes\":514",
	  "\"last\":999999999999,\"bytes\":999999999999" },
	{ "none", "\"last\":20,\"bytes\":514", "\"last\":10,\"bytes\":0" },
};

static void chunks_are_taken(void)
{
	for (size_t i = 0; i < ROWS(taken); i++) {
		char *text = changed(taken[i].from, taken[i].to);
		struct error err = { 0 };
		struct chunk c;
		size_t line;

		unit_case("%s", taken[i].name);
		if (!text)
			continue;
		CHECK_INT(parse(text, strlen(text), &c, &line, &err), E_OK);
		CHECK_STR(err.reason, "");
		free(text);
	}
}

static void from_the_beginning(void)
{
	static const char text[] =
	"{\"type\":\"chunk\",\"version\":1,\"boot_id\":" BOOT ",\"tpm\":null,"
	"\"first\":1,\"last\":4,\"bytes\":400,\"sha256\":\"" H32 "\","
	"\"remaining_records\":2,\"remaining_bytes\":90,\"pcrs\":{}}\nrecords";
	struct error err = { 0 };
	struct chunk c;
	size_t line = 0, len;
	char *again = NULL;

	CHECK_INT(parse(text, strlen(text), &c, &line, &err), E_OK);
	CHECK_STR(err.reason, "");
	CHECK_STR(text + line, "records");
	CHECK_INT(c.remaining_records, 2);
	CHECK_INT(c.remaining_bytes, 90);
	CHECK(!c.tpm.present && !c.quote.present && !c.gap.present);
	for (unsigned int i = 0; i < HASH_COUNT; i++)
		CHECK_INT(c.pcrs.bank[i].mask, 0);
	CHECK_INT(chunk_write(&c, &again, &len, NULL), E_OK);
	CHECK_INT(len, line);
	CHECK_MEM(again, text, line);
	free(again);
}

/* --- refused --- */

#define NO_KEY(key) "key '" key "' is missing or wrong"

static const struct {
	const char *name, *from, *to;
	int code;
	const char *reason;	/* NULL: any */
} refused[] = {
	{ "another type", "\"type\":\"chunk\"", "\"type\":\"chunks\"",
	  E_FORMAT, NO_KEY("type") },
	{ "an aggregate", "\"type\":\"chunk\"",
	  "\"type\":\"snapshot_aggregate\"", E_FORMAT, NO_KEY("type") },
	{ "no type", "\"type\":\"chunk\",", "", E_FORMAT, NO_KEY("type") },
	{ "version 2", "\"version\":1", "\"version\":2", E_UNSUPPORTED,
	  "version 2 of the format" },
	{ "version is text", "\"version\":1", "\"version\":\"1\"", E_FORMAT,
	  NO_KEY("version") },
	{ "no boot_id", "\"boot_id\":" BOOT ",", "", E_FORMAT,
	  NO_KEY("boot_id") },
	{ "boot_id too long", BOOT, "\"3363deeb-3620-437e-8036-5d1c288d5d10"
	  "-6789\"", E_FORMAT, NO_KEY("boot_id") },
	{ "boot_id with a NUL", BOOT, "\"3363deeb\\u0000\"", E_FORMAT,
	  NO_KEY("boot_id") },
	{ "tpm is a number", "{\"reset_count\":7,\"restart_count\":1,"
	  "\"clock\":81234,\"pcr_update_counter\":8312,\"matched\":true}",
	  "7", E_FORMAT, NO_KEY("tpm") },
	{ "reset_count over 32 bits", "\"reset_count\":7",
	  "\"reset_count\":4294967296", E_FORMAT, NO_KEY("reset_count") },
	{ "record 0", "\"first\":11", "\"first\":0", E_FORMAT,
	  NO_KEY("first") },
	{ "first negative", "\"first\":11", "\"first\":-1", E_FORMAT,
	  NO_KEY("first") },
	{ "first of 13 digits", "\"first\":11", "\"first\":1000000000000",
	  E_FORMAT, NO_KEY("first") },
	{ "first with a fraction", "\"first\":11", "\"first\":11.0", E_FORMAT,
	  NO_KEY("first") },
	{ "last before first", "\"last\":20", "\"last\":9", E_FORMAT,
	  NO_KEY("last") },
	{ "last of 13 digits", "\"last\":20", "\"last\":1000000000000",
	  E_FORMAT, NO_KEY("last") },
	{ "bytes without records", "\"last\":20", "\"last\":10", E_FORMAT,
	  NO_KEY("bytes") },
	{ "records without bytes", "\"bytes\":514", "\"bytes\":9", E_FORMAT,
	  NO_KEY("bytes") },
	{ "bytes negative", "\"bytes\":514", "\"bytes\":-514", E_FORMAT,
	  NO_KEY("bytes") },
	{ "bytes over 63 bits", "\"bytes\":514",
	  "\"bytes\":9223372036854775808", E_FORMAT, NULL },
	{ "no sha256", "514,\"sha256\":\"" H32 "\"", "514", E_FORMAT,
	  NO_KEY("sha256") },
	{ "sha256 too short", "514,\"sha256\":\"00", "514,\"sha256\":\"",
	  E_FORMAT, NO_KEY("sha256") },
	{ "no remaining_records", "\"remaining_records\":0,", "", E_FORMAT,
	  NO_KEY("remaining_records") },
	{ "remaining_records is null", "\"remaining_records\":0",
	  "\"remaining_records\":null", E_FORMAT,
	  NO_KEY("remaining_records") },
	{ "last and remaining_records over what is", "\"remaining_records\":0,"
	  "\"remaining_bytes\":0", "\"remaining_records\":999999999980,"
	  "\"remaining_bytes\":999999999980", E_FORMAT,
	  NO_KEY("remaining_records") },
	{ "no remaining_bytes", "\"remaining_bytes\":0,", "", E_FORMAT,
	  NO_KEY("remaining_bytes") },
	{ "remaining bytes of no record", "\"remaining_bytes\":0",
	  "\"remaining_bytes\":1", E_FORMAT, NO_KEY("remaining_bytes") },
	{ "remaining records of no byte", "\"remaining_records\":0",
	  "\"remaining_records\":1", E_FORMAT, NO_KEY("remaining_bytes") },
	{ "bytes and remaining_bytes over 63 bits", "\"remaining_bytes\":0",
	  "\"remaining_bytes\":9223372036854775807", E_FORMAT,
	  NO_KEY("remaining_bytes") },
	{ "more behind an end", "20,\"bytes\":514,\"sha256\":\"" H32 "\","
	  "\"remaining_records\":0,\"remaining_bytes\":0", "10,\"bytes\":0,"
	  "\"sha256\":\"" H32 "\",\"remaining_records\":1,"
	  "\"remaining_bytes\":100", E_FORMAT, NO_KEY("remaining_records") },
	{ "no pcrs", "\"pcrs\":" START ",", "", E_FORMAT, NO_KEY("pcrs") },
	{ "no PCR before record 11", "\"pcrs\":" START, "\"pcrs\":{}",
	  E_FORMAT, NO_KEY("pcrs") },
	{ "pcrs of an unknown bank", "\"pcrs\":{\"sha1\":{\"10\":\"" H20
	  "\"},", "\"pcrs\":{\"md5\":{\"10\":\"" H20 "\"},", E_FORMAT,
	  "key 'pcrs' has a wrong value for 'md5'" },
	{ "another rule", "sha1-padded", "sha1", E_FORMAT, NO_KEY("extend") },
	{ "foreign PCR 24", "[9]", "[24]", E_FORMAT, NO_KEY("foreign") },
	{ "a gap to come", "\"after\":8", "\"after\":11", E_FORMAT,
	  NO_KEY("after") },
	{ "a gap without a reason", "\"reason\":\"kexec\",", "", E_FORMAT,
	  NO_KEY("reason") },
	{ "a quote before the end", "\"remaining_records\":0,"
	  "\"remaining_bytes\":0", "\"remaining_records\":1,"
	  "\"remaining_bytes\":100", E_FORMAT, NO_KEY("quote") },
	{ "quote is text", "\"quote\":" QUOTE, "\"quote\":\"/1RDR4AY\"",
	  E_FORMAT, NO_KEY("quote") },
	{ "no attest", "\"attest\":\"/1RDR4AY\",", "", E_FORMAT,
	  NO_KEY("attest") },
	{ "attest is no base64", "/1RDR4AY", "/1RDR4A*", E_FORMAT,
	  NO_KEY("attest") },
	{ "no signature", "\"signature\":\"ABQACw==\",", "", E_FORMAT,
	  NO_KEY("signature") },
	{ "ak too short", "\"ak\":\"00", "\"ak\":\"", E_FORMAT,
	  NO_KEY("ak") },
	{ "ak is null", "\"ak\":\"" H32 "\"", "\"ak\":null", E_FORMAT,
	  NO_KEY("ak") },
	{ "quote without values", H32 "\",\"pcrs\":{\"sha1\":{\"10\":\"" H20
	  "\"}}}}", H32 "\"}}", E_FORMAT, NO_KEY("pcrs") },
	{ "first twice", "\"first\":11", "\"first\":11,\"first\":12",
	  E_FORMAT, "a key is there twice, or has a NUL" },
	{ "no JSON", "{\"type\"", "\"type\"", E_FORMAT, NULL },
	{ "two objects on the line", "}\n", "} {}\n", E_FORMAT,
	  "not one JSON object" },
	{ "over two lines", ",\"tpm\"", ",\n\"tpm\"", E_FORMAT,
	  "not JSON: ends early" },
	{ "nested deep", "\"version\":1", "\"version\":1,\"d\":"
	  "[[[[[[[[[[]]]]]]]]]]", E_FORMAT, NULL },
};

static void chunk_refusals(void)
{
	for (size_t i = 0; i < ROWS(refused); i++) {
		char *text = changed(refused[i].from, refused[i].to);
		struct error err = { 0 };
		size_t line = 77;
		struct chunk c;

		unit_case("%s", refused[i].name);
		if (!text)
			continue;
		CHECK_INT(parse(text, strlen(text), &c, &line, &err),
			  refused[i].code);
		CHECK(err.reason[0]);
		if (refused[i].reason)
			CHECK_STR(err.reason, refused[i].reason);
		CHECK_INT(line, 77);
		CHECK_INT(parse(text, strlen(text), &c, &line, NULL),
			  refused[i].code);
		free(text);
	}
}

static void a_line_without_an_end_is_refused(void)
{
	size_t len = CHUNK_LINE_MAX + 1, line;
	char *text = malloc(len);
	struct error err = { 0 };
	struct chunk c;

	if (!CHECK(text))
		return;
	memset(text, ' ', len);
	memcpy(text, full, strlen(full) - 1);
	CHECK_INT(parse(text, CHUNK_LINE_MAX - 1, &c, &line, &err),
		  E_INCOMPLETE);
	CHECK_STR(err.reason, "ends within the chunk's first line");
	CHECK_INT(parse(text, len, &c, &line, &err), E_LIMIT);
	CHECK_STR(err.reason, "the chunk's first line is over 262144 bytes");
	/* The limit counts the newline. */
	text[CHUNK_LINE_MAX] = '\n';
	CHECK_INT(parse(text, len, &c, &line, &err), E_LIMIT);
	text[CHUNK_LINE_MAX - 1] = '\n';
	CHECK_INT(parse(text, len, &c, &line, &err), E_OK);
	CHECK_INT(line, CHUNK_LINE_MAX);
	free(text);
}

static void every_prefix_of_the_line_is_incomplete(void)
{
	for (size_t len = 0; len < strlen(full); len++) {
		struct chunk c;
		size_t line;

		unit_case("%zu bytes", len);
		CHECK_INT(parse(full, len, &c, &line, NULL), E_INCOMPLETE);
	}
}

/* All that chunk.h promises of what was read. */
static void check_valid(const struct chunk *c)
{
	CHECK(c->first >= 1 && c->first <= c->last + 1);
	CHECK(c->last + c->remaining_records <= RECORD_NUMBER_MAX);
	CHECK(c->bytes + c->remaining_bytes <= INT64_MAX);
	CHECK(strnlen(c->boot_id, BOOT_ID_MAX) < BOOT_ID_MAX);
	CHECK(!c->quote.present || !c->remaining_records);
	CHECK(c->quote.attest_len <= sizeof(c->quote.attest));
	CHECK(c->quote.signature_len <= sizeof(c->quote.signature));
	CHECK(!(c->foreign >> PCR_COUNT));
	CHECK(!(c->padded & ~HASH_ALL));
}

static void flipped_bits_are_refused_or_make_a_valid_one(void)
{
	char text[sizeof(full)];
	size_t read = 0;

	for (size_t bit = 0; bit < 8 * strlen(full); bit++) {
		struct chunk c;
		size_t line;
		int rc;

		memcpy(text, full, sizeof(full));
		text[bit / 8] = (char)(text[bit / 8] ^ 1 << bit % 8);
		unit_case("bit %zu", bit);
		rc = parse(text, strlen(full), &c, &line, NULL);
		CHECK(rc == E_OK || rc == E_FORMAT || rc == E_UNSUPPORTED ||
		      rc == E_INCOMPLETE);
		if (rc)
			continue;
		read++;
		check_valid(&c);
	}
	printf("# of %zu flipped bits %zu make another chunk\n",
	       8 * strlen(full), read);
}

/* --- the records --- */

#define RECORDS 3

static struct bytes some_records(struct chunk *c)
{
	struct bytes b = { .len = 0 };

	for (uint8_t i = 0; i < RECORDS; i++)
		bytes_record(&b, &(struct made){ .seed = i,
						 .violation = i == 1 });
	memset(c, 0, sizeof(*c));
	c->first = 11;
	c->last = 10 + RECORDS;
	c->bytes = b.len;
	digest_into(c->sha256, HASH_SHA256, b.at, b.len);
	return b;
}

static int check(const struct chunk *c, const void *bytes, size_t len,
		 struct error *err)
{
	uint8_t *exact = malloc(len ? len : 1);
	int rc;

	if (!CHECK(exact))
		return E_NOMEM;
	if (len)
		memcpy(exact, bytes, len);
	rc = chunk_check(c, exact, len, err);
	free(exact);
	return rc;
}

static void its_records_are_counted(void)
{
	struct error err = { 0 };
	struct chunk c;
	struct bytes b = some_records(&c);

	CHECK_INT(check(&c, b.at, b.len, &err), E_OK);
	CHECK_STR(err.reason, "");
	c.last++;
	CHECK_INT(check(&c, b.at, b.len, &err), E_FORMAT);
	CHECK_STR(err.reason, "the chunk is said to hold records 11..14, but has only 3");
	c.last -= 2;
	CHECK_INT(check(&c, b.at, b.len, &err), E_FORMAT);
	CHECK_STR(err.reason, "the chunk is said to hold records 11..12, but has more than 2");
	bytes_free(&b);
}

static void an_empty_one_has_no_records(void)
{
	struct error err = { 0 };
	struct chunk c;
	struct bytes b = some_records(&c);

	c.last = c.first - 1;
	c.bytes = 0;
	CHECK_INT(check(&c, NULL, 0, &err), E_CHANGED);
	digest_into(c.sha256, HASH_SHA256, "", 0);
	CHECK_INT(check(&c, NULL, 0, &err), E_OK);
	CHECK_INT(check(&c, b.at, b.len, &err), E_FORMAT);
	bytes_free(&b);
}

static void other_bytes_are_refused(void)
{
	struct error err = { 0 };
	struct chunk c;
	struct bytes b = some_records(&c);

	bytes_put(&b, "", 1);
	CHECK_INT(check(&c, b.at, b.len, &err), E_FORMAT);
	for (size_t len = 0; len < c.bytes; len++) {
		unit_case("%zu bytes", len);
		CHECK_INT(check(&c, b.at, len, &err), E_INCOMPLETE);
	}
	for (size_t bit = 0; bit < 8 * c.bytes; bit++) {
		unit_case("bit %zu", bit);
		b.at[bit / 8] ^= (uint8_t)(1U << bit % 8);
		CHECK_INT(check(&c, b.at, (size_t)c.bytes, &err), E_CHANGED);
		b.at[bit / 8] ^= (uint8_t)(1U << bit % 8);
	}
	bytes_free(&b);
}

/* The digest is right, and what it is of is not. */
static void records_that_are_none_are_refused(void)
{
	static const struct {
		const char *name;
		size_t cut;		/* bytes fewer */
		uint8_t digest_size;
		const char *reason;
	} rows[] = {
		{ "cut within the last", 5, 0,
		  "the chunk ends within a record" },
		{ "sha256 layout", 0, 32,
		  "the chunk's records are not in the sha1 layout" },
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct made m = { .layout.digest_size = rows[i].digest_size };
		struct bytes b = { .len = 0 };
		struct error err = { 0 };
		struct chunk c = { .first = 1, .last = RECORDS };
		size_t len;

		unit_case("%s", rows[i].name);
		for (m.seed = 0; m.seed < RECORDS; m.seed++)
			bytes_record(&b, &m);
		len = b.len - rows[i].cut;
		c.bytes = len;
		digest_into(c.sha256, HASH_SHA256, b.at, len);
		CHECK_INT(check(&c, b.at, len, &err), E_FORMAT);
		CHECK_STR(err.reason, rows[i].reason);
		bytes_free(&b);
	}
}

static void noise_is_no_list(void)
{
	struct chunk c = { .first = 1, .last = 1, .bytes = 100 };
	struct error err = { 0 };
	uint8_t noise[100];

	memset(noise, 0xff, sizeof(noise));
	digest_into(c.sha256, HASH_SHA256, noise, sizeof(noise));
	CHECK_INT(check(&c, noise, sizeof(noise), &err), E_FORMAT);
	CHECK_STR(err.reason, "the chunk's bytes are no measurement list");
}

#define TEST(fn) { #fn, fn }

const struct unit_test unit_tests[] = {
	TEST(every_key_is_read),
	TEST(every_key_is_written),
	TEST(chunks_are_taken),
	TEST(from_the_beginning),
	TEST(chunk_refusals),
	TEST(a_line_without_an_end_is_refused),
	TEST(every_prefix_of_the_line_is_incomplete),
	TEST(flipped_bits_are_refused_or_make_a_valid_one),
	TEST(its_records_are_counted),
	TEST(an_empty_one_has_no_records),
	TEST(other_bytes_are_refused),
	TEST(records_that_are_none_are_refused),
	TEST(noise_is_no_list),
	{ NULL, NULL }
};
