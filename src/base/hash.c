// SPDX-License-Identifier: GPL-2.0-or-later
/* hash.c - the hash algorithms of TPM banks, as rows */
#include "base/hash.h"

#include <strings.h>

static const struct hash_alg rows[HASH_COUNT] = {
	[HASH_SHA1] = { "sha1", "SHA1", 0x0004, 20 },
	[HASH_SHA256] = { "sha256", "SHA256", 0x000b, 32 },
	[HASH_SHA384] = { "sha384", "SHA384", 0x000c, 48 },
	[HASH_SHA512] = { "sha512", "SHA512", 0x000d, 64 },
	[HASH_SM3_256] = { "sm3_256", "SM3", 0x0012, 32 },
};

const struct hash_alg *hash_row(unsigned int id)
{
	return &rows[id];
}

int hash_by_name(const char *name)
{
	char plain[16];
	size_t n = 0;

	for (; *name && n < sizeof(plain) - 1; name++)
		if (*name != '-')
			plain[n++] = *name;
	plain[n] = '\0';
	if (*name)
		return -1;
	if (!strcasecmp(plain, "sm3") || !strcasecmp(plain, "sm3256"))
		return HASH_SM3_256;
	for (int i = 0; i < HASH_COUNT; i++)
		if (!strcasecmp(rows[i].name, plain))
			return i;
	return -1;
}

int hash_by_tpm(uint16_t alg)
{
	for (int i = 0; i < HASH_COUNT; i++)
		if (rows[i].tpm == alg)
			return i;
	return -1;
}
