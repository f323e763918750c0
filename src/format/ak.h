/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ak.h - an attestation key: the public part, as a TPM or as PEM writes it
 */
#ifndef FORMAT_AK_H
#define FORMAT_AK_H

#include <openssl/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"
#include "base/error.h"

/* What is asked of every key, and the most that a file of one may hold. */
#define AK_RSA_BITS_MIN 2048
#define AK_FILE_MAX 16384	/* the longest RSA key, in PEM, takes 3 KiB */

/* TPM_ALG_ID of the two kinds of key. */
#define AK_TYPE_RSA 0x0001U
#define AK_TYPE_ECC 0x0023U

/* TPMA_OBJECT (TPM 2.0 Part 2, 8.3). */
#define AK_FIXED_TPM (1U << 1)
#define AK_RESTRICTED (1U << 16)
#define AK_DECRYPT (1U << 17)
#define AK_SIGN (1U << 18)

/* TPMT_PUBLIC (TPM 2.0 Part 2, 12.2.4) as it stands. */
struct ak_public {
	uint16_t type;
	uint16_t name_alg;
	uint32_t attributes;
	uint16_t scheme;	/* SIGNATURE_NONE: any */
	uint16_t hash;		/* of the scheme; SIGNATURE_NONE: any */
	uint16_t bits;		/* RSA */
	uint32_t exponent;	/* RSA; the 0 of TPMs is 65537 here */
	uint16_t curve;		/* ECC: TPM_ECC_CURVE */
	struct cursor n;	/* RSA */
	struct cursor x, y;	/* ECC; leading zeros may be missing */
};

/*
 * Read a TPM2B_PUBLIC or a bare TPMT_PUBLIC. The cursors of @ret point into
 * @bytes. E_INCOMPLETE, E_FORMAT, E_UNSUPPORTED (neither RSA nor ECC).
 */
int ak_public_parse(const uint8_t *bytes, size_t len, struct ak_public *ret,
		    struct error *err);

/* A key that libcrypto can verify with. */
struct ak {
	EVP_PKEY *key;
	bool has_public;	/* then @attributes are known */
	uint32_t attributes;
	uint16_t scheme;	/* the key's own, or SIGNATURE_NONE */
	uint16_t hash;
	bool rsa;
	size_t size;		/* of the modulus or a coordinate, in bytes */
	char sha256[2 * 32 + 1]; /* of the SubjectPublicKeyInfo (DER) */
};

/*
 * Load a PEM "PUBLIC KEY" (SubjectPublicKeyInfo, nothing before or behind it),
 * a TPM2B_PUBLIC or a TPMT_PUBLIC. The attributes are not judged here. Returns
 * 0 (then the caller owes ak_release()), E_INCOMPLETE, E_FORMAT (also a
 * private key), E_LIMIT, E_UNSUPPORTED (RSA below AK_RSA_BITS_MIN or with an
 * exponent not above 2^16, curves other than P-256, P-384, P-521, other kinds
 * of key), E_CRYPTO, E_NOMEM.
 */
int ak_load(const uint8_t *bytes, size_t len, struct ak *ret,
	    struct error *err);

/* Takes a zeroed struct too. */
void ak_release(struct ak *ak);

#endif
