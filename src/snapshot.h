/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * snapshot.h - from the kernel's list into the store, losing nothing
 */
#ifndef SNAPSHOT_H
#define SNAPSHOT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/progress.h"
#include "format/aggregate.h"
#include "port/kernel.h"
#include "shards.h"

struct snapshot_options {
	const char *ima_dir;
	const char *shard_dir;
	const char *tcti;	/* as tpm_open() takes it */
	const char *run_dir;	/* for the cache, on a tmpfs; or NULL */
	const char *archive;	/* for shards of a boot that is over; or NULL */
	enum kernel_kind kernel; /* KERNEL_AUTO: find out */
	bool keep;		/* delete nothing from the kernel */
	gid_t group;		/* of what is made; GROUP_AS_IS: our own */
	uint64_t min_free;	/* bytes of disk, else nothing is begun */
	uint64_t piece_records;	/* a longer list is taken in pieces */
	uint64_t shard_size;	/* bytes; a larger record stands alone */
	unsigned int wait;	/* seconds for the store's lock */
	uint32_t ak_handle;	/* persistent; 0: no quote */
	bool canonical;		/* ima_canonical_fmt on a big-endian host */
	struct progress *progress; /* counts on the way; or NULL */
};

/* A list longer than this is taken in pieces: see docs/performance.md. */
#ifndef PIECE_RECORDS
#define PIECE_RECORDS 8192
#endif

/* What a snapshot has to tell; the strings are static or in the struct. */
enum snapshot_note {
	NOTE_ADOPTED,		/* an orphan was given its aggregate */
	NOTE_SET_ASIDE,		/* an orphan fits nowhere; kept as @name */
	NOTE_NEW_BOOT,		/* the shards' boot is over: they are gone */
	NOTE_NOT_DELETED,	/* stored, but the kernel keeps it: @why */
	NOTE_FOREIGN,		/* PCRs that others extend too: @name */
	NOTE_NO_TPM,		/* nothing to compare with: @why */
	NOTE_UNPARSED,		/* the list is malformed behind @record: @why */
};
typedef void (*snapshot_tell)(void *ctx, enum snapshot_note note,
			      const char *name, const struct error *why);

struct snapshot_result {
	uint64_t first, last;	/* records stored; last < first: none */
	uint64_t bytes;
	unsigned int shards;
	uint64_t deleted;	/* records the kernel has let go */
	enum aggregate_matched matched;
	bool tpm;
	bool gap;		/* a gap begins with these records */
	enum kernel_kind kind;
};

/*
 * Take a snapshot: every record of the kernel's list that the store does not
 * have becomes part of a shard, in the order of shards.h. Returns 0 with a
 * result; E_CHANGED where everything was stored but the TPM disagrees (twice)
 * or the list is malformed (what was whole is stored); E_UNDECIDED, with
 * nothing stored, where the list does not go on from the store; E_BUSY, E_IO,
 * E_TPM, E_ABSENT (no list), E_NOMEM.
 */
int snapshot_take(const struct snapshot_options *options, snapshot_tell tell,
		  void *ctx, struct snapshot_result *ret, struct error *err);

#endif
