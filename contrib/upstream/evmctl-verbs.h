/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * evmctl-verbs.h - the two verbs, as a program with a table of commands takes
 * them; README.md says where it goes
 */
#ifndef EVMCTL_VERBS_H
#define EVMCTL_VERBS_H

struct command;		/* the program's own; not looked into */

/*
 * main's first call, before it looks at an option: remembers the command line,
 * and where the first word, behind any "-v", is one of our verbs runs it.
 * Returns what to exit with, or -1: go on as ever. The words stay the
 * caller's, and have to be there until the program ends.
 */
int verbs_first(int argc, char *argv[]);

/*
 * The functions of the two rows: they are called where the program's own
 * options stood in front of the verb. getopt_long() has left optind behind it.
 * They return what to exit with.
 */
int verbs_snapshot(struct command *cmd);
int verbs_ima_measurement(struct command *cmd);

#endif
