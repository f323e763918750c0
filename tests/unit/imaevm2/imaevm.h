/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * imaevm.h - libimaevm's calls since 1.5, on top of whichever is installed
 *
 * So that both ways to call the library are compiled and tried, whatever the
 * machine has. Its keys are a plain list, as the callers of the new calls see
 * it: theirs to keep and to release.
 */
#include_next <imaevm.h>

#ifndef TEST_IMAEVM2_H
#define TEST_IMAEVM2_H

#include <stdlib.h>
#include <string.h>

#define public_key_entry test_public_key_entry
#define imaevm_init_public_keys test_init_public_keys
#define imaevm_free_public_keys test_free_public_keys
#define ima_verify_signature2 test_verify_signature2

struct test_public_key_entry {
	char *files;
};

static inline int test_init_public_keys(const char *files,
					struct test_public_key_entry **ret)
{
	struct test_public_key_entry *k = calloc(1, sizeof(*k));

	if (k)
		k->files = strdup(files);
	*ret = k;
	if (!k || !k->files)
		return -1;
	init_public_keys(files);
	return 0;
}

static inline void test_free_public_keys(struct test_public_key_entry *keys)
{
	if (keys)
		free(keys->files);
	free(keys);
}

static inline int test_verify_signature2(struct test_public_key_entry *keys,
					 const char *file, unsigned char *sig,
					 int sig_len, unsigned char *digest,
					 int digest_len)
{
	if (!keys || !keys->files)
		return -1;
	return ima_verify_signature(file, sig, sig_len, digest, digest_len);
}

#endif
