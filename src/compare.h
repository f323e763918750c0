/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * compare.h - are records those that a checkpoint covers?
 *
 * compare_begin(), then compare_add() for each record that there is, in order,
 * up to and with the last one that is covered; compare_end() has the answer.
 */
#ifndef COMPARE_H
#define COMPARE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/hash.h"
#include "coverage.h"
#include "format/record.h"
#include "format/state.h"

struct comparing {
	const struct state_covered *c;
	uint64_t from;			/* the first record that there is */
	struct hash_stream *before, *block;
	bool last;			/* the last one was seen, and is it */
};

/* E_CRYPTO: what there is has to be freed all the same. @c is not copied. */
int compare_begin(struct comparing *cmp, const struct state_covered *c,
		  uint64_t from, struct error *err);
void compare_free(struct comparing *cmp);

/* Record @number; those before what is covered are ignored. E_CRYPTO. */
int compare_add(struct comparing *cmp, const struct record *rec,
		uint64_t number, struct error *err);

/*
 * Returns 0 if whatever can be told says that they are those; E_CHANGED;
 * E_CRYPTO. Of a block that is not whole there only its last record tells.
 * @coverage (NULL: none) is told of the covered bytes, if they were all there.
 */
int compare_end(struct comparing *cmp, struct coverage *coverage,
		struct error *err);

/* Is it the last record that is covered? */
bool compare_is_last(const struct state_covered *c, const struct record *rec);

/* E_CHANGED, with the records' numbers. */
int compare_changed(const struct state_covered *c, struct error *err);

#endif
