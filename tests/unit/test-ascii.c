// SPDX-License-Identifier: GPL-2.0-or-later
/* test-ascii.c - records back from lines, held against what kernels printed */
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format/ascii.h"
#include "format/show.h"
#include "port/list.h"
#include "records.h"
#include "unit.h"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

/* --- what kernels have printed --- */

/* Record by record, byte for byte; returns their number. */
static unsigned int check_twins(const char *ascii, const char *binary)
{
	struct list *text = NULL, *list = NULL;
	struct record a, b;
	struct error err = { 0 };
	unsigned int n = 0;
	int rc = 0, want;

	unit_case("%s", ascii);
	if (!CHECK_INT(list_open(&text, AT_FDCWD, ascii, ascii, LIST_TEXT,
				 &err), E_OK) ||
	    !CHECK_INT(list_open(&list, AT_FDCWD, binary, binary, 0, &err),
		       E_OK))
		goto out;
	for (;;) {
		want = list_next(list, &b, NULL);
		rc = list_next(text, &a, &err);
		if (!CHECK_INT(rc, want) || rc)
			break;
		n++;
		unit_case("%s: record %u", ascii, n);
		if (!CHECK_INT(a.raw_len, b.raw_len) ||
		    !CHECK_MEM(a.raw, b.raw, b.raw_len))
			break;
	}
	CHECK_STR(err.reason, "");
	if (n)
		CHECK_INT(list_layout(text)->digest_size,
			  list_layout(list)->digest_size);
out:
	list_close(text);
	list_close(list);
	return n;
}

/* All ASCII lists below @pattern that have a binary twin. */
static unsigned int check_all(const char *pattern)
{
	unsigned int n = 0;
	glob_t found;

	if (glob(pattern, 0, NULL, &found))
		return 0;
	for (size_t i = 0; i < found.gl_pathc; i++) {
		const char *ascii = found.gl_pathv[i];
		const char *name = strrchr(ascii, '/') + 1;
		char binary[512];

		snprintf(binary, sizeof(binary), "%.*sbinary_%s",
			 (int)(name - ascii), ascii, name + strlen("ascii_"));
		n += check_twins(ascii, binary);
	}
	globfree(&found);
	return n;
}

static void records_of_real_lists_are_rebuilt(void)
{
	char *shared = unit_shared("README.md"), pattern[512];
	unsigned int n = 0;

	if (!shared)
		SKIP("no shared data");
	for (int depth = 2; depth <= 3; depth++) {
		snprintf(pattern, sizeof(pattern), "%.*s%s/ascii_runtime*",
			 (int)(strlen(shared) - strlen("README.md")), shared,
			 depth == 2 ? "*/*" : "*/*/*");
		n += check_all(pattern);
	}
	free(shared);
	CHECK(n > 20000);
}

static void records_of_our_own_list_are_rebuilt(void)
{
	char *ascii = unit_data("k61-sigv2/ascii_runtime_measurements");
	char *binary = unit_data("k61-sigv2/binary_runtime_measurements");

	if (CHECK(ascii && binary))
		CHECK(check_twins(ascii, binary) > 50);
	free(ascii);
	free(binary);
}

/* --- made here: show, then read --- */

static void to_bytes(void *ctx, const char *bytes, size_t len)
{
	bytes_put(ctx, bytes, len);
}

/* The last record of @b, added to @text as the kernel prints it. */
static void print(const struct bytes *b, const struct made *m,
		  struct bytes *text)
{
	const struct show show = { .escape = false };
	struct list_layout layout = m->layout;
	struct record rec;
	size_t need;

	if (!layout.digest_size)
		layout.digest_size = 20;
	if (CHECK_INT(record_parse(&layout, b->at + b->last, b->len - b->last,
				   &rec, &need, NULL), E_OK))
		show_record(&show, &rec, &layout, to_bytes, text);
}

/* Read @text as a list; the records must be @want, whole. */
static int reread(const struct bytes *text, const struct bytes *want,
		  struct error *err)
{
	struct bytes got = { .len = 0 };
	struct record rec;
	struct list *list;
	int rc;

	if (list_open_bytes(&list, text->at, text->len, "list", LIST_TEXT, err))
		return E_NOMEM;
	while (!(rc = list_next(list, &rec, err)))
		bytes_put(&got, rec.raw, rec.raw_len);
	if (rc == LIST_END && CHECK_INT(got.len, want->len))
		CHECK_MEM(got.at, want->at, want->len);
	list_close(list);
	bytes_free(&got);
	return rc;
}

static const struct made kinds[] = {
	{ .seed = 1 },
	{ .seed = 2, .template = "ima" },
	{ .seed = 3, .template = "ima-sig" },
	{ .seed = 4, .template = "ima-buf", .name = "kexec-cmdline" },
	{ .seed = 5, .pcr = 9 },
	{ .seed = 6, .pcr_zero = true },
	{ .seed = 7, .name = "/a name with blanks" },
	{ .seed = 8, .name = "/blank at its end " },
	{ .seed = 9, .name = "/two\nlines", .template = "ima-sig" },
	{ .seed = 10, .name = "/three\n\nlines\n" },
	{ .seed = 11, .name = "\n" },
	{ .seed = 12, .name = "/invalid \xff\x01 bytes" },
	{ .seed = 13, .violation = true, .name = "/torn" },
	{ .seed = 14, .violation = true, .name = "/torn\nin two" },
	{ .seed = 15, .violation = true, .name = "/torn\n10 abc\n" },
	{ .seed = 16, .name = "/x\n10 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa ima-ng sha1:bbbb /y" },
	{ .seed = 17 },
};

static void records_of_any_kind_are_rebuilt(void)
{
	static const uint8_t sizes[] = { 20, 32, 48, 64 };

	for (size_t s = 0; s < ROWS(sizes); s++) {
		struct bytes all = { .len = 0 }, text = { .len = 0 };
		struct error err = { 0 };

		unit_case("digests of %u bytes", sizes[s]);
		for (size_t i = 0; i < ROWS(kinds); i++) {
			struct made m = kinds[i];

			m.layout.digest_size = sizes[s];
			bytes_record(&all, &m);
			print(&all, &m, &text);
		}
		CHECK_INT(reread(&text, &all, &err), LIST_END);
		CHECK_STR(err.reason, "");
		bytes_free(&all);
		bytes_free(&text);
	}
}

/* A kernel that lacks the bank's algorithm prints SHA-1 with zeros. */
static void padded_digests_are_right_too(void)
{
	struct made m = { .layout = { .digest_size = 48 }, .seed = 3,
			  .padded_digest = true };
	struct bytes all = { .len = 0 }, text = { .len = 0 };

	bytes_record(&all, &m);
	print(&all, &m, &text);
	CHECK_INT(reread(&text, &all, NULL), LIST_END);
	bytes_free(&all);
	bytes_free(&text);
}

/* --- refused --- */

#define D40 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void refusals(void)
{
	static const struct {
		const char *text;
		int rc;
		const char *why;
	} rows[] = {
		{ "10 " D40 " ima-ng sha1:bb /a\n", E_CHANGED,
		  "template digest is not that of the line's fields" },
		{ "10 " D40 " ima-ng sha1:bb /a", E_INCOMPLETE,
		  "ends within a line" },
		{ "10 " D40 " ima-ng sha1:bb\n", E_FORMAT,
		  "template 'ima-ng' has 2 fields" },
		{ "10 " D40 " ima-sig sha1:bb /a\n", E_FORMAT,
		  "template 'ima-sig' has 3 fields" },
		{ "10 " D40 " ima-ng sha1:bbb /a\n", E_FORMAT,
		  "a field is not as template 'ima-ng' has it" },
		{ "10 " D40 " ima-ng sha1:BB /a\n", E_FORMAT,
		  "a field is not as template 'ima-ng' has it" },
		{ "10 " D40 " ima-sig sha1:bb /a 0x\n", E_FORMAT,
		  "a field is not as template 'ima-sig' has it" },
		{ "10 " D40 " ima bb /a\n", E_FORMAT,
		  "a field is not as template 'ima' has it" },
		{ "10 " D40 " d-ng|n-ng|new sha1:bb /a 1\n", E_UNSUPPORTED,
		  "template 'd-ng|n-ng|new' has fields that text does not tell" },
		{ "10 " D40 " d-ng|n-ng|iuid sha1:bb /a -1\n", E_FORMAT,
		  "a field is not as template 'd-ng|n-ng|iuid' has it" },
		{ "10 " D40 " d-ng|n-ng|imode sha1:bb /a 65536\n", E_FORMAT,
		  "a field is not as template 'd-ng|n-ng|imode' has it" },
		{ "10 " D40 " ima-ng sha1:bb /a\n10 " D40 D40 "\n", E_CHANGED,
		  "template digest is not that of the line's fields" },
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct bytes text = { .len = 0 }, none = { .len = 0 };
		struct error err = { 0 };

		unit_case("'%s'", rows[i].text);
		bytes_put(&text, rows[i].text, strlen(rows[i].text));
		CHECK_INT(reread(&text, &none, &err), rows[i].rc);
		CHECK_STR(err.reason, rows[i].why);
		CHECK_STR(err.subject, "list");
		CHECK_INT(err.record, 1);
		bytes_free(&text);
	}
}

/* What is no list of text is left to the parser of binary ones. */
static void what_is_no_text_is_not_taken_for_it(void)
{
	static const char *const rows[] = {
		"", "10", "10 ", "10 " D40, "10 " D40 " ima-ng",
		"10 aaaa ima-ng sha1:bb /a\n", "24 " D40 " ima-ng sha1:bb /a\n",
		"1  " D40 " ima-ng sha1:bb /a\n", "10  " D40 " ima-ng x /a\n",
		"10 " D40 " \n", "hello, world\n", "10\t" D40 " ima-ng a b\n",
	};
	struct list_layout layout;

	for (size_t i = 0; i < ROWS(rows); i++) {
		unit_case("'%s'", rows[i]);
		CHECK(!ascii_detect((const uint8_t *)rows[i], strlen(rows[i]),
				    &layout));
	}
	CHECK(ascii_detect((const uint8_t *)" 9 " D40 " ima-ng ", 51,
			   &layout));
	CHECK_INT(layout.digest_size, 20);
}

/* Any change of a line is found by its digest, but one of the names in it. */
static void any_bit_flipped_is_refused_or_outside_the_digest(void)
{
	struct made m = { .seed = 5, .template = "ima-sig" };
	struct bytes all = { .len = 0 }, text = { .len = 0 };
	size_t head = strlen("10 " D40 " ima-sig");

	bytes_record(&all, &m);
	print(&all, &m, &text);
	for (size_t i = 0; i < 8 * text.len; i++) {
		struct record rec;
		struct list *list;
		int rc;

		text.at[i / 8] ^= (uint8_t)(1U << i % 8);
		if (list_open_bytes(&list, text.at, text.len, "list",
				    LIST_TEXT, NULL))
			abort();
		rc = list_next(list, &rec, NULL);
		unit_case("bit %zu", i);
		/* PCR and template name: what no digest covers. */
		CHECK(rc || i / 8 < 2 ||
		      (i / 8 > head - 7 && i / 8 < head) ||
		      text.len - 1 == i / 8);
		list_close(list);
		text.at[i / 8] ^= (uint8_t)(1U << i % 8);
	}
	bytes_free(&all);
	bytes_free(&text);
}

static void cut_anywhere_is_incomplete(void)
{
	struct made m = { .seed = 5, .template = "ima-sig",
			  .name = "/two\nlines" };
	struct bytes all = { .len = 0 }, text = { .len = 0 };

	bytes_record(&all, &m);
	print(&all, &m, &text);
	for (size_t n = 0; n < text.len; n++) {
		uint8_t *copy = malloc(n ? n : 1);
		struct record rec;
		struct list *list;
		int rc;

		if (!copy)
			abort();
		memcpy(copy, text.at, n);
		if (list_open_bytes(&list, copy, n, "list", LIST_TEXT, NULL))
			abort();
		rc = list_next(list, &rec, NULL);
		unit_case("%zu of %zu bytes", n, text.len);
		/* Without its newline it is whole. */
		CHECK_INT(rc == 0, n == text.len - 1);
		CHECK_INT(rc == LIST_END, n == 0);
		list_close(list);
		free(copy);
	}
	bytes_free(&all);
	bytes_free(&text);
}

/* A place in text can be gone to, as one in a binary list. */
static void places_are_of_the_text(void)
{
	struct bytes all = { .len = 0 }, text = { .len = 0 };
	struct list_place place[4];
	struct record rec;
	struct list *list;

	for (unsigned int i = 0; i < 3; i++) {
		struct made m = { .seed = (uint8_t)(i + 1) };

		bytes_record(&all, &m);
		print(&all, &m, &text);
	}
	if (!CHECK_INT(list_open_bytes(&list, text.at, text.len, "list",
				       LIST_TEXT, NULL), E_OK))
		return;
	for (unsigned int i = 0; i < 3; i++) {
		place[i] = list_tell(list);
		CHECK_INT(list_next(list, &rec, NULL), E_OK);
	}
	CHECK_INT(list_tell(list).offset, text.len);
	for (unsigned int i = 3; i && i--; ) {
		CHECK_INT(list_seek(list, place[i], NULL), E_OK);
		CHECK_INT(list_next(list, &rec, NULL), E_OK);
		CHECK_INT(rec.data[4 + 8], i + 1);
	}
	list_close(list);
	bytes_free(&all);
	bytes_free(&text);
}

#define TEST(fn) { #fn, fn }
const struct unit_test unit_tests[] = {
	TEST(records_of_real_lists_are_rebuilt),
	TEST(records_of_our_own_list_are_rebuilt),
	TEST(records_of_any_kind_are_rebuilt),
	TEST(padded_digests_are_right_too),
	TEST(refusals),
	TEST(what_is_no_text_is_not_taken_for_it),
	TEST(any_bit_flipped_is_refused_or_outside_the_digest),
	TEST(cut_anywhere_is_incomplete),
	TEST(places_are_of_the_text),
	{ NULL, NULL }
};
