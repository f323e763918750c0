/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * signature.h - signatures of TPM 2.0: TPMT_SIGNATURE, or the bare bytes
 */
#ifndef FORMAT_SIGNATURE_H
#define FORMAT_SIGNATURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"
#include "base/error.h"

/* TPM_ALG_ID of the schemes that we verify, and of "none named". */
#define SIGNATURE_NONE 0x0010U		/* TPM_ALG_NULL */
#define SIGNATURE_RSASSA 0x0014U
#define SIGNATURE_RSAPSS 0x0016U
#define SIGNATURE_ECDSA 0x0018U

/* "rsassa", "rsapss", "ecdsa", or NULL for any other scheme. */
const char *signature_scheme_name(uint16_t scheme);

/* Is it a scheme of RSA keys? Asks for one that has a name. */
bool signature_scheme_rsa(uint16_t scheme);

struct signature {
	bool plain;		/* then neither scheme nor hash are said */
	uint16_t scheme;	/* SIGNATURE_NONE if plain */
	uint16_t hash;		/* TPM_ALG_ID; SIGNATURE_NONE if plain */
	struct cursor rsa;	/* RSA: the signature */
	struct cursor r, s;	/* ECDSA, not plain */
	struct cursor der;	/* ECDSA, plain */
};

/*
 * A signature by an RSA key (@rsa) or an ECC key, of @key_size bytes (modulus,
 * coordinate). What has exactly the modulus' length, or begins like DER, is
 * plain; a TPMT_SIGNATURE (TPM 2.0 Part 2, 11.3.4) never does. The cursors of
 * @ret point into @bytes. E_INCOMPLETE, E_FORMAT, E_UNSUPPORTED (another
 * scheme), E_CHANGED (a scheme for another kind of key).
 */
int signature_parse(const uint8_t *bytes, size_t len, bool rsa,
		    size_t key_size, struct signature *ret, struct error *err);

/*
 * An ECDSA signature in DER, as libcrypto wants it. @ret is freed with
 * OPENSSL_free(). E_FORMAT, E_NOMEM.
 */
int signature_der(const struct signature *sig, unsigned char **ret,
		  size_t *ret_len, struct error *err);

#endif
