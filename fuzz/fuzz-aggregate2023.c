// SPDX-License-Identifier: GPL-2.0-or-later
/* fuzz-aggregate2023.c - the text of a snapshot_aggregate record */
#include <string.h>

#include "format/aggregate2023.h"
#include "fuzz.h"

void fuzz_one(const uint8_t *bytes, size_t len)
{
	static const char head[] = "\x0d\0\0\0sha1:\0\0\0\0\0\0\0\0"
		"\x13\0\0\0snapshot_aggregate";
	static const struct list_layout layout = { .digest_size = 20 };
	struct part p = part_room(len + sizeof(head) + 4);
	struct record rec = { .pcr = 10, .name = "ima-buf", .name_len = 7,
			      .data = p.bytes, .data_len = p.len };
	static struct aggregate2023 agg;
	struct error err = { 0 };
	uint32_t n = (uint32_t)len;

	memcpy(p.bytes, head, sizeof(head));
	for (int i = 0; i < 4; i++)
		p.bytes[sizeof(head) + (size_t)i] = (uint8_t)(n >> 8 * i);
	if (len)
		memcpy(p.bytes + sizeof(head) + 4, bytes, len);
	if (aggregate2023_parse(&rec, &layout, &agg, &err))
		fuzz_error(&err);
	FUZZ_NEVER(!aggregate2023_is(&rec, &layout));
	free(p.bytes);
}
