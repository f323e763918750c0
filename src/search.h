/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * search.h - where the target is looked for, the lists going on from the store
 * in one way
 */
#ifndef SEARCH_H
#define SEARCH_H

#include "course.h"

/*
 * The weightiest reason not to have verified is the one that is told. A
 * target that was not met contradicts only if nothing else hid it.
 */
enum { WEIGHT_NONE, WEIGHT_UNMET, WEIGHT_UNDECIDED, WEIGHT_CONTRADICTED };

/* E_CHANGED without words: they are found when all attempts are known. */
#define SEARCH_UNMET ""

/*
 * Look for the run's target from where its options say. 1: it was met, or what
 * the TPM has signed contradicts, and @v has it; 0: it was not, and @v has the
 * weightiest reason; less: a failure of ours.
 */
int search_target(struct run *run, struct verdict *v, struct error *err);

/*
 * Has the evidence lost records, where the clock does not say that the target
 * is behind them? Then it may be one of those that lead to it. @err: which.
 */
bool search_lost(struct run *run, struct error *err);

/* A reason not to have verified; kept if none as weighty is. */
void search_note(struct run *run, struct verdict *v, const struct error *why);

#endif
