// SPDX-License-Identifier: GPL-2.0-or-later
/* snapshot-check.c - evmctl snapshot check */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "check.h"
#include "cmd/say.h"
#include "cmd/snapshot-verb.h"
#include "evmctl-snapshot.h"
#include "port/file.h"

#define AK_MAX (64U << 10)

struct checking {
	json_object *json;	/* NULL: text */
	int worst;		/* exit code */
	uint64_t from;		/* the chain goes on without a break since */
	/* The last stretch whose end a quote proves; 0: none. */
	uint64_t quoted_from, quoted_to;
};

static void note(struct checking *c, int rc)
{
	int code = exit_code(rc);

	/* A contradiction says more than a gap. */
	if (code && (!c->worst || code < c->worst))
		c->worst = code;
}

static const char *quoted_word(const struct checked *c)
{
	if (!c->agg || !c->agg->quote.present)
		return "no";
	if (!c->quoted)
		return "good";
	return c->quoted == E_ABSENT ? "unchecked" : "bad";
}

static void tell_json(struct checking *c, const struct shard *s,
		      const struct checked *k)
{
	json_object *obj = json_object_new_object();
	char line[ERROR_LINE_MAX];

	add_number(obj, "first", s->first);
	add_number(obj, "last", s->last);
	add_text(obj, "result", k->rc ? (exit_code(k->rc) ==
					 EVMCTL_CONTRADICTED ? "contradicted" :
					 "undecided") : "good");
	error_line(&k->why, line, sizeof(line));
	add_text(obj, "reason", k->rc ? line : NULL);
	add_text(obj, "quote", quoted_word(k));
	json_object_array_add(c->json, obj);
}

static void tell_text(const struct store *st, const struct checked *k)
{
	const struct shard *s = store_shard(st, k->shard);
	char line[ERROR_LINE_MAX] = "";

	if (k->rc)
		error_line(&k->why, line, sizeof(line));
	else if (k->quoted && k->quoted != E_ABSENT)
		error_line(&k->quoted_why, line, sizeof(line));
	printf("%5zu  %12llu..%-12llu  %-12s  quote: %s%s%s\n", k->shard + 1,
	       (unsigned long long)s->first, (unsigned long long)s->last,
	       !k->rc ? "good" : exit_code(k->rc) == EVMCTL_CONTRADICTED ?
	       "contradicted" : "undecided", quoted_word(k),
	       line[0] ? "  " : "", line);
}

struct telling {
	struct checking *checking;
	const struct store *st;
};

static void tell(void *ctx, const struct checked *k)
{
	struct telling *t = ctx;
	const struct shard *s = store_shard(t->st, k->shard);
	struct checking *c = t->checking;

	if (c->json)
		tell_json(c, s, k);
	else
		tell_text(t->st, k);
	/* What is behind a gap says nothing of what is before it. */
	if (!c->from ||
	    (k->agg && (k->agg->gap.present || k->agg->unanchored))) {
		if (c->from)
			note(c, E_GAP);
		c->from = s->first;
	}
	note(c, k->rc);
	if (k->quoted != E_ABSENT)
		note(c, k->quoted);
	/* Nor does what is behind a shard that could not be replayed. */
	if (k->rc) {
		c->from = s->last + 1;
	} else if (!k->quoted) {
		c->quoted_from = c->from;
		c->quoted_to = s->last;
	}
}

static bool contradicted(const struct checking *c)
{
	return c->worst == EVMCTL_CONTRADICTED;
}

static int check(const struct snapshot_args *args, const struct store *st,
		 const struct quote_blob *ak)
{
	struct checking c = { 0 };
	struct telling t = { &c, st };
	struct error err = { 0 };
	json_object *top;
	int rc;

	if (args->json)
		c.json = json_object_new_array();
	rc = check_store(st, ak, tell, &t, &err);
	if (rc)
		say_error(SNAPSHOT_VERB, &err);
	if (c.json) {
		top = json_object_new_object();
		json_object_object_add(top, "shards", c.json);
		add_number(top, "quoted_from",
			   contradicted(&c) ? 0 : c.quoted_from);
		add_number(top, "quoted_to",
			   contradicted(&c) ? 0 : c.quoted_to);
		print_json(top);
	} else if (c.quoted_to && !contradicted(&c)) {
		printf("records %llu..%llu lead to PCR values that the AK has signed\n",
		       (unsigned long long)c.quoted_from,
		       (unsigned long long)c.quoted_to);
	}
	return rc ? EVMCTL_FAILED : c.worst;
}

int snapshot_verb_check(const struct snapshot_args *args)
{
	struct quote_blob ak = { .name = args->ak };
	struct error err = { 0 };
	uint8_t *bytes = NULL;
	struct store *st;
	int rc = store_open(&st, args->snapshot.shard_dir, &err);

	if (rc) {
		say_error(SNAPSHOT_VERB, &err);
		return EVMCTL_FAILED;
	}
	if (args->ak) {
		rc = file_read(AT_FDCWD, args->ak, AK_MAX, &bytes, &ak.len,
			       &err);
		error_subject(&err, "%s", args->ak);
		ak.bytes = bytes;
	}
	if (rc) {
		say_error(SNAPSHOT_VERB, &err);
		rc = EVMCTL_FAILED;
	} else {
		rc = check(args, st, args->ak ? &ak : NULL);
	}
	free(bytes);
	store_close(st);
	return rc;
}
