/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * old-options.h - options that evmctl's ima_measurement has or has had, and
 * that have nothing to say here: accepted, with a word
 */
#ifndef CMD_OLD_OPTIONS_H
#define CMD_OLD_OPTIONS_H

#include "cmd/options.h"

enum {
	OLD_VALIDATE, OLD_VERIFY, OLD_X509, OLD_RSA, OLD_HASHALGO, OLD_ENGINE,
	OLD_PROVIDER, OLD_OPTIONS
};

/* Without help: whoever knows them does not need it, nobody else should. */
#define OLD_OPTION_ROWS(first) \
	[(first) + OLD_VALIDATE] = { "validate", 0, OPTION_FLAG, NULL, NULL }, \
	[(first) + OLD_VERIFY] = { "verify", 0, OPTION_FLAG, NULL, NULL }, \
	[(first) + OLD_X509] = { "x509", 'x', OPTION_FLAG, NULL, NULL }, \
	[(first) + OLD_RSA] = { "rsa", 0, OPTION_FLAG, NULL, NULL }, \
	[(first) + OLD_HASHALGO] = { "hashalgo", 'a', OPTION_VALUE, "ALG", \
		NULL }, \
	[(first) + OLD_ENGINE] = { "engine", 0, OPTION_VALUE, "ENGINE", \
		NULL }, \
	[(first) + OLD_PROVIDER] = { "provider", 0, OPTION_VALUE, "PROVIDER", \
		NULL }

/* Say the word, on stderr. */
void old_option(int option);

#endif
