// SPDX-License-Identifier: GPL-2.0-or-later
/* clean.c - shards that are no longer wanted: removed, or archived */
#include "clean.h"

#include <string.h>

#include "port/host.h"
#include "take.h"
#include "waiting.h"

/* The outcome says all that there is to be said. */
static void tell_nobody(void *ctx, enum snapshot_note note, const char *name,
			const struct error *why)
{
	(void)ctx;
	(void)note;
	(void)name;
	(void)why;
}

/* A store that is not there is not to be made. */
static int is_there(const struct snapshot_options *options, bool *ret,
		    struct error *err)
{
	struct store *st;
	int rc = store_open(&st, options->shard_dir, err);

	*ret = !rc;
	if (rc)
		return rc == E_ABSENT ? E_OK : rc;
	store_close(st);
	return E_OK;
}

static int clean_boot(struct take *t, struct clean_result *ret,
		      struct error *err)
{
	int rc = take_open_store(t, err);

	if (rc || !t->last)
		return rc;
	ret->shards = store_count(t->store);
	ret->outcome = CLEAN_SAME_BOOT;
	/* Then nothing has to be proven, and no TPM is asked. */
	if (!strcmp(t->last->boot_id, t->boot_id))
		return E_OK;
	rc = take_look(t, err);
	if (!rc)
		ret->outcome = t->last ? CLEAN_UNPROVEN : CLEANED;
	return rc;
}

/* Not through take_open_store(): a damaged store is to be cleaned, too. */
static int clean_all(struct take *t, struct clean_result *ret,
		     struct error *err)
{
	const struct snapshot_options *o = t->opt;
	int rc = store_open_write(&t->store, o->shard_dir, o->group, o->wait,
				  err);

	if (rc)
		return rc;
	ret->shards = store_count(t->store);
	if (ret->shards &&
	    !host_boot_id(o->ima_dir, t->boot_id, NULL) &&
	    !snapshot_newest(o, t->store, t->next, NULL))
		ret->this_boot = !strcmp(t->next->boot_id, t->boot_id);
	rc = store_clear(t->store, o->archive, err);
	if (!rc && ret->shards)
		ret->outcome = CLEANED;
	return rc;
}

int snapshot_clean(const struct snapshot_options *options,
		   enum clean_what what, struct clean_result *ret,
		   struct error *err)
{
	struct clean_result result = { .outcome = CLEANED_NOTHING };
	struct take t;
	bool there;
	int rc = is_there(options, &there, err);

	if (!rc && there) {
		rc = take_start(&t, options, tell_nobody, NULL, err);
		if (!rc)
			rc = what == CLEAN_ALL ? clean_all(&t, &result, err) :
						 clean_boot(&t, &result, err);
		if (!rc && result.outcome == CLEANED)
			cache_drop(options->run_dir, t.store);
		take_release(&t);
	}
	if (!rc)
		*ret = result;
	return rc;
}
