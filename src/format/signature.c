// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * signature.c - signatures of TPM 2.0: TPMT_SIGNATURE, or the bare bytes
 *
 * TPMT_SIGNATURE, big-endian (TPM 2.0 Part 2, 11.3.4):
 *
 *	u16 scheme, u16 hash
 *	RSASSA, RSAPSS:	u16 size, bytes		as long as the modulus
 *	ECDSA:		u16 size, r; u16 size, s
 *
 * Plain: the bytes of RSA, or DER: SEQUENCE { INTEGER r, INTEGER s }.
 */
#include "format/signature.h"

#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <string.h>

#define DER_SEQUENCE 0x30

static const struct {
	uint16_t scheme;
	bool rsa;
	const char *name;
} schemes[] = {
	{ SIGNATURE_RSASSA, true, "rsassa" },
	{ SIGNATURE_RSAPSS, true, "rsapss" },
	{ SIGNATURE_ECDSA, false, "ecdsa" },
};

#define SCHEMES (sizeof(schemes) / sizeof(schemes[0]))

const char *signature_scheme_name(uint16_t scheme)
{
	for (size_t i = 0; i < SCHEMES; i++)
		if (schemes[i].scheme == scheme)
			return schemes[i].name;
	return NULL;
}

bool signature_scheme_rsa(uint16_t scheme)
{
	for (size_t i = 0; i < SCHEMES; i++)
		if (schemes[i].scheme == scheme)
			return schemes[i].rsa;
	return false;
}

static int sized_bytes(struct cursor *c, struct cursor *ret)
{
	uint16_t size;
	int rc = cursor_u16(c, &size);

	return rc ? rc : cursor_child(c, size, ret);
}

static int scheme_of(struct cursor *c, bool rsa, struct signature *sig,
		     struct error *err)
{
	int rc = cursor_u16(c, &sig->scheme);

	if (!rc)
		rc = cursor_u16(c, &sig->hash);
	if (rc)
		return error_set(err, rc, "is too short for a signature");
	if (!signature_scheme_name(sig->scheme))
		return error_set(err, E_UNSUPPORTED, "is of scheme 0x%04x, "
				 "which is not RSASSA, RSAPSS or ECDSA",
				 sig->scheme);
	if (signature_scheme_rsa(sig->scheme) != rsa)
		return error_set(err, E_CHANGED, "is of scheme %s, which is "
				 "not one for %s keys",
				 signature_scheme_name(sig->scheme),
				 rsa ? "RSA" : "ECC");
	return E_OK;
}

static int parameters(struct cursor *c, bool rsa, size_t key_size,
		      struct signature *sig, struct error *err)
{
	int rc = sized_bytes(c, rsa ? &sig->rsa : &sig->r);

	if (!rc && !rsa)
		rc = sized_bytes(c, &sig->s);
	if (rc)
		return error_set(err, rc, "ends early");
	if (cursor_finish(c))
		return error_set(err, E_FORMAT,
				 "bytes left over: %zu", c->left);
	if (rsa ? sig->rsa.left != key_size :
		  sig->r.left > key_size || sig->s.left > key_size)
		return error_set(err, E_FORMAT,
				 "is not as long as the key's signatures are");
	return E_OK;
}

int signature_parse(const uint8_t *bytes, size_t len, bool rsa,
		    size_t key_size, struct signature *ret, struct error *err)
{
	struct cursor c = cursor_over(bytes, len, true);
	struct signature sig = {
		.plain = rsa ? len == key_size :
			       len && bytes[0] == DER_SEQUENCE,
		.scheme = SIGNATURE_NONE,
		.hash = SIGNATURE_NONE,
	};
	int rc = E_OK;

	if (sig.plain && rsa)
		sig.rsa = c;
	else if (sig.plain)
		sig.der = c;
	else
		rc = scheme_of(&c, rsa, &sig, err);
	if (!rc && !sig.plain)
		rc = parameters(&c, rsa, key_size, &sig, err);
	if (!rc)
		*ret = sig;
	return rc;
}

/* The two numbers, for libcrypto to own. */
static ECDSA_SIG *from_numbers(const struct cursor *r, const struct cursor *s)
{
	ECDSA_SIG *sig = ECDSA_SIG_new();
	BIGNUM *a = BN_bin2bn(r->at, (int)r->left, NULL);
	BIGNUM *b = BN_bin2bn(s->at, (int)s->left, NULL);

	if (sig && a && b && ECDSA_SIG_set0(sig, a, b) == 1)
		return sig;
	BN_free(a);
	BN_free(b);
	ECDSA_SIG_free(sig);
	return NULL;
}

/* One signature has one encoding: anything else is refused, not mended. */
static int is_der_of(const ECDSA_SIG *sig, const struct cursor *der,
		     struct error *err)
{
	unsigned char *again = NULL;
	int len = i2d_ECDSA_SIG(sig, &again);
	bool same;

	if (len < 0)
		return error_set(err, E_NOMEM, "out of memory");
	same = (size_t)len == der->left && !memcmp(again, der->at, der->left);
	OPENSSL_free(again);
	return same ? E_OK :
	       error_set(err, E_FORMAT, "is not in DER, or followed by more");
}

int signature_der(const struct signature *sig, unsigned char **ret,
		  size_t *ret_len, struct error *err)
{
	const unsigned char *at = sig->der.at;
	unsigned char *der = NULL;
	ECDSA_SIG *numbers;
	int len, rc = E_OK;

	if (sig->plain)
		numbers = d2i_ECDSA_SIG(NULL, &at, (long)sig->der.left);
	else
		numbers = from_numbers(&sig->r, &sig->s);
	if (!numbers)
		return error_set(err, E_FORMAT, "is no ECDSA signature");
	if (sig->plain)
		rc = is_der_of(numbers, &sig->der, err);
	if (!rc) {
		len = i2d_ECDSA_SIG(numbers, &der);
		if (len < 0)
			rc = error_set(err, E_NOMEM, "out of memory");
	}
	ECDSA_SIG_free(numbers);
	if (rc)
		return rc;
	*ret = der;
	*ret_len = (size_t)len;
	return E_OK;
}
