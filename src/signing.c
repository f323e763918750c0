// SPDX-License-Identifier: GPL-2.0-or-later
/* signing.c - have the TPM sign PCR values, and see that it signed those */
#include "signing.h"

#include <string.h>

static int is_over(const struct quote *open, const struct pcr_values *values,
		   bool *ret, struct error *err)
{
	uint8_t digest[HASH_SIZE_MAX];
	struct hasher *h;
	int rc = hasher_new(&h, HASH_ALL, err);

	if (rc)
		return rc;
	rc = quote_digest(open, h, values, digest, NULL);
	hasher_free(h);
	if (rc)
		return error_set(err, rc, "the quoted digest cannot be made");
	*ret = !memcmp(digest, open->pcr_digest,
		       hash_row(open->digest_alg)->size);
	return E_OK;
}

int signing_quote(struct tpm *tpm, uint32_t handle, const uint8_t *nonce,
		  size_t nonce_len, const struct pcr_values *values,
		  struct signing *ret, bool *over, struct error *err)
{
	struct tpm_quote *q = &ret->quote;
	int rc = tpm_quote(tpm, handle, nonce, nonce_len, values, q, err);
	const struct quote_blob attest = { q->attest, q->attest_len, "quote" };
	const struct quote_blob signature = { q->signature, q->signature_len,
					      "signature" };
	const struct quote_blob ak = { q->ak, q->ak_len, "attestation key" };
	struct quote open;

	if (!rc)
		rc = quote_open(&open, &attest, &signature, &ak, nonce,
				nonce_len, err);
	if (rc)
		return rc;
	memcpy(ret->ak, open.ak_sha256, sizeof(ret->ak));
	return is_over(&open, values, over, err);
}
