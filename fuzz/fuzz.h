/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz.h - what the fuzz targets share
 *
 * A target is one file with fuzz_one(). Its inputs begin with two bytes, which
 * say what fails meanwhile (see fault.h), then come the bytes for a parser, or
 * several parts, each behind its length. Whatever they are, fuzz_one() returns
 * with everything released, and with nothing said but in a struct error.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"

void fuzz_one(const uint8_t *bytes, size_t len);

/* What must never be: ends the program. */
#define FUZZ_NEVER(cond) do {						\
	if (cond) {							\
		dprintf(2, "%s:%d: %s\n", __FILE__, __LINE__, #cond);	\
		abort();						\
	}								\
} while (0)

/* A part in memory of its own, so that a read beyond it is seen; to be freed. */
struct part {
	uint8_t *bytes;		/* with a NUL behind them, never NULL */
	size_t len;
};

/*
 * Take the next part off the input: a length of two bytes, little-endian, and
 * as many bytes, or what there is. At the end they are empty.
 */
struct part part_take(const uint8_t **bytes, size_t *len);

/* All that is left; the same behind a text; zeros. */
struct part part_rest(const uint8_t *bytes, size_t len);
struct part part_behind(const char *text, const uint8_t *bytes, size_t len);
struct part part_room(size_t len);

/*
 * The path of a file, or directory (@rel ""), on a file system in memory:
 * below /dev/shm, or TMPDIR where it is not there. Valid until it is called
 * for the eighth time more.
 */
const char *memory_path(const char *rel);

/* Make it, with those bytes. */
void memory_file(const char *rel, const struct part *p);

/*
 * The files of a directory: a part for the name of each and one for what is in
 * it. What cannot be a name there is passed over.
 */
void memory_files(const char *dir, const uint8_t *bytes, size_t len);

/* Remove all that is there; called before each input. */
void memory_clear(void);

/* Read a list (port/list.h's @flags), show, judge and replay its records. */
void fuzz_list(const struct part *p, unsigned int flags, bool wide);

/* Check the records behind a chunk's line, and under the digest they have. */
struct chunk;
void fuzz_chunk(const struct chunk *chunk, const uint8_t *records, size_t len);

/*
 * Make the cache of a store below @dir, of the bytes behind the identity that
 * it has to have. false: the store has no shard, or a call has failed.
 */
struct store;
bool fuzz_cache(const struct store *st, const char *dir, const uint8_t *bytes,
		size_t len);

/* Put behind a state the seal that makes it whole; by @key, or NULL. */
void fuzz_seal(struct part *p, const char *key);

/* Every error that was set can be told in a line. */
void fuzz_error(const struct error *err);

#endif
