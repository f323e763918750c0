// SPDX-License-Identifier: GPL-2.0-or-later
/* fuzz-cache.c - what a snapshot leaves to the next; the input lacks of what */
#include <string.h>

#include "cache.h"
#include "fault.h"
#include "fuzz.h"

void fuzz_one(const uint8_t *bytes, size_t len)
{
	static struct cache cache, again;
	struct part none = part_room(0);
	struct store *st = NULL;

	memory_file("shards/000000000001-000000000002.json", &none);
	if (!store_open(&st, memory_path("shards"), NULL) &&
	    fuzz_cache(st, "run", bytes, len) &&
	    cache_load(memory_path("run"), st, &cache)) {
		cache_save(memory_path("run"), st, &cache);
		cache_load(memory_path("run"), st, &again);
		FUZZ_NEVER(memcmp(&cache.last, &again.last, sizeof(again.last))
			   && !fault_failed(FAULT_ANY));
		free(again.last_raw);
		free(cache.last_raw);
	}
	store_close(st);
	free(none.bytes);
}
