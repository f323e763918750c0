// SPDX-License-Identifier: GPL-2.0-or-later
/* fuzz-ascii.c - a list in the kernel's ASCII form */
#include "fuzz.h"
#include "port/list.h"

void fuzz_one(const uint8_t *bytes, size_t len)
{
	struct part p = part_rest(bytes, len);

	fuzz_list(&p, LIST_TEXT, false);
	free(p.bytes);
}
