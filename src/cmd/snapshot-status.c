// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * snapshot-status.c - evmctl snapshot status
 *
 * Of the store only the names are read, and the newest aggregate; of the
 * kernel its count, and the staged list, which is mostly empty. Nothing is
 * waited for: what a busy list hides is said to be unknown.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cmd/say.h"
#include "cmd/snapshot-verb.h"
#include "evmctl-snapshot.h"
#include "port/holders.h"
#include "port/host.h"
#include "port/kernel.h"
#include "shards.h"
#include "waiting.h"

struct holder {
	pid_t pid;
	char name[128];
};

struct status {
	const struct snapshot_args *args;
	int kind;			/* an enum kernel_kind, or an error */
	char why[ERROR_REASON_MAX];	/* it is of this kind */
	struct error no_kernel;
	int counted;			/* 0: @waiting is known */
	struct waiting waiting;
	struct error uncounted;
	struct store *store;		/* NULL: there is none */
	struct aggregate *last;		/* NULL: the same */
	struct error problem;		/* of the shards; code 0: none */
	char boot_id[BOOT_ID_MAX];
	bool has_free;
	uint64_t free;
	struct holder *holder;
	size_t holders;
};

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

static int find_shards(struct status *s, struct error *err)
{
	int rc = store_open(&s->store, s->args->snapshot.shard_dir, err);

	if (rc)
		return rc == E_ABSENT ? E_OK : rc;
	s->has_free = !store_free(s->store, &s->free, NULL);
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
	return E_OK;
}

static void release(struct status *s)
{
	free(s->holder);
	free(s->last);
	store_close(s->store);
}

/* --- derived --- */

static uint64_t min_free(const struct status *s)
{
	return s->args->snapshot.min_free;
}

static bool is_full(const struct status *s)
{
	return s->has_free && s->free < min_free(s);
}

static bool same_boot(const struct status *s)
{
	return s->last && !strcmp(s->last->boot_id, s->boot_id);
}

static uint64_t first_record(const struct status *s)
{
	return s->last ? store_shard(s->store, 0)->first : 0;
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
	add_number(obj, "first", first_record(s));
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
			       json_object_new_boolean(same_boot(s)) : NULL);
	return obj;
}

static json_object *free_json(const struct status *s)
{
	json_object *obj = json_object_new_object();

	json_object_object_add(obj, "bytes", s->has_free ?
			       json_object_new_int64((int64_t)s->free) : NULL);
	add_number(obj, "min", min_free(s));
	add_bool(obj, "enough", !is_full(s));
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
	print_json(obj);
}

/* --- text --- */

static void kernel_text(const struct status *s)
{
	if (s->kind < 0)
		printf("kernel:   no measurement list: %s\n",
		       s->no_kernel.reason);
	else
		printf("kernel:   %s: %s\n",
		       kernel_kind_name((enum kernel_kind)s->kind), s->why);
	if (s->counted)
		printf("waiting:  unknown: %s\n", s->uncounted.reason);
	else
		printf("waiting:  %llu records, %llu of them staged\n",
		       (unsigned long long)s->waiting.records,
		       (unsigned long long)s->waiting.staged);
}

/* What an aggregate says is bytes that others may have written. */
static void print_escaped(const char *text)
{
	char shown[4 * BOOT_ID_MAX + 1];

	text_escape(shown, sizeof(shown), text, strlen(text));
	fputs(shown, stdout);
}

static void last_text(const struct status *s)
{
	if (!s->last) {
		printf("last:     never\n");
		return;
	}
	printf("last:     records %llu..%llu, ",
	       (unsigned long long)s->last->first,
	       (unsigned long long)s->last->last);
	print_escaped(s->last->taken);
	printf(", ");
	print_escaped(s->last->how);
	printf("; TPM: %s\n", s->last->tpm.present ?
	       matched_text(s->last->tpm.matched) : "none");
}

static void shards_text(const struct status *s)
{
	printf("shards:   ");
	if (s->last)
		printf("%zu in %s, records %llu..%llu\n",
		       store_count(s->store), s->args->snapshot.shard_dir,
		       (unsigned long long)first_record(s),
		       (unsigned long long)s->last->last);
	else
		printf("none in %s\n", s->args->snapshot.shard_dir);
	if (s->store && store_orphans(s->store))
		printf("          %zu unfinished, for the next snapshot\n",
		       store_orphans(s->store));
	if (s->problem.code)
		printf("          problem: %s\n", s->problem.reason);
	last_text(s);
}

static void boot_text(const struct status *s)
{
	printf("boot:     ");
	print_escaped(s->boot_id);
	if (same_boot(s)) {
		printf(", the shards' too");
	} else if (s->last) {
		printf(", the shards' is ");
		print_escaped(s->last->boot_id);
	}
	printf("\n");
}

static void free_text(const struct status *s)
{
	if (!s->has_free)
		return;
	printf("free:     %llu bytes%s\n", (unsigned long long)s->free,
	       is_full(s) ? ", under min_free: no snapshot is taken" : "");
}

static void holders_text_line(const struct status *s)
{
	printf("held by:  ");
	if (!s->holders)
		printf("nobody");
	for (size_t i = 0; i < s->holders; i++)
		printf("%s%s (%ld)", i ? ", " : "", s->holder[i].name,
		       (long)s->holder[i].pid);
	printf("\n");
}

static void settings_text(const struct status *s)
{
	printf("settings:\n");
	for (int i = 0; i < SETTINGS; i++) {
		enum setting n = (enum setting)i;
		const char *text = setting_text(&s->args->settings, n);

		printf("  %-17s %s (%s)\n", setting_name(n),
		       text ? text : "-",
		       setting_from(&s->args->settings, n));
	}
}

static void status_text(const struct status *s)
{
	kernel_text(s);
	shards_text(s);
	boot_text(s);
	free_text(s);
	holders_text_line(s);
	settings_text(s);
}

int snapshot_verb_status(const struct snapshot_args *args)
{
	struct status s = { .args = args };
	struct error err = { 0 };
	int rc = find_all(&s, &err);

	if (rc) {
		say_error(SNAPSHOT_VERB, &err);
		rc = exit_code(rc);
	} else if (args->json) {
		status_json(&s);
	} else {
		status_text(&s);
	}
	release(&s);
	return rc;
}
