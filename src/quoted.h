/* SPDX-License-Identifier: GPL-2.0-or-later */
/* quoted.h - an aggregate whose PCR values the TPM has signed */
#ifndef QUOTED_H
#define QUOTED_H

#include "base/error.h"
#include "format/aggregate.h"
#include "quote.h"
#include "shards.h"

/*
 * Is the quote in aggregate @i of the store, which is @agg, one by @ak over
 * its very values? Its nonce must be the digest of an aggregate before it (a
 * snapshot of several shards is signed before the first of them), or zeros
 * where it is of the first snapshot. Returns 0: proven; E_ABSENT: it has no
 * quote, one by another key, or what its nonce names was discarded; E_CHANGED and the like: it claims what is not
 * so; the subject is the aggregate's file.
 */
#define QUOTED_MARKER SIZE_MAX	/* @i: the one that the marker keeps */
int quoted_check(const struct store *st, size_t i, const struct aggregate *agg,
		 const struct quote_blob *ak, struct error *err);

#endif
