// SPDX-License-Identifier: GPL-2.0-or-later
/* fuzz-record.c - a list: its records, their fields, lines and extends */
#include "fuzz.h"
#include "port/list.h"

void fuzz_one(const uint8_t *bytes, size_t len)
{
	unsigned int how = len ? bytes[0] : 0;
	struct part p = part_rest(bytes + !!len, len - !!len);

	fuzz_list(&p, how & LIST_CANONICAL, how & 2);
	free(p.bytes);
}
