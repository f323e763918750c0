/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * attest.h - TPMS_ATTEST of a quote, read and written
 *
 * Reading answers what a TPM says; writing makes the bytes that we expect it
 * to have said, so that the two can be compared whole.
 */
#ifndef FORMAT_ATTEST_H
#define FORMAT_ATTEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"
#include "base/error.h"
#include "format/pcrs.h"

#define ATTEST_MAGIC 0xff544347U	/* TPM_GENERATED_VALUE */
#define ATTEST_QUOTE 0x8018U		/* TPM_ST_ATTEST_QUOTE */

/*
 * Limits of TPM 2.0 Part 2: TPM2B_NAME (10.5.3) and TPM2B_DATA (10.4.3) hold
 * at most a TPMT_HA.
 */
#define ATTEST_NAME_MAX (2 + HASH_SIZE_MAX)
#define ATTEST_EXTRA_MAX (2 + HASH_SIZE_MAX)

/* The most that a quote's TPMS_ATTEST can take. */
#define ATTEST_SIZE_MAX                                                  \
	(4 + 2 + 2 + ATTEST_NAME_MAX + 2 + ATTEST_EXTRA_MAX + 17 + 8 + \
	 4 + 6 * PCR_SELECTIONS_MAX + 2 + HASH_SIZE_MAX)

/* TPMS_ATTEST (TPM 2.0 Part 2, 10.12.12) with TPMS_QUOTE_INFO. */
struct attest {
	uint32_t magic;
	uint16_t type;
	struct cursor signer;		/* qualifiedSigner: a Name */
	struct cursor extra;		/* extraData: the nonce */
	uint64_t clock;			/* clockInfo; milliseconds */
	uint32_t reset_count;
	uint32_t restart_count;
	bool safe;			/* false too if it was no boolean */
	uint64_t firmware;
	struct pcr_selection selection;
	struct cursor digest;		/* pcrDigest */
};

/*
 * The TPMS_ATTEST in @len bytes of a file: all of them, or what a TPM2B size
 * in front of it says. Those are the bytes that a signature covers. Returns
 * 0, E_INCOMPLETE, or E_FORMAT where bytes are left over.
 */
int attest_body(const uint8_t *bytes, size_t len, struct cursor *ret,
		struct error *err);

/*
 * Read @body, to its last byte. The cursors of @ret point into it. E_CHANGED
 * for another magic or type than a quote's; E_INCOMPLETE, E_FORMAT, E_LIMIT,
 * E_UNSUPPORTED (see pcrs_parse_selection()).
 */
int attest_parse(const struct cursor *body, struct attest *ret,
		 struct error *err);

/*
 * Write @a into @out, which has room for ATTEST_SIZE_MAX bytes. Returns 0, or
 * E_LIMIT where a name, nonce or digest is longer than a TPM could write.
 */
int attest_write(const struct attest *a, uint8_t *out, size_t *ret_len);

#endif
