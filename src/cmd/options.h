/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * options.h - a verb's options as a table: parsed and explained from one place
 */
#ifndef CMD_OPTIONS_H
#define CMD_OPTIONS_H

#include <stdbool.h>

enum option_value { OPTION_FLAG, OPTION_VALUE };

/* A table ends with a row whose name is NULL. A NULL help hides the row. */
struct option_row {
	const char *name;		/* "shard-dir" */
	char letter;			/* or 0 */
	enum option_value value;
	const char *value_name;		/* "DIR" */
	const char *help;
};

struct options;

/*
 * Parse @argv, whose [0] is the verb. Options and operands may be mixed.
 * getopt_long()'s own state is reset, so that a caller may be in a loop of
 * its own. options_free() takes NULL; NULL is returned for want of memory.
 */
struct options *options_new(const struct option_row *rows, int argc,
			    char *argv[]);
void options_free(struct options *o);

/*
 * The index of the next option's row, its value in @value; OPTIONS_END, with
 * the operands behind it; OPTIONS_BAD, after saying on stderr what is wrong.
 */
#define OPTIONS_END (-1)
#define OPTIONS_BAD (-2)
int options_next(struct options *o, const char **value);

/* After OPTIONS_END. */
int options_operands(const struct options *o, char ***ret);

/* The rows, one or two lines each, on stdout. */
void options_help(const struct option_row *rows);

#endif
