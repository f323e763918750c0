/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * target.h - what a replay should lead to, and whether it did
 *
 * A target is PCR values (of the TPM, a file, the command line, or behind a
 * quote), or a quote alone, which has only a digest over them. It is met at a
 * record where every wanted bank agrees, in every PCR that the replay knows
 * and the target has, and where the target has every PCR that the replayed
 * records touched, and those before them: whoever may leave out a PCR may
 * leave out its records. So a quote has to cover IMA's own PCR, whatever the
 * records touch: others, anybody can extend, and some can be reset.
 */
#ifndef TARGET_H
#define TARGET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "format/pcrs.h"
#include "quote.h"
#include "replay.h"

/* Where IMA's records go, unless a policy line says otherwise. */
#define IMA_PCR 10

/*
 * Those that can be reset without a reboot: 16 and 23 by anybody who may talk
 * to the TPM, 20 to 22 from a locality that an operating system may have (TCG
 * PC Client Platform TPM Profile, "PCR Attributes").
 */
#define RESETTABLE_PCRS (1U << 16 | 7U << 20 | 1U << 23)

struct target {
	/* The values to meet; empty where only a quote's digest is known. */
	struct pcr_values values;
	/* The quote to meet, NULL where there is none. Not owned. */
	const struct quote *quote;
	/* Met by the start itself where it is all zero and was asked for. */
	bool zero_will_do;
};

/* Banks that the target has, as HASH_BITs. */
unsigned int target_banks(const struct target *t);

/*
 * For a quote whose values are in @values: they must be what it signs.
 * Fills @ret. E_CHANGED, or E_ABSENT with the missing PCRs in the reason.
 */
int target_from_quote(struct target *ret, const struct quote *quote,
		      const struct pcr_values *values, struct error *err);

/* How far a replay got in meeting a target. */
struct match {
	const struct target *target;
	uint32_t ignored;		/* foreign PCRs: no proof unless touched */
	uint32_t exempt;		/* PCRs not to be proven (take only) */
	uint32_t history;		/* PCRs extended before the start */
	uint64_t not_before;		/* a record; earlier meetings are chance */
	/* The target, taken apart once; what follows is of a quote alone: */
	bool by_values;
	unsigned int banks;		/* target_banks() */
	int8_t quoted[PCR_SELECTIONS_MAX]; /* enum hash_id of each, or -1 */
	bool unknown;			/* PCRs of such a -1 are quoted */
	uint32_t selected[HASH_COUNT];	/* PCRs, by bank */
	uint32_t covered;		/* in any */
	bool met;
	uint64_t at;			/* the record at which it was */
	uint32_t touched;		/* extended up to there */
	uint32_t pcrs;			/* that were compared */
	struct pcr_values values;	/* of the replay there */
	struct reading readings[HASH_COUNT];
	unsigned int padded;		/* HASH_BITs, at that record, */
	unsigned int sha1;		/* and of any record up to it */
	uint64_t violations;		/* replayed up to there */
	uint64_t records;
	/* Diagnosis: */
	uint64_t bank_at[HASH_COUNT];	/* where a bank alone agreed, or 0 */
	unsigned int compared;		/* HASH_BITs of those with a PCR to */
	unsigned int apart;		/* met only without these banks */
	uint32_t foreign;		/* extended by others too: a hint, */
	uint32_t foreign_differ;	/* and met only without these PCRs */
	bool no_ima_pcr;		/* met only without it */
	bool ima_pcr_unquoted;		/* no value of it is signed */
	uint32_t uncovered;		/* PCRs touched that the target lacks */
	struct pcr_selection missing;	/* quoted PCRs of unknown value */
	uint32_t missing_beside;	/* when the replay knew these */
	uint64_t combinations;		/* given up: too many, see match.c */
};

/* @target is NULL where nothing is to be met: then no match_try(). */
void match_start(struct match *m, const struct target *target);

/*
 * Look whether the replay, at record @number, meets the target. A later
 * meeting replaces an earlier one. Returns 0 or E_CRYPTO, E_UNSUPPORTED.
 */
int match_try(struct match *m, const struct replay *r, uint64_t number,
	      struct error *err);

/*
 * What @from, which began empty where @m is now, has seen. @before is @m's
 * replay up to here: its violations and padded records @from's has not had.
 */
void match_join(struct match *m, const struct match *from,
		const struct replay *before);

/* Whether extending @pcr leads away from what was met, for good. */
bool match_left(const struct match *m, uint32_t pcr);

#endif
