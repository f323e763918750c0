/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filesigs.h - keys, certificates and file signatures, made for a test
 *
 * Shares no code with src/: it is what the verifiers are held against.
 */
#ifndef FILESIGS_H
#define FILESIGS_H

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct signer {
	EVP_PKEY *key;
	uint8_t *cert;			/* DER */
	int cert_len;
	uint8_t keyid[4];		/* as a signature has it */
};

#define MUST(cond) do { if (!(cond)) abort(); } while (0)

static inline void signer_certify(struct signer *s)
{
	X509 *cert = X509_new();
	X509_NAME *name = X509_get_subject_name(cert);
	X509_EXTENSION *ext;
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned int len;

	X509_set_version(cert, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
	X509_gmtime_adj(X509_getm_notBefore(cert), -3600);
	X509_gmtime_adj(X509_getm_notAfter(cert), 86400L * 30);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
				   (const uint8_t *)"test", -1, -1, 0);
	X509_set_issuer_name(cert, name);
	X509_set_pubkey(cert, s->key);
	MUST(X509_pubkey_digest(cert, EVP_sha1(), digest, &len));
	memcpy(s->keyid, digest + len - 4, 4);
	ext = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_key_identifier,
				  "hash");
	/* "hash" needs a context that has the certificate. */
	if (!ext) {
		X509V3_CTX ctx;

		X509V3_set_ctx(&ctx, cert, cert, NULL, NULL, 0);
		ext = X509V3_EXT_conf_nid(NULL, &ctx,
					  NID_subject_key_identifier, "hash");
	}
	MUST(ext && X509_add_ext(cert, ext, -1));
	MUST(X509_sign(cert, s->key, EVP_sha256()));
	s->cert = NULL;
	s->cert_len = i2d_X509(cert, &s->cert);
	MUST(s->cert_len > 0);
	X509_EXTENSION_free(ext);
	X509_free(cert);
}

/* @curve: NULL for RSA of 2048 bits. */
static inline void signer_make(struct signer *s, const char *curve)
{
	s->key = curve ? EVP_EC_gen(curve) : EVP_RSA_gen(2048);
	MUST(s->key);
	signer_certify(s);
}

static inline void signer_free(struct signer *s)
{
	EVP_PKEY_free(s->key);
	OPENSSL_free(s->cert);
}

static inline void signer_save(const struct signer *s, const char *path)
{
	FILE *f = fopen(path, "we");

	MUST(f && fwrite(s->cert, 1, (size_t)s->cert_len, f) ==
	     (size_t)s->cert_len);
	MUST(!fclose(f));
}

/* The kernel's numbers of hash algorithms. */
enum { KERNEL_SHA1 = 2, KERNEL_SHA256 = 4, KERNEL_SHA512 = 6 };

static inline const EVP_MD *kernel_md(uint8_t algo)
{
	return algo == KERNEL_SHA1 ? EVP_sha1() :
	       algo == KERNEL_SHA256 ? EVP_sha256() : EVP_sha512();
}

/* A security.ima value over @digest, of the algorithm's length, in @out. */
static inline size_t signer_sign(const struct signer *s, uint8_t type,
				 uint8_t version, uint8_t algo,
				 const uint8_t *digest, uint8_t out[1024])
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(s->key, NULL);
	const EVP_MD *md = kernel_md(algo);
	size_t n = (size_t)EVP_MD_get_size(md), len = 1024 - 9;
	uint8_t id[2 + EVP_MAX_MD_SIZE] = { type, algo };
	uint8_t hashed[EVP_MAX_MD_SIZE];

	memcpy(hashed, digest, n);
	if (version == 3) {
		memcpy(id + 2, digest, n);
		MUST(EVP_Digest(id, 2 + n, hashed, NULL, md, NULL));
	}
	MUST(ctx && EVP_PKEY_sign_init(ctx) > 0);
	if (EVP_PKEY_is_a(s->key, "RSA"))
		MUST(EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) > 0);
	MUST(EVP_PKEY_CTX_set_signature_md(ctx, md) > 0);
	MUST(EVP_PKEY_sign(ctx, out + 9, &len, hashed, n) > 0);
	EVP_PKEY_CTX_free(ctx);
	out[0] = type;
	out[1] = version;
	out[2] = algo;
	memcpy(out + 3, s->keyid, 4);
	out[7] = (uint8_t)(len >> 8);
	out[8] = (uint8_t)len;
	return 9 + len;
}

#endif
