// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * imasig.c - file signatures in records, through libimaevm
 *
 * A security.ima value with a signature, version 2 (imaevm.h):
 *
 *	u8 type (3)  u8 version (2)  u8 hash_algo  be32 keyid  be16 sig_size
 *	u8 sig[sig_size]
 *
 * libimaevm takes a signature's own lengths at their word, so they are
 * checked before it sees them.
 */
#include "port/imasig.h"

#include <arpa/inet.h>
#include <imaevm.h>
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"

#define KEYS_MAX 64
#define SIGNATURE_V2 2

struct imasig {
	uint32_t keyid[KEYS_MAX];
	size_t keys;
};

/* The library writes its own lines to stderr; ours say it once. */
#define SILENT (-1)

static int read_key(struct imasig *ctx, const char *file, struct error *err)
{
	char name[20];
	EVP_PKEY *key;

	if (ctx->keys == KEYS_MAX)
		return error_set(err, E_LIMIT, "over %d keys", KEYS_MAX);
	key = read_pub_pkey(file, imaevm_params.x509);
	if (!key) {
		error_set(err, E_IO, "is no public key or certificate");
		error_subject(err, "%s", file);
		return E_IO;
	}
	calc_keyid_v2(&ctx->keyid[ctx->keys++], name, key);
	EVP_PKEY_free(key);
	return E_OK;
}

static int read_keys(struct imasig *ctx, char *files, struct error *err)
{
	char *rest = files, *file;
	int rc = E_OK;

	while (!rc && (file = strsep(&rest, ", \t")))
		if (*file)
			rc = read_key(ctx, file, err);
	return rc;
}

int imasig_open(struct imasig **ret, const char *files, struct error *err)
{
	struct imasig *ctx = calloc(1, sizeof(*ctx));
	char *copy;
	int rc;

	if (!files)
		files = IMASIG_DEFAULT_KEY;
	copy = strdup(files);
	if (!ctx || !copy) {
		free(ctx);
		free(copy);
		return error_set(err, E_NOMEM, "out of memory");
	}
	imaevm_params.verbose = SILENT;
	imaevm_params.x509 = 1;
	rc = read_keys(ctx, copy, err);
	if (!rc)
		init_public_keys(files);
	free(copy);
	if (rc) {
		free(ctx);
		return rc;
	}
	*ret = ctx;
	return E_OK;
}

void imasig_close(struct imasig *ctx)
{
	free(ctx);
}

static bool have_key(const struct imasig *ctx, uint32_t keyid)
{
	for (size_t i = 0; i < ctx->keys; i++)
		if (ctx->keyid[i] == keyid)
			return true;
	return false;
}

/* The key id, as libimaevm has it, of a well-formed signature. */
static int parse(const struct template_signature *sig, uint8_t *version,
		 uint32_t *keyid)
{
	struct cursor c = cursor_over(sig->sig, sig->sig_len, true);
	uint8_t type, algo;
	uint16_t size;

	if (cursor_u8(&c, &type) || type != EVM_IMA_XATTR_DIGSIG ||
	    cursor_u8(&c, version))
		return E_FORMAT;
	if (*version != SIGNATURE_V2)
		return E_OK;
	if (cursor_u8(&c, &algo) || algo >= PKEY_HASH__LAST ||
	    cursor_u32(&c, keyid) || cursor_u16(&c, &size) || !size ||
	    size != c.left)
		return E_FORMAT;
	*keyid = htonl(*keyid);
	return E_OK;
}

enum imasig_result imasig_verify(const struct imasig *ctx,
				 const struct template_signature *sig)
{
	/* libimaevm's prototypes want what they do not change writable. */
	uint8_t digest[MAX_DIGEST_SIZE], *copy;
	uint8_t version = 0;
	uint32_t keyid = 0;
	int rc;

	if (parse(sig, &version, &keyid) || !sig->digest_len ||
	    sig->digest_len > sizeof(digest))
		return IMASIG_BAD;
	if (version != SIGNATURE_V2 || sig->verity || !have_key(ctx, keyid))
		return IMASIG_NO_KEY;
	copy = malloc(sig->sig_len);
	if (!copy)
		return IMASIG_NO_KEY;
	memcpy(copy, sig->sig, sig->sig_len);
	memcpy(digest, sig->digest, sig->digest_len);
	rc = ima_verify_signature("record", copy, (int)sig->sig_len, digest,
				  (int)sig->digest_len);
	free(copy);
	return rc == 0 ? IMASIG_GOOD : IMASIG_BAD;
}
