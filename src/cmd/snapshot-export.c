// SPDX-License-Identifier: GPL-2.0-or-later
/* snapshot-export.c - evmctl snapshot export */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "cmd/say.h"
#include "cmd/snapshot-verb.h"
#include "evmctl-snapshot.h"
#include "export.h"
#include "port/aside.h"

#define OUTPUT_MODE 0640

static int export_json(const struct chunk *c)
{
	bool made = true, *ok = &made;
	json_object *obj = put_object(ok);

	put_number(obj, "records", c->last + 1 - c->first, ok);
	put_number(obj, "first", c->first, ok);
	put_number(obj, "last", c->last, ok);
	put_number(obj, "bytes", c->bytes, ok);
	put_number(obj, "remaining_records", c->remaining_records, ok);
	put_number(obj, "remaining_bytes", c->remaining_bytes, ok);
	put_bool(obj, "quote", c->quote.present, ok);
	return print_json(obj, made);
}

static void export_text(const struct chunk *c)
{
	if (c->last < c->first)
		printf("no records behind %llu", (unsigned long long)c->last);
	else
		printf("exported records %llu..%llu (%llu bytes)",
		       (unsigned long long)c->first,
		       (unsigned long long)c->last,
		       (unsigned long long)c->bytes);
	if (c->remaining_records)
		printf("; %llu records, %llu bytes to come",
		       (unsigned long long)c->remaining_records,
		       (unsigned long long)c->remaining_bytes);
	printf("%s\n", c->quote.present ? "; quoted" : "");
}

static int to_file(const struct snapshot_args *args, struct export *e,
		   struct error *err)
{
	struct aside *a;
	int rc = aside_open(&a, args->output, OUTPUT_MODE, err);

	if (rc)
		return rc;
	rc = export_write(e, aside_fd(a), err);
	if (rc) {
		error_subject(err, "%s", args->output);
		aside_drop(a);
		return rc;
	}
	rc = aside_commit(a, err);
	if (rc)
		return rc;
	progress_stop();
	if (args->json && export_json(export_chunk(e)))
		return error_set(err, E_NOMEM, "%s is there, but not said",
				 args->output);
	if (!args->json)
		export_text(export_chunk(e));
	return E_OK;
}

static int to_stdout(struct export *e, struct error *err)
{
	int rc = export_write(e, STDOUT_FILENO, err);

	if (rc)
		error_subject(err, "standard output");
	return rc;
}

static bool is_stdout(const struct snapshot_args *args)
{
	return !args->output || !strcmp(args->output, "-");
}

static int get_nonce(const struct snapshot_args *args,
		     struct export_options *o, struct error *err)
{
	size_t chars = args->nonce ? strlen(args->nonce) : 0;

	if (!args->nonce)
		return E_OK;
	if (!chars || chars / 2 > sizeof(o->nonce) ||
	    hex_decode(o->nonce, chars / 2, args->nonce, chars))
		return error_set(err, E_USAGE,
				 "'%s' is not a nonce: up to %zu bytes in hexadecimal",
				 args->nonce, sizeof(o->nonce));
	o->nonce_len = chars / 2;
	return E_OK;
}

static int get_options(const struct snapshot_args *args,
		       struct export_options *o, struct error *err)
{
	if (!args->has_after)
		return error_set(err, E_USAGE,
				 "export needs --after RECORD; 0: from the beginning");
	if (args->quote != (args->snapshot.ak_handle != 0) ||
	    args->quote != (args->nonce != NULL))
		return error_set(err, E_USAGE,
				 "--quote, --ak-handle and --nonce go together");
	if (is_stdout(args) && args->json)
		return error_set(err, E_USAGE,
				 "--json needs -o FILE: standard output has the chunk");
	if (is_stdout(args) && isatty(STDOUT_FILENO))
		return error_set(err, E_USAGE,
				 "a chunk is not for a terminal: use -o FILE");
	return get_nonce(args, o, err);
}

int snapshot_verb_export(const struct snapshot_args *args)
{
	struct snapshot_options snapshot = args->snapshot;
	struct export_options o = {
		.snapshot = &snapshot,
		.after = args->after,
		.max_bytes = args->max_bytes ? args->max_bytes : UINT64_MAX,
		.ak_handle = args->snapshot.ak_handle,
	};
	struct error err = { 0 };
	struct export *e = NULL;
	int rc = get_options(args, &o, &err);

	snapshot.progress = rc ? NULL : progress_start("snapshot export",
						       args->progress);
	if (!rc)
		rc = export_open(&e, &o, &err);
	if (!rc)
		rc = is_stdout(args) ? to_stdout(e, &err) :
				       to_file(args, e, &err);
	progress_stop();
	export_close(e);
	if (rc)
		say_error(SNAPSHOT_VERB, &err);
	return exit_code(rc);
}
