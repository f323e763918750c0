// SPDX-License-Identifier: GPL-2.0-or-later
/* measurement-evidence.c - the shards and lists that were named, opened */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cmd/measurement-verb.h"
#include "port/host.h"

void evidence_close(struct opened *o)
{
	for (size_t i = 0; i < o->evidence.lists.count; i++)
		list_close(o->list[i]);
	store_close(o->store);
	memset(o, 0, sizeof(*o));
}

static int open_kernel_lists(const struct args *args, struct opened *o,
			     struct error *err)
{
	size_t *n = &o->evidence.lists.count;
	int rc = host_open_staged(args->ima_dir, args->list_flags,
				  &o->list[*n], err);

	if (rc && rc != E_ABSENT)
		return rc;
	*n += !rc;
	rc = host_open_current(args->ima_dir, args->list_flags, &o->list[*n],
			       err);
	*n += !rc;
	return rc;
}

/* A snapshot holds the lists for moments: wait, rather than fail. */
static int wait_for_kernel_lists(const struct args *args, struct opened *o,
				 struct error *err)
{
	const struct timespec pause = { .tv_nsec = 20 * 1000 * 1000 };
	struct timespec now, end;
	int rc;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += (time_t)args->wait;
	for (;;) {
		rc = open_kernel_lists(args, o, err);
		clock_gettime(CLOCK_MONOTONIC, &now);
		if (rc != E_BUSY || now.tv_sec > end.tv_sec ||
		    (now.tv_sec == end.tv_sec && now.tv_nsec >= end.tv_nsec))
			return rc;
		while (o->evidence.lists.count)
			list_close(o->list[--o->evidence.lists.count]);
		nanosleep(&pause, NULL);
	}
}

static int open_store(const struct args *args, struct opened *o,
		      struct error *err)
{
	return args->shard_dir ? store_open(&o->store, args->shard_dir, err) :
				 E_OK;
}

static int open_file(const char *path, unsigned int flags, struct opened *o,
		     struct error *err)
{
	int rc = list_open(&o->list[0], AT_FDCWD, path, path, flags, err);

	o->evidence.lists.count = !rc;
	return rc;
}

/*
 * The kernel's lists come before the store: while they are open nobody can
 * delete, and what had been deleted before is in the store. The other way
 * round, a snapshot in between would leave a hole.
 */
static int open_live(const struct args *args, struct opened *o,
		     struct error *err)
{
	int rc = wait_for_kernel_lists(args, o, err);

	return rc ? rc : open_store(args, o, err);
}

int evidence_open(const struct args *args, struct opened *o, struct error *err)
{
	const struct instalments *inst = args->remembered->instalments;
	bool live = !inst && !args->file;
	int rc;

	memset(o, 0, sizeof(*o));
	o->evidence.given = args->given;
	o->evidence.progress = args->progress;
	rc = live ? open_live(args, o, err) : open_store(args, o, err);
	if (!rc && inst) {
		o->evidence.follows = true;
		rc = open_file(instalments_path(inst), 0, o, err);
	} else if (!rc && args->file) {
		rc = open_file(args->file, args->list_flags | LIST_TEXT, o,
			       err);
	}
	if (!rc && live && target_is_live(&args->target) &&
	    !host_boot_id(args->ima_dir, o->boot_id, NULL))
		o->evidence.boot_id = o->boot_id;
	o->evidence.store = o->store;
	o->evidence.lists.list = o->list;
	if (rc)
		evidence_close(o);
	return rc;
}

static void newest_boot(const struct store *st, struct state_boot *ret)
{
	struct aggregate *agg = malloc(sizeof(*agg));

	if (agg && store_count(st) &&
	    !store_aggregate(st, store_count(st) - 1, agg, NULL, NULL)) {
		memcpy(ret->boot_id, agg->boot_id, sizeof(ret->boot_id));
		ret->has_reset_count = agg->tpm.present;
		ret->reset_count = agg->tpm.reset_count;
	}
	free(agg);
}

void evidence_boot(const struct args *args, const struct opened *o,
		   struct state_boot *ret)
{
	memset(ret, 0, sizeof(*ret));
	if (!args->file && host_boot_id(args->ima_dir, ret->boot_id, NULL))
		ret->boot_id[0] = '\0';
	if (o->store && !ret->boot_id[0])
		newest_boot(o->store, ret);
}
