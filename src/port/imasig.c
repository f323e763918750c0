// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * imasig.c - file signatures in records, through libimaevm
 *
 * libimaevm takes a signature's own lengths at their word, so it is given a
 * value of version 2 that is made here, out of what filesig_parse() has found
 * to be right. Version 3 differs only in the digest, which filesig_signed()
 * knows, so that the library's age does not matter.
 */
#include <config.h>

#include "port/imasig.h"

#include <arpa/inet.h>
#include <imaevm.h>
#include <stdlib.h>
#include <string.h>

#include "format/filesig.h"

#define KEYS_MAX 64
#define HEAD_SIZE 9

/* The library writes its own lines to stderr; ours say it once. */
#define SILENT (-1)

struct imasig {
	uint32_t keyid[KEYS_MAX];
	size_t keys;
#ifdef HAVE_IMA_VERIFY_SIGNATURE2
	struct public_key_entry *key;
#endif
};

/* Since libimaevm 1.5 the keys are the caller's; before, the process's. */
#ifdef HAVE_IMA_VERIFY_SIGNATURE2
static int load_keys(struct imasig *ctx, const char *files)
{
	return imaevm_init_public_keys(files, &ctx->key);
}

static void release_keys(struct imasig *ctx)
{
	imaevm_free_public_keys(ctx->key);
}

static int verify(const struct imasig *ctx, uint8_t *sig, int sig_len,
		  uint8_t *digest, int digest_len)
{
	return ima_verify_signature2(ctx->key, "record", sig, sig_len, digest,
				     digest_len);
}
#else
static int load_keys(struct imasig *ctx, const char *files)
{
	(void)ctx;
	init_public_keys(files);
	return 0;
}

static void release_keys(struct imasig *ctx)
{
	(void)ctx;
}

static int verify(const struct imasig *ctx, uint8_t *sig, int sig_len,
		  uint8_t *digest, int digest_len)
{
	(void)ctx;
	return ima_verify_signature("record", sig, sig_len, digest, digest_len);
}
#endif

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
	calc_keyid_v2(&ctx->keyid[ctx->keys], name, key);
	ctx->keyid[ctx->keys] = ntohl(ctx->keyid[ctx->keys]);
	ctx->keys++;
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
	if (!rc && load_keys(ctx, files))
		rc = error_set(err, E_IO, "libimaevm does not take the keys");
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
	if (ctx)
		release_keys(ctx);
	free(ctx);
}

static bool have_key(const struct imasig *ctx, uint32_t keyid)
{
	for (size_t i = 0; i < ctx->keys; i++)
		if (ctx->keyid[i] == keyid)
			return true;
	return false;
}

/* A value of version 2 with the same signature, to be freed. */
static uint8_t *remake(const struct filesig *s)
{
	const uint32_t keyid = htonl(s->keyid);
	const uint16_t size = htons((uint16_t)s->sig_len);
	const uint8_t head[3] = { FILESIG_IMA, 2, s->algo };
	uint8_t *value = malloc(HEAD_SIZE + s->sig_len);

	if (!value)
		return NULL;
	memcpy(value, head, 3);
	memcpy(value + 3, &keyid, 4);
	memcpy(value + 7, &size, 2);
	memcpy(value + HEAD_SIZE, s->sig, s->sig_len);
	return value;
}

static enum imasig_result judge(const struct imasig *ctx,
				const struct filesig *s, uint8_t *digest,
				int digest_len)
{
	uint8_t *value = remake(s);
	int rc;

	if (!value)
		return IMASIG_NO_KEY;
	rc = verify(ctx, value, (int)(HEAD_SIZE + s->sig_len), digest,
		    digest_len);
	free(value);
	return rc == 0 ? IMASIG_GOOD : IMASIG_BAD;
}

enum imasig_result imasig_verify(const struct imasig *ctx,
				 const struct template_signature *sig)
{
	uint8_t digest[HASH_SIZE_MAX];
	struct filesig s;
	int len;

	if (!sig->sig_len)
		return IMASIG_NO_KEY;
	if (filesig_parse(sig->sig, sig->sig_len, &s))
		return IMASIG_BAD;
	if (!s.known || !have_key(ctx, s.keyid))
		return IMASIG_NO_KEY;
	len = filesig_signed(&s, sig, digest);
	if (len == E_FORMAT)
		return IMASIG_BAD;
	return len > 0 ? judge(ctx, &s, digest, len) : IMASIG_NO_KEY;
}
