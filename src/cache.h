/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cache.h - what the next snapshot need not read from the store
 *
 * Under ima_policy=tcb every file that root reads becomes a record. A
 * snapshot that read the newest aggregate to go on from it would so make a
 * record for the next snapshot, for ever. tmpfs is not measured: what the
 * next run needs is kept there.
 *
 * It is a cache. It counts only where the store's directory and newest
 * aggregate are the very ones it was written for, and nothing is deleted from
 * the kernel on its word.
 */
#ifndef CACHE_H
#define CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "format/aggregate.h"
#include "shards.h"

#define CACHE_DEFAULT_DIR "/run/ima-shards"

struct cache {
	struct aggregate last;		/* the newest aggregate */
	uint8_t digest[SHA256_SIZE];	/* of its file */
	uint8_t *last_raw;		/* the last stored record; to be freed */
	size_t last_len;
	bool complete;			/* the kernel has nothing of the store */
	bool has_list;			/* of a copy kernel: */
	uint64_t list_bytes;		/* what the store has, */
	uint8_t list_sha256[SHA256_SIZE]; /* and its digest */
};

/* true, and @ret filled, if there is a cache for the store as it stands. */
bool cache_load(const char *dir, const struct store *st, struct cache *ret);

/*
 * Write one for the store as it stands. Whatever fails, there is none: that
 * costs the next run some reading, no more.
 */
void cache_save(const char *dir, const struct store *st,
		const struct cache *cache);

/* Forget it: something is about to change. */
void cache_drop(const char *dir, const struct store *st);

/*
 * What a cache has to be of to count: whatever is written to the store or
 * renamed in it changes this text, its "identity". false: there is no shard, or
 * it cannot be told. And the name of the file for a store, which is there
 * whatever becomes of its shards.
 */
#define CACHE_IDENTITY_MAX 256
#define CACHE_NAME_MAX 64
bool cache_identity(const struct store *st, char ret[CACHE_IDENTITY_MAX]);
bool cache_name(const struct store *st, char ret[CACHE_NAME_MAX]);

/*
 * The cache's directory, made where it is not there if @make, and only if it
 * is on a tmpfs and nobody else's; or -1.
 */
int cache_open_dir(const char *dir, bool make);

#endif
