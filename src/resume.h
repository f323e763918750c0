/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * resume.h - where the evidence goes on from a checkpoint
 */
#ifndef RESUME_H
#define RESUME_H

#include "align.h"
#include "base/error.h"
#include "coverage.h"
#include "format/state.h"
#include "measurement.h"

/* The segment of the evidence in which the record after @at is. */
size_t resume_segment(const struct evidence *ev,
		      const struct state_proven *at);

/*
 * Places in the lists at which the replay goes on: after record @at->record,
 * or after the store where that is behind it. Whatever the evidence still has
 * of what @at covers must be those bytes. As the record before them tells
 * little where records repeat, there may be several places; there may be none.
 *
 * @coverage (NULL: none) is told of the covered bytes, where they are there.
 *
 * Returns 0, or what is wrong with the evidence: E_CHANGED, the bytes before
 * the checkpoint are not those that were proven, or there are fewer; E_GAP,
 * the records after it are missing; or an error reading the store.
 */
int resume_places(const struct evidence *ev, const struct state_proven *at,
		  struct alignment *ret, struct coverage *coverage,
		  struct error *err);

#endif
