// SPDX-License-Identifier: GPL-2.0-or-later
/* fuzz-chunk.c - a chunk: its line, its records, and the line written again */
#include <string.h>

#include "format/chunk.h"
#include "fuzz.h"

void fuzz_one(const uint8_t *bytes, size_t len)
{
	static struct chunk chunk, again;
	struct error err = { 0 };
	size_t line, n;
	char *text;

	if (chunk_parse(bytes, len, &chunk, &line, &err)) {
		fuzz_error(&err);
		return;
	}
	fuzz_chunk(&chunk, bytes + line, len - line);
	if (chunk_write(&chunk, &text, &n, &err))
		return;
	if (!chunk_parse((uint8_t *)text, n, &again, &line, &err))
		FUZZ_NEVER(line != n || memcmp(&chunk, &again, sizeof(again)));
	else
		FUZZ_NEVER(err.code == E_FORMAT || err.code == E_LIMIT);
	free(text);
}
