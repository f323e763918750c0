// SPDX-License-Identifier: GPL-2.0-or-later
/* fuzz-config.c - shards.conf, a drop-in, and the same on the command line */
#include "cmd/settings.h"
#include "fuzz.h"

void fuzz_one(const uint8_t *bytes, size_t len)
{
	struct part conf = part_take(&bytes, &len);
	struct part drop_in = part_take(&bytes, &len);
	struct part given = part_rest(bytes, len);
	const char *all[SETTINGS] = { NULL };
	struct settings s = { 0 };
	struct error err = { 0 };

	memory_file("shards.conf", &conf);
	memory_file("shards.conf.d/50.conf", &drop_in);
	if (given.len)
		all[given.bytes[0] % SETTINGS] = (char *)given.bytes + 1;
	if (settings_load(&s, memory_path(""), all, &err))
		fuzz_error(&err);
	settings_free(&s);
	free(conf.bytes);
	free(drop_in.bytes);
	free(given.bytes);
}
