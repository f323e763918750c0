// SPDX-License-Identifier: GPL-2.0-or-later
/* verb-snapshot.c - evmctl snapshot: take, list */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cache.h"
#include "cmd/options.h"
#include "cmd/say.h"
#include "evmctl-snapshot.h"
#include "port/host.h"
#include "shards.h"
#include "snapshot.h"

static const char verb[] = "snapshot";

enum {
	OPT_IMA_DIR, OPT_SHARD_DIR, OPT_SHARD_SIZE, OPT_KERNEL, OPT_KEEP,
	OPT_TCTI, OPT_RUN_DIR, OPT_WAIT,
	OPT_CANONICAL, OPT_JSON, OPT_VERBOSE, OPT_HELP
};

static const struct option_row rows[] = {
	[OPT_IMA_DIR] = { "ima-dir", 0, OPTION_VALUE, "DIR",
		"where the kernel's lists are (" IMA_DEFAULT_DIR ")" },
	[OPT_SHARD_DIR] = { "shard-dir", 0, OPTION_VALUE, "DIR",
		"where the shards are (" STORE_DEFAULT_DIR ")" },
	[OPT_SHARD_SIZE] = { "shard-size", 0, OPTION_VALUE, "SIZE",
		"bytes of records in a shard, at most (1M)" },
	[OPT_KERNEL] = { "kernel", 0, OPTION_VALUE, "KIND",
		"stage, trim, copy, or auto: find out (auto)" },
	[OPT_KEEP] = { "keep", 0, OPTION_FLAG, NULL,
		"delete nothing from the kernel" },
	[OPT_TCTI] = { "tcti", 0, OPTION_VALUE, "CONF",
		"the TPM, as for tpm2-tools; none: take without one" },
	[OPT_RUN_DIR] = { "run-dir", 0, OPTION_VALUE, "DIR",
		"a tmpfs, for what the next snapshot need not read (" CACHE_DEFAULT_DIR ")" },
	[OPT_WAIT] = { "wait", 0, OPTION_VALUE, "SECONDS",
		"how long to wait for another process (10)" },
	[OPT_CANONICAL] = { "canonical", 0, OPTION_FLAG, NULL,
		"the kernel was booted with ima_canonical_fmt" },
	[OPT_JSON] = { "json", 0, OPTION_FLAG, NULL,
		"one JSON object on standard output" },
	[OPT_VERBOSE] = { "verbose", 'v', OPTION_FLAG, NULL,
		"say more" },
	[OPT_HELP] = { "help", 'h', OPTION_FLAG, NULL, "this text" },
	{ 0 }
};

struct args {
	struct snapshot_options snapshot;
	bool json;
};

struct action {
	const char *name;
	int (*run)(const struct args *args);
	const char *summary;
};

/* --- take --- */

static void tell(void *ctx, enum snapshot_note note, const char *name,
		 const struct error *why)
{
	(void)ctx;
	switch (note) {
	case NOTE_ADOPTED:
		say(verb, "finished a shard that an earlier run left without its aggregate");
		break;
	case NOTE_SET_ASIDE:
		say(verb, "warning: records of an unfinished shard fit nowhere, kept as %s: %s",
		    name, why->reason);
		break;
	case NOTE_NEW_BOOT:
		say(verb, "the shards' boot is over: they were cleared");
		break;
	case NOTE_NOT_DELETED:
		say(verb, "warning: stored, but the kernel keeps it (%s): %s",
		    name, why->reason);
		break;
	case NOTE_FOREIGN:
		say(verb, "warning: PCR %s is extended by others too", name);
		break;
	case NOTE_NO_TPM:
		say(verb, "warning: taken without a TPM to compare with: %s",
		    why->reason);
		break;
	case NOTE_UNPARSED:
		say(verb, "warning: the list is malformed; whole records were stored, the rest is kept beside them");
		break;
	}
}

static const char *matched_text(enum aggregate_matched m)
{
	static const char *const texts[] = {
		[MATCHED_UNKNOWN] = "not checked",
		[MATCHED_NO] = "does not match",
		[MATCHED_YES] = "matched",
	};

	return texts[m];
}

static json_object *matched_json(enum aggregate_matched m)
{
	return m == MATCHED_UNKNOWN ? NULL :
	       json_object_new_boolean(m == MATCHED_YES);
}

static void print_json(json_object *obj)
{
	puts(json_object_to_json_string_ext(obj, JSON_C_TO_STRING_PLAIN));
	json_object_put(obj);
}

static void add_number(json_object *obj, const char *key, uint64_t n)
{
	json_object_object_add(obj, key, json_object_new_int64((int64_t)n));
}

static void take_json(const struct snapshot_result *r)
{
	json_object *obj = json_object_new_object();

	add_number(obj, "shards", r->shards);
	add_number(obj, "records", r->shards ? r->last - r->first + 1 : 0);
	if (r->shards) {
		add_number(obj, "first", r->first);
		add_number(obj, "last", r->last);
	}
	add_number(obj, "bytes", r->bytes);
	json_object_object_add(obj, "matched", matched_json(r->matched));
	print_json(obj);
}

static void take_text(const struct snapshot_result *r)
{
	if (!r->shards) {
		printf("nothing new: no shard was made\n");
		return;
	}
	printf("took records %llu..%llu (%llu bytes) into %u shard%s; TPM: %s\n",
	       (unsigned long long)r->first, (unsigned long long)r->last,
	       (unsigned long long)r->bytes, r->shards,
	       r->shards == 1 ? "" : "s",
	       r->tpm ? matched_text(r->matched) : "none");
}

static int take(const struct args *args)
{
	struct snapshot_result result;
	struct error err = { 0 };
	int rc = snapshot_take(&args->snapshot, tell, NULL, &result, &err);

	if (!rc || result.shards) {
		if (args->json)
			take_json(&result);
		else
			take_text(&result);
	}
	if (rc)
		say_error(verb, &err);
	return exit_code(rc);
}

/* --- list --- */

static void shard_json(json_object *list, const struct aggregate *a)
{
	json_object *obj = json_object_new_object();

	add_number(obj, "first", a->first);
	add_number(obj, "last", a->last);
	add_number(obj, "records", a->last - a->first + 1);
	add_number(obj, "bytes", a->bytes);
	json_object_object_add(obj, "taken", json_object_new_string(a->taken));
	json_object_object_add(obj, "how", json_object_new_string(a->how));
	json_object_object_add(obj, "tpm",
			       json_object_new_boolean(a->tpm.present));
	json_object_object_add(obj, "matched", matched_json(a->tpm.matched));
	if (a->gap.present)
		json_object_object_add(obj, "gap", json_object_new_string(
					       a->gap.reason));
	json_object_array_add(list, obj);
}

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

static int list_one(const struct store *st, size_t i, json_object *json,
		    struct aggregate *agg)
{
	struct error err = { 0 };
	int rc = store_aggregate(st, i, agg, NULL, &err);

	if (!rc) {
		if (json)
			shard_json(json, agg);
		else
			shard_text(i + 1, agg);
		rc = store_check_prev(st, i, agg, &err);
	}
	if (rc) {
		say_error(verb, &err);
		return exit_code(rc);
	}
	rc = store_follows(st, i, &err);
	if (rc)
		say_error(verb, &err);
	return exit_code(rc);
}

static int list_all(const struct store *st, json_object *json)
{
	struct aggregate *agg = malloc(sizeof(*agg));
	int worst = EVMCTL_OK;

	if (!agg) {
		say(verb, "out of memory");
		return EVMCTL_FAILED;
	}
	for (size_t i = 0; i < store_count(st); i++) {
		int rc = list_one(st, i, json, agg);

		/* A contradiction says more than a gap. */
		if (rc && (!worst || rc < worst || rc == EVMCTL_FAILED))
			worst = rc;
	}
	free(agg);
	return worst;
}

static int list_shards(const struct args *args)
{
	json_object *json = NULL, *top;
	struct error err = { 0 };
	struct store *st;
	int rc = store_open(&st, args->snapshot.shard_dir, &err);

	if (rc) {
		say_error(verb, &err);
		return EVMCTL_FAILED;
	}
	if (args->json)
		json = json_object_new_array();
	else if (store_count(st))
		printf("%5s  %12s  %-12s %8s %10s  %-20s  %-5s  %s\n", "shard",
		       "first", "last", "records", "bytes", "taken", "how",
		       "TPM");
	else
		printf("no shards in %s\n", args->snapshot.shard_dir);
	rc = list_all(st, json);
	if (json) {
		top = json_object_new_object();
		json_object_object_add(top, "shards", json);
		print_json(top);
	}
	store_close(st);
	return rc;
}

/* --- the verb --- */

static const struct action actions[] = {
	{ "take", take, "take a snapshot: the default" },
	{ "list", list_shards, "the shards, in order" },
};

#define ACTION_COUNT (sizeof(actions) / sizeof(actions[0]))

static int help(void)
{
	printf("Usage: evmctl snapshot [ACTION] [OPTIONS]\n\n"
	       "Moves IMA's measurement list into shards, each closed by the PCR values\n"
	       "there, so that a verifier can start from the nearest one.\n\n"
	       "Actions:\n");
	for (size_t i = 0; i < ACTION_COUNT; i++)
		printf("  %-26s  %s\n", actions[i].name, actions[i].summary);
	printf("\nOptions:\n");
	options_help(rows);
	printf("\nExit codes: 0 done, 1 contradicted, 2 usage, 3 cannot be decided, 125 failed\n");
	return EVMCTL_OK;
}

static int set_size(const char *value, uint64_t *ret)
{
	if (!size_parse(value, ret) && *ret)
		return EVMCTL_OK;
	say(verb, "'%s' is not a size", value);
	return EVMCTL_USAGE;
}

static int set_kernel(const char *value, enum kernel_kind *ret)
{
	int kind = kernel_kind_parse(value);

	if (kind < 0) {
		say(verb, "--kernel takes auto, stage, trim or copy, not '%s'",
		    value);
		return EVMCTL_USAGE;
	}
	*ret = (enum kernel_kind)kind;
	return EVMCTL_OK;
}

static int set_wait(const char *value, unsigned int *ret)
{
	uint64_t n;

	if (number_parse(value, &n) || n > 86400) {
		say(verb, "'%s' is not a number of seconds", value);
		return EVMCTL_USAGE;
	}
	*ret = (unsigned int)n;
	return EVMCTL_OK;
}

/* One option; *@done says that there is nothing else to do. */
static int apply(struct args *args, int option, const char *value, bool *done)
{
	switch (option) {
	case OPT_IMA_DIR:
		args->snapshot.ima_dir = value;
		break;
	case OPT_SHARD_DIR:
		args->snapshot.shard_dir = value;
		break;
	case OPT_SHARD_SIZE:
		return set_size(value, &args->snapshot.shard_size);
	case OPT_KERNEL:
		return set_kernel(value, &args->snapshot.kernel);
	case OPT_KEEP:
		args->snapshot.keep = true;
		break;
	case OPT_TCTI:
		args->snapshot.tcti = value;
		break;
	case OPT_RUN_DIR:
		args->snapshot.run_dir = value;
		break;
	case OPT_WAIT:
		return set_wait(value, &args->snapshot.wait);
	case OPT_CANONICAL:
		args->snapshot.canonical = true;
		break;
	case OPT_JSON:
		args->json = true;
		break;
	case OPT_VERBOSE:
		break;
	case OPT_HELP:
		*done = true;
		return help();
	default:
		return EVMCTL_USAGE;
	}
	return EVMCTL_OK;
}

static int run(const struct args *args, int operands, char *const *operand)
{
	const char *name = operands ? operand[0] : actions[0].name;

	if (operands > 1) {
		say(verb, "'%s' is one operand too many", operand[1]);
		return EVMCTL_USAGE;
	}
	for (size_t i = 0; i < ACTION_COUNT; i++)
		if (!strcmp(actions[i].name, name))
			return actions[i].run(args);
	say(verb, "'%s' is not an action: see 'evmctl help snapshot'", name);
	return EVMCTL_USAGE;
}

int evmctl_snapshot(int argc, char *argv[], int verbosity)
{
	struct args args = {
		.snapshot = {
			.ima_dir = IMA_DEFAULT_DIR,
			.shard_dir = STORE_DEFAULT_DIR,
			.shard_size = SHARD_SIZE_DEFAULT,
			.run_dir = CACHE_DEFAULT_DIR,
			.wait = 10,
			.piece_records = PIECE_RECORDS,
		},
	};
	struct options *o = options_new(rows, argc, argv);
	const char *value;
	bool done = false;
	char **operand;
	int option, rc = EVMCTL_OK;

	(void)verbosity;
	if (!o) {
		say(verb, "out of memory");
		return EVMCTL_FAILED;
	}
	while (!rc && !done && (option = options_next(o, &value)) !=
	       OPTIONS_END)
		rc = apply(&args, option, value, &done);
	if (!rc && !done) {
		int operands = options_operands(o, &operand);

		rc = run(&args, operands, operand);
	}
	options_free(o);
	return rc;
}
