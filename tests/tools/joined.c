// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * joined.c - a program with a table of commands that has taken our verbs in
 *
 * It stands for the evmctl of ima-evm-utils: global options by getopt_long(),
 * which may stand anywhere, then the command's row. See contrib/upstream.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "evmctl-verbs.h"

struct command {
	const char *name;
	int (*func)(struct command *cmd);
};

static int own(struct command *cmd)
{
	printf("own %s\n", cmd->name);
	return 0;
}

static struct command commands[] = {
	{ "hash", own },
	{ "snapshot", verbs_snapshot },
	{ "ima_measurement", verbs_ima_measurement },
};

int main(int argc, char *argv[])
{
	static const struct option options[] = {
		{ "pcrs", 1, NULL, 'p' },
		{ "validate", 0, NULL, 'V' },
		{ "verbose", 0, NULL, 'v' },
		{ NULL, 0, NULL, 0 },
	};
	int rc = verbs_first(argc, argv), opt;

	if (rc != -1)
		return rc;
	while ((opt = getopt_long(argc, argv, "v", options, NULL)) != -1)
		if (opt == '?')
			return 1;
	if (optind == argc)
		return 1;
	optind++;
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (!strcmp(commands[i].name, argv[optind - 1]))
			return commands[i].func(&commands[i]);
	return 1;
}
