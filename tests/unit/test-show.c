// SPDX-License-Identifier: GPL-2.0-or-later
/* test-show.c - records as lines, held against what kernels have printed */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format/show.h"
#include "moments.h"
#include "port/list.h"
#include "records.h"
#include "unit.h"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

static void to_bytes(void *ctx, const char *bytes, size_t len)
{
	CHECK(len);
	bytes_put(ctx, bytes, len);
}

/* --- what kernels have printed --- */

/* The name of a list's ASCII twin, in @bank's form where it is not NULL. */
static void twin_of(const char *path, const char *bank, char *ret, size_t size)
{
	const char *name = strrchr(path, '/') + 1;
	const char *staged = strstr(name, "_staged");
	int dir = (int)(name - path);

	if (strncmp(name, "binary_", 7))
		snprintf(ret, size, "%.*s%s%s.txt", (int)(strlen(path) - 4),
			 path, bank ? "." : "", bank ? bank : "");
	else if (bank)
		snprintf(ret, size, "%.*sascii_runtime_measurements_%s%s", dir,
			 path, bank, staged ? staged : "");
	else
		snprintf(ret, size, "%.*sascii_%s", dir, path, name + 7);
}

/* A list's lines; with a @bank, that bank's. */
static void lines_of(const char *path, int bank, struct bytes *ret)
{
	uint8_t digest[HASH_SIZE_MAX];
	struct show show = { .escape = false };
	struct hasher *h;
	struct record rec;
	struct list *list;
	uint8_t *bytes;
	size_t len;
	int rc;

	memset(ret, 0, sizeof(*ret));
	bytes = unit_read(path, &len);
	if (!CHECK(bytes) ||
	    !CHECK(!list_open_bytes(&list, bytes, len, "list", 0, NULL)))
		return;
	CHECK_INT(hasher_new(&h, HASH_ALL, NULL), E_OK);
	while (!(rc = list_next(list, &rec, NULL))) {
		if (bank >= 0) {
			show.digest = digest;
			show.digest_size = hash_row((unsigned int)bank)->size;
			CHECK_INT(show_digest_of(h, (enum hash_id)bank, false,
						 &rec, list_layout(list),
						 digest), show.digest_size);
		}
		show_record(&show, &rec, list_layout(list), to_bytes, ret);
	}
	CHECK_INT(rc, LIST_END);
	list_close(list);
	hasher_free(h);
	free(bytes);
}

static size_t compared, of_banks;

/* Whether there is a twin; if so, it has to be the same. */
static bool compare(const char *path, int bank)
{
	const char *name = bank < 0 ? NULL : hash_row((unsigned int)bank)->name;
	char ascii[4096];
	struct bytes got;
	uint8_t *want;
	size_t len;

	twin_of(path, name, ascii, sizeof(ascii));
	want = unit_read(ascii, &len);
	if (!want)
		return false;
	lines_of(path, bank, &got);
	CHECK_INT(got.len, len);
	if (got.len == len)
		CHECK_MEM(got.at, want, len);
	bytes_free(&got);
	free(want);
	compared++;
	of_banks += bank >= 0;
	return true;
}

static bool may_have_twin(const char *name)
{
	const char *dot = strrchr(name, '.');

	return !strncmp(name, "binary_", 7) || (dot && !strcmp(dot, ".ima"));
}

static void check_twins(const char *top, const char *path)
{
	unit_case("%s", path + strlen(top) + 1);
	if (!compare(path, -1))
		CHECK(strncmp(strrchr(path, '/'), "/binary_", 8));
	for (int bank = 0; bank < HASH_SM3_256; bank++) {
		unit_case("%s as %s", path + strlen(top) + 1,
			  hash_row((unsigned int)bank)->name);
		compare(path, bank);
	}
}

/* Every list, as itself and as the list of every bank that was printed. */
static void lines_are_the_kernel_s_for_every_list(void)
{
	char *top = unit_shared("");

	if (!top)
		SKIP("the shared data");
	compared = of_banks = 0;
	each_file(top, may_have_twin, check_twins);
	printf("# ASCII lists compared: %zu, and of banks: %zu\n",
	       compared - of_banks, of_banks);
	CHECK(compared - of_banks >= 77);
	CHECK(of_banks >= 100);
	free(top);
}

static void lines_are_the_kernel_s_for_a_few_of_each_template(void)
{
	char *top = unit_data("ascii");

	if (!CHECK(top))
		return;
	compared = of_banks = 0;
	CHECK_INT(each_file(top, may_have_twin, check_twins), 8);
	CHECK_INT(compared - of_banks, 8);
	CHECK_INT(of_banks, 3);
	free(top);
}

/* Of a bank whose algorithm the kernel lacks, and of violations. */
static void digests_of_other_banks(void)
{
	static const struct {
		const char *name;
		bool violation, padded;
		unsigned int hashed;	/* bytes that are not zero */
	} rows[] = {
		{ "own hash", false, false, 64 },
		{ "padded", false, true, 20 },
		{ "violation", true, false, 0 },
		{ "violation, padded", true, true, 0 },
	};
	static const uint8_t zero[HASH_SIZE_MAX];

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct made m = { .violation = rows[i].violation };
		struct list_layout layout = { 20, false };
		uint8_t got[HASH_SIZE_MAX], want[HASH_SIZE_MAX] = { 0 };
		unsigned int n = rows[i].hashed;
		struct bytes b = { .len = 0 };
		struct record rec;
		struct hasher *h;
		size_t need;

		unit_case("%s", rows[i].name);
		bytes_record(&b, &m);
		CHECK_INT(record_parse(&layout, b.at, b.len, &rec, &need,
				       NULL), E_OK);
		CHECK_INT(hasher_new(&h, HASH_ALL, NULL), E_OK);
		CHECK_INT(show_digest_of(h, HASH_SHA512, rows[i].padded, &rec,
					 &layout, got), 64);
		if (n)
			digest_into(want, n == 20 ? HASH_SHA1 : HASH_SHA512,
				    b.covered, b.covered_len);
		CHECK_MEM(got, want, n);
		CHECK_MEM(got + n, zero, 64 - n);
		hasher_free(h);
		bytes_free(&b);
	}
}

/* --- lines and parts of lines --- */

static void shown_text(const struct record *rec,
		       const struct list_layout *layout, bool escape,
		       struct bytes *ret)
{
	struct show show = { .escape = escape };

	show_record(&show, rec, layout, to_bytes, ret);
	if (CHECK(ret->len && ret->at[ret->len - 1] == '\n'))
		ret->len--;
}

/* The length is that of the bytes; any part is what stands there. */
static void any_part_of_a_line_can_be_had(void)
{
	struct made m = { .template = "ima-sig", .name = "/a name\n\xff/of it" };

	for (int escape = 0; escape < 2; escape++) {
		struct show show = { .escape = escape };
		struct list_layout layout = { 20, false };
		struct bytes b = { .len = 0 }, line = { .len = 0 };
		struct record rec;
		size_t need;

		bytes_record(&b, &m);
		CHECK_INT(record_parse(&layout, b.at, b.len, &rec, &need,
				       NULL), E_OK);
		show_record(&show, &rec, &layout, to_bytes, &line);
		CHECK_INT(show_length(&show, &rec, &layout), line.len);
		for (size_t skip = 0; skip <= line.len + 1; skip++) {
			for (size_t size = 0; size <= line.len + 1; size++) {
				size_t left = skip < line.len ?
					line.len - skip : 0;
				size_t want = left < size ? left : size;
				char buf[512] = { 0 };

				unit_case("%zu bytes from %zu", size, skip);
				CHECK_INT(show_copy(&show, &rec, &layout, skip,
						    buf, size), want);
				if (want)
					CHECK_MEM(buf, line.at + skip, want);
				CHECK_INT(buf[want], 0);
			}
		}
		bytes_free(&b);
		bytes_free(&line);
	}
}

/* --- names and fields --- */

static const struct {
	const char *name, *template, *file;
	size_t len;
	bool raw;
	const char *want;	/* behind the template's name */
} shown[] = {
	{ "plain", "ima-ng", "/bin/sh", 7, false, "/bin/sh" },
	{ "space", "ima-ng", "/a b", 4, false, "/a b" },
	{ "newline", "ima-ng", "/a\n10 b", 7, false, "/a\\n10 b" },
	{ "newline, raw", "ima-ng", "/a\n10 b", 7, true, "/a\n10 b" },
	{ "escape sequence", "ima-ng", "/\x1b[2J", 5, false, "/\\x1b[2J" },
	{ "bell and carriage return", "ima-ng", "/\a\r", 3, false,
	  "/\\a\\r" },
	{ "UTF-8", "ima-ng", "/\xc3\xa4", 3, false, "/\xc3\xa4" },
	{ "invalid UTF-8", "ima-ng", "/\xc3\x28\xff", 4, false,
	  "/\\xc3(\\xff" },
	{ "overlong UTF-8", "ima-ng", "/\xc0\xaf", 3, false, "/\\xc0\\xaf" },
	{ "C1 control", "ima-ng", "/\xc2\x9b", 3, false, "/\\xc2\\x9b" },
	{ "invalid UTF-8, raw", "ima-ng", "/\xc3\x28\xff", 4, true,
	  "/\xc3\x28\xff" },
	{ "legacy, newline", "ima", "/\n", 2, false, "/\\n" },
	{ "custom format", "d-ng|n-ng", "/\t", 2, false, "/\\t" },
	{ "bytes behind a NUL", "ima-ng", "/a\0b", 4, false, "/a" },
};

static void names_are_made_fit_to_be_shown(void)
{
	for (size_t i = 0; i < ROWS(shown); i++) {
		struct made m = {
			.template = shown[i].template,
			.name = shown[i].file,
			.name_len = shown[i].len,
		};
		struct list_layout layout = { 20, false };
		struct bytes b = { .len = 0 }, text = { .len = 0 };
		struct record rec;
		size_t need, want = strlen(shown[i].want);

		unit_case("%s", shown[i].name);
		bytes_record(&b, &m);
		CHECK_INT(record_parse(&layout, b.at, b.len, &rec, &need,
				       NULL), E_OK);
		shown_text(&rec, &layout, !shown[i].raw, &text);
		if (CHECK(text.len > want)) {
			CHECK_INT(text.at[text.len - want - 1], ' ');
			CHECK_MEM(text.at + text.len - want, shown[i].want,
				  want);
		}
		bytes_free(&b);
		bytes_free(&text);
	}
}

/* A multi-byte character is not cut, wherever it stands in a long name. */
static void long_names_keep_their_characters(void)
{
	char name[600];
	struct list_layout layout = { 20, false };

	for (size_t at = 1; at < sizeof(name) - 3; at++) {
		struct made m = { .name = name, .name_len = sizeof(name) };
		struct bytes b = { .len = 0 }, text = { .len = 0 };
		struct record rec;
		size_t need;

		memset(name, 'x', sizeof(name));
		memcpy(name + at, "\xe2\x82\xac", 3);
		bytes_record(&b, &m);
		unit_case("at byte %zu", at);
		CHECK_INT(record_parse(&layout, b.at, b.len, &rec, &need,
				       NULL), E_OK);
		shown_text(&rec, &layout, true, &text);
		CHECK_MEM(text.at + text.len - sizeof(name), name,
			  sizeof(name));
		bytes_free(&b);
		bytes_free(&text);
	}
}

/* Fields that are cut, too long or unknown: hexadecimal, never a crash. */
static void malformed_fields_are_shown_as_they_are(void)
{
	static const struct {
		const char *template, *data;
		size_t len;
		const char *want;
	} rows[] = {
		{ "ima-ng", "", 0, "" },
		{ "ima-ng", "\x05\0\0", 3, " 050000" },
		{ "ima-ng", "\xff\xff\xff\xff" "ab", 6, " 6162" },
		{ "ima-ng", "\0\0\0\0", 4, " " },
		{ "ima-ng", "\x01\0\0\0" "x" "\x01\0\0\0" "y" "zz", 12,
		  " 78 y 7a7a" },
		{ "d-ng|what", "\x01\0\0\0" "x" "\x02\0\0\0" "yz", 11,
		  " 78 797a" },
		{ "unknown", "\x02\0\0\0" "hi", 6, " 6869" },
		{ "iuid|imode", "\x04\0\0\0\xe8\x03\0\0" "\x02\0\0\0\xa4\x81",
		  14, " 1000 33188" },
		{ "|", "\x01\0\0\0a", 5, " 61" },
		{ "imode", "\x01\0\0\0\xff", 5, " 255" },
		{ "imode", "\x08\0\0\0\xff\0\0\0\1\0\0\0", 12,
		  " 4294967551" },
		{ "imode", "\x03\0\0\0abc", 7, " " },
		{ "d-ng", "\x03\0\0\0:\0a", 7, " 61" },
		{ "evm-sig", "\x08\0\0\0md5:\0abc" "\x02\0\0\0f\0"
		  "\x02\0\0\0\x05\x02" "\x04\0\0\0a|b\0"
		  "\x08\0\0\0\1\0\0\0\2\0\0\0" "\x03\0\0\0xyz"
		  "\x04\0\0\0\1\0\0\0" "\x04\0\0\0\2\0\0\0"
		  "\x02\0\0\0\xa4\x81", 73,
		  " md5:616263 f 0502 a|b 0100000002000000 78797a 1 2 33188" },
		{ "ima-modsig", "\x05\0\0\0md5:\0" "\x02\0\0\0f\0"
		  "\1\0\0\0\3" "\x06\0\0\0sha:\0a" "\2\0\0\0xy", 36,
		  " md5: f 03 sha:61 7879" },
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct list_layout layout = { 20, false };
		struct bytes b = { .len = 0 }, text = { .len = 0 };
		struct record rec;
		size_t need, head;

		unit_case("row %zu", i);
		bytes_u32(&b, 1, false);
		bytes_put(&b, "12345678901234567890", 20);
		bytes_u32(&b, (uint32_t)strlen(rows[i].template), false);
		bytes_put(&b, rows[i].template, strlen(rows[i].template));
		bytes_u32(&b, (uint32_t)rows[i].len, false);
		bytes_put(&b, rows[i].data, rows[i].len);
		CHECK_INT(record_parse(&layout, b.at, b.len, &rec, &need,
				       NULL), E_OK);
		shown_text(&rec, &layout, false, &text);
		bytes_put(&text, "", 1);
		head = strlen(" 1 3132333435363738393031323334353637383930 ") +
		       strlen(rows[i].template);
		if (CHECK(text.len > head))
			CHECK_STR((char *)text.at + head, rows[i].want);
		bytes_free(&b);
		bytes_free(&text);
	}
}

#define TEST(fn) { #fn, fn }

const struct unit_test unit_tests[] = {
	TEST(lines_are_the_kernel_s_for_a_few_of_each_template),
	TEST(lines_are_the_kernel_s_for_every_list),
	TEST(digests_of_other_banks),
	TEST(any_part_of_a_line_can_be_had),
	TEST(names_are_made_fit_to_be_shown),
	TEST(long_names_keep_their_characters),
	TEST(malformed_fields_are_shown_as_they_are),
	{ NULL, NULL }
};
