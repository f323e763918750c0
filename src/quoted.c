// SPDX-License-Identifier: GPL-2.0-or-later
/* quoted.c - an aggregate whose PCR values the TPM has signed */
#include "quoted.h"

#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "format/attest.h"

/* The nonce that the quote has, if it is the size of a digest. */
static int read_nonce(const struct aggregate_quote *q,
		      uint8_t ret[SHA256_SIZE], struct error *err)
{
	struct attest seen;
	struct cursor body;
	int rc = attest_body(q->attest, q->attest_len, &body, err);

	if (!rc)
		rc = attest_parse(&body, &seen, err);
	if (rc)
		return rc;
	if (seen.extra.left != SHA256_SIZE)
		return error_set(err, E_CHANGED,
				 "the quote's nonce is no digest");
	memcpy(ret, seen.extra.at, SHA256_SIZE);
	return E_OK;
}

/* Shards of one snapshot that come before the one with its quote. */
#define BEFORE_MAX 65536

/*
 * Is it the digest of an aggregate before @i, or zero before the first?
 * @unknown: what it may be the digest of was discarded.
 */
static bool is_before(const struct store *st, size_t i,
		      const struct aggregate *agg,
		      const uint8_t nonce[SHA256_SIZE], bool *unknown)
{
	static const uint8_t zero[SHA256_SIZE];
	struct aggregate *a = malloc(sizeof(*a));
	bool found = false;

	if (!a)
		return false;
	*a = *agg;
	for (size_t n = 0; n < BEFORE_MAX; n++) {
		found = !memcmp(a->has_prev ? a->prev : zero, nonce,
				SHA256_SIZE);
		if (found || !a->has_prev)
			break;
		*unknown = !i && store_discarded(st);
		if (!i || store_aggregate(st, --i, a, NULL, NULL))
			break;
		/* Behind another quote a snapshot would have named it. */
		if (a->quote.present)
			break;
	}
	free(a);
	return found;
}

static int check_values(const struct quote *q, const struct aggregate *agg,
			struct error *err)
{
	uint8_t digest[HASH_SIZE_MAX];
	struct hasher *h;
	int rc = hasher_new(&h, HASH_ALL, err);

	if (rc)
		return rc;
	rc = quote_digest(q, h, &agg->pcrs, digest, NULL);
	hasher_free(h);
	if (rc)
		return error_set(err, rc == E_ABSENT ? E_CHANGED : rc,
				 "the quote covers PCRs that the aggregate lacks");
	if (memcmp(digest, q->pcr_digest, hash_row(q->digest_alg)->size))
		return error_set(err, E_CHANGED,
				 "the quote is over other PCR values");
	return E_OK;
}

/* Every value that the aggregate states must be signed. */
static int check_cover(const struct quote *q, const struct aggregate *agg,
		       struct error *err)
{
	for (unsigned int i = 0; i < HASH_COUNT; i++) {
		uint32_t mask = 0;

		/* Those are never compared with a replay. */
		if (agg->foreign & agg->pcrs.bank[i].mask)
			return error_set(err, E_ABSENT,
					 "it has PCRs that others extend too");

		for (size_t n = 0; n < q->selection.count; n++)
			if (hash_by_tpm(q->selection.bank[n].alg) == (int)i)
				mask |= q->selection.bank[n].mask;
		if (agg->pcrs.bank[i].mask & ~mask)
			return error_set(err, E_ABSENT,
					 "the quote does not cover all of the aggregate");
	}
	return E_OK;
}

static int check(const struct store *st, size_t i, const struct aggregate *agg,
		 const struct quote_blob *ak, struct error *err)
{
	const struct aggregate_quote *q = &agg->quote;
	const struct quote_blob attest = { q->attest, q->attest_len, "" };
	const struct quote_blob signature = { q->signature, q->signature_len,
					      "" };
	uint8_t nonce[SHA256_SIZE];
	bool unknown = false;
	struct quote open;
	int rc = read_nonce(q, nonce, err);

	if (!rc)
		rc = quote_open(&open, &attest, &signature, ak, nonce,
				sizeof(nonce), err);
	if (rc)
		return rc;
	if (strcmp(open.ak_sha256, q->ak))
		return error_set(err, E_CHANGED,
				 "the quote is not by the key it names");
	rc = check_values(&open, agg, err);
	if (!rc)
		rc = check_cover(&open, agg, err);
	if (!rc && !is_before(st, i, agg, nonce, &unknown))
		rc = error_set(err, unknown ? E_ABSENT : E_CHANGED,
			       unknown ? "what the quote was made behind was discarded" :
			       "the quote was not made behind any aggregate before it");
	return rc;
}

int quoted_check(const struct store *st, size_t i, const struct aggregate *agg,
		 const struct quote_blob *ak, struct error *err)
{
	char fingerprint[2 * SHA256_SIZE + 1];
	int rc;

	if (!agg->quote.present)
		return error_set(err, E_ABSENT, "has no quote");
	rc = quote_ak_sha256(ak, fingerprint, err);
	if (rc)
		return rc;
	if (strcmp(fingerprint, agg->quote.ak))
		return error_set(err, E_ABSENT, "has a quote by another key");
	rc = check(st, i == QUOTED_MARKER ? 0 : i, agg, ak, err);
	if (rc) {
		if (err)
			err->subject[0] = '\0';
		error_subject(err, "%s/%012llu-%012llu.json", store_path(st),
			      i == QUOTED_MARKER ? 0ULL :
			      (unsigned long long)agg->first,
			      (unsigned long long)agg->last);
	}
	return rc;
}
