/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * export-inner.h - what the parts of an export share, and nobody else:
 *
 *	export.c	the order of things, and writing
 *	export-fill.c	which records the chunk has
 *	export-proof.c	the PCR values before them, and the quote behind
 */
#ifndef EXPORT_INNER_H
#define EXPORT_INNER_H

#include "export.h"
#include "port/tpm.h"
#include "replay.h"
#include "shards.h"
#include "signing.h"
#include "stitch.h"
#include "target.h"

/* Where the replay starts: behind record @last. */
struct base {
	uint64_t last;
	bool from_zero;			/* nothing says how banks are extended */
	struct pcr_values values;
	unsigned int padded;
	uint32_t foreign;
	struct aggregate_tpm tpm;
};

struct export {
	const struct export_options *opt;
	struct stitch *stitch;
	struct store *store;		/* NULL: none of this boot */
	struct tpm *tpm;		/* NULL: there is none */
	struct aggregate *agg;		/* scratch */
	struct replay *replay;
	struct reading reading[HASH_COUNT];
	bool reading_met;		/* what was signed, from the base on */
	struct base base;
	struct chunk chunk;
	struct pcr_values signed_values;
	struct signing *signing;
	struct match match;
};

/*
 * Look at shards and lists anew: sets e->base and the chunk's range, bytes,
 * digest, remains and gap.
 */
int export_fill(struct export *e, struct error *err);

/* The TPM, if there is one; there has to be if it is to sign. */
int export_open_tpm(struct export *e, struct error *err);

/* Its clock and counters, or what the shards say of them. */
void export_describe_tpm(struct export *e);

/* Sign, fill anew, and have the chunk carry what was signed and is met. */
int export_quote(struct export *e, struct error *err);

/* The PCRs before the chunk's first record, and how banks are extended. */
int export_pcrs(struct export *e, struct error *err);

#endif
