/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * take.h - what the parts of a snapshot share, and nobody else:
 *
 *	snapshot.c	the order of things: list, drafts, shards, delete
 *	standing.c	where the store, the kernel and the TPM stand
 *	intake.c	the kernel's lists: read, and delete
 *	settle.c	how new records go on from the store, and the TPM's word
 *	ways.c		one way to go on, replayed
 *	quoting.c	a quote at a shard's end
 *	orphan.c	what a run left that died before a commit
 *	boot.c		whether the shards are of this boot, and clearing them
 *	clean.c		the same and no more, or clearing without asking
 */
#ifndef TAKE_H
#define TAKE_H

#include "cache.h"
#include "drafts.h"
#include "format/aggregate.h"
#include "port/kernel.h"
#include "port/tpm.h"
#include "replay.h"
#include "shards.h"
#include "snapshot.h"
#include "target.h"

/* How the new records were found to go on from the store. */
enum settled {
	SETTLED_NOT,		/* nobody knows yet */
	SETTLED_MATCHED,	/* their replay passes through the TPM's PCRs */
	SETTLED_UNCHECKED,	/* there is no TPM to ask */
	SETTLED_MISMATCH,	/* it does not: stored, not deleted */
	SETTLED_ANCHORED,	/* the same again: stored, a gap begins */
};

/* What was read of one of the kernel's lists, to be deleted from it. */
struct batch {
	bool staged;
	uint64_t records, bytes;
	uint8_t sha256[SHA256_SIZE];
};

struct take {
	const struct snapshot_options *opt;
	snapshot_tell tell;
	void *tell_ctx;
	struct store *store;
	struct tpm *tpm;
	struct kernel *kernel;
	enum kernel_kind kind;
	bool keep;			/* delete nothing */
	struct list *list;		/* the one list that is open */
	bool list_staged;
	bool pending;			/* a batch was staged before we came */
	struct batch batch[2];		/* staged, current */
	size_t batches;
	struct hash_stream *batch_hash;
	struct replay *replay;
	struct aggregate *last;		/* the newest; NULL: an empty store */
	struct aggregate *next;		/* scratch */
	struct target target;
	struct match match;
	struct aggregate_tpm facts;
	struct aggregate_quote *quoting; /* taken before the list; or NULL */
	uint64_t quote_cut;		/* the record that meets it, or 0 */
	uint32_t pcrs;			/* to be read from the TPM */
	uint32_t foreign;		/* PCRs that others extend too */
	char boot_id[BOOT_ID_MAX];
	bool new_boot;			/* of the kernel: its id is new */
	struct drafts drafts;
	const struct pcr_values *start;	/* where the replay starts; NULL: 0 */
	struct pcr_values shifted;	/* of an anchor, by one record */
	struct cache cache;		/* of the last run, if cached */
	bool cached;
	uint8_t *last_raw;		/* the last stored record */
	size_t last_len;
	uint8_t *tail_raw;		/* the last collected one */
	size_t tail_len, tail_room;
	struct hash_stream *list_hash;	/* copy: all of the list so far */
	uint64_t list_bytes;
	uint64_t held;			/* skipped by a way that must hold twice */
	bool proven;			/* the TPM knows of nothing else */
	bool not_whole;			/* copy: it does not begin as the store */
	bool left;			/* the kernel has what is stored */
	bool seen_last;			/* the kernel has its like */
	uint64_t round_last;		/* the store's last, as the round began */
	enum settled settled;
	struct aggregate_gap gap;	/* goes into the next shard */
	struct error unparsed;		/* code 0: the list is whole */
	struct spill *spill;		/* and what it has then; or NULL */
	struct error mismatch;
};

/* --- snapshot.c --- */

/* Begin. take_release() is due whatever comes of it. E_NOMEM, E_CRYPTO. */
int take_start(struct take *t, const struct snapshot_options *options,
	       snapshot_tell tell, void *ctx, struct error *err);
void take_release(struct take *t);

/* The time of day, as an aggregate's "taken". */
void take_now(char ret[32]);

/* --- standing.c --- */

/* The store, under its lock; the newest aggregate, and which boot this is. */
int take_open_store(struct take *t, struct error *err);

/* The kernel and the TPM; and boot_check(). */
int take_look(struct take *t, struct error *err);

/* A replay that stands where the store ends. */
int take_start_replay(struct take *t, const struct reading *readings,
		      bool wide, struct error *err);

/* Clock, counters and PCRs, into facts and target. */
int take_read_tpm(struct take *t, struct error *err);

/* The readings that the newest aggregate names. */
void take_readings(const struct aggregate *last,
		   struct reading ret[HASH_COUNT]);

/* Forget what was loaded of the store and load it again. */
int take_load_last(struct take *t, struct error *err);

/* What was just published is the newest now, and need not be read back. */
int take_set_last(struct take *t, struct error *err);

/* --- quoting.c --- */

/* Have the TPM sign the PCRs, if that was asked for. */
int quoting_start(struct take *t, struct error *err);

/* Cut the shard at the record that met what was signed. */
int quoting_cut(struct take *t, struct error *err);

/* Give the quote to the aggregate that it is over; @agg's last is set. */
void quoting_describe(const struct take *t, struct aggregate *agg);

/* --- orphan.c --- */

/*
 * Commit what goes on from the newest shard: by now it may be nowhere else.
 * The kernel may have it too, which settle.c will see. Without a shard before
 * it, only the kernel's list can tell: snapshot.c compares.
 */
int orphans_finish(struct take *t, struct error *err);

/* The orphan that begins with record @first, or -1. */
long orphan_at(const struct store *st, uint64_t first);

/* Keep orphan @i out of the sequence; or all that are left. */
int orphan_set_aside(struct take *t, size_t i, const struct error *why,
		     struct error *err);
int orphans_set_aside(struct take *t, struct error *err);

/* --- intake.c --- */

/* Open a list: on it, reading and deleting take place. intake_close(): none. */
int intake_open(struct take *t, bool staged, struct error *err);
void intake_close(struct take *t);

/* Open the staged list, and see whether a batch is pending. */
int intake_pending(struct take *t, struct error *err);

/*
 * Open the staged list, with the current one moved there unless a batch is
 * pending already (t->pending). Where measuring is suspended, for a reboot or
 * kexec, nothing can be staged or deleted any more, but all can be stored:
 * then the current list is opened, and t->keep set.
 */
int intake_stage(struct take *t, struct error *err);

/*
 * Skip what a list of a kernel that cannot delete has from before. The store
 * knows its digests, so not one shard is read.
 */
int intake_skip(struct take *t, struct error *err);

/*
 * Records into the drafts, from where the list stands to its end, or until a
 * shard is full and @piece is set: then *@more. What cannot be parsed goes to
 * t->spill, with all that the kernel has behind it, and t->unparsed says why.
 */
int intake_collect(struct take *t, bool piece, bool *more,
		   struct error *err);

/* What came since: in the list that is open, or in the current one. */
int intake_more(struct take *t, struct error *err);

/*
 * Delete the piece that was read and published, and go on at the list's new
 * head. Where the kernel refuses, t->keep is set and reading goes on.
 */
int intake_trim(struct take *t, struct snapshot_result *ret,
		struct error *err);

/* Delete what was read, once it is durable, if it may be deleted. */
int intake_delete(struct take *t, struct snapshot_result *ret,
		  struct error *err);

/* --- settle.c --- */

/*
 * Find out how the drafts go on from the store: sets t->settled, and leaves
 * in the drafts only what the store does not have, with the PCR values of the
 * way that was found. E_UNDECIDED: more than one way, and nothing to decide.
 */
int settle(struct take *t, struct error *err);

/* --- boot.c --- */

/*
 * Look whether the shards' boot is over, and clear them if that is proven.
 * @list_open: a descriptor must not be open when this is called.
 */
int boot_check(struct take *t, struct error *err);

#endif
