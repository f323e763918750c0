// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * quoting.c - a shard that ends with what the TPM has signed
 *
 * The TPM signs first, then the list is taken; a shard is cut at the very
 * record whose replay meets what was signed. The nonce is the digest of the
 * aggregate before (zeros for the first), so that a quote cannot be moved to
 * another place in the store.
 */
#include <stdlib.h>
#include <string.h>

#include "signing.h"
#include "take.h"

static int keep(struct take *t, const struct signing *s, struct error *err)
{
	const struct tpm_quote *q = &s->quote;
	struct aggregate_quote *a = t->quoting;

	if (q->attest_len > sizeof(a->attest) ||
	    q->signature_len > sizeof(a->signature))
		return error_set(err, E_LIMIT, "the quote is too large");
	memcpy(a->attest, q->attest, q->attest_len);
	a->attest_len = q->attest_len;
	memcpy(a->signature, q->signature, q->signature_len);
	a->signature_len = q->signature_len;
	memcpy(a->ak, s->ak, sizeof(a->ak));
	a->present = true;
	return E_OK;
}

int quoting_start(struct take *t, struct error *err)
{
	uint8_t nonce[SHA256_SIZE] = { 0 };
	struct signing *s;
	bool over = false;
	int rc = E_OK;

	t->quote_cut = 0;
	if (!t->opt->ak_handle)
		return E_OK;
	if (!t->tpm)
		return error_set(err, E_UNDECIDED,
				 "there is no TPM to quote");
	store_newest(t->store, nonce);
	s = malloc(sizeof(*s));
	if (!t->quoting)
		t->quoting = malloc(sizeof(*t->quoting));
	if (!s || !t->quoting) {
		free(s);
		return error_set(err, E_NOMEM, "out of memory");
	}
	memset(t->quoting, 0, sizeof(*t->quoting));
	for (int i = 0; i < QUOTE_TRIES && !over && !rc; i++) {
		if (i)
			rc = take_read_tpm(t, err);
		if (!rc)
			rc = signing_quote(t->tpm, t->opt->ak_handle, nonce,
					   sizeof(nonce), &t->target.values,
					   s, &over, err);
	}
	if (!rc && !over)
		rc = error_set(err, E_BUSY,
			       "the PCRs never stand still for a quote");
	if (!rc)
		rc = keep(t, s, err);
	free(s);
	return rc;
}

int quoting_cut(struct take *t, struct error *err)
{
	if (!t->quoting || t->quote_cut || !t->match.met ||
	    t->match.at != t->drafts.last)
		return E_OK;
	t->quote_cut = t->drafts.last;
	return drafts_cut(&t->drafts, err);
}

void quoting_describe(const struct take *t, struct aggregate *agg)
{
	if (t->quoting && t->quoting->present && t->quote_cut &&
	    agg->last == t->quote_cut)
		agg->quote = *t->quoting;
}
