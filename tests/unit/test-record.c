// SPDX-License-Identifier: GPL-2.0-or-later
/* test-record.c - records, layouts and templates, real and hostile */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format/record.h"
#include "format/template.h"
#include "moments.h"
#include "records.h"
#include "unit.h"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

static const struct list_layout layouts[] = {
	{ 20, false }, { 32, false }, { 48, false }, { 64, false },
	{ 20, true }, { 32, true }, { 48, true }, { 64, true },
};

static const char *const templates[] = {
	"ima", "ima-ng", "ima-sig", "ima-buf", "d-ng|n-ng", "nobody-knows"
};

/* --- one record --- */

static void check_record(const struct record *rec, const struct made *m,
			 const struct bytes *b)
{
	const uint8_t *name, *hashed;
	uint8_t scratch[RECORD_SCRATCH];
	size_t len;
	bool legacy = !strcmp(m->template, "ima");

	CHECK_INT(rec->raw_len, b->len);
	CHECK(rec->raw == b->at);
	CHECK_INT(rec->pcr, 10);
	CHECK_INT(rec->legacy, legacy);
	CHECK_INT(rec->violation, m->violation);
	CHECK_INT(rec->name_len, strlen(m->template));
	CHECK_MEM(rec->name, m->template, rec->name_len);
	CHECK(rec->data + rec->data_len == b->at + b->len);
	hashed = record_hashed(rec, &m->layout, scratch, &len);
	CHECK_INT(len, b->covered_len);
	CHECK_MEM(hashed, b->covered, len);
	if (strcmp(m->template, "nobody-knows") &&
	    CHECK(template_file_name(rec, &m->layout, &name, &len))) {
		CHECK_INT(len, 5);
		CHECK_MEM(name, "/file", 5);
	}
}

/* Every template in every layout, whole and cut at every length. */
static void records_are_read_whole_and_never_cut(void)
{
	for (size_t i = 0; i < ROWS(layouts) * ROWS(templates) * 2; i++) {
		struct made m = {
			.layout = layouts[i % ROWS(layouts)],
			.template = templates[i / ROWS(layouts) %
					      ROWS(templates)],
			.violation = i / ROWS(layouts) / ROWS(templates),
			.seed = 3,
		};
		struct bytes b = { .len = 0 };
		struct record rec;
		size_t need = 0;

		bytes_record(&b, &m);
		unit_case("%s, %u bytes, big endian %d", m.template,
			  m.layout.digest_size, m.layout.big_endian);
		if (CHECK_INT(record_parse(&m.layout, b.at, b.len, &rec, &need,
					   NULL), E_OK))
			check_record(&rec, &m, &b);
		for (size_t len = 0; len < b.len; len++) {
			/* Exact, so that tools see a byte too many. */
			uint8_t *exact = malloc(len ? len : 1);
			struct record none = { .pcr = 99 };
			struct error err = { 0 };

			if (!CHECK(exact))
				break;
			memcpy(exact, b.at, len);
			need = 0;
			unit_case("%s, %zu of %zu bytes", m.template, len,
				  b.len);
			CHECK_INT(record_parse(&m.layout, exact, len, &none,
					       &need, &err), E_INCOMPLETE);
			CHECK(need > len && need <= b.len);
			CHECK_INT(none.pcr, 99);
			CHECK_INT(err.code, E_INCOMPLETE);
			free(exact);
		}
		bytes_free(&b);
	}
}

/* The first records of every real list, cut at every length. */
static void check_cut(const char *top, const char *path)
{
	struct list_layout layout = { 20, false };
	size_t len, at = 0, need = 0;
	uint8_t *bytes = unit_read(path, &len);
	struct record rec;

	unit_case("%s", path + strlen(top) + 1);
	for (int i = 0; CHECK(bytes) && i < 3; i++) {
		if (!CHECK_INT(record_parse(&layout, bytes + at, len - at, &rec,
					    &need, NULL), E_OK))
			break;
		for (size_t n = 0; n < rec.raw_len; n++) {
			struct record none;

			CHECK_INT(record_parse(&layout, bytes + at, n, &none,
					       &need, NULL), E_INCOMPLETE);
			CHECK(need > n && need <= rec.raw_len);
		}
		at += rec.raw_len;
	}
	free(bytes);
}

static void real_records_are_never_read_cut(void)
{
	char *top = unit_shared("");

	if (!top)
		SKIP("the shared data");
	each_file(top, is_list, check_cut);
	free(top);
}

/* A record of template ima-ng has its lengths here; "ima" its name's. */
#define AT_NAME_LEN (4 + 20)
#define AT_NAME (AT_NAME_LEN + 4)
#define AT_DATA_LEN (AT_NAME + 6)
#define AT_FILE_LEN (AT_NAME + 3 + 20)

static const struct {
	const char *name, *template;
	size_t at;
	uint32_t value;
	size_t size;		/* of the value */
	int code;
	const char *reason;
} refusals[] = {
	{ "PCR 24", "ima-ng", 0, 24, 4, E_FORMAT, "there is no PCR 24" },
	{ "PCR of the other byte order", "ima-ng", 0, 10U << 24, 4, E_FORMAT,
	  "there is no PCR 167772160" },
	{ "PCR -1", "ima-ng", 0, UINT32_MAX, 4, E_FORMAT,
	  "there is no PCR 4294967295" },
	{ "empty template name", "ima-ng", AT_NAME_LEN, 0, 4, E_FORMAT,
	  "empty template name" },
	{ "template name over the limit", "ima-ng", AT_NAME_LEN, 256, 4,
	  E_LIMIT, "template name of 256 bytes, over 255" },
	{ "giant template name", "ima-ng", AT_NAME_LEN, UINT32_MAX, 4, E_LIMIT,
	  "template name of 4294967295 bytes, over 255" },
	{ "space in the template name", "ima-ng", AT_NAME + 3, ' ', 1,
	  E_FORMAT, "unprintable template name" },
	{ "NUL in the template name", "ima-ng", AT_NAME, 0, 1, E_FORMAT,
	  "unprintable template name" },
	{ "escape in the template name", "ima-ng", AT_NAME + 5, 0x1b, 1,
	  E_FORMAT, "unprintable template name" },
	{ "high bit in the template name", "ima-ng", AT_NAME + 5, 0xe7, 1,
	  E_FORMAT, "unprintable template name" },
	{ "data over the limit", "ima-ng", AT_DATA_LEN, RECORD_DATA_MAX + 1, 4,
	  E_LIMIT, "data of 67108865 bytes, over 67108864" },
	{ "giant data", "ima-ng", AT_DATA_LEN, UINT32_MAX, 4, E_LIMIT,
	  "data of 4294967295 bytes, over 67108864" },
	{ "legacy file name over the limit", "ima", AT_FILE_LEN, 256, 4,
	  E_LIMIT, "file name of 256 bytes, over 255" },
	{ "giant legacy file name", "ima", AT_FILE_LEN, UINT32_MAX, 4, E_LIMIT,
	  "file name of 4294967295 bytes, over 255" },
};

static void record_refusals(void)
{
	for (size_t i = 0; i < ROWS(refusals); i++) {
		struct made m = { .template = refusals[i].template };
		struct list_layout layout = { 20, false };
		struct record none = { .pcr = 99 };
		struct bytes b = { .len = 0 };
		struct error err = { 0 };
		size_t need = 0;

		unit_case("%s", refusals[i].name);
		bytes_record(&b, &m);
		for (size_t n = 0; n < refusals[i].size; n++)
			b.at[refusals[i].at + n] =
				(uint8_t)(refusals[i].value >> 8 * n);
		CHECK_INT(record_parse(&layout, b.at, b.len, &none, &need,
				       &err), refusals[i].code);
		CHECK_STR(err.reason, refusals[i].reason);
		CHECK_INT(none.pcr, 99);
		bytes_free(&b);
	}
}

/* At the limits themselves only more bytes are asked for. */
static void lengths_at_the_limit_want_that_many_bytes(void)
{
	static const struct {
		const char *template;
		size_t at;
		uint32_t value;
		size_t need;
	} rows[] = {
		{ "ima-ng", AT_NAME_LEN, 255, AT_NAME + 255 },
		{ "ima-ng", AT_DATA_LEN, RECORD_DATA_MAX,
		  AT_DATA_LEN + 4 + RECORD_DATA_MAX },
		{ "ima", AT_FILE_LEN, 255, AT_FILE_LEN + 4 + 255 },
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct made m = { .template = rows[i].template };
		struct list_layout layout = { 20, false };
		struct bytes b = { .len = 0 };
		struct record none;
		size_t need = 0;

		unit_case("row %zu", i);
		bytes_record(&b, &m);
		for (size_t n = 0; n < 4; n++)
			b.at[rows[i].at + n] =
				(uint8_t)(rows[i].value >> 8 * n);
		CHECK_INT(record_parse(&layout, b.at, b.len, &none, &need,
				       NULL), E_INCOMPLETE);
		CHECK_INT(need, rows[i].need);
		bytes_free(&b);
	}
}

static void large_records_are_read(void)
{
	static const size_t sizes[] = { 4096, 5000, 70000, 1 << 20, 9 << 20 };

	for (size_t i = 0; i < ROWS(sizes); i++) {
		struct bytes b = { .len = 0 };
		struct made m = { .seed = 1 };
		uint8_t *blob = calloc(1, sizes[i]);
		struct record rec;
		struct list *list;

		unit_case("%zu bytes", sizes[i]);
		if (!CHECK(blob))
			return;
		bytes_record(&b, &m);
		bytes_u32(&b, 10, false);
		bytes_put(&b, "12345678901234567890", 20);
		bytes_u32(&b, 5, false);
		bytes_put(&b, "large", 5);
		bytes_u32(&b, (uint32_t)sizes[i], false);
		bytes_put(&b, blob, sizes[i]);
		bytes_record(&b, &m);
		CHECK_INT(list_open_bytes(&list, b.at, b.len, "list", 0, NULL),
			  E_OK);
		CHECK_INT(list_next(list, &rec, NULL), E_OK);
		CHECK_INT(list_next(list, &rec, NULL), E_OK);
		CHECK_INT(rec.data_len, sizes[i]);
		CHECK_INT(list_next(list, &rec, NULL), E_OK);
		CHECK_INT(list_next(list, &rec, NULL), LIST_END);
		list_close(list);
		bytes_free(&b);
		free(blob);
	}
}

/* --- the layout --- */

static void made_list(struct bytes *b, const struct list_layout *layout,
		      size_t records)
{
	memset(b, 0, sizeof(*b));
	for (size_t i = 0; i < records; i++) {
		struct made m = {
			.layout = *layout,
			.template = templates[i % ROWS(templates)],
			.seed = (uint8_t)i,
			.violation = i == 1,
		};

		bytes_record(b, &m);
	}
}

static void layouts_are_recognised(void)
{
	for (size_t i = 0; i < 6 * ROWS(layouts); i++) {
		const struct list_layout *l = &layouts[i % ROWS(layouts)];
		struct list_layout is = { 0, false };
		size_t records = 1 + i / ROWS(layouts);
		struct bytes b;

		unit_case("%u bytes, big endian %d, %zu records",
			  l->digest_size, l->big_endian, records);
		made_list(&b, l, records);
		CHECK_INT(layout_detect(b.at, b.len, true, 0, &is), E_OK);
		CHECK_INT(is.digest_size, l->digest_size);
		CHECK_INT(is.big_endian, l->big_endian);
		if (l->big_endian)
			CHECK_INT(layout_detect(b.at, b.len, true, 1, &is),
				  E_FORMAT);
		bytes_free(&b);
	}
}

/* Given piece by piece, it is the same or wants more; never another. */
static void layout_of_a_beginning_is_the_same(void)
{
	for (size_t i = 0; i < ROWS(layouts); i++) {
		const struct list_layout *l = &layouts[i];
		struct bytes b;

		made_list(&b, l, 6);
		for (size_t len = 0; len <= b.len; len++) {
			struct list_layout is = { 0, false };
			int rc = layout_detect(b.at, len, false, 0, &is);

			unit_case("%u bytes, big endian %d, %zu of %zu",
				  l->digest_size, l->big_endian, len, b.len);
			CHECK(rc == E_OK || rc == E_INCOMPLETE ||
			      (rc == E_FORMAT && !len));
			if (rc)
				continue;
			CHECK_INT(is.digest_size, l->digest_size);
			CHECK_INT(is.big_endian, l->big_endian);
		}
		bytes_free(&b);
	}
}

static void what_is_no_list_is_refused(void)
{
	static const struct {
		const char *name, *bytes;
		size_t len;
	} rows[] = {
		{ "nothing", "", 0 },
		{ "an ASCII list",
		  "10 55e19427c290674f58ab9ae99e79735ce1ce7be7 ima-sig "
		  "sha256:a14aab10a180793f814c2bc58573fc52139506aa "
		  "boot_aggregate \n", 116 },
		{ "JSON", "{\"type\":\"snapshot_aggregate\",\"version\":1,"
		  "\"first\":1,\"last\":4096,\"bytes\":514123,"
		  "\"sha256\":\"\"}", 86 },
		{ "0xff", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
		  "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
		  "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 38 },
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct list_layout is;

		unit_case("%s", rows[i].name);
		CHECK_INT(layout_detect((const uint8_t *)rows[i].bytes,
					rows[i].len, true, 0, &is), E_FORMAT);
	}
	{
		uint8_t zeros[300] = { 0 };
		struct list_layout is;

		unit_case("zeros");
		CHECK_INT(layout_detect(zeros, sizeof(zeros), true, 0, &is),
			  E_FORMAT);
	}
}

/* A list's layout is its first records'; later ones cannot change it. */
static void wrong_layout_is_not_read(void)
{
	for (size_t i = 0; i < ROWS(layouts) * ROWS(layouts); i++) {
		const struct list_layout *is = &layouts[i / ROWS(layouts)];
		const struct list_layout *as = &layouts[i % ROWS(layouts)];
		struct made m = { .layout = *is, .seed = 3 };
		struct bytes b = { .len = 0 };
		struct record rec;
		size_t need = 0;

		if (is == as)
			continue;
		unit_case("%u/%d as %u/%d", is->digest_size, is->big_endian,
			  as->digest_size, as->big_endian);
		bytes_record(&b, &m);
		CHECK(record_parse(as, b.at, b.len, &rec, &need, NULL));
		bytes_free(&b);
	}
}

/* --- comparing --- */

static void records_are_the_same_whatever_their_digests(void)
{
	struct made m = { .seed = 4 };
	struct list_layout l20 = { 20, false }, l64 = { 64, false };
	struct bytes a = { .len = 0 }, b = { .len = 0 };
	struct record x, y;
	size_t need;

	m.layout = l20;
	bytes_record(&a, &m);
	m.layout = l64;
	bytes_record(&b, &m);
	CHECK_INT(record_parse(&l20, a.at, a.len, &x, &need, NULL), E_OK);
	CHECK_INT(record_parse(&l64, b.at, b.len, &y, &need, NULL), E_OK);
	CHECK(record_same(&x, &y));
	y.pcr = 11;
	CHECK(!record_same(&x, &y));
	y.pcr = 10;
	y.violation = true;
	CHECK(!record_same(&x, &y));
	y.violation = false;
	b.at[b.len - 2] ^= 1;
	CHECK(!record_same(&x, &y));
	b.at[b.len - 2] ^= 1;
	y.data_len--;
	CHECK(!record_same(&x, &y));
	y.data_len++;
	y.name_len--;
	CHECK(!record_same(&x, &y));
	bytes_free(&a);
	bytes_free(&b);
}

/* The name is one field further in each, or is not there. */
static void a_custom_template_says_where_the_name_is(void)
{
	static const uint8_t data[] = {
		1, 0, 0, 0, 'a', 2, 0, 0, 0, 'b', 0, 3, 0, 0, 0, 'c', 'c', 0,
	};
	static const struct {
		const char *format, *name;
	} rows[] = {
		{ "n-ng|d-ng|sig", "a" },
		{ "d-ng|n-ng|sig", "b" },
		{ "sig|d-ng|n-ng", "cc" },
		{ "n|n-ng|d", "a" },
		{ "d-ng|n-ngv9|sig", NULL },
		{ "sig|d-ng|modsig|n-ng", NULL },	/* cut before it */
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct record rec = {
			.name = rows[i].format,
			.name_len = strlen(rows[i].format),
			.data = data, .data_len = sizeof(data),
		};
		const uint8_t *name;
		size_t len;
		bool has = template_file_name(&rec, &layouts[0], &name, &len);

		unit_case("%s", rows[i].format);
		CHECK_INT(has, rows[i].name != NULL);
		if (!has || !rows[i].name)
			continue;
		CHECK_INT(len, strlen(rows[i].name));
		CHECK_MEM(name, rows[i].name, len);
	}
}

static void boot_aggregates_are_known(void)
{
	static const struct {
		const char *template, *name;
		bool is;
	} rows[] = {
		{ "ima-ng", "boot_aggregate", true },
		{ "ima-sig", "boot_aggregate_late", true },
		{ "ima", "boot_aggregate", true },
		{ "d-ng|n-ng", "boot_aggregate", true },
		{ "ima-ng", "boot_aggregates", false },
		{ "ima-ng", "boot_aggregat", false },
		{ "ima-ng", "/boot_aggregate", false },
		{ "unknown", "boot_aggregate", false },
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct made m = { .template = rows[i].template,
				  .name = rows[i].name };
		struct list_layout layout = { 20, false };
		struct bytes b = { .len = 0 };
		struct record rec;
		size_t need;

		unit_case("%s %s", rows[i].template, rows[i].name);
		bytes_record(&b, &m);
		CHECK_INT(record_parse(&layout, b.at, b.len, &rec, &need,
				       NULL), E_OK);
		CHECK_INT(record_is_boot_aggregate(&rec, &layout), rows[i].is);
		bytes_free(&b);
	}
}

/* --- the list as a stream --- */

/* An error has a place, and is one also for who does not ask for words. */
static void list_says_where_it_breaks(void)
{
	struct list_layout layout = { 20, false };
	struct bytes b;
	size_t last;

	made_list(&b, &layout, 5);
	last = b.last;
	for (size_t len = last + 1; len < b.len; len++) {
		struct record rec;
		struct error err = { 0 };
		struct list *list;
		int rc, n = 0;

		unit_case("%zu of %zu bytes", len, b.len);
		CHECK_INT(list_open_bytes(&list, b.at, len, "the list", 0,
					  NULL), E_OK);
		while (!(rc = list_next(list, &rec, &err)))
			n++;
		CHECK_INT(n, 4);
		CHECK_INT(rc, E_INCOMPLETE);
		CHECK_STR(err.subject, "the list");
		CHECK_INT(err.record, 5);
		CHECK(err.has_offset);
		CHECK_INT(err.offset, last);
		CHECK_INT(list_next(list, &rec, NULL), E_INCOMPLETE);
		list_close(list);
	}
	bytes_free(&b);
}

static void list_that_is_none_is_an_error_without_words_too(void)
{
	struct record rec;
	struct list *list;

	CHECK_INT(list_open_bytes(&list, "no measurement list at all, this",
				  32, "text", 0, NULL), E_OK);
	CHECK_INT(list_next(list, &rec, NULL), E_FORMAT);
	list_close(list);
	CHECK_INT(list_open_bytes(&list, "", 0, "nothing", 0, NULL), E_OK);
	CHECK_INT(list_next(list, &rec, NULL), LIST_END);
	list_close(list);
}

static void list_can_go_back_to_any_place(void)
{
	struct list_layout layout = { 32, true };
	struct list_place place[10];
	struct record rec;
	struct list *list;
	struct bytes b;

	made_list(&b, &layout, 9);
	CHECK_INT(list_open_bytes(&list, b.at, b.len, "list", 0, NULL), E_OK);
	for (size_t i = 0; i < 9; i++) {
		place[i] = list_tell(list);
		CHECK_INT(list_next(list, &rec, NULL), E_OK);
	}
	place[9] = list_tell(list);
	for (size_t i = 0; i < 10 * 10; i++) {
		size_t from = i / 10, to = i % 10;

		unit_case("from %zu to %zu", from, to);
		CHECK_INT(list_seek(list, place[from], NULL), E_OK);
		CHECK_INT(list_seek(list, place[to], NULL), E_OK);
		CHECK_INT(list_next(list, &rec, NULL), to < 9 ? E_OK :
			  LIST_END);
		if (to < 9)
			CHECK_MEM(rec.raw, b.at + place[to].offset,
				  rec.raw_len);
	}
	list_close(list);
	bytes_free(&b);
}

struct sunk {
	struct bytes bytes;
	int rc;
};

static int sink(void *ctx, const void *bytes, size_t len)
{
	struct sunk *s = ctx;

	bytes_put(&s->bytes, bytes, len);
	return s->rc;
}

/* Three records, and far more behind them than is read at once. */
static void rest_of_a_list_is_counted_and_handed_on(void)
{
	static const size_t sizes[] = { 0, 5, 300000, 1 << 20 };
	uint8_t *stray = malloc(1 << 20);

	if (!CHECK(stray))
		return;
	memset(stray, 0xee, 1 << 20);
	for (size_t i = 0; i < 3 * ROWS(sizes); i++) {
		struct list_layout layout = { 20, false };
		struct sunk s = { .rc = i % 3 == 2 ? E_LIMIT : E_OK };
		size_t n = sizes[i / 3];
		struct record rec;
		struct list *list;
		uint64_t rest = 0;
		struct bytes b;

		unit_case("%zu bytes, %zu", n, i % 3);
		made_list(&b, &layout, 3);
		bytes_put(&b, stray, n);
		CHECK_INT(list_open_bytes(&list, b.at, b.len, "list", 0, NULL),
			  E_OK);
		while (!list_next(list, &rec, NULL))
			;
		CHECK_INT(list_rest(list, i % 3 ? sink : NULL, &s, &rest,
				    NULL), n ? s.rc : E_OK);
		if (!s.rc)
			CHECK_INT(rest, n);
		if (i % 3 == 1 && CHECK_INT(s.bytes.len, n) && n)
			CHECK_MEM(s.bytes.at, stray, n);
		list_close(list);
		bytes_free(&b);
		bytes_free(&s.bytes);
	}
	free(stray);
}

#define TEST(fn) { #fn, fn }

const struct unit_test unit_tests[] = {
	TEST(records_are_read_whole_and_never_cut),
	TEST(real_records_are_never_read_cut),
	TEST(record_refusals),
	TEST(lengths_at_the_limit_want_that_many_bytes),
	TEST(large_records_are_read),
	TEST(layouts_are_recognised),
	TEST(layout_of_a_beginning_is_the_same),
	TEST(what_is_no_list_is_refused),
	TEST(wrong_layout_is_not_read),
	TEST(records_are_the_same_whatever_their_digests),
	TEST(a_custom_template_says_where_the_name_is),
	TEST(boot_aggregates_are_known),
	TEST(list_says_where_it_breaks),
	TEST(list_that_is_none_is_an_error_without_words_too),
	TEST(list_can_go_back_to_any_place),
	TEST(rest_of_a_list_is_counted_and_handed_on),
	{ NULL, NULL }
};
