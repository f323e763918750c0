// SPDX-License-Identifier: GPL-2.0-or-later
/* fuzz-keylime.c - a quote as Keylime's agents send it */
#include "format/keylime.h"
#include "fuzz.h"

void fuzz_one(const uint8_t *bytes, size_t len)
{
	struct part p = part_rest(bytes, len);
	struct keylime_quote q = { { NULL }, { 0 } };
	struct error err = { 0 };

	keylime_is_quote((char *)p.bytes);
	if (keylime_parse((char *)p.bytes, p.len, &q, &err))
		fuzz_error(&err);
	keylime_free(&q);
	free(p.bytes);
}
