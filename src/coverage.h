/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * coverage.h - which bytes a replay has been over, to know them again
 *
 * The records are taken in blocks; what is told of a place are the digests of
 * the block up to it and of the one before: all there is of a short history,
 * and never more than two blocks of a long one.
 */
#ifndef COVERAGE_H
#define COVERAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "format/record.h"
#include "format/state.h"

/* A block ends with the record that fills it. */
#define COVERAGE_BLOCK (2U << 20)

struct coverage_point {
	uint64_t bytes;		/* since the start of the replay */
	uint8_t first_sha256[SHA256_SIZE];	/* of the first record */
	struct state_covered covered;
};

struct coverage {
	struct hash_stream *block;	/* owned; NULL: nothing is noted */
	struct coverage_point now, met;
	/* Of the checkpoint that the replay starts at: the block goes on. */
	struct hash_stream *from;	/* owned */
	struct state_covered from_covered;
};

/* Returns 0, E_NOMEM, E_CRYPTO. coverage_free() leaves it as if zeroed. */
int coverage_new(struct coverage *c);
void coverage_free(struct coverage *c);

/* Start anew, behind what a checkpoint covers (NULL: none). E_CRYPTO. */
int coverage_start(struct coverage *c, const struct state_covered *at);

/* @block has had all of @covered's first..last, and is taken over. */
void coverage_go_on(struct coverage *c, struct hash_stream *block,
		    const struct state_covered *covered);

/* Add record @number; with @met keep the digests up to it. E_CRYPTO. */
int coverage_add(struct coverage *c, const struct record *rec,
		 uint64_t number, bool met);

#endif
