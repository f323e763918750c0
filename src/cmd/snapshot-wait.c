// SPDX-License-Identifier: GPL-2.0-or-later
/* snapshot-wait.c - evmctl snapshot wait: until there is a new shard */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/text.h"
#include "cmd/say.h"
#include "cmd/snapshot-verb.h"
#include "evmctl-snapshot.h"
#include "port/watch.h"
#include "shards.h"

/* The last record that is in a shard; 0 without a store, which is @absent. */
static int last_stored(const struct snapshot_args *args, uint64_t *ret,
		       bool *absent, struct error *err)
{
	struct store *st;
	int rc = store_open(&st, args->snapshot.shard_dir, err);

	*ret = 0;
	*absent = rc == E_ABSENT;
	if (rc)
		return rc == E_ABSENT ? E_OK : rc;
	*ret = store_last(st);
	store_close(st);
	return E_OK;
}

static long long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* @end: in now_ms(), -1: never. */
static int wait_for(const struct snapshot_args *args, struct watch *watch,
		    long long end, uint64_t *last, struct error *err)
{
	bool absent, said = false;
	int rc = last_stored(args, last, &absent, err);
	uint64_t after = args->has_after ? args->after : *last;

	while (!rc && *last <= after) {
		long long left = end < 0 ? -1 : end - now_ms();

		if (end >= 0 && left <= 0)
			return error_set(err, E_UNDECIDED,
					 "no shard has a record after %llu yet",
					 (unsigned long long)after);
		/* The first snapshot makes it; or its name is a wrong one. */
		if (absent && !said)
			say(SNAPSHOT_VERB, "warning: %s is not there yet, waiting for it",
			    args->snapshot.shard_dir);
		said = true;
		watch_wait(watch, left > INT_MAX ? INT_MAX : (int)left);
		rc = last_stored(args, last, &absent, err);
	}
	return rc;
}

static int check(const char *option, const char *value, uint64_t max,
		 uint64_t *ret)
{
	if (!value || (!number_parse(value, ret) && *ret <= max))
		return EVMCTL_OK;
	say(SNAPSHOT_VERB, "--%s: '%s' is not a number up to %llu", option,
	    value, (unsigned long long)max);
	return EVMCTL_USAGE;
}

static int wait_json(uint64_t last)
{
	bool made = true, *ok = &made;
	json_object *obj = put_object(ok);

	put_number(obj, "last", last, ok);
	return print_json(obj, made);
}

int snapshot_verb_wait(const struct snapshot_args *args)
{
	uint64_t seconds = 0, last = 0;
	struct error err = { 0 };
	struct watch *watch;
	int rc = check("timeout", args->timeout, 1000000000, &seconds);

	if (rc)
		return rc;
	rc = watch_new(&watch, args->snapshot.shard_dir, &err);
	if (!rc) {
		rc = wait_for(args, watch, args->timeout ?
			      now_ms() + 1000LL * (long long)seconds : -1,
			      &last, &err);
		watch_free(watch);
	}
	if (rc) {
		say_error(SNAPSHOT_VERB, &err);
		return exit_code(rc);
	}
	if (args->json)
		return wait_json(last);
	printf("%llu\n", (unsigned long long)last);
	return EVMCTL_OK;
}
