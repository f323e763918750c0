// SPDX-License-Identifier: GPL-2.0-or-later
/* test-aggregate.c - aggregates that must be read, and what must not be */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format/aggregate.h"
#include "format/json.h"
#include "unit.h"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

#define H20 "000102030405060708090a0b0c0d0e0f10111213"
#define H32 "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

/* Every key there is; the refusals below change it in one place. */
static const char full[] =
"{\"type\":\"snapshot_aggregate\",\"version\":1,\"first\":11,\"last\":20,"
"\"bytes\":514,\"sha256\":\"" H32 "\",\"pcrs\":{\"sha1\":{\"10\":\"" H20 "\"},"
"\"sha256\":{\"9\":\"" H32 "\",\"10\":\"" H32 "\"}},\"boot_id\":"
"\"3363deeb-3620-437e-8036-5d1c288d5d10\",\"tpm\":{\"reset_count\":7,"
"\"restart_count\":1,\"clock\":81234,\"pcr_update_counter\":8312,"
"\"matched\":true},\"how\":\"stage\",\"taken\":\"2026-11-23T22:07:00Z\","
"\"prev\":\"" H32 "\",\"extend\":{\"sha256\":\"sha1-padded\"},\"foreign\":[9],"
"\"unanchored\":true,\"gap\":{\"reason\":\"kexec\",\"after\":8,\"pcrs\":"
"{\"sha1\":{\"10\":\"" H20 "\"}}},\"quote\":{\"attest\":\"/1RDR4AY\","
"\"signature\":\"ABQACw==\",\"ak\":\"" H32 "\"}}\n";

static int parse(const char *text, size_t len, struct aggregate *ret,
		 struct error *err)
{
	/* Exact, so that tools see a byte too many. */
	uint8_t *exact = malloc(len ? len : 1);
	int rc;

	if (!CHECK(exact))
		return E_NOMEM;
	memcpy(exact, text, len);
	rc = aggregate_parse(exact, len, ret, err);
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

static void every_key_is_read(void)
{
	struct aggregate a;
	struct error err = { 0 };
	uint8_t bytes[32];

	for (unsigned int i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)i;
	CHECK_INT(parse(full, strlen(full), &a, &err), E_OK);
	CHECK_STR(err.reason, "");
	CHECK_INT(a.first, 11);
	CHECK_INT(a.last, 20);
	CHECK_INT(a.bytes, 514);
	CHECK_MEM(a.sha256, bytes, 32);
	CHECK_INT(a.pcrs.bank[HASH_SHA1].mask, 1U << 10);
	CHECK_INT(a.pcrs.bank[HASH_SHA256].mask, 1U << 9 | 1U << 10);
	CHECK_INT(a.pcrs.bank[HASH_SHA384].mask, 0);
	CHECK_MEM(a.pcrs.bank[HASH_SHA1].value[10], bytes, 20);
	CHECK_MEM(a.pcrs.bank[HASH_SHA256].value[9], bytes, 32);
	CHECK_STR(a.boot_id, "3363deeb-3620-437e-8036-5d1c288d5d10");
	CHECK(a.tpm.present);
	CHECK_INT(a.tpm.reset_count, 7);
	CHECK_INT(a.tpm.restart_count, 1);
	CHECK_INT(a.tpm.clock, 81234);
	CHECK_INT(a.tpm.pcr_update_counter, 8312);
	CHECK_INT(a.tpm.matched, MATCHED_YES);
	CHECK_STR(a.how, "stage");
	CHECK_STR(a.taken, "2026-11-23T22:07:00Z");
	CHECK(a.has_prev);
	CHECK_MEM(a.prev, bytes, 32);
	CHECK_INT(a.padded, HASH_BIT(HASH_SHA256));
	CHECK_INT(a.foreign, 1U << 9);
	CHECK(a.unanchored);
	CHECK(a.gap.present);
	CHECK_STR(a.gap.reason, "kexec");
	CHECK_INT(a.gap.after, 8);
	CHECK_INT(a.gap.pcrs.bank[HASH_SHA1].mask, 1U << 10);
	CHECK(a.quote.present);
	CHECK_INT(a.quote.attest_len, 6);
	CHECK_MEM(a.quote.attest, "\xff\x54\x43\x47\x80\x18", 6);
	CHECK_INT(a.quote.signature_len, 4);
	CHECK_MEM(a.quote.signature, "\x00\x14\x00\x0b", 4);
	CHECK_STR(a.quote.ak, H32);
}

/* What is written is what is read: the text is made again, byte by byte. */
static void every_key_is_written(void)
{
	struct aggregate a;
	char *text = NULL;
	size_t len = 0;

	CHECK_INT(parse(full, strlen(full), &a, NULL), E_OK);
	CHECK_INT(aggregate_write(&a, &text, &len, NULL), E_OK);
	CHECK_INT(len, strlen(full));
	CHECK_STR(text, full);
	free(text);
}

static const struct aggregate smallest = {
	.first = 1, .last = 1, .bytes = 0,
	.pcrs.bank[HASH_SHA512].mask = 1U << 23,
};

static void round_trip(const struct aggregate *a)
{
	struct aggregate again;
	char *text = NULL;
	size_t len;

	if (!CHECK_INT(aggregate_write(a, &text, &len, NULL), E_OK))
		return;
	CHECK_INT(text[len - 1], '\n');
	CHECK(memchr(text, '\n', len) == text + len - 1);
	CHECK_INT(parse(text, len, &again, NULL), E_OK);
	CHECK_MEM(&again, a, sizeof(again));
	free(text);
}

static struct aggregate *fullest(void)
{
	struct aggregate *a = calloc(1, sizeof(*a));

	if (!a)
		abort();
	a->first = 1;
	a->last = RECORD_NUMBER_MAX;
	a->bytes = INT64_MAX;
	memset(a->sha256, 0xfe, sizeof(a->sha256));
	memset(a->prev, 0x01, sizeof(a->prev));
	a->has_prev = true;
	for (unsigned int i = 0; i < HASH_COUNT; i++) {
		a->pcrs.bank[i].mask = (1U << PCR_COUNT) - 1;
		for (unsigned int n = 0; n < PCR_COUNT; n++)
			memset(a->pcrs.bank[i].value[n], (int)(i * 24 + n),
			       hash_row(i)->size);
	}
	memset(a->boot_id, 'b', BOOT_ID_MAX - 1);
	memset(a->how, 'h', sizeof(a->how) - 1);
	memset(a->taken, 't', sizeof(a->taken) - 1);
	/* One by one, for padding is compared, too. */
	a->tpm.present = true;
	a->tpm.reset_count = a->tpm.restart_count = UINT32_MAX;
	a->tpm.clock = INT64_MAX;
	a->tpm.pcr_update_counter = UINT32_MAX;
	a->tpm.matched = MATCHED_NO;
	a->padded = HASH_ALL;
	a->foreign = (1U << PCR_COUNT) - 1;
	a->unanchored = true;
	a->gap.present = true;
	strcpy(a->gap.reason, "\"\\/\b\f\n\r\t\x1b\x7f \xc3\xa4 \xe2\x82\xac");
	a->gap.after = RECORD_NUMBER_MAX;
	a->gap.pcrs = a->pcrs;
	a->quote.present = true;
	memset(a->quote.attest, 0xfb, sizeof(a->quote.attest));
	a->quote.attest_len = sizeof(a->quote.attest);
	memset(a->quote.signature, 0xff, sizeof(a->quote.signature));
	a->quote.signature_len = sizeof(a->quote.signature);
	memset(a->quote.ak, 'a', sizeof(a->quote.ak) - 1);
	return a;
}

static void what_is_written_can_be_read(void)
{
	struct aggregate *a = fullest();
	char *text;
	size_t len;

	unit_case("the smallest");
	round_trip(&smallest);
	unit_case("the fullest");
	round_trip(a);
	CHECK_INT(aggregate_write(a, &text, &len, NULL), E_OK);
	CHECK(len < AGGREGATE_MAX / 2);
	free(text);
	for (unsigned int i = MATCHED_UNKNOWN; i <= MATCHED_YES; i++) {
		unit_case("matched %u", i);
		a->tpm.matched = i;
		round_trip(a);
	}
	unit_case("no TPM");
	memset(&a->tpm, 0, sizeof(a->tpm));
	round_trip(a);
	free(a);
}

static const struct {
	const char *name, *from, *to;
} taken[] = {
	{ "white space", ",\"version\"", "\t, \r\n \"version\"" },
	{ "a key that is not known", "{\"type\"", "{\"colour\":[{}],\"type\"" },
	{ "no quote", "\"quote\":{\"attest\":\"/1RDR4AY\",\"signature\":"
	  "\"ABQACw==\",\"ak\":\"" H32 "\"}", "\"quote\":null" },
	{ "no TPM", "\"tpm\":{\"reset_count\":7,\"restart_count\":1,"
	  "\"clock\":81234,\"pcr_update_counter\":8312,\"matched\":true}",
	  "\"tpm\":null" },
	{ "no predecessor", "\"prev\":\"" H32 "\"", "\"prev\":null" },
	{ "not known whether matched", "\"matched\":true", "\"matched\":null" },
	{ "matched not said", ",\"matched\":true", "" },
	{ "upper-case hex", "\"sha1\":{\"10\":\"" H20 "\"},\"sha256",
	  "\"sha1\":{\"10\":\"000102030405060708090A0B0C0D0E0F10111213\"},"
	  "\"sha256" },
	{ "no extend", "\"extend\":{\"sha256\":\"sha1-padded\"},", "" },
	{ "null for extend", "\"extend\":{\"sha256\":\"sha1-padded\"}",
	  "\"extend\":null" },
	{ "no foreign", ",\"foreign\":[9]", "" },
	{ "foreign of none", "[9]", "[]" },
	{ "strings that look like keys", "\"how\"",
	  "\"x\\\"y\":\"a\\\":\",\"z\" : [\"\\\\\", {\"first\":\"\\u0000\"}],"
	  "\"how\"" },
	{ "not unanchored", ",\"unanchored\":true", "" },
	{ "one record", "\"first\":11", "\"first\":20" },
	{ "PCR 0", "\"9\"", "\"0\"" },
	{ "PCR 23", "\"9\"", "\"23\"" },
};

static void taken_too(void)
{
	for (size_t i = 0; i < ROWS(taken); i++) {
		char *text = changed(taken[i].from, taken[i].to);
		struct error err = { 0 };
		struct aggregate a;

		unit_case("%s", taken[i].name);
		if (!text)
			continue;
		CHECK_INT(parse(text, strlen(text), &a, &err), E_OK);
		CHECK_STR(err.reason, "");
		free(text);
	}
}

/* --- refused --- */

#define NO_KEY(key) "key '" key "' is missing or wrong"
#define TWICE "a key is there twice, or has a NUL"
#define NO_PCRS "key 'pcrs' has a wrong value for "

static const struct {
	const char *name, *from, *to;
	int code;
	const char *reason;
} refused[] = {
	/* missing */
	{ "no type", "\"type\"", "\"typ\"", E_FORMAT, NO_KEY("type") },
	{ "no version", "\"version\"", "\"v\"", E_FORMAT, NO_KEY("version") },
	{ "no first", "\"first\"", "\"f\"", E_FORMAT, NO_KEY("first") },
	{ "no last", "\"last\"", "\"l\"", E_FORMAT, NO_KEY("last") },
	{ "no bytes", "\"bytes\"", "\"b\"", E_FORMAT, NO_KEY("bytes") },
	{ "no sha256", "514,\"sha256\"", "514,\"s\"", E_FORMAT,
	  NO_KEY("sha256") },
	{ "no pcrs", "\"pcrs\":{\"sha1\":{\"10\":\"" H20 "\"},", "\"p\":{",
	  E_FORMAT, NO_KEY("pcrs") },
	{ "no boot_id", "\"boot_id\"", "\"boot\"", E_FORMAT,
	  NO_KEY("boot_id") },
	{ "no tpm", "\"tpm\"", "\"TPM\"", E_FORMAT, NO_KEY("tpm") },
	{ "no reset_count", "\"reset_count\"", "\"r\"", E_FORMAT,
	  NO_KEY("reset_count") },
	{ "no restart_count", "\"restart_count\"", "\"r\"", E_FORMAT,
	  NO_KEY("restart_count") },
	{ "no clock", "\"clock\"", "\"c\"", E_FORMAT, NO_KEY("clock") },
	{ "no pcr_update_counter", "\"pcr_update_counter\"", "\"c\"", E_FORMAT,
	  NO_KEY("pcr_update_counter") },
	{ "no how", "\"how\"", "\"why\"", E_FORMAT, NO_KEY("how") },
	{ "no taken", "\"taken\"", "\"when\"", E_FORMAT, NO_KEY("taken") },
	{ "no prev", "\"prev\"", "\"next\"", E_FORMAT, NO_KEY("prev") },
	{ "no reason of a gap", "\"reason\"", "\"r\"", E_FORMAT,
	  NO_KEY("reason") },
	{ "no record of a gap", "\"after\"", "\"before\"", E_FORMAT,
	  NO_KEY("after") },
	{ "no values of a gap", "8,\"pcrs\"", "8,\"p\"", E_FORMAT,
	  NO_KEY("pcrs") },
	/* of another type */
	{ "type is a number", "\"snapshot_aggregate\"", "1", E_FORMAT,
	  NO_KEY("type") },
	{ "version is text", "\"version\":1", "\"version\":\"1\"", E_FORMAT,
	  NO_KEY("version") },
	{ "version is no integer", "\"version\":1", "\"version\":1.0",
	  E_FORMAT, NO_KEY("version") },
	{ "first is text", "\"first\":11", "\"first\":\"11\"", E_FORMAT,
	  NO_KEY("first") },
	{ "last is null", "\"last\":20", "\"last\":null", E_FORMAT,
	  NO_KEY("last") },
	{ "last is no integer", "\"last\":20", "\"last\":2e1", E_FORMAT,
	  NO_KEY("last") },
	{ "bytes is a list", "514", "[514]", E_FORMAT, NO_KEY("bytes") },
	{ "sha256 is null", "514,\"sha256\":\"" H32 "\"",
	  "514,\"sha256\":null", E_FORMAT, NO_KEY("sha256") },
	{ "boot_id is null", "\"3363deeb-3620-437e-8036-5d1c288d5d10\"",
	  "null", E_FORMAT, NO_KEY("boot_id") },
	{ "tpm is a list", "\"tpm\":{\"reset_count\":7,\"restart_count\":1,"
	  "\"clock\":81234,\"pcr_update_counter\":8312,\"matched\":true}",
	  "\"tpm\":[]", E_FORMAT, NO_KEY("tpm") },
	{ "matched is a number", "\"matched\":true", "\"matched\":1", E_FORMAT,
	  NO_KEY("matched") },
	{ "how is a number", "\"stage\"", "7", E_FORMAT, NO_KEY("how") },
	{ "taken is a number", "\"2026-11-23T22:07:00Z\"", "2026", E_FORMAT,
	  NO_KEY("taken") },
	{ "prev is a number", "\"prev\":\"" H32 "\"", "\"prev\":0", E_FORMAT,
	  NO_KEY("prev") },
	{ "extend is a list", "\"extend\":{\"sha256\":\"sha1-padded\"}",
	  "\"extend\":[\"sha256\"]", E_FORMAT, NO_KEY("extend") },
	{ "extend of true", "\"sha1-padded\"", "true", E_FORMAT,
	  NO_KEY("extend") },
	{ "foreign is a number", "[9]", "9", E_FORMAT, NO_KEY("foreign") },
	{ "foreign of text", "[9]", "[\"9\"]", E_FORMAT, NO_KEY("foreign") },
	{ "unanchored is a number", "\"unanchored\":true", "\"unanchored\":1",
	  E_FORMAT, NO_KEY("unanchored") },
	{ "gap is true", "\"gap\":{\"reason\":\"kexec\",\"after\":8,\"pcrs\":"
	  "{\"sha1\":{\"10\":\"" H20 "\"}}}", "\"gap\":true", E_FORMAT,
	  NO_KEY("gap") },
	{ "a bank is text", "\"sha1\":{\"10\":\"" H20 "\"},\"sha256\"",
	  "\"sha1\":\"" H20 "\",\"sha256\"", E_FORMAT, NO_PCRS "'sha1'" },
	{ "a value is a number", "\"9\":\"" H32 "\"", "\"9\":0", E_FORMAT,
	  NO_PCRS "'sha256'" },
	/* out of range */
	{ "another type", "snapshot_aggregate", "discarded", E_FORMAT,
	  NO_KEY("type") },
	{ "version 2", "\"version\":1", "\"version\":2", E_UNSUPPORTED,
	  "version 2 of the format" },
	{ "version 0", "\"version\":1", "\"version\":0", E_UNSUPPORTED,
	  "version 0 of the format" },
	{ "negative version", "\"version\":1", "\"version\":-1", E_FORMAT,
	  NO_KEY("version") },
	{ "first is 0", "\"first\":11", "\"first\":0", E_FORMAT,
	  NO_KEY("last") },
	{ "negative first", "\"first\":11", "\"first\":-11", E_FORMAT,
	  NO_KEY("first") },
	{ "first behind last", "\"first\":11", "\"first\":21", E_FORMAT,
	  NO_KEY("last") },
	{ "last over twelve digits", "\"last\":20", "\"last\":1000000000000",
	  E_FORMAT, NO_KEY("last") },
	{ "last over 64 bits", "\"last\":20", "\"last\":18446744073709551636",
	  E_FORMAT, NO_KEY("last") },
	{ "negative bytes", "514", "-1", E_FORMAT, NO_KEY("bytes") },
	{ "reset_count over 32 bits", "\"reset_count\":7",
	  "\"reset_count\":4294967296", E_FORMAT, NO_KEY("reset_count") },
	{ "negative restart_count", "\"restart_count\":1",
	  "\"restart_count\":-1", E_FORMAT, NO_KEY("restart_count") },
	{ "negative clock", "81234", "-81234", E_FORMAT, NO_KEY("clock") },
	{ "pcr_update_counter over 32 bits", "8312", "4294967296", E_FORMAT,
	  NO_KEY("pcr_update_counter") },
	{ "boot_id too long", "3363deeb-3620-437e-8036-5d1c288d5d10",
	  "3363deeb-3620-437e-8036-5d1c288d5d10-and-more", E_FORMAT,
	  NO_KEY("boot_id") },
	{ "how too long", "\"stage\"", "\"staged-x\"", E_FORMAT,
	  NO_KEY("how") },
	{ "taken too long", "22:07:00Z", "22:07:00.000000000000000Z", E_FORMAT,
	  NO_KEY("taken") },
	{ "reason too long", "\"kexec\"",
	  "\"0123456789012345678901234567890123456789012345678901234567890123"
	  "\"", E_FORMAT, NO_KEY("reason") },
	{ "foreign 24", "[9]", "[24]", E_FORMAT, NO_KEY("foreign") },
	{ "foreign -1", "[9]", "[-1]", E_FORMAT, NO_KEY("foreign") },
	/* banks, PCRs and values */
	{ "unknown bank", "\"sha1\":{\"10\":\"" H20 "\"},\"sha256\"",
	  "\"md5\":{\"10\":\"" H20 "\"},\"sha256\"", E_FORMAT,
	  NO_PCRS "'md5'" },
	{ "bank in upper case", "\"sha1\":{\"10\":\"" H20 "\"},\"sha256\"",
	  "\"SHA1\":{\"10\":\"" H20 "\"},\"sha256\"", E_FORMAT,
	  NO_PCRS "'SHA1'" },
	{ "bank with a dash", "\"sha1\":{\"10\":\"" H20 "\"},\"sha256\"",
	  "\"sha-1\":{\"10\":\"" H20 "\"},\"sha256\"", E_FORMAT,
	  NO_PCRS "'sha-1'" },
	{ "empty bank", "\"sha1\":{\"10\":\"" H20 "\"},\"sha256\"",
	  "\"sha1\":{},\"sha256\"", E_FORMAT, NO_PCRS "'sha1'" },
	{ "PCR 24", "\"9\"", "\"24\"", E_FORMAT, NO_PCRS "'sha256'" },
	{ "PCR -1", "\"9\"", "\"-1\"", E_FORMAT, NO_PCRS "'sha256'" },
	{ "PCR of no name", "\"9\"", "\"\"", E_FORMAT, NO_PCRS "'sha256'" },
	{ "PCR twice, once with a zero before it", "\"9\"", "\"010\"",
	  E_FORMAT, NO_PCRS "'sha256'" },
	{ "hex too short", "\"9\":\"00", "\"9\":\"", E_FORMAT,
	  NO_PCRS "'sha256'" },
	{ "hex of half a byte", "\"9\":\"0", "\"9\":\"", E_FORMAT,
	  NO_PCRS "'sha256'" },
	{ "hex too long", "\"9\":\"", "\"9\":\"00", E_FORMAT,
	  NO_PCRS "'sha256'" },
	{ "no hex", "\"9\":\"0", "\"9\":\"g", E_FORMAT, NO_PCRS "'sha256'" },
	{ "hex of 0x", "\"9\":\"00", "\"9\":\"0x", E_FORMAT,
	  NO_PCRS "'sha256'" },
	{ "prev too short", "\"prev\":\"00", "\"prev\":\"", E_FORMAT,
	  NO_KEY("prev") },
	{ "sha256 too long", "514,\"sha256\":\"", "514,\"sha256\":\"00",
	  E_FORMAT, NO_KEY("sha256") },
	{ "extend of an unknown bank", "{\"sha256\":\"sha1-padded\"}",
	  "{\"md5\":\"sha1-padded\"}", E_FORMAT, NO_KEY("extend") },
	{ "extend in upper case", "{\"sha256\":\"sha1-padded\"}",
	  "{\"SHA256\":\"sha1-padded\"}", E_FORMAT, NO_KEY("extend") },
	{ "extend by another rule", "sha1-padded", "sha1", E_FORMAT,
	  NO_KEY("extend") },
	{ "unknown bank of a gap", "8,\"pcrs\":{\"sha1\"",
	  "8,\"pcrs\":{\"md5\"", E_FORMAT, NO_PCRS "'md5'" },
	{ "no bank", "\"pcrs\":{\"sha1\":{\"10\":\"" H20 "\"},\"sha256\":"
	  "{\"9\":\"" H32 "\",\"10\":\"" H32 "\"}}", "\"pcrs\":{}", E_FORMAT,
	  NO_KEY("pcrs") },
	/* a quote */
	{ "quote is text", "\"quote\":{\"attest\":\"/1RDR4AY\",\"signature\":"
	  "\"ABQACw==\",\"ak\":\"" H32 "\"}", "\"quote\":\"/1RDR4AY\"",
	  E_FORMAT, NO_KEY("quote") },
	{ "no attest", "\"attest\"", "\"a\"", E_FORMAT, NO_KEY("attest") },
	{ "no signature", "\"signature\"", "\"s\"", E_FORMAT,
	  NO_KEY("signature") },
	{ "no ak", "\"ak\"", "\"AK\"", E_FORMAT, NO_KEY("ak") },
	{ "attest is a number", "\"/1RDR4AY\"", "7", E_FORMAT,
	  NO_KEY("attest") },
	{ "attest is no base64", "/1RDR4AY", "/1RDR4A*", E_FORMAT,
	  NO_KEY("attest") },
	{ "attest of URL's base64", "/1RDR4AY", "_1RDR4AY", E_FORMAT,
	  NO_KEY("attest") },
	{ "base64 without its end", "ABQACw==", "ABQACw", E_FORMAT,
	  NO_KEY("signature") },
	{ "base64 with bits to spare", "ABQACw==", "ABQACx==", E_FORMAT,
	  NO_KEY("signature") },
	{ "NUL in base64", "/1RDR4AY", "/1RDR4AY\\u0000", E_FORMAT,
	  NO_KEY("attest") },
	{ "ak too short", "\"ak\":\"00", "\"ak\":\"", E_FORMAT,
	  NO_KEY("ak") },
	/* NUL bytes */
	{ "NUL in type", "snapshot_aggregate", "snapshot_aggregate\\u0000",
	  E_FORMAT, NO_KEY("type") },
	{ "NUL in boot_id", "\"3363", "\"\\u0000363", E_FORMAT,
	  NO_KEY("boot_id") },
	{ "NUL in how", "\"stage\"", "\"st\\u0000\"", E_FORMAT,
	  NO_KEY("how") },
	{ "NUL in the reason", "\"kexec\"", "\"kexec\\u0000\"", E_FORMAT,
	  NO_KEY("reason") },
	{ "NUL in a value", "\"9\":\"00", "\"9\":\"0\\u0000", E_FORMAT,
	  NO_PCRS "'sha256'" },
	{ "NUL behind a rule", "sha1-padded", "sha1-padded\\u0000", E_FORMAT,
	  NO_KEY("extend") },
	{ "NUL behind a PCR", "\"9\"", "\"9\\u0000\"", E_FORMAT, TWICE },
	{ "NUL behind a bank", "\"sha1\":{\"10\":\"" H20 "\"},\"sha256\"",
	  "\"sha1\\u0000\":{\"10\":\"" H20 "\"},\"sha256\"", E_FORMAT,
	  TWICE },
	/* given twice */
	{ "first twice", "\"first\":11", "\"first\":11,\"first\":11", E_FORMAT,
	  TWICE },
	{ "pcrs twice", "\"boot_id\"", "\"pcrs\":{\"sha1\":{\"10\":\"" H20
	  "\"}},\"boot_id\"", E_FORMAT, TWICE },
	{ "a PCR twice", "\"9\"", "\"10\"", E_FORMAT,
	  TWICE },
	{ "a bank twice", "\"sha1\":{\"10\":\"" H20 "\"},\"sha256\":{\"9\":",
	  "\"sha256\":{\"10\":\"" H32 "\"},\"sha256\":{\"9\":", E_FORMAT,
	  TWICE },
	/* no JSON */
	{ "a comma too many", "\"kexec\",", "\"kexec\",,", E_FORMAT, NULL },
	{ "a comment", "\"how\"", "/* */\"how\"", E_FORMAT, NULL },
	{ "single quotes", "\"stage\"", "'stage'", E_FORMAT, NULL },
	{ "no quotes", "\"stage\"", "stage", E_FORMAT, NULL },
	{ "NaN", "514", "NaN", E_FORMAT, NULL },
	{ "a number with a zero before it", "514", "0514", E_FORMAT, NULL },
	{ "nested deep", "\"how\"", "\"deep\":[[[[[[[[[[1]]]]]]]]]],\"how\"",
	  E_FORMAT, NULL },
	{ "bytes behind it", "\"}}\n", "\"}}\n{}", E_FORMAT,
	  "not one JSON object" },
	{ "another one behind it", "\"}}\n", "\"}} 1", E_FORMAT,
	  "not one JSON object" },
};

static void aggregate_refusals(void)
{
	for (size_t i = 0; i < ROWS(refused); i++) {
		char *text = changed(refused[i].from, refused[i].to);
		struct error err = { 0 };
		struct aggregate a;

		unit_case("%s", refused[i].name);
		if (!text)
			continue;
		CHECK_INT(parse(text, strlen(text), &a, &err),
			  refused[i].code);
		CHECK(err.reason[0]);
		if (refused[i].reason)
			CHECK_STR(err.reason, refused[i].reason);
		CHECK_INT(parse(text, strlen(text), &a, NULL),
			  refused[i].code);
		free(text);
	}
}

static void what_is_no_object_is_refused(void)
{
	static const char *const texts[] = {
		"", " ", "\n", "{}", "{", "}", "nul", "\xef\xbb\xbf{}", "\xff",
		"{\"a\"}",
	};
	static const char *const values[] = {
		"null ", "1 ", "\"text\"", "[]", "[{}]", "true ",
	};

	for (size_t i = 0; i < ROWS(texts); i++) {
		struct error err = { 0 };
		struct aggregate a;

		unit_case("'%s'", texts[i]);
		CHECK_INT(parse(texts[i], strlen(texts[i]), &a, &err),
			  E_FORMAT);
		CHECK(err.reason[0]);
		CHECK_INT(parse(texts[i], strlen(texts[i]), &a, NULL),
			  E_FORMAT);
	}
	for (size_t i = 0; i < ROWS(values); i++) {
		struct error err = { 0 };
		struct aggregate a;

		unit_case("'%s'", values[i]);
		CHECK_INT(parse(values[i], strlen(values[i]), &a, &err),
			  E_FORMAT);
		CHECK_STR(err.reason, "not one JSON object");
	}
}

static void nul_bytes_are_refused(void)
{
	size_t len = strlen(full);

	for (size_t at = 0; at <= len; at++) {
		char text[sizeof(full) + 1];
		struct aggregate a;

		memcpy(text, full, at);
		text[at] = '\0';
		memcpy(text + at + 1, full + at, len - at);
		unit_case("before byte %zu", at);
		CHECK_INT(parse(text, len + 1, &a, NULL), E_FORMAT);
		if (at == len)
			break;
		memcpy(text, full, len);
		text[at] = '\0';
		unit_case("in the place of byte %zu", at);
		CHECK_INT(parse(text, len, &a, NULL), E_FORMAT);
	}
}

/* Also under a key that is not known. */
static void deep_nesting_is_refused(void)
{
	static const size_t depths[] = { 8, 9, 100, 100000 };

	for (size_t i = 0; i < ROWS(depths); i++) {
		size_t n = depths[i], len = 2 * n + sizeof(full) + 20;
		char *text = malloc(len), *at = text;
		struct aggregate a;

		if (!CHECK(text))
			return;
		at = stpcpy(at, "{\"deep\":");
		memset(at, '[', n);
		memset(at + n, ']', n);
		at = stpcpy(at + 2 * n, ",");
		at = stpcpy(at, full + 1);
		unit_case("%zu deep", n);
		CHECK_INT(parse(text, (size_t)(at - text), &a, NULL),
			  E_FORMAT);
		free(text);
	}
}

static void huge_aggregate_is_refused(void)
{
	size_t len = AGGREGATE_MAX + 1;
	char *text = malloc(len);
	struct error err = { 0 };
	struct aggregate a;

	if (!CHECK(text))
		return;
	memset(text, ' ', len);
	memcpy(text, full, strlen(full));
	CHECK_INT(parse(text, len - 1, &a, &err), E_OK);
	CHECK_INT(parse(text, len, &a, &err), E_LIMIT);
	CHECK_STR(err.reason, "over 262144 bytes");
	free(text);
}

/* --- cut and flipped --- */

static void truncations_are_refused(void)
{
	/* Without the newline it is whole. */
	for (size_t len = 0; len < strlen(full) - 1; len++) {
		struct aggregate a;

		unit_case("%zu bytes", len);
		CHECK_INT(parse(full, len, &a, NULL), E_FORMAT);
	}
}

static bool terminated(const char *s, size_t size)
{
	return strnlen(s, size) < size;
}

/* All that aggregate.h promises of what was read. */
static void check_valid(const struct aggregate *a)
{
	CHECK(a->first >= 1 && a->first <= a->last);
	CHECK(a->last <= RECORD_NUMBER_MAX);
	CHECK(a->bytes <= INT64_MAX);
	CHECK(terminated(a->boot_id, sizeof(a->boot_id)));
	CHECK(terminated(a->how, sizeof(a->how)));
	CHECK(terminated(a->taken, sizeof(a->taken)));
	CHECK(terminated(a->gap.reason, sizeof(a->gap.reason)));
	CHECK(terminated(a->quote.ak, sizeof(a->quote.ak)));
	CHECK(a->quote.attest_len <= sizeof(a->quote.attest));
	CHECK(a->quote.signature_len <= sizeof(a->quote.signature));
	CHECK(!(a->foreign >> PCR_COUNT));
	CHECK(!(a->padded & ~HASH_ALL));
	for (unsigned int i = 0; i < HASH_COUNT; i++)
		CHECK(!(a->pcrs.bank[i].mask >> PCR_COUNT));
}

static void flipped_bits_are_refused_or_make_a_valid_one(void)
{
	char text[sizeof(full)];
	size_t read = 0;

	for (size_t bit = 0; bit < 8 * strlen(full); bit++) {
		struct aggregate a;
		int rc;

		memcpy(text, full, sizeof(full));
		text[bit / 8] = (char)(text[bit / 8] ^ 1 << bit % 8);
		unit_case("bit %zu", bit);
		rc = parse(text, strlen(full), &a, NULL);
		CHECK(rc == E_OK || rc == E_FORMAT || rc == E_UNSUPPORTED);
		if (rc)
			continue;
		read++;
		check_valid(&a);
	}
	printf("# of %zu flipped bits %zu make another aggregate\n",
	       8 * strlen(full), read);
}

/* It would belong to nobody: put() has nothing left to put it into. */
static void no_object_is_made_after_a_failure(void)
{
	bool ok = true;
	json_object *obj = put_object(&ok);

	CHECK(obj && ok);
	json_object_put(obj);
	ok = false;
	obj = put_object(&ok);
	CHECK(!obj && !ok);
	json_object_put(obj);
}

#define TEST(fn) { #fn, fn }

const struct unit_test unit_tests[] = {
	TEST(every_key_is_read),
	TEST(every_key_is_written),
	TEST(what_is_written_can_be_read),
	TEST(taken_too),
	TEST(aggregate_refusals),
	TEST(what_is_no_object_is_refused),
	TEST(nul_bytes_are_refused),
	TEST(deep_nesting_is_refused),
	TEST(huge_aggregate_is_refused),
	TEST(truncations_are_refused),
	TEST(flipped_bits_are_refused_or_make_a_valid_one),
	TEST(no_object_is_made_after_a_failure),
	{ NULL, NULL }
};
