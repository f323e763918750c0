/* SPDX-License-Identifier: GPL-2.0-or-later */
/* store.h - what the files that are a store's share of it, and nobody else */
#ifndef STORE_H
#define STORE_H

#include "shards.h"

struct store {
	int fd;			/* of the directory; the lock is on it */
	char *path;
	gid_t group;		/* of new files; GROUP_AS_IS */
	bool writing;		/* what others can change is refused */
	struct shard *shard;	/* committed */
	size_t count;
	struct shard *orphan;	/* an .ima alone */
	size_t orphans;
	uint64_t discarded;
	/* Discarded, but still there: a run died that removed them. */
	struct shard *old;
	size_t olds;
	/* SHA-256 of the newest .json, where it is known without reading. */
	bool has_newest;
	uint8_t newest[SHA256_SIZE];
};

void shard_name(char ret[SHARD_NAME_MAX], uint64_t first, uint64_t last,
		const char *ending);

/* Of the directory @fd, which is the store's, or closed. Nothing is listed. */
int store_new(struct store **ret, const char *path, int fd,
	      struct error *err);

/* The subject of an error: a file of the store. */
void store_named(const struct store *st, const char *name, struct error *err);

/* Append what was just committed, and take it off the orphans. */
int store_listed(struct store *st, uint64_t first, uint64_t last,
		 struct error *err);

/*
 * A new file under a .tmp name, to be written: 0440 from the start, and nobody
 * else's. Returns a descriptor, or -1 with errno.
 */
int store_create(const struct store *st, const char *name, struct error *err);

/* Into place, but never over a file that is there: E_IO, errno is EEXIST. */
int store_rename_new(const struct store *st, const char *from, const char *to,
		     struct error *err);

/* fsync and close: an error of either means the bytes may not be there. */
int store_sync_close(int fd, struct error *err);

/*
 * The .json of a range that has no shard yet, or the marker of discarded
 * records (first 0): written aside, synced, renamed, the directory synced.
 */
int store_write_json(const struct store *st, uint64_t first, uint64_t last,
		     const char *text, size_t len, struct error *err);

/* Remove both files of a range, the .json last. What is not there is gone. */
int store_drop(const struct store *st, const struct shard *s,
	       struct error *err);

/* Whether the first shard's aggregate goes on from the marker, if any. */
int discarded_check_prev(const struct store *st, const struct aggregate *agg,
			 struct error *err);

int sha256_of(const void *bytes, size_t len, uint8_t ret[SHA256_SIZE],
	      struct error *err);

#endif
