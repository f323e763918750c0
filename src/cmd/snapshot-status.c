// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * snapshot-status.c - evmctl snapshot status
 *
 * Of the store only the names are read, and the newest aggregate; of the
 * kernel its count, and the staged list, which is mostly empty. Nothing is
 * waited for: what a busy list hides is said to be unknown.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/say.h"
#include "cmd/snapshot-verb.h"
#include "cmd/status.h"
#include "confirmed.h"
#include "evmctl-snapshot.h"
#include "port/holders.h"
#include "port/host.h"
#include "port/kernel.h"
#include "shards.h"

/* --- derived --- */

static uint64_t min_free(const struct status *s)
{
	return s->args->snapshot.min_free;
}

bool status_is_full(const struct status *s)
{
	return s->has_free && s->free < min_free(s);
}

bool status_same_boot(const struct status *s)
{
	return s->last && !strcmp(s->last->boot_id, s->boot_id);
}

uint64_t status_first_record(const struct status *s)
{
	return s->last ? store_shard(s->store, 0)->first : 0;
}

/* --- finding out --- */

static void find_kernel(struct status *s)
{
	const struct snapshot_options *o = &s->args->snapshot;

	const char *why = "";

	s->kind = kernel_detect(o->ima_dir, &why, &s->no_kernel);
	snprintf(s->why, sizeof(s->why), "%s", why);
	if (s->kind < 0 || o->kernel == KERNEL_AUTO)
		return;
	s->kind = (int)o->kernel;
	snprintf(s->why, sizeof(s->why), "set, not found out: %s",
		 setting_from(&s->args->settings, SETTING_KERNEL));
}

static void count_waiting(struct status *s)
{
	struct snapshot_options o = s->args->snapshot;

	o.wait = 0;
	s->counted = snapshot_waiting(&o, s->store, 0, &s->waiting,
				      &s->uncounted);
}

static int find_newest(struct status *s, struct error *err)
{
	s->last = malloc(sizeof(*s->last));
	if (!s->last)
		return error_set(err, E_NOMEM, "out of memory");
	return snapshot_newest(&s->args->snapshot, s->store, s->last, err);
}

static void check_marker(struct status *s)
{
	struct discarded *d = malloc(sizeof(*d));

	if (d)
		store_marker(s->store, d, &s->marker);
	free(d);
}

static int find_shards(struct status *s, struct error *err)
{
	int rc = store_open(&s->store, s->args->snapshot.shard_dir, err);

	if (rc)
		return rc == E_ABSENT ? E_OK : rc;
	s->has_free = !store_free(s->store, &s->free, NULL);
	s->volatile_fs = store_volatile(s->store);
	s->confirmed = confirmed_last(s->store);
	if (store_discarded(s->store))
		check_marker(s);
	for (size_t i = 0; i < store_count(s->store); i++)
		if (store_follows(s->store, i, &s->problem))
			break;
	return store_count(s->store) ? find_newest(s, err) : E_OK;
}

static void add_holder(void *ctx, pid_t pid, const char *name)
{
	struct status *s = ctx;
	struct holder *more = realloc(s->holder,
				      (s->holders + 1) * sizeof(*more));

	if (!more)
		return;
	s->holder = more;
	more[s->holders].pid = pid;
	snprintf(more[s->holders++].name, sizeof(more->name), "%s", name);
}

__attribute__((format(printf, 2, 3)))
static void warn(struct status *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(s->warning[s->warnings++], STATUS_WARNING_MAX, fmt, ap);
	va_end(ap);
}

static bool deletes(const struct status *s)
{
	return (s->kind == KERNEL_STAGE || s->kind == KERNEL_TRIM) &&
	       !s->args->snapshot.keep;
}

/* What somebody should do something about, the worst first. */
static void find_warnings(struct status *s)
{
	char line[ERROR_LINE_MAX];

	if (status_is_full(s))
		warn(s, "the disk is full: %llu bytes are free, min_free is %llu; no snapshot is taken and nothing deleted from the kernel until there is room: free some, or set retain_bytes",
		     (unsigned long long)s->free,
		     (unsigned long long)min_free(s));
	if (s->marker.code) {
		error_line(&s->marker, line, sizeof(line));
		warn(s, "the marker of discarded records cannot be used: %s",
		     line);
	}
	if (s->problem.code) {
		error_line(&s->problem, line, sizeof(line));
		warn(s, "%s: run 'evmctl snapshot check'", line);
	}
	if (s->kind < 0)
		warn(s, "the kernel's list cannot be read, no snapshot can be taken: %s: %s",
		     s->args->snapshot.ima_dir, s->no_kernel.reason);
	if (s->volatile_fs && deletes(s))
		warn(s, "the shards are on %s, which may not outlive a crash, and the kernel's records are deleted: set shard_dir to a disk, or keep",
		     s->volatile_fs);
}

static int find_all(struct status *s, struct error *err)
{
	const struct snapshot_options *o = &s->args->snapshot;
	int rc = host_boot_id(o->ima_dir, s->boot_id, err);

	if (!rc)
		rc = find_shards(s, err);
	if (rc)
		return rc;
	find_kernel(s);
	count_waiting(s);
	holders_each(o->ima_dir, add_holder, s);
	find_warnings(s);
	return E_OK;
}

static void release(struct status *s)
{
	free(s->holder);
	free(s->last);
	store_close(s->store);
}

/* --- JSON --- */

static json_object *kernel_json(const struct status *s, bool *ok)
{
	json_object *obj = put_object(ok);

	put_text(obj, "kind", s->kind < 0 ? NULL :
		 kernel_kind_name((enum kernel_kind)s->kind), ok);
	put_text(obj, "why", s->kind < 0 ? s->no_kernel.reason : s->why, ok);
	return obj;
}

static json_object *waiting_json(const struct status *s, bool *ok)
{
	json_object *obj;

	if (s->counted)
		return NULL;
	obj = put_object(ok);
	put_number(obj, "records", s->waiting.records, ok);
	put_number(obj, "staged", s->waiting.staged, ok);
	return obj;
}

static json_object *shards_json(const struct status *s, bool *ok)
{
	json_object *obj = put_object(ok);

	put_text(obj, "dir", s->args->snapshot.shard_dir, ok);
	put_bool(obj, "exists", s->store, ok);
	put_number(obj, "count", s->store ? store_count(s->store) : 0, ok);
	put_number(obj, "first", status_first_record(s), ok);
	put_number(obj, "last", s->last ? s->last->last : 0, ok);
	put_number(obj, "unfinished", s->store ? store_orphans(s->store) : 0, ok);
	put_text(obj, "problem", s->problem.code ? s->problem.reason : NULL, ok);
	return obj;
}

static json_object *boot_json(const struct status *s, bool *ok)
{
	json_object *obj = put_object(ok);

	put_text(obj, "id", s->boot_id, ok);
	put_text(obj, "shards", s->last ? s->last->boot_id : NULL, ok);
	if (s->last)
		put_bool(obj, "same", status_same_boot(s), ok);
	else
		put_null(obj, "same", ok);
	return obj;
}

static json_object *free_json(const struct status *s, bool *ok)
{
	json_object *obj = put_object(ok);

	if (s->has_free)
		put_number(obj, "bytes", s->free, ok);
	else
		put_null(obj, "bytes", ok);
	put_number(obj, "min", min_free(s), ok);
	put_bool(obj, "enough", !status_is_full(s), ok);
	return obj;
}

static json_object *holders_json(const struct status *s, bool *ok)
{
	json_object *list = put_array(ok);

	for (size_t i = 0; i < s->holders; i++) {
		json_object *obj = put_object(ok);

		put_number(obj, "pid", (uint64_t)s->holder[i].pid, ok);
		put_text(obj, "name", s->holder[i].name, ok);
		put_item(list, obj, ok);
	}
	return list;
}

static json_object *settings_json(const struct status *s, bool *ok)
{
	json_object *all = put_object(ok);

	for (int i = 0; i < SETTINGS; i++) {
		enum setting n = (enum setting)i;
		json_object *obj = put_object(ok);

		put_text(obj, "value", setting_text(&s->args->settings, n), ok);
		put_text(obj, "from", setting_from(&s->args->settings, n), ok);
		put(all, setting_name(n), obj, ok);
	}
	return all;
}

static void put_optional(json_object *obj, const char *key, uint64_t n,
			 bool *ok)
{
	if (n)
		put_number(obj, key, n, ok);
	else
		put_null(obj, key, ok);
}

static json_object *warnings_json(const struct status *s, bool *ok)
{
	json_object *list = put_array(ok);

	for (size_t i = 0; i < s->warnings; i++)
		put_item(list, json_object_new_string(s->warning[i]), ok);
	return list;
}

static int status_json(const struct status *s)
{
	bool made = true, *ok = &made;
	json_object *obj = put_object(ok);

	put(obj, "kernel", kernel_json(s, ok), ok);
	put_maybe(obj, "waiting", waiting_json(s, ok), ok);
	put(obj, "shards", shards_json(s, ok), ok);
	put_maybe(obj, "last_snapshot", s->last ? shard_json(s->last, ok) :
		  NULL, ok);
	put(obj, "boot", boot_json(s, ok), ok);
	put(obj, "free", free_json(s, ok), ok);
	put(obj, "holders", holders_json(s, ok), ok);
	put(obj, "settings", settings_json(s, ok), ok);
	put_optional(obj, "discarded",
		     s->store ? store_discarded(s->store) : 0, ok);
	put_optional(obj, "confirmed", s->confirmed, ok);
	put_text(obj, "state", status_is_full(s) ? "full" :
		 s->warnings ? "warning" : "ok", ok);
	put(obj, "warnings", warnings_json(s, ok), ok);
	return print_json(obj, made);
}

int snapshot_verb_status(const struct snapshot_args *args)
{
	struct status s = { .args = args };
	struct error err = { 0 };
	int rc = find_all(&s, &err);

	if (rc) {
		say_error(SNAPSHOT_VERB, &err);
		rc = exit_code(rc);
	} else {
		if (args->json)
			rc = status_json(&s);
		else
			status_text(&s);
		/* Whoever watches exit codes only is to hear of that, too. */
		if (status_is_full(&s)) {
			say(SNAPSHOT_VERB, "%s", s.warning[0]);
			rc = EVMCTL_FAILED;
		}
	}
	release(&s);
	return rc;
}
