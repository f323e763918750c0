// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test-front.c - which verb the front finds, and what that verb is handed
 *
 * src/cmd/evmctl.c is compiled into this test with main() renamed, and the
 * two verbs are these. What is passed on to another evmctl is the business of
 * tests/front.test.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "evmctl-snapshot.h"
#include "unit.h"

/* The front's main() itself, by its new name: see Makemodule.am. */
int front_main(int argc, char *argv[]);

#define WORDS_MAX 16

/* "VERBOSITY: verb|word|word" of the last call, "" if no verb was called. */
static char called[512];

static int note(int argc, char *argv[], int verbosity)
{
	size_t n = (size_t)snprintf(called, sizeof(called), "%d:", verbosity);

	for (int i = 0; i < argc && n < sizeof(called); i++)
		n += (size_t)snprintf(called + n, sizeof(called) - n, "%c%s",
				      i ? '|' : ' ', argv[i]);
	CHECK(!argv[argc]);
	return EVMCTL_UNDECIDED;
}

int evmctl_snapshot(int argc, char *argv[], int verbosity)
{
	return note(argc, argv, verbosity);
}

int evmctl_ima_measurement(int argc, char *argv[], int verbosity)
{
	return note(argc, argv, verbosity);
}

/* Call the front with the words of @line, split at blanks. */
static int front(const char *line)
{
	char copy[256], name[] = "evmctl", *argv[WORDS_MAX + 1] = { name };
	char *rest = copy, *word;
	int argc = 1;

	snprintf(copy, sizeof(copy), "%s", line);
	while ((word = strsep(&rest, " ")) && argc < WORDS_MAX)
		argv[argc++] = word;
	argv[argc] = NULL;
	called[0] = '\0';
	return front_main(argc, argv);
}

struct row {
	const char *line, *want;
};

static void check_rows(const struct row *row)
{
	for (; row->line; row++) {
		unit_case("evmctl %s", row->line);
		CHECK_INT(front(row->line), EVMCTL_UNDECIDED);
		CHECK_STR(called, row->want);
	}
}

static void verb_first(void)
{
	static const struct row rows[] = {
		{ "snapshot", "0: snapshot" },
		{ "snapshot take -v --x y", "0: snapshot|take|-v|--x|y" },
		{ "ima_measurement FILE", "0: ima_measurement|FILE" },
		{ "ima_measurement snapshot", "0: ima_measurement|snapshot" },
		{ "snapshot --help", "0: snapshot|--help" },
		{ "snapshot --version", "0: snapshot|--version" },
		{ "snapshot -- -x", "0: snapshot|--|-x" },
		{ NULL, NULL }
	};

	check_rows(rows);
}

static void verbosity_in_front_is_counted(void)
{
	static const struct row rows[] = {
		{ "-v snapshot", "1: snapshot" },
		{ "-vv ima_measurement F", "2: ima_measurement|F" },
		{ "-v -vvv snapshot -v", "4: snapshot|-v" },
		{ "-vd snapshot", "0: snapshot|-vd" },
		{ NULL, NULL }
	};

	check_rows(rows);
}

static void values_in_front_are_no_verbs(void)
{
	static const struct row rows[] = {
		{ "--hashalgo sha256 -v ima_measurement F",
		  "1: ima_measurement|--hashalgo|sha256|F" },
		{ "--hashalgo=sha256 ima_measurement F",
		  "0: ima_measurement|--hashalgo=sha256|F" },
		{ "--hash snapshot ima_measurement",
		  "0: ima_measurement|--hash|snapshot" },
		{ "-a sha1 snapshot", "0: snapshot|-a|sha1" },
		{ "-asha1 snapshot", "0: snapshot|-asha1" },
		{ "-va sha1 snapshot", "0: snapshot|-va|sha1" },
		{ "-k -v snapshot", "0: snapshot|-k|-v" },
		{ "-k snapshot snapshot", "0: snapshot|-k|snapshot" },
		{ "--key K --pcrs sha1,P snapshot",
		  "0: snapshot|--key|K|--pcrs|sha1,P" },
		{ "--keyid 1 --keyid-from-cert C snapshot",
		  "0: snapshot|--keyid|1|--keyid-from-cert|C" },
		{ "--provider P --hmackey K --engine E snapshot",
		  "0: snapshot|--provider|P|--hmackey|K|--engine|E" },
		{ NULL, NULL }
	};

	check_rows(rows);
}

static void options_without_a_next_word(void)
{
	static const struct row rows[] = {
		{ "--ignore-violations --verify-sig ima_measurement F",
		  "0: ima_measurement|--ignore-violations|--verify-sig|F" },
		{ "--pass ima_measurement", "0: ima_measurement|--pass" },
		{ "-p snapshot", "0: snapshot|-p" },
		{ "-psecret snapshot", "0: snapshot|-psecret" },
		{ "-pa snapshot", "0: snapshot|-pa" },
		{ "-u snapshot", "0: snapshot|-u" },
		{ "--caps snapshot", "0: snapshot|--caps" },
		{ "--caps=x snapshot", "0: snapshot|--caps=x" },
		{ "--unheard-of snapshot", "0: snapshot|--unheard-of" },
		{ "--verify-bank ima_measurement",
		  "0: ima_measurement|--verify-bank" },
		{ "--verify-bank sha384 ima_measurement",
		  "0: ima_measurement|--verify-bank|sha384" },
		{ "--verify-bank=sha1 ima_measurement",
		  "0: ima_measurement|--verify-bank=sha1" },
		{ "-- snapshot -v", "0: snapshot|--|-v" },
		{ "-h snapshot", "0: snapshot|-h" },
		{ NULL, NULL }
	};

	check_rows(rows);
}

static void help_of_our_verbs_is_theirs(void)
{
	static const struct row rows[] = {
		{ "help snapshot", "0: snapshot|--help" },
		{ "-v help ima_measurement", "0: ima_measurement|--help" },
		{ NULL, NULL }
	};

	check_rows(rows);
}

static void nothing_else_is_ours(void)
{
	static const char *const lines[] = {
		"snapshots", "snap", "ima_hash snapshot", "-k snapshot", "-",
		"--hashalgo", "help ima_hash", "- snapshot", "", "--",
		"-- -v snapshot",
	};

	/* What the front says then is looked at in tests/front.test. */
	if (!CHECK(freopen("/dev/null", "w", stderr)))
		return;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		unit_case("evmctl %s", lines[i]);
		unsetenv("EVMCTL_PASSED");
		setenv("PATH", "/nonexistent", 1);
		CHECK_INT(front(lines[i]), EVMCTL_FAILED);
		CHECK_STR(called, "");
	}
}

const struct unit_test unit_tests[] = {
	{ "verb_first", verb_first },
	{ "verbosity_in_front_is_counted", verbosity_in_front_is_counted },
	{ "values_in_front_are_no_verbs", values_in_front_are_no_verbs },
	{ "options_without_a_next_word", options_without_a_next_word },
	{ "help_of_our_verbs_is_theirs", help_of_our_verbs_is_theirs },
	{ "nothing_else_is_ours", nothing_else_is_ours },
	{ NULL, NULL }
};
