// SPDX-License-Identifier: GPL-2.0-or-later
/* fuzz-discarded.c - the marker of discarded shards, read, written, read */
#include <string.h>

#include "format/discarded.h"
#include "fuzz.h"

void fuzz_one(const uint8_t *bytes, size_t len)
{
	static struct discarded marker, again;
	struct error err = { 0 };
	char *text;
	size_t n;

	if (discarded_parse(bytes, len, &marker, &err)) {
		fuzz_error(&err);
		return;
	}
	if (discarded_write(&marker, &text, &n, &err))
		return;
	/* By chance it fails for want of memory, but never otherwise. */
	if (!discarded_parse((uint8_t *)text, n, &again, &err))
		FUZZ_NEVER(memcmp(&marker, &again, sizeof(again)));
	else
		FUZZ_NEVER(err.code == E_FORMAT || err.code == E_LIMIT);
	free(text);
}
