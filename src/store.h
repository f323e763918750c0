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

int sha256_of(const void *bytes, size_t len, uint8_t ret[SHA256_SIZE],
	      struct error *err);

#endif
