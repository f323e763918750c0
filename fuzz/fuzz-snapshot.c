// SPDX-License-Identifier: GPL-2.0-or-later
/* fuzz-snapshot.c - evmctl snapshot's actions over a store that is somebody's */
#include "evmctl-snapshot.h"
#include "view-args.h"
#include "words.h"

#define STORE "--shard-dir", "@shards", "--config", "@etc", "--run-dir", "@run"
#define LISTS STORE, "--ima-dir", "@ima", "--kernel", "copy", "--wait", "0"
#define CAT "cat", LISTS, "-o", "@out", "--format"

static const struct words lines[] = {
	{ NULL, { "check", STORE, "--ak", "@shards/ak" } },
	{ NULL, { "list", STORE } },
	{ NULL, { CAT, "cel-json" } }, { NULL, { CAT, "cel-tlv", "--to", "3" } },
	{ NULL, { CAT, "ascii", "--bank", "sha256", "--from", "3" } },
	{ NULL, { "export", LISTS, "--after", "2", "-o", "@out" } },
	{ NULL, { "export", LISTS, "--after", "0", "-o", "@out" } },
	{ NULL, { "clean", STORE, "--before", "3" } },
};

void fuzz_one(const uint8_t *bytes, size_t len)
{
	char *argv[ARGS_MAX + 1];
	size_t how = len ? *bytes % ROWS(lines) : 0;

	view_files(bytes + !!len, len - !!len);
	FUZZ_NEVER(evmctl_snapshot(words_argv("snapshot", lines, how, argv),
				   argv, 0) < 0);
}
