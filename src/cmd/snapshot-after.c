// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * snapshot-after.c - what a take does once it is done: hooks, and retention
 *
 * By then the lists are closed and the store's lock is released. Whatever goes
 * wrong is said, and changes nothing of what the take has come to. Hooks keep
 * what the take gives up: a process of their own waits from the start.
 */
#include <stdio.h>

#include "cmd/say.h"
#include "cmd/snapshot-verb.h"

#define TIMEOUT_MAX 86400	/* seconds */

static void tell(void *ctx, uint64_t first, uint64_t last,
		 const struct error *why)
{
	char line[ERROR_LINE_MAX];

	(void)ctx;
	error_line(why, line, sizeof(line));
	say(SNAPSHOT_VERB, "warning: hook for records %llu..%llu: %s",
	    (unsigned long long)first, (unsigned long long)last, line);
}

static void warn(const char *what, const struct error *err)
{
	char line[ERROR_LINE_MAX];

	error_line(err, line, sizeof(line));
	say(SNAPSHOT_VERB, "warning: %s: %s", what, line);
}

void after_start(const struct snapshot_args *args, struct after *ret)
{
	const struct config_value *v = args->settings.value;
	const struct hooks_options hooks = {
		.shard_dir = args->snapshot.shard_dir,
		.dir = setting_text(&args->settings, SETTING_HOOK_DIR),
		.timeout = v[SETTING_HOOK_TIMEOUT].number < TIMEOUT_MAX ?
			   (unsigned int)v[SETTING_HOOK_TIMEOUT].number :
			   TIMEOUT_MAX,
	};

	hooks_apart_start(&ret->apart, &hooks, tell, NULL);
}

void after_end(struct after *a)
{
	hooks_apart_end(&a->apart);
}

void snapshot_after(const struct snapshot_args *args, struct after *ret)
{
	const struct config_value *v = args->settings.value;
	const struct retain_options retain = {
		.bytes = v[SETTING_RETAIN_BYTES].number,
		.only_confirmed = v[SETTING_RETAIN_ONLY_AFTER_HOOK].number,
	};
	struct error err = { 0 };
	int rc = hooks_apart_run(&ret->apart, &ret->hooks, &err);

	if (rc)
		warn("no hook was run", &err);
	if (!retain.bytes)
		return;
	rc = snapshot_retain(&args->snapshot, &retain, &ret->retain, &err);
	/* What the newest records lack has been said already. */
	if (rc && rc != E_UNDECIDED)
		warn("nothing was discarded", &err);
}

void after_text(const struct after *a)
{
	if (a->retain.discarded)
		printf("discarded %zu shard%s (%llu bytes) over retain_bytes: records 1..%llu are gone\n",
		       a->retain.discarded, a->retain.discarded == 1 ? "" : "s",
		       (unsigned long long)a->retain.bytes,
		       (unsigned long long)a->retain.last);
}

void after_json(const struct after *a, json_object *to, bool *ok)
{
	json_object *obj = NULL;

	if (a->hooks.hooks) {
		obj = put_object(ok);
		put_number(obj, "run", a->hooks.run, ok);
		put_number(obj, "failed", a->hooks.failed, ok);
		put_number(obj, "confirmed", a->hooks.confirmed, ok);
	}
	put_maybe(to, "hooks", obj, ok);
	put_number(to, "discarded", a->retain.discarded ? a->retain.last : 0, ok);
}
