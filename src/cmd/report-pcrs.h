/* SPDX-License-Identifier: GPL-2.0-or-later */
/* report-pcrs.h - which PCRs a verdict says less of than one might think */
#ifndef CMD_REPORT_PCRS_H
#define CMD_REPORT_PCRS_H

#include <stddef.h>
#include <stdint.h>

#include "format/json.h"
#include "measurement.h"
#include "quote.h"

/* "0,7,11"; what does not fit is left out. */
#define PCRS_TEXT_MAX (3 * PCR_COUNT)
void pcrs_text(char buf[PCRS_TEXT_MAX], uint32_t mask);

/* [0,7,11] */
json_object *pcrs_array(uint32_t mask, bool *ok);

/*
 * Quoted PCRs that were not compared with a replay, since no record that was
 * replayed extends them: of a VERIFIED verdict, else NULL or "".
 */
#define NOT_COMPARED_MAX (HASH_COUNT * (12 + PCRS_TEXT_MAX))
json_object *not_compared_json(const struct verdict *v, const struct quote *q,
			       bool *ok);
void not_compared_text(char buf[NOT_COMPARED_MAX], const struct verdict *v,
		       const struct quote *q);

#endif
