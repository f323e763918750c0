// SPDX-License-Identifier: GPL-2.0-or-later
/* snapshot-list.c - evmctl snapshot list */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cmd/say.h"
#include "cmd/snapshot-verb.h"
#include "evmctl-snapshot.h"
#include "shards.h"

static void shard_text(size_t number, const struct aggregate *a)
{
	char taken[4 * sizeof(a->taken)], how[4 * sizeof(a->how)];

	text_escape(taken, sizeof(taken), a->taken, strlen(a->taken));
	text_escape(how, sizeof(how), a->how, strlen(a->how));
	printf("%5zu  %12llu..%-12llu %8llu %10llu  %-20s  %-5s  %s%s\n",
	       number, (unsigned long long)a->first,
	       (unsigned long long)a->last,
	       (unsigned long long)(a->last - a->first + 1),
	       (unsigned long long)a->bytes, taken, how,
	       a->tpm.present ? matched_text(a->tpm.matched) : "no TPM",
	       a->gap.present ? ", after a gap" : "");
}

/* Without reading them: "check" does that. */
static int check_size(const struct store *st, size_t i,
		      const struct aggregate *agg, struct error *err)
{
	const struct shard *s = store_shard(st, i);
	uint64_t bytes;
	int rc = store_size(st, i, &bytes, err);

	if (rc || bytes == agg->bytes)
		return rc;
	rc = error_set(err, E_CHANGED,
		       "has %llu bytes, its aggregate says %llu",
		       (unsigned long long)bytes,
		       (unsigned long long)agg->bytes);
	error_subject(err, "%s/%012llu-%012llu.ima", store_path(st),
		      (unsigned long long)s->first,
		      (unsigned long long)s->last);
	return rc;
}

/* In words where @ok is NULL. */
static int list_one(const struct store *st, size_t i, json_object *json,
		    struct aggregate *agg, bool *ok)
{
	struct error err = { 0 };
	int rc = store_aggregate(st, i, agg, NULL, &err);

	if (!rc) {
		if (ok)
			put_item(json, shard_json(agg, ok), ok);
		else
			shard_text(i + 1, agg);
		rc = store_check_prev(st, i, agg, &err);
	}
	if (!rc)
		rc = check_size(st, i, agg, &err);
	if (rc) {
		say_error(SNAPSHOT_VERB, &err);
		return exit_code(rc);
	}
	rc = store_follows(st, i, &err);
	if (rc)
		say_error(SNAPSHOT_VERB, &err);
	return exit_code(rc);
}

/* What is not here any more, and what is left of it. */
static int list_marker(const struct store *st, json_object *json, bool *ok)
{
	struct discarded *d = malloc(sizeof(*d));
	struct error err = { 0 };
	char taken[4 * sizeof(d->taken)];
	int rc;

	if (!d)
		return EVMCTL_FAILED;
	rc = store_marker(st, d, &err);
	if (rc) {
		say_error(SNAPSHOT_VERB, &err);
	} else if (ok) {
		put_number(json, "last", d->last, ok);
		put_text(json, "taken", d->taken, ok);
	} else {
		text_escape(taken, sizeof(taken), d->taken, strlen(d->taken));
		printf("%5s  %12d..%-12llu %8llu %10s  %-20s  discarded\n", "-",
		       1, (unsigned long long)d->last,
		       (unsigned long long)d->last, "-", taken);
	}
	free(d);
	return exit_code(rc);
}

static int worse(int a, int b)
{
	/* A contradiction says more than a gap. */
	return b && (!a || b < a || b == EVMCTL_FAILED) ? b : a;
}

static int list_all(const struct store *st, json_object *json, bool *ok)
{
	struct aggregate *agg = malloc(sizeof(*agg));
	int worst = EVMCTL_OK;

	if (!agg) {
		say(SNAPSHOT_VERB, "out of memory");
		return EVMCTL_FAILED;
	}
	for (size_t i = 0; i < store_count(st); i++)
		worst = worse(worst, list_one(st, i, json, agg, ok));
	free(agg);
	return worst;
}

/* Of a marker that cannot be read nothing is known, but that it is there. */
static int list_json(json_object *shards, json_object *gone, bool made)
{
	bool *ok = &made;
	json_object *top = put_object(ok);

	put(top, "shards", shards, ok);
	if (gone)
		put(top, "discarded", gone, ok);
	return print_json(top, made);
}

int snapshot_verb_list(const struct snapshot_args *args)
{
	json_object *json = NULL, *gone = NULL;
	bool made = true, *ok = args->json ? &made : NULL;
	struct error err = { 0 };
	struct store *st;
	int rc = store_open(&st, args->snapshot.shard_dir, &err);

	if (rc) {
		say_error(SNAPSHOT_VERB, &err);
		return EVMCTL_FAILED;
	}
	if (args->json)
		json = put_array(ok);
	else if (store_count(st))
		printf("%5s  %12s  %-12s %8s %10s  %-20s  %-5s  %s\n", "shard",
		       "first", "last", "records", "bytes", "taken", "how",
		       "TPM");
	else
		printf("no shards in %s\n", args->snapshot.shard_dir);
	if (store_discarded(st)) {
		if (args->json)
			gone = put_object(ok);
		rc = list_marker(st, gone, ok);
	}
	rc = worse(rc, list_all(st, json, ok));
	if (args->json)
		rc = worse(rc, list_json(json, gone, made));
	store_close(st);
	return rc;
}
