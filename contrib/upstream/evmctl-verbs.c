// SPDX-License-Identifier: GPL-2.0-or-later
/* evmctl-verbs.c - the two verbs in another program's table of commands */
#include "evmctl-verbs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "evmctl-snapshot.h"

typedef int (*verb_fn)(int argc, char *argv[], int verbosity);

/* getopt_long() will change the order of the first, not of the second. */
static int words;
static char **line, **typed;

static verb_fn verb_of(const char *word)
{
	if (!strcmp(word, "snapshot"))
		return evmctl_snapshot;
	if (!strcmp(word, "ima_measurement"))
		return evmctl_ima_measurement;
	return NULL;
}

/* "-v", "-vv": how many, or 0. */
static int verbosity_of(const char *word)
{
	size_t n = word[0] == '-' ? strspn(word + 1, "v") : 0;

	return word[1 + n] ? 0 : (int)n;
}

int verbs_first(int argc, char *argv[])
{
	int at = 1, verbosity = 0;
	verb_fn run;

	words = argc;
	line = argv;
	typed = malloc(((size_t)argc + 1) * sizeof(*typed));
	if (!typed) {
		fprintf(stderr, "evmctl: out of memory\n");
		return EVMCTL_FAILED;
	}
	memcpy(typed, argv, ((size_t)argc + 1) * sizeof(*typed));
	while (at < argc && argv[at][0] && verbosity_of(argv[at]))
		verbosity += verbosity_of(argv[at++]);
	run = at < argc ? verb_of(argv[at]) : NULL;
	return run ? run(argc - at, argv + at, verbosity) : -1;
}

/* The line as it was typed, with the verb moved to its beginning. */
static int run_row(verb_fn run)
{
	char *verb = line[optind - 1], **argv;
	int argc = 1, rc;

	argv = malloc(((size_t)words + 1) * sizeof(*argv));
	if (!argv) {
		fprintf(stderr, "evmctl: out of memory\n");
		return EVMCTL_FAILED;
	}
	argv[0] = verb;
	for (int i = 1; i < words; i++)
		if (typed[i] != verb)
			argv[argc++] = typed[i];
	argv[argc] = NULL;
	rc = run(argc, argv, 0);
	free(argv);
	return rc;
}

int verbs_snapshot(struct command *cmd)
{
	(void)cmd;
	return run_row(evmctl_snapshot);
}

int verbs_ima_measurement(struct command *cmd)
{
	(void)cmd;
	return run_row(evmctl_ima_measurement);
}
