/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stitch.h - shards, staged list and current list as the one list they are
 *
 * Calling sequence: stitch_new(), stitch_refresh() whenever the end matters,
 * stitch_seek() and stitch_next() for records, stitch_free(). What is not in a
 * shard yet is held in memory, and for a while also what was lately: so a
 * follower reads no file that the last snapshot has made, which under
 * ima_policy=tcb would become a record itself.
 *
 * No lock is taken. Both of the kernel's lists are opened for reading before
 * the store is listed: as long as they are open nobody can delete, and what
 * had been deleted before had been stored. They are closed before
 * stitch_refresh() returns.
 */
#ifndef STITCH_H
#define STITCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/error.h"
#include "format/record.h"
#include "port/kernel.h"
#include "port/list.h"
#include "shards.h"

struct stitch;

/* Strings are copied. */
struct stitch_options {
	const char *ima_dir;	/* as the kernel's; NULL: the shards alone */
	const char *shard_dir;
	const char *run_dir;	/* where snapshot_take() keeps its cache */
	enum kernel_kind kernel; /* KERNEL_AUTO: find out */
	bool canonical;		/* ima_canonical_fmt on a big-endian host */
};

/* Bytes that are in no shard yet, at most: then a snapshot is overdue. */
#define STITCH_TAIL_MAX (512U << 20)

/* Returns 0, E_NOMEM. Nothing is read yet. */
int stitch_new(struct stitch **ret, const struct stitch_options *options,
	       struct error *err);
void stitch_free(struct stitch *s);	/* takes NULL */

/*
 * Look for new records. Returns 0; E_BUSY where a writer holds the kernel's
 * list: nothing has changed, try again, or let stitch_refresh_wait() do so, for
 * up to @wait seconds. E_UNDECIDED where how the kernel's list goes on from
 * the shards is not known until a snapshot was taken, or too much waits for
 * one; E_GAP where records are missing between shards; E_ABSENT without a list; E_IO, E_FORMAT,
 * E_CHANGED, E_NOMEM.
 */
int stitch_refresh(struct stitch *s, struct error *err);
int stitch_refresh_wait(struct stitch *s, unsigned int wait,
			struct error *err);

/* Has the store's directory changed since? Reads nothing. */
bool stitch_store_changed(const struct stitch *s);

/* The records that there are: none where last < first. */
uint64_t stitch_first(const struct stitch *s);
uint64_t stitch_last(const struct stitch *s);

/* The last one that is in a shard, 0 if none is. */
uint64_t stitch_stored(const struct stitch *s);

/*
 * Goes up whenever what was there before is not the beginning of what is
 * there now: a new boot, shards that were removed.
 */
unsigned int stitch_generation(const struct stitch *s);

/* The boot that the kernel's list is of; "" without one. */
const char *stitch_boot_id(const struct stitch *s);

/* The next record is to be @number, which is there, or the last one + 1. */
int stitch_seek(struct stitch *s, uint64_t number, struct error *err);

/*
 * Read it, valid until the next call. Returns 0, LIST_END behind the last,
 * or an error. The layout is that of the sha1 list: digest_size 20.
 */
int stitch_next(struct stitch *s, struct record *ret, struct error *err);
const struct list_layout *stitch_layout(const struct stitch *s);

/*
 * The banks (HASH_BITs) that had no hash of their own when record @number was
 * measured, as far as the shards' aggregates say: they show the sha1 digest,
 * padded. Errors are those of store_aggregate().
 */
int stitch_padded(struct stitch *s, uint64_t number, unsigned int *ret,
		  struct error *err);

/* --- for whoever needs bytes, not records --- */

/* A shard, as it was when it was first seen. */
struct stitch_part {
	uint64_t first, last, bytes;
	uint64_t inode;
	struct timespec mtime, ctime;
	bool padded_known;
	unsigned int padded;	/* HASH_BITs, of the aggregate's "extend" */
};
size_t stitch_parts(const struct stitch *s);
const struct stitch_part *stitch_part(const struct stitch *s, size_t i);

/*
 * Shard @i for reading. It is E_CHANGED if it is not the file that was seen,
 * E_GAP if it is not there any more. The caller closes @fd.
 */
int stitch_part_open(const struct stitch *s, size_t i, int *fd,
		     struct error *err);

/* Records in memory: the last ones, from @first on, one after another. */
struct stitch_recent {
	uint64_t first, count;
	const uint8_t *bytes;
	const size_t *start;	/* of each in @bytes; @count + 1 of them */
};
void stitch_recent(const struct stitch *s, struct stitch_recent *ret);

#endif
