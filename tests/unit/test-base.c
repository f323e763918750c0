// SPDX-License-Identifier: GPL-2.0-or-later
/* test-base.c - bounds, text, digests and errors */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/text.h"
#include "unit.h"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

/* cursor */

static const uint8_t fifteen[] = {
	1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
};

static void cursor_reads_both_byte_orders(void)
{
	static const struct {
		bool big;
		uint16_t u16;
		uint32_t u32;
		uint64_t u64;
	} rows[] = {
		{ true, 0x0203, 0x04050607, 0x08090a0b0c0d0e0f },
		{ false, 0x0302, 0x07060504, 0x0f0e0d0c0b0a0908 },
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct cursor c = cursor_over(fifteen, 15, rows[i].big);
		uint8_t a = 0;
		uint16_t b = 0;
		uint32_t d = 0;
		uint64_t e = 0;

		unit_case("big endian %d", rows[i].big);
		CHECK_INT(cursor_u8(&c, &a), E_OK);
		CHECK_INT(cursor_u16(&c, &b), E_OK);
		CHECK_INT(cursor_u32(&c, &d), E_OK);
		CHECK_INT(cursor_finish(&c), E_FORMAT);
		CHECK_INT(cursor_u64(&c, &e), E_OK);
		CHECK_INT(a, 1);
		CHECK_INT(b, rows[i].u16);
		CHECK_INT(d, rows[i].u32);
		CHECK(e == rows[i].u64);
		CHECK_INT(cursor_finish(&c), E_OK);
	}
}

/* Every integer, over every length that is too short for it. */
static void cursor_short_of_bytes_changes_nothing(void)
{
	for (size_t len = 0; len < 8; len++) {
		/* An exact allocation, so that tools see a byte too many. */
		uint8_t *exact = malloc(len ? len : 1);
		struct cursor c = cursor_over(exact, len, true);
		uint8_t a = 0xaa;
		uint16_t b = 0xaaaa;
		uint32_t d = 0xaaaaaaaa;
		uint64_t e = 0xaaaaaaaaaaaaaaaa;

		if (!CHECK(exact))
			return;
		memset(exact, 7, len);
		unit_case("%zu bytes", len);
		CHECK_INT(cursor_u64(&c, &e), E_INCOMPLETE);
		if (len < 4)
			CHECK_INT(cursor_u32(&c, &d), E_INCOMPLETE);
		if (len < 2)
			CHECK_INT(cursor_u16(&c, &b), E_INCOMPLETE);
		if (len < 1)
			CHECK_INT(cursor_u8(&c, &a), E_INCOMPLETE);
		CHECK(a == 0xaa && b == 0xaaaa && d == 0xaaaaaaaa &&
		      e == 0xaaaaaaaaaaaaaaaa);
		CHECK(c.at == exact);
		CHECK_INT(c.left, len);
		free(exact);
	}
}

static void cursor_bytes_and_children_stay_inside(void)
{
	static const size_t too_many[] = {
		16, 17, INT_MAX, UINT32_MAX, SIZE_MAX / 2, SIZE_MAX - 1,
		SIZE_MAX
	};
	struct cursor c = cursor_over(fifteen, 15, false);
	struct cursor child = { 0 };
	const uint8_t *p = NULL;

	for (size_t i = 0; i < ROWS(too_many); i++) {
		unit_case("%zu bytes", too_many[i]);
		CHECK_INT(cursor_bytes(&c, too_many[i], &p), E_INCOMPLETE);
		CHECK_INT(cursor_child(&c, too_many[i], &child), E_INCOMPLETE);
		CHECK(!p && !child.at && c.at == fifteen && c.left == 15);
	}
	unit_case("all of them");
	CHECK_INT(cursor_bytes(&c, 15, &p), E_OK);
	CHECK(p == fifteen);
	CHECK_INT(cursor_finish(&c), E_OK);
	CHECK_INT(cursor_bytes(&c, 0, &p), E_OK);
	CHECK(p == fifteen + 15);
	CHECK_INT(cursor_bytes(&c, 1, &p), E_INCOMPLETE);
}

static void cursor_child_is_bounded_and_keeps_the_order(void)
{
	struct cursor c = cursor_over(fifteen, 15, true), child;
	uint16_t v = 0;
	uint32_t w = 0;

	CHECK_INT(cursor_child(&c, 3, &child), E_OK);
	CHECK_INT(c.left, 12);
	CHECK_INT(child.left, 3);
	CHECK_INT(cursor_u32(&child, &w), E_INCOMPLETE);
	CHECK_INT(cursor_u16(&child, &v), E_OK);
	CHECK_INT(v, 0x0102);
	CHECK_INT(cursor_finish(&child), E_FORMAT);
	CHECK_INT(cursor_u16(&c, &v), E_OK);
	CHECK_INT(v, 0x0405);
	CHECK_INT(cursor_child(&c, 0, &child), E_OK);
	CHECK_INT(cursor_finish(&child), E_OK);
}

static void cursor_over_nothing(void)
{
	struct cursor c = cursor_over(NULL, 0, true);
	uint8_t v;

	CHECK_INT(cursor_finish(&c), E_OK);
	CHECK_INT(cursor_u8(&c, &v), E_INCOMPLETE);
}

/* hexadecimal */

static void hex_goes_there_and_back(void)
{
	uint8_t all[256], back[256] = { 0 };
	char text[2 * sizeof(all) + 1];

	for (size_t i = 0; i < sizeof(all); i++)
		all[i] = (uint8_t)i;
	hex_encode(text, all, sizeof(all));
	CHECK_INT(strlen(text), 512);
	CHECK(!strncmp(text, "000102", 6));
	CHECK_STR(text + 506, "fdfeff");
	CHECK_INT(hex_decode(back, 256, text, 512), E_OK);
	CHECK_MEM(back, all, 256);
	hex_encode(text, all, 0);
	CHECK_STR(text, "");
}

static void hex_refuses(void)
{
	static const struct {
		const char *hex;
		size_t len;
		int rc;
	} rows[] = {
		{ "", 0, E_OK }, { "00ff", 2, E_OK }, { "aBCd", 2, E_OK },
		{ "", 1, E_FORMAT }, { "00f", 2, E_FORMAT },
		{ "00f", 1, E_FORMAT }, { "00ff0", 2, E_FORMAT },
		{ "00ff00", 2, E_FORMAT }, { "00", 2, E_FORMAT },
		{ "0g", 1, E_FORMAT }, { "g0", 1, E_FORMAT },
		{ "0x", 1, E_FORMAT }, { " 0", 1, E_FORMAT },
		{ "0 ", 1, E_FORMAT }, { "-1", 1, E_FORMAT },
		{ "/0", 1, E_FORMAT }, { ":0", 1, E_FORMAT },
		{ "@0", 1, E_FORMAT }, { "G0", 1, E_FORMAT },
		{ "`0", 1, E_FORMAT }, { "\xb0\xb0", 1, E_FORMAT },
	};
	uint8_t out[4];

	for (size_t i = 0; i < ROWS(rows); i++) {
		unit_case("'%s' as %zu bytes", rows[i].hex, rows[i].len);
		CHECK_INT(hex_decode(out, rows[i].len, rows[i].hex,
				     strlen(rows[i].hex)), rows[i].rc);
	}
	unit_case("a NUL among the digits");
	CHECK_INT(hex_decode(out, 2, "0\0" "00", 4), E_FORMAT);
}

static void hex_is_read_right(void)
{
	static const uint8_t want[] = { 0xab, 0xcd, 0xef, 0x09 };
	uint8_t out[4] = { 0 };

	CHECK_INT(hex_decode(out, 4, "abCDeF09", 8), E_OK);
	CHECK_MEM(out, want, 4);
}

/* escaping */

struct escape_row {
	const char *bytes;
	size_t len;
	const char *want;
};

#define ROW(literal, want) { literal, sizeof(literal) - 1, want }

static void check_escapes(const struct escape_row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char out[128];
		size_t n = text_escape(out, sizeof(out), rows[i].bytes,
				       rows[i].len);

		unit_case("row %zu", i);
		CHECK_STR(out, rows[i].want);
		CHECK_INT(n, strlen(rows[i].want));
	}
}

static void escape_leaves_text_alone(void)
{
	static const struct escape_row rows[] = {
		ROW("", ""),
		ROW("/usr/bin/a file~", "/usr/bin/a file~"),
		ROW("\"'$`*?", "\"'$`*?"),
		ROW("gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f"),
		ROW("\xe2\x82\xac", "\xe2\x82\xac"),
		ROW("\xe6\x97\xa5\xe6\x9c\xac", "\xe6\x97\xa5\xe6\x9c\xac"),
		ROW("\xf0\x9f\x90\xa7", "\xf0\x9f\x90\xa7"),
		ROW("\xc2\xa0", "\xc2\xa0"),
		ROW("\xed\x9f\xbf", "\xed\x9f\xbf"),
		ROW("\xee\x80\x80", "\xee\x80\x80"),
		ROW("\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf"),
	};

	check_escapes(rows, ROWS(rows));
}

static void escape_controls(void)
{
	static const struct escape_row rows[] = {
		ROW("a\nb", "a\\nb"),
		ROW("\a\b\t\n\v\f\r", "\\a\\b\\t\\n\\v\\f\\r"),
		ROW("\\n", "\\\\n"),
		ROW("\0", "\\x00"),
		ROW("a\0b", "a\\x00b"),
		ROW("\x1b[31m", "\\x1b[31m"),
		ROW("\x01\x1f\x7f", "\\x01\\x1f\\x7f"),
	};

	check_escapes(rows, ROWS(rows));
}

static void escape_c1_controls(void)
{
	static const struct escape_row rows[] = {
		ROW("\xc2\x80", "\\xc2\\x80"),
		ROW("\xc2\x85", "\\xc2\\x85"),
		ROW("\xc2\x9b" "31m", "\\xc2\\x9b31m"),
		ROW("\xc2\x9f", "\\xc2\\x9f"),
		ROW("\x9b", "\\x9b"),
	};

	check_escapes(rows, ROWS(rows));
}

static void escape_overlong_forms(void)
{
	static const struct escape_row rows[] = {
		ROW("\xc0\xaf", "\\xc0\\xaf"),
		ROW("\xc1\xbf", "\\xc1\\xbf"),
		ROW("\xc0\x8a", "\\xc0\\x8a"),
		ROW("\xe0\x80\xaf", "\\xe0\\x80\\xaf"),
		ROW("\xe0\x9f\xbf", "\\xe0\\x9f\\xbf"),
		ROW("\xf0\x80\x80\xaf", "\\xf0\\x80\\x80\\xaf"),
		ROW("\xf0\x8f\xbf\xbf", "\\xf0\\x8f\\xbf\\xbf"),
	};

	check_escapes(rows, ROWS(rows));
}

static void escape_what_is_no_utf8(void)
{
	static const struct escape_row rows[] = {
		ROW("\x80", "\\x80"),
		ROW("\xbf\xbf", "\\xbf\\xbf"),
		ROW("\xff\xfe", "\\xff\\xfe"),
		ROW("\xc3", "\\xc3"),
		ROW("\xc3(", "\\xc3("),
		ROW("\xe2\x82", "\\xe2\\x82"),
		ROW("\xe2\x82" "a", "\\xe2\\x82" "a"),
		ROW("\xe2(\xac", "\\xe2(\\xac"),
		ROW("\xf0\x9f\x90", "\\xf0\\x9f\\x90"),
		ROW("\xed\xa0\x80", "\\xed\\xa0\\x80"),
		ROW("\xed\xbf\xbf", "\\xed\\xbf\\xbf"),
		ROW("\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"),
		ROW("\xf5\x80\x80\x80", "\\xf5\\x80\\x80\\x80"),
		ROW("\xf8\x88\x80\x80\x80", "\\xf8\\x88\\x80\\x80\\x80"),
		ROW("\xc3\xc3\xbc", "\\xc3\xc3\xbc"),
	};

	check_escapes(rows, ROWS(rows));
}

static void escape_what_turns_the_line_round(void)
{
	static const struct escape_row rows[] = {
		ROW("\xe2\x80\x8b", "\\xe2\\x80\\x8b"),	/* zero width */
		ROW("\xe2\x80\x8f", "\\xe2\\x80\\x8f"),	/* RLM */
		ROW("\xe2\x80\xa8", "\\xe2\\x80\\xa8"),	/* line separator */
		ROW("\xe2\x80\xaa", "\\xe2\\x80\\xaa"),	/* LRE */
		ROW("\xe2\x80\xae", "\\xe2\\x80\\xae"),	/* RLO */
		ROW("\xe2\x81\xa6", "\\xe2\\x81\\xa6"),	/* LRI */
		ROW("\xe2\x81\xa9", "\\xe2\\x81\\xa9"),	/* PDI */
		ROW("\xef\xbb\xbf", "\\xef\\xbb\\xbf"),	/* BOM */
		ROW("\xe2\x80\xaf", "\xe2\x80\xaf"),	/* a mere space */
		ROW("\xe2\x80\x90", "\xe2\x80\x90"),	/* a hyphen */
	};

	check_escapes(rows, ROWS(rows));
}

/* Any single byte comes out printable, and 4 * len + 1 suffice. */
static void escape_every_byte(void)
{
	for (int b = 0; b < 256; b++) {
		char byte = (char)(unsigned char)b, out[5];
		size_t n = text_escape(out, sizeof(out), &byte, 1);

		unit_case("byte %02x", (unsigned int)b);
		CHECK(n >= 1 && n <= 4);
		CHECK_INT(strlen(out), n);
		for (size_t i = 0; i < n; i++)
			CHECK(out[i] >= 0x20 && out[i] < 0x7f);
	}
}

static void escape_is_cut_at_a_whole_character(void)
{
	static const struct {
		size_t size;
		const char *want;
	} rows[] = {
		{ 1, "" }, { 2, "a" }, { 3, "a" }, { 4, "a\\n" },
		{ 5, "a\\n" }, { 6, "a\\n" }, { 7, "a\\n\xe2\x82\xac" },
		{ 10, "a\\n\xe2\x82\xac" }, { 11, "a\\n\xe2\x82\xac\\x01" },
		{ 12, "a\\n\xe2\x82\xac\\x01" },
	};
	static const char bytes[] = "a\n\xe2\x82\xac\x01";

	for (size_t i = 0; i < ROWS(rows); i++) {
		char out[16];
		size_t n;

		memset(out, '#', sizeof(out));
		unit_case("room for %zu", rows[i].size);
		n = text_escape(out, rows[i].size, bytes, 6);
		CHECK_STR(out, rows[i].want);
		CHECK_INT(n, strlen(rows[i].want));
		CHECK(out[rows[i].size] == '#');
	}
}

static void escape_without_room_writes_nothing(void)
{
	char out = '#';

	CHECK_INT(text_escape(&out, 0, "abc", 3), 0);
	CHECK(out == '#');
}

/* numbers */

struct number_row {
	const char *text;
	int rc;
	uint64_t want;
};

static void check_numbers(const struct number_row *rows, size_t count,
			  int (*parse)(const char *, uint64_t *))
{
	for (size_t i = 0; i < count; i++) {
		uint64_t n = 4711;

		unit_case("'%s'", rows[i].text);
		CHECK_INT(parse(rows[i].text, &n), rows[i].rc);
		CHECK_INT(n, rows[i].rc ? 4711 : rows[i].want);
	}
}

static void numbers(void)
{
	static const struct number_row rows[] = {
		{ "0", E_OK, 0 }, { "1", E_OK, 1 }, { "007", E_OK, 7 },
		{ "4096", E_OK, 4096 },
		{ "9223372036854775807", E_OK, INT64_MAX },
		{ "9223372036854775808", E_LIMIT, 0 },
		{ "18446744073709551616", E_LIMIT, 0 },
		{ "99999999999999999999999999", E_LIMIT, 0 },
		{ "", E_FORMAT, 0 }, { " 1", E_FORMAT, 0 },
		{ "1 ", E_FORMAT, 0 }, { "+1", E_FORMAT, 0 },
		{ "-1", E_FORMAT, 0 }, { "0x10", E_FORMAT, 0 },
		{ "1K", E_FORMAT, 0 }, { "1.5", E_FORMAT, 0 },
		{ "1\n", E_FORMAT, 0 },
	};

	check_numbers(rows, ROWS(rows), number_parse);
}

static void sizes(void)
{
	static const struct number_row rows[] = {
		{ "0", E_OK, 0 }, { "4096", E_OK, 4096 },
		{ "12B", E_OK, 12 }, { "512K", E_OK, 512 << 10 },
		{ "1M", E_OK, 1 << 20 }, { "1MB", E_OK, 1 << 20 },
		{ "1MiB", E_OK, 1 << 20 }, { "3G", E_OK, 3ULL << 30 },
		{ "2TiB", E_OK, 2ULL << 40 }, { "0T", E_OK, 0 },
		{ "8388607T", E_OK, 8388607ULL << 40 },
		{ "8388608T", E_LIMIT, 0 },
		{ "9007199254740991K", E_OK, 9007199254740991ULL << 10 },
		{ "9007199254740992K", E_LIMIT, 0 },
		{ "9223372036854775807", E_OK, INT64_MAX },
		{ "9223372036854775808", E_LIMIT, 0 },
		{ "", E_FORMAT, 0 }, { "K", E_FORMAT, 0 },
		{ "B", E_FORMAT, 0 }, { "1k", E_FORMAT, 0 },
		{ "1KK", E_FORMAT, 0 }, { "1Ki", E_FORMAT, 0 },
		{ "1iB", E_FORMAT, 0 }, { "1BB", E_FORMAT, 0 },
		{ "1KiBB", E_FORMAT, 0 }, { "1 K", E_FORMAT, 0 },
		{ "-1K", E_FORMAT, 0 }, { "1P", E_FORMAT, 0 },
		{ "1.5M", E_FORMAT, 0 },
	};

	check_numbers(rows, ROWS(rows), size_parse);
}

/* digests */

static const struct {
	enum hash_id id;
	const char *empty, *abc;
} known[] = {
	{ HASH_SHA1, "da39a3ee5e6b4b0d3255bfef95601890afd80709",
	  "a9993e364706816aba3e25717850c26c9cd0d89d" },
	{ HASH_SHA256,
	  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
	  "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
	{ HASH_SHA384,
	  "38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da"
	  "274edebfe76f65fbd51ad2f14898b95b",
	  "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
	  "8086072ba1e7cc2358baeca134c825a7" },
	{ HASH_SHA512,
	  "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
	  "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e",
	  "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
	  "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f" },
	{ HASH_SM3_256,
	  "1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b",
	  "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0" },
};

static void check_digest(const uint8_t *got, enum hash_id id, const char *want)
{
	char text[2 * HASH_SIZE_MAX + 1];

	hex_encode(text, got, hash_row(id)->size);
	CHECK_STR(text, want);
}

/* The known digests of one algorithm, with the bytes cut at every place. */
static void check_known(enum hash_id only)
{
	static const char abc[] = "abc";
	uint8_t out[HASH_SIZE_MAX + 1];
	struct hasher *h = NULL;
	struct error err;
	size_t i = 0;

	while (known[i].id != only)
		i++;
	if (hasher_new(&h, HASH_BIT(only), &err)) {
		CHECK_INT(err.code, E_CRYPTO);
		SKIP("libcrypto without this algorithm");
	}
	CHECK_INT(hasher_has(h), HASH_BIT(only));
	for (size_t cut = 0; cut <= 3; cut++) {
		unit_case("%s of \"abc\" cut at %zu", hash_row(only)->name,
			  cut);
		memset(out, '#', sizeof(out));
		CHECK_INT(hasher_digest(h, only, abc, cut, abc + cut,
					3 - cut, out), E_OK);
		check_digest(out, only, known[i].abc);
		CHECK(out[hash_row(only)->size] == '#');
	}
	unit_case("%s of nothing", hash_row(only)->name);
	CHECK_INT(hasher_digest(h, only, NULL, 0, NULL, 0, out), E_OK);
	check_digest(out, only, known[i].empty);
	hasher_free(h);
}

static void hash_sha1(void)
{
	check_known(HASH_SHA1);
}

static void hash_sha256(void)
{
	check_known(HASH_SHA256);
}

static void hash_sha384(void)
{
	check_known(HASH_SHA384);
}

static void hash_sha512(void)
{
	check_known(HASH_SHA512);
}

static void hash_sm3_256(void)
{
	check_known(HASH_SM3_256);
}

static void hash_names_and_numbers(void)
{
	static const struct {
		const char *name;
		int id;
	} rows[] = {
		{ "sha1", HASH_SHA1 }, { "SHA-1", HASH_SHA1 },
		{ "sha256", HASH_SHA256 }, { "Sha-256", HASH_SHA256 },
		{ "sha384", HASH_SHA384 }, { "SHA512", HASH_SHA512 },
		{ "sm3", HASH_SM3_256 }, { "sm3_256", HASH_SM3_256 },
		{ "SM3-256", HASH_SM3_256 },
		{ "", -1 }, { "-", -1 }, { "sha", -1 }, { "sha2", -1 },
		{ "sha2561", -1 }, { "sha256 ", -1 }, { " sha256", -1 },
		{ "md5", -1 }, { "sha256sha256sha256", -1 },
		{ "sha3-256", -1 }, { "sha224", -1 },
	};
	static const struct {
		uint16_t alg;
		size_t size;
	} tpm[HASH_COUNT] = {
		{ 0x0004, 20 }, { 0x000b, 32 }, { 0x000c, 48 },
		{ 0x000d, 64 }, { 0x0012, 32 },
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		unit_case("'%s'", rows[i].name);
		CHECK_INT(hash_by_name(rows[i].name), rows[i].id);
	}
	for (unsigned int id = 0; id < HASH_COUNT; id++) {
		unit_case("%s", hash_row(id)->name);
		CHECK_INT(hash_by_name(hash_row(id)->name), id);
		CHECK_INT(hash_by_tpm(tpm[id].alg), id);
		CHECK_INT(hash_row(id)->size, tpm[id].size);
		CHECK(hash_row(id)->size <= HASH_SIZE_MAX);
	}
	unit_case("not on the list");
	CHECK_INT(hash_by_tpm(0), -1);
	CHECK_INT(hash_by_tpm(0x0010), -1);
	CHECK_INT(hash_by_tpm(0xffff), -1);
}

static void hasher_takes_only_what_it_was_made_for(void)
{
	uint8_t out[HASH_SIZE_MAX];
	struct hasher *h = NULL;

	if (!CHECK_INT(hasher_new(&h, HASH_BIT(HASH_SHA256), NULL), E_OK))
		return;
	CHECK_INT(hasher_digest(h, HASH_SHA1, "a", 1, NULL, 0, out), E_CRYPTO);
	CHECK_INT(hasher_digest(h, HASH_SHA256, "a", 1, NULL, 0, out), E_OK);
	hasher_free(h);
	h = NULL;
	if (!CHECK_INT(hasher_new(&h, 0, NULL), E_OK))
		return;
	CHECK_INT(hasher_has(h), 0);
	CHECK_INT(hasher_digest(h, HASH_SHA1, "a", 1, NULL, 0, out), E_CRYPTO);
	hasher_free(h);
	hasher_free(NULL);
}

static void hash_stream_starts_anew_after_its_end(void)
{
	uint8_t out[HASH_SIZE_MAX];
	struct hash_stream *s = NULL;

	if (!CHECK_INT(hash_stream_new(&s, HASH_SHA256), E_OK))
		return;
	for (int round = 0; round < 3; round++) {
		unit_case("round %d", round);
		CHECK_INT(hash_stream_add(s, "a", 1), E_OK);
		CHECK_INT(hash_stream_add(s, "", 0), E_OK);
		CHECK_INT(hash_stream_add(s, "bc", 2), E_OK);
		CHECK_INT(hash_stream_end(s, out), E_OK);
		check_digest(out, HASH_SHA256, known[HASH_SHA256].abc);
	}
	unit_case("nothing added");
	CHECK_INT(hash_stream_end(s, out), E_OK);
	check_digest(out, HASH_SHA256, known[HASH_SHA256].empty);
	hash_stream_free(s);
	hash_stream_free(NULL);
}

static void hash_stream_goes_on_after_a_peek(void)
{
	uint8_t out[HASH_SIZE_MAX];
	struct hash_stream *s = NULL;

	if (!CHECK_INT(hash_stream_new(&s, HASH_SHA256), E_OK))
		return;
	CHECK_INT(hash_stream_peek(s, out), E_OK);
	check_digest(out, HASH_SHA256, known[HASH_SHA256].empty);
	CHECK_INT(hash_stream_add(s, "abc", 3), E_OK);
	for (int i = 0; i < 2; i++) {
		CHECK_INT(hash_stream_peek(s, out), E_OK);
		check_digest(out, HASH_SHA256, known[HASH_SHA256].abc);
	}
	CHECK_INT(hash_stream_end(s, out), E_OK);
	check_digest(out, HASH_SHA256, known[HASH_SHA256].abc);
	hash_stream_free(s);
}

/* errors */

static void error_has_a_text_for_each_code(void)
{
	for (int code = E_OK; code >= E_UNDECIDED; code--) {
		unit_case("code %d", code);
		if (!CHECK(error_text(code)))
			continue;
		CHECK(strcmp(error_text(code), "unknown error"));
		CHECK(error_text(code)[0]);
	}
	CHECK_STR(error_text(E_UNDECIDED - 1), "unknown error");
	CHECK_STR(error_text(1), "unknown error");
	CHECK_STR(error_text(-100000), "unknown error");
}

static void error_says_what_where_and_why(void)
{
	static const struct {
		struct error err;
		const char *want;
	} rows[] = {
		{ { .code = E_IO }, "input/output failed" },
		{ { .code = E_IO, .reason = "no room" }, "no room" },
		{ { .code = E_GAP, .subject = "list" },
		  "list: records are missing" },
		{ { .code = E_FORMAT, .subject = "a", .reason = "bad",
		    .record = 7 }, "a: record 7: bad" },
		{ { .code = E_FORMAT, .subject = "a", .reason = "bad",
		    .has_offset = true }, "a: offset 0: bad" },
		{ { .code = E_FORMAT, .subject = "a", .reason = "bad",
		    .offset = 9 }, "a: bad" },
		{ { .code = E_FORMAT, .subject = "a", .reason = "bad",
		    .record = 7, .offset = 9, .has_offset = true },
		  "a: record 7, offset 9: bad" },
		{ { .code = E_FORMAT, .reason = "bad", .record = UINT64_MAX,
		    .offset = UINT64_MAX, .has_offset = true },
		  "record 18446744073709551615, "
		  "offset 18446744073709551615: bad" },
		{ { .code = E_IO, .subject = "a\nb\x1b[1m\xff" },
		  "a\\nb\\x1b[1m\\xff: input/output failed" },
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		char line[512];

		unit_case("row %zu", i);
		error_line(&rows[i].err, line, sizeof(line));
		CHECK_STR(line, rows[i].want);
	}
}

static void error_is_filled_step_by_step(void)
{
	struct error err;
	char line[512];

	memset(&err, 0xff, sizeof(err));
	CHECK_INT(error_set(&err, E_FORMAT, "length %d", 3), E_FORMAT);
	CHECK_STR(err.subject, "");
	error_place(&err, 2, 40);
	error_subject(&err, "%s.ima", "x");
	error_subject(&err, "outer");
	CHECK_INT(err.code, E_FORMAT);
	error_line(&err, line, sizeof(line));
	CHECK_STR(line, "x.ima: record 2, offset 40: length 3");
	CHECK_INT(error_set(&err, E_LIMIT, "%s", ""), E_LIMIT);
	error_line(&err, line, sizeof(line));
	CHECK_STR(line, "over a limit");
}

static void error_keeps_errno(void)
{
	struct error err;

	errno = ENOENT;
	CHECK_INT(error_errno(&err, E_IO, "cannot open"), E_IO);
	CHECK_STR(err.reason, "cannot open: No such file or directory");
	errno = EACCES;
	CHECK_INT(error_errno(&err, E_IO, "%s", ""), E_IO);
	CHECK_STR(err.reason, "Permission denied");
}

static void error_may_be_nowhere(void)
{
	CHECK_INT(error_set(NULL, E_GAP, "x"), E_GAP);
	CHECK_INT(error_errno(NULL, E_IO, "x"), E_IO);
	error_subject(NULL, "x");
	error_place(NULL, 1, 2);
}

static void error_of_any_length_is_cut(void)
{
	struct error err;
	char much[1000], line[32];

	memset(much, '\n', sizeof(much) - 1);
	much[sizeof(much) - 1] = '\0';
	error_set(&err, E_IO, "%s", much);
	error_subject(&err, "%s", much);
	CHECK_INT(strlen(err.reason), ERROR_REASON_MAX - 1);
	CHECK_INT(strlen(err.subject), ERROR_SUBJECT_MAX - 1);
	error_line(&err, line, sizeof(line));
	CHECK_INT(strlen(line), sizeof(line) - 1);
	error_line(&err, line, 1);
	CHECK_STR(line, "");
}

const struct unit_test unit_tests[] = {
	{ "cursor_reads_both_byte_orders", cursor_reads_both_byte_orders },
	{ "cursor_short_of_bytes_changes_nothing",
	  cursor_short_of_bytes_changes_nothing },
	{ "cursor_bytes_and_children_stay_inside",
	  cursor_bytes_and_children_stay_inside },
	{ "cursor_child_is_bounded_and_keeps_the_order",
	  cursor_child_is_bounded_and_keeps_the_order },
	{ "cursor_over_nothing", cursor_over_nothing },
	{ "hex_goes_there_and_back", hex_goes_there_and_back },
	{ "hex_refuses", hex_refuses },
	{ "hex_is_read_right", hex_is_read_right },
	{ "escape_leaves_text_alone", escape_leaves_text_alone },
	{ "escape_controls", escape_controls },
	{ "escape_c1_controls", escape_c1_controls },
	{ "escape_overlong_forms", escape_overlong_forms },
	{ "escape_what_is_no_utf8", escape_what_is_no_utf8 },
	{ "escape_what_turns_the_line_round",
	  escape_what_turns_the_line_round },
	{ "escape_every_byte", escape_every_byte },
	{ "escape_is_cut_at_a_whole_character",
	  escape_is_cut_at_a_whole_character },
	{ "escape_without_room_writes_nothing",
	  escape_without_room_writes_nothing },
	{ "numbers", numbers },
	{ "sizes", sizes },
	{ "hash_sha1", hash_sha1 },
	{ "hash_sha256", hash_sha256 },
	{ "hash_sha384", hash_sha384 },
	{ "hash_sha512", hash_sha512 },
	{ "hash_sm3_256", hash_sm3_256 },
	{ "hash_names_and_numbers", hash_names_and_numbers },
	{ "hasher_takes_only_what_it_was_made_for",
	  hasher_takes_only_what_it_was_made_for },
	{ "hash_stream_starts_anew_after_its_end",
	  hash_stream_starts_anew_after_its_end },
	{ "hash_stream_goes_on_after_a_peek",
	  hash_stream_goes_on_after_a_peek },
	{ "error_has_a_text_for_each_code", error_has_a_text_for_each_code },
	{ "error_says_what_where_and_why", error_says_what_where_and_why },
	{ "error_is_filled_step_by_step", error_is_filled_step_by_step },
	{ "error_keeps_errno", error_keeps_errno },
	{ "error_may_be_nowhere", error_may_be_nowhere },
	{ "error_of_any_length_is_cut", error_of_any_length_is_cut },
	{ NULL, NULL }
};
