// SPDX-License-Identifier: GPL-2.0-or-later
/* fuzz-store.c - a directory of shards whose names, too, are somebody's */
#include "check.h"
#include "fuzz.h"

static void tell(void *ctx, const struct checked *c)
{
	(void)ctx;
	if (c->rc || c->quoted)
		fuzz_error(c->rc ? &c->why : &c->quoted_why);
}

void fuzz_one(const uint8_t *bytes, size_t len)
{
	struct part ak = part_take(&bytes, &len);
	const struct quote_blob key = { ak.bytes, ak.len, "ak" };
	static struct discarded marker;
	struct store *st = NULL;
	struct error err = { 0 };

	memory_files("shards", bytes, len);
	if (store_open(&st, memory_path("shards"), &err) ||
	    check_store(st, ak.len ? &key : NULL, tell, NULL, NULL,
			&err) ||
	    store_marker(st, &marker, &err))
		fuzz_error(&err);
	store_close(st);
	free(ak.bytes);
}
