// SPDX-License-Identifier: GPL-2.0-or-later
/* target.c - what a replay should lead to, and whether it did */
#include "target.h"

#include <stdio.h>
#include <string.h>

unsigned int target_banks(const struct target *t)
{
	unsigned int banks = 0;

	for (unsigned int i = 0; i < HASH_COUNT; i++)
		if (t->values.bank[i].mask)
			banks |= HASH_BIT(i);
	if (banks || !t->quote)
		return banks;
	for (size_t i = 0; i < t->quote->selection.count; i++) {
		int id = hash_by_tpm(t->quote->selection.bank[i].alg);

		/* A TPM leaves a bank that it lacks in, without any PCR. */
		if (id >= 0 && t->quote->selection.bank[i].mask)
			banks |= HASH_BIT((unsigned int)id);
	}
	return banks;
}

/* "sha256:0,1,2 sha1:10" */
static void selection_text(char *buf, size_t size,
			   const struct pcr_selection *sel)
{
	size_t n = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < sel->count; i++) {
		int id = hash_by_tpm(sel->bank[i].alg);
		char sep = ':';

		if (!sel->bank[i].mask)
			continue;
		n += (size_t)snprintf(buf + n, size - n, "%s%s", n ? " " : "",
				      id < 0 ? "unknown" :
				      hash_row((unsigned int)id)->name);
		for (unsigned int p = 0; p < PCR_COUNT && n < size; p++) {
			if (!(sel->bank[i].mask & 1U << p))
				continue;
			n += (size_t)snprintf(buf + n, size - n, "%c%u", sep,
					      p);
			sep = ',';
		}
		if (n >= size)
			return;
	}
}

/* Only what the quote selects: nothing else is signed. */
static void keep_selected(struct pcr_values *values,
			  const struct pcr_selection *sel)
{
	uint32_t mask[HASH_COUNT] = { 0 };

	for (size_t i = 0; i < sel->count; i++) {
		int id = hash_by_tpm(sel->bank[i].alg);

		if (id >= 0)
			mask[id] |= sel->bank[i].mask;
	}
	for (unsigned int i = 0; i < HASH_COUNT; i++)
		values->bank[i].mask &= mask[i];
}

int target_from_quote(struct target *ret, const struct quote *quote,
		      const struct pcr_values *values, struct error *err)
{
	uint8_t digest[HASH_SIZE_MAX];
	struct pcr_selection missing;
	struct hasher *h;
	char text[200];
	int rc = hasher_new(&h, HASH_ALL, err);

	if (rc)
		return rc;
	rc = quote_digest(quote, h, values, digest, &missing);
	hasher_free(h);
	if (rc == E_ABSENT) {
		selection_text(text, sizeof(text), &missing);
		return error_set(err, rc, "lacks values that are quoted: %s",
				 text);
	}
	if (rc)
		return error_set(err, rc, "the quoted digest cannot be made");
	if (memcmp(digest, quote->pcr_digest,
		   hash_row(quote->digest_alg)->size))
		return error_set(err, E_CHANGED,
				 "values are not those that the quote signs");
	memset(ret, 0, sizeof(*ret));
	ret->values = *values;
	keep_selected(&ret->values, &quote->selection);
	ret->quote = quote;
	return E_OK;
}

void match_start(struct match *m, const struct target *target)
{
	const struct quote *q = target ? target->quote : NULL;

	memset(m, 0, sizeof(*m));
	m->target = target;
	if (!target)
		return;
	m->banks = target_banks(target);
	for (unsigned int i = 0; i < HASH_COUNT; i++)
		m->by_values |= target->values.bank[i].mask != 0;
	for (size_t i = 0; q && !m->by_values && i < q->selection.count; i++) {
		int id = hash_by_tpm(q->selection.bank[i].alg);

		m->quoted[i] = (int8_t)id;
		if (id < 0)
			m->unknown |= q->selection.bank[i].mask != 0;
		else
			m->selected[id] |= q->selection.bank[i].mask;
	}
	for (unsigned int i = 0; i < HASH_COUNT; i++)
		m->covered |= m->selected[i];
}

static bool chain_agrees(const struct chain *c, const struct pcr_bank *bank,
			 uint32_t mask)
{
	size_t size = hash_row(c->bank)->size;

	for (mask &= bank->mask; mask; mask &= mask - 1) {
		int pcr = __builtin_ctz(mask);

		if (memcmp(c->value[pcr], bank->value[pcr], size))
			return false;
	}
	return true;
}

static const struct chain *agreeing(const struct replay *r, enum hash_id bank,
				    const struct pcr_bank *values,
				    uint32_t mask)
{
	for (size_t i = 0; i < r->count; i++)
		if (r->chain[i].bank == bank &&
		    chain_agrees(&r->chain[i], values, mask))
			return &r->chain[i];
	return NULL;
}

/* One chain for each bank; the caller has seen that they agree. */
struct agreed {
	const struct chain *chain[HASH_COUNT];
	uint32_t of[HASH_COUNT];	/* the PCRs compared, by bank */
	uint32_t pcrs;			/* in any */
};

static void set_met(struct match *m, const struct replay *r, uint64_t number,
		    const struct agreed *a)
{
	m->met = true;
	m->at = number;
	m->touched = r->touched;
	m->pcrs = a->pcrs;
	m->padded = m->sha1 = 0;
	m->violations = r->violations;
	m->records = r->records;
	memset(&m->values, 0, sizeof(m->values));
	for (unsigned int i = 0; i < HASH_COUNT; i++) {
		const struct chain *c = a->chain[i];

		if (!c)
			continue;
		m->readings[i] = c->reading;
		if (reading_padded(&c->reading, r->kernels))
			m->padded |= HASH_BIT(i);
		if (c->sha1)
			m->sha1 |= HASH_BIT(i);
		m->values.bank[i].mask = replay_pcrs(r) & a->of[i];
		memcpy(m->values.bank[i].value, c->value, sizeof(c->value));
	}
}

/*
 * The target has a value of IMA's own PCR that is not zero, and no record is
 * there that extends it: a list of some other PCR's records proves nothing.
 */
static bool lacks_ima_pcr(const struct match *m,
			  const struct pcr_values *want, uint32_t compared)
{
	static const uint8_t zero[HASH_SIZE_MAX];
	uint32_t bit = 1U << IMA_PCR;

	if (compared & bit || m->exempt & bit)
		return false;
	for (unsigned int i = 0; i < HASH_COUNT; i++)
		if (want->bank[i].mask & bit &&
		    memcmp(want->bank[i].value[IMA_PCR], zero,
			   hash_row(i)->size))
			return true;
	return false;
}

/* Whoever is quoted may choose what is: a list of another PCR's records. */
static bool quotes_ima_pcr(struct match *m)
{
	uint32_t quoted = m->covered | m->exempt;

	for (unsigned int i = 0; m->by_values && i < HASH_COUNT; i++)
		quoted |= m->target->values.bank[i].mask;
	if (!m->target->quote || quoted & 1U << IMA_PCR)
		return true;
	m->ima_pcr_unquoted = true;
	return false;
}

/* The PCRs that records have extended, from the first one on. */
static uint32_t must_cover(const struct match *m, const struct replay *r)
{
	return r->touched | m->history;
}

/* What a replay cannot know, wherever it agrees: never IMA's own. */
static uint32_t others(const struct match *m)
{
	return m->foreign & ~(1U << IMA_PCR);
}

static void try_values(struct match *m, const struct replay *r,
		       uint64_t number)
{
	const struct pcr_values *want = &m->target->values;
	uint32_t ignored = m->ignored & ~(r->touched | 1U << IMA_PCR);
	uint32_t pcrs = replay_pcrs(r) & ~ignored & ~m->exempt;
	uint32_t covered = m->exempt, differ = 0;
	struct agreed a = { 0 };
	unsigned int apart = 0;
	bool all = true;

	for (unsigned int left = m->banks; left; left &= left - 1) {
		unsigned int i = (unsigned int)__builtin_ctz(left);

		covered |= want->bank[i].mask & pcrs;
		if (!(want->bank[i].mask & pcrs)) {
			/* A quote signs its banks as one. */
			if (!m->target->quote)
				apart |= HASH_BIT(i);
			continue;
		}
		m->compared |= HASH_BIT(i);
		a.chain[i] = agreeing(r, i, &want->bank[i], pcrs);
		if (a.chain[i])
			m->bank_at[i] = number;
		else if (want->bank[i].mask & pcrs & ~others(m) &&
			 agreeing(r, i, &want->bank[i], pcrs & ~others(m)))
			differ |= want->bank[i].mask & pcrs & others(m);
		else
			all = false;
		a.of[i] = want->bank[i].mask & pcrs;
		a.pcrs |= a.of[i];
	}
	if (!a.pcrs || !all)
		return;
	if (apart || differ) {
		m->apart |= apart;
		m->foreign_differ |= differ;
		return;
	}
	if (lacks_ima_pcr(m, want, a.pcrs)) {
		m->no_ima_pcr = true;
		return;
	}
	if (must_cover(m, r) & ~covered) {
		m->uncovered = must_cover(m, r) & ~covered;
		return;
	}
	if (!quotes_ima_pcr(m))
		return;
	set_met(m, r, number, &a);
}

/*
 * A quote's digest alone: every combination of chains for the banks it
 * selects is a proposal. In a narrow replay that is one; a wide one is cut
 * off where the readings multiply beyond reason.
 */
#define COMBINATIONS_MAX 4096

struct proposal {
	const struct replay *r;
	struct pcr_values values;
	struct agreed agreed;
	unsigned int banks[HASH_COUNT];
	size_t count;
	unsigned int tries;
};

static void propose_chain(struct proposal *p, const struct chain *c,
			  uint32_t selected)
{
	struct pcr_bank *bank = &p->values.bank[c->bank];

	p->agreed.chain[c->bank] = c;
	p->agreed.of[c->bank] = selected;
	/* What nothing is known of may be zero: the digest will tell. */
	bank->mask = selected;
	for (uint32_t m = selected; m; m &= m - 1) {
		int pcr = __builtin_ctz(m);

		memcpy(bank->value[pcr], c->value[pcr],
		       hash_row(c->bank)->size);
	}
}

/* 1: this proposal is what was signed; 0: none at this depth is. */
static int propose(struct proposal *p, const struct match *m, size_t depth)
{
	const struct quote *q = m->target->quote;
	uint8_t digest[HASH_SIZE_MAX];
	int rc = 0;

	if (depth == p->count) {
		if (p->tries++ >= COMBINATIONS_MAX)
			return 0;
		rc = quote_digest(q, p->r->hasher, &p->values, digest, NULL);
		if (rc)
			return rc;
		return !memcmp(digest, q->pcr_digest,
			       hash_row(q->digest_alg)->size);
	}
	for (size_t i = 0; i < p->r->count && !rc; i++) {
		const struct chain *c = &p->r->chain[i];

		if (c->bank != p->banks[depth])
			continue;
		if (p->tries > COMBINATIONS_MAX)
			break;
		propose_chain(p, c, m->selected[c->bank]);
		rc = propose(p, m, depth + 1);
	}
	return rc;
}

static int propose_all(struct match *m, const struct replay *r,
		       struct agreed *ret)
{
	struct proposal p = { .r = r };
	int rc;

	for (unsigned int i = 0; i < HASH_COUNT; i++)
		if (m->selected[i])
			p.banks[p.count++] = i;
	rc = propose(&p, m, 0);
	if (p.tries > COMBINATIONS_MAX)
		m->combinations++;
	*ret = p.agreed;
	return rc;
}

static const struct chain *only_chain(const struct replay *r, enum hash_id bank)
{
	for (size_t i = 0; i < r->count; i++)
		if (r->chain[i].bank == bank)
			return &r->chain[i];
	return NULL;
}

/*
 * The one proposal of a narrow replay, in as little as it takes: this is done
 * for every record. As quote_digest() has it, bank by bank, index ascending.
 */
static int propose_narrow(const struct match *m, const struct replay *r,
			  struct agreed *ret)
{
	const struct quote *q = m->target->quote;
	uint8_t all[PCR_SELECTIONS_MAX * PCR_COUNT * HASH_SIZE_MAX];
	uint8_t digest[HASH_SIZE_MAX];
	size_t len = 0;

	for (size_t i = 0; i < q->selection.count; i++) {
		const struct chain *c;
		size_t size;

		if (!q->selection.bank[i].mask)
			continue;
		c = only_chain(r, (enum hash_id)m->quoted[i]);
		if (!c)
			return E_CRYPTO;
		size = hash_row(c->bank)->size;
		for (uint32_t p = q->selection.bank[i].mask; p; p &= p - 1) {
			memcpy(all + len, c->value[__builtin_ctz(p)], size);
			len += size;
		}
		ret->chain[c->bank] = c;
		ret->of[c->bank] = m->selected[c->bank];
	}
	if (hasher_digest(r->hasher, q->digest_alg, all, len, NULL, 0, digest))
		return E_CRYPTO;
	return !memcmp(digest, q->pcr_digest, hash_row(q->digest_alg)->size);
}

/* Quoted PCRs that the replay knows nothing of. */
static void note_missing(struct match *m, const struct replay *r)
{
	uint32_t known = replay_pcrs(r) & ~others(m);

	if (m->missing.count && m->missing_beside == known)
		return;
	m->missing_beside = known;
	m->missing = m->target->quote->selection;
	for (size_t i = 0; i < m->missing.count; i++)
		m->missing.bank[i].mask &= ~known;
}

static int try_digest(struct match *m, const struct replay *r, uint64_t number,
		      struct error *err)
{
	struct agreed agreed = { 0 };
	int rc;

	note_missing(m, r);
	if (must_cover(m, r) & ~m->covered) {
		m->uncovered = must_cover(m, r) & ~m->covered;
		return E_OK;
	}
	if (!quotes_ima_pcr(m))
		return E_OK;
	m->compared = m->banks;
	if (r->wide || m->unknown)
		rc = propose_all(m, r, &agreed);
	else
		rc = propose_narrow(m, r, &agreed);
	if (rc < 0)
		return error_set(err, rc,
				 rc == E_UNSUPPORTED ?
				 "the quote selects a bank of an unknown algorithm" :
				 "libcrypto failed to hash");
	agreed.pcrs = m->covered & replay_pcrs(r);
	if (rc)
		set_met(m, r, number, &agreed);
	return E_OK;
}

int match_try(struct match *m, const struct replay *r, uint64_t number,
	      struct error *err)
{
	unsigned int lacking = m->banks & ~r->banks;

	if (number < m->not_before)
		return E_OK;
	if (lacking)
		return error_set(err, E_UNSUPPORTED, "libcrypto has no %s",
				 hash_row((unsigned int)__builtin_ctz(lacking))->name);
	if (!m->by_values)
		return try_digest(m, r, number, err);
	try_values(m, r, number);
	return E_OK;
}

static void join_met(struct match *m, const struct match *from,
		     const struct replay *before)
{
	m->met = true;
	m->at = from->at;
	m->touched = from->touched;
	m->pcrs = from->pcrs;
	m->values = from->values;
	memcpy(m->readings, from->readings, sizeof(m->readings));
	m->padded = from->padded;
	m->sha1 = from->sha1;
	for (size_t i = 0; i < before->count; i++) {
		const struct chain *c = &before->chain[i];

		if (c->sha1 && m->values.bank[c->bank].mask)
			m->sha1 |= HASH_BIT(c->bank);
	}
	m->violations = before->violations + from->violations;
	m->records = from->records;
}

void match_join(struct match *m, const struct match *from,
		const struct replay *before)
{
	if (from->met)
		join_met(m, from, before);
	for (unsigned int i = 0; i < HASH_COUNT; i++)
		if (from->bank_at[i])
			m->bank_at[i] = from->bank_at[i];
	m->no_ima_pcr |= from->no_ima_pcr;
	m->ima_pcr_unquoted |= from->ima_pcr_unquoted;
	if (from->uncovered)
		m->uncovered = from->uncovered;
	if (from->missing.count) {
		m->missing = from->missing;
		m->missing_beside = from->missing_beside;
	}
	m->combinations += from->combinations;
	m->compared |= from->compared;
	m->apart |= from->apart;
	m->foreign_differ |= from->foreign_differ;
	m->foreign = from->foreign;
}

bool match_left(const struct match *m, uint32_t pcr)
{
	return m->met && m->pcrs & 1U << pcr;
}
