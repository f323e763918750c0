// SPDX-License-Identifier: GPL-2.0-or-later
/* export-proof.c - the PCR values before a chunk, and the quote at its end */
#include <stdlib.h>
#include <string.h>

#include "export-inner.h"

/* --- replay --- */

static unsigned int banks_of(const struct pcr_values *values)
{
	unsigned int banks = 0;

	for (unsigned int i = 0; i < HASH_COUNT; i++)
		if (values->bank[i].mask)
			banks |= HASH_BIT(i);
	return banks;
}

static int start_replay(struct export *e, bool wide, struct error *err)
{
	const struct base *b = &e->base;
	int rc = E_OK;

	if (!e->replay || e->replay->banks != banks_of(&b->values)) {
		replay_free(e->replay);
		e->replay = NULL;
		rc = replay_new(&e->replay, banks_of(&b->values), err);
	}
	if (!b->from_zero && !e->reading_met)
		for (unsigned int i = 0; i < HASH_COUNT; i++)
			e->reading[i] = (struct reading){
				.padded = b->padded & HASH_BIT(i) ?
					  UINT64_MAX : 0,
			};
	return rc ? rc : replay_start(e->replay, b->last ? &b->values : NULL,
				      e->reading, wide, err);
}

/* Up to record @to, looking for the signed values on the way if @match. */
static int replay_to(struct export *e, uint64_t to, bool match,
		     struct error *err)
{
	struct progress *p = e->opt->snapshot->progress;
	uint64_t n = e->base.last;
	struct record rec;
	int rc = stitch_seek(e->stitch, n + 1, err);

	progress_begin(p, to > n ? to - n : 0);
	if (!rc && match && n)
		rc = match_try(&e->match, e->replay, n, err);
	while (!rc && n < to) {
		rc = stitch_next(e->stitch, &rec, err);
		if (rc)
			break;
		n++;
		progress_add(p, 1);
		rc = replay_record(e->replay, &rec, stitch_layout(e->stitch),
				   err);
		if (rc)
			error_place(err, n, 0);
		if (!rc && match)
			rc = match_try(&e->match, e->replay, n, err);
	}
	error_subject(err, "%s", e->opt->snapshot->ima_dir);
	return rc;
}

/* The PCRs before the chunk's first record. */
int export_pcrs(struct export *e, struct error *err)
{
	struct chunk *c = &e->chunk;
	int rc = start_replay(e, false, err);

	if (!rc)
		rc = replay_to(e, e->opt->after, false, err);
	if (rc)
		return rc;
	memset(&c->pcrs, 0, sizeof(c->pcrs));
	replay_values(e->replay, &c->pcrs);
	c->padded = e->base.padded;
	for (unsigned int i = 0; e->base.from_zero && i < HASH_COUNT; i++)
		if (e->replay->banks & HASH_BIT(i) &&
		    reading_padded(&e->reading[i], e->replay->kernels))
			c->padded |= HASH_BIT(i);
	c->foreign = e->base.foreign;
	return E_OK;
}

/* --- the TPM --- */

/* There being none is no reason to stop, unless it was to sign. */
int export_open_tpm(struct export *e, struct error *err)
{
	struct error why = { 0 };
	int rc = tpm_open(&e->tpm, e->opt->snapshot->tcti, &why);

	if (!rc || !e->opt->ak_handle) {
		e->tpm = rc ? NULL : e->tpm;
		return E_OK;
	}
	*err = why;
	return rc == E_ABSENT || rc == E_UNSUPPORTED ?
	       error_set(err, E_UNDECIDED, "there is no TPM to quote: %s",
			 why.reason) : rc;
}

static int read_tpm(struct export *e, uint32_t pcrs, struct pcr_values *values,
		    struct error *err)
{
	struct aggregate_tpm *facts = &e->chunk.tpm;
	struct tpm_clock clock;
	uint32_t counter;
	int rc = tpm_read_clock(e->tpm, &clock, err);

	if (!rc)
		rc = tpm_read_pcrs(e->tpm, pcrs, values, &counter, err);
	if (rc)
		return rc;
	*facts = (struct aggregate_tpm){
		.present = true,
		.reset_count = clock.reset_count,
		.restart_count = clock.restart_count,
		.clock = clock.clock,
		.pcr_update_counter = counter,
	};
	return E_OK;
}

/* Without a TPM, or with one that does not answer, what the shards say. */
void export_describe_tpm(struct export *e)
{
	struct pcr_values *values = malloc(sizeof(*values));

	if (!e->tpm || !values ||
	    read_tpm(e, 1U << IMA_PCR, values, NULL))
		e->chunk.tpm = e->base.tpm;
	e->chunk.tpm.matched = MATCHED_UNKNOWN;
	free(values);
}

/* IMA's PCR, and what else its records touch, unless others do too. */
static uint32_t pcrs_to_quote(const struct export *e)
{
	uint32_t pcrs = replay_pcrs(e->replay);

	for (unsigned int i = 0; i < HASH_COUNT; i++)
		pcrs |= e->base.values.bank[i].mask;
	return (pcrs & ~e->base.foreign) | 1U << IMA_PCR;
}

static int sign(struct export *e, struct error *err)
{
	struct pcr_values *v = &e->signed_values;
	bool over = false;
	int rc = E_OK;

	for (int i = 0; i < QUOTE_TRIES && !over && !rc; i++) {
		rc = read_tpm(e, pcrs_to_quote(e), v, err);
		for (unsigned int n = 0; n < HASH_COUNT; n++)
			if (!(e->replay->banks & HASH_BIT(n)))
				v->bank[n].mask = 0;
		if (!rc)
			rc = signing_quote(e->tpm, e->opt->ak_handle,
					   e->opt->nonce, e->opt->nonce_len, v,
					   e->signing, &over, err);
	}
	if (!rc && !over)
		rc = error_set(err, E_BUSY,
			       "the PCRs never stand still for a quote");
	error_subject(err, "TPM");
	return rc;
}

static int carry_quote(struct export *e, struct error *err)
{
	const struct tpm_quote *from = &e->signing->quote;
	struct chunk_quote *q = &e->chunk.quote;

	if (from->attest_len > sizeof(q->attest) ||
	    from->signature_len > sizeof(q->signature))
		return error_set(err, E_LIMIT, "the quote is too large");
	memcpy(q->attest, from->attest, from->attest_len);
	q->attest_len = from->attest_len;
	memcpy(q->signature, from->signature, from->signature_len);
	q->signature_len = from->signature_len;
	memcpy(q->ak, e->signing->ak, sizeof(q->ak));
	q->has_ak = true;
	q->pcrs = e->signed_values;
	q->present = true;
	e->chunk.tpm.matched = MATCHED_YES;
	return E_OK;
}

/* Does what was signed lie on the replay, at a record from @after on? */
static int is_met_so(struct export *e, bool wide, bool *ret,
		     struct error *err)
{
	const struct target target = { .values = e->signed_values };
	int rc = start_replay(e, wide, err);

	match_start(&e->match, &target);
	e->match.exempt = e->base.foreign;
	e->match.not_before = e->opt->after;
	if (!rc)
		rc = replay_to(e, e->chunk.last, true, err);
	*ret = !rc && e->match.met && e->match.at >= e->opt->after;
	if (*ret)
		memcpy(e->reading, e->match.readings, sizeof(e->reading));
	e->reading_met = *ret;
	return rc;
}

/* An aggregate says how its records were read, but not its violations. */
static int is_met(struct export *e, bool *ret, struct error *err)
{
	int rc = E_OK;

	*ret = false;
	e->reading_met = false;
	if (!e->base.from_zero)
		rc = is_met_so(e, false, ret, err);
	return rc || *ret ? rc : is_met_so(e, true, ret, err);
}

static int never_met(const struct export *e, struct error *err)
{
	error_set(err, E_CHANGED,
		  "the records up to %llu do not lead to the PCRs that the TPM has signed",
		  (unsigned long long)e->chunk.last);
	error_subject(err, "%s", e->opt->snapshot->ima_dir);
	return E_CHANGED;
}

/*
 * Signed first, read then. A record may be in the list whose extend is still
 * under way, and PCRs that nobody has touched yet may be touched meanwhile:
 * then once more. If the list has outgrown max_bytes, a later chunk has the
 * quote.
 */
int export_quote(struct export *e, struct error *err)
{
	bool met = false;
	int rc = start_replay(e, false, err);

	if (!rc)
		rc = replay_to(e, e->chunk.last, false, err);
	for (int i = 0; i < QUOTE_TRIES && !rc && !met; i++) {
		rc = sign(e, err);
		if (!rc)
			rc = export_fill(e, err);
		if (rc || e->chunk.remaining_records)
			return rc;
		rc = is_met(e, &met, err);
	}
	if (!rc)
		rc = met ? carry_quote(e, err) : never_met(e, err);
	return rc;
}
