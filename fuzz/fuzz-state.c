// SPDX-License-Identifier: GPL-2.0-or-later
/* fuzz-state.c - what a verifier remembers; the input lacks the seal */
#include <string.h>

#include "base/text.h"
#include "format/state.h"
#include "fuzz.h"

void fuzz_one(const uint8_t *bytes, size_t len)
{
	static const struct state_key keys[] = { { (const uint8_t *)"k", 1 } };
	const struct state_key *key = len && bytes[0] & 1 ? keys : NULL;
	struct part p = part_rest(bytes + !!len, len - !!len);
	static struct state state, again;
	struct error err = { 0 };
	char *text = NULL;

	/* As it is, and under the seal that it should have. */
	if (state_parse(p.bytes, p.len, key, &state, &err))
		fuzz_error(&err);
	fuzz_seal(&p, key ? "k" : NULL);
	if (state_parse(p.bytes, p.len, key, &state, &err))
		fuzz_error(&err);
	else if (!state_write(&state, key, &text, &len, &err) &&
		 !state_parse((uint8_t *)text, len, key, &again, &err))
		FUZZ_NEVER(memcmp(&state, &again, sizeof(state)));
	free(text);
	free(p.bytes);
}
