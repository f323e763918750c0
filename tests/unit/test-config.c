// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test-config.c - which file wins, and what a file may not say
 *
 * What the settings do is the business of tests/config.test.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "port/config.h"
#include "unit.h"

static const struct config_row rows[] = {
	{ "dir", CONFIG_DIR, "/preset" },
	{ "size", CONFIG_SIZE, "1M" },
	{ "text", CONFIG_TEXT, "" },
	{ 0 }
};
enum { DIR_ROW, SIZE_ROW, TEXT_ROW, ROWS };

/* Two directories, and the files that a case needs in them. */
static char top[] = "/tmp/test-config.XXXXXX";

static const char *path(const char *rel)
{
	static char buf[4][128];
	static int n;
	char *ret = buf[n++ % 4];

	snprintf(ret, sizeof(buf[0]), "%s/%s", top, rel);
	return ret;
}

static void put(const char *rel, const char *text)
{
	FILE *f = fopen(path(rel), "w");

	if (!CHECK(f))
		return;
	fputs(text, f);
	fclose(f);
}

static const char *const directories[] = {
	"vendor", "vendor/shards.conf.d", "etc", "etc/shards.conf.d",
};
static const char *const files[] = {
	"vendor/shards.conf", "vendor/shards.conf.d/20.conf",
	"etc/shards.conf", "etc/shards.conf.d/10.conf",
	"etc/shards.conf.d/30.conf", "etc/shards.conf.d/40.other",
};

static bool begin(void)
{
	bool ok = CHECK(mkdtemp(top));

	for (size_t i = 0; i < 4 && ok; i++)
		ok = CHECK_INT(mkdir(path(directories[i]), 0700), 0);
	return ok;
}

static void end(void)
{
	for (size_t i = 0; i < 6; i++)
		unlink(path(files[i]));
	for (size_t i = 4; i && i--; )
		rmdir(path(directories[i]));
	rmdir(top);
	memcpy(strrchr(top, '.'), ".XXXXXX", 7);
}

static int get(struct config_value values[ROWS], struct error *err)
{
	int rc = config_preset(rows, values, err);

	return rc ? rc : config_read(rows, values, path("vendor"),
				     path("etc"), err);
}

static void check_value(const struct config_value *value, const char *text,
			const char *file, int line)
{
	char from[160];

	CHECK_STR(value->text, text);
	if (!file) {
		CHECK(!value->from);
		return;
	}
	snprintf(from, sizeof(from), "%s:%d", path(file), line);
	CHECK_STR(value->from, from);
}

static void test_no_files(void)
{
	struct config_value v[ROWS] = { 0 };

	if (!begin())
		return;
	CHECK_INT(get(v, NULL), E_OK);
	check_value(&v[DIR_ROW], "/preset", NULL, 0);
	CHECK_INT(v[SIZE_ROW].number, 1 << 20);
	config_free(rows, v);
	end();
}

static void test_which_wins(void)
{
	struct config_value v[ROWS] = { 0 };

	if (!begin())
		return;
	put(files[0], "dir = /vendor\nsize = 1\ntext = vendor\n");
	CHECK_INT(get(v, NULL), E_OK);
	check_value(&v[SIZE_ROW], "1", files[0], 2);
	put(files[1], "# a drop-in\n\nsize = 2\n");
	CHECK_INT(get(v, NULL), E_OK);
	check_value(&v[DIR_ROW], "/vendor", files[0], 1);
	check_value(&v[SIZE_ROW], "2", files[1], 3);
	/* /etc's file stands in for the vendor's, not for its drop-ins. */
	put(files[2], "text = etc # said\nsize = 3\n");
	CHECK_INT(get(v, NULL), E_OK);
	check_value(&v[DIR_ROW], "/preset", NULL, 0);
	check_value(&v[SIZE_ROW], "2", files[1], 3);
	check_value(&v[TEXT_ROW], "etc", files[2], 1);
	put(files[4], "size = 30\n");
	put(files[3], "size = 10\ntext =\n");
	put(files[5], "size = none\n");
	CHECK_INT(get(v, NULL), E_OK);
	check_value(&v[SIZE_ROW], "30", files[4], 1);
	check_value(&v[TEXT_ROW], "", files[3], 2);
	config_free(rows, v);
	end();
}

/* No vendor's directory: the drop-ins count all the same. */
static void test_one_directory(void)
{
	struct config_value v[ROWS] = { 0 };

	if (!begin())
		return;
	put(files[0], "text = vendor\n");
	put(files[3], "size = 7\n");
	CHECK_INT(config_preset(rows, v, NULL), E_OK);
	CHECK_INT(config_read(rows, v, NULL, path("etc"), NULL), E_OK);
	check_value(&v[SIZE_ROW], "7", files[3], 1);
	check_value(&v[TEXT_ROW], "", NULL, 0);
	config_free(rows, v);
	end();
}

static void test_refused(void)
{
	static const struct {
		const char *text;
		int line;
		const char *reason;
	} cases[] = {
		{ "sizes = 1\n", 1, "'sizes' is not a setting" },
		{ "\nsize = 1\n\x1b[1m = 2\n", 3,
		  "'\\x1b[1m' is not a setting" },
		{ "[part]\nsize = 1\n", 2,
		  "'size' is in a section: there are none here" },
		{ "text = x\nsize = 1x\n", 2, "size: '1x' is not a size" },
		{ "dir = here\n", 1, "dir: 'here' is not an absolute path" },
		{ "#\nsize\n", 2, "size has no value" },
		{ "size = 1\nor = 2\n", 2, "'or' is not a setting" },
		{ "size = 1\nlost\n", 2, "a line without a '='" },
		{ "[part\n", 1, NULL },
	};

	if (!begin())
		return;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct config_value v[ROWS] = { 0 };
		struct error err = { 0 };
		char subject[160];

		unit_case("%s", cases[i].text);
		put(files[4], cases[i].text);
		CHECK_INT(get(v, &err), E_USAGE);
		snprintf(subject, sizeof(subject), "%s:%d", path(files[4]),
			 cases[i].line);
		CHECK_STR(err.subject, subject);
		if (cases[i].reason)
			CHECK_STR(err.reason, cases[i].reason);
		config_free(rows, v);
	}
	end();
}

const struct unit_test unit_tests[] = {
	{ "no files: the presets", test_no_files },
	{ "which file wins", test_which_wins },
	{ "one directory", test_one_directory },
	{ "what is refused, and where", test_refused },
	{ NULL, NULL }
};
