/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * imashards.h - the measurement list and its shards, for agents in C
 *
 *	struct imashards *s = imashards_new();
 *	const struct imashards_record *r;
 *
 *	if (imashards_open(s, NULL, IMASHARDS_IMA_DIR) ||
 *	    imashards_seek(s, imashards_first(s)))
 *		puts(imashards_message(s));
 *	while (!imashards_next(s, &r))
 *		...
 *	imashards_free(s);
 *
 * What is in the shards and in the kernel is one list here, numbered from 1
 * since the TPM was reset, as ima-shards(5) has it. It is read only, without a
 * lock.
 *
 * A replay is arithmetic. It proves something of the records only where it
 * meets values that a TPM has signed, which is the caller's to check. The
 * aggregates of the store are its own claim.
 *
 * A function that can fail returns 0 or one of enum imashards_error, and then
 * leaves what its pointers point to as it was; imashards_message() has the
 * words. Every handle belongs to one thread at a time; different handles do
 * not know of each other. What a handle returns a pointer to is valid until
 * the next call with it, but for objects that have a free function.
 */
#ifndef IMASHARDS_H
#define IMASHARDS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifndef IMASHARDS_API
#define IMASHARDS_API
#endif

/* Where the kernel's lists are. */
#define IMASHARDS_IMA_DIR "/sys/kernel/security/integrity/ima"

enum imashards_error {
	IMASHARDS_END = 1,		/* behind the last record */
	IMASHARDS_OK = 0,
	IMASHARDS_INCOMPLETE = -1,	/* a file ends early */
	IMASHARDS_FORMAT = -2,		/* malformed */
	IMASHARDS_LIMIT = -3,		/* over a limit of the format */
	IMASHARDS_CHANGED = -4,		/* contradicts a digest or a value */
	IMASHARDS_GAP = -5,		/* records are missing in between */
	IMASHARDS_IO = -6,		/* the operating system refused */
	IMASHARDS_NOMEM = -7,
	IMASHARDS_CRYPTO = -8,		/* libcrypto refused */
	IMASHARDS_ABSENT = -10,		/* there is no such thing here */
	IMASHARDS_BUSY = -11,		/* a snapshot is being taken: again */
	IMASHARDS_USAGE = -12,		/* the caller asks for the impossible */
	IMASHARDS_UNSUPPORTED = -13,	/* valid, but not known here */
	IMASHARDS_UNDECIDED = -14,	/* only a snapshot will tell */
};

struct imashards;		/* an open store */
struct imashards_record;	/* belongs to the store */
struct imashards_aggregate;	/* of its own */
struct imashards_replay;	/* of its own */

/* The general text of an error, never NULL. */
IMASHARDS_API const char *imashards_error_text(int error);

/* --- a store --- */

/* NULL: out of memory. imashards_free() takes NULL. */
IMASHARDS_API struct imashards *imashards_new(void);
IMASHARDS_API void imashards_free(struct imashards *s);

/*
 * The last failure of a function that was given @s, in one line: file,
 * record, offset, reason. "" before the first.
 */
IMASHARDS_API const char *imashards_message(const struct imashards *s);

/*
 * Open the store @shard_dir (NULL: what shards.conf says) with the kernel's
 * lists in @ima_dir (NULL: the shards alone), and look for records as
 * imashards_refresh() does. Once for each handle, but again after a failure.
 * USAGE (a handle that is open; shards.conf makes no sense), and the errors of
 * imashards_refresh().
 */
IMASHARDS_API int imashards_open(struct imashards *s, const char *shard_dir,
				 const char *ima_dir);

/*
 * Look for new records, and take what has come to the descriptor of
 * imashards_subscribe(), even where it fails: after BUSY, and UNDECIDED, which
 * may be that of a moment, look again before long, whatever poll() says.
 * ABSENT where there is no list at all; GAP, FORMAT, CHANGED, IO, NOMEM.
 */
IMASHARDS_API int imashards_refresh(struct imashards *s);

/* The records that there are; none where last < first. */
IMASHARDS_API uint64_t imashards_first(const struct imashards *s);
IMASHARDS_API uint64_t imashards_last(const struct imashards *s);
/* The last one that is in a shard; 0 where none is. */
IMASHARDS_API uint64_t imashards_stored(const struct imashards *s);

/*
 * Goes up whenever the records are not a continuation of those before: another
 * boot, shards that were removed. imashards_next() is CHANGED then, until
 * imashards_seek().
 */
IMASHARDS_API unsigned int imashards_generation(const struct imashards *s);

/*
 * Subscribe: a descriptor that is readable when there may be a new shard, for
 * poll(); call imashards_refresh() then. It belongs to @s. It says nothing of
 * records that come into the kernel's list, which nobody is told of. ABSENT
 * where there is no store yet; IO, NOMEM.
 */
IMASHARDS_API int imashards_subscribe(struct imashards *s, int *fd);

/* --- records --- */

/* The next one is to be @number, which is there, or the last + 1: ABSENT. */
IMASHARDS_API int imashards_seek(struct imashards *s, uint64_t number);

/*
 * The next record. END behind the last one (until imashards_refresh() finds
 * more); GAP, CHANGED, FORMAT, INCOMPLETE, LIMIT, IO, NOMEM.
 */
IMASHARDS_API int imashards_next(struct imashards *s,
				 const struct imashards_record **ret);

IMASHARDS_API uint64_t
imashards_record_number(const struct imashards_record *r);
IMASHARDS_API unsigned int
imashards_record_pcr(const struct imashards_record *r);
/* "ima-ng", or a format such as "d-ng|n-ng" */
IMASHARDS_API const char *
imashards_record_template(const struct imashards_record *r);
/* Whether it is a violation: its digest is zero. */
IMASHARDS_API int
imashards_record_violation(const struct imashards_record *r);
/* The SHA-1 template digest that stands in the list: 20 bytes. */
IMASHARDS_API const uint8_t *
imashards_record_digest(const struct imashards_record *r, size_t *size);
/* The template's data: the fields, each with its length before it. */
IMASHARDS_API const uint8_t *
imashards_record_data(const struct imashards_record *r, size_t *size);
/* The whole record, as in binary_runtime_measurements. */
IMASHARDS_API const uint8_t *
imashards_record_raw(const struct imashards_record *r, size_t *size);

/* --- aggregates --- */

/*
 * The nearest aggregate at record @number or before it; the caller's, to be
 * freed. ABSENT where there is none; FORMAT, CHANGED, UNSUPPORTED, IO, NOMEM.
 */
IMASHARDS_API int imashards_aggregate(struct imashards *s, uint64_t number,
				      struct imashards_aggregate **ret);
IMASHARDS_API void
imashards_aggregate_free(struct imashards_aggregate *a);

/* Its shard's first and last record: the PCR values are those after @last. */
IMASHARDS_API uint64_t
imashards_aggregate_first(const struct imashards_aggregate *a);
IMASHARDS_API uint64_t
imashards_aggregate_last(const struct imashards_aggregate *a);
IMASHARDS_API const char *
imashards_aggregate_boot_id(const struct imashards_aggregate *a);
/*
 * Whether the TPM's own values were seen to lie on this list when the shard
 * was taken: 1, or 0 where they were not, -1 where nobody could tell.
 */
IMASHARDS_API int
imashards_aggregate_matched(const struct imashards_aggregate *a);
/* Whether records are missing before its shard, which no replay crosses. */
IMASHARDS_API int
imashards_aggregate_gap(const struct imashards_aggregate *a);
/* The value of a PCR in bank @bank ("sha256"); NULL where it has none. */
IMASHARDS_API const uint8_t *
imashards_aggregate_pcr(const struct imashards_aggregate *a, const char *bank,
			unsigned int pcr, size_t *size);

/* --- replay --- */

/*
 * Begin a replay of the bank @bank ("sha256") from @from, which is the
 * aggregate of the record before, or at boot (NULL), where all PCRs are zero.
 * How a kernel has extended a bank is not all in the list: every way there is
 * is followed, until a comparison tells. USAGE (no such bank), UNSUPPORTED
 * (libcrypto lacks it), ABSENT (@from lacks the bank), CRYPTO, NOMEM. The
 * message is that of @s.
 */
IMASHARDS_API int imashards_replay_new(struct imashards *s, const char *bank,
				       const struct imashards_aggregate *from,
				       struct imashards_replay **ret);
IMASHARDS_API void imashards_replay_free(struct imashards_replay *r);

/*
 * Extend by @rec, which has to be the next one: USAGE. CHANGED where its
 * digest is not that of its data; CRYPTO, NOMEM.
 */
IMASHARDS_API int
imashards_replay_record(struct imashards *s, struct imashards_replay *r,
			const struct imashards_record *rec);

/* The record that it has come to. */
IMASHARDS_API uint64_t
imashards_replay_number(const struct imashards_replay *r);

/*
 * Compare a PCR with a value of a TPM. 0: some way leads there, and the others
 * are given up; CHANGED: none does; USAGE: no such PCR, another size, or no
 * record has extended it.
 */
IMASHARDS_API int
imashards_replay_meet(struct imashards *s, struct imashards_replay *r,
		      unsigned int pcr, const uint8_t *value, size_t size);

/*
 * The same with all that an aggregate of this very record (else USAGE) has of
 * the bank. ABSENT where it has none of the PCRs.
 */
IMASHARDS_API int
imashards_replay_meet_aggregate(struct imashards *s,
				struct imashards_replay *r,
				const struct imashards_aggregate *a);

/*
 * The value of a PCR: NULL where the ways differ and nothing was compared yet,
 * or the PCR has no meaning here. Valid until @r is given to another function.
 */
IMASHARDS_API const uint8_t *
imashards_replay_pcr(const struct imashards_replay *r, unsigned int pcr,
		     size_t *size);

#ifdef __cplusplus
}
#endif

#endif
