// SPDX-License-Identifier: GPL-2.0-or-later
/* test-pcrs.c - PCR values in each of the files that hold them */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "format/pcrs.h"
#include "unit.h"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

#define SHA1_10 "1e3fdf7fbec4c6991f3d54e91a0eb8f661acaff0"
#define SHA256_0 \
	"ed1e338910836644d88868b3f7326fad9262abff7bc13dd4d1d7eb51cc42f29a"
#define SHA256_10 \
	"bdc9bd36ac7f258351c81a3155a19ea5837b6ef164074f0189d876a5ec17f920"

/* What tests/data/quotes selects. */
static const struct pcr_selection three = {
	.count = 2,
	.bank = { { 0x0004, 1U << 10 }, { 0x000b, 1U << 0 | 1U << 10 } },
};

static void check_value(const struct pcr_values *v, enum hash_id id,
			unsigned int index, const char *want)
{
	char hex[2 * HASH_SIZE_MAX + 1];

	CHECK(v->bank[id].mask >> index & 1);
	hex_encode(hex, v->bank[id].value[index], hash_row(id)->size);
	CHECK_STR(hex, want);
}

static void check_three(const struct pcr_values *v)
{
	CHECK_INT(v->bank[HASH_SHA1].mask, 1U << 10);
	CHECK_INT(v->bank[HASH_SHA256].mask, 1U << 0 | 1U << 10);
	CHECK_INT(v->bank[HASH_SHA384].mask, 0);
	check_value(v, HASH_SHA1, 10, SHA1_10);
	check_value(v, HASH_SHA256, 0, SHA256_0);
	check_value(v, HASH_SHA256, 10, SHA256_10);
}

static uint8_t *fixture(const char *name, size_t *len)
{
	char rel[64], *path;
	uint8_t *bytes = NULL;

	snprintf(rel, sizeof(rel), "quotes/%s", name);
	path = unit_data(rel);
	if (path)
		bytes = unit_read(path, len);
	free(path);
	return bytes;
}

/* An exact copy, so that tools see a byte too many. */
static uint8_t *exact(const void *bytes, size_t len)
{
	uint8_t *copy = malloc(len ? len : 1);

	if (copy && len)
		memcpy(copy, bytes, len);
	return copy;
}

static int parse_text(const char *text, size_t len, int id,
		      struct pcr_values *v, struct error *err)
{
	char *copy = (char *)exact(text, len);
	int rc = pcrs_parse_text(copy, len, id, v, err);

	free(copy);
	return rc;
}

static int parse_quoted(const uint8_t *bytes, size_t len,
			const struct pcr_selection *sel, struct pcr_values *v,
			struct error *err)
{
	uint8_t *copy = exact(bytes, len);
	int rc = pcrs_parse_quoted(copy, len, sel, v, err);

	free(copy);
	return rc;
}

/* Text */

static void text_in_every_spelling_is_read(void)
{
	static const struct {
		const char *text;
		int id;
	} rows[] = {
		{ "PCR-10: " SHA1_10 "\n", HASH_SHA1 },
		{ "PCR-10:" SHA1_10, HASH_SHA1 },
		{ "\n  PCR-10: " SHA1_10 " \t\r\n\r\n", HASH_SHA1 },
		{ "PCR-10: 1E 3F DF 7F BE C4 C6 99 1F 3D 54 E9 1A 0E B8 F6 "
		  "61 AC AF F0 \n", HASH_SHA1 },
		{ "  sha1:\n    10: 0x" SHA1_10 "\n", -1 },
		{ "sha1:\r\n10 : 0x" SHA1_10 "\r\n", HASH_SHA1 },
		{ "  sha1:\n    10: 0x" SHA1_10 "\n  sha256:\n", -1 },
		{ "  sha256:\n    0 : 0x" SHA256_0 "\n"
		  "  sha1:\n    10: 0x" SHA1_10 "\n", HASH_SHA1 },
		{ "  sha3_256:\n    0 : 0x" SHA256_0 "\n"
		  "  sha1:\n    10: 0x" SHA1_10 "\n", -1 },
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct pcr_values v = { 0 };
		struct error err = { 0 };

		unit_case("row %zu", i);
		CHECK_INT(parse_text(rows[i].text, strlen(rows[i].text),
				     rows[i].id, &v, &err), E_OK);
		CHECK_STR(err.reason, "");
		CHECK_INT(v.bank[HASH_SHA1].mask, 1U << 10);
		CHECK_INT(v.bank[HASH_SHA256].mask, 0);
		check_value(&v, HASH_SHA1, 10, SHA1_10);
	}
}

static void text_of_one_digit_is_pcr_1(void)
{
	struct pcr_values v = { 0 };
	const char *text = "PCR-01: " SHA1_10 "\nPCR-2: " SHA1_10 "\n";

	CHECK_INT(parse_text(text, strlen(text), HASH_SHA1, &v, NULL), E_OK);
	CHECK_INT(v.bank[HASH_SHA1].mask, 1U << 1 | 1U << 2);
}

static void text_adds_to_what_is_there(void)
{
	struct pcr_values v = { 0 };
	const char *text = "sha256:\n0 : 0x" SHA256_0 "\n10: 0x" SHA256_10;

	CHECK_INT(pcrs_parse_one("sha1:10=" SHA1_10, &v, NULL), E_OK);
	CHECK_INT(parse_text(text, strlen(text), -1, &v, NULL), E_OK);
	check_three(&v);
}

/* Every refusal of a text: its code, and what the reason says. */
static const struct {
	const char *name, *text;
	int id, code;
	const char *reason;
} bad_texts[] = {
	{ "empty", "", HASH_SHA1, E_FORMAT, "holds no PCR value" },
	{ "blank", " \n\n", HASH_SHA1, E_FORMAT, "holds no PCR value" },
	{ "heading alone", "sha1:\n", -1, E_FORMAT, "holds no PCR value" },
	{ "another bank", "sha1:\n10: 0x" SHA1_10, HASH_SHA256, E_FORMAT,
	  "holds no PCR value" },
	{ "no bank", "PCR-10: " SHA1_10, -1, E_USAGE,
	  "line 1: does not say which bank the values are of" },
	{ "twice", "PCR-10: " SHA1_10 "\nPCR-10: " SHA1_10, HASH_SHA1,
	  E_FORMAT, "line 2: the value of sha1 PCR 10 is given twice" },
	{ "twice in YAML", "sha1:\n1: 0x" SHA1_10 "\n\n1: 0x" SHA1_10, -1,
	  E_FORMAT, "line 4: the value of sha1 PCR 1 is given twice" },
	{ "too short", "PCR-10: aabb", HASH_SHA1, E_FORMAT,
	  "line 1: a value of bank sha1 has 20 bytes, not 2" },
	{ "no value", "PCR-10:", HASH_SHA1, E_FORMAT,
	  "line 1: a value of bank sha1 has 20 bytes, not 0" },
	{ "of another bank", "PCR-10: " SHA256_10, HASH_SHA1, E_FORMAT,
	  "line 1: a value of bank sha1 has 20 bytes, not 32" },
	{ "no PCR 24", "PCR-24: " SHA1_10, HASH_SHA1, E_FORMAT,
	  "line 1: there is no PCR 24" },
	{ "three digits", "PCR-010: " SHA1_10, HASH_SHA1, E_FORMAT,
	  "line 1: is not of the form PCR-NN: HEX" },
	{ "no digit", "PCR-: " SHA1_10, HASH_SHA1, E_FORMAT,
	  "line 1: is not of the form PCR-NN: HEX" },
	{ "half a byte", "PCR-10: " SHA1_10 "a", HASH_SHA1, E_FORMAT,
	  "line 1: is not of the form PCR-NN: HEX" },
	{ "a half apart", "PCR-10: a abb", HASH_SHA1, E_FORMAT,
	  "line 1: is not of the form PCR-NN: HEX" },
	{ "no hexadecimal", "PCR-10: xy", HASH_SHA1, E_FORMAT,
	  "line 1: is not of the form PCR-NN: HEX" },
	{ "too long", "PCR-10: " SHA256_0 SHA256_0 SHA256_0, HASH_SHA1,
	  E_FORMAT, "line 1: is not of the form PCR-NN: HEX" },
	{ "YAML without 0x", "sha1:\n10: " SHA1_10, -1, E_FORMAT,
	  "line 2: is not of the form NN: 0xHEX" },
	{ "YAML without a value", "sha1:\n10: 0x", -1, E_FORMAT,
	  "line 2: is not of the form NN: 0xHEX" },
	{ "YAML without a bank", "10: 0x" SHA1_10, -1, E_FORMAT,
	  "line 1: a value before any bank's name" },
	{ "no such bank", "\nsha2:\n10: 0x" SHA1_10, -1, E_FORMAT,
	  "line 2: names no hash algorithm" },
	{ "a very long bank", "sha1sha1sha1sha1sha1:\n", -1, E_FORMAT,
	  "line 1: is no PCR value" },
	{ "bank and value", "sha1: 10", -1, E_FORMAT,
	  "line 1: is no PCR value" },
	{ "prose", "no PCRs here", -1, E_FORMAT, "line 1: is no PCR value" },
	{ "evmctl's in YAML", "sha1:\n10: 0x" SHA1_10 "\nPCR-11: " SHA1_10,
	  HASH_SHA1, E_FORMAT, "line 3: two forms of PCR values in one file" },
	{ "YAML in evmctl's", "PCR-11: " SHA1_10 "\nsha1:\n10: 0x" SHA1_10,
	  HASH_SHA1, E_FORMAT, "line 2: two forms of PCR values in one file" },
};

static void text_refusals(void)
{
	static const struct pcr_values none;

	for (size_t i = 0; i < ROWS(bad_texts); i++) {
		struct pcr_values v = { 0 };
		struct error err = { 0 };

		unit_case("%s", bad_texts[i].name);
		CHECK_INT(parse_text(bad_texts[i].text,
				     strlen(bad_texts[i].text),
				     bad_texts[i].id, &v, &err),
			  bad_texts[i].code);
		CHECK_INT(err.code, bad_texts[i].code);
		CHECK_STR(err.reason, bad_texts[i].reason);
		CHECK_MEM(&v, &none, sizeof(v));
	}
}

static void text_with_a_nul_is_refused(void)
{
	static const char nul[] = "PCR-10: " SHA1_10 "\0";
	struct pcr_values v = { 0 };

	CHECK_INT(parse_text(nul, sizeof(nul) - 1, HASH_SHA1, &v, NULL),
		  E_FORMAT);
}

static void text_cut_anywhere_is_refused_or_says_less(void)
{
	static const char text[] = "  sha1:\n    10: 0x" SHA1_10 "\n"
				   "  sha256:\n    0 : 0x" SHA256_0;

	for (size_t len = 0; len < sizeof(text) - 1; len++) {
		struct pcr_values v = { 0 };
		int rc = parse_text(text, len, -1, &v, NULL);

		unit_case("length %zu", len);
		CHECK(rc == E_FORMAT || v.bank[HASH_SHA1].mask == 1U << 10);
		CHECK_INT(v.bank[HASH_SHA256].mask, 0);
	}
}

/* One value */

static void one_value_is_read(void)
{
	struct pcr_values v = { 0 };

	CHECK_INT(pcrs_parse_one("sha1:10=" SHA1_10, &v, NULL), E_OK);
	CHECK_INT(pcrs_parse_one("SHA256:0=0x" SHA256_0, &v, NULL), E_OK);
	CHECK_INT(pcrs_parse_one("sha-256:10=" SHA256_10, &v, NULL), E_OK);
	check_three(&v);
}

static void one_value_refusals(void)
{
	static const char *const rows[][2] = {
		{ "",
		  "does not begin with a bank's name, as in sha256:10=HEX" },
		{ "sha9:10=" SHA1_10,
		  "does not begin with a bank's name, as in sha256:10=HEX" },
		{ "sha1", "is not of the form BANK:INDEX=HEX" },
		{ "sha1:10", "is not of the form BANK:INDEX=HEX" },
		{ "sha1:x=" SHA1_10, "is not of the form BANK:INDEX=HEX" },
		{ "sha1:100=" SHA1_10, "is not of the form BANK:INDEX=HEX" },
		{ "sha1:24=" SHA1_10, "there is no PCR 24" },
		{ "sha1:10=", "a value of bank sha1 has 20 bytes, not 0" },
		{ "sha1:10=00", "a value of bank sha1 has 20 bytes, not 1" },
		{ "sha1:10=0",
		  "the value is not hexadecimal, or too long" },
		{ "sha1:10=" SHA256_0 SHA256_0 "00",
		  "the value is not hexadecimal, or too long" },
		{ "sha1:9=" SHA1_10,
		  "the value of sha1 PCR 9 is given twice" },
	};
	struct pcr_values v = { 0 }, before;

	CHECK_INT(pcrs_parse_one("sha1:9=" SHA1_10, &v, NULL), E_OK);
	before = v;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct error err = { 0 };

		unit_case("%s", rows[i][0]);
		CHECK_INT(pcrs_parse_one(rows[i][0], &v, &err), E_USAGE);
		CHECK_INT(err.code, E_USAGE);
		CHECK_STR(err.reason, rows[i][1]);
		CHECK_MEM(&v, &before, sizeof(v));
	}
}

/* Behind a quote */

/* Bytes written one after another. */
struct made {
	uint8_t bytes[4096];
	size_t len;
};

static void put(struct made *m, uint64_t v, size_t n)
{
	while (n && n--)
		m->bytes[m->len++] = (uint8_t)(v >> 8 * n);
}

static void put_digest(struct made *m, const char *hex)
{
	size_t n = strlen(hex) / 2;

	put(m, n, 2);
	hex_decode(m->bytes + m->len, n, hex, 2 * n);
	m->len += n;
}

/* The marshaled form of what the fixtures hold. */
static struct made marshaled(void)
{
	struct made m = { .len = 0 };

	put(&m, 2, 4);
	put(&m, 0x000403000400, 6);
	put(&m, 0x000b03010400, 6);
	put(&m, 2, 4);
	put(&m, 2, 4);
	put_digest(&m, SHA1_10);
	put_digest(&m, SHA256_0);
	put(&m, 1, 4);
	put_digest(&m, SHA256_10);
	return m;
}

static void quoted_marshaled_is_read(void)
{
	struct made m = marshaled();
	struct pcr_values v = { 0 };
	struct error err = { 0 };

	CHECK_INT(parse_quoted(m.bytes, m.len, &three, &v, &err), E_OK);
	CHECK_STR(err.reason, "");
	check_three(&v);
}

static void quoted_forms_of_tpm2_tools_are_read(void)
{
	static const char *const names[] = { "pcrs.serialized", "pcrs.values",
					     "pcrs.yaml" };

	for (size_t i = 0; i < ROWS(names); i++) {
		struct pcr_values v = { 0 };
		struct error err = { 0 };
		size_t len;
		uint8_t *bytes = fixture(names[i], &len);

		unit_case("%s", names[i]);
		if (!CHECK(bytes))
			continue;
		CHECK_INT(parse_quoted(bytes, len, &three, &v, &err), E_OK);
		CHECK_STR(err.reason, "");
		check_three(&v);
		free(bytes);
	}
}

static void quoted_text_of_evmctl_is_read(void)
{
	static const struct pcr_selection one = {
		.count = 1, .bank = { { 0x0004, 1U << 10 } },
	};
	const char *text = "PCR-10: " SHA1_10 "\nPCR-11: " SHA1_10 "\n";
	struct pcr_values v = { 0 };
	struct error err = { 0 };

	CHECK_INT(parse_quoted((const uint8_t *)text, strlen(text), &one, &v,
			       &err), E_OK);
	CHECK_INT(v.bank[HASH_SHA1].mask, 1U << 10);
	check_value(&v, HASH_SHA1, 10, SHA1_10);
	CHECK_INT(parse_quoted((const uint8_t *)text, strlen(text), &three, &v,
			       &err), E_USAGE);
}

/* Only what the quote covers may pass for quoted. */
static void quoted_text_gives_no_more_than_the_selection(void)
{
	static const struct pcr_selection one = {
		.count = 1, .bank = { { 0x000b, 1U << 10 | 1U << 11 } },
	};
	struct pcr_values v = { 0 };
	size_t len;
	uint8_t *bytes = fixture("pcrs.yaml", &len);

	if (!CHECK(bytes))
		return;
	CHECK_INT(parse_quoted(bytes, len, &one, &v, NULL), E_OK);
	CHECK_INT(v.bank[HASH_SHA1].mask, 0);
	CHECK_INT(v.bank[HASH_SHA256].mask, 1U << 10);
	free(bytes);
}

static void quoted_banks_without_pcrs_count_as_absent(void)
{
	static const struct pcr_selection padded = {
		.count = 4,
		.bank = { { 0x000c, 0 }, { 0x0004, 1U << 10 }, { 0x9999, 0 },
			  { 0x000b, 1U << 0 | 1U << 10 } },
	};
	struct pcr_values v = { 0 };
	size_t len;
	uint8_t *bytes = fixture("pcrs.serialized", &len);

	if (!CHECK(bytes))
		return;
	CHECK_INT(parse_quoted(bytes, len, &padded, &v, NULL), E_OK);
	check_three(&v);
	free(bytes);
}

/* A bank that we do not know is stepped over where it says its size. */
static void quoted_unknown_bank_is_dropped(void)
{
	static const struct pcr_selection foreign = {
		.count = 2,
		.bank = { { 0x0027, 1U << 10 },
			  { 0x000b, 1U << 0 | 1U << 10 } },
	};
	struct made m = marshaled();
	struct pcr_values v = { 0 };
	struct error err = { 0 };

	m.bytes[4] = 0x00;
	m.bytes[5] = 0x27;
	CHECK_INT(parse_quoted(m.bytes, m.len, &foreign, &v, &err), E_OK);
	CHECK_INT(v.bank[HASH_SHA256].mask, 1U << 0 | 1U << 10);
	CHECK_INT(v.bank[HASH_SHA1].mask, 0);
	memset(m.bytes, 0xee, sizeof(m.bytes));
	CHECK_INT(parse_quoted(m.bytes, 84, &foreign, &v, &err),
		  E_UNSUPPORTED);
}

static void quoted_other_selection_is_refused(void)
{
	static const struct pcr_selection others[] = {
		{ 1, { { 0x000b, 1U << 0 | 1U << 10 } } },
		{ 2, { { 0x0004, 1U << 10 }, { 0x000b, 1U << 10 } } },
		{ 2, { { 0x0004, 1U << 10 }, { 0x000b, 3U << 10 } } },
		{ 2, { { 0x000b, 1U << 0 | 1U << 10 }, { 0x0004, 1U << 10 } } },
		{ 3, { { 0x0004, 1U << 10 }, { 0x000b, 1U << 0 | 1U << 10 },
		       { 0x000c, 1U << 10 } } },
	};
	struct made m = marshaled();
	size_t len;
	uint8_t *bytes = fixture("pcrs.serialized", &len);

	if (!CHECK(bytes))
		return;
	for (size_t i = 0; i < ROWS(others); i++) {
		struct pcr_values v = { 0 };
		struct error err = { 0 };

		unit_case("row %zu", i);
		CHECK_INT(parse_quoted(bytes, len, &others[i], &v, &err),
			  E_CHANGED);
		CHECK_STR(err.reason, "selects other PCRs than the quote");
		CHECK_INT(parse_quoted(m.bytes, m.len, &others[i], &v, &err),
			  E_CHANGED);
		CHECK_INT(v.bank[HASH_SHA256].mask, 0);
	}
	free(bytes);
}

static void quoted_files_cut_anywhere_are_refused(void)
{
	static const char *const names[] = { "pcrs.serialized", "pcrs.values" };
	struct made m = marshaled();

	for (size_t i = 0; i <= ROWS(names); i++) {
		size_t len = m.len;
		uint8_t *bytes = i < ROWS(names) ? fixture(names[i], &len) :
						   exact(m.bytes, m.len);

		if (!CHECK(bytes))
			continue;
		for (size_t n = 0; n < len; n++) {
			struct pcr_values v = { 0 };
			struct error err = { 0 };
			int rc = parse_quoted(bytes, n, &three, &v, &err);

			unit_case("form %zu, length %zu", i, n);
			CHECK(rc == E_INCOMPLETE || rc == E_FORMAT);
			CHECK_INT(err.code, rc);
			CHECK(err.reason[0]);
			CHECK_INT(v.bank[HASH_SHA1].mask, 0);
		}
		free(bytes);
	}
}

static void quoted_files_with_more_behind_are_refused(void)
{
	static const char *const names[] = { "pcrs.serialized", "pcrs.values" };
	struct made m = marshaled();

	for (size_t i = 0; i <= ROWS(names); i++) {
		struct pcr_values v = { 0 };
		size_t len = m.len;
		uint8_t *bytes = i < ROWS(names) ? fixture(names[i], &len) :
						   exact(m.bytes, m.len);
		uint8_t *more = bytes ? malloc(len + 1) : NULL;

		unit_case("form %zu", i);
		if (CHECK(more)) {
			memcpy(more, bytes, len);
			more[len] = 0;
			CHECK_INT(pcrs_parse_quoted(more, len + 1, &three, &v,
						    NULL), E_FORMAT);
		}
		free(more);
		free(bytes);
	}
}

/* A bit changed anywhere: no crash, and never a value of the wrong PCR. */
static void quoted_files_with_any_bit_flipped_are_survived(void)
{
	struct made m = marshaled();
	size_t len;
	uint8_t *bytes = fixture("pcrs.serialized", &len);

	if (!CHECK(bytes))
		return;
	for (size_t bit = 0; bit < 8 * (len + m.len); bit++) {
		bool made = bit >= 8 * len;
		uint8_t *of = made ? m.bytes : bytes;
		size_t at = made ? bit - 8 * len : bit;
		struct pcr_values v = { 0 };
		uint8_t mask = (uint8_t)(1 << at % 8);

		unit_case("bit %zu", bit);
		of[at / 8] ^= mask;
		if (!parse_quoted(of, made ? m.len : len, &three, &v, NULL)) {
			CHECK_INT(v.bank[HASH_SHA1].mask, 1U << 10);
			CHECK_INT(v.bank[HASH_SHA256].mask,
				  1U << 0 | 1U << 10);
		} else {
			CHECK_INT(v.bank[HASH_SHA1].mask, 0);
		}
		of[at / 8] ^= mask;
	}
	free(bytes);
}

static void quoted_refusals(void)
{
	static const struct {
		size_t at;
		uint32_t value;
		size_t size;
		int code;
		const char *reason;
	} rows[] = {
		{ 0, 17, 4, E_FORMAT, "is no form of the 84 bytes of PCR "
		  "values that the quote selects" },
		{ 6, 4, 1, E_UNSUPPORTED, "selects PCRs with 4 octets, not "
		  "the 3 of PCRs 0 to 23" },
		{ 6, 2, 1, E_UNSUPPORTED, "selects PCRs with 2 octets, not "
		  "the 3 of PCRs 0 to 23" },
		{ 16, 1, 4, E_FORMAT,
		  "holds fewer digests than it selects PCRs" },
		{ 20, 9, 4, E_FORMAT,
		  "lists 9 digests at once, more than 8" },
		{ 24, 65, 2, E_FORMAT,
		  "holds a digest of 65 bytes, more than 64" },
		{ 24, 19, 2, E_FORMAT,
		  "a value of bank sha1 has 20 bytes, not 19" },
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct made m = marshaled();
		size_t len = m.len;
		struct pcr_values v = { 0 };
		struct error err = { 0 };

		unit_case("row %zu", i);
		m.len = rows[i].at;
		put(&m, rows[i].value, rows[i].size);
		CHECK_INT(parse_quoted(m.bytes, len, &three, &v, &err),
			  rows[i].code);
		CHECK_STR(err.reason, rows[i].reason);
	}
}

static void quoted_digest_too_many_is_refused(void)
{
	struct made m = marshaled();
	struct pcr_values v = { 0 };
	struct error err = { 0 };

	m.bytes[19] = 3;
	put(&m, 1, 4);
	put_digest(&m, SHA256_10);
	CHECK_INT(parse_quoted(m.bytes, m.len, &three, &v, &err), E_FORMAT);
	CHECK_STR(err.reason, "holds more digests than it selects PCRs");
}

static void selection_of_too_many_banks_is_refused(void)
{
	static const uint8_t bytes[4 + 17 * 6] = { 0, 0, 0, 17 };
	struct cursor c = cursor_over(bytes, sizeof(bytes), true);
	struct pcr_selection sel = { .count = 99 };
	struct error err = { 0 };

	CHECK_INT(pcrs_parse_selection(&c, &sel, &err), E_LIMIT);
	CHECK_STR(err.reason, "selects from 17 banks, more than 16");
	CHECK_INT(sel.count, 99);
	CHECK_INT(c.left, sizeof(bytes));
}

static void selection_is_walked_in_the_order_of_the_digest(void)
{
	static const struct pcr_selection sel = {
		.count = 3,
		.bank = { { 0x000b, 1U << 23 | 1U }, { 0x000c, 0 },
			  { 0x0004, 1U << 5 } },
	};
	static const struct {
		uint16_t alg;
		unsigned int index;
	} want[] = { { 0x000b, 0 }, { 0x000b, 23 }, { 0x0004, 5 } };
	struct pcr_place p = { 0 };

	for (size_t i = 0; i < ROWS(want); i++) {
		CHECK(pcr_selection_next(&sel, &p));
		CHECK_INT(p.alg, want[i].alg);
		CHECK_INT(p.index, want[i].index);
	}
	CHECK(!pcr_selection_next(&sel, &p));
	CHECK(!pcr_selection_next(&sel, &p));
}

const struct unit_test unit_tests[] = {
	{ "text_in_every_spelling_is_read", text_in_every_spelling_is_read },
	{ "text_of_one_digit_is_pcr_1", text_of_one_digit_is_pcr_1 },
	{ "text_adds_to_what_is_there", text_adds_to_what_is_there },
	{ "text_refusals", text_refusals },
	{ "text_with_a_nul_is_refused", text_with_a_nul_is_refused },
	{ "text_cut_anywhere_is_refused_or_says_less",
	  text_cut_anywhere_is_refused_or_says_less },
	{ "one_value_is_read", one_value_is_read },
	{ "one_value_refusals", one_value_refusals },
	{ "quoted_marshaled_is_read", quoted_marshaled_is_read },
	{ "quoted_forms_of_tpm2_tools_are_read",
	  quoted_forms_of_tpm2_tools_are_read },
	{ "quoted_text_of_evmctl_is_read", quoted_text_of_evmctl_is_read },
	{ "quoted_text_gives_no_more_than_the_selection",
	  quoted_text_gives_no_more_than_the_selection },
	{ "quoted_banks_without_pcrs_count_as_absent",
	  quoted_banks_without_pcrs_count_as_absent },
	{ "quoted_unknown_bank_is_dropped", quoted_unknown_bank_is_dropped },
	{ "quoted_other_selection_is_refused",
	  quoted_other_selection_is_refused },
	{ "quoted_files_cut_anywhere_are_refused",
	  quoted_files_cut_anywhere_are_refused },
	{ "quoted_files_with_more_behind_are_refused",
	  quoted_files_with_more_behind_are_refused },
	{ "quoted_files_with_any_bit_flipped_are_survived",
	  quoted_files_with_any_bit_flipped_are_survived },
	{ "quoted_refusals", quoted_refusals },
	{ "quoted_digest_too_many_is_refused",
	  quoted_digest_too_many_is_refused },
	{ "selection_of_too_many_banks_is_refused",
	  selection_of_too_many_banks_is_refused },
	{ "selection_is_walked_in_the_order_of_the_digest",
	  selection_is_walked_in_the_order_of_the_digest },
	{ NULL, NULL }
};
