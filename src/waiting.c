// SPDX-License-Identifier: GPL-2.0-or-later
/* waiting.c - what the next snapshot would find, without taking it */
#include "waiting.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "cache.h"
#include "port/host.h"
#include "port/kernel.h"
#include "port/list.h"

int snapshot_newest(const struct snapshot_options *options,
		    const struct store *st, struct aggregate *ret,
		    struct error *err)
{
	struct cache cache;

	if (!cache_load(options->run_dir, st, &cache))
		return store_aggregate(st, store_count(st) - 1, ret, NULL,
				       err);
	*ret = cache.last;
	free(cache.last_raw);
	return E_OK;
}

/* Are the newest shard's records of the running kernel? */
static int is_of_this_boot(const struct snapshot_options *options,
			   const struct store *st, bool *ret,
			   struct error *err)
{
	struct aggregate *last = malloc(sizeof(*last));
	char boot_id[BOOT_ID_MAX];
	int rc;

	if (!last)
		return error_set(err, E_NOMEM, "out of memory");
	rc = host_boot_id(options->ima_dir, boot_id, err);
	if (!rc)
		rc = snapshot_newest(options, st, last, err);
	*ret = !rc && !strcmp(last->boot_id, boot_id);
	free(last);
	return rc;
}

struct counting {
	const struct snapshot_options *options;
	const struct store *st;		/* NULL: not open yet */
	struct kernel *kernel;		/* for reading, whatever its kind */
	uint64_t enough;
	struct waiting *total;
};

/*
 * Records of a list, behind the first @skip: to its end, or only until
 * enough bytes were seen. What is malformed is for the snapshot to report.
 */
static int read_list(struct counting *c, bool staged, uint64_t skip,
		     bool to_end, uint64_t *records, struct error *err)
{
	struct list *list;
	struct record rec;
	int rc = kernel_open(c->kernel, staged, &list, err);

	*records = 0;
	if (rc)
		return rc;
	while ((to_end || c->total->bytes < c->enough) &&
	       !(rc = list_next(list, &rec, err))) {
		if (++*records > skip)
			c->total->bytes += rec.raw_len;
	}
	list_close(list);
	return rc == E_IO || rc == E_NOMEM ? rc : E_OK;
}

static int count_staged(struct counting *c, struct error *err)
{
	return read_list(c, true, 0, true, &c->total->staged, err);
}

/*
 * How many records at the head of a copy kernel's list the store has. Of
 * another boot it may have none; then the list counts whole.
 */
static int count_in(const struct counting *c, const struct store *st,
		    uint64_t *ret, struct error *err)
{
	bool same = true;
	int rc = E_OK;

	if (store_count(st))
		rc = is_of_this_boot(c->options, st, &same, err);
	if (!rc && same)
		*ret = store_last(st);
	return rc;
}

static int count_stored(const struct counting *c, uint64_t *ret,
			struct error *err)
{
	struct store *st;
	int rc;

	if (c->st)
		return count_in(c, c->st, ret, err);
	rc = store_open(&st, c->options->shard_dir, err);
	if (rc)
		return rc == E_ABSENT ? E_OK : rc;
	rc = count_in(c, st, ret, err);
	store_close(st);
	return rc;
}

static int count_current(struct counting *c, bool copy, struct error *err)
{
	uint64_t count, stored = 0, read;
	int rc = kernel_count(c->options->ima_dir, &count, err);

	/* A directory of lists that were copied may have no count. */
	if (rc == E_ABSENT)
		rc = read_list(c, false, UINT64_MAX, true, &count, err);
	if (!rc && copy)
		rc = count_stored(c, &stored, err);
	if (rc)
		return rc;
	/* Fewer than were stored: it is another list, lost in a kexec. */
	if (stored > count)
		stored = 0;
	c->total->records = c->total->staged + count - stored;
	if (count == stored || c->total->bytes >= c->enough)
		return E_OK;
	return read_list(c, false, stored, false, &read, err);
}

int snapshot_waiting(const struct snapshot_options *options,
		     const struct store *st, uint64_t enough,
		     struct waiting *ret, struct error *err)
{
	struct waiting total = { 0 };
	struct counting c = { options, st, NULL, enough, &total };
	int kind = (int)options->kernel, rc;

	if (kind == KERNEL_AUTO)
		kind = kernel_detect(options->ima_dir, NULL, err);
	if (kind < 0)
		return kind;
	/* As a copy kernel: opened for reading, no writer is kept out. */
	rc = kernel_new(&c.kernel, options->ima_dir, KERNEL_COPY,
			options->wait, options->canonical ? LIST_CANONICAL : 0,
			err);
	if (!rc && kind == KERNEL_STAGE)
		rc = count_staged(&c, err);
	if (!rc)
		rc = count_current(&c, kind == KERNEL_COPY, err);
	kernel_free(c.kernel);
	if (!rc)
		*ret = total;
	return rc;
}
