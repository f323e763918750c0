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

#include "quote.h"
#include "take.h"

/* Signing takes a while, and PCRs may move: then once more. */
#define QUOTE_TRIES 8

/* Is @q over the PCR values that were read? */
static int is_over_values(struct take *t, const struct tpm_quote *q,
			  const uint8_t nonce[SHA256_SIZE], bool *ret,
			  struct error *err)
{
	const struct quote_blob attest = { q->attest, q->attest_len, "quote" };
	const struct quote_blob signature = { q->signature, q->signature_len,
					      "signature" };
	const struct quote_blob ak = { q->ak, q->ak_len, "attestation key" };
	uint8_t digest[HASH_SIZE_MAX];
	struct quote open;
	struct hasher *h;
	int rc = quote_open(&open, &attest, &signature, &ak, nonce,
			    SHA256_SIZE, err);

	if (rc)
		return rc;
	rc = hasher_new(&h, HASH_ALL, err);
	if (rc)
		return rc;
	rc = quote_digest(&open, h, &t->target.values, digest, NULL);
	hasher_free(h);
	if (rc)
		return error_set(err, rc, "the quoted digest cannot be made");
	*ret = !memcmp(digest, open.pcr_digest,
		       hash_row(open.digest_alg)->size);
	memcpy(t->quoting->ak, open.ak_sha256, sizeof(t->quoting->ak));
	return E_OK;
}

static int keep(struct take *t, const struct tpm_quote *q, struct error *err)
{
	struct aggregate_quote *a = t->quoting;

	if (q->attest_len > sizeof(a->attest) ||
	    q->signature_len > sizeof(a->signature))
		return error_set(err, E_LIMIT, "the quote is too large");
	memcpy(a->attest, q->attest, q->attest_len);
	a->attest_len = q->attest_len;
	memcpy(a->signature, q->signature, q->signature_len);
	a->signature_len = q->signature_len;
	a->present = true;
	return E_OK;
}

int quoting_start(struct take *t, struct error *err)
{
	uint8_t nonce[SHA256_SIZE] = { 0 };
	struct tpm_quote *q;
	bool over = false;
	int rc = E_OK;

	t->quote_cut = 0;
	if (!t->opt->ak_handle)
		return E_OK;
	if (!t->tpm)
		return error_set(err, E_UNDECIDED,
				 "there is no TPM to quote");
	store_newest(t->store, nonce);
	q = malloc(sizeof(*q));
	if (!t->quoting)
		t->quoting = malloc(sizeof(*t->quoting));
	if (!q || !t->quoting) {
		free(q);
		return error_set(err, E_NOMEM, "out of memory");
	}
	memset(t->quoting, 0, sizeof(*t->quoting));
	for (int i = 0; i < QUOTE_TRIES && !over && !rc; i++) {
		if (i)
			rc = take_read_tpm(t, err);
		if (!rc)
			rc = tpm_quote(t->tpm, t->opt->ak_handle, nonce,
				       sizeof(nonce), &t->target.values, q,
				       err);
		if (!rc)
			rc = is_over_values(t, q, nonce, &over, err);
	}
	if (!rc && !over)
		rc = error_set(err, E_BUSY,
			       "the PCRs never stand still for a quote");
	if (!rc)
		rc = keep(t, q, err);
	free(q);
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
