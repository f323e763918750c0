// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * digest.c - digests of TPM banks' algorithms; the work is libcrypto's
 *
 * A record's digests are of a block or two, for which EVP costs as much again
 * as the hashing (docs/performance.md has the figures). Where what EVP has
 * fetched is libcrypto's own implementation, the same code is called through
 * libcrypto's low-level functions. Of whatever else a configuration fetches, a
 * FIPS module or hardware, and where the low-level functions are left out,
 * EVP is the way.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "base/hash.h"

#include <openssl/evp.h>
#include <openssl/opensslv.h>
#include <openssl/provider.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

/* Digest of @a followed by @b, in one go. */
typedef int (*low_digest)(const void *a, size_t a_len,
			  const void *b, size_t b_len, uint8_t *out);

#ifndef OPENSSL_NO_DEPRECATED_3_0
#define LOW_DIGEST(name, ctx_type, prefix)				\
static int name(const void *a, size_t a_len,				\
		const void *b, size_t b_len, uint8_t *out)		\
{									\
	ctx_type ctx;							\
									\
	if (prefix##_Init(&ctx) != 1 ||					\
	    (a_len && prefix##_Update(&ctx, a, a_len) != 1) ||		\
	    (b_len && prefix##_Update(&ctx, b, b_len) != 1) ||		\
	    prefix##_Final(out, &ctx) != 1)				\
		return E_CRYPTO;					\
	return E_OK;							\
}

LOW_DIGEST(low_sha1, SHA_CTX, SHA1)
LOW_DIGEST(low_sha256, SHA256_CTX, SHA256)
LOW_DIGEST(low_sha384, SHA512_CTX, SHA384)
LOW_DIGEST(low_sha512, SHA512_CTX, SHA512)

static const low_digest lows[HASH_COUNT] = {
	[HASH_SHA1] = low_sha1,
	[HASH_SHA256] = low_sha256,
	[HASH_SHA384] = low_sha384,
	[HASH_SHA512] = low_sha512,
};
#else
static const low_digest lows[HASH_COUNT];
#endif

/* Whether @md is the code that the low-level functions call. */
static bool is_own(const EVP_MD *md)
{
	const OSSL_PROVIDER *provider = EVP_MD_get0_provider(md);
	const char *name = provider ? OSSL_PROVIDER_get0_name(provider) : NULL;

	return name && !strcmp(name, "default");
}

struct hasher {
	low_digest low[HASH_COUNT];	/* in place of ctx, where it is known */
	EVP_MD *md[HASH_COUNT];
	EVP_MD_CTX *ctx[HASH_COUNT];
	unsigned int has;
};

void hasher_free(struct hasher *h)
{
	if (!h)
		return;
	for (int i = 0; i < HASH_COUNT; i++) {
		EVP_MD_CTX_free(h->ctx[i]);
		EVP_MD_free(h->md[i]);
	}
	free(h);
}

int hasher_new(struct hasher **ret, unsigned int mask, struct error *err)
{
	struct hasher *h = calloc(1, sizeof(*h));

	if (!h)
		return error_set(err, E_NOMEM, "out of memory");
	for (unsigned int i = 0; i < HASH_COUNT; i++) {
		if (!(mask & HASH_BIT(i)))
			continue;
		h->md[i] = EVP_MD_fetch(NULL, hash_row(i)->evp, NULL);
		if (!h->md[i])
			continue;
		h->ctx[i] = EVP_MD_CTX_new();
		if (!h->ctx[i] ||
		    EVP_DigestInit_ex2(h->ctx[i], h->md[i], NULL) != 1) {
			hasher_free(h);
			return error_set(err, E_NOMEM, "out of memory");
		}
		if (is_own(h->md[i]))
			h->low[i] = lows[i];
		h->has |= HASH_BIT(i);
	}
	if (mask && !h->has) {
		hasher_free(h);
		return error_set(err, E_CRYPTO,
				 "libcrypto provides none of the hash algorithms");
	}
	*ret = h;
	return E_OK;
}

unsigned int hasher_has(const struct hasher *h)
{
	return h->has;
}

int hasher_digest(struct hasher *h, enum hash_id id,
		  const void *a, size_t a_len, const void *b, size_t b_len,
		  uint8_t *out)
{
	EVP_MD_CTX *ctx = h->ctx[id];

	if (h->low[id])
		return h->low[id](a, a_len, b, b_len, out);
	/* A NULL type keeps the fetched algorithm and its context. */
	if (!ctx || EVP_DigestInit_ex2(ctx, NULL, NULL) != 1 ||
	    (a_len && EVP_DigestUpdate(ctx, a, a_len) != 1) ||
	    (b_len && EVP_DigestUpdate(ctx, b, b_len) != 1) ||
	    EVP_DigestFinal_ex(ctx, out, NULL) != 1)
		return E_CRYPTO;
	return E_OK;
}

struct hash_stream {
	EVP_MD *md;
	EVP_MD_CTX *ctx;
};

void hash_stream_free(struct hash_stream *s)
{
	if (!s)
		return;
	EVP_MD_CTX_free(s->ctx);
	EVP_MD_free(s->md);
	free(s);
}

int digest_sha256(const void *bytes, size_t len, uint8_t out[32])
{
	return EVP_Q_digest(NULL, "SHA2-256", NULL, bytes, len, out, NULL) ==
	       1 ? E_OK : E_CRYPTO;
}

int digest_hmac_sha256(const void *key, size_t key_len, const void *bytes,
		     size_t len, uint8_t out[32])
{
	size_t n = 0;

	return EVP_Q_mac(NULL, "HMAC", NULL, "SHA2-256", NULL, key, key_len,
			 bytes, len, out, 32, &n) && n == 32 ?
	       E_OK : E_CRYPTO;
}

int hash_stream_new(struct hash_stream **ret, enum hash_id id)
{
	struct hash_stream *s = calloc(1, sizeof(*s));

	if (!s)
		return E_NOMEM;
	s->md = EVP_MD_fetch(NULL, hash_row(id)->evp, NULL);
	s->ctx = EVP_MD_CTX_new();
	if (!s->md || !s->ctx ||
	    EVP_DigestInit_ex2(s->ctx, s->md, NULL) != 1) {
		hash_stream_free(s);
		return E_CRYPTO;
	}
	*ret = s;
	return E_OK;
}

int hash_stream_add(struct hash_stream *s, const void *bytes, size_t len)
{
	return EVP_DigestUpdate(s->ctx, bytes, len) == 1 ? E_OK : E_CRYPTO;
}

int hash_stream_copy(struct hash_stream *s, const struct hash_stream *of)
{
	return EVP_MD_CTX_copy_ex(s->ctx, of->ctx) == 1 ? E_OK : E_CRYPTO;
}

int hash_stream_end(struct hash_stream *s, uint8_t *out)
{
	if (EVP_DigestFinal_ex(s->ctx, out, NULL) != 1 ||
	    EVP_DigestInit_ex2(s->ctx, NULL, NULL) != 1)
		return E_CRYPTO;
	return E_OK;
}

int hash_stream_peek(const struct hash_stream *s, uint8_t *out)
{
	EVP_MD_CTX *copy = EVP_MD_CTX_new();
	int ok = copy && EVP_MD_CTX_copy_ex(copy, s->ctx) == 1 &&
		 EVP_DigestFinal_ex(copy, out, NULL) == 1;

	EVP_MD_CTX_free(copy);
	return ok ? E_OK : E_CRYPTO;
}
