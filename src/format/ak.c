// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ak.c - an attestation key: the public part, as a TPM or as PEM writes it
 *
 * TPM2B_PUBLIC, big-endian (TPM 2.0 Part 2, 12.2.5); TPMT_PUBLIC is the same
 * without the first size:
 *
 *	u16 size
 *	u16 type			0x0001 RSA, 0x0023 ECC
 *	u16 nameAlg
 *	u32 objectAttributes
 *	u16 size, bytes			authPolicy
 *	u16 symmetric			0x0010: none; else u16 bits, u16 mode
 *	u16 scheme			0x0010: none; else see schemes[]
 *	RSA:	u16 bits, u32 exponent	0: 65537
 *		u16 size, n
 *	ECC:	u16 curve
 *		u16 kdf			0x0010: none; else u16 hash
 *		u16 size, x; u16 size, y
 */
#include "format/ak.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>

#include "base/hash.h"
#include "base/text.h"
#include "format/signature.h"

#define RSA_EXPONENT_DEFAULT 65537
#define RSA_EXPONENT_BITS_MIN 17	/* FIPS 186-5, A.1.1: above 2^16 */

static const struct curve {
	uint16_t tpm;		/* TPM_ECC_CURVE, TCG Algorithm Registry */
	const char *group;	/* libcrypto's name */
	size_t size;		/* of a coordinate, in bytes */
} curves[] = {
	{ 0x0003, "prime256v1", 32 },
	{ 0x0004, "secp384r1", 48 },
	{ 0x0005, "secp521r1", 66 },
};

#define CURVES (sizeof(curves) / sizeof(curves[0]))
#define COORDINATE_MAX 66

/* TPMT_PUBLIC: what follows a scheme, TPMU_ASYM_SCHEME. */
static const struct {
	uint16_t scheme;
	bool hash;
	bool count;
} schemes[] = {
	{ SIGNATURE_NONE, false, false },
	{ SIGNATURE_RSASSA, true, false },
	{ 0x0015, false, false },	/* RSAES */
	{ SIGNATURE_RSAPSS, true, false },
	{ 0x0017, true, false },	/* OAEP */
	{ SIGNATURE_ECDSA, true, false },
	{ 0x0019, true, false },	/* ECDH */
	{ 0x001a, true, true },		/* ECDAA */
	{ 0x001b, true, false },	/* SM2 */
	{ 0x001c, true, false },	/* ECSCHNORR */
	{ 0x001d, true, false },	/* ECMQV */
};

static int sized_bytes(struct cursor *c, struct cursor *ret)
{
	uint16_t size;
	int rc = cursor_u16(c, &size);

	return rc ? rc : cursor_child(c, size, ret);
}

/* A u16 that may be "none", else followed by @more further ones. */
static int optional(struct cursor *c, int more)
{
	uint16_t v;
	int rc = cursor_u16(c, &v);

	if (!rc && v == SIGNATURE_NONE)
		return E_OK;
	while (!rc && more && more--)
		rc = cursor_u16(c, &v);
	return rc;
}

static int scheme_of(struct cursor *c, struct ak_public *p)
{
	uint16_t ignored;
	size_t i = 0;
	int rc = cursor_u16(c, &p->scheme);

	if (rc)
		return rc;
	while (schemes[i].scheme != p->scheme)
		if (++i == sizeof(schemes) / sizeof(schemes[0]))
			return E_UNSUPPORTED;
	p->hash = SIGNATURE_NONE;
	if (schemes[i].hash)
		rc = cursor_u16(c, &p->hash);
	if (!rc && schemes[i].count)
		rc = cursor_u16(c, &ignored);
	return rc;
}

static int head(struct cursor *c, struct ak_public *p)
{
	struct cursor policy;
	int rc = cursor_u16(c, &p->type);

	if (!rc && p->type != AK_TYPE_RSA && p->type != AK_TYPE_ECC)
		return E_UNSUPPORTED;
	if (!rc)
		rc = cursor_u16(c, &p->name_alg);
	if (!rc)
		rc = cursor_u32(c, &p->attributes);
	if (!rc)
		rc = sized_bytes(c, &policy);
	if (!rc)
		rc = optional(c, 2);
	if (!rc)
		rc = scheme_of(c, p);
	return rc;
}

static int rsa_tail(struct cursor *c, struct ak_public *p)
{
	int rc = cursor_u16(c, &p->bits);

	if (!rc)
		rc = cursor_u32(c, &p->exponent);
	if (!rc)
		rc = sized_bytes(c, &p->n);
	if (!rc && !p->exponent)
		p->exponent = RSA_EXPONENT_DEFAULT;
	if (!rc && p->n.left * 8 != p->bits)
		return E_FORMAT;
	return rc;
}

static int ecc_tail(struct cursor *c, struct ak_public *p)
{
	int rc = cursor_u16(c, &p->curve);

	if (!rc)
		rc = optional(c, 1);
	if (!rc)
		rc = sized_bytes(c, &p->x);
	if (!rc)
		rc = sized_bytes(c, &p->y);
	return rc;
}

/* The TPMT_PUBLIC of @c, with or without the size in front. */
static int area(struct cursor *c, struct cursor *ret)
{
	struct cursor at = *c;
	uint16_t first;
	int rc = cursor_u16(&at, &first);

	if (rc)
		return rc;
	/* No public area is as short as a type read as a size. */
	if (first == AK_TYPE_RSA || first == AK_TYPE_ECC) {
		*ret = *c;
		return E_OK;
	}
	rc = cursor_child(&at, first, ret);
	return rc ? rc : cursor_finish(&at);
}

int ak_public_parse(const uint8_t *bytes, size_t len, struct ak_public *ret,
		    struct error *err)
{
	struct cursor c = cursor_over(bytes, len, true), body;
	struct ak_public p = { 0 };
	int rc = area(&c, &body);

	if (rc)
		return error_set(err, rc, "is no TPM2B_PUBLIC: its size and "
				 "that of the file differ");
	rc = head(&body, &p);
	if (!rc)
		rc = p.type == AK_TYPE_RSA ? rsa_tail(&body, &p) :
					     ecc_tail(&body, &p);
	if (rc == E_UNSUPPORTED)
		return error_set(err, rc, "is neither an RSA nor an ECC key of "
				 "a known scheme");
	if (rc == E_INCOMPLETE)
		return error_set(err, rc, "ends early");
	if (rc)
		return error_set(err, rc, "the modulus is not as long as the "
				 "key says");
	if (cursor_finish(&body))
		return error_set(err, E_FORMAT,
				 "bytes left over: %zu", body.left);
	*ret = p;
	return E_OK;
}

/* A key of libcrypto from what @bld has gathered. */
static EVP_PKEY *from_params(const char *type, OSSL_PARAM_BLD *bld)
{
	OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(bld);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	EVP_PKEY *key = NULL;

	if (!params || !ctx || EVP_PKEY_fromdata_init(ctx) != 1 ||
	    EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
		key = NULL;
	EVP_PKEY_CTX_free(ctx);
	OSSL_PARAM_free(params);
	return key;
}

static EVP_PKEY *rsa_key(const struct ak_public *p)
{
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	BIGNUM *n = BN_bin2bn(p->n.at, (int)p->n.left, NULL);
	EVP_PKEY *key = NULL;

	if (bld && n &&
	    OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_N, n) == 1 &&
	    OSSL_PARAM_BLD_push_uint32(bld, OSSL_PKEY_PARAM_RSA_E,
				       p->exponent) == 1)
		key = from_params("RSA", bld);
	OSSL_PARAM_BLD_free(bld);
	BN_free(n);
	return key;
}

/* @curve has room for both coordinates: ecc_curve() has seen to that. */
static EVP_PKEY *ecc_key(const struct ak_public *p, const struct curve *curve)
{
	uint8_t point[1 + 2 * COORDINATE_MAX] = { 0 };
	size_t size = curve->size;
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	EVP_PKEY *key = NULL;

	point[0] = POINT_CONVERSION_UNCOMPRESSED;
	memcpy(point + 1 + size - p->x.left, p->x.at, p->x.left);
	memcpy(point + 1 + 2 * size - p->y.left, p->y.at, p->y.left);
	if (bld &&
	    OSSL_PARAM_BLD_push_utf8_string(bld, OSSL_PKEY_PARAM_GROUP_NAME,
					    curve->group, 0) == 1 &&
	    OSSL_PARAM_BLD_push_octet_string(bld, OSSL_PKEY_PARAM_PUB_KEY,
					     point, 1 + 2 * size) == 1)
		key = from_params("EC", bld);
	OSSL_PARAM_BLD_free(bld);
	return key;
}

static int ecc_curve(const struct ak_public *p, const struct curve **ret,
		     struct error *err)
{
	size_t i = 0;

	while (curves[i].tpm != p->curve)
		if (++i == CURVES)
			return error_set(err, E_UNSUPPORTED, "is on curve "
					 "0x%04x, not P-256, P-384 or P-521",
					 p->curve);
	if (p->x.left > curves[i].size || p->y.left > curves[i].size)
		return error_set(err, E_FORMAT, "a coordinate is longer than "
				 "its curve's");
	*ret = &curves[i];
	return E_OK;
}

static int from_public(const uint8_t *bytes, size_t len, struct ak *ak,
		       struct error *err)
{
	const struct curve *curve = NULL;
	struct ak_public p;
	int rc = ak_public_parse(bytes, len, &p, err);

	if (!rc && p.type == AK_TYPE_ECC)
		rc = ecc_curve(&p, &curve, err);
	if (rc)
		return rc;
	ak->key = curve ? ecc_key(&p, curve) : rsa_key(&p);
	if (!ak->key)
		return error_set(err, E_FORMAT, "libcrypto does not take it "
				 "for a public key");
	ak->has_public = true;
	ak->attributes = p.attributes;
	ak->scheme = p.scheme;
	ak->hash = p.hash;
	return E_OK;
}

static bool all_blank(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!text[i] || !strchr(" \t\r\n", text[i]))
			return false;
	return true;
}

/* The DER in one PEM block, which is all that @bio holds. */
static int pem_block(BIO *bio, unsigned char **ret, long *ret_len,
		     struct error *err)
{
	char *name = NULL, *header = NULL, *rest;
	unsigned char *der = NULL;
	long len = 0, left;
	int rc = E_OK;

	if (PEM_read_bio(bio, &name, &header, &der, &len) != 1)
		return error_set(err, E_FORMAT, "is no PEM");
	left = BIO_get_mem_data(bio, &rest);
	if (strstr(name, "PRIVATE"))
		rc = error_set(err, E_FORMAT, "is a private key, and only the "
			       "public one belongs here");
	else if (strcmp(name, PEM_STRING_PUBLIC) || *header)
		rc = error_set(err, E_FORMAT, "is no PEM of a PUBLIC KEY");
	else if (left > 0 && !all_blank(rest, (size_t)left))
		rc = error_set(err, E_FORMAT, "something follows the key");
	OPENSSL_free(name);
	OPENSSL_free(header);
	if (rc) {
		OPENSSL_clear_free(der, (size_t)len);
		return rc;
	}
	*ret = der;
	*ret_len = len;
	return E_OK;
}

static int from_pem(const uint8_t *bytes, size_t len, struct ak *ak,
		    struct error *err)
{
	BIO *bio = BIO_new_mem_buf(bytes, (int)len);
	const unsigned char *at;
	unsigned char *der = NULL;
	long der_len = 0;
	int rc;

	if (!bio)
		return error_set(err, E_NOMEM, "out of memory");
	rc = pem_block(bio, &der, &der_len, err);
	BIO_free(bio);
	if (rc)
		return rc;
	at = der;
	ak->key = d2i_PUBKEY_ex(NULL, &at, der_len, NULL, NULL);
	if (!ak->key || at != der + der_len)
		rc = error_set(err, E_FORMAT, "holds no SubjectPublicKeyInfo "
			       "that libcrypto knows, or more than one");
	OPENSSL_free(der);
	ak->scheme = SIGNATURE_NONE;
	ak->hash = SIGNATURE_NONE;
	return rc;
}

/* With a small or even exponent anybody can make "signatures". */
static int check_rsa(struct ak *ak, struct error *err)
{
	BIGNUM *e = NULL;
	bool weak;

	if (EVP_PKEY_get_bits(ak->key) < AK_RSA_BITS_MIN)
		return error_set(err, E_UNSUPPORTED,
				 "is an RSA key of %d bits, fewer than %d",
				 EVP_PKEY_get_bits(ak->key), AK_RSA_BITS_MIN);
	if (EVP_PKEY_get_bn_param(ak->key, OSSL_PKEY_PARAM_RSA_E, &e) != 1)
		return error_set(err, E_CRYPTO,
				 "libcrypto does not tell the exponent");
	weak = !BN_is_odd(e) || BN_num_bits(e) < RSA_EXPONENT_BITS_MIN;
	BN_free(e);
	if (weak)
		return error_set(err, E_UNSUPPORTED, "is an RSA key whose "
				 "exponent is even or below 65537");
	ak->size = (size_t)EVP_PKEY_get_size(ak->key);
	return E_OK;
}

/* A curve by name only: of parameters in the key itself anything may come. */
static int check_ecc(struct ak *ak, struct error *err)
{
	static const char described[] =
		OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS;
	char group[32] = "";
	int explicit = 0;

	if (EVP_PKEY_get_group_name(ak->key, group, sizeof(group), NULL) != 1)
		group[0] = '\0';
	if (EVP_PKEY_get_int_param(ak->key, described, &explicit) != 1 ||
	    explicit)
		return error_set(err, E_UNSUPPORTED,
				 "does not name its curve, but describes it");
	for (size_t i = 0; i < CURVES; i++) {
		if (strcmp(group, curves[i].group))
			continue;
		ak->size = curves[i].size;
		return E_OK;
	}
	return error_set(err, E_UNSUPPORTED,
			 "is on a curve other than P-256, P-384, P-521");
}

static int fingerprint(struct ak *ak, struct error *err)
{
	struct hash_stream *s = NULL;
	unsigned char *der = NULL;
	uint8_t digest[32];
	int len = i2d_PUBKEY(ak->key, &der);
	int rc = len < 0 ? E_CRYPTO : hash_stream_new(&s, HASH_SHA256);

	if (!rc)
		rc = hash_stream_add(s, der, (size_t)len);
	if (!rc)
		rc = hash_stream_end(s, digest);
	hash_stream_free(s);
	OPENSSL_free(der);
	if (rc)
		return error_set(err, rc, "its SHA-256 could not be made");
	hex_encode(ak->sha256, digest, sizeof(digest));
	return E_OK;
}

int ak_load(const uint8_t *bytes, size_t len, struct ak *ret,
	    struct error *err)
{
	struct ak ak = { 0 };
	int rc;

	if (len > AK_FILE_MAX)
		return error_set(err, E_LIMIT, "is longer than %d bytes",
				 AK_FILE_MAX);
	/* PEM strictly begins with its dashes; a size or type never is '-'. */
	if (len && bytes[0] == '-')
		rc = from_pem(bytes, len, &ak, err);
	else
		rc = from_public(bytes, len, &ak, err);
	if (!rc) {
		ak.rsa = EVP_PKEY_is_a(ak.key, "RSA");
		if (ak.rsa)
			rc = check_rsa(&ak, err);
		else if (EVP_PKEY_is_a(ak.key, "EC"))
			rc = check_ecc(&ak, err);
		else
			rc = error_set(err, E_UNSUPPORTED,
				       "is neither an RSA nor an ECC key");
	}
	if (!rc)
		rc = fingerprint(&ak, err);
	if (rc)
		ak_release(&ak);
	else
		*ret = ak;
	return rc;
}

void ak_release(struct ak *ak)
{
	EVP_PKEY_free(ak->key);
	ak->key = NULL;
}
