/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * aggregate.h - the snapshot_aggregate that closes a shard, as JSON
 */
#ifndef FORMAT_AGGREGATE_H
#define FORMAT_AGGREGATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/hash.h"
#include "format/pcrs.h"

/* No aggregate comes near: 5 banks of 24 PCRs twice, and a quote. */
#define AGGREGATE_MAX (256U << 10)

/* 12 digits: the file names, and their order, hold no more. */
#define RECORD_NUMBER_MAX 999999999999ULL

#define BOOT_ID_MAX 40		/* a UUID and its NUL */
#define SHA256_SIZE 32
#define GAP_REASON_MAX 64

enum aggregate_matched { MATCHED_UNKNOWN, MATCHED_NO, MATCHED_YES };

struct aggregate_tpm {
	bool present;
	uint32_t reset_count, restart_count;
	uint64_t clock;			/* milliseconds */
	uint64_t pcr_update_counter;
	enum aggregate_matched matched;
};

/* Records lost before this shard: verification goes on from @pcrs, on trust. */
struct aggregate_gap {
	bool present;
	char reason[GAP_REASON_MAX];
	uint64_t after;
	struct pcr_values pcrs;
};

/*
 * A quote over this aggregate's very PCR values. TPM 2.0 Part 2: a
 * TPM2B_ATTEST is below 2304 bytes, the signatures we take below 1024.
 */
#define AGGREGATE_ATTEST_MAX 2304
#define AGGREGATE_SIGNATURE_MAX 1024

struct aggregate_quote {
	bool present;
	uint8_t attest[AGGREGATE_ATTEST_MAX];
	size_t attest_len;
	uint8_t signature[AGGREGATE_SIGNATURE_MAX];
	size_t signature_len;
	char ak[2 * SHA256_SIZE + 1];	/* of its SubjectPublicKeyInfo */
};

struct aggregate {
	uint64_t first, last, bytes;
	uint8_t sha256[SHA256_SIZE];	/* of the .ima file */
	struct pcr_values pcrs;		/* after record @last */
	char boot_id[BOOT_ID_MAX];
	struct aggregate_tpm tpm;
	char how[8];			/* "stage", "trim", "copy" */
	char taken[32];			/* UTC, RFC 3339 */
	bool has_prev;
	uint8_t prev[SHA256_SIZE];	/* of the preceding .json file */
	unsigned int padded;		/* HASH_BITs under "extend" */
	uint32_t foreign;		/* PCRs that others extend too */
	bool unanchored;
	struct aggregate_gap gap;
	struct aggregate_quote quote;
};

/*
 * Read the @len bytes of an aggregate file. Keys that are not known are left
 * alone; one that is known must be of its type and within its range, and
 * first <= last, names of banks and PCRs must exist, no bank be empty.
 * Returns 0, E_FORMAT, E_LIMIT, E_UNSUPPORTED (another version), E_NOMEM.
 */
int aggregate_parse(const uint8_t *bytes, size_t len, struct aggregate *ret,
		    struct error *err);

/*
 * Write one: a line of JSON with its newline, the caller's to free().
 * Returns 0 or E_NOMEM.
 */
int aggregate_write(const struct aggregate *agg, char **ret, size_t *len,
		    struct error *err);

#endif
