// SPDX-License-Identifier: GPL-2.0-or-later
/* keyring.c - keys of type "user" in the kernel's keyrings */
#include "port/keyring.h"

#include <errno.h>
#include <keyutils.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define NAME_MAX_BYTES 256

static int find(const char *name, key_serial_t *ret, struct error *err)
{
	/* No callout: nobody is asked to make one. */
	*ret = request_key("user", name, NULL, 0);
	if (*ret >= 0)
		return E_OK;
	if (errno == ENOKEY)
		return error_set(err, E_ABSENT, "no key '%%user:%s'", name);
	return error_errno(err, E_IO, "key '%%user:%s'", name);
}

static int read_key(const char *name, uint8_t **ret, size_t *len,
		    struct error *err)
{
	key_serial_t key;
	void *bytes;
	int n, rc = find(name, &key, err);

	if (rc)
		return rc;
	n = keyctl_read_alloc(key, &bytes);
	if (n < 0)
		return error_errno(err, E_IO, "reading key '%%user:%s'", name);
	*ret = bytes;
	*len = (size_t)n;
	return E_OK;
}

int keyring_read(const char *name, uint8_t **ret, size_t *len,
		 struct error *err)
{
	return read_key(name, ret, len, err);
}

static int name_of(const char *name, char ret[NAME_MAX_BYTES],
		   struct error *err)
{
	if (snprintf(ret, NAME_MAX_BYTES, "%s:generation", name) <
	    NAME_MAX_BYTES)
		return E_OK;
	return error_set(err, E_LIMIT, "the key's name is too long");
}

int keyring_generation(const char *name, uint64_t *ret, struct error *err)
{
	char full[NAME_MAX_BYTES];
	uint8_t *text = NULL;
	size_t len = 0;
	int rc = name_of(name, full, err);

	if (!rc)
		rc = read_key(full, &text, &len, err);
	if (rc)
		return rc;
	/* keyctl_read_alloc() ends what it gives with a NUL. */
	if (strlen((char *)text) != len || number_parse((char *)text, ret))
		rc = error_set(err, E_FORMAT, "key '%%user:%s' is no number",
			       full);
	free(text);
	return rc;
}

/* --- a key beside another --- */

struct beside {
	key_serial_t key, ring;
};

static int is_its_ring(key_serial_t parent, key_serial_t key, char *desc,
		       int desc_len, void *ctx)
{
	struct beside *b = ctx;

	(void)desc;
	(void)desc_len;
	if (key == b->key && parent && !b->ring)
		b->ring = parent;
	return 0;
}

/* The keyring that links @key, of those that are looked through. */
static key_serial_t ring_of(key_serial_t key)
{
	static const key_serial_t roots[] = {
		KEY_SPEC_THREAD_KEYRING, KEY_SPEC_PROCESS_KEYRING,
		KEY_SPEC_SESSION_KEYRING, KEY_SPEC_USER_KEYRING,
	};
	struct beside b = { .key = key };

	for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]) && !b.ring;
	     i++) {
		key_serial_t root = (key_serial_t)keyctl_get_keyring_ID(
			roots[i], 0);

		if (root > 0)
			recursive_key_scan(root, is_its_ring, &b);
	}
	return b.ring ? b.ring : KEY_SPEC_USER_KEYRING;
}

int keyring_set_generation(const char *name, uint64_t generation,
			   struct error *err)
{
	char full[NAME_MAX_BYTES], text[24];
	key_serial_t key, beside;
	int rc = name_of(name, full, err);

	snprintf(text, sizeof(text), "%llu", (unsigned long long)generation);
	if (!rc)
		rc = find(full, &key, err);
	if (!rc && keyctl_update(key, text, strlen(text)) < 0)
		return error_errno(err, E_IO, "key '%%user:%s'", full);
	if (rc != E_ABSENT)
		return rc;
	rc = find(name, &beside, err);
	if (!rc && add_key("user", full, text, strlen(text),
			   ring_of(beside)) < 0)
		rc = error_errno(err, E_IO, "key '%%user:%s'", full);
	return rc;
}
