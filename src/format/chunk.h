/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * chunk.h - evidence in instalments: a line of JSON, then records
 */
#ifndef FORMAT_CHUNK_H
#define FORMAT_CHUNK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "format/aggregate.h"

/* The line with its newline. PCR values twice, a gap and a quote fit well. */
#define CHUNK_LINE_MAX (256U << 10)

/* A quote that the records' end meets, and the values it is over. */
struct chunk_quote {
	bool present;
	uint8_t attest[AGGREGATE_ATTEST_MAX];
	size_t attest_len;
	uint8_t signature[AGGREGATE_SIGNATURE_MAX];
	size_t signature_len;
	bool has_ak;
	char ak[2 * SHA256_SIZE + 1];	/* of its SubjectPublicKeyInfo */
	struct pcr_values pcrs;
};

/*
 * What the line says. All of it is the sender's claim: nothing in a chunk is
 * proven before a quote resolves the end of the last one.
 *
 * An empty chunk (@last = @first - 1, no bytes, nothing remaining) says that
 * there is nothing behind record @last; it may carry a quote.
 */
struct chunk {
	uint64_t first, last, bytes;
	uint8_t sha256[SHA256_SIZE];	/* of the records */
	uint64_t remaining_records, remaining_bytes;
	char boot_id[BOOT_ID_MAX];
	struct aggregate_tpm tpm;
	struct pcr_values pcrs;		/* before @first; none before 1 */
	unsigned int padded;		/* HASH_BITs under "extend" */
	uint32_t foreign;		/* PCRs that others extend too */
	struct aggregate_gap gap;	/* begins with record @first */
	struct chunk_quote quote;	/* only with nothing remaining */
};

/*
 * Read the line that the @len bytes at @bytes begin with; *@line receives its
 * length with the newline: there the records begin. Keys that are not known
 * are left alone. Returns 0; E_INCOMPLETE where there is no newline yet and
 * the line may still come; E_LIMIT without one in CHUNK_LINE_MAX bytes;
 * E_FORMAT; E_UNSUPPORTED (another version); E_NOMEM. Outputs are set on
 * success only.
 */
int chunk_parse(const uint8_t *bytes, size_t len, struct chunk *ret,
		size_t *line, struct error *err);

/*
 * Are the @len bytes at @records those that @chunk announces: their number,
 * their digest, as many whole records as its range? Returns 0; E_INCOMPLETE
 * (fewer bytes), E_FORMAT (more bytes; another number of records; no
 * records), E_LIMIT, E_CHANGED (the digest), E_CRYPTO.
 */
int chunk_check(const struct chunk *chunk, const uint8_t *records, size_t len,
		struct error *err);

/*
 * Write the line, with its newline, the caller's to free(). Returns 0 or
 * E_NOMEM.
 */
int chunk_write(const struct chunk *chunk, char **ret, size_t *len,
		struct error *err);

#endif
