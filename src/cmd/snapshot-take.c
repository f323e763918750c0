// SPDX-License-Identifier: GPL-2.0-or-later
/* snapshot-take.c - evmctl snapshot take */
#include <stdio.h>

#include "cmd/say.h"
#include "cmd/snapshot-verb.h"
#include "evmctl-snapshot.h"
#include "port/confine.h"
#include "port/kernel.h"
#include "waiting.h"

static void tell(void *ctx, enum snapshot_note note, const char *name,
		 const struct error *why)
{
	(void)ctx;
	switch (note) {
	case NOTE_ADOPTED:
		say(SNAPSHOT_VERB, "finished a shard that an earlier run left without its aggregate");
		break;
	case NOTE_SET_ASIDE:
		say(SNAPSHOT_VERB, "warning: records of an unfinished shard fit nowhere, kept as %s: %s",
		    name, why->reason);
		break;
	case NOTE_NEW_BOOT:
		say(SNAPSHOT_VERB, "the shards' boot is over: they were cleared");
		break;
	case NOTE_NOT_DELETED:
		say(SNAPSHOT_VERB, "warning: stored, but the kernel keeps it (%s): %s",
		    name, why->reason);
		break;
	case NOTE_FOREIGN:
		say(SNAPSHOT_VERB, "warning: PCR %s is extended by others too", name);
		break;
	case NOTE_NO_TPM:
		say(SNAPSHOT_VERB, "warning: taken without a TPM to compare with: %s",
		    why->reason);
		break;
	case NOTE_UNPARSED:
		say(SNAPSHOT_VERB, "warning: the list is malformed; whole records were stored, the rest is kept beside them");
		break;
	}
}

static int take_json(const struct snapshot_result *r, const struct after *a)
{
	bool made = true, *ok = &made;
	json_object *obj = put_object(ok);

	put_number(obj, "shards", r->shards, ok);
	put_number(obj, "records", r->shards ? r->last - r->first + 1 : 0, ok);
	if (r->shards) {
		put_number(obj, "first", r->first, ok);
		put_number(obj, "last", r->last, ok);
	}
	put_number(obj, "bytes", r->bytes, ok);
	put_matched(obj, r->matched, ok);
	after_json(a, obj, ok);
	return print_json(obj, made);
}

static void take_text(const struct snapshot_result *r)
{
	if (!r->shards) {
		printf("nothing new: no shard was made\n");
		return;
	}
	printf("took records %llu..%llu (%llu bytes) into %u shard%s; TPM: %s\n",
	       (unsigned long long)r->first, (unsigned long long)r->last,
	       (unsigned long long)r->bytes, r->shards,
	       r->shards == 1 ? "" : "s",
	       r->tpm ? matched_text(r->matched) : "none");
}

/* --- --if-over --- */

/*
 * Whether as much waits as was asked for, of records or of bytes; without
 * either, a snapshot is always due. Reading comes last, if at all.
 */
static int is_due(const struct snapshot_args *args, struct waiting *w,
		  bool *due, struct error *err)
{
	const struct config_value *v = args->settings.value;
	uint64_t records = v[SETTING_SNAPSHOT_RECORDS].number;
	uint64_t bytes = v[SETTING_SNAPSHOT_BYTES].number;
	int rc = E_OK;

	*due = !records && !bytes;
	if (records) {
		rc = snapshot_waiting(&args->snapshot, NULL, 0, w, err);
		*due = !rc && w->records >= records;
	}
	if (!rc && !*due && bytes) {
		rc = snapshot_waiting(&args->snapshot, NULL, bytes, w, err);
		*due = !rc && w->bytes >= bytes;
	}
	return rc;
}

/* The keys of take_json(), so that one reader does for both. */
static int not_due_json(const struct waiting *w)
{
	bool made = true, *ok = &made;
	json_object *obj = put_object(ok);

	put_number(obj, "shards", 0, ok);
	put_number(obj, "records", 0, ok);
	put_number(obj, "bytes", 0, ok);
	put_null(obj, "matched", ok);
	put_bool(obj, "due", false, ok);
	put_number(obj, "waiting", w->records, ok);
	return print_json(obj, made);
}

static int not_due(const struct snapshot_args *args, const struct waiting *w)
{
	if (args->json)
		return not_due_json(w);
	printf("nothing is due: %llu record%s waiting\n",
	       (unsigned long long)w->records,
	       w->records == 1 ? " is" : "s are");
	return EVMCTL_OK;
}

/* On a copy kernel all of the list passes, of which most is stored already. */
static struct progress *start_progress(const struct snapshot_args *args)
{
	struct progress *p = progress_start("snapshot take", args->progress);
	uint64_t n = 0;

	if (p && !kernel_count(args->snapshot.ima_dir, &n, NULL))
		progress_begin(p, n);
	return p;
}

static int take(const struct snapshot_args *args, struct after *after)
{
	struct snapshot_options options = args->snapshot;
	struct snapshot_result result;
	struct error err = { 0 };
	bool tell_result;
	int rc;

	options.progress = start_progress(args);
	rc = snapshot_take(&options, tell, NULL, &result, &err);
	progress_stop();
	tell_result = !rc || result.shards;
	if (tell_result && !args->json)
		take_text(&result);
	if (rc)
		say_error(SNAPSHOT_VERB, &err);
	/* Hooks may take a minute, and whoever waits wants to know by now. */
	fflush(stdout);
	snapshot_after(args, after);
	if (!args->json)
		after_text(after);
	else if (tell_result && take_json(&result, after))
		return EVMCTL_FAILED;
	return exit_code(rc);
}

static int take_if_due(const struct snapshot_args *args, struct after *after)
{
	struct waiting waiting = { 0 };
	struct error err = { 0 };
	bool due = true;
	int rc = args->if_over ? is_due(args, &waiting, &due, &err) : E_OK;

	if (rc) {
		say_error(SNAPSHOT_VERB, &err);
		return exit_code(rc);
	}
	return due ? take(args, after) : not_due(args, &waiting);
}

int snapshot_verb_take(const struct snapshot_args *args)
{
	struct after after = { 0 };
	int rc;

	if (args->quote != (args->snapshot.ak_handle != 0)) {
		say(SNAPSHOT_VERB, "--quote and --ak-handle go together");
		return EVMCTL_USAGE;
	}
	after_start(args, &after);
	snapshot_confine(args, CONFINE_FILES | CONFINE_STORE | CONFINE_TPM);
	rc = take_if_due(args, &after);
	after_end(&after);
	return rc;
}
