// SPDX-License-Identifier: GPL-2.0-or-later
/* keyring-none.c - a build without libkeyutils */
#include "port/keyring.h"

static int none(struct error *err)
{
	return error_set(err, E_UNSUPPORTED, "built without libkeyutils");
}

int keyring_read(const char *name, uint8_t **ret, size_t *len,
		 struct error *err)
{
	(void)name;
	(void)ret;
	(void)len;
	return none(err);
}

int keyring_generation(const char *name, uint64_t *ret, struct error *err)
{
	(void)name;
	(void)ret;
	return none(err);
}

int keyring_set_generation(const char *name, uint64_t generation,
			   struct error *err)
{
	(void)name;
	(void)generation;
	return none(err);
}
