/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * discarded.h - the marker that stands for shards an administrator discarded
 */
#ifndef FORMAT_DISCARDED_H
#define FORMAT_DISCARDED_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "format/aggregate.h"

struct discarded {
	uint64_t last;			/* records 1 to this one are gone */
	uint8_t sha256[SHA256_SIZE];	/* of the aggregate's file, as it was */
	char taken[32];			/* when; UTC, RFC 3339 */
	struct aggregate aggregate;	/* of the last shard that went */
};

/*
 * Read the @len bytes of a marker. Its aggregate is one in every respect, and
 * ends with record "last". Errors as of aggregate_parse().
 */
int discarded_parse(const uint8_t *bytes, size_t len, struct discarded *ret,
		    struct error *err);

/* A line of JSON with its newline, the caller's to free(). 0 or E_NOMEM. */
int discarded_write(const struct discarded *d, char **ret, size_t *len,
		    struct error *err);

#endif
