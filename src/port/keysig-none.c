// SPDX-License-Identifier: GPL-2.0-or-later
/* keysig-none.c - a build without libkeyutils asks no keyring */
#include "port/keysig.h"

int keysig_open(struct keysig **ret, const char *name, struct error *err)
{
	*ret = NULL;
	error_set(err, E_UNSUPPORTED, "built without libkeyutils");
	error_subject(err, "%s", name);
	return E_UNSUPPORTED;
}

void keysig_close(struct keysig *ctx)
{
	(void)ctx;
}

int keysig_verify(const struct keysig *ctx,
		  const struct template_signature *sig,
		  enum imasig_result *ret, struct error *err)
{
	(void)ctx;
	(void)sig;
	*ret = IMASIG_NO_KEY;
	return error_set(err, E_UNSUPPORTED, "built without libkeyutils");
}
