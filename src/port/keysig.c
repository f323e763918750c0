// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * keysig.c - file signatures in records, judged by keys in the kernel
 *
 * keyctl_pkey(2), KEYCTL_PKEY_QUERY and _VERIFY: the key has to grant "search",
 * which those in .ima and the kernel's other trusted keyrings do only to who
 * possesses them, and nobody can.
 */
#include "port/keysig.h"

#include <errno.h>
#include <keyutils.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "format/filesig.h"

struct keysig {
	key_serial_t ring;
	char name[128];
};

static const struct {
	const char *name;
	key_serial_t id;
} specials[] = {
	{ "@t", KEY_SPEC_THREAD_KEYRING },
	{ "@p", KEY_SPEC_PROCESS_KEYRING },
	{ "@s", KEY_SPEC_SESSION_KEYRING },
	{ "@u", KEY_SPEC_USER_KEYRING },
	{ "@us", KEY_SPEC_USER_SESSION_KEYRING },
	{ "@g", KEY_SPEC_GROUP_KEYRING },
};

/* How signatures are encoded: RSA's, then elliptic curves'. */
static const char *const encodings[] = { "pkcs1", "x962" };

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static int no_keyring(struct error *err)
{
	return error_errno(err, E_UNDECIDED, "there is no such keyring");
}

/*
 * Only what the process possesses is found by a request; any keyring that it
 * may view has a line in /proc/keys.
 */
static int find_named(const char *name, key_serial_t *ret, struct error *err)
{
	*ret = request_key("keyring", name, NULL, 0);
	if (*ret >= 0)
		return E_OK;
	if (errno != ENOKEY)
		return no_keyring(err);
	if (find_key_by_type_and_desc("keyring", name, 0) < 0)
		return no_keyring(err);
	return error_set(err, E_UNDECIDED,
			 "this process does not possess the keyring: its keys grant the permission 'search' to their possessor alone");
}

static int find_numbered(uint64_t id, key_serial_t *ret, struct error *err)
{
	static const char type[] = "keyring;";
	char *text = NULL, *name;
	int rc;

	if (id > INT32_MAX || keyctl_describe_alloc((key_serial_t)id, &text) < 0)
		return no_keyring(err);
	name = strrchr(text, ';') + 1;
	if (strncmp(text, type, sizeof(type) - 1)) {
		free(text);
		return error_set(err, E_UNDECIDED, "this key is no keyring");
	}
	rc = find_named(name, ret, err);
	free(text);
	if (!rc && *ret != (key_serial_t)id)
		rc = error_set(err, E_UNDECIDED,
			       "this process does not possess the keyring, but another of its name");
	return rc;
}

static int find(const char *name, key_serial_t *ret, struct error *err)
{
	uint64_t id;

	for (size_t i = 0; i < COUNT(specials); i++) {
		if (strcmp(specials[i].name, name))
			continue;
		*ret = keyctl_get_keyring_ID(specials[i].id, 0);
		return *ret < 0 ? no_keyring(err) : E_OK;
	}
	if (!strncmp(name, "%:", 2) && name[2])
		return find_named(name + 2, ret, err);
	if (!strncmp(name, "%keyring:", 9) && name[9])
		return find_named(name + 9, ret, err);
	if (!number_parse(name, &id) && id)
		return find_numbered(id, ret, err);
	return error_set(err, E_USAGE,
			 "is no keyring: @s, %%:NAME and numbers are");
}

int keysig_open(struct keysig **ret, const char *name, struct error *err)
{
	struct keysig *ctx = calloc(1, sizeof(*ctx));
	int rc;

	if (!ctx)
		return error_set(err, E_NOMEM, "out of memory");
	rc = find(name, &ctx->ring, err);
	if (rc) {
		error_subject(err, "%s", name);
		free(ctx);
		return rc;
	}
	snprintf(ctx->name, sizeof(ctx->name), "%s", name);
	*ret = ctx;
	return E_OK;
}

void keysig_close(struct keysig *ctx)
{
	free(ctx);
}

static int refused(const struct keysig *ctx, uint32_t keyid, struct error *err)
{
	int rc;

	if (errno == EACCES)
		rc = error_set(err, E_UNDECIDED,
			       "key %08x does not grant the permission 'search'",
			       keyid);
	else
		rc = error_errno(err, E_UNDECIDED,
				 "the kernel does not verify with key %08x",
				 keyid);
	error_subject(err, "%s", ctx->name);
	return rc;
}

/* Which encoding the key takes: 1, 0 for none of ours, or an error. */
static int describe(key_serial_t key, const char *hash, char info[64])
{
	struct keyctl_pkey_query query;

	for (size_t i = 0; i < COUNT(encodings); i++) {
		snprintf(info, 64, "enc=%s hash=%s", encodings[i], hash);
		if (!keyctl_pkey_query(key, info, &query)) {
			if (query.supported_ops & KEYCTL_SUPPORTS_VERIFY)
				return 1;
			continue;
		}
		/* EINVAL, ENOPKG: not this one. */
		if (errno == EACCES || errno == ENOSYS || errno == EPERM ||
		    errno == EOPNOTSUPP)
			return -1;
	}
	return 0;
}

static int ask(const struct keysig *ctx, key_serial_t key,
	       const struct filesig *s, const uint8_t *digest, size_t len,
	       enum imasig_result *ret, struct error *err)
{
	char info[64];
	int rc = describe(key, filesig_algo(s->algo), info);

	if (rc < 0)
		return refused(ctx, s->keyid, err);
	*ret = IMASIG_NO_KEY;
	if (!rc)
		return E_OK;
	*ret = IMASIG_GOOD;
	if (!keyctl_pkey_verify(key, info, digest, len, s->sig, s->sig_len))
		return E_OK;
	*ret = IMASIG_BAD;
	/* EINVAL: the key has taken the query, but not these lengths. */
	if (errno == EKEYREJECTED || errno == EBADMSG || errno == EINVAL)
		return E_OK;
	return refused(ctx, s->keyid, err);
}

int keysig_verify(const struct keysig *ctx,
		  const struct template_signature *sig,
		  enum imasig_result *ret, struct error *err)
{
	uint8_t digest[HASH_SIZE_MAX];
	char wanted[16];
	struct filesig s;
	key_serial_t key;
	int len;

	*ret = IMASIG_NO_KEY;
	if (!sig->sig_len)
		return E_OK;
	*ret = IMASIG_BAD;
	if (filesig_parse(sig->sig, sig->sig_len, &s))
		return E_OK;
	*ret = IMASIG_NO_KEY;
	if (!s.known || !filesig_algo(s.algo))
		return E_OK;
	snprintf(wanted, sizeof(wanted), "id:%08x", s.keyid);
	key = (key_serial_t)keyctl_search(ctx->ring, "asymmetric", wanted, 0);
	if (key < 0 && (errno == ENOKEY || errno == EKEYREVOKED ||
			errno == EKEYEXPIRED))
		return E_OK;
	if (key < 0)
		return refused(ctx, s.keyid, err);
	len = filesig_signed(&s, sig, digest);
	*ret = len == E_FORMAT ? IMASIG_BAD : IMASIG_NO_KEY;
	if (len < 0)
		return E_OK;
	return ask(ctx, key, &s, digest, (size_t)len, ret, err);
}
