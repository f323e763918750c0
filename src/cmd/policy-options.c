// SPDX-License-Identifier: GPL-2.0-or-later
/* policy-options.c - the options that ask a verdict for more, and the answers */
#include "cmd/policy-options.h"

#include "base/text.h"
#include "cmd/say.h"
#include "evmctl-snapshot.h"

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

static json_object *answer_json(const struct policy_answer *a)
{
	json_object *obj = json_object_new_object();
	char why[ERROR_LINE_MAX];

	error_line(&a->why, why, sizeof(why));
	json_object_object_add(obj, "result",
			       json_object_new_string(results[a->result]));
	json_object_object_add(obj, "reason", a->why.code ?
			       json_object_new_string(why) : NULL);
	return obj;
}

json_object *policy_json(const struct policy *p,
			 const struct policy_answer answer[POLICY_RULES])
{
	json_object *obj = NULL, *one;

	for (unsigned int i = 0; i < POLICY_RULES; i++) {
		if (!p->asked[i])
			continue;
		if (!obj)
			obj = json_object_new_object();
		one = answer_json(&answer[i]);
		if (i == POLICY_TAIL)
			json_object_object_add(one, "limit",
				json_object_new_int64((int64_t)p->max_tail));
		json_object_object_add(obj, keys[i], one);
	}
	return obj;
}
