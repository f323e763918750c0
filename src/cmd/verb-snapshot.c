// SPDX-License-Identifier: GPL-2.0-or-later
/* verb-snapshot.c - evmctl snapshot: options, help, the table of actions */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cache.h"
#include "cmd/options.h"
#include "cmd/say.h"
#include "cmd/snapshot-verb.h"
#include "evmctl-snapshot.h"
#include "port/confine.h"
#include "port/host.h"
#include "port/standard.h"
#include "shards.h"

static const char verb[] = SNAPSHOT_VERB;

/* Options of the same meaning as a setting come first, under its number. */
enum {
	OPT_NO_KEEP = SETTINGS, OPT_NO_RETAIN_ONLY_AFTER_HOOK, OPT_IF_OVER, OPT_QUOTE, OPT_AK_HANDLE, OPT_AK,
	OPT_BOOT, OPT_ALL, OPT_BEFORE,
	OPT_ASCII, OPT_FORMAT, OPT_BANK, OPT_FROM, OPT_TO, OPT_FOLLOW, OPT_OUTPUT,
	OPT_AFTER, OPT_MAX_BYTES, OPT_NONCE,
	OPT_TIMEOUT, OPT_FOREGROUND, OPT_BIND,
	OPT_CONFIG,
	OPT_IMA_DIR, OPT_RUN_DIR, OPT_WAIT, OPT_CANONICAL,
	OPT_PROGRESS, OPT_NO_PROGRESS, OPT_JSON,
	OPT_VERBOSE, OPT_HELP
};

static const struct option_row rows[] = {
	[SETTING_SHARD_DIR] = { "shard-dir", 0, OPTION_VALUE, "DIR",
		"where the shards are (" STORE_DEFAULT_DIR ")" },
	[SETTING_SHARD_SIZE] = { "shard-size", 0, OPTION_VALUE, "SIZE",
		"bytes of records in a shard, at most (1M)" },
	[SETTING_SNAPSHOT_RECORDS] = { "snapshot-records", 0, OPTION_VALUE,
		"N", "with --if-over: as many records (any)" },
	[SETTING_SNAPSHOT_BYTES] = { "snapshot-bytes", 0, OPTION_VALUE,
		"SIZE", "with --if-over: as many bytes of them (any)" },
	[SETTING_GROUP] = { "group", 0, OPTION_VALUE, "GROUP",
		"who may read the shards, beside root" },
	[SETTING_ARCHIVE] = { "archive", 0, OPTION_VALUE, "DIR",
		"where shards go whose boot is over (nowhere)" },
	[SETTING_KERNEL] = { "kernel", 0, OPTION_VALUE, "KIND",
		"stage, trim, copy, or auto: find out (auto)" },
	[SETTING_TCTI] = { "tcti", 0, OPTION_VALUE, "CONF",
		"the TPM, as for tpm2-tools; none: take without one" },
	[SETTING_KEEP] = { "keep", 0, OPTION_FLAG, NULL,
		"delete nothing from the kernel" },
	[SETTING_MIN_FREE] = { "min-free", 0, OPTION_VALUE, "SIZE",
		"take nothing where less of the disk is free (0)" },
	[SETTING_HOOK_DIR] = { "hook-dir", 0, OPTION_VALUE, "DIR",
		"take: executables that are told of each shard (" HOOK_DIR_DEFAULT ")" },
	[SETTING_HOOK_TIMEOUT] = { "hook-timeout", 0, OPTION_VALUE, "SECONDS",
		"how long one may run; 0: run none (60)" },
	[SETTING_RETAIN_BYTES] = { "retain-bytes", 0, OPTION_VALUE, "SIZE",
		"take: then discard the oldest shards over that (keep all)" },
	[SETTING_RETAIN_ONLY_AFTER_HOOK] = {
		"retain-only-after-hook", 0, OPTION_FLAG, NULL,
		"discard only what every hook has confirmed" },
	[OPT_NO_RETAIN_ONLY_AFTER_HOOK] = {
		"no-retain-only-after-hook", 0, OPTION_FLAG, NULL,
		"discard, whatever hooks say" },
	[OPT_NO_KEEP] = { "no-keep", 0, OPTION_FLAG, NULL,
		"delete, whatever the configuration says" },
	[OPT_IF_OVER] = { "if-over", 0, OPTION_FLAG, NULL,
		"take: only if as much is waiting" },
	[OPT_QUOTE] = { "quote", 0, OPTION_FLAG, NULL,
		"take, export: end with PCR values that the TPM has signed" },
	[OPT_AK_HANDLE] = { "ak-handle", 0, OPTION_VALUE, "HANDLE",
		"with --quote: the attestation key's persistent handle" },
	[OPT_AK] = { "ak", 0, OPTION_VALUE, "FILE",
		"check: the key whose quotes prove; TPM2B_PUBLIC, or PEM" },
	[OPT_AFTER] = { "after", 0, OPTION_VALUE, "RECORD",
		"export, wait: what comes behind this one" },
	[OPT_MAX_BYTES] = { "max-bytes", 0, OPTION_VALUE, "SIZE",
		"export: bytes of records, at most (all)" },
	[OPT_NONCE] = { "nonce", 0, OPTION_VALUE, "HEX",
		"export, with --quote: the verifier's nonce" },
	[OPT_BOOT] = { "boot", 0, OPTION_FLAG, NULL,
		"clean: if it is proven that the shards' boot is over" },
	[OPT_ALL] = { "all", 0, OPTION_FLAG, NULL,
		"clean: whatever they are of" },
	[OPT_BEFORE] = { "before", 0, OPTION_VALUE, "RECORD",
		"clean: discard shards of this boot that end before it" },
	[OPT_ASCII] = { "ascii", 0, OPTION_FLAG, NULL,
		"cat: as in ascii_runtime_measurements" },
	[OPT_FORMAT] = { "format", 0, OPTION_VALUE, "FORMAT",
		"cat: binary, ascii, cel-json or cel-tlv (binary)" },
	[OPT_BANK] = { "bank", 0, OPTION_VALUE, "ALG",
		"cat: with the template digests of this bank (sha1); for cel, of banks with commas between (sha1,sha256)" },
	[OPT_FROM] = { "from", 0, OPTION_VALUE, "RECORD",
		"cat: the first record (1)" },
	[OPT_TO] = { "to", 0, OPTION_VALUE, "RECORD",
		"cat: the last record (the last there is)" },
	[OPT_FOLLOW] = { "follow", 0, OPTION_FLAG, NULL,
		"cat: go on with new records as they come" },
	[OPT_OUTPUT] = { "output", 'o', OPTION_VALUE, "FILE",
		"cat: to this file, which only grows: on a tmpfs; export: -, or a new file (-)" },
	[OPT_TIMEOUT] = { "timeout", 0, OPTION_VALUE, "SECONDS",
		"wait: not longer than that" },
	[OPT_FOREGROUND] = { "foreground", 0, OPTION_FLAG, NULL,
		"mount: do not go to the background" },
	[OPT_BIND] = { "bind", 0, OPTION_FLAG, NULL,
		"mount: over the kernel's own files, too" },
	[OPT_CONFIG] = { "config", 0, OPTION_VALUE, "DIR",
		"the configuration (" CONFIG_ETC ", " CONFIG_VENDOR ")" },
	[OPT_IMA_DIR] = { "ima-dir", 0, OPTION_VALUE, "DIR",
		"where the kernel's lists are (" IMA_DEFAULT_DIR ")" },
	[OPT_RUN_DIR] = { "run-dir", 0, OPTION_VALUE, "DIR",
		"a tmpfs, for what the next snapshot need not read (" CACHE_DEFAULT_DIR ")" },
	[OPT_WAIT] = { "wait", 0, OPTION_VALUE, "SECONDS",
		"how long to wait for another process (10)" },
	[OPT_CANONICAL] = { "canonical", 0, OPTION_FLAG, NULL,
		"the kernel was booted with ima_canonical_fmt" },
	[OPT_PROGRESS] = { "progress", 0, OPTION_FLAG, NULL,
		"say how far it is, also where stderr is no terminal" },
	[OPT_NO_PROGRESS] = { "no-progress", 0, OPTION_FLAG, NULL,
		"do not, however long it takes" },
	[OPT_JSON] = { "json", 0, OPTION_FLAG, NULL,
		"one JSON object on standard output" },
	[OPT_VERBOSE] = { "verbose", 'v', OPTION_FLAG, NULL,
		"say more" },
	[OPT_HELP] = { "help", 'h', OPTION_FLAG, NULL, "this text" },
	{ 0 }
};

struct action {
	const char *name;
	int (*run)(const struct snapshot_args *args);
	int also;	/* for snapshot_confine(); < 0: it calls it itself */
	const char *summary;
};

#define ITSELF (-1)

static const struct action actions[] = {
	{ "take", snapshot_verb_take, ITSELF,
	  "take a snapshot: the default" },
	{ "list", snapshot_verb_list, 0, "the shards, in order" },
	{ "check", snapshot_verb_check, 0,
	  "replay each shard from the aggregate before it to its own" },
	{ "status", snapshot_verb_status, 0,
	  "what is waiting, what is stored, and the settings" },
	{ "export", snapshot_verb_export, CONFINE_TPM,
	  "a chunk of the list, from shards and kernel, to be sent" },
	{ "clean", snapshot_verb_clean,
	  CONFINE_FILES | CONFINE_STORE | CONFINE_TPM,
	  "remove or archive shards: --boot, --all or --before" },
	{ "cat", snapshot_verb_cat, 0,
	  "shards, staged and current list as the one list they are" },
	{ "mount", snapshot_verb_mount, ITSELF,
	  "the same as files in DIR, for agents that know no shards" },
	{ "wait", snapshot_verb_wait, CONFINE_WATCH,
	  "until there is a new shard" },
};

#define ACTION_COUNT (sizeof(actions) / sizeof(actions[0]))

/* What an action wants to be named; NULL: nothing. */
static const char *operand_of(const struct action *action)
{
	return action->run == snapshot_verb_mount ? "DIR" : NULL;
}

static int help(void)
{
	printf("Usage: evmctl snapshot [ACTION] [OPTIONS]\n\n"
	       "Moves IMA's measurement list into shards, each closed by the PCR values\n"
	       "there, so that a verifier can start from the nearest one.\n\n"
	       "Actions:\n");
	for (size_t i = 0; i < ACTION_COUNT; i++)
		printf("  %-5s %-20s  %s\n", actions[i].name,
		       operand_of(&actions[i]) ? operand_of(&actions[i]) : "",
		       actions[i].summary);
	printf("\nOptions:\n");
	options_help(rows);
	printf("\nExit codes: 0 done, 1 contradicted, 2 usage, 3 cannot be decided, 125 failed\n");
	return EVMCTL_OK;
}

static int set_handle(const char *value, uint32_t *ret)
{
	unsigned long n;
	char *end;

	errno = 0;
	n = strtoul(value, &end, 0);
	if (errno || *end || end == value || *value == '-' || !n ||
	    n > UINT32_MAX) {
		say(verb, "'%s' is not a handle, such as 0x81010002", value);
		return EVMCTL_USAGE;
	}
	*ret = (uint32_t)n;
	return EVMCTL_OK;
}

static int set_after(const char *value, struct snapshot_args *args)
{
	if (number_parse(value, &args->after) ||
	    args->after > RECORD_NUMBER_MAX) {
		say(verb, "'%s' is not the number of a record", value);
		return EVMCTL_USAGE;
	}
	args->has_after = true;
	return EVMCTL_OK;
}

static int set_before(const char *value, uint64_t *ret)
{
	if (number_parse(value, ret) || !*ret || *ret > RECORD_NUMBER_MAX) {
		say(verb, "'%s' is not the number of a record", value);
		return EVMCTL_USAGE;
	}
	return EVMCTL_OK;
}

static int set_max_bytes(const char *value, uint64_t *ret)
{
	if (size_parse(value, ret) || !*ret) {
		say(verb, "'%s' is not a size, such as 1M", value);
		return EVMCTL_USAGE;
	}
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
static int apply(struct snapshot_args *args, int option, const char *value,
		 bool *done)
{
	switch (option) {
	case SETTING_KEEP:
		args->given[SETTING_KEEP] = "yes";
		break;
	case OPT_NO_KEEP:
		args->given[SETTING_KEEP] = "no";
		break;
	case SETTING_RETAIN_ONLY_AFTER_HOOK:
	case OPT_NO_RETAIN_ONLY_AFTER_HOOK:
		args->given[SETTING_RETAIN_ONLY_AFTER_HOOK] =
			option == SETTING_RETAIN_ONLY_AFTER_HOOK ? "yes" : "no";
		break;
	case OPT_IF_OVER:
		args->if_over = true;
		break;
	case OPT_QUOTE:
		args->quote = true;
		break;
	case OPT_AK_HANDLE:
		return set_handle(value, &args->snapshot.ak_handle);
	case OPT_AK:
		args->ak = value;
		break;
	case OPT_AFTER:
		return set_after(value, args);
	case OPT_MAX_BYTES:
		return set_max_bytes(value, &args->max_bytes);
	case OPT_NONCE:
		args->nonce = value;
		break;
	case OPT_BOOT:
		args->boot = true;
		break;
	case OPT_ALL:
		args->all = true;
		break;
	case OPT_BEFORE:
		return set_before(value, &args->before);
	case OPT_ASCII:
		args->ascii = true;
		break;
	case OPT_FORMAT:
		args->format = value;
		break;
	case OPT_BANK:
		args->bank = value;
		break;
	case OPT_FROM:
		args->from = value;
		break;
	case OPT_TO:
		args->to = value;
		break;
	case OPT_FOLLOW:
		args->follow = true;
		break;
	case OPT_OUTPUT:
		args->output = value;
		break;
	case OPT_TIMEOUT:
		args->timeout = value;
		break;
	case OPT_FOREGROUND:
		args->foreground = true;
		break;
	case OPT_BIND:
		args->bind = true;
		break;
	case OPT_CONFIG:
		args->config_dir = value;
		break;
	case OPT_IMA_DIR:
		args->snapshot.ima_dir = value;
		break;
	case OPT_RUN_DIR:
		args->snapshot.run_dir = value;
		break;
	case OPT_WAIT:
		return set_wait(value, &args->snapshot.wait);
	case OPT_CANONICAL:
		args->snapshot.canonical = true;
		break;
	case OPT_PROGRESS:
		args->progress = PROGRESS_ALWAYS;
		break;
	case OPT_NO_PROGRESS:
		args->progress = PROGRESS_NEVER;
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
		if (option < 0 || option >= SETTINGS)
			return EVMCTL_USAGE;
		args->given[option] = value;
	}
	return EVMCTL_OK;
}

/* Files and command line, as the mission takes them. */
static int load_settings(struct snapshot_args *args)
{
	struct snapshot_options *o = &args->snapshot;
	const struct config_value *v = args->settings.value;
	struct error err = { 0 };
	int rc = settings_load(&args->settings, args->config_dir, args->given,
			       &err);

	if (rc) {
		say_error(verb, &err);
		return exit_code(rc);
	}
	o->shard_dir = setting_text(&args->settings, SETTING_SHARD_DIR);
	o->shard_size = v[SETTING_SHARD_SIZE].number;
	o->group = (gid_t)v[SETTING_GROUP].number;
	o->archive = setting_text(&args->settings, SETTING_ARCHIVE);
	o->kernel = (enum kernel_kind)v[SETTING_KERNEL].number;
	o->tcti = setting_text(&args->settings, SETTING_TCTI);
	o->keep = v[SETTING_KEEP].number;
	o->min_free = v[SETTING_MIN_FREE].number;
	return EVMCTL_OK;
}

struct stitch_options stitch_options_of(const struct snapshot_args *args)
{
	const struct snapshot_options *o = &args->snapshot;

	return (struct stitch_options){
		.ima_dir = o->ima_dir, .shard_dir = o->shard_dir,
		.run_dir = o->run_dir, .kernel = o->kernel,
		.canonical = o->canonical,
	};
}

/* Options that not every action has. */
static int check(const struct snapshot_args *args, const struct action *action)
{
	const struct {
		bool given;
		const char *name;
		int (*of)(const struct snapshot_args *args);
		int (*or)(const struct snapshot_args *args);
	} owned[] = {
		{ args->if_over, "if-over", snapshot_verb_take, NULL },
		{ args->boot, "boot", snapshot_verb_clean, NULL },
		{ args->all, "all", snapshot_verb_clean, NULL },
		{ args->before, "before", snapshot_verb_clean, NULL },
		{ args->ascii, "ascii", snapshot_verb_cat, NULL },
		{ args->format, "format", snapshot_verb_cat, NULL },
		{ args->bank, "bank", snapshot_verb_cat, NULL },
		{ args->from, "from", snapshot_verb_cat, NULL },
		{ args->to, "to", snapshot_verb_cat, NULL },
		{ args->follow, "follow", snapshot_verb_cat, NULL },
		{ args->output, "output", snapshot_verb_cat,
		  snapshot_verb_export },
		{ args->has_after, "after", snapshot_verb_export,
		  snapshot_verb_wait },
		{ args->max_bytes, "max-bytes", snapshot_verb_export, NULL },
		{ args->nonce, "nonce", snapshot_verb_export, NULL },
		{ args->timeout, "timeout", snapshot_verb_wait, NULL },
		{ args->foreground, "foreground", snapshot_verb_mount, NULL },
		{ args->bind, "bind", snapshot_verb_mount, NULL },
	};

	for (size_t i = 0; i < sizeof(owned) / sizeof(owned[0]); i++) {
		if (!owned[i].given || action->run == owned[i].of ||
		    action->run == owned[i].or)
			continue;
		say(verb, "--%s does not go with %s", owned[i].name,
		    action->name);
		return EVMCTL_USAGE;
	}
	return EVMCTL_OK;
}

/* Theirs is no result that could be an object. */
static int check_json(const struct snapshot_args *args,
		      const struct action *action)
{
	if (!args->json || (action->run != snapshot_verb_cat &&
			    action->run != snapshot_verb_mount))
		return EVMCTL_OK;
	say(verb, "--json does not go with %s%s", action->name,
	    action->run == snapshot_verb_cat ?
	    ": records in JSON are --format cel-json" : "");
	return EVMCTL_USAGE;
}

static int take_operand(struct snapshot_args *args,
			const struct action *action, int operands,
			char *const *operand)
{
	int wanted = operand_of(action) ? 1 : 0;

	if (operands > wanted) {
		say(verb, "'%s' is one operand too many", operand[wanted]);
		return EVMCTL_USAGE;
	}
	if (operands < wanted) {
		say(verb, "%s: no %s was given", action->name,
		    operand_of(action));
		return EVMCTL_USAGE;
	}
	args->operand = wanted ? operand[0] : NULL;
	return EVMCTL_OK;
}

static int run(struct snapshot_args *args, int operands, char *const *operand)
{
	const char *name = operands ? operand[0] : actions[0].name;
	char own[HOST_PATH_MAX];

	for (size_t i = 0; i < ACTION_COUNT; i++) {
		int rc;

		if (strcmp(actions[i].name, name))
			continue;
		rc = take_operand(args, &actions[i],
				  operands ? operands - 1 : 0,
				  operand + 1);
		if (!rc)
			rc = check(args, &actions[i]);
		if (!rc)
			rc = check_json(args, &actions[i]);
		if (!rc)
			rc = load_settings(args);
		/* A view may be bound over the kernel's lists. */
		args->own_dir = args->snapshot.ima_dir;
		args->snapshot.ima_dir = host_own_dir(args->own_dir, false,
						      own);
		if (!rc && actions[i].also >= 0)
			snapshot_confine(args, (unsigned int)actions[i].also);
		return rc ? rc : actions[i].run(args);
	}
	say(verb, "'%s' is not an action: see 'evmctl help snapshot'", name);
	return EVMCTL_USAGE;
}

int evmctl_snapshot(int argc, char *argv[], int verbosity)
{
	struct snapshot_args args = {
		.snapshot = {
			.ima_dir = IMA_DEFAULT_DIR,
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
	if (!standard_hold()) {
		options_free(o);
		return EVMCTL_FAILED;
	}
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
	settings_free(&args.settings);
	options_free(o);
	return rc;
}
