// SPDX-License-Identifier: GPL-2.0-or-later
/* snapshot-check.c - evmctl snapshot check */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "check.h"
#include "cmd/paint.h"
#include "cmd/say.h"
#include "cmd/snapshot-verb.h"
#include "evmctl-snapshot.h"
#include "port/file.h"

#define AK_MAX (64U << 10)

struct checking {
	json_object *json;
	bool *ok;		/* it could be made; NULL: in words */
	int worst;		/* exit code */
	size_t good, contradicted, undecided;	/* shards */
	size_t bad_quotes;
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

/* As a row of words[]. */
enum judged { GOOD, IS_CONTRADICTED, IS_UNDECIDED };

static const struct {
	const char *word;
	enum paint paint;
} words[] = {
	[GOOD] = { "good", PAINT_GOOD },
	[IS_CONTRADICTED] = { "contradicted", PAINT_BAD },
	[IS_UNDECIDED] = { "undecided", PAINT_WARNING },
};

static enum judged judged(const struct checked *k)
{
	return !k->rc ? GOOD : exit_code(k->rc) == EVMCTL_CONTRADICTED ?
	       IS_CONTRADICTED : IS_UNDECIDED;
}

static void tell_json(struct checking *c, const struct shard *s,
		      const struct checked *k)
{
	json_object *obj = put_object(c->ok);
	char line[ERROR_LINE_MAX];

	put_number(obj, "first", s->first, c->ok);
	put_number(obj, "last", s->last, c->ok);
	put_text(obj, "result", words[judged(k)].word, c->ok);
	error_line(&k->why, line, sizeof(line));
	put_text(obj, "reason", k->rc ? line : NULL, c->ok);
	put_text(obj, "quote", quoted_word(k), c->ok);
	put_item(c->json, obj, c->ok);
}

static void head_text(const struct store *st)
{
	if (store_count(st))
		printf("%5s  %12s  %-12s %8s  %-12s  %s\n", "shard", "first",
		       "last", "records", "result", "quote");
	else
		printf("no shards in %s\n", store_path(st));
}

static void tell_text(const struct store *st, const struct checked *k)
{
	const struct shard *s = store_shard(st, k->shard);
	char line[ERROR_LINE_MAX] = "";

	if (k->rc)
		error_line(&k->why, line, sizeof(line));
	else if (k->quoted && k->quoted != E_ABSENT)
		error_line(&k->quoted_why, line, sizeof(line));
	progress_hide();
	printf("%5zu  %12llu..%-12llu %8llu  %s%-12s%s  %s%s%s\n",
	       k->shard + 1, (unsigned long long)s->first,
	       (unsigned long long)s->last,
	       (unsigned long long)(s->last - s->first + 1),
	       paint(stdout, words[judged(k)].paint), words[judged(k)].word,
	       paint(stdout, PAINT_NONE), quoted_word(k),
	       line[0] ? "  " : "", line);
}

/* "good: 3", and what else there is, behind "3 shards:". */
static void count_text(enum judged what, size_t n, const char *before)
{
	if (n)
		printf("%s%s%zu %s%s", before, paint(stdout, words[what].paint),
		       n, words[what].word, paint(stdout, PAINT_NONE));
}

static void end_text(const struct checking *c)
{
	size_t all = c->good + c->contradicted + c->undecided;

	if (!all)
		return;
	printf("%zu shard%s: ", all, all == 1 ? "" : "s");
	count_text(IS_CONTRADICTED, c->contradicted, "");
	count_text(IS_UNDECIDED, c->undecided, c->contradicted ? ", " : "");
	count_text(GOOD, c->good, all > c->good ? ", " : "");
	if (c->bad_quotes)
		printf("; %sbad quotes: %zu%s", paint(stdout, PAINT_BAD),
		       c->bad_quotes, paint(stdout, PAINT_NONE));
	else if (c->worst == EVMCTL_UNDECIDED && all == c->good)
		printf(", but records are missing between them");
	printf("\n");
	if (c->quoted_to)
		printf("records %llu..%llu lead to PCR values that the AK has signed\n",
		       (unsigned long long)c->quoted_from,
		       (unsigned long long)c->quoted_to);
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

	if (c->ok)
		tell_json(c, s, k);
	else
		tell_text(t->st, k);
	c->good += judged(k) == GOOD;
	c->contradicted += judged(k) == IS_CONTRADICTED;
	c->undecided += judged(k) == IS_UNDECIDED;
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
	c->bad_quotes += k->quoted && k->quoted != E_ABSENT;
	/* Nor does what is behind a shard that could not be replayed. */
	if (k->rc) {
		c->from = s->last + 1;
	} else if (!k->quoted) {
		c->quoted_from = c->from;
		c->quoted_to = s->last;
	}
}

static int end_json(const struct checking *c)
{
	json_object *top = put_object(c->ok);

	put(top, "shards", c->json, c->ok);
	put_number(top, "quoted_from", c->quoted_from, c->ok);
	put_number(top, "quoted_to", c->quoted_to, c->ok);
	return print_json(top, *c->ok);
}

static int check(const struct snapshot_args *args, const struct store *st,
		 const struct quote_blob *ak)
{
	struct progress *progress;
	struct checking c = { 0 };
	struct telling t = { &c, st };
	struct error err = { 0 };
	bool made = true;
	int rc;

	if (args->json) {
		c.ok = &made;
		c.json = put_array(c.ok);
	} else {
		head_text(st);
	}
	progress = progress_start("snapshot check", args->progress);
	rc = check_store(st, ak, tell, &t, progress, &err);
	progress_stop();
	if (rc)
		say_error(SNAPSHOT_VERB, &err);
	/* Where something is wrong, no quote proves what is around it. */
	if (c.worst == EVMCTL_CONTRADICTED)
		c.quoted_from = c.quoted_to = 0;
	if (!args->json)
		end_text(&c);
	else if (end_json(&c))
		return EVMCTL_FAILED;
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
