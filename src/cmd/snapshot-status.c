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

static json_object *kernel_json(const struct status *s)
{
	json_object *obj = json_object_new_object();

	add_text(obj, "kind", s->kind < 0 ? NULL :
		 kernel_kind_name((enum kernel_kind)s->kind));
	add_text(obj, "why", s->kind < 0 ? s->no_kernel.reason : s->why);
	return obj;
}

static json_object *waiting_json(const struct status *s)
{
	json_object *obj;

	if (s->counted)
		return NULL;
	obj = json_object_new_object();
	add_number(obj, "records", s->waiting.records);
	add_number(obj, "staged", s->waiting.staged);
	return obj;
}

static json_object *shards_json(const struct status *s)
{
	json_object *obj = json_object_new_object();

	add_text(obj, "dir", s->args->snapshot.shard_dir);
	add_bool(obj, "exists", s->store);
	add_number(obj, "count", s->store ? store_count(s->store) : 0);
	add_number(obj, "first", status_first_record(s));
	add_number(obj, "last", s->last ? s->last->last : 0);
	add_number(obj, "unfinished", s->store ? store_orphans(s->store) : 0);
	add_text(obj, "problem", s->problem.code ? s->problem.reason : NULL);
	return obj;
}

static json_object *boot_json(const struct status *s)
{
	json_object *obj = json_object_new_object();

	add_text(obj, "id", s->boot_id);
	add_text(obj, "shards", s->last ? s->last->boot_id : NULL);
	json_object_object_add(obj, "same", s->last ?
			       json_object_new_boolean(status_same_boot(s)) : NULL);
	return obj;
}

static json_object *free_json(const struct status *s)
{
	json_object *obj = json_object_new_object();

	json_object_object_add(obj, "bytes", s->has_free ?
			       json_object_new_int64((int64_t)s->free) : NULL);
	add_number(obj, "min", min_free(s));
	add_bool(obj, "enough", !status_is_full(s));
	return obj;
}

static json_object *holders_json(const struct status *s)
{
	json_object *list = json_object_new_array();

	for (size_t i = 0; i < s->holders; i++) {
		json_object *obj = json_object_new_object();

		add_number(obj, "pid", (uint64_t)s->holder[i].pid);
		add_text(obj, "name", s->holder[i].name);
		json_object_array_add(list, obj);
	}
	return list;
}

static json_object *settings_json(const struct status *s)
{
	json_object *all = json_object_new_object();

	for (int i = 0; i < SETTINGS; i++) {
		enum setting n = (enum setting)i;
		json_object *obj = json_object_new_object();

		add_text(obj, "value", setting_text(&s->args->settings, n));
		add_text(obj, "from", setting_from(&s->args->settings, n));
		json_object_object_add(all, setting_name(n), obj);
	}
	return all;
}

static json_object *optional(uint64_t n)
{
	return n ? json_object_new_int64((int64_t)n) : NULL;
}

static json_object *warnings_json(const struct status *s)
{
	json_object *list = json_object_new_array();

	for (size_t i = 0; i < s->warnings; i++)
		json_object_array_add(list,
				      json_object_new_string(s->warning[i]));
	return list;
}

static void status_json(const struct status *s)
{
	json_object *obj = json_object_new_object();

	json_object_object_add(obj, "kernel", kernel_json(s));
	json_object_object_add(obj, "waiting", waiting_json(s));
	json_object_object_add(obj, "shards", shards_json(s));
	json_object_object_add(obj, "last_snapshot",
			       s->last ? shard_json(s->last) : NULL);
	json_object_object_add(obj, "boot", boot_json(s));
	json_object_object_add(obj, "free", free_json(s));
	json_object_object_add(obj, "holders", holders_json(s));
	json_object_object_add(obj, "settings", settings_json(s));
	json_object_object_add(obj, "discarded", optional(
		s->store ? store_discarded(s->store) : 0));
	json_object_object_add(obj, "confirmed", optional(s->confirmed));
	add_text(obj, "state", status_is_full(s) ? "full" :
		 s->warnings ? "warning" : "ok");
	json_object_object_add(obj, "warnings", warnings_json(s));
	print_json(obj);
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
			status_json(&s);
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
