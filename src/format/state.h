/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * state.h - what a verifier remembers of one machine, as JSON
 *
 * The file is one line. Its last member is a seal over all bytes before it:
 * a SHA-256 against accidents, or an HMAC-SHA256 under a key.
 */
#ifndef FORMAT_STATE_H
#define FORMAT_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "format/aggregate.h"
#include "format/pcrs.h"

/* 5 banks of 24 PCRs are 16 KB. */
#define STATE_MAX (64U << 10)

/* What a verified run rested on; it stays the same from run to run. */
enum state_basis { BASIS_QUOTE, BASIS_TPM, BASIS_VALUES, BASIS_COUNT };

/*
 * TPMS_CLOCK_INFO (TPM 2.0 Part 2, 10.11.1). The counters in quotes of one AK
 * have a constant added to them, modulo 2^32, and so have no comparison with
 * those of another AK, or of TPM2_ReadClock.
 */
struct state_clock {
	uint64_t clock;			/* milliseconds */
	uint32_t reset_count, restart_count;
};

/* The boot as the machine calls it: a claim, of use to tell claims apart. */
struct state_boot {
	char boot_id[BOOT_ID_MAX];	/* "": none was claimed */
	bool has_reset_count;
	uint32_t reset_count;
};

/*
 * The bytes of records @first..@last, and of those from @before_first on that
 * come before them (@before_bytes 0: none), as the kernel printed them.
 */
struct state_covered {
	uint64_t first, last, bytes;
	uint8_t sha256[SHA256_SIZE];
	uint64_t before_first, before_bytes;
	uint8_t before_sha256[SHA256_SIZE];
	uint8_t digest_size;		/* of the records' layout; 0: several */
	uint64_t last_bytes;		/* of record @last alone */
	uint8_t last_sha256[SHA256_SIZE];
};

/* File signatures in the records that are proven, if they were judged. */
struct state_signatures {
	bool judged;
	uint64_t good, bad, no_key;
};

/* Proven up to and with record @record; 0: nothing yet. */
struct state_proven {
	enum state_basis basis;
	char ak[2 * SHA256_SIZE + 1];	/* of BASIS_QUOTE */
	struct state_clock clock;	/* of BASIS_QUOTE and BASIS_TPM */
	struct state_boot boot;
	uint64_t record, bytes;		/* since boot */
	struct pcr_values pcrs;		/* after @record */
	unsigned int padded;		/* HASH_BITs, as in an aggregate */
	uint32_t foreign;
	uint64_t violations;		/* in records 1..@record */
	struct state_signatures signatures;	/* of all of them, or none */
	uint8_t first_sha256[SHA256_SIZE];	/* of record 1 */
	struct state_covered covered;
};

/* Records that came in chunks and that nothing has proven yet. */
struct state_pending {
	bool present;
	uint64_t first, last, bytes;	/* of them, kept beside the state */
	uint64_t remaining_records, remaining_bytes;	/* a claim */
	struct state_boot boot;
	/* Another boot than the proven one, believed by a quote at this time. */
	bool new_boot;
	struct state_clock clock;
};

struct state {
	uint64_t generation;		/* one more each time it is written */
	struct state_proven proven;
	struct state_pending pending;
};

static inline uint64_t covered_from(const struct state_covered *c)
{
	return c->before_bytes ? c->before_first : c->first;
}

/* A key of any length from 1 on; NULL in its place: none. */
struct state_key {
	const uint8_t *bytes;
	size_t len;
};

/*
 * Read a state of @len bytes. Returns 0, or
 *  E_FORMAT, E_LIMIT	damaged: malformed, or not what its digest says;
 *  E_CHANGED		@key was given, and the seal is not that key's;
 *  E_USAGE		it is sealed with a key, and none was given;
 *  E_UNSUPPORTED	another version of the format;
 *  E_NOMEM, E_CRYPTO.
 */
int state_parse(const uint8_t *bytes, size_t len, const struct state_key *key,
		struct state *ret, struct error *err);

/* Write one; @ret is the caller's to free(). Returns 0, E_NOMEM, E_CRYPTO. */
int state_write(const struct state *state, const struct state_key *key,
		char **ret, size_t *len, struct error *err);

#endif
