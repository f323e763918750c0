// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * quote.c - a TPM quote: the attestation we expect, compared whole
 *
 *	AK		-> a key that may vouch: kind, size, attributes
 *	attestation	-> fields, of which nothing is believed yet
 *	signature	-> scheme and hash, which the AK must allow
 *	verify		the signature over the attestation's bytes
 *	compare		those bytes with the ones that we would have had a TPM
 *			write: our magic, type and nonce, and of what it alone
 *			knows (signer, clock, firmware) its own values, which
 *			the signature covers. The selection and the digest are
 *			the question that quote_digest() answers.
 */
#include "quote.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <string.h>

#include "base/cursor.h"
#include "format/ak.h"
#include "format/attest.h"
#include "format/signature.h"

/* Hashes that we let a signature rest on. */
static const enum hash_id accepted[] = { HASH_SHA256, HASH_SHA384,
					 HASH_SHA512 };

#define ACCEPTED (sizeof(accepted) / sizeof(accepted[0]))

/* What a key must be that signs nothing but what its TPM made. */
static const struct {
	uint32_t bit;
	bool wanted;
	const char *reason;
} rules[] = {
	{ AK_DECRYPT, false, "is a decryption key" },
	{ AK_SIGN, true, "is no signing key" },
	{ AK_RESTRICTED, true, "is not restricted, so that it could sign "
			       "what no TPM made" },
	{ AK_FIXED_TPM, true, "is not fixedTPM, so that it could be used "
			      "outside of its TPM" },
};

static int judge_ak(const struct ak *ak, struct error *err)
{
	if (!ak->has_public)
		return E_OK;
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (!(ak->attributes & rules[i].bit) == rules[i].wanted)
			return error_set(err, E_UNSUPPORTED, "%s",
					 rules[i].reason);
	if (ak->scheme == SIGNATURE_NONE)
		return E_OK;
	if (!signature_scheme_name(ak->scheme) ||
	    signature_scheme_rsa(ak->scheme) != ak->rsa)
		return error_set(err, E_UNSUPPORTED, "is a key of scheme "
				 "0x%04x, which is not RSASSA, RSAPSS or ECDSA",
				 ak->scheme);
	return E_OK;
}

static int judge_selection(const struct pcr_selection *sel, struct error *err)
{
	struct pcr_place p = { 0 };

	if (!pcr_selection_next(sel, &p))
		return error_set(err, E_UNSUPPORTED, "selects no PCR");
	for (size_t i = 0; i < sel->count; i++)
		for (size_t k = 0; k < i; k++)
			if (sel->bank[i].alg == sel->bank[k].alg)
				return error_set(err, E_UNSUPPORTED, "selects "
						 "from bank 0x%04x twice",
						 sel->bank[i].alg);
	return E_OK;
}

/* How the signature claims to be made. */
struct claim {
	uint16_t scheme;	/* SIGNATURE_NONE: RSA, of either kind */
	enum hash_id hash;
};

/* The hash with the TPM_ALG_ID @alg, if a signature may rest on it. */
static int accept_hash(uint16_t alg, enum hash_id *ret, struct error *err)
{
	int id = hash_by_tpm(alg);

	for (size_t i = 0; i < ACCEPTED; i++) {
		if (id != (int)accepted[i])
			continue;
		*ret = accepted[i];
		return E_OK;
	}
	if (id < 0)
		return error_set(err, E_UNSUPPORTED, "is made with hash "
				 "0x%04x, which is not accepted", alg);
	return error_set(err, E_UNSUPPORTED, "is made with %s, which is not "
			 "accepted", hash_row((unsigned int)id)->name);
}

/* A plain signature names no hash, but pcrDigest is made with the same one. */
static int hash_by_size(size_t size, enum hash_id *ret, struct error *err)
{
	for (size_t i = 0; i < ACCEPTED; i++) {
		if (hash_row(accepted[i])->size != size)
			continue;
		*ret = accepted[i];
		return E_OK;
	}
	return error_set(err, E_UNSUPPORTED, "the quote's digest has %zu "
			 "bytes, as no accepted hash makes them", size);
}

static int claim_of(const struct signature *sig, const struct ak *ak,
		    size_t digest_size, struct claim *ret, struct error *err)
{
	bool own = ak->scheme != SIGNATURE_NONE;
	int rc;

	if (!sig->plain && own &&
	    (sig->scheme != ak->scheme || sig->hash != ak->hash))
		return error_set(err, E_CHANGED, "is of scheme 0x%04x with "
				 "hash 0x%04x, the key's own are 0x%04x with "
				 "0x%04x", sig->scheme, sig->hash, ak->scheme,
				 ak->hash);
	ret->scheme = sig->scheme;
	if (sig->plain)
		ret->scheme = own ? ak->scheme :
			      ak->rsa ? SIGNATURE_NONE : SIGNATURE_ECDSA;
	if (!sig->plain)
		rc = accept_hash(sig->hash, &ret->hash, err);
	else if (own)
		rc = accept_hash(ak->hash, &ret->hash, err);
	else
		rc = hash_by_size(digest_size, &ret->hash, err);
	return rc;
}

/* libcrypto's verdict: 1 valid, 0 not, below that it could not tell. */
static int evp_verify(EVP_PKEY *key, enum hash_id hash, int padding,
		      const struct cursor *body, const uint8_t *sig,
		      size_t sig_len)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pctx;		/* belongs to ctx */
	int rc = -1;

	if (!ctx ||
	    EVP_DigestVerifyInit_ex(ctx, &pctx, hash_row(hash)->evp, NULL,
				    NULL, key, NULL) != 1)
		goto out;
	if (padding && EVP_PKEY_CTX_set_rsa_padding(pctx, padding) != 1)
		goto out;
	/* TPMs differ in the salt's length, and it is no secret of theirs. */
	if (padding == RSA_PKCS1_PSS_PADDING &&
	    EVP_PKEY_CTX_set_rsa_pss_saltlen(pctx, RSA_PSS_SALTLEN_AUTO) != 1)
		goto out;
	rc = EVP_DigestVerify(ctx, sig, sig_len, body->at, body->left);
out:
	EVP_MD_CTX_free(ctx);
	return rc;
}

/* RSA of an unnamed scheme may be either: RSASSA, the usual one, goes first. */
static int verify_rsa(const struct ak *ak, struct claim *claim,
		      const struct cursor *body, const struct cursor *sig)
{
	static const struct {
		uint16_t scheme;
		int padding;
	} kinds[] = {
		{ SIGNATURE_RSASSA, RSA_PKCS1_PADDING },
		{ SIGNATURE_RSAPSS, RSA_PKCS1_PSS_PADDING },
	};
	int rc = 0;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (claim->scheme != SIGNATURE_NONE &&
		    claim->scheme != kinds[i].scheme)
			continue;
		rc = evp_verify(ak->key, claim->hash, kinds[i].padding, body,
				sig->at, sig->left);
		if (rc) {
			claim->scheme = kinds[i].scheme;
			return rc;
		}
	}
	return rc;
}

static int verify(const struct ak *ak, const struct signature *sig,
		  struct claim *claim, const struct cursor *body,
		  struct error *err)
{
	unsigned char *der;
	size_t len;
	int rc;

	if (ak->rsa) {
		rc = verify_rsa(ak, claim, body, &sig->rsa);
	} else {
		rc = signature_der(sig, &der, &len, err);
		if (rc)
			return rc;
		rc = evp_verify(ak->key, claim->hash, 0, body, der, len);
		OPENSSL_free(der);
	}
	if (rc < 0)
		return error_set(err, E_CRYPTO,
				 "libcrypto could not check the signature");
	if (rc != 1)
		return error_set(err, E_CHANGED,
				 "is not the AK's signature of the quote");
	return E_OK;
}

/* Say where @seen, as read, is not what we @expected. */
static int differs(const struct attest *seen, const struct attest *expected,
		   size_t offset, struct error *err)
{
	if (seen->extra.left != expected->extra.left ||
	    (seen->extra.left && memcmp(seen->extra.at, expected->extra.at,
					seen->extra.left)))
		return error_set(err, E_CHANGED, "the nonce is not ours");
	if (seen->digest.left != expected->digest.left)
		return error_set(err, E_CHANGED, "the digest of the PCRs has "
				 "%zu bytes, the signature's hash makes %zu",
				 seen->digest.left, expected->digest.left);
	error_set(err, E_CHANGED, "is not what a TPM writes");
	error_place(err, 0, offset);
	return E_CHANGED;
}

static int compare_whole(const struct cursor *body, const struct attest *seen,
			 enum hash_id hash, const uint8_t *nonce,
			 size_t nonce_len, struct error *err)
{
	uint8_t digest[HASH_SIZE_MAX] = { 0 }, bytes[ATTEST_SIZE_MAX];
	struct attest expected = *seen;
	size_t size = hash_row(hash)->size, len = 0, at = 0;

	memcpy(digest, seen->digest.at,
	       seen->digest.left < size ? seen->digest.left : size);
	expected.magic = ATTEST_MAGIC;
	expected.type = ATTEST_QUOTE;
	if (nonce)
		expected.extra = cursor_over(nonce, nonce_len, true);
	expected.digest = cursor_over(digest, size, true);
	if (!attest_write(&expected, bytes, &len) && len == body->left &&
	    !memcmp(bytes, body->at, len))
		return E_OK;
	while (at < len && at < body->left && bytes[at] == body->at[at])
		at++;
	return differs(seen, &expected, at, err);
}

static int about(const struct quote_blob *blob, int rc, struct error *err)
{
	if (rc)
		error_subject(err, "%s", blob->name ? blob->name : "");
	return rc;
}

static int read_attest(const struct quote_blob *blob, struct cursor *body,
		       struct attest *ret, struct error *err)
{
	int rc = attest_body(blob->bytes, blob->len, body, err);

	if (!rc)
		rc = attest_parse(body, ret, err);
	if (!rc)
		rc = judge_selection(&ret->selection, err);
	return about(blob, rc, err);
}

static int check_signature(const struct quote_blob *blob, const struct ak *ak,
			   const struct cursor *body,
			   const struct attest *seen, struct claim *claim,
			   struct error *err)
{
	struct signature sig;
	int rc = signature_parse(blob->bytes, blob->len, ak->rsa, ak->size,
				 &sig, err);

	if (!rc)
		rc = claim_of(&sig, ak, seen->digest.left, claim, err);
	if (!rc)
		rc = verify(ak, &sig, claim, body, err);
	return about(blob, rc, err);
}

static void fill(struct quote *ret, const struct attest *seen,
		 const struct claim *claim, const struct ak *ak, bool nonce)
{
	*ret = (struct quote){
		.selection = seen->selection,
		.digest_alg = claim->hash,
		.clock = seen->clock,
		.reset_count = seen->reset_count,
		.restart_count = seen->restart_count,
		.safe = seen->safe,
		.nonce_checked = nonce,
		.ak_kind = ak->has_public ? QUOTE_AK_RESTRICTED : QUOTE_AK_PEM,
		.scheme = signature_scheme_name(claim->scheme),
	};
	memcpy(ret->pcr_digest, seen->digest.at, hash_row(claim->hash)->size);
	memcpy(ret->ak_sha256, ak->sha256, sizeof(ret->ak_sha256));
}

int quote_open(struct quote *ret, const struct quote_blob *attest,
	       const struct quote_blob *signature, const struct quote_blob *ak,
	       const uint8_t *nonce, size_t nonce_len, struct error *err)
{
	struct attest seen;
	struct cursor body;
	struct claim claim = { SIGNATURE_NONE, HASH_SHA256 };
	struct ak key = { 0 };
	int rc;

	/* What libcrypto thinks of these bytes is no error of the caller. */
	ERR_set_mark();
	rc = about(ak, ak_load(ak->bytes, ak->len, &key, err), err);
	if (!rc)
		rc = about(ak, judge_ak(&key, err), err);
	if (!rc)
		rc = read_attest(attest, &body, &seen, err);
	if (!rc)
		rc = check_signature(signature, &key, &body, &seen, &claim,
				     err);
	if (!rc)
		rc = about(attest, compare_whole(&body, &seen, claim.hash,
						 nonce, nonce_len, err), err);
	if (!rc)
		fill(ret, &seen, &claim, &key, nonce);
	ak_release(&key);
	ERR_pop_to_mark();
	return rc;
}

/* One PCR that is not there, behind those noted before. */
static void note_missing(struct pcr_selection *missing,
			 const struct pcr_place *p)
{
	size_t last = missing->count;

	if (!last || missing->bank[last - 1].alg != p->alg) {
		missing->bank[last].alg = p->alg;
		missing->bank[last].mask = 0;
		missing->count = ++last;
	}
	missing->bank[last - 1].mask |= 1U << p->index;
}

int quote_digest(const struct quote *q, struct hasher *h,
		 const struct pcr_values *values, uint8_t *out,
		 struct pcr_selection *missing)
{
	uint8_t all[HASH_COUNT * PCR_COUNT * HASH_SIZE_MAX];
	struct pcr_selection lacks = { 0 };
	struct pcr_place p = { 0 };
	size_t len = 0;
	int rc = E_OK;

	while (pcr_selection_next(&q->selection, &p)) {
		int id = hash_by_tpm(p.alg);
		size_t size = id < 0 ? 0 : hash_row((unsigned int)id)->size;

		if (id < 0 || !(values->bank[id].mask >> p.index & 1)) {
			note_missing(&lacks, &p);
			if (!rc || id < 0)
				rc = id < 0 ? E_UNSUPPORTED : E_ABSENT;
			continue;
		}
		/* quote_open() lets each bank come once: all fit. */
		if (size > sizeof(all) - len)
			return E_LIMIT;
		memcpy(all + len, values->bank[id].value[p.index], size);
		len += size;
	}
	if (missing)
		*missing = lacks;
	return rc ? rc : hasher_digest(h, q->digest_alg, all, len, NULL, 0,
				       out);
}

int quote_ak_sha256(const struct quote_blob *ak, char ret[2 * 32 + 1],
		    struct error *err)
{
	struct ak key = { 0 };
	int rc = about(ak, ak_load(ak->bytes, ak->len, &key, err), err);

	if (!rc)
		memcpy(ret, key.sha256, sizeof(key.sha256));
	ak_release(&key);
	return rc;
}
