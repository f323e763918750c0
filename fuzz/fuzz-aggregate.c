// SPDX-License-Identifier: GPL-2.0-or-later
/* fuzz-aggregate.c - a shard's .json: what was read is written and read again */
#include <string.h>

#include "format/aggregate.h"
#include "fuzz.h"

void fuzz_one(const uint8_t *bytes, size_t len)
{
	static struct aggregate agg, again;
	struct error err = { 0 };
	char *text;
	size_t n;

	if (aggregate_parse(bytes, len, &agg, &err)) {
		fuzz_error(&err);
		return;
	}
	if (aggregate_write(&agg, &text, &n, &err))
		return;
	/* By chance it fails for want of memory, but never otherwise. */
	if (!aggregate_parse((uint8_t *)text, n, &again, &err))
		FUZZ_NEVER(memcmp(&agg, &again, sizeof(agg)));
	else
		FUZZ_NEVER(err.code == E_FORMAT || err.code == E_LIMIT);
	free(text);
}
