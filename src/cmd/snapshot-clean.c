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

static int clean_json(const struct clean_result *r)
{
	bool made = true, *ok = &made;
	json_object *obj = put_object(ok);

	put_text(obj, "outcome", outcomes[r->outcome].word, ok);
	put_number(obj, "shards", r->shards, ok);
	put_number(obj, "cleared", r->outcome == CLEANED ? r->shards : 0, ok);
	return print_json(obj, made);
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

/* --- --before --- */

static int before_json(const struct retain_result *r)
{
	bool made = true, *ok = &made;
	json_object *obj = put_object(ok);

	put_text(obj, "outcome", r->discarded ? "discarded" :
		 r->unconfirmed ? "unconfirmed" : "none", ok);
	put_number(obj, "shards", r->shards, ok);
	put_number(obj, "cleared", r->discarded, ok);
	put_number(obj, "discarded", r->last, ok);
	return print_json(obj, made);
}

static void before_text(const struct retain_result *r)
{
	if (r->discarded)
		printf("discarded %zu shard%s (%llu bytes): records 1..%llu are gone\n",
		       r->discarded, r->discarded == 1 ? "" : "s",
		       (unsigned long long)r->bytes,
		       (unsigned long long)r->last);
	else if (!r->unconfirmed)
		printf("nothing to discard: no shard but the newest ends before that\n");
	if (r->unconfirmed)
		printf("kept: from record %llu on no hook has confirmed the shards\n",
		       (unsigned long long)r->unconfirmed);
}

static int clean_before(const struct snapshot_args *args)
{
	const struct config_value *v = args->settings.value;
	const struct retain_options how = {
		.before = args->before,
		.only_confirmed = v[SETTING_RETAIN_ONLY_AFTER_HOOK].number,
	};
	struct retain_result result;
	struct error err = { 0 };
	int rc;

	if (args->given[SETTING_ARCHIVE]) {
		say(SNAPSHOT_VERB, "--archive does not go with --before: what is discarded goes nowhere");
		return EVMCTL_USAGE;
	}
	rc = snapshot_retain(&args->snapshot, &how, &result, &err);
	if (rc) {
		say_error(SNAPSHOT_VERB, &err);
		return exit_code(rc);
	}
	if (args->json)
		rc = before_json(&result);
	else
		before_text(&result);
	if (result.discarded)
		say(SNAPSHOT_VERB, "warning: this boot cannot be verified from its beginning any more, only from record %llu on",
		    (unsigned long long)result.last + 1);
	return rc;
}

int snapshot_verb_clean(const struct snapshot_args *args)
{
	struct clean_result result;
	struct error err = { 0 };
	int rc;

	if (args->boot + args->all + !!args->before != 1) {
		say(SNAPSHOT_VERB, "clean takes one of --boot, --all and --before");
		return EVMCTL_USAGE;
	}
	if (args->before)
		return clean_before(args);
	rc = snapshot_clean(&args->snapshot,
			    args->all ? CLEAN_ALL : CLEAN_BOOT, &result, &err);
	if (rc) {
		say_error(SNAPSHOT_VERB, &err);
		return exit_code(rc);
	}
	if (args->json)
		rc = clean_json(&result);
	else
		clean_text(args, &result);
	if (result.this_boot)
		say(SNAPSHOT_VERB, "warning: they were of this boot, which cannot be verified from its beginning without them");
	return rc;
}
