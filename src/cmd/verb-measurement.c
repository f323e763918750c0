// SPDX-License-Identifier: GPL-2.0-or-later
/* verb-measurement.c - evmctl ima_measurement: its options, then a verdict */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cmd/measurement-verb.h"
#include "cmd/old-options.h"
#include "cmd/options.h"
#include "cmd/policy-options.h"
#include "cmd/say.h"
#include "evmctl-snapshot.h"
#include "port/host.h"
#include "port/imasig.h"
#include "port/standard.h"

static const char verb[] = "ima_measurement";

/* Of as many processors, each thread wants some hundred KiB. */
#define JOBS_DEFAULT_MAX 16

enum {
	OPT_SHARDS = STATE_OPTIONS, OPT_SHARD_DIR, OPT_CONFIG, OPT_IMA_DIR,
	OPT_FROM, OPT_POLICY, OPT_POLICY_LAST = OPT_POLICY + POLICY_RULES - 1,
	OPT_CHUNK, OPT_START_PCRS, OPT_START_PCR, OPT_JOBS,
	OPT_CANONICAL, OPT_WAIT, OPT_IGNORE_VIOLATIONS, OPT_VERIFY_SIG, OPT_KEY,
	OPT_KEYRING,
	OPT_OLD, OPT_OLD_LAST = OPT_OLD + OLD_OPTIONS - 1,
	OPT_REPORT, OPT_PROGRESS, OPT_NO_PROGRESS, OPT_JSON, OPT_VERBOSE,
	OPT_HELP
};

static const struct option_row rows[] = {
	TARGET_OPTION_ROWS,
	STATE_OPTION_ROWS,
	[OPT_SHARDS] = { "shards", 0, OPTION_FLAG, NULL,
		"take the shards first (" STORE_DEFAULT_DIR ")" },
	[OPT_SHARD_DIR] = { "shard-dir", 0, OPTION_VALUE, "DIR",
		"the same, in DIR" },
	[OPT_CONFIG] = { "config", 0, OPTION_VALUE, "DIR",
		"the configuration (" CONFIG_ETC ", " CONFIG_VENDOR ")" },
	[OPT_IMA_DIR] = { "ima-dir", 0, OPTION_VALUE, "DIR",
		"where the kernel's lists are (" IMA_DEFAULT_DIR ")" },
	[OPT_FROM] = { "from", 0, OPTION_VALUE, "WHERE",
		"start at the nearest aggregate (nearest), boot, or a record's number" },
	POLICY_OPTION_ROWS(OPT_POLICY),
	[OPT_JOBS] = { "jobs", 0, OPTION_VALUE, "N",
		"replay with N threads (the processors there are)" },
	[OPT_CHUNK] = { "chunk", 0, OPTION_VALUE, "FILE...",
		"with --state: records in instalments, from snapshot export" },
	[OPT_START_PCRS] = { "start-pcrs", 0, OPTION_VALUE, "[ALG,]FILE",
		"PCR values before the list, taken on trust" },
	[OPT_START_PCR] = { "start-pcr", 0, OPTION_VALUE, "BANK:INDEX=HEX",
		"one of them; repeatable" },
	[OPT_CANONICAL] = { "canonical", 0, OPTION_FLAG, NULL,
		"the list is little-endian (ima_canonical_fmt)" },
	[OPT_WAIT] = { "wait", 0, OPTION_VALUE, "SECONDS",
		"how long to wait for the kernel's list (10)" },
	[OPT_IGNORE_VIOLATIONS] = { "ignore-violations", 0, OPTION_FLAG, NULL,
		"accepted; both readings of violations are always tried" },
	[OPT_VERIFY_SIG] = { "verify-sig", 0, OPTION_FLAG, NULL,
		"verify the file signatures of the proven records" },
	[OPT_KEY] = { "key", 'k', OPTION_VALUE, "FILE,FILE",
		"with these public keys (" IMASIG_DEFAULT_KEY ")" },
	[OPT_KEYRING] = { "keyring", 0, OPTION_VALUE, "KEYRING",
		"with the kernel's keys there: @s, %:NAME, or a number" },
	OLD_OPTION_ROWS(OPT_OLD),
	[OPT_REPORT] = { "report", 0, OPTION_VALUE, "FILE",
		"the verdict as a page of HTML, for whoever must judge" },
	[OPT_PROGRESS] = { "progress", 0, OPTION_FLAG, NULL,
		"say how far it is, also where stderr is no terminal" },
	[OPT_NO_PROGRESS] = { "no-progress", 0, OPTION_FLAG, NULL,
		"do not, however long it takes" },
	[OPT_JSON] = { "json", 0, OPTION_FLAG, NULL,
		"one JSON object on standard output" },
	[OPT_VERBOSE] = { "verbose", 'v', OPTION_FLAG, NULL,
		"show the records; twice: the PCRs after each" },
	[OPT_HELP] = { "help", 'h', OPTION_FLAG, NULL, "this text" },
	{ 0 }
};

static int help(void)
{
	printf("Usage: evmctl ima_measurement [OPTIONS] [FILE]\n\n"
	       "Verifies a measurement list: replays it, from boot or from a shard's\n"
	       "aggregate, and compares with the TPM, with PCR values or with a quote.\n"
	       "FILE is a list of any bank, binary or in the kernel's ASCII form.\n"
	       "Without FILE, and with --shards, the list is the running kernel's.\n\n"
	       "Options:\n");
	options_help(rows);
	printf("\nExit codes: 0 verified, 1 contradicted, 2 usage, 3 cannot be decided, 125 failed\n");
	return EVMCTL_OK;
}

static int set_from(struct measurement_options *how, const char *value)
{
	if (!strcmp(value, "nearest")) {
		how->from = FROM_NEAREST;
	} else if (!strcmp(value, "boot")) {
		how->from = FROM_BOOT;
	} else if (!number_parse(value, &how->record) && how->record) {
		how->from = FROM_RECORD;
	} else {
		say(verb, "--from takes nearest, boot or the number of a record, not '%s'",
		    value);
		return EVMCTL_USAGE;
	}
	return EVMCTL_OK;
}

static int add_given(struct args *args, const char *value, bool file)
{
	if (!args->given)
		args->given = calloc(1, sizeof(*args->given));
	if (!args->given) {
		say(verb, "out of memory");
		return EVMCTL_FAILED;
	}
	return file ? pcrs_option_file(value, args->given) :
		      pcrs_option_value(value, args->given);
}

static int add_chunk(struct args *args, const char *value)
{
	const char **more = realloc(args->chunk,
				    (args->chunks + 1) * sizeof(*more));

	if (!more) {
		say(verb, "out of memory");
		return EVMCTL_FAILED;
	}
	args->chunk = more;
	args->chunk[args->chunks++] = value;
	return EVMCTL_OK;
}

/* What says nothing of a chunk's own quote; with another, target_load() asks. */
static bool beside_a_quote(const struct target_args *t)
{
	return t->has_bank ||
	       (!t->quote && (t->signature || t->quote_pcrs));
}

/* Operands behind --chunk are chunks too. */
static int check_chunks(struct args *args, int operands, char *const *operand)
{
	int rc = EVMCTL_OK;

	if (!args->state.path || args->shards || args->shard_dir ||
	    args->target.pcrs_count || args->target.pcr_count ||
	    args->target.tcti || args->target.hwtpm ||
	    beside_a_quote(&args->target) ||
	    args->how.from != FROM_NEAREST) {
		say(verb, "--chunk goes with --state, and with a quote, its own or --quote");
		return EVMCTL_USAGE;
	}
	for (int i = 0; i < operands && !rc; i++)
		rc = add_chunk(args, operand[i]);
	return rc;
}

static int set_wait(struct args *args, const char *value)
{
	uint64_t n;

	if (number_parse(value, &n) || n > 86400) {
		say(verb, "'%s' is not a number of seconds", value);
		return EVMCTL_USAGE;
	}
	args->wait = (unsigned int)n;
	return EVMCTL_OK;
}

/* More than some threads are of little use to one list. */
static unsigned int default_jobs(void)
{
	unsigned int n = host_processors();

	return n < JOBS_DEFAULT_MAX ? n : JOBS_DEFAULT_MAX;
}

static int set_jobs(struct measurement_options *how, const char *value)
{
	uint64_t n;

	if (number_parse(value, &n) || !n || n > MEASUREMENT_JOBS_MAX) {
		say(verb, "--jobs takes a number from 1 to %d, not '%s'",
		    MEASUREMENT_JOBS_MAX, value);
		return EVMCTL_USAGE;
	}
	how->jobs = (unsigned int)n;
	return EVMCTL_OK;
}

static int apply(struct args *args, int option, const char *value, bool *done)
{
	if (option >= 0 && option < TARGET_OPTIONS) {
		args->classic = args->classic && target_is_classic(option);
		return target_option(&args->target, option, value);
	}
	if (option >= OPT_POLICY && option <= OPT_POLICY_LAST) {
		args->classic = false;
		return policy_option(&args->policy,
				     (enum policy_rule)(option - OPT_POLICY),
				     value);
	}
	if (option >= OPT_OLD && option <= OPT_OLD_LAST) {
		old_option(option - OPT_OLD);
		return EVMCTL_OK;
	}
	if (option >= TARGET_OPTIONS && option < STATE_OPTIONS) {
		args->classic = false;
		return state_option(&args->state, option, value);
	}
	if (option != OPT_IGNORE_VIOLATIONS && option != OPT_VERBOSE &&
	    option != OPT_VERIFY_SIG && option != OPT_KEY &&
	    option != OPT_JOBS && option != OPT_PROGRESS &&
	    option != OPT_NO_PROGRESS)
		args->classic = false;
	switch (option) {
	case OPT_SHARDS:
		args->shards = true;
		break;
	case OPT_SHARD_DIR:
		args->shard_dir = value;
		break;
	case OPT_CONFIG:
		args->config_dir = value;
		break;
	case OPT_IMA_DIR:
		args->ima_dir = value;
		break;
	case OPT_FROM:
		return set_from(&args->how, value);
	case OPT_CHUNK:
		return add_chunk(args, value);
	case OPT_START_PCRS:
	case OPT_START_PCR:
		return add_given(args, value, option == OPT_START_PCRS);
	case OPT_JOBS:
		return set_jobs(&args->how, value);
	case OPT_CANONICAL:
		args->list_flags = LIST_CANONICAL;
		break;
	case OPT_WAIT:
		return set_wait(args, value);
	case OPT_IGNORE_VIOLATIONS:
		break;
	case OPT_VERIFY_SIG:
		args->verify_sig = true;
		break;
	case OPT_KEY:
		args->keys = value;
		break;
	case OPT_KEYRING:
		args->keyring = value;
		break;
	case OPT_REPORT:
		args->page = value;
		break;
	case OPT_PROGRESS:
		args->when = PROGRESS_ALWAYS;
		break;
	case OPT_NO_PROGRESS:
		args->when = PROGRESS_NEVER;
		break;
	case OPT_JSON:
		args->json = true;
		break;
	case OPT_VERBOSE:
		args->verbosity++;
		break;
	case OPT_HELP:
		*done = true;
		return help();
	default:
		return EVMCTL_USAGE;
	}
	return EVMCTL_OK;
}

/* --shards without --shard-dir: where the settings have them. */
static int locate_shards(struct args *args)
{
	struct error err = { 0 };
	int rc;

	if (!args->shards || args->shard_dir)
		return EVMCTL_OK;
	rc = settings_load(&args->settings, args->config_dir, NULL, &err);
	if (rc) {
		say_error(verb, &err);
		return exit_code(rc);
	}
	args->shard_dir = setting_text(&args->settings, SETTING_SHARD_DIR);
	return EVMCTL_OK;
}

static int check(struct args *args, int operands, char *const *operand)
{
	int rc = EVMCTL_OK;

	if (args->chunks) {
		rc = check_chunks(args, operands, operand);
		operands = 0;
	}
	if (rc)
		return rc;
	if (operands > 1) {
		say(verb, "'%s' is one operand too many", operand[1]);
		return EVMCTL_USAGE;
	}
	args->file = operands ? operand[0] : NULL;
	if (!args->file && !args->shards && !args->shard_dir &&
	    !args->chunks) {
		say(verb, "a list is missing: name a FILE, or --shards");
		return EVMCTL_USAGE;
	}
	if (args->given && (args->shards || args->shard_dir)) {
		say(verb, "--start-pcrs and --start-pcr go with a FILE alone, shards have their own start");
		return EVMCTL_USAGE;
	}
	if (args->keyring && args->keys) {
		say(verb, "--keyring goes without --key");
		return EVMCTL_USAGE;
	}
	if (args->keyring && !args->verify_sig &&
	    !args->policy.asked[POLICY_SIGNATURE]) {
		say(verb, "--keyring goes with --verify-sig");
		return EVMCTL_USAGE;
	}
	args->target.want_clock = args->state.path;
	rc = state_options_check(&args->state, args->how.from, args->given);
	return rc ? rc : locate_shards(args);
}

int evmctl_ima_measurement(int argc, char *argv[], int verbosity)
{
	struct remembered remembered = { 0 };
	struct args args = {
		.remembered = &remembered,
		.ima_dir = IMA_DEFAULT_DIR,
		.wait = 10,
		.verbosity = verbosity,
		.classic = true,
		.state.max_pending = MAX_PENDING_DEFAULT,
		.how = { .jobs = default_jobs() },
	};
	struct options *o = options_new(rows, argc, argv);
	const char *value;
	bool done = false;
	char **operand;
	int option, rc = EVMCTL_OK;

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

		rc = check(&args, operands, operand);
	}
	if (!rc && !done)
		rc = measurement_run(&args);
	options_free(o);
	settings_free(&args.settings);
	free(args.given);
	free(args.chunk);
	target_args_release(&args.target);
	return rc;
}
