// SPDX-License-Identifier: GPL-2.0-or-later
/* policy.c - questions that a verifier asks of what was proven */
#include "policy.h"

#include <string.h>

struct policy_facts policy_facts(const struct verdict *v, bool quote,
				 const struct state_proven *before)
{
	struct policy_facts f = {
		.proven = v->kind == VERIFIED,
		.from = v->from,
		.trust = v->trust,
		.first = v->proven_from,
		.last = v->proven_to,
		.quote = quote,
		.violations = v->violations,
		.tail = v->unproven_tail,
		.trailing_bytes = v->trailing_bytes,
		.counted_from = v->proven_from,
	};

	if (!before || v->from != START_CHECKPOINT)
		return f;
	f.counted_from = 1;
	f.violations += before->violations;
	f.judged_before = before->signatures.judged;
	f.bad = before->signatures.bad;
	f.no_key = before->signatures.no_key;
	return f;
}

/* Was every record up to the last proven one looked at, by us? */
static bool all_counted(const struct policy_facts *f)
{
	return f->from == START_BOOT || f->trust == TRUST_CHECKPOINT;
}

static bool all_judged(const struct policy_facts *f)
{
	return f->from == START_BOOT ||
	       (f->trust == TRUST_CHECKPOINT && f->judged_before);
}

static int skipped(const struct policy_facts *f, const char *what,
		   struct error *why)
{
	if (f->first == 1)
		return error_set(why, E_UNDECIDED,
				 "what was before the list was not examined for %s",
				 what);
	return error_set(why, E_UNDECIDED,
			 "the records before %llu were not examined for %s",
			 (unsigned long long)f->first, what);
}

static int boot(const struct policy *p, const struct policy_facts *f,
		struct error *why)
{
	(void)p;
	if (f->from == START_BOOT)
		return E_OK;
	if (f->first == 1)
		return error_set(why, E_UNDECIDED,
				 "verified only from %s on, not from boot",
				 f->from == START_GIVEN ? "given PCR values" :
				 f->from == START_AGGREGATE ?
				 "the TPM's own values behind lost records" :
				 "what the list's first record states");
	return error_set(why, E_UNDECIDED,
			 "verified only from record %llu on, not from boot",
			 (unsigned long long)f->first);
}

static int quote(const struct policy *p, const struct policy_facts *f,
		 struct error *why)
{
	(void)p;
	if (f->quote)
		return E_OK;
	return error_set(why, E_UNDECIDED,
			 "verified against PCR values, not against a quote");
}

static int violation(const struct policy *p, const struct policy_facts *f,
		     struct error *why)
{
	(void)p;
	if (f->violations)
		return error_set(why, E_CHANGED,
				 "%llu violation%s in records %llu..%llu",
				 (unsigned long long)f->violations,
				 f->violations == 1 ? "" : "s",
				 (unsigned long long)f->counted_from,
				 (unsigned long long)f->last);
	return all_counted(f) ? E_OK : skipped(f, "violations", why);
}

static int signature(const struct policy *p, const struct policy_facts *f,
		     struct error *why)
{
	(void)p;
	if (f->bad)
		return error_set(why, E_CHANGED,
				 "%llu bad file signature%s in records %llu..%llu",
				 (unsigned long long)f->bad,
				 f->bad == 1 ? "" : "s",
				 (unsigned long long)f->counted_from,
				 (unsigned long long)f->last);
	if (!f->judged)
		return error_set(why, E_UNDECIDED,
				 "file signatures were not examined");
	if (f->no_key)
		return error_set(why, E_UNDECIDED,
				 "%llu file signature%s without a key in records %llu..%llu",
				 (unsigned long long)f->no_key,
				 f->no_key == 1 ? "" : "s",
				 (unsigned long long)f->counted_from,
				 (unsigned long long)f->last);
	return all_judged(f) ? E_OK : skipped(f, "file signatures", why);
}

static int tail(const struct policy *p, const struct policy_facts *f,
		struct error *why)
{
	if (f->tail > p->max_tail)
		return error_set(why, E_UNDECIDED,
				 "%llu records lie behind the target, more than %llu",
				 (unsigned long long)f->tail,
				 (unsigned long long)p->max_tail);
	/* How many they might have been, nobody knows. */
	if (f->trailing_bytes)
		return error_set(why, E_UNDECIDED,
				 "%llu bytes behind the target are no records",
				 (unsigned long long)f->trailing_bytes);
	return E_OK;
}

static int (*const rules[POLICY_RULES])(const struct policy *p,
					const struct policy_facts *f,
					struct error *why) = {
	[POLICY_BOOT] = boot,
	[POLICY_QUOTE] = quote,
	[POLICY_VIOLATION] = violation,
	[POLICY_SIGNATURE] = signature,
	[POLICY_TAIL] = tail,
};

void policy_judge(const struct policy *p, const struct policy_facts *facts,
		  struct policy_answer ret[POLICY_RULES])
{
	memset(ret, 0, POLICY_RULES * sizeof(*ret));
	for (unsigned int i = 0; i < POLICY_RULES; i++) {
		if (!p->asked[i])
			continue;
		ret[i].result = POLICY_NOT_EXAMINED;
		if (!facts->proven)
			continue;
		switch (rules[i](p, facts, &ret[i].why)) {
		case E_OK:
			ret[i].result = POLICY_MET;
			break;
		case E_CHANGED:
			ret[i].result = POLICY_FAILED;
			break;
		default:
			ret[i].result = POLICY_UNDECIDED;
		}
	}
}

void policy_apply(const struct policy_answer answer[POLICY_RULES],
		  struct verdict *v)
{
	for (unsigned int i = 0; i < POLICY_RULES; i++)
		if (answer[i].result == POLICY_UNDECIDED &&
		    v->kind == VERIFIED) {
			v->kind = UNDECIDED;
			v->why = answer[i].why;
		}
	for (unsigned int i = 0; i < POLICY_RULES; i++)
		if (answer[i].result == POLICY_FAILED &&
		    v->kind != CONTRADICTED) {
			v->kind = CONTRADICTED;
			v->why = answer[i].why;
		}
}
