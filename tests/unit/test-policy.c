// SPDX-License-Identifier: GPL-2.0-or-later
/* test-policy.c - what is asked of a verdict, as tables */
#include <string.h>

#include "policy.h"
#include "unit.h"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

/* Proven from boot, with a quote, nothing found, nothing behind it. */
static const struct policy_facts fine = {
	.proven = true,
	.from = START_BOOT,
	.trust = TRUST_BOOT,
	.first = 1,
	.counted_from = 1,
	.last = 90,
	.quote = true,
	.judged = true,
};

static const struct row {
	const char *name;
	enum policy_rule rule;
	/* What differs from the above: */
	enum start_from from;
	enum start_trust trust;
	bool values, unjudged, judged_before;
	uint64_t violations, bad, no_key, tail, trailing, limit;
	enum policy_result want;
	const char *why;
} table[] = {
	{ .name = "from boot", .rule = POLICY_BOOT, .want = POLICY_MET },
	{ .name = "from an aggregate", .rule = POLICY_BOOT,
	  .from = START_AGGREGATE, .trust = TRUST_UNPROVEN,
	  .want = POLICY_UNDECIDED,
	  .why = "verified only from record 41 on, not from boot" },
	{ .name = "from a quoted aggregate", .rule = POLICY_BOOT,
	  .from = START_AGGREGATE, .trust = TRUST_QUOTED,
	  .want = POLICY_UNDECIDED,
	  .why = "verified only from record 41 on, not from boot" },
	{ .name = "from a checkpoint", .rule = POLICY_BOOT,
	  .from = START_CHECKPOINT, .trust = TRUST_CHECKPOINT,
	  .want = POLICY_UNDECIDED,
	  .why = "verified only from record 41 on, not from boot" },
	{ .name = "from given values", .rule = POLICY_BOOT,
	  .from = START_GIVEN, .trust = TRUST_UNPROVEN,
	  .want = POLICY_UNDECIDED,
	  .why = "verified only from given PCR values on, not from boot" },
	{ .name = "from a snapshot_aggregate record", .rule = POLICY_BOOT,
	  .from = START_SNAPSHOT_AGGREGATE, .trust = TRUST_UNPROVEN,
	  .want = POLICY_UNDECIDED,
	  .why = "verified only from what the list's first record states on, not from boot" },
	{ .name = "a quote", .rule = POLICY_QUOTE, .want = POLICY_MET },
	{ .name = "values", .rule = POLICY_QUOTE, .values = true,
	  .want = POLICY_UNDECIDED,
	  .why = "verified against PCR values, not against a quote" },
	{ .name = "no violation", .rule = POLICY_VIOLATION,
	  .want = POLICY_MET },
	{ .name = "a violation", .rule = POLICY_VIOLATION, .violations = 1,
	  .want = POLICY_FAILED, .why = "1 violation in records 1..90" },
	{ .name = "no violation after a checkpoint", .rule = POLICY_VIOLATION,
	  .from = START_CHECKPOINT, .trust = TRUST_CHECKPOINT,
	  .want = POLICY_MET },
	{ .name = "violations after a checkpoint", .rule = POLICY_VIOLATION,
	  .from = START_CHECKPOINT, .trust = TRUST_CHECKPOINT, .violations = 2,
	  .want = POLICY_FAILED, .why = "2 violations in records 1..90" },
	{ .name = "no violation after an aggregate", .rule = POLICY_VIOLATION,
	  .from = START_AGGREGATE, .trust = TRUST_UNPROVEN,
	  .want = POLICY_UNDECIDED,
	  .why = "the records before 41 were not examined for violations" },
	{ .name = "no violation after a quoted one", .rule = POLICY_VIOLATION,
	  .from = START_AGGREGATE, .trust = TRUST_QUOTED,
	  .want = POLICY_UNDECIDED,
	  .why = "the records before 41 were not examined for violations" },
	{ .name = "no violation after given values", .rule = POLICY_VIOLATION,
	  .from = START_GIVEN, .trust = TRUST_UNPROVEN,
	  .want = POLICY_UNDECIDED,
	  .why = "what was before the list was not examined for violations" },
	{ .name = "a violation after an aggregate", .rule = POLICY_VIOLATION,
	  .from = START_AGGREGATE, .trust = TRUST_UNPROVEN, .violations = 1,
	  .want = POLICY_FAILED, .why = "1 violation in records 41..90" },
	{ .name = "no bad signature", .rule = POLICY_SIGNATURE,
	  .want = POLICY_MET },
	{ .name = "a bad signature", .rule = POLICY_SIGNATURE, .bad = 1,
	  .no_key = 1, .want = POLICY_FAILED,
	  .why = "1 bad file signature in records 1..90" },
	{ .name = "a bad one after an aggregate", .rule = POLICY_SIGNATURE,
	  .from = START_AGGREGATE, .trust = TRUST_UNPROVEN, .bad = 3,
	  .want = POLICY_FAILED,
	  .why = "3 bad file signatures in records 41..90" },
	{ .name = "one without a key", .rule = POLICY_SIGNATURE, .no_key = 1,
	  .want = POLICY_UNDECIDED,
	  .why = "1 file signature without a key in records 1..90" },
	{ .name = "nobody looked", .rule = POLICY_SIGNATURE, .unjudged = true,
	  .want = POLICY_UNDECIDED,
	  .why = "file signatures were not examined" },
	{ .name = "none bad after an aggregate", .rule = POLICY_SIGNATURE,
	  .from = START_AGGREGATE, .trust = TRUST_UNPROVEN,
	  .want = POLICY_UNDECIDED,
	  .why = "the records before 41 were not examined for file signatures" },
	{ .name = "none bad after a checkpoint", .rule = POLICY_SIGNATURE,
	  .from = START_CHECKPOINT, .trust = TRUST_CHECKPOINT,
	  .judged_before = true, .want = POLICY_MET },
	{ .name = "none bad after a checkpoint where nobody looked",
	  .rule = POLICY_SIGNATURE,
	  .from = START_CHECKPOINT, .trust = TRUST_CHECKPOINT,
	  .want = POLICY_UNDECIDED,
	  .why = "the records before 41 were not examined for file signatures" },
	{ .name = "a tail of none", .rule = POLICY_TAIL, .want = POLICY_MET },
	{ .name = "a tail as allowed", .rule = POLICY_TAIL, .tail = 7,
	  .limit = 7, .want = POLICY_MET },
	{ .name = "a tail that is too long", .rule = POLICY_TAIL, .tail = 8,
	  .limit = 7, .want = POLICY_UNDECIDED,
	  .why = "8 records lie behind the target, more than 7" },
	{ .name = "a tail that is no records", .rule = POLICY_TAIL,
	  .trailing = 3, .limit = 7, .want = POLICY_UNDECIDED,
	  .why = "3 bytes behind the target are no records" },
};

static struct policy_facts facts_of(const struct row *r)
{
	struct policy_facts f = fine;

	f.from = r->from;
	f.trust = r->trust;
	f.first = r->from == START_AGGREGATE || r->from == START_CHECKPOINT ?
		  41 : 1;
	f.counted_from = r->from == START_CHECKPOINT ? 1 : f.first;
	f.quote = !r->values;
	f.judged = !r->unjudged;
	f.judged_before = r->judged_before;
	f.violations = r->violations;
	f.bad = r->bad;
	f.no_key = r->no_key;
	f.tail = r->tail;
	f.trailing_bytes = r->trailing;
	return f;
}

static void check_row(const struct row *r)
{
	struct policy p = { .max_tail = r->limit };
	struct policy_facts f = facts_of(r);
	struct policy_answer a[POLICY_RULES];
	struct verdict v = { .kind = VERIFIED };

	p.asked[r->rule] = true;
	policy_judge(&p, &f, a);
	CHECK_INT(a[r->rule].result, r->want);
	CHECK_STR(a[r->rule].why.reason, r->why ? r->why : "");
	for (unsigned int i = 0; i < POLICY_RULES; i++)
		if (i != r->rule)
			CHECK_INT(a[i].result, POLICY_NOT_ASKED);
	policy_apply(a, &v);
	CHECK_INT(v.kind, r->want == POLICY_MET ? VERIFIED :
		  r->want == POLICY_FAILED ? CONTRADICTED : UNDECIDED);
	CHECK_STR(v.why.reason, r->why ? r->why : "");

	/* Unasked, nothing changes. */
	p.asked[r->rule] = false;
	v = (struct verdict){ .kind = VERIFIED };
	policy_judge(&p, &f, a);
	policy_apply(a, &v);
	CHECK_INT(v.kind, VERIFIED);

	/* Where nothing was proven there is nothing to ask. */
	p.asked[r->rule] = true;
	f.proven = false;
	policy_judge(&p, &f, a);
	CHECK_INT(a[r->rule].result, POLICY_NOT_EXAMINED);
}

static void each_rule_alone(void)
{
	for (size_t i = 0; i < ROWS(table); i++) {
		unit_case("%s", table[i].name);
		check_row(&table[i]);
	}
}

static void what_failed_outweighs_what_is_undecided(void)
{
	struct policy p = { .asked = { true, true, true, true, true } };
	struct policy_facts f = fine;
	struct policy_answer a[POLICY_RULES];
	struct verdict v = { .kind = VERIFIED };

	f.quote = false;
	f.violations = 4;
	policy_judge(&p, &f, a);
	policy_apply(a, &v);
	CHECK_INT(v.kind, CONTRADICTED);
	CHECK_STR(v.why.reason, "4 violations in records 1..90");
}

/* A verdict never gets better, and keeps the reason that it has. */
static void verdicts_never_improve(void)
{
	static const enum verdict_kind kinds[] = { UNDECIDED, CONTRADICTED };
	struct policy p = { .asked = { true, true, true, true, true } };
	struct policy_facts f = fine;
	struct policy_answer a[POLICY_RULES];

	for (size_t i = 0; i < ROWS(kinds); i++) {
		struct verdict v = { .kind = kinds[i] };

		error_set(&v.why, E_GAP, "it was so before");
		f.quote = i;
		policy_judge(&p, &f, a);
		policy_apply(a, &v);
		CHECK_INT(v.kind, kinds[i]);
		CHECK_STR(v.why.reason, "it was so before");
	}
}

static void facts_are_the_verdicts(void)
{
	struct verdict v = {
		.kind = VERIFIED, .from = START_GIVEN, .trust = TRUST_UNPROVEN,
		.proven_from = 3, .proven_to = 9, .violations = 2,
		.unproven_tail = 4, .trailing_bytes = 5,
	};
	struct policy_facts f = policy_facts(&v, true, NULL);

	CHECK(f.proven && f.quote && !f.judged);
	CHECK_INT(f.from, START_GIVEN);
	CHECK_INT(f.trust, TRUST_UNPROVEN);
	CHECK_INT(f.first, 3);
	CHECK_INT(f.last, 9);
	CHECK_INT(f.violations, 2);
	CHECK_INT(f.tail, 4);
	CHECK_INT(f.trailing_bytes, 5);
	v.kind = UNDECIDED;
	CHECK(!policy_facts(&v, false, NULL).proven);
}

static void what_a_checkpoint_has_found_counts(void)
{
	const struct state_proven before = {
		.record = 2, .violations = 7,
		.signatures = { true, 4, 5, 6 },
	};
	struct verdict v = {
		.kind = VERIFIED, .from = START_CHECKPOINT,
		.trust = TRUST_CHECKPOINT, .proven_from = 3, .proven_to = 9,
		.violations = 2,
	};
	struct policy_facts f = policy_facts(&v, true, &before);

	CHECK(f.judged_before && !f.judged);
	CHECK_INT(f.first, 3);
	CHECK_INT(f.counted_from, 1);
	CHECK_INT(f.violations, 9);
	CHECK_INT(f.bad, 5);
	CHECK_INT(f.no_key, 6);
	/* From boot all were counted just now. */
	v.from = START_BOOT;
	f = policy_facts(&v, true, &before);
	CHECK(!f.judged_before);
	CHECK_INT(f.counted_from, 3);
	CHECK_INT(f.violations, 2);
	CHECK_INT(f.bad, 0);
}

#define TEST(fn) { #fn, fn }
const struct unit_test unit_tests[] = {
	TEST(each_rule_alone),
	TEST(what_failed_outweighs_what_is_undecided),
	TEST(verdicts_never_improve),
	TEST(facts_are_the_verdicts),
	TEST(what_a_checkpoint_has_found_counts),
	{ NULL, NULL }
};
