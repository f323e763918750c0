// SPDX-License-Identifier: GPL-2.0-or-later
/* report.c - a verdict in words, and as JSON */
#include "cmd/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cmd/advice.h"
#include "cmd/policy-options.h"
#include "cmd/report-pcrs.h"
#include "cmd/say.h"
#include "evmctl-snapshot.h"
#include "format/json.h"

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

static void add_number(json_object *obj, const char *key, uint64_t n,
		       bool there, bool *ok)
{
	if (there)
		put_number(obj, key, n, ok);
	else
		put_null(obj, key, ok);
}

static json_object *bank_pcrs(const struct verdict *v, enum hash_id id,
			      bool *ok)
{
	json_object *obj = put_object(ok);

	for (uint32_t m = v->pcrs & v->values.bank[id].mask; m; m &= m - 1) {
		unsigned int pcr = (unsigned int)__builtin_ctz(m);
		char hex[2 * HASH_SIZE_MAX + 1], key[12];

		hex_encode(hex, v->values.bank[id].value[pcr],
			   hash_row(id)->size);
		snprintf(key, sizeof(key), "%u", pcr);
		put_text(obj, key, hex, ok);
	}
	return obj;
}

const char *bank_result(const struct verdict_bank *b)
{
	return b->met ? "equal" : b->compared ? "not equal" : "not compared";
}

static json_object *bank_json(const struct verdict *v, enum hash_id id,
			      bool *ok)
{
	const struct verdict_bank *b = &v->bank[id];
	json_object *obj = put_object(ok);

	put_text(obj, "result", bank_result(b), ok);
	add_number(obj, "record", b->alone_at, b->alone_at, ok);
	if (!b->met)
		return obj;
	put_text(obj, "extend", b->padded || b->sha1 ? "sha1-padded" :
		 "own", ok);
	if (v->violations)
		put_text(obj, "violations", b->zero_violations ? "0x00" :
			 b->short_violations ? "0xff-padded" : "0xff", ok);
	put(obj, "pcrs", bank_pcrs(v, id, ok), ok);
	return obj;
}

static json_object *start_json(const struct verdict *v, bool *ok)
{
	json_object *obj = put_object(ok);
	bool there = v->kind == VERIFIED;

	put_text(obj, "from", there ? froms[v->from] : NULL, ok);
	add_number(obj, "record", v->start, there, ok);
	put_text(obj, "trust", there ? trusts[v->trust] : NULL, ok);
	if (there && v->gap[0]) {
		char gap[4 * GAP_REASON_MAX];

		text_escape(gap, sizeof(gap), v->gap, strlen(v->gap));
		put_text(obj, "gap", gap, ok);
	}
	return obj;
}

static json_object *quote_json(const struct verdict *v, const struct quote *q,
			       bool *ok)
{
	json_object *obj = put_object(ok);

	add_number(obj, "clock", q->clock, true, ok);
	add_number(obj, "reset_count", q->reset_count, true, ok);
	add_number(obj, "restart_count", q->restart_count, true, ok);
	put_bool(obj, "safe", q->safe, ok);
	put_text(obj, "scheme", q->scheme, ok);
	put_text(obj, "hash", hash_row(q->digest_alg)->name, ok);
	put_text(obj, "ak", q->ak_sha256, ok);
	put_text(obj, "ak_attributes", q->ak_kind == QUOTE_AK_RESTRICTED ?
		 "fixedtpm|restricted|sign" : "unknown", ok);
	put_maybe(obj, "not_compared", not_compared_json(v, q, ok), ok);
	return obj;
}

static json_object *signatures_json(const struct report *r, bool *ok)
{
	json_object *obj;

	if (!signatures_judged(r))
		return NULL;
	obj = put_object(ok);
	add_number(obj, "good", r->signatures->count[IMASIG_GOOD], true, ok);
	add_number(obj, "bad", r->signatures->count[IMASIG_BAD], true, ok);
	add_number(obj, "no_key", r->signatures->count[IMASIG_NO_KEY], true,
		   ok);
	return obj;
}

/* Records of the 2023 design; NULL where there are none. */
static json_object *snapshots_json(const struct verdict *v, bool *ok)
{
	json_object *obj;

	if (v->kind != VERIFIED ||
	    !(v->snapshots_equal || v->snapshots_unread))
		return NULL;
	obj = put_object(ok);
	add_number(obj, "equal", v->snapshots_equal, true, ok);
	add_number(obj, "unread", v->snapshots_unread, true, ok);
	return obj;
}

static json_object *pending_json(const struct state_pending *p, bool *ok)
{
	json_object *obj;

	if (!p->present)
		return NULL;
	obj = put_object(ok);
	add_number(obj, "first", p->first, true, ok);
	add_number(obj, "last", p->last, true, ok);
	add_number(obj, "bytes", p->bytes, true, ok);
	add_number(obj, "remaining_records", p->remaining_records, true, ok);
	add_number(obj, "remaining_bytes", p->remaining_bytes, true, ok);
	return obj;
}

/* What is remembered now; null where no state is kept, or none is there. */
static json_object *state_json(const struct report *r, bool *ok)
{
	const struct state *s;
	json_object *obj;

	if (!r->remembered || !r->remembered->checkpoint)
		return NULL;
	s = checkpoint_state(r->remembered->checkpoint);
	obj = put_object(ok);
	add_number(obj, "record", s->proven.record, s->proven.record, ok);
	add_number(obj, "generation", s->generation, s->generation, ok);
	add_number(obj, "violations", s->proven.violations, s->proven.record,
		   ok);
	put_bool(obj, "new_boot", r->remembered->new_boot, ok);
	put_maybe(obj, "pending", pending_json(&s->pending, ok), ok);
	return obj;
}

bool report_json(const struct report *r)
{
	const struct verdict *v = r->verdict;
	bool made = true, *ok = &made;
	json_object *obj = put_object(ok);
	json_object *banks = put_object(ok);
	char *line;
	size_t len;
	bool proved = proved_records(v);
	char why[LINE_MAX_BYTES];

	error_line(&v->why, why, sizeof(why));
	put_text(obj, "verdict", kinds[v->kind], ok);
	put_text(obj, "reason", v->kind == VERIFIED ? NULL : why, ok);
	put(obj, "start", start_json(v, ok), ok);
	add_number(obj, "first_contained", v->first_contained, v->contains, ok);
	add_number(obj, "discarded", v->discarded, v->discarded, ok);
	add_number(obj, "proven_from", v->proven_from, proved, ok);
	add_number(obj, "proven_to", v->proven_to, proved, ok);
	add_number(obj, "last_contained", v->last_contained, v->contains, ok);
	add_number(obj, "replayed", v->replayed, v->kind == VERIFIED, ok);
	add_number(obj, "unproven_tail", v->unproven_tail,
		   v->kind == VERIFIED, ok);
	for (unsigned int i = 0; i < HASH_COUNT; i++)
		if (v->bank[i].wanted)
			put(banks, hash_row(i)->name, bank_json(v, i, ok), ok);
	put(obj, "banks", banks, ok);
	add_number(obj, "violations", v->violations, v->kind == VERIFIED, ok);
	put_maybe(obj, "resettable_pcrs", v->kind != VERIFIED ? NULL :
		  pcrs_array(v->resettable, ok), ok);
	put_maybe(obj, "snapshot_aggregates", snapshots_json(v, ok), ok);
	put_maybe(obj, "signatures", signatures_json(r, ok), ok);
	put_maybe(obj, "policy", policy_json(r->policy, r->answers, ok), ok);
	put_maybe(obj, "state", state_json(r, ok), ok);
	add_number(obj, "trailing_bytes", v->trailing_bytes,
		   v->kind == VERIFIED, ok);
	add_number(obj, "shards", r->shards, true, ok);
	put_text(obj, "nonce", !r->quote ? NULL :
		 r->quote->nonce_checked ? "checked" : "unchecked", ok);
	put_maybe(obj, "quote", r->quote ? quote_json(v, r->quote, ok) :
		  NULL, ok);
	if (json_line(obj, made, &line, &len, NULL))
		return false;
	fputs(line, stdout);
	free(line);
	return true;
}

/* --- words --- */

/* Each bank with, unless it has all that were compared, its PCRs. */
#define BANK_NAMES_MAX (HASH_COUNT * (64 + 3 * PCR_COUNT))

static const char *padding(const struct verdict_bank *b)
{
	return b->padded ? " (padded SHA-1)" :
	       b->sha1 ? " (partly padded SHA-1)" : "";
}

static void bank_names(const struct verdict *v, char buf[BANK_NAMES_MAX])
{
	const size_t size = BANK_NAMES_MAX;
	size_t n = 0;

	buf[0] = '\0';
	for (unsigned int i = 0; i < HASH_COUNT; i++) {
		uint32_t mask = v->pcrs & v->values.bank[i].mask;
		const char *sep = " of PCR ";

		if (!v->bank[i].met)
			continue;
		n += (size_t)snprintf(buf + n, size - n, "%s%s%s",
				      n ? ", " : "", hash_row(i)->name,
				      padding(&v->bank[i]));
		/* A weak bank's PCR is not to pass for a strong one's. */
		for (mask = mask == v->pcrs ? 0 : mask; mask;
		     mask &= mask - 1) {
			n += (size_t)snprintf(buf + n, size - n, "%s%d", sep,
					      __builtin_ctz(mask));
			sep = "+";
		}
	}
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
		       v->trust == TRUST_QUOTED ? "whose PCR values the AK has signed" :
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

static void discarded_text(const struct verdict *v)
{
	if (v->discarded)
		printf("records 1..%llu were discarded by an administrator\n",
		       (unsigned long long)v->discarded);
}

static void tail_text(const struct verdict *v)
{
	if (v->unproven_tail)
		printf("records %llu..%llu lie behind the target, unproven\n",
		       (unsigned long long)v->proven_to + 1,
		       (unsigned long long)v->last_contained);
}

static void nonce_text(const struct report *r)
{
	char pcrs[NOT_COMPARED_MAX];

	if (!r->quote)
		return;
	printf("nonce: %s; AK %s, attributes %s\n",
	       r->quote->nonce_checked ? "checked" : "unchecked",
	       r->quote->ak_sha256,
	       r->quote->ak_kind == QUOTE_AK_RESTRICTED ?
	       "fixedTPM, restricted, sign" : "unknown (PEM)");
	not_compared_text(pcrs, r->verdict, r->quote);
	if (*pcrs)
		printf("quoted, and not compared, for no record extends them: %s\n",
		       pcrs);
}

static void verified_text(const struct report *r)
{
	const struct verdict *v = r->verdict;
	char banks[BANK_NAMES_MAX];

	bank_names(v, banks);
	if (!proved_records(v)) {
		if (v->from == START_CHECKPOINT)
			printf("verified: no record is %s, record %llu still leads to the %s (%s)\n",
			       v->unproven_tail ? "proven anew" : "new",
			       (unsigned long long)v->start,
			       r->quote ? "quoted PCRs" : "PCR values", banks);
		else
			printf("verified: no record was to be expected, there is none\n");
		tail_text(v);
		nonce_text(r);
		return;
	}
	printf("verified: records %llu..%llu lead to the %s (%s)\n",
	       (unsigned long long)v->proven_from,
	       (unsigned long long)v->proven_to,
	       r->quote ? "quoted PCRs" : "PCR values", banks);
	start_text(v);
	discarded_text(v);
	tail_text(v);
	printf("violations in records %llu..%llu: %llu\n",
	       (unsigned long long)v->proven_from,
	       (unsigned long long)v->proven_to,
	       (unsigned long long)v->violations);
	nonce_text(r);
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
	if (advice(verb, &v->why))
		printf("next: %s\n", advice(verb, &v->why));
	discarded_text(v);
}

void report_classic(const struct report *r)
{
	const struct verdict *v = r->verdict;
	bool own = false, padded = false, unmet = false;

	for (unsigned int i = 0; i < HASH_COUNT; i++) {
		bool sha1 = v->bank[i].padded || v->bank[i].sha1;

		unmet |= v->bank[i].wanted && !v->bank[i].met;
		own |= v->bank[i].met && !sha1;
		padded |= v->bank[i].met && sha1;
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
	char why[LINE_MAX_BYTES], pcrs[PCRS_TEXT_MAX];
	bool zero = false;

	for (unsigned int i = 0; i < HASH_COUNT; i++)
		zero |= v->bank[i].met && v->bank[i].zero_violations;
	if (v->kind == VERIFIED && v->violations)
		say(verb, "warning: %llu violation%s, read as %s: no PCR covers their texts, which are unprotected",
		    (unsigned long long)v->violations,
		    v->violations == 1 ? "" : "s", zero ? "0x00" : "0xff");
	if (v->kind == VERIFIED && v->resettable) {
		pcrs_text(pcrs, v->resettable);
		say(verb, "warning: records extend PCR %s, which can be reset without a reboot: after that, such records may be left out or be others",
		    pcrs);
	}
	if (signatures_judged(r) && v->proven_to >= v->proven_from)
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
		say(verb, "new boot: %s; from boot",
		    r->remembered->since == BOOT_LATER ?
		    "the TPM was reset since the last run" :
		    "the records do not go on from the last run");
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
