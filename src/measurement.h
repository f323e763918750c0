/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * measurement.h - from a start, through the shards in order, to a verdict
 */
#ifndef MEASUREMENT_H
#define MEASUREMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "align.h"
#include "base/error.h"
#include "base/progress.h"
#include "coverage.h"
#include "format/pcrs.h"
#include "format/state.h"
#include "replay.h"
#include "shards.h"
#include "target.h"

/* What there is to verify: shards, lists that go on from them, or both. */
struct evidence {
	const struct store *store;	/* NULL: no shards */
	struct lists lists;
	/* NULL: zero. Values before the lists, where there are no shards. */
	const struct pcr_values *given;
	/*
	 * NULL: none. Proven before, of this very boot. FROM_CHECKPOINT starts
	 * there, a replay from boot must pass through it.
	 */
	const struct state_proven *checkpoint;
	bool follows;	/* the lists begin right behind it, or at boot */
	const char *boot_id;	/* the lists' and the target's; NULL: unknown */
	struct progress *progress;	/* counts on the way; NULL */
};

enum measurement_from {
	FROM_NEAREST, FROM_BOOT, FROM_RECORD, FROM_CHECKPOINT
};

/* Each thread has a buffer and some state: all of them some megabytes. */
#define MEASUREMENT_JOBS_MAX 32

struct measurement_options {
	enum measurement_from from;
	uint64_t record;		/* FROM_RECORD: must be replayed */
	bool coverage;			/* wanted in the verdict */
	const struct quote_blob *ak;	/* believed in aggregates; or NULL */
	bool has_clock;			/* a hint, no more: when the */
	uint64_t clock;			/* target was true, milliseconds */
	bool now;			/* the target is behind all shards */
	unsigned int jobs;		/* threads; 0 is 1, verdicts the same */
};

enum verdict_kind { UNDECIDED, VERIFIED, CONTRADICTED };
enum start_from {
	START_BOOT,
	START_AGGREGATE,
	START_GIVEN,
	START_CHECKPOINT,
	START_SNAPSHOT_AGGREGATE	/* the list's first record states it */
};
enum start_trust { TRUST_BOOT, TRUST_QUOTED, TRUST_CHECKPOINT, TRUST_UNPROVEN };

/* The way that was gone, so that it can be gone again and shown. */
struct course {
	size_t segment;			/* the first one replayed */
	size_t end;			/* behind the last one */
	bool resumed;			/* from the evidence's checkpoint */
	struct lists_place lists;	/* where the lists go on */
	struct reading readings[HASH_COUNT];
};

struct verdict_bank {
	bool wanted;
	bool compared;			/* some PCR of it was */
	bool met;			/* equal at proven_to */
	bool padded;			/* extended with padded SHA-1 there */
	bool sha1;			/* or with a proven record before */
	bool zero_violations;
	bool short_violations;		/* 20 bytes of 0xff, padded */
	uint64_t alone_at;		/* the record at which it alone agreed */
};

struct verdict {
	enum verdict_kind kind;
	/* Why not verified, or what to know although it is. */
	struct error why;
	enum start_from from;
	enum start_trust trust;
	uint64_t start;			/* the start values stand after it */
	char gap[GAP_REASON_MAX];	/* they follow lost records; or "" */
	bool contains;			/* anything at all */
	uint64_t first_contained, last_contained;
	uint64_t discarded;		/* records 1 to this one; 0: none */
	/* Only of a VERIFIED one; proven_to < proven_from: none was needed. */
	uint64_t proven_from, proven_to;
	uint64_t unproven_tail;
	uint64_t replayed;		/* records, in all passes' best one */
	struct verdict_bank bank[HASH_COUNT];
	uint32_t pcrs;			/* compared */
	uint32_t resettable;		/* extended, and reset by whom it likes */
	uint32_t uncovered;		/* extended, but not in the target */
	struct pcr_values values;	/* where it was met */
	uint64_t violations;		/* in proven_from..proven_to */
	/* snapshot_aggregate records among those: */
	uint64_t snapshots_equal;	/* state what the replay leads to */
	uint64_t snapshots_unread;	/* state nothing that we can read */
	uint32_t foreign;		/* PCRs that others extend, ignored */
	struct coverage_point coverage;	/* of proven_from..proven_to */
	uint64_t trailing_bytes;	/* behind the target, no records */
	struct error trailing;		/* what is wrong with them */
	struct course course;
};

/*
 * Verify. The verdict starts as UNDECIDED and becomes VERIFIED only where a
 * replay of at least one record met the target in every wanted bank at the
 * same record. Returns 0 with a verdict; E_IO, E_NOMEM, E_CRYPTO where there
 * can be none.
 */
int measurement_verify(const struct evidence *evidence,
		       const struct target *target,
		       const struct measurement_options *options,
		       struct verdict *ret, struct error *err);

/* One record on the way to a verdict, and the replay behind it. */
typedef int (*measurement_show)(void *ctx, uint64_t number,
				const struct record *rec,
				const struct list_layout *layout,
				const struct replay *replay);

/*
 * Go the verdict's course again and show each record up to where it was met,
 * or all where it was not, replayed in the banks that were wanted, so that
 * they are held to what was proven. Malformed bytes end it. Stops where @show
 * is not 0.
 * E_CHANGED: what was proven is not what is there now.
 */
int measurement_walk(const struct evidence *evidence,
		     const struct verdict *verdict, measurement_show show,
		     void *ctx, struct error *err);

#endif
