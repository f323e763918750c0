// SPDX-License-Identifier: GPL-2.0-or-later
/* policy-options.c - the options that ask a verdict for more, and the answers */
#include "cmd/policy-options.h"

#include "base/text.h"
#include "cmd/say.h"
#include "evmctl-snapshot.h"
#include "format/json.h"

static const char *const keys[POLICY_RULES] = {
	[POLICY_BOOT] = "require_boot",
	[POLICY_QUOTE] = "require_quote",
	[POLICY_VIOLATION] = "fail_on_violation",
	[POLICY_SIGNATURE] = "fail_on_signature",
	[POLICY_TAIL] = "max_tail",
};

static const char *const results[] = {
	[POLICY_MET] = "met",
	[POLICY_NOT_EXAMINED] = "not examined",
	[POLICY_UNDECIDED] = "undecided",
	[POLICY_FAILED] = "failed",
};

int policy_option(struct policy *p, enum policy_rule rule, const char *value)
{
	p->asked[rule] = true;
	if (rule != POLICY_TAIL || !number_parse(value, &p->max_tail))
		return EVMCTL_OK;
	say("ima_measurement", "--max-tail: '%s' is not a number of records",
	    value);
	return EVMCTL_USAGE;
}

static json_object *answer_json(const struct policy_answer *a, bool *ok)
{
	json_object *obj = put_object(ok);
	char why[ERROR_LINE_MAX];

	error_line(&a->why, why, sizeof(why));
	put(obj, "result", json_object_new_string(results[a->result]), ok);
	if (a->why.code)
		put(obj, "reason", json_object_new_string(why), ok);
	else
		put_null(obj, "reason", ok);
	return obj;
}

json_object *policy_json(const struct policy *p,
			 const struct policy_answer answer[POLICY_RULES],
			 bool *ok)
{
	json_object *obj = NULL, *one;

	for (unsigned int i = 0; i < POLICY_RULES; i++) {
		if (!p->asked[i])
			continue;
		if (!obj)
			obj = put_object(ok);
		one = answer_json(&answer[i], ok);
		if (i == POLICY_TAIL)
			put_number(one, "limit", p->max_tail, ok);
		put(obj, keys[i], one, ok);
	}
	return obj;
}
