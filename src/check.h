/* SPDX-License-Identifier: GPL-2.0-or-later */
/* check.h - every shard of a store, against itself and its neighbours */
#ifndef CHECK_H
#define CHECK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/progress.h"
#include "format/aggregate.h"
#include "quote.h"
#include "shards.h"

/*
 * What was found of one shard. @rc 0: it follows the one before it, its
 * records are those that its aggregate names, and replayed from the aggregate
 * before it they lead to its PCR values. @quoted 0: these are signed by the
 * key; E_ABSENT: they have no quote, or none by it. Else what is wrong.
 */
struct checked {
	size_t shard;
	const struct aggregate *agg;	/* NULL where it cannot be read */
	int rc;
	struct error why;
	int quoted;
	struct error quoted_why;
};

typedef void (*check_tell)(void *ctx, const struct checked *checked);

/*
 * Check all shards, in order, and tell of each. @ak and @progress may be NULL.
 * Returns 0, or E_IO, E_NOMEM, E_CRYPTO where that could not be done.
 */
int check_store(const struct store *st, const struct quote_blob *ak,
		check_tell tell, void *ctx, struct progress *progress,
		struct error *err);

#endif
