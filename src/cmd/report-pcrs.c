// SPDX-License-Identifier: GPL-2.0-or-later
/* report-pcrs.c - which PCRs a verdict says less of than one might think */
#include "cmd/report-pcrs.h"

#include <stdio.h>

void pcrs_text(char buf[PCRS_TEXT_MAX], uint32_t mask)
{
	size_t n = 0;

	buf[0] = '\0';
	for (; mask && n < PCRS_TEXT_MAX; mask &= mask - 1)
		n += (size_t)snprintf(buf + n, PCRS_TEXT_MAX - n, "%s%d",
				      n ? "," : "", __builtin_ctz(mask));
}

json_object *pcrs_array(uint32_t mask, bool *ok)
{
	json_object *array = put_array(ok);

	for (; mask && *ok; mask &= mask - 1) {
		json_object *n = json_object_new_int(__builtin_ctz(mask));

		if (!n || json_object_array_add(array, n) < 0) {
			json_object_put(n);
			*ok = false;
		}
	}
	return array;
}

static uint32_t not_compared(const struct verdict *v, const struct quote *q,
			     unsigned int id)
{
	uint32_t mask = 0;

	if (v->kind != VERIFIED)
		return 0;
	for (size_t i = 0; i < q->selection.count; i++)
		if (hash_by_tpm(q->selection.bank[i].alg) == (int)id)
			mask |= q->selection.bank[i].mask;
	return mask & ~(v->pcrs & v->values.bank[id].mask);
}

json_object *not_compared_json(const struct verdict *v, const struct quote *q,
			       bool *ok)
{
	json_object *obj = v->kind == VERIFIED ? put_object(ok) : NULL;

	for (unsigned int i = 0; i < HASH_COUNT && obj; i++) {
		uint32_t mask = not_compared(v, q, i);

		if (mask)
			put(obj, hash_row(i)->name, pcrs_array(mask, ok), ok);
	}
	return obj;
}

void not_compared_text(char buf[NOT_COMPARED_MAX], const struct verdict *v,
		       const struct quote *q)
{
	size_t n = 0;

	buf[0] = '\0';
	for (unsigned int i = 0; i < HASH_COUNT; i++) {
		uint32_t mask = not_compared(v, q, i);
		char pcrs[PCRS_TEXT_MAX];

		if (!mask)
			continue;
		pcrs_text(pcrs, mask);
		n += (size_t)snprintf(buf + n, NOT_COMPARED_MAX - n,
				      "%s%s:%s", n ? " " : "",
				      hash_row(i)->name, pcrs);
	}
}
