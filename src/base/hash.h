/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hash.h - the hash algorithms of TPM banks, as rows; the work is libcrypto's
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum hash_id {
	HASH_SHA1,
	HASH_SHA256,
	HASH_SHA384,
	HASH_SHA512,
	HASH_SM3_256,
	HASH_COUNT
};

#define HASH_SIZE_MAX 64
#define HASH_BIT(id) (1U << (id))
#define HASH_ALL (HASH_BIT(HASH_COUNT) - 1)

/* One algorithm: names as in the kernel's include/uapi/linux/hash_info.h. */
struct hash_alg {
	const char *name;	/* "sha256" */
	const char *evp;	/* libcrypto's name for it */
	uint16_t tpm;		/* TPM_ALG_ID, TCG Algorithm Registry */
	size_t size;		/* of a digest, in bytes */
};

/* The row of @id, which must be below HASH_COUNT. */
const struct hash_alg *hash_row(unsigned int id);

/* The id for a name (any case, "sha-256" and "sm3" too) or TPM_ALG_ID, or -1. */
int hash_by_name(const char *name);
int hash_by_tpm(uint16_t alg);

struct hasher;

/*
 * Fetch the algorithms of @mask (HASH_BIT) once, with one context each. A bit
 * that this libcrypto does not provide is left out: hasher_has() tells.
 * Returns 0, E_NOMEM, or E_CRYPTO where none can be had. Not to be shared
 * between threads. hasher_free() takes NULL.
 */
int hasher_new(struct hasher **ret, unsigned int mask, struct error *err);
void hasher_free(struct hasher *h);
unsigned int hasher_has(const struct hasher *h);

/*
 * Digest of @a followed by @b (either may be empty) into @out, which has
 * room for the algorithm's size. Returns 0 or E_CRYPTO.
 */
int hasher_digest(struct hasher *h, enum hash_id id,
		  const void *a, size_t a_len, const void *b, size_t b_len,
		  uint8_t *out);

/* SHA-256, and HMAC-SHA256 (RFC 2104), of all at once: 32 bytes. E_CRYPTO. */
int digest_sha256(const void *bytes, size_t len, uint8_t out[32]);
int digest_hmac_sha256(const void *key, size_t key_len, const void *bytes,
		     size_t len, uint8_t out[32]);

/* A digest over pieces that come one after another; sha256 of files. */
struct hash_stream;
int hash_stream_new(struct hash_stream **ret, enum hash_id id);
int hash_stream_add(struct hash_stream *s, const void *bytes, size_t len);
/* The digest so far; afterwards the stream starts anew. */
int hash_stream_end(struct hash_stream *s, uint8_t *out);
/* The digest so far; the stream goes on. */
int hash_stream_peek(const struct hash_stream *s, uint8_t *out);
/* Make @s, of the same algorithm, one that has had the same bytes as @of. */
int hash_stream_copy(struct hash_stream *s, const struct hash_stream *of);
void hash_stream_free(struct hash_stream *s);

#endif
