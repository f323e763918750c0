// SPDX-License-Identifier: GPL-2.0-or-later
/* options.c - a verb's options as a table; getopt_long() does the work */
#include "cmd/options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Long options return this and their row. */
#define LONG_BASE 256

struct options {
	const struct option_row *rows;
	int argc;
	char **argv;
	struct option *table;
	char *letters;
};

static size_t count(const struct option_row *rows)
{
	size_t n = 0;

	while (rows[n].name)
		n++;
	return n;
}

void options_free(struct options *o)
{
	if (!o)
		return;
	free(o->table);
	free(o->letters);
	free(o);
}

struct options *options_new(const struct option_row *rows, int argc,
			    char *argv[])
{
	struct options *o = calloc(1, sizeof(*o));
	size_t n = count(rows), at = 0;

	if (!o)
		return NULL;
	*o = (struct options){ .rows = rows, .argc = argc, .argv = argv };
	o->table = calloc(n + 1, sizeof(*o->table));
	o->letters = calloc(2 * n + 2, 1);
	if (!o->table || !o->letters) {
		options_free(o);
		return NULL;
	}
	o->letters[at++] = ':';
	for (size_t i = 0; i < n; i++) {
		bool value = rows[i].value == OPTION_VALUE;

		o->table[i] = (struct option){
			.name = rows[i].name,
			.has_arg = value ? required_argument : no_argument,
			.val = LONG_BASE + (int)i,
		};
		if (!rows[i].letter)
			continue;
		o->letters[at++] = rows[i].letter;
		if (value)
			o->letters[at++] = ':';
	}
	/* 0, not 1: glibc then forgets any scan that was going on. */
	optind = 0;
	opterr = 0;
	return o;
}

static int by_letter(const struct options *o, int letter)
{
	for (int i = 0; o->rows[i].name; i++)
		if (o->rows[i].letter == letter)
			return i;
	return OPTIONS_BAD;
}

/* The word that getopt_long() stumbled over. */
static int complain(const struct options *o, const char *what)
{
	const char *word = optind > 0 && optind <= o->argc ?
			   o->argv[optind - 1] : "";

	if (optopt > 0 && optopt < LONG_BASE)
		fprintf(stderr, "evmctl %s: option '-%c' %s: see 'evmctl help %s'\n",
			o->argv[0], optopt, what, o->argv[0]);
	else if (optopt >= LONG_BASE)
		fprintf(stderr, "evmctl %s: option '--%s' %s: see 'evmctl help %s'\n",
			o->argv[0], o->rows[optopt - LONG_BASE].name, what,
			o->argv[0]);
	else
		fprintf(stderr, "evmctl %s: option '%s' %s: see 'evmctl help %s'\n",
			o->argv[0], word, what, o->argv[0]);
	return OPTIONS_BAD;
}

int options_next(struct options *o, const char **value)
{
	int c = getopt_long(o->argc, o->argv, o->letters, o->table, NULL);

	*value = optarg;
	if (c == -1)
		return OPTIONS_END;
	if (c == ':')
		return complain(o, "needs a value");
	if (c == '?')
		return complain(o, optopt >= LONG_BASE ?
				"takes no value" : "is not known");
	return c >= LONG_BASE ? c - LONG_BASE : by_letter(o, c);
}

int options_operands(const struct options *o, char ***ret)
{
	*ret = o->argv + optind;
	return o->argc - optind;
}

void options_help(const struct option_row *rows)
{
	for (; rows->name; rows++) {
		char left[64];

		if (!rows->help)
			continue;
		snprintf(left, sizeof(left), "%s%c%s--%s%s%s",
			 rows->letter ? "-" : " ",
			 rows->letter ? rows->letter : ' ',
			 rows->letter ? ", " : "  ", rows->name,
			 rows->value == OPTION_VALUE ? " " : "",
			 rows->value == OPTION_VALUE ? rows->value_name : "");
		if (strlen(left) > 26)
			printf("  %s\n  %-26s  %s\n", left, "", rows->help);
		else
			printf("  %-26s  %s\n", left, rows->help);
	}
}
