/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * words.h - command lines for targets that run a verb
 *
 * What is printed goes nowhere. '@' stands for the directory of the files.
 */
#ifndef WORDS_H
#define WORDS_H

#include <stdio.h>
#include <string.h>

#include "fuzz.h"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))
#define ARGS_MAX 28

#define LINES_MAX 32

/* A command line of a verb. */
struct words {
	const char *key;	/* what a state in it is sealed with, or NULL */
	const char *arg[ARGS_MAX];
};

static inline char *make_word(const char *arg)
{
	const char *at = strchr(arg, '@');
	char *ret;
	size_t n = strlen(arg) + 200;

	if (posix_memalign((void **)&ret, 16, n))
		abort();
	snprintf(ret, n, "%.*s%s", (int)(at ? at - arg : (long)strlen(arg)),
		 arg, at ? memory_path(at + 1) : "");
	return ret;
}

static inline FILE *made_nowhere(void)
{
	static FILE *nowhere;

	if (!nowhere)
		nowhere = fopen("/dev/null", "w");
	return nowhere;
}

/* Line @how of a table, made once, into @argv; the number of its words. */
static inline int words_argv(const char *verb, const struct words *table,
			     size_t how, char *argv[ARGS_MAX + 1])
{
	static char *made[LINES_MAX][ARGS_MAX + 1];
	char **words = made[how % LINES_MAX];
	int n = 1;

	if (!words[0]) {
		stdout = stderr = made_nowhere();
		words[0] = make_word(verb);
		for (size_t i = 0; table[how].arg[i]; i++)
			words[i + 1] = make_word(table[how].arg[i]);
	}
	memcpy(argv, words, sizeof(made[0]));
	while (argv[n])
		n++;
	return n;
}

#endif
