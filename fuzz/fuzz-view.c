// SPDX-License-Identifier: GPL-2.0-or-later
/* fuzz-view.c - shards, staged and current list as one, in each of its forms */
#include "fuzz.h"
#include "view-args.h"

void fuzz_one(const uint8_t *bytes, size_t len)
{
	const unsigned int how = len ? *bytes : 0;
	const struct stitch_options options = {
		.ima_dir = memory_path("ima"), .kernel = how % 4,
		.shard_dir = memory_path("shards"), .run_dir = memory_path("run")
	};
	struct error err = { 0 };
	struct view *v = NULL;

	view_files(bytes + !!len, len - !!len);
	if (view_new(&v, &options, &err))
		fuzz_error(&err);
	for (unsigned int i = 0; v && i < 2 * HASH_COUNT; i++) {
		const struct form form = { i & 1, i / 2 };

		view_walk(v, &form, how * 16);
	}
	view_free(v);
}
