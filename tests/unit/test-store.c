// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test-store.c - the agreed directory: what is published, and in which order
 *
 * fsync() and renameat2() are this file's own: they say what was synced and
 * renamed, and can be made to fail.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "stores.h"
#include "unit.h"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

#define FIRST "000000000001-000000000004"
#define SECOND "000000000005-000000000008"
#define THIRD "000000000009-000000000012"

/* --- calls that are watched --- */

static struct {
	char call[16][80];
	unsigned int count;
	unsigned int fail_at;	/* from 1; 0: none */
} watched;

static void watch(unsigned int fail_at)
{
	memset(&watched, 0, sizeof(watched));
	watched.fail_at = fail_at;
}

/* true: it is to fail. */
static bool called(const char *what, const char *name)
{
	if (watched.count < ROWS(watched.call))
		snprintf(watched.call[watched.count],
			 sizeof(watched.call[0]), "%s %.60s", what, name);
	if (++watched.count != watched.fail_at)
		return false;
	errno = EIO;
	return true;
}

int fsync(int fd)
{
	char link[64], path[256];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	path[n < 0 ? 0 : n] = '\0';
	if (called("sync", strrchr(path, '/') ? strrchr(path, '/') + 1 : path))
		return -1;
	return (int)syscall(SYS_fsync, fd);
}

int renameat2(int from_fd, const char *from, int to_fd, const char *to,
	      unsigned int flags)
{
	if (called("rename to", to))
		return -1;
	return (int)syscall(SYS_renameat2, from_fd, from, to_fd, to, flags);
}

/* --- what is in the directory --- */

static int count_files(const struct world *w, const char *beginning)
{
	DIR *dir = opendir(w->dir);
	struct dirent *e;
	int n = 0;

	while (CHECK(dir) && (e = readdir(dir)))
		n += strcmp(e->d_name, ".") && strcmp(e->d_name, "..") &&
		     !strncmp(e->d_name, beginning, strlen(beginning));
	if (dir)
		closedir(dir);
	return n;
}

static void check_mode(const struct world *w, const char *name, mode_t mode)
{
	struct stat sb = { .st_mode = 0 };

	CHECK_INT(fstatat(store_dirfd(w->st), name, &sb, 0), 0);
	CHECK_INT(sb.st_mode & 07777, mode);
}

/* Records 1..12, published as three shards of four. */
static bool three(struct world **w)
{
	if (!world_new(w, 12))
		return false;
	world_shards(*w, 4, 12);
	return CHECK_INT(store_count((*w)->st), 3);
}

/* --- publishing --- */

static void publishing_keeps_the_order(void)
{
	const char *dir;
	char sync_dir[80];
	struct world *w;

	if (!world_new(&w, 4))
		return world_free(w);
	dir = strrchr(w->dir, '/') + 1;
	snprintf(sync_dir, sizeof(sync_dir), "sync %s", dir);
	watch(0);
	world_publish(w, 1, 4);
	if (CHECK_INT(watched.count, 6)) {
		CHECK(!strncmp(watched.call[0], "sync .tmp.000000000001.", 23));
		CHECK(strstr(watched.call[0], ".ima"));
		CHECK_STR(watched.call[1], "rename to " FIRST ".ima");
		CHECK_STR(watched.call[2], sync_dir);
		CHECK(!strncmp(watched.call[3], "sync .tmp.000000000001.", 23));
		CHECK(strstr(watched.call[3], ".json"));
		CHECK_STR(watched.call[4], "rename to " FIRST ".json");
		CHECK_STR(watched.call[5], sync_dir);
	}
	CHECK_INT(count_files(w, ""), 2);
	check_mode(w, FIRST ".ima", 0440);
	check_mode(w, FIRST ".json", 0440);
	world_free(w);
}

/* What is there after each of the six calls has failed. */
static const struct {
	int code;
	bool records, committed, listed;
} failures[] = {
	{ E_IO, false, false, false },	/* sync of the records */
	{ E_IO, false, false, false },	/* their rename */
	{ E_IO, true, false, false },	/* sync of the directory */
	{ E_IO, true, false, false },	/* sync of the aggregate */
	{ E_IO, true, false, false },	/* its rename */
	{ E_IO, true, true, false },	/* sync of the directory */
};

static void failing_call_is_an_error_and_commits_nothing_half(void)
{
	for (unsigned int i = 0; i < 2 * ROWS(failures); i++) {
		struct aggregate agg;
		struct error err = { 0 };
		struct draft *d = NULL;
		struct world *w;
		int rc;

		unit_case("call %u, %s words", i / 2 + 1,
			  i % 2 ? "without" : "with");
		if (!world_new(&w, 4))
			return world_free(w);
		watch(i / 2 + 1);
		agg = world_aggregate(w, 4);
		CHECK_INT(draft_new(&d, w->st, 1, NULL), E_OK);
		CHECK_INT(draft_add(d, w->bytes.at, w->start[4], NULL), E_OK);
		rc = draft_seal(d, i % 2 ? NULL : &err);
		if (!rc)
			rc = store_publish(w->st, d, &agg,
					   i % 2 ? NULL : &err);
		CHECK_INT(rc, failures[i / 2].code);
		CHECK_INT(store_count(w->st), failures[i / 2].listed);
		draft_free(d);
		watch(0);
		CHECK_INT(count_files(w, ".tmp."), 0);
		/* The draft holds one record of all bytes. */
		CHECK_INT(count_files(w, "000000000001-000000000001.ima"),
			  failures[i / 2].records);
		CHECK_INT(count_files(w, "000000000001-000000000001.json"),
			  failures[i / 2].committed);
		CHECK_INT(store_reload(w->st, NULL), E_OK);
		CHECK_INT(store_orphans(w->st), failures[i / 2].records &&
			  !failures[i / 2].committed);
		if (i % 2 == 0)
			CHECK(err.reason[0] && err.subject[0]);
		world_free(w);
	}
}

static void shards_are_what_was_added(void)
{
	struct aggregate agg;
	struct world *w;

	if (!three(&w))
		return world_free(w);
	CHECK_INT(count_files(w, ""), 6);
	for (size_t i = 0; i < 3; i++) {
		uint8_t digest[SHA256_SIZE], want[SHA256_SIZE];
		char name[64];
		size_t len, from = w->start[4 * i], to = w->start[4 * i + 4];
		uint8_t *bytes;

		unit_case("shard %zu", i);
		CHECK_INT(store_aggregate(w->st, i, &agg, digest, NULL), E_OK);
		CHECK_INT(agg.first, 4 * i + 1);
		CHECK_INT(agg.last, 4 * i + 4);
		CHECK_INT(agg.bytes, to - from);
		CHECK_MEM(&agg.pcrs, &w->after[4 * i + 4], sizeof(agg.pcrs));
		snprintf(name, sizeof(name), "%012zu-%012zu.ima", 4 * i + 1,
			 4 * i + 4);
		bytes = world_read(w, name, &len);
		if (CHECK(bytes) && CHECK_INT(len, to - from))
			CHECK_MEM(bytes, w->bytes.at + from, len);
		free(bytes);
		digest_into(want, HASH_SHA256, w->bytes.at + from, to - from);
		CHECK_MEM(agg.sha256, want, SHA256_SIZE);
		snprintf(name, sizeof(name), "%012zu-%012zu.json", 4 * i + 1,
			 4 * i + 4);
		bytes = world_read(w, name, &len);
		if (CHECK(bytes))
			digest_into(want, HASH_SHA256, bytes, len);
		free(bytes);
		CHECK_MEM(digest, want, SHA256_SIZE);
	}
	world_free(w);
}

/* Records of more than a draft buffers, one by one and together. */
static void large_drafts_are_written_whole(void)
{
	static const size_t sizes[] = { 1, 65535, 65536, 65537, 1 << 20 };
	uint8_t *blob = malloc((1 << 20) + 2);
	struct world *w = NULL;

	if (!CHECK(blob) || !world_new(&w, 0))
		return world_free(w);
	for (size_t i = 0; i < (1 << 20) + 2; i++)
		blob[i] = (uint8_t)(i * 7 >> 3);
	for (size_t i = 0; i < ROWS(sizes); i++) {
		struct draft *d = NULL;
		struct bytes all = { .len = 0 };
		uint8_t *bytes, want[SHA256_SIZE];
		struct aggregate agg = { .pcrs.bank[0].mask = 1 };
		size_t len;
		char name[64];

		unit_case("%zu bytes", sizes[i]);
		CHECK_INT(draft_new(&d, w->st, 10 * i + 1, NULL), E_OK);
		for (size_t n = 0; n < 3; n++) {
			CHECK_INT(draft_add(d, blob + n, sizes[i], NULL),
				  E_OK);
			bytes_put(&all, blob + n, sizes[i]);
		}
		CHECK_INT(draft_first(d), 10 * i + 1);
		CHECK_INT(draft_last(d), 10 * i + 3);
		CHECK_INT(draft_bytes(d), all.len);
		CHECK_INT(draft_seal(d, NULL), E_OK);
		CHECK_INT(store_publish(w->st, d, &agg, NULL), E_OK);
		digest_into(want, HASH_SHA256, all.at, all.len);
		CHECK_MEM(agg.sha256, want, SHA256_SIZE);
		snprintf(name, sizeof(name), "%012zu-%012zu.ima", 10 * i + 1,
			 10 * i + 3);
		bytes = world_read(w, name, &len);
		if (CHECK(bytes) && CHECK_INT(len, all.len))
			CHECK_MEM(bytes, all.at, len);
		free(bytes);
		bytes_free(&all);
		draft_free(d);
	}
	free(blob);
	world_free(w);
}

static void draft_that_is_not_published_leaves_nothing(void)
{
	struct world *w;

	if (!world_new(&w, 4))
		return world_free(w);
	for (int sealed = 0; sealed <= 1; sealed++) {
		struct draft *d = NULL, *other = NULL;

		unit_case("sealed %d", sealed);
		CHECK_INT(draft_new(&d, w->st, 1, NULL), E_OK);
		CHECK_INT(draft_new(&other, w->st, 1, NULL), E_OK);
		CHECK_INT(draft_last(d), 0);
		CHECK_INT(draft_add(d, w->bytes.at, 10, NULL), E_OK);
		CHECK_INT(count_files(w, ".tmp."), 2);
		if (sealed)
			CHECK_INT(draft_seal(d, NULL), E_OK);
		draft_free(d);
		draft_free(other);
		CHECK_INT(count_files(w, ""), 0);
	}
	draft_free(NULL);
	world_free(w);
}

static void sealed_draft_can_be_read(void)
{
	struct world *w;

	if (world_new(&w, 4)) {
		struct draft *d = world_draft(w, 1, 4);
		struct record rec;
		struct list *list;
		int n = 0;

		CHECK_INT(draft_records(d, &list, NULL), E_OK);
		while (!list_next(list, &rec, NULL))
			n++;
		CHECK_INT(n, 4);
		list_close(list);
		draft_free(d);
	}
	world_free(w);
}

static void nothing_is_published_over_a_file(void)
{
	static const char *const there[] = { FIRST ".ima", FIRST ".json" };

	for (size_t i = 0; i < ROWS(there); i++) {
		struct error err = { 0 };
		struct world *w;

		unit_case("%s", there[i]);
		if (world_new(&w, 4)) {
			struct draft *d = world_draft(w, 1, 4);
			struct aggregate agg = world_aggregate(w, 4);
			uint8_t *bytes;
			size_t len;

			world_write(w, there[i], "mine", 4);
			CHECK_INT(store_publish(w->st, d, &agg, &err), E_IO);
			CHECK(strstr(err.reason, there[i]));
			draft_free(d);
			bytes = world_read(w, there[i], &len);
			CHECK(bytes && len == 4 && !memcmp(bytes, "mine", 4));
			free(bytes);
			CHECK_INT(count_files(w, ".tmp."), 0);
			CHECK_INT(store_count(w->st), 0);
		}
		world_free(w);
	}
}

static void record_numbers_over_twelve_digits_are_refused(void)
{
	struct world *w;

	if (world_new(&w, 2)) {
		struct aggregate agg = world_aggregate(w, 2);
		struct error err = { 0 };
		struct draft *d = NULL;

		CHECK_INT(draft_new(&d, w->st, RECORD_NUMBER_MAX, NULL), E_OK);
		CHECK_INT(draft_add(d, "1", 1, NULL), E_OK);
		CHECK_INT(draft_add(d, "2", 1, NULL), E_OK);
		CHECK_INT(draft_seal(d, NULL), E_OK);
		CHECK_INT(store_publish(w->st, d, &agg, &err), E_LIMIT);
		CHECK_STR(err.reason, "no file name for record 1000000000000");
		draft_free(d);
		CHECK_INT(count_files(w, ""), 0);
	}
	world_free(w);
}

/* --- the chain --- */

static void every_aggregate_names_the_one_before(void)
{
	struct aggregate agg;
	struct error err = { 0 };
	struct world *w;

	if (!three(&w))
		return world_free(w);
	for (size_t i = 0; i < 3; i++) {
		uint8_t digest[SHA256_SIZE];

		unit_case("shard %zu", i);
		CHECK_INT(store_aggregate(w->st, i, &agg, NULL, NULL), E_OK);
		CHECK_INT(agg.has_prev, i > 0);
		CHECK_INT(store_check_prev(w->st, i, &agg, NULL), E_OK);
		CHECK_INT(store_follows(w->st, i, NULL), E_OK);
		if (!i)
			continue;
		CHECK_INT(store_aggregate(w->st, i - 1, &agg, digest, NULL),
			  E_OK);
		CHECK_INT(store_aggregate(w->st, i, &agg, NULL, NULL), E_OK);
		CHECK_MEM(agg.prev, digest, SHA256_SIZE);
	}
	unit_case("the one before was changed");
	world_flip(w, SECOND ".json", 1);
	CHECK_INT(store_check_prev(w->st, 2, &agg, &err), E_CHANGED);
	CHECK_STR(err.reason, "prev is not the digest of " SECOND ".json");
	CHECK(strstr(err.subject, THIRD ".json"));
	CHECK_INT(store_check_prev(w->st, 2, &agg, NULL), E_CHANGED);
	unit_case("no prev");
	agg.has_prev = false;
	CHECK_INT(store_check_prev(w->st, 2, &agg, NULL), E_CHANGED);
	unit_case("the one before is not there");
	world_unlink(w, SECOND ".json");
	CHECK_INT(store_check_prev(w->st, 2, &agg, NULL), E_ABSENT);
	CHECK_INT(store_reload(w->st, NULL), E_OK);
	CHECK_INT(store_check_prev(w->st, 1, &agg, NULL), E_OK);
	world_free(w);
}

static void holes_and_overlaps_are_told(void)
{
	struct error err = { 0 };
	struct world *w;

	if (!three(&w))
		return world_free(w);
	unit_case("a hole");
	world_unlink(w, SECOND ".json");
	CHECK_INT(store_reload(w->st, NULL), E_OK);
	CHECK_INT(store_count(w->st), 2);
	CHECK_INT(store_follows(w->st, 1, &err), E_GAP);
	CHECK_STR(err.reason, "no shard has records 5..8");
	CHECK_STR(err.subject, w->dir);
	CHECK_INT(store_follows(w->st, 1, NULL), E_GAP);
	unit_case("an overlap");
	world_write(w, "000000000003-000000000008.json", "{}", 2);
	CHECK_INT(store_reload(w->st, NULL), E_OK);
	CHECK_INT(store_count(w->st), 3);
	CHECK_INT(store_follows(w->st, 1, &err), E_CHANGED);
	CHECK_STR(err.reason, "records 3..4 are in two shards");
	CHECK_INT(store_follows(w->st, 1, NULL), E_CHANGED);
	CHECK_INT(store_follows(w->st, 2, NULL), E_OK);
	unit_case("the beginning missing");
	world_unlink(w, FIRST ".json");
	world_unlink(w, "000000000003-000000000008.json");
	CHECK_INT(store_reload(w->st, NULL), E_OK);
	CHECK_INT(store_follows(w->st, 0, &err), E_GAP);
	CHECK_STR(err.reason, "no shard has records 1..8");
	world_free(w);
}

static void aggregate_must_be_of_its_name(void)
{
	struct error err = { 0 };
	struct aggregate agg;
	struct world *w;

	if (!three(&w))
		return world_free(w);
	world_rename(w, SECOND ".json", THIRD ".json");
	CHECK_INT(store_aggregate(w->st, 2, &agg, NULL, &err), E_CHANGED);
	CHECK_STR(err.reason, "is of records 5..8");
	CHECK(strstr(err.subject, THIRD ".json"));
	CHECK_INT(store_aggregate(w->st, 2, &agg, NULL, NULL), E_CHANGED);
	CHECK_INT(store_aggregate(w->st, 1, &agg, NULL, &err), E_ABSENT);
	CHECK(strstr(err.subject, SECOND ".json"));
	CHECK_INT(store_aggregate(w->st, 1, &agg, NULL, NULL), E_ABSENT);
	world_write(w, SECOND ".json", "{}", 2);
	CHECK_INT(store_aggregate(w->st, 1, &agg, NULL, NULL), E_FORMAT);
	world_write(w, SECOND ".json", "{", 1);
	CHECK_INT(store_aggregate(w->st, 1, &agg, NULL, NULL), E_FORMAT);
	world_free(w);
}

static void records_are_found_by_number(void)
{
	struct world *w;

	if (!three(&w))
		return world_free(w);
	CHECK_INT(store_last(w->st), 12);
	CHECK_INT(store_find(w->st, 0), 3);
	for (uint64_t n = 1; n <= 12; n++)
		CHECK_INT(store_find(w->st, n), (n - 1) / 4);
	CHECK_INT(store_find(w->st, 13), 3);
	CHECK_INT(store_find(w->st, UINT64_MAX), 3);
	world_unlink(w, SECOND ".json");
	CHECK_INT(store_reload(w->st, NULL), E_OK);
	for (uint64_t n = 5; n <= 8; n++)
		CHECK_INT(store_find(w->st, n), 2);
	CHECK_INT(store_find(w->st, 9), 1);
	world_free(w);
}

static void records_of_a_shard_are_read(void)
{
	struct error err = { 0 };
	struct list *list;
	struct record rec;
	struct world *w;
	int n = 0;

	if (!three(&w))
		return world_free(w);
	CHECK_INT(store_records(w->st, 1, &list, NULL), E_OK);
	while (!list_next(list, &rec, NULL))
		n++;
	CHECK_INT(n, 4);
	CHECK(strstr(list_name(list), SECOND ".ima"));
	list_close(list);
	world_unlink(w, SECOND ".ima");
	CHECK_INT(store_records(w->st, 1, &list, &err), E_ABSENT);
	CHECK(strstr(err.subject, SECOND ".ima"));
	world_free(w);
}

/* --- names --- */

static const struct {
	const char *name;
	bool shard, orphan;
} names[] = {
	{ "000000000001-000000000004.json", true, false },
	{ "000000000001-000000000004.ima", false, true },
	{ "000000000004-000000000004.json", true, false },
	{ "999999999999-999999999999.json", true, false },
	{ "000000000005-000000000004.json", false, false },
	{ "1-4.json", false, false },
	{ "00000000001-000000000004.json", false, false },
	{ "0000000000001-000000000004.json", false, false },
	{ "000000000001-0000000000004.json", false, false },
	{ "000000000001_000000000004.json", false, false },
	{ "000000000001-000000000004.JSON", false, false },
	{ "000000000001-000000000004.json~", false, false },
	{ "000000000001-000000000004.ima.bak", false, false },
	{ "000000000001-000000000004", false, false },
	{ "+00000000001-000000000004.json", false, false },
	{ " 00000000001-000000000004.json", false, false },
	{ "00000000000a-00000000000b.json", false, false },
	{ "-00000000001-000000000004.json", false, false },
	{ ".tmp.000000000001.7.json", false, false },
	{ ".orphan.000000000001-000000000004.ima.0", false, false },
	{ "unparsed-7.bin", false, false },
	{ "README", false, false },
};

static void only_names_of_the_format_are_seen(void)
{
	for (size_t i = 0; i < ROWS(names); i++) {
		struct world *w;

		unit_case("%s", names[i].name);
		if (world_new(&w, 0)) {
			world_write(w, names[i].name, "", 0);
			CHECK_INT(store_reload(w->st, NULL), E_OK);
			CHECK_INT(store_count(w->st), names[i].shard);
			CHECK_INT(store_orphans(w->st), names[i].orphan);
		}
		world_free(w);
	}
}

static void discarded_records_are_remembered(void)
{
	struct world *w;

	if (!three(&w))
		return world_free(w);
	CHECK_INT(store_discarded(w->st), 0);
	world_rename(w, FIRST ".json", "000000000000-000000000004.json");
	world_unlink(w, FIRST ".ima");
	CHECK_INT(store_reload(w->st, NULL), E_OK);
	CHECK_INT(store_discarded(w->st), 4);
	CHECK_INT(store_count(w->st), 2);
	CHECK_INT(store_follows(w->st, 0, NULL), E_OK);
	world_unlink(w, SECOND ".json");
	world_unlink(w, THIRD ".json");
	CHECK_INT(store_reload(w->st, NULL), E_OK);
	CHECK_INT(store_last(w->st), 4);
	world_free(w);
}

/* --- what a run that died leaves --- */

/* Records 5..8 are there, but were never committed. */
static bool orphaned(struct world **w)
{
	struct draft *d;
	struct aggregate agg;

	if (!world_new(w, 12))
		return false;
	world_publish(*w, 1, 4);
	d = world_draft(*w, 5, 8);
	agg = world_aggregate(*w, 8);
	watch(3);
	CHECK_INT(store_publish((*w)->st, d, &agg, NULL), E_IO);
	watch(0);
	draft_free(d);
	CHECK_INT(store_reload((*w)->st, NULL), E_OK);
	CHECK_INT(store_count((*w)->st), 1);
	if (!CHECK_INT(store_orphans((*w)->st), 1))
		return false;
	CHECK_INT(store_orphan((*w)->st, 0)->first, 5);
	return CHECK_INT(store_orphan((*w)->st, 0)->last, 8);
}

static void orphan_with_the_same_bytes_is_adopted(void)
{
	struct world *w;

	if (orphaned(&w)) {
		struct draft *d = world_draft(w, 5, 8);
		struct aggregate agg = world_aggregate(w, 8), is;

		watch(0);
		CHECK_INT(store_adopt(w->st, d, &agg, NULL), E_OK);
		/* Sync of what the dead run may not have synced. */
		CHECK(watched.count >= 4);
		draft_free(d);
		CHECK_INT(count_files(w, ".tmp."), 0);
		CHECK_INT(store_count(w->st), 2);
		CHECK_INT(store_orphans(w->st), 0);
		CHECK_INT(store_aggregate(w->st, 1, &is, NULL, NULL), E_OK);
		CHECK_INT(store_check_prev(w->st, 1, &is, NULL), E_OK);
		CHECK_INT(is.bytes, w->start[8] - w->start[4]);
		/* And the next one goes on from it. */
		world_publish(w, 9, 12);
		CHECK_INT(store_last(w->st), 12);
	}
	world_free(w);
}

static void orphan_with_other_bytes_is_set_aside(void)
{
	struct world *w;

	if (orphaned(&w)) {
		struct draft *d = world_draft(w, 5, 8);
		struct aggregate agg = world_aggregate(w, 8);
		struct error err = { 0 };
		char name[SHARD_NAME_MAX];

		world_flip(w, SECOND ".ima", 50);
		CHECK_INT(store_adopt(w->st, d, &agg, &err), E_CHANGED);
		CHECK(strstr(err.subject, SECOND ".ima"));
		CHECK(!world_has(w, SECOND ".json"));
		draft_free(d);
		CHECK_INT(store_set_aside(w->st, 0, name, NULL), E_OK);
		CHECK_STR(name, ".orphan." SECOND ".ima.0");
		CHECK(world_has(w, name));
		CHECK(!world_has(w, SECOND ".ima"));
		CHECK_INT(store_orphans(w->st), 0);
		world_publish(w, 5, 8);
		CHECK_INT(store_last(w->st), 8);
		/* Another one of the same range is kept beside it. */
		world_unlink(w, SECOND ".json");
		CHECK_INT(store_reload(w->st, NULL), E_OK);
		CHECK_INT(store_set_aside(w->st, 0, name, NULL), E_OK);
		CHECK_STR(name, ".orphan." SECOND ".ima.1");
		CHECK_INT(count_files(w, ".orphan."), 2);
	}
	world_free(w);
}

static void orphan_is_given_its_aggregate(void)
{
	struct world *w;

	if (orphaned(&w)) {
		struct aggregate agg = world_aggregate(w, 8), is;
		uint8_t want[SHA256_SIZE];
		struct record rec;
		struct list *list;
		int n = 0;

		CHECK_INT(store_orphan_records(w->st, 0, &list, NULL), E_OK);
		while (!list_next(list, &rec, NULL))
			n++;
		list_close(list);
		CHECK_INT(n, 4);
		agg.first = 5;
		agg.last = 8;
		agg.bytes = w->start[8] - w->start[4];
		CHECK_INT(store_finish(w->st, &agg, NULL), E_OK);
		CHECK_INT(store_orphans(w->st), 0);
		CHECK_INT(store_aggregate(w->st, 1, &is, NULL, NULL), E_OK);
		CHECK_INT(store_check_prev(w->st, 1, &is, NULL), E_OK);
		digest_into(want, HASH_SHA256, w->bytes.at + w->start[4],
			    w->start[8] - w->start[4]);
		CHECK_MEM(is.sha256, want, SHA256_SIZE);
	}
	world_free(w);
}

static void sweeping_takes_only_what_has_no_name(void)
{
	for (int keep = 0; keep <= 1; keep++) {
		struct world *w;

		unit_case("keep %d", keep);
		if (orphaned(&w)) {
			world_write(w, ".tmp.000000000009.7.0.ima", "1", 1);
			world_write(w, ".tmp.000000000009.7.json", "2", 1);
			store_sweep(w->st, keep);
			CHECK_INT(count_files(w, ".tmp."), 0);
			CHECK_INT(count_files(w, ".orphan."), keep ? 2 : 0);
			CHECK(world_has(w, FIRST ".ima"));
			CHECK(world_has(w, FIRST ".json"));
			CHECK(world_has(w, SECOND ".ima"));
		}
		world_free(w);
	}
}

static void bytes_that_are_no_records_are_kept_beside(void)
{
	static const struct {
		const char *name, *add, *file, *has;
		int files;
	} rows[] = {
		{ "the first", "stray", "unparsed-7.bin", "stray!", 1 },
		{ "the same", "stray", "unparsed-7.bin", "stray!", 1 },
		{ "longer", "stray!!", "unparsed-7.bin", "stray!!!", 1 },
		{ "shorter", "stray", "unparsed-7.bin", "stray!!!", 1 },
		{ "another", "other", "unparsed-7.1.bin", "other!", 2 },
		{ "another, longer", "other!", "unparsed-7.1.bin", "other!!",
		  2 },
		{ "the first stays", "other", "unparsed-7.bin", "stray!!!", 2 },
	};
	struct spill *s = NULL;
	struct world *w;
	uint8_t *bytes;
	size_t len;

	if (!world_new(&w, 0))
		return world_free(w);
	unit_case("nothing");
	CHECK_INT(spill_new(&s, w->st, NULL), E_OK);
	CHECK_INT(spill_end(s, 7, NULL), E_OK);
	CHECK_INT(count_files(w, ""), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		unit_case("%s", rows[i].name);
		CHECK_INT(spill_new(&s, w->st, NULL), E_OK);
		CHECK_INT(spill_add(s, rows[i].add, strlen(rows[i].add), NULL),
			  E_OK);
		CHECK_INT(spill_add(s, "!", 1, NULL), E_OK);
		CHECK_INT(spill_end(s, 7, NULL), E_OK);
		CHECK_INT(count_files(w, ""), rows[i].files);
		bytes = world_read(w, rows[i].file, &len);
		CHECK(bytes && len == strlen(rows[i].has) &&
		      !memcmp(bytes, rows[i].has, len));
		free(bytes);
	}
	unit_case("dropped");
	CHECK_INT(spill_new(&s, w->st, NULL), E_OK);
	spill_drop(s);
	spill_drop(NULL);
	CHECK_INT(count_files(w, ""), 2);
	check_mode(w, "unparsed-7.bin", 0440);
	world_free(w);
}

/* --- the directory --- */

static void second_writer_is_told_to_wait(void)
{
	struct store *other = NULL;
	struct error err = { 0 };
	struct timespec a, b;
	struct world *w;

	if (!world_new(&w, 4))
		return world_free(w);
	unit_case("at once");
	CHECK_INT(store_open_write(&other, w->dir, GROUP_AS_IS, 0, &err),
		  E_BUSY);
	CHECK(!other);
	CHECK_STR(err.subject, w->dir);
	CHECK_INT(store_open_write(&other, w->dir, GROUP_AS_IS, 0, NULL),
		  E_BUSY);
	unit_case("after a second");
	clock_gettime(CLOCK_MONOTONIC, &a);
	CHECK_INT(store_open_write(&other, w->dir, GROUP_AS_IS, 1, NULL),
		  E_BUSY);
	clock_gettime(CLOCK_MONOTONIC, &b);
	CHECK((b.tv_sec - a.tv_sec) * 1000 +
	      (b.tv_nsec - a.tv_nsec) / 1000000 >= 1000);
	unit_case("readers need no lock");
	world_publish(w, 1, 4);
	CHECK_INT(store_open(&other, w->dir, NULL), E_OK);
	CHECK_INT(store_count(other), 1);
	store_close(other);
	unit_case("when the first is done");
	store_close(w->st);
	w->st = NULL;
	CHECK_INT(store_open_write(&w->st, w->dir, GROUP_AS_IS, 0, NULL),
		  E_OK);
	CHECK_INT(store_count(w->st), 1);
	world_free(w);
}

static void directory_is_made_or_not_there(void)
{
	struct store *st = NULL;
	char path[256];
	struct stat sb;
	struct world *w;

	if (!world_new(&w, 0))
		return world_free(w);
	snprintf(path, sizeof(path), "%s/a/b/shards", w->dir);
	CHECK_INT(store_open(&st, path, NULL), E_ABSENT);
	CHECK(!st);
	CHECK_INT(store_open_write(&st, path, GROUP_AS_IS, 0, NULL), E_OK);
	CHECK_STR(store_path(st), path);
	CHECK_INT(store_count(st), 0);
	CHECK_INT(store_last(st), 0);
	CHECK_INT(stat(path, &sb), 0);
	CHECK_INT(sb.st_mode & 07777, 0750);
	store_close(st);
	st = NULL;
	CHECK_INT(store_open(&st, path, NULL), E_OK);
	store_close(st);
	st = NULL;
	world_write(w, "file", "", 0);
	snprintf(path, sizeof(path), "%s/file", w->dir);
	CHECK_INT(store_open(&st, path, NULL), E_IO);
	CHECK_INT(store_open_write(&st, path, GROUP_AS_IS, 0, NULL), E_IO);
	CHECK(!st);
	store_close(NULL);
	world_free(w);
}

#define TEST(fn) { #fn, fn }

const struct unit_test unit_tests[] = {
	TEST(publishing_keeps_the_order),
	TEST(failing_call_is_an_error_and_commits_nothing_half),
	TEST(shards_are_what_was_added),
	TEST(large_drafts_are_written_whole),
	TEST(draft_that_is_not_published_leaves_nothing),
	TEST(sealed_draft_can_be_read),
	TEST(nothing_is_published_over_a_file),
	TEST(record_numbers_over_twelve_digits_are_refused),
	TEST(every_aggregate_names_the_one_before),
	TEST(holes_and_overlaps_are_told),
	TEST(aggregate_must_be_of_its_name),
	TEST(records_are_found_by_number),
	TEST(records_of_a_shard_are_read),
	TEST(only_names_of_the_format_are_seen),
	TEST(discarded_records_are_remembered),
	TEST(orphan_with_the_same_bytes_is_adopted),
	TEST(orphan_with_other_bytes_is_set_aside),
	TEST(orphan_is_given_its_aggregate),
	TEST(sweeping_takes_only_what_has_no_name),
	TEST(bytes_that_are_no_records_are_kept_beside),
	TEST(second_writer_is_told_to_wait),
	TEST(directory_is_made_or_not_there),
	{ NULL, NULL }
};
