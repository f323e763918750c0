/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * evmctl-snapshot.h - the verbs as a program calls them, and nothing else
 *
 * A front (our own src/cmd/evmctl.c, or another tool's table of commands)
 * finds the verb, calls its function and exits with what it returns.
 */
#ifndef EVMCTL_SNAPSHOT_H
#define EVMCTL_SNAPSHOT_H

/* The one place of the version; configure.ac reads this line. */
#define EVMCTL_SNAPSHOT_VERSION "0.1.0"

/* What a verb returns and the program exits with. Never 126 or above. */
enum evmctl_exit {
	EVMCTL_OK = 0,			/* verified, or done */
	EVMCTL_CONTRADICTED = 1,	/* the evidence contradicts */
	EVMCTL_USAGE = 2,		/* the command line makes no sense */
	EVMCTL_UNDECIDED = 3,		/* neither proven nor contradicted */
	EVMCTL_FAILED = 125,		/* the operation failed */
};

/*
 * Run a verb. @argv[0] is the verb's name, then its options and operands in
 * any order, NULL at the end; the array and its strings stay the caller's,
 * but their order may change. @verbosity counts the -v options that the
 * caller has taken out of the command line; those still in @argv add to it.
 * "--help" prints the verb's manual to standard output and returns EVMCTL_OK.
 * Both print what there is to say, never exit, and leave no state behind.
 * They return one of enum evmctl_exit.
 */
int evmctl_snapshot(int argc, char *argv[], int verbosity);
int evmctl_ima_measurement(int argc, char *argv[], int verbosity);

#endif
