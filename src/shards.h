/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * shards.h - the agreed directory: locate, lock, list, read, append
 *
 * A shard is two files, <first>-<last>.ima and <first>-<last>.json, with
 * twelve digits each; no file is ever changed once it bears such a name, and
 * the .json is the commit. Readers need no lock. ima-shards(5) is the format.
 */
#ifndef SHARDS_H
#define SHARDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "format/aggregate.h"
#include "format/discarded.h"
#include "port/list.h"

#define STORE_DEFAULT_DIR "/var/lib/ima/shards"
#define SHARD_SIZE_DEFAULT (1U << 20)
#define GROUP_AS_IS ((gid_t)-1)	/* what is made gets our own group */
#define SHARD_NAME_MAX 64	/* two numbers and an ending; .tmp names too */

struct store;

/* One range that the directory names. */
struct shard {
	uint64_t first, last;
	bool records;		/* the .ima is there */
	bool committed;		/* the .json is there */
};

/*
 * Open the directory @path for reading and list it. Returns 0, E_ABSENT
 * (no directory), E_IO, E_NOMEM. store_close() releases the lock, if any,
 * and takes NULL.
 */
int store_open(struct store **ret, const char *path, struct error *err);
void store_close(struct store *st);

/*
 * The same for writing: made where it is not there (0750, and 0755 those
 * above), and locked by flock(LOCK_EX) on the directory. Waits up to @wait
 * seconds, then E_BUSY. The directory, and every file made in it, is given to
 * @group, unless that is GROUP_AS_IS.
 *
 * E_IO where others than root and we ourselves could change it, or move it
 * away (port/trusted.h); and, with each file of it that is read, where they
 * could change that.
 */
int store_open_write(struct store **ret, const char *path, gid_t group,
		     unsigned int wait, struct error *err);

/* Bytes that are free on its file system, for other users than root. E_IO. */
int store_free(const struct store *st, uint64_t *ret, struct error *err);

/*
 * The name of its file system, if that is one which may not outlive a crash
 * or a reboot: "tmpfs", "ramfs", "overlay"; else NULL.
 */
const char *store_volatile(const struct store *st);

/* List the directory again. */
int store_reload(struct store *st, struct error *err);

const char *store_path(const struct store *st);
int store_dirfd(const struct store *st);

/* The committed shards, in the order of their records. */
size_t store_count(const struct store *st);
const struct shard *store_shard(const struct store *st, size_t i);

/* The greatest last record of a committed shard, 0 without one. */
uint64_t store_last(const struct store *st);

/* Records removed by an administrator: up to this one; 0 if none were. */
uint64_t store_discarded(const struct store *st);

/*
 * The marker of discarded records: what their last aggregate was. It has to
 * be of the record in its name. E_ABSENT where nothing was discarded, and
 * what discarded_parse() returns; the subject is the file.
 */
int store_marker(const struct store *st, struct discarded *ret,
		 struct error *err);

/*
 * The aggregate that stands before shard @i, that of shard @i - 1, or, before
 * the first one, the marker's. As store_aggregate(); E_GAP where there is
 * none.
 */
int store_before(const struct store *st, size_t i, struct aggregate *ret,
		 struct error *err);

/*
 * Whether shard @i follows the one before it (the first: record 1 or the
 * discarded ones): 0, E_GAP where records are missing between them,
 * E_CHANGED where both claim the same records.
 */
int store_follows(const struct store *st, size_t i, struct error *err);

/*
 * The aggregate of shard @i, which must be for the range in its name; and
 * the SHA-256 of its file in @digest (may be NULL). Returns 0, E_ABSENT,
 * and what aggregate_parse() returns; the subject is the file.
 */
int store_aggregate(const struct store *st, size_t i, struct aggregate *ret,
		    uint8_t digest[SHA256_SIZE], struct error *err);

/* Whether @agg's prev is the SHA-256 of the .json before shard @i. */
int store_check_prev(const struct store *st, size_t i,
		     const struct aggregate *agg, struct error *err);

/* The size of shard @i's .ima in bytes; E_GAP where it is missing. */
int store_size(const struct store *st, size_t i, uint64_t *ret,
	       struct error *err);

/* The records of shard @i. Record numbers in errors are the file's own. */
int store_records(const struct store *st, size_t i, struct list **ret,
		  struct error *err);

/* The shard with record @number, or store_count() if there is none. */
size_t store_find(const struct store *st, uint64_t number);

/*
 * The SHA-256 of the newest .json, of whoever knows it without reading the
 * file (a cache); and what is known. false: nothing is.
 */
void store_set_newest(struct store *st, const uint8_t digest[SHA256_SIZE]);
bool store_newest(const struct store *st, uint8_t digest[SHA256_SIZE]);

/* --- writing, under the lock --- */

/* A shard that has no name yet: .tmp.<first>.<pid>.ima. */
struct draft;

/* Begin one whose first record is @first. E_IO, E_NOMEM. */
int draft_new(struct draft **ret, const struct store *st, uint64_t first,
	      struct error *err);

/* Append one record as it stands in the list. */
int draft_add(struct draft *d, const void *raw, size_t len, struct error *err);

uint64_t draft_bytes(const struct draft *d);
uint64_t draft_first(const struct draft *d);
uint64_t draft_last(const struct draft *d);	/* first - 1: empty */

/*
 * Write out; nothing can be added afterwards. Its file stays open until it is
 * durable, so of many the caller syncs some at a time.
 */
int draft_seal(struct draft *d, struct error *err);

/* fsync a sealed draft, once: after an E_IO it never is durable. */
int draft_sync(struct draft *d, struct error *err);

/* The records of a sealed draft. */
int draft_records(const struct draft *d, struct list **ret,
		  struct error *err);

/* Forget it; what was not published is unlinked. Takes NULL. */
void draft_free(struct draft *d);

/*
 * Publish a sealed draft, synced if it has not been: first, last, bytes, sha256, prev of @agg are filled
 * in here. Renames the .ima, syncs the directory, writes, syncs and renames
 * the .json, syncs the directory. On success, and only then, the shard is
 * durable and the store lists it.
 */
int store_publish(struct store *st, struct draft *d, struct aggregate *agg,
		  struct error *err);

/* Make sure that all names in the directory are durable. */
int store_sync(const struct store *st, struct error *err);

/* An .ima without a .json: killed between two steps of publishing. */
size_t store_orphans(const struct store *st);
const struct shard *store_orphan(const struct store *st, size_t i);
int store_orphan_records(const struct store *st, size_t i, struct list **ret,
			 struct error *err);

/*
 * Give the orphan of @agg's first and last its aggregate: sha256 and prev are
 * filled in here.
 */
int store_finish(struct store *st, struct aggregate *agg, struct error *err);
/*
 * The .ima of @d's range is there already, from a run that died before the
 * commit. If it has the very bytes of @d it is given its aggregate, and @d is
 * dropped: returns 0. E_CHANGED: it is something else.
 */
int store_adopt(struct store *st, struct draft *d, struct aggregate *agg,
		struct error *err);

/*
 * Remove .tmp files of runs that died: only where everything that they can
 * hold was seen to be in the store, or still in the kernel. Otherwise, with
 * @keep, they are renamed to .orphan.*: one may be the only copy there is.
 */
void store_sweep(const struct store *st, bool keep);

/*
 * Discard the first @n shards, fewer than there are, and leave the marker of
 * the last one: first the marker, durable, then the shards go. Whoever dies on
 * the way leaves a store without them, the rest of which
 * store_finish_discarding() removes. E_CHANGED, with nothing done, where the
 * shards up to the cut and the next do not go on from each other.
 */
int store_discard(struct store *st, size_t n, struct error *err);

/*
 * Remove what a run has left that died while it discarded, or cleared.
 * E_CHANGED where the marker is not one of the shards that are behind it:
 * then nothing is removed.
 */
int store_finish_discarding(struct store *st, struct error *err);

/*
 * Remove all shards, newest first, and what was set aside beside them; or
 * move them to a directory below @archive (NULL: none) named by their boot.
 */
int store_clear(struct store *st, const char *archive, struct error *err);

/*
 * Keep bytes that are no records beside the shards, durable, as
 * unparsed-<last>.bin, where @last is the store's last record. What is there
 * of the same beginning is replaced by what is longer; of another beginning it
 * stays, and they get the next name that is free.
 */
struct spill;
int spill_new(struct spill **ret, const struct store *st, struct error *err);
int spill_add(struct spill *s, const void *bytes, size_t len,
	      struct error *err);
/* Publish, unless @s has nothing, and free. */
int spill_end(struct spill *s, uint64_t last, struct error *err);
/* Free; NULL is accepted. */
void spill_drop(struct spill *s);

/*
 * Keep orphan @i out of the sequence as .orphan.<name>[.<n>]: it may be the
 * only copy there is, so it is never unlinked. @ret receives the new name.
 */
int store_set_aside(struct store *st, size_t i, char ret[SHARD_NAME_MAX],
		    struct error *err);

#endif
