// SPDX-License-Identifier: GPL-2.0-or-later
/* hooks.c - tell an administrator's executables of each shard */
#include "hooks.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "confirmed.h"
#include "port/hook.h"
#include "shards.h"
#include "store.h"

struct hooking {
	const struct hooks_options *opt;
	hooks_tell tell;
	void *ctx;
	struct store *store;
	struct hook *hook;
	size_t count;
	char dir[PATH_MAX];		/* absolute: a hook runs in "/" */
	struct hooks_result *result;
};

/* What a hook is told, as arguments and in its environment. */
enum { SET_DIR, SET_FIRST, SET_LAST, SET_RECORDS, SET_AGGREGATE, SETS };

struct told {
	char records[PATH_MAX + SHARD_NAME_MAX];
	char first[24], last[24];
	char set[SETS][PATH_MAX + SHARD_NAME_MAX + 24];
};

static void describe(const struct hooking *h, const struct shard *s,
		     struct told *t)
{
	char name[SHARD_NAME_MAX];

	shard_name(name, s->first, s->last, "ima");
	snprintf(t->records, sizeof(t->records), "%s/%s", h->dir, name);
	snprintf(t->first, sizeof(t->first), "%llu",
		 (unsigned long long)s->first);
	snprintf(t->last, sizeof(t->last), "%llu",
		 (unsigned long long)s->last);
	snprintf(t->set[SET_DIR], sizeof(t->set[0]), "IMA_SHARD_DIR=%s",
		 h->dir);
	snprintf(t->set[SET_FIRST], sizeof(t->set[0]), "IMA_SHARD_FIRST=%s",
		 t->first);
	snprintf(t->set[SET_LAST], sizeof(t->set[0]), "IMA_SHARD_LAST=%s",
		 t->last);
	snprintf(t->set[SET_RECORDS], sizeof(t->set[0]),
		 "IMA_SHARD_RECORDS=%s", t->records);
	shard_name(name, s->first, s->last, "json");
	snprintf(t->set[SET_AGGREGATE], sizeof(t->set[0]),
		 "IMA_SHARD_AGGREGATE=%s/%s", h->dir, name);
}

static int run_one(struct hooking *h, const struct hook *hook,
		   struct told *t, struct error *why)
{
	char *argv[] = { hook->path, t->records, t->first, t->last, NULL };
	char *set[SETS + 1] = { NULL };

	if (hook->unsafe.code) {
		*why = hook->unsafe;
		return why->code;
	}
	for (int i = 0; i < SETS; i++)
		set[i] = t->set[i];
	h->result->run++;
	return hook_run(argv, set, h->opt->timeout, why);
}

/* Every hook gets the shard, whatever became of the one before it. */
static bool give(struct hooking *h, const struct shard *s, struct told *t)
{
	bool all = true;

	describe(h, s, t);
	for (size_t i = 0; i < h->count; i++) {
		struct error why = { 0 };

		if (!run_one(h, &h->hook[i], t, &why))
			continue;
		h->result->failed++;
		h->tell(h->ctx, s->first, s->last, &why);
		all = false;
	}
	return all;
}

/*
 * *@more: go on. A shard that went meanwhile is nobody's any more: what there
 * is instead, the store will tell.
 */
static int give_one(struct hooking *h, int fd, const struct shard *s,
		    struct told *t, bool *more, struct error *err)
{
	int mark, rc = confirmed_mark(h->store, s, &mark, err);

	*more = true;
	if (rc)
		return rc == E_ABSENT ? E_CHANGED : rc;
	*more = give(h, s, t);
	if (*more)
		rc = confirmed_set(h->store, fd, mark, s, err);
	close(mark);
	return rc;
}

/* The shards behind the last confirmed one; *@more: there were any. */
static int give_all(struct hooking *h, int fd, struct told *t, bool *more,
		    struct error *err)
{
	uint64_t done = h->result->confirmed;
	int rc = E_OK;

	*more = false;
	for (size_t i = 0; i < store_count(h->store) && !rc; i++) {
		const struct shard *s = store_shard(h->store, i);

		if (s->last <= done)
			continue;
		rc = give_one(h, fd, s, t, more, err);
		if (!*more)
			return rc;
		if (!rc)
			h->result->confirmed = s->last;
	}
	return rc == E_CHANGED ? E_OK : rc;
}

static int hold_and_give(struct hooking *h, struct error *err)
{
	struct told *t = malloc(sizeof(*t));
	bool more = true;
	int fd = -1;
	int rc = t ? confirmed_lock(h->store, &fd, err) :
		     error_set(err, E_NOMEM, "out of memory");

	/*
	 * Another process may have been at it meanwhile; and hooks take their
	 * time, while snapshots go on.
	 */
	while (!rc && more) {
		rc = store_reload(h->store, err);
		if (rc)
			break;
		h->result->confirmed = confirmed_last(h->store);
		rc = give_all(h, fd, t, &more, err);
	}
	if (fd >= 0)
		close(fd);
	free(t);
	return rc;
}

static int with_hooks(struct hooking *h, struct error *err)
{
	int rc = store_open(&h->store, h->opt->shard_dir, err);

	if (rc)
		return rc == E_ABSENT ? E_OK : rc;
	if (!realpath(h->opt->shard_dir, h->dir)) {
		rc = error_errno(err, E_IO, "%s", "");
		error_subject(err, "%s", h->opt->shard_dir);
	}
	h->result->confirmed = confirmed_last(h->store);
	if (!rc && store_count(h->store) &&
	    h->result->confirmed < store_last(h->store))
		rc = hold_and_give(h, err);
	store_close(h->store);
	return rc;
}

int hooks_run(const struct hooks_options *options, hooks_tell tell, void *ctx,
	      struct hooks_result *ret, struct error *err)
{
	struct hooking h = { .opt = options, .tell = tell, .ctx = ctx };
	struct hooks_result result = { 0 };
	int rc = E_OK;

	h.result = &result;
	if (options->timeout)
		rc = hooks_list(options->dir, &h.hook, &h.count, err);
	result.hooks = h.count;
	if (!rc && h.count)
		rc = with_hooks(&h, err);
	hooks_free(h.hook, h.count);
	*ret = result;
	return rc;
}
