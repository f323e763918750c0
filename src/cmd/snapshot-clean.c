// SPDX-License-Identifier: GPL-2.0-or-later
/* snapshot-clean.c - evmctl snapshot clean */
#include <stdio.h>

#include "clean.h"
#include "cmd/say.h"
#include "cmd/snapshot-verb.h"
#include "evmctl-snapshot.h"

/* For programs, and for people. */
static const struct {
	const char *word, *text;
} outcomes[] = {
	[CLEANED_NOTHING] = { "none", "there are no shards" },
	[CLEANED] = { "cleared", NULL },
	[CLEAN_SAME_BOOT] = { "this-boot",
		"kept: the shards are of this boot" },
	[CLEAN_UNPROVEN] = { "unproven",
		"kept: it is not proven that the shards' boot is over" },
};

static void clean_json(const struct clean_result *r)
{
	json_object *obj = json_object_new_object();

	add_text(obj, "outcome", outcomes[r->outcome].word);
	add_number(obj, "shards", r->shards);
	add_number(obj, "cleared", r->outcome == CLEANED ? r->shards : 0);
	print_json(obj);
}

static void clean_text(const struct snapshot_args *args,
		       const struct clean_result *r)
{
	if (outcomes[r->outcome].text)
		printf("%s\n", outcomes[r->outcome].text);
	else
		printf("%s %zu shard%s\n",
		       args->snapshot.archive ? "archived" : "removed",
		       r->shards, r->shards == 1 ? "" : "s");
}

int snapshot_verb_clean(const struct snapshot_args *args)
{
	struct clean_result result;
	struct error err = { 0 };
	int rc;

	if (args->boot == args->all) {
		say(SNAPSHOT_VERB, "clean takes either --boot or --all");
		return EVMCTL_USAGE;
	}
	rc = snapshot_clean(&args->snapshot,
			    args->all ? CLEAN_ALL : CLEAN_BOOT, &result, &err);
	if (rc) {
		say_error(SNAPSHOT_VERB, &err);
		return exit_code(rc);
	}
	if (args->json)
		clean_json(&result);
	else
		clean_text(args, &result);
	if (result.this_boot)
		say(SNAPSHOT_VERB, "warning: they were of this boot, which cannot be verified from its beginning without them");
	return EVMCTL_OK;
}
