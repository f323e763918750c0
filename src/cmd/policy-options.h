/* SPDX-License-Identifier: GPL-2.0-or-later */
/* policy-options.h - the options that ask a verdict for more, and the answers */
#ifndef CMD_POLICY_OPTIONS_H
#define CMD_POLICY_OPTIONS_H

#include <json-c/json.h>

#include "cmd/options.h"
#include "policy.h"

/* Rows of a verb's table from @base on, one for each rule, in their order. */
#define POLICY_OPTION_ROWS(base) \
	[(base) + POLICY_BOOT] = { "require-boot", 0, OPTION_FLAG, NULL, \
		"anything less than from boot is undecided" }, \
	[(base) + POLICY_QUOTE] = { "require-quote", 0, OPTION_FLAG, NULL, \
		"anything less than a quote is undecided" }, \
	[(base) + POLICY_VIOLATION] = { "fail-on-violation", 0, OPTION_FLAG, \
		NULL, "a violation in the proven records contradicts" }, \
	[(base) + POLICY_SIGNATURE] = { "fail-on-signature", 0, OPTION_FLAG, \
		NULL, "so does a bad file signature; one without a key is undecided" }, \
	[(base) + POLICY_TAIL] = { "max-tail", 0, OPTION_VALUE, "N", \
		"undecided if over N records lie behind the target" }

/* Returns an exit code, after saying what is wrong. */
int policy_option(struct policy *p, enum policy_rule rule, const char *value);

/*
 * {"require_boot":{"result":"met","reason":null},...}, one key for each rule
 * that was asked; NULL where none was, or where @ok is now false: no memory.
 */
json_object *policy_json(const struct policy *p,
			 const struct policy_answer answer[POLICY_RULES],
			 bool *ok);

#endif
