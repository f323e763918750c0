/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stores.h - a store of made records in a directory of the test's own
 *
 * The records have PCR values in sha1 and sha256 after each of them, so that
 * any of them can be a target or a shard's end.
 */
#ifndef STORES_H
#define STORES_H

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "records.h"
#include "shards.h"
#include "unit.h"

#define WORLD_MAX 256
#define WORLD_BANKS (HASH_BIT(HASH_SHA1) | HASH_BIT(HASH_SHA256))

struct world {
	char dir[128];
	struct store *st;
	struct bytes bytes;		/* all records */
	size_t count;
	size_t start[WORLD_MAX + 1];	/* of record N + 1; [count]: the end */
	struct pcr_values after[WORLD_MAX + 1];	/* [0]: zero */
};

/* Add a record; PCRs are extended with its own hash, or 0xff. */
static inline void world_add(struct world *w, const struct made *m)
{
	unsigned int pcr = m->pcr ? m->pcr : 10;
	struct pcr_values *v = &w->after[w->count + 1];

	if (w->count == WORLD_MAX)
		abort();
	bytes_record(&w->bytes, m);
	*v = w->after[w->count];
	for (unsigned int i = HASH_SHA1; i <= HASH_SHA256; i++)
		model_extend(v, i, pcr, &w->bytes,
			     m->violation ? ALL_ONES : OWN_HASH);
	w->start[++w->count] = w->bytes.len;
}

/* @n records, no two of which are the same. */
static inline void world_fill(struct world *w, size_t n)
{
	while (n && n--) {
		char name[32];
		struct made m = { .name = w->count ? name : "boot_aggregate" };

		snprintf(name, sizeof(name), "/file-%zu", w->count + 1);
		m.seed = (uint8_t)w->count;
		world_add(w, &m);
	}
}

static inline bool world_new(struct world **ret, size_t records)
{
	const char *tmp = getenv("TMPDIR");
	struct world *w = calloc(1, sizeof(*w));

	*ret = w;
	if (!CHECK(w))
		return false;
	snprintf(w->dir, sizeof(w->dir), "%s/shards-test.XXXXXX",
		 tmp && *tmp ? tmp : "/tmp");
	world_fill(w, records);
	return CHECK(mkdtemp(w->dir)) &&
	       CHECK_INT(store_open_write(&w->st, w->dir, GROUP_AS_IS, 0,
					  NULL), E_OK);
}

static inline int unlink_one(const char *path, const struct stat *sb,
			     int flag, struct FTW *ftw)
{
	(void)sb;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static inline void world_free(struct world *w)
{
	if (!w)
		return;
	store_close(w->st);
	if (w->dir[0])
		nftw(w->dir, unlink_one, 8, FTW_DEPTH | FTW_PHYS);
	bytes_free(&w->bytes);
	free(w);
}

/* The aggregate that closes a shard at record @last. */
static inline struct aggregate world_aggregate(const struct world *w,
					       uint64_t last)
{
	struct aggregate agg = {
		.pcrs = w->after[last],
		.boot_id = "3363deeb-3620-437e-8036-5d1c288d5d10",
		.how = "copy",
		.taken = "2026-11-23T22:07:00Z",
		.tpm = { .present = true, .reset_count = 7,
			 .clock = 1000 * last, .matched = MATCHED_YES },
	};

	return agg;
}

/* A sealed draft of records @first..@last. */
static inline struct draft *world_draft(struct world *w, uint64_t first,
					uint64_t last)
{
	struct draft *d = NULL;

	if (!CHECK_INT(draft_new(&d, w->st, first, NULL), E_OK))
		return NULL;
	for (uint64_t n = first; n <= last; n++)
		CHECK_INT(draft_add(d, w->bytes.at + w->start[n - 1],
				    w->start[n] - w->start[n - 1], NULL),
			  E_OK);
	CHECK_INT(draft_seal(d, NULL), E_OK);
	return d;
}

/* Publish @first..@last with @agg, which may be changed before. */
static inline void world_publish_as(struct world *w, uint64_t first,
				    uint64_t last, struct aggregate *agg)
{
	struct draft *d = world_draft(w, first, last);

	if (d)
		CHECK_INT(store_publish(w->st, d, agg, NULL), E_OK);
	draft_free(d);
}

static inline void world_publish(struct world *w, uint64_t first,
				 uint64_t last)
{
	struct aggregate agg = world_aggregate(w, last);

	world_publish_as(w, first, last, &agg);
}

/* Shards of @size records each, up to record @last. */
static inline void world_shards(struct world *w, uint64_t size, uint64_t last)
{
	for (uint64_t n = 1; n + size - 1 <= last; n += size)
		world_publish(w, n, n + size - 1);
}

/* Records @first..@last as a list of their own; open until closed. */
static inline struct list *world_list(struct world *w, uint64_t first,
				      uint64_t last)
{
	struct list *list = NULL;

	CHECK_INT(list_open_bytes(&list, w->bytes.at + w->start[first - 1],
				  w->start[last] - w->start[first - 1],
				  "list", 0, NULL), E_OK);
	return list;
}

/* --- what happens to directories --- */

static inline bool world_has(const struct world *w, const char *name)
{
	return faccessat(store_dirfd(w->st), name, F_OK,
			 AT_SYMLINK_NOFOLLOW) == 0;
}

static inline void world_unlink(const struct world *w, const char *name)
{
	CHECK_INT(unlinkat(store_dirfd(w->st), name, 0), 0);
}

static inline uint8_t *world_read(const struct world *w, const char *name,
				  size_t *len)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", w->dir, name);
	return unit_read(path, len);
}

/* Whatever bore that name is replaced. */
static inline void world_write(const struct world *w, const char *name,
			       const void *bytes, size_t len)
{
	int fd;

	unlinkat(store_dirfd(w->st), name, 0);
	fd = openat(store_dirfd(w->st), name, O_WRONLY | O_CREAT | O_EXCL,
		    0640);
	if (!CHECK(fd >= 0))
		return;
	CHECK_INT(write(fd, bytes, len), len);
	close(fd);
}

static inline void world_rename(const struct world *w, const char *from,
				const char *to)
{
	CHECK_INT(renameat(store_dirfd(w->st), from, store_dirfd(w->st), to),
		  0);
}

/* Change byte @at of a file. */
static inline void world_flip(const struct world *w, const char *name,
			      size_t at)
{
	size_t len;
	uint8_t *bytes = world_read(w, name, &len);

	if (CHECK(bytes && at < len)) {
		bytes[at] ^= 0x20;
		world_write(w, name, bytes, len);
	}
	free(bytes);
}

#endif
