/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * quote.h - a TPM quote: the attestation we expect, compared whole
 *
 * Calling sequence: quote_open() with the files' bytes, which checks the
 * signature and everything that does not depend on the PCR values; then
 * quote_digest() for each set of values that the replay proposes.
 */
#ifndef QUOTE_H
#define QUOTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/hash.h"
#include "format/pcrs.h"

/* Bytes of a file, owned by the caller. */
struct quote_blob {
	const uint8_t *bytes;
	size_t len;
	const char *name;	/* for errors */
};

enum quote_ak_kind {
	QUOTE_AK_PEM,		/* a bare public key: attributes unknown */
	QUOTE_AK_RESTRICTED	/* TPM2B_PUBLIC: fixedTPM, restricted, sign */
};

struct quote {
	/* From the attestation, which the signature covers. */
	struct pcr_selection selection;
	uint8_t pcr_digest[HASH_SIZE_MAX];
	enum hash_id digest_alg;	/* of the signing scheme */
	uint64_t clock;			/* milliseconds */
	uint32_t reset_count;		/* comparable between quotes of one */
	uint32_t restart_count;		/* AK only */
	bool safe;
	bool nonce_checked;
	enum quote_ak_kind ak_kind;
	const char *scheme;		/* "rsassa", "rsapss", "ecdsa" */
	char ak_sha256[2 * 32 + 1];	/* of the SubjectPublicKeyInfo (DER) */
};

/*
 * Check a quote: @attest is a raw TPMS_ATTEST (TPM 2.0 Part 2, 10.12.12; a
 * leading TPM2B size is accepted), @signature a TPMT_SIGNATURE or the plain
 * RSA / DER ECDSA bytes, @ak a PEM SubjectPublicKeyInfo or a TPM2B_PUBLIC
 * (the bare TPMT_PUBLIC is accepted). @nonce (NULL: not checked) must be the
 * extraData, whole.
 *
 * Scheme and hash are those that a TPMT_SIGNATURE names; those of the key, if
 * it has its own, must be the same, and are the ones of a plain signature.
 * With neither (plain, and PEM or a key of no scheme) an RSA signature may be
 * RSASSA or RSAPSS, tried in this order, and the hash is the one whose size
 * pcrDigest has: 32 SHA-256, 48 SHA-384, 64 SHA-512. The salt of RSAPSS may
 * have any length.
 *
 * Refused: a wrong magic or type, an AK that as TPM2B_PUBLIC is not fixedTPM +
 * restricted + sign (or is a decryption key), a scheme other than RSASSA,
 * RSAPSS, ECDSA, a hash other than SHA-256, -384, -512 (SHA-1 too is refused),
 * RSA keys below 2048 bits or with an exponent that is even or below 65537,
 * curves other than P-256, P-384, P-521, bytes left over, a selection that is
 * empty, repeats a bank or names PCRs above 23.
 *
 * Returns 0, E_CHANGED (signature, nonce, magic, type, a byte that no TPM
 * writes: contradicted), E_FORMAT or E_INCOMPLETE (not such a file), E_LIMIT,
 * E_UNSUPPORTED, E_CRYPTO, E_NOMEM. The subject of @err is the name of the
 * blob that is to blame. @ret is set on success only.
 */
int quote_open(struct quote *ret, const struct quote_blob *attest,
	       const struct quote_blob *signature, const struct quote_blob *ak,
	       const uint8_t *nonce, size_t nonce_len, struct error *err);

/* The fingerprint of a key alone: SHA-256 of its SubjectPublicKeyInfo. */
int quote_ak_sha256(const struct quote_blob *ak, char ret[2 * 32 + 1],
		    struct error *err);

/*
 * Digest over @values as the quote's pcrDigest is made: bank by bank in
 * selection order, index ascending. @missing (may be NULL) receives what the
 * selection wants and @values lacks; if that is anything, E_ABSENT. An unknown
 * bank, which is among the missing too: E_UNSUPPORTED. E_CRYPTO where @h does
 * not have digest_alg. @out has digest_alg's size; the quote covers the values
 * if and only if these bytes are those of pcr_digest.
 */
int quote_digest(const struct quote *q, struct hasher *h,
		 const struct pcr_values *values, uint8_t *out,
		 struct pcr_selection *missing);

#endif
