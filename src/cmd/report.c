// SPDX-License-Identifier: GPL-2.0-or-later
/* report.c - a verdict in words, and as JSON */
#include "cmd/report.h"

#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cmd/policy-options.h"
#include "cmd/say.h"
#include "evmctl-snapshot.h"

#define LINE_MAX_BYTES ERROR_LINE_MAX

static const char verb[] = "ima_measurement";

static const char *const kinds[] = {
	[UNDECIDED] = "undecided",
	[VERIFIED] = "verified",
	[CONTRADICTED] = "contradicted",
};

static const char *const froms[] = {
	[START_BOOT] = "boot",
	[START_AGGREGATE] = "aggregate",
	[START_GIVEN] = "given",
	[START_SNAPSHOT_AGGREGATE] = "snapshot_aggregate",
	[START_CHECKPOINT] = "checkpoint",
};

static const char *const trusts[] = {
	[TRUST_BOOT] = "boot",
	[TRUST_QUOTED] = "quoted",
	[TRUST_CHECKPOINT] = "checkpoint",
	[TRUST_UNPROVEN] = "unproven",
};

static bool signatures_judged(const struct report *r)
{
	return r->signatures && r->signatures->judged;
}

int report_exit_code(const struct verdict *v)
{
	switch (v->kind) {
	case VERIFIED:
		return EVMCTL_OK;
	case CONTRADICTED:
		return EVMCTL_CONTRADICTED;
	case UNDECIDED:
		break;
	}
	return EVMCTL_UNDECIDED;
}

/* Records were proven, as opposed to an empty list that was expected. */
static bool proved_records(const struct verdict *v)
{
	return v->kind == VERIFIED && v->proven_to >= v->proven_from;
}

/* --- JSON --- */

static void add_text(json_object *obj, const char *key, const char *text)
{
	json_object_object_add(obj, key,
			       text ? json_object_new_string(text) : NULL);
}

static void add_number(json_object *obj, const char *key, uint64_t n,
		       bool there)
{
	json_object_object_add(obj, key, there ?
			       json_object_new_int64((int64_t)n) : NULL);
}

static json_object *bank_pcrs(const struct verdict *v, enum hash_id id)
{
	json_object *obj = json_object_new_object();

	for (uint32_t m = v->pcrs & v->values.bank[id].mask; m; m &= m - 1) {
		unsigned int pcr = (unsigned int)__builtin_ctz(m);
		char hex[2 * HASH_SIZE_MAX + 1], key[12];

		hex_encode(hex, v->values.bank[id].value[pcr],
			   hash_row(id)->size);
		snprintf(key, sizeof(key), "%u", pcr);
		add_text(obj, key, hex);
	}
	return obj;
}

static json_object *bank_json(const struct verdict *v, enum hash_id id)
{
	const struct verdict_bank *b = &v->bank[id];
	json_object *obj = json_object_new_object();

	add_text(obj, "result", b->met ? "equal" : "not equal");
	add_number(obj, "record", b->alone_at, b->alone_at);
	if (!b->met)
		return obj;
	add_text(obj, "extend", b->padded ? "sha1-padded" : "own");
	if (v->violations)
		add_text(obj, "violations", b->zero_violations ? "0x00" :
			 b->short_violations ? "0xff-padded" : "0xff");
	json_object_object_add(obj, "pcrs", bank_pcrs(v, id));
	return obj;
}

static json_object *start_json(const struct verdict *v)
{
	json_object *obj = json_object_new_object();
	bool there = v->kind == VERIFIED;

	add_text(obj, "from", there ? froms[v->from] : NULL);
	add_number(obj, "record", v->start, there);
	add_text(obj, "trust", there ? trusts[v->trust] : NULL);
	if (there && v->gap[0]) {
		char gap[4 * GAP_REASON_MAX];

		text_escape(gap, sizeof(gap), v->gap, strlen(v->gap));
		add_text(obj, "gap", gap);
	}
	return obj;
}

static json_object *quote_json(const struct quote *q)
{
	json_object *obj = json_object_new_object();

	add_number(obj, "clock", q->clock, true);
	add_number(obj, "reset_count", q->reset_count, true);
	add_number(obj, "restart_count", q->restart_count, true);
	json_object_object_add(obj, "safe", json_object_new_boolean(q->safe));
	add_text(obj, "scheme", q->scheme);
	add_text(obj, "hash", hash_row(q->digest_alg)->name);
	add_text(obj, "ak", q->ak_sha256);
	add_text(obj, "ak_attributes", q->ak_kind == QUOTE_AK_RESTRICTED ?
		 "fixedtpm|restricted|sign" : "unknown");
	return obj;
}

static json_object *signatures_json(const struct report *r)
{
	json_object *obj;

	if (!signatures_judged(r))
		return NULL;
	obj = json_object_new_object();
	add_number(obj, "good", r->signatures->count[IMASIG_GOOD], true);
	add_number(obj, "bad", r->signatures->count[IMASIG_BAD], true);
	add_number(obj, "no_key", r->signatures->count[IMASIG_NO_KEY], true);
	return obj;
}

/* Records of the 2023 design; NULL where there are none. */
static json_object *snapshots_json(const struct verdict *v)
{
	json_object *obj;

	if (v->kind != VERIFIED ||
	    !(v->snapshots_equal || v->snapshots_unread))
		return NULL;
	obj = json_object_new_object();
	add_number(obj, "equal", v->snapshots_equal, true);
	add_number(obj, "unread", v->snapshots_unread, true);
	return obj;
}

static json_object *pending_json(const struct state_pending *p)
{
	json_object *obj;

	if (!p->present)
		return NULL;
	obj = json_object_new_object();
	add_number(obj, "first", p->first, true);
	add_number(obj, "last", p->last, true);
	add_number(obj, "bytes", p->bytes, true);
	add_number(obj, "remaining_records", p->remaining_records, true);
	add_number(obj, "remaining_bytes", p->remaining_bytes, true);
	return obj;
}

/* What is remembered now; null where no state is kept, or none is there. */
static json_object *state_json(const struct report *r)
{
	const struct state *s;
	json_object *obj;

	if (!r->remembered || !r->remembered->checkpoint)
		return NULL;
	s = checkpoint_state(r->remembered->checkpoint);
	obj = json_object_new_object();
	add_number(obj, "record", s->proven.record, s->proven.record);
	add_number(obj, "generation", s->generation, s->generation);
	add_number(obj, "violations", s->proven.violations, s->proven.record);
	json_object_object_add(obj, "new_boot", json_object_new_boolean(
				       r->remembered->new_boot));
	json_object_object_add(obj, "pending", pending_json(&s->pending));
	return obj;
}

void report_json(const struct report *r)
{
	const struct verdict *v = r->verdict;
	json_object *obj = json_object_new_object();
	json_object *banks = json_object_new_object();
	bool proved = proved_records(v);
	char why[LINE_MAX_BYTES];

	error_line(&v->why, why, sizeof(why));
	add_text(obj, "verdict", kinds[v->kind]);
	add_text(obj, "reason", v->kind == VERIFIED ? NULL : why);
	json_object_object_add(obj, "start", start_json(v));
	add_number(obj, "first_contained", v->first_contained, v->contains);
	add_number(obj, "proven_from", v->proven_from, proved);
	add_number(obj, "proven_to", v->proven_to, proved);
	add_number(obj, "last_contained", v->last_contained, v->contains);
	add_number(obj, "replayed", v->replayed, v->kind == VERIFIED);
	add_number(obj, "unproven_tail", v->unproven_tail,
		   v->kind == VERIFIED);
	for (unsigned int i = 0; i < HASH_COUNT; i++)
		if (v->bank[i].wanted)
			json_object_object_add(banks, hash_row(i)->name,
					       bank_json(v, i));
	json_object_object_add(obj, "banks", banks);
	add_number(obj, "violations", v->violations, v->kind == VERIFIED);
	json_object_object_add(obj, "snapshot_aggregates", snapshots_json(v));
	json_object_object_add(obj, "signatures", signatures_json(r));
	json_object_object_add(obj, "policy",
			       policy_json(r->policy, r->answers));
	json_object_object_add(obj, "state", state_json(r));
	add_number(obj, "trailing_bytes", v->trailing_bytes,
		   v->kind == VERIFIED);
	add_number(obj, "shards", r->shards, true);
	add_text(obj, "nonce", !r->quote ? NULL :
		 r->quote->nonce_checked ? "checked" : "unchecked");
	json_object_object_add(obj, "quote",
			       r->quote ? quote_json(r->quote) : NULL);
	puts(json_object_to_json_string_ext(obj, JSON_C_TO_STRING_PLAIN |
					    JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(obj);
}

/* --- words --- */

static void bank_names(const struct verdict *v, char *buf, size_t size)
{
	size_t n = 0;

	buf[0] = '\0';
	for (unsigned int i = 0; i < HASH_COUNT && n < size; i++)
		if (v->bank[i].met)
			n += (size_t)snprintf(buf + n, size - n, "%s%s%s",
					      n ? ", " : "", hash_row(i)->name,
					      v->bank[i].padded ?
					      " (padded SHA-1)" : "");
}

static void gap_text(const struct verdict *v)
{
	char gap[4 * GAP_REASON_MAX];

	text_escape(gap, sizeof(gap), v->gap, strlen(v->gap));
	printf("start: the TPM's own values after record %llu, behind records that were lost (%s), taken on trust\n",
	       (unsigned long long)v->start, gap);
}

static void start_text(const struct verdict *v)
{
	switch (v->from) {
	case START_BOOT:
		printf("start: boot\n");
		return;
	case START_AGGREGATE:
		if (v->gap[0]) {
			gap_text(v);
			break;
		}
		printf("start: the aggregate after record %llu, %s\n",
		       (unsigned long long)v->start,
		       v->trust == TRUST_QUOTED ? "which the AK has signed" :
		       "taken on trust");
		break;
	case START_CHECKPOINT:
		printf("start: record %llu, up to which it was proven before\n",
		       (unsigned long long)v->start);
		return;
	case START_GIVEN:
		printf("start: given PCR values, taken on trust\n");
		break;
	case START_SNAPSHOT_AGGREGATE:
		printf("start: the snapshot_aggregate that the list begins with, taken on trust\n");
		break;
	}
	if (v->start)
		printf("records 1..%llu not examined\n",
		       (unsigned long long)v->start);
	else
		printf("records before them not examined\n");
}

static void verified_text(const struct report *r)
{
	const struct verdict *v = r->verdict;
	char banks[120];

	bank_names(v, banks, sizeof(banks));
	if (!proved_records(v)) {
		if (v->from == START_CHECKPOINT)
			printf("verified: no record is new, record %llu still leads to the %s (%s)\n",
			       (unsigned long long)v->start,
			       r->quote ? "quoted PCRs" : "PCR values", banks);
		else
			printf("verified: no record was to be expected, there is none\n");
		return;
	}
	printf("verified: records %llu..%llu lead to the %s (%s)\n",
	       (unsigned long long)v->proven_from,
	       (unsigned long long)v->proven_to,
	       r->quote ? "quoted PCRs" : "PCR values", banks);
	start_text(v);
	if (v->unproven_tail)
		printf("records %llu..%llu lie behind the target, unproven\n",
		       (unsigned long long)v->proven_to + 1,
		       (unsigned long long)v->last_contained);
	printf("violations in records %llu..%llu: %llu\n",
	       (unsigned long long)v->proven_from,
	       (unsigned long long)v->proven_to,
	       (unsigned long long)v->violations);
	if (r->quote)
		printf("nonce: %s; AK %s, attributes %s\n",
		       r->quote->nonce_checked ? "checked" : "unchecked",
		       r->quote->ak_sha256,
		       r->quote->ak_kind == QUOTE_AK_RESTRICTED ?
		       "fixedTPM, restricted, sign" : "unknown (PEM)");
}

void report_text(const struct report *r)
{
	const struct verdict *v = r->verdict;
	char why[LINE_MAX_BYTES];

	if (v->kind == VERIFIED) {
		verified_text(r);
		return;
	}
	error_line(&v->why, why, sizeof(why));
	printf("%s: %s\n", kinds[v->kind], why);
}

void report_classic(const struct report *r)
{
	const struct verdict *v = r->verdict;
	bool own = false, padded = false, unmet = false;

	for (unsigned int i = 0; i < HASH_COUNT; i++) {
		unmet |= v->bank[i].wanted && !v->bank[i].met;
		own |= v->bank[i].met && !v->bank[i].padded;
		padded |= v->bank[i].met && v->bank[i].padded;
	}
	if (v->kind == VERIFIED && own)
		fprintf(stderr, "Matched per TPM bank calculated digest(s).\n");
	if (v->kind == VERIFIED && padded)
		fprintf(stderr, "Matched SHA1 padded TPM digest(s).\n");
	/* A signature or a policy may contradict where every bank has met. */
	if (v->kind == CONTRADICTED && (unmet || !(own || padded)))
		fprintf(stderr, "Failed to match per TPM bank or SHA1 padded TPM digest(s).\n");
}

void report_warnings(const struct report *r)
{
	const struct verdict *v = r->verdict;
	char why[LINE_MAX_BYTES];
	bool zero = false;

	for (unsigned int i = 0; i < HASH_COUNT; i++)
		zero |= v->bank[i].met && v->bank[i].zero_violations;
	if (v->kind == VERIFIED && v->violations)
		say(verb, "warning: %llu violation%s, read as %s: no PCR covers their texts, which are unprotected",
		    (unsigned long long)v->violations,
		    v->violations == 1 ? "" : "s", zero ? "0x00" : "0xff");
	if (signatures_judged(r))
		say(verb, "file signatures in records %llu..%llu: %llu good, %llu bad, %llu without a key",
		    (unsigned long long)v->proven_from,
		    (unsigned long long)v->proven_to,
		    (unsigned long long)r->signatures->count[IMASIG_GOOD],
		    (unsigned long long)r->signatures->count[IMASIG_BAD],
		    (unsigned long long)r->signatures->count[IMASIG_NO_KEY]);
	if (v->kind == VERIFIED && v->snapshots_unread)
		say(verb, "warning: %llu snapshot_aggregate%s that cannot be read, and compared with nothing",
		    (unsigned long long)v->snapshots_unread,
		    v->snapshots_unread == 1 ? "" : "s");
	if (v->kind == VERIFIED && r->remembered && r->remembered->new_boot)
		say(verb, "new boot: the TPM was reset since the last run; from boot");
	if (v->kind == VERIFIED && v->trailing_bytes) {
		error_line(&v->trailing, why, sizeof(why));
		say(verb, "warning: %llu bytes behind the target are no records: %s",
		    (unsigned long long)v->trailing_bytes, why);
	}
	if (v->kind == VERIFIED)
		return;
	error_line(&v->why, why, sizeof(why));
	say(verb, "%s: %s", kinds[v->kind], why);
}
