/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * policy.h - questions that a verifier asks of what was proven
 *
 * A function of facts: it looks at nothing, and can only take from a verdict,
 * never add to it.
 */
#ifndef POLICY_H
#define POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "measurement.h"

enum policy_rule {
	POLICY_BOOT,		/* nothing but a start at boot will do */
	POLICY_QUOTE,		/* nothing but a quote will do */
	POLICY_VIOLATION,	/* no violation */
	POLICY_SIGNATURE,	/* no file signature that does not hold */
	POLICY_TAIL,		/* few records behind the target */
	POLICY_RULES
};

struct policy {
	bool asked[POLICY_RULES];
	uint64_t max_tail;	/* records, with POLICY_TAIL */
};

/* What the rules look at; all but the first only where that is true. */
struct policy_facts {
	bool proven;			/* a replay met the target */
	enum start_from from;
	enum start_trust trust;
	uint64_t first, last;		/* the records proven */
	bool quote;			/* the target was a quote */
	/* With those of a checkpoint, so to speak from record 1 on: */
	uint64_t counted_from, violations;
	bool judged, judged_before;	/* signatures, of which */
	uint64_t bad, no_key;
	uint64_t tail, trailing_bytes;	/* behind the target */
};

enum policy_result {
	POLICY_NOT_ASKED,
	POLICY_MET,
	POLICY_NOT_EXAMINED,	/* nothing was proven */
	POLICY_UNDECIDED,
	POLICY_FAILED
};

struct policy_answer {
	enum policy_result result;
	struct error why;	/* of the last two */
};

/*
 * The facts of a verdict as it left measurement_verify(). Of a checkpoint what
 * it has counted counts too: a run that accepted it may have asked for less.
 * @before (NULL: none) is as it was before the verdict.
 */
struct policy_facts policy_facts(const struct verdict *v, bool quote,
				 const struct state_proven *before);

/*
 * Answer each rule that was asked. What is found fails, whatever the start;
 * that nothing is found says something only where nothing was skipped: from
 * boot, or from a checkpoint with what was found before it; file signatures
 * only if they were judged there.
 */
void policy_judge(const struct policy *p, const struct policy_facts *facts,
		  struct policy_answer ret[POLICY_RULES]);

/*
 * The verdict that is left: a rule that failed contradicts, one that is
 * undecided leaves a verified verdict undecided. @v keeps a reason that it
 * has for not being verified.
 */
void policy_apply(const struct policy_answer answer[POLICY_RULES],
		  struct verdict *v);

#endif
