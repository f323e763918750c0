/* SPDX-License-Identifier: GPL-2.0-or-later */
/* report.h - a verdict in words, and as JSON */
#ifndef CMD_REPORT_H
#define CMD_REPORT_H

#include <stdbool.h>

#include "cmd/state-options.h"
#include "measurement.h"
#include "policy.h"
#include "port/imasig.h"
#include "quote.h"

/* File signatures in the proven records, by result. */
struct signatures {
	bool judged;
	uint64_t count[IMASIG_RESULTS];
};

struct report {
	const struct verdict *verdict;
	const struct quote *quote;	/* NULL: no quote was judged */
	size_t shards;
	const struct signatures *signatures;	/* or NULL */
	const struct policy *policy;
	const struct policy_answer *answers;	/* POLICY_RULES */
	const struct remembered *remembered;	/* or NULL */
};

/* Exactly one JSON object and a newline on stdout. */
bool report_json(const struct report *r);	/* false: out of memory */

/* A few lines on stdout. */
void report_text(const struct report *r);

/* The lines that evmctl prints on stderr, which scripts look for. */
void report_classic(const struct report *r);

/* Warnings about what a verdict does not say, on stderr. */
void report_warnings(const struct report *r);

/* "equal", "not equal" or "not compared" */
const char *bank_result(const struct verdict_bank *b);

int report_exit_code(const struct verdict *v);

#endif
